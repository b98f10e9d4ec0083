"""What a person should look at again before trusting an import: does it lie where its neighbours say it should?

Some windows of the staged rows are compared with what is stored around them; `gis.doubt` judges. Nothing is changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from gis.crs import GEOGRAPHIC, Crs
from gis.doubt import FEWEST, Doubt, Relation, Scene, Vector, flat, judged, pieces, readings
from gis.errors import ChengtuError
from gis.ingest.keeping import quoted
from gis.ingest.stage import Stage
from gis.ingest.whereabouts import elsewhere
from gis.models import Building, PipeNode, PipeSegment, Road, Segment
from gis.survey import topology

WINDOWS, TRIES = 3, 9
DENSE = 20_000  # rows, from which a small window holds enough
HALF, WIDE, FURTHER = 0.004, 0.01, 0.014  # degrees: of a window of what came, and how much more of what is stored
MOST, MOST_STORED, SAMPLES = 600, 15_000, 400

ROADS, STREETS = ("道路", "roads"), ("路段", "segments")
HOUSES, PIPES, POINTS = ("建筑", "buildings"), ("管线", "pipes"), ("管点", "pipe nodes")
ITSELF = ("同编号要素", "rows of the same id or code")
MODELS: dict[tuple[str, str], Any] = {
    ROADS: Road, STREETS: Segment, HOUSES: Building, PIPES: PipeSegment, POINTS: PipeNode,
}  # fmt: skip
NEIGHBOURS: dict[str, tuple[tuple[Relation, tuple[str, str]], ...]] = {
    "roads": (("along", ROADS), ("along", STREETS), ("clear", HOUSES)),
    "segments": (("along", STREETS), ("along", ROADS), ("clear", HOUSES)),
    "buildings": (("along", HOUSES), ("clear", ROADS)),
    "facilities": (("inside", HOUSES),),
    "addresses": (("inside", HOUSES),),
    "rooms": (("inside", HOUSES),),
    "pipes": (("along", PIPES), ("along", POINTS), ("clear", HOUSES)),
    "pipe-nodes": (("along", POINTS), ("along", PIPES), ("clear", HOUSES)),
    "pipe-findings": (("along", PIPES),),
}
"""What each subject should lie along, in or clear of. Other subjects are compared with their own earlier rows only."""


def doubts(stage: Stage, used: str) -> list[Doubt]:
    """What the staged rows give to doubt, read in the coordinate system of this name; before they are merged."""
    count, centres = along(stage)
    if far := elsewhere([lon for lon, _ in centres], [lat for _, lat in centres], used):
        return [far]
    if count < FEWEST or not anything(stage):
        return []
    chosen = windows(count, centres)
    crs = Crs.parse(used) if used.removesuffix(":yx") in ("gcj02", "bd09") else None
    degrees = crs is not None or read_as_degrees(used)
    scenes = [scene for window in chosen for scene in scenes_at(stage, window)]
    found = judged(scenes, readings(crs.shift if crs else "", degrees))
    return [found] if found else []


def along(stage: Stage) -> tuple[int, list[Vector]]:
    """How many rows have a shape, and where some of them lie, from all along the file."""
    stage.cursor.execute("SELECT count(*), min(row), max(row) FROM stage WHERE geom IS NOT NULL")
    count, first, last = stage.cursor.fetchone()
    found: list[Vector] = []
    for turn in range(TRIES if count else 0):
        stage.cursor.execute(
            "SELECT ST_X(p), ST_Y(p) FROM (SELECT ST_PointOnSurface(geom) AS p FROM stage"
            " WHERE geom IS NOT NULL AND row >= %s ORDER BY row LIMIT 1) s",
            [first + (last - first) * (2 * turn + 1) // (2 * TRIES)],
        )
        found += stage.cursor.fetchall()
    return count, found


def to_mend(stage: Stage) -> list[str]:
    """What the merged rows leave to be mended: a coverage of areas or grids with gaps, overlaps or slivers."""
    return [said] if stage.subject.id in ("areas", "grids") and (said := topology.mention()) else []


def read_as_degrees(used: str) -> bool:
    """Whether --crs gcj02 could take the place of this name."""
    try:
        return Crs.parse(used).epsg in GEOGRAPHIC
    except ChengtuError:
        return False


def anything(stage: Stage) -> bool:
    """Whether there is something to compare with."""
    models = [stage.subject.model, *(MODELS[what] for _, what in NEIGHBOURS.get(stage.subject.id, ()))]
    return any(model._default_manager.exists() for model in models)


@dataclass(frozen=True, slots=True)
class Window:
    """A square about a place (lon/lat, degrees)."""

    centre: Vector
    half: float

    def box(self, more: float = 0.0) -> dict[str, float]:
        """Its sides, by the names that the statements use; `more` degrees farther out on request."""
        (lon, lat), half = self.centre, self.half + more
        return {"w": lon - half, "s": lat - half, "e": lon + half, "n": lat + half}

    def meets(self, other: Window) -> bool:
        """Whether the two share ground: samples taken twice would count twice."""
        return max(abs(a - b) for a, b in zip(self.centre, other.centre, strict=True)) < self.half + other.half


BOX = "ST_MakeEnvelope(%(w)s, %(s)s, %(e)s, %(n)s, 4490)"


def windows(count: int, centres: list[Vector]) -> list[Window]:
    """Some windows about rows of a file of so many, apart from each other."""
    chosen: list[Window] = []
    for centre in centres:
        window = Window(centre, WIDE if count < DENSE else HALF)
        if len(chosen) < WINDOWS and not any(window.meets(other) for other in chosen):
            chosen.append(window)
    return chosen


def scenes_at(stage: Stage, window: Window) -> Iterator[Scene]:
    """The comparisons that can be made in a window."""
    if (twins := twins_in(stage, window)) is not None:
        yield twins
    came = near(stage, "stage", window.box(), MOST)
    if not len(came):
        return
    came = flat(came, window.centre)
    for relation, what in NEIGHBOURS.get(stage.subject.id, ()):
        there = near(stage, quoted(MODELS[what]._meta.db_table), window.box(FURTHER), MOST_STORED)
        if len(there):
            yield from paired(relation, what, window, came, flat(there, window.centre))


def near(stage: Stage, table: str, box: dict[str, float], most: int) -> Any:
    """The shapes in a box; of stored ones not those of the same source, which may share its fault."""
    others = "" if table == "stage" else " AND source <> %(source)s"
    stage.cursor.execute(
        f"SELECT ST_AsBinary(ST_Force2D(geom)) FROM {table} WHERE geom && {BOX}{others} LIMIT {most}",
        {**box, "source": stage.source},
    )
    return shapely.from_wkb([row[0] for row in stage.cursor.fetchall()])


def twins_in(stage: Stage, window: Window) -> Scene | None:
    """Rows that were here before under the same id (or, of another source, under the same code), point by point."""
    model = stage.subject.model
    if not hasattr(model, "geom"):
        return None
    ways = []
    if not stage.straight:  # else the source is new: its rows there are those of this file
        ways.append(("id", "t.source = %(source)s", "source_id"))
    if "code" in stage.columns and hasattr(model, "code"):
        ways.append(("code", "t.source <> %(source)s AND t.code <> ''", "code"))
    if not ways:
        return None
    stage.cursor.execute(together(quoted(model._meta.db_table), ways), {**window.box(), "source": stage.source})
    pairs = stage.cursor.fetchall()
    if not pairs:
        return None
    came, there = (flat(shapely.from_wkb([pair[side] for pair in pairs]), window.centre) for side in (0, 1))
    return Scene("same", ITSELF, window.centre, came, there)


def together(table: str, ways: list[tuple[str, str, str]]) -> str:
    """SQL of the centres of staged rows in a box beside those of rows of a table, by each of the ways to know them
    (staged column, which rows, their column).

    The planner knows nothing of rows that came just now; so that it has no choice, each side is asked by itself.
    """
    there = " UNION ALL ".join(
        f"SELECT '{ours}' AS way, t.{theirs} AS key, t.geom FROM {table} t"
        f" WHERE {among} AND t.{theirs} = ANY(ARRAY(SELECT {ours} FROM came))"
        for ours, among, theirs in ways
    )
    met = " OR ".join(f"t.way = '{ours}' AND t.key = s.{ours}" for ours, _, _ in ways)
    named = ", ".join(ours for ours, _, _ in ways)
    return (
        f"WITH came AS MATERIALIZED (SELECT {named}, geom FROM stage WHERE geom && {BOX} LIMIT {MOST}),"
        f" there AS MATERIALIZED ({there})"
        " SELECT ST_AsBinary(ST_Centroid(s.geom)), ST_AsBinary(ST_Centroid(t.geom)) FROM came s"
        f" JOIN there t ON {met} WHERE ST_DWithin(s.geom, t.geom, {FURTHER}) LIMIT {SAMPLES}"
    )


def paired(relation: Relation, what: tuple[str, str], window: Window, came: Any, there: Any) -> Iterator[Scene]:
    """A comparison as points on one side and shapes on the other; footprints are compared by their edges, and streets
    that should not run through them by points of the streets."""
    centre = window.centre
    if relation == "along":
        yield Scene(relation, what, centre, sampled(came), pieces(there))
    elif shapely.get_dimensions(came).max() < 2:
        yield Scene(relation, what, centre, sampled(came, step=8.0), there)
    else:
        streets = there[shapely.dwithin(there, shapely.box(*shapely.total_bounds(came)), 1500.0)]
        yield Scene(relation, what, centre, sampled(streets, step=8.0, most=8000), came, turned=True)


def edges(shapes: Any) -> Any:
    """Polygons as their outlines; the rest as it is."""
    return np.where(shapely.get_dimensions(shapes) == 2, shapely.boundary(shapes), shapes)


def sampled(shapes: Any, step: float = 0.0, most: int = SAMPLES) -> Any:
    """Some points of the shapes: themselves, their corners, or (with `step` metres) along them; the same every time."""
    lines = edges(shapes)
    if step:
        lines = np.where(shapely.get_dimensions(lines) == 1, shapely.segmentize(lines, step), lines)
    pairs = shapely.get_coordinates(lines)
    if len(pairs) > most:
        pairs = np.random.default_rng(7).permutation(pairs)[:most]
    return shapely.points(pairs)
