"""A street as a measure: what stands along a stretch of it and on which side, and where two streets cross.

The measure is metres from the first point of a segment, as zoning counts them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.gis.db.models import GeometryField
from django.contrib.gis.geos import GEOSGeometry, LineString, MultiPolygon, Point, Polygon
from django.db import connection
from django.db.models import F, Func

from gis.errors import Invalid
from gis.models import Segment, Side
from gis.models.located import STORED, TILES
from gis.queries import MOST, Foot, Metres, Rows, Touches, constant, degrees, foot, mercator, stretch

MEETING_M = 30
"""Two carriageways of one street and the width of the other lie between names that people say do cross."""
ONE_CROSSING_M = 60
"""Meetings no farther apart than this are one crossing to those who stand there."""
ONE_CROSSING = ONE_CROSSING_M / 100_000
"""Degrees, about."""


class Nearest(Func):
    """The point of a row's geometry that is nearest to a line, both of degrees."""

    function = "ST_ClosestPoint"
    output_field = GeometryField(srid=STORED)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a segment, in metres from its first point, on one side or both; ``Invalid`` when it is not on it."""

    segment: Segment
    from_m: float
    to_m: float
    side: str = Side.BOTH

    def __post_init__(self) -> None:
        length = self.segment.length_m
        if not 0 <= self.from_m < self.to_m <= length + 1:
            raise Invalid(
                f"路段长 {length:.0f} 米，from 须小于 to 且都在其中"
                f" / the segment is {length:.0f} m long: from is less than to, both within it"
            )
        if self.side not in Side.values:
            raise Invalid(f"side 应为 {' '.join(Side.values)} / side is one of them")

    def holds(self, where: Foot) -> bool:
        """Whether a foot lies on the stretch and on its side; what lies on the line itself is on both."""
        if where.beyond or not self.from_m <= where.metre <= self.to_m:
            return False
        return self.side == Side.BOTH or where.side in ("", self.side)


def along(
    rows: Rows, stretch_: Stretch, reach_m: float, names: tuple[str, ...], limit: int
) -> tuple[list[dict[str, Any]], bool]:
    """The rows within ``reach_m`` of a stretch, in the order of its measure, and whether there may be more.

    Dicts of ``names``, ``pin`` (their point nearest to the street), ``metres`` from its line, ``metre`` along it and
    ``side``. A long or large row counts where it comes nearest.
    """
    line: LineString = stretch_.segment.geom
    reached = _beside(rows, line, reach_m).annotate(pin=Nearest(F("geom"), constant(line)))
    found = []
    near = list(reached.values(*names, "pin", "metres")[: MOST + 1])
    for row in near[:MOST]:
        where = foot(line, row["pin"], stretch_.segment.length_m)
        if stretch_.holds(where):
            found.append({**row, "metre": where.metre, "side": where.side})
    found.sort(key=lambda row: (row["metre"], row["pk"]))
    return found[:limit], len(found) > limit or len(near) > MOST


def _beside(rows: Rows, line: LineString, reach_m: float) -> Rows:
    west, south, east, north = line.extent
    reach = reach_m * stretch(max(abs(south), abs(north))) * 1.01 + 1
    (left, lower), (right, upper) = mercator(west, south), mercator(east, north)
    box = Polygon.from_bbox((left - reach, lower - reach, right + reach, upper + reach))
    box.srid = TILES
    near: Rows = rows.filter(Touches(F("shape"), constant(box))).annotate(metres=Metres(F("geom"), constant(line)))
    return near.filter(metres__lte=reach_m).order_by("metres", "pk")


def crossings(here: GEOSGeometry, there: GEOSGeometry) -> list[Point]:
    """Where two streets (lines of EPSG:3857) cross, one point of degrees a crossing; where they only come near, the
    middle."""
    metre = stretch(degrees(*here.centroid.coords)[1])
    met = here.intersection(there)
    if met.empty:
        if here.distance(there) > MEETING_M * metre:
            return []
        met = here.buffer(MEETING_M * metre).intersection(there)
    close = met.buffer(ONE_CROSSING_M * metre / 2)
    parts = list(close) if isinstance(close, MultiPolygon) else [close]
    middles = sorted(degrees(*met.intersection(part).centroid.coords) for part in parts)
    return [Point(*middle, srid=STORED) for middle in middles]


MET = """
SELECT a.name, b.name, ST_X(spot), ST_Y(spot) FROM spatial_road a
  JOIN spatial_road b ON ST_DWithin(a.shape, b.shape, %s) AND a.name < b.name,
  LATERAL ST_ClosestPoint(a.geom, b.geom) AS spot
 WHERE a.id = ANY(%s) AND b.id = ANY(%s) AND ST_Intersects(spot, ST_GeomFromEWKB(%s)) ORDER BY 1, 2, 3, 4"""


def meetings(roads: Rows, shape: GEOSGeometry) -> list[tuple[str, str, float, float]]:
    """Every crossing of two named streets in a shape of degrees: both names, lon, lat. What lies together is one."""
    ids = list(roads.values_list("pk", flat=True))
    reach = MEETING_M * stretch(shape.centroid.y)
    with connection.cursor() as cursor:
        cursor.execute(MET, [reach, ids, ids, bytes(shape.ewkb)])
        spots = cursor.fetchall()
    found: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for one, other, lon, lat in spots:
        known = found.setdefault((one, other), [])
        if not any(abs(x - lon) < ONE_CROSSING and abs(y - lat) < ONE_CROSSING for x, y in known):
            known.append((lon, lat))
    return [(*pair, *spot) for pair, known in found.items() for spot in known]
