"""Streets from the plan and from dividing blocks, noded into edges between crossings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache, cached_property

import numpy as np
import shapely
from shapely import LineString, Point, Polygon, STRtree
from shapely.geometry.base import BaseGeometry
from shapely.ops import linemerge, polygonize, substring

from data.town import plan, sketch
from data.town.plane import GRID_M, Spot, Thing, curve, lines

KINDS = {2: "arterial", 3: "secondary", 4: "branch", 5: "lane", 6: "service", 7: "footway", 8: "rail"}
HALF_WIDTH_M = {2: 14.0, 3: 10.5, 4: 7.0, 5: 4.5, 6: 3.0, 7: 1.5, 8: 9.0}
OVERHANG_M = 90.0
LINE = 1  # the type id of a line string


@dataclass(frozen=True, slots=True)
class Street:
    """A street as named; `line` in metres on the board."""

    number: int
    name: str
    name_en: str
    rank: int
    line: BaseGeometry


@dataclass(frozen=True)
class Edge:
    """A stretch of a street between two crossings."""

    street: Street
    line: LineString

    @cached_property  # asked for again and again
    def ends(self) -> tuple[Spot, Spot]:
        """First and last point, on the raster."""
        coords = self.line.coords
        first, last = coords[0], coords[-1]
        return (round(first[0], 1), round(first[1], 1)), (round(last[0], 1), round(last[1], 1))


@cache
def bound() -> Polygon:
    """The edge of the town."""
    return Polygon(curve((*sketch.BOUNDARY, sketch.BOUNDARY[0]), 4))


def main_streets(river: LineString, canal: LineString) -> list[Street]:
    """The streets of the plan; banks and quays follow their water."""
    town, found = bound(), []
    for number, avenue in enumerate(sketch.AVENUES, 1):
        if avenue.name in sketch.BANKS:
            line = river.offset_curve(sketch.BANKS[avenue.name]).simplify(1.5)
        elif avenue.name in sketch.QUAYS:
            line = canal.offset_curve(sketch.QUAYS[avenue.name]).simplify(1.0)
        else:
            line = curve(avenue.spots)
        inside = max(lines(line.intersection(town)), key=lambda part: part.length)
        found.append(Street(number, avenue.name, avenue.name_en, avenue.rank, inside))
    rail = max(lines(curve(sketch.RAIL).intersection(town)), key=lambda part: part.length)
    return [*found, Street(len(found) + 1, "云汀铁路", "Yunting Railway", 8, rail)]


def node(shapes: Iterable[BaseGeometry]) -> list[LineString]:
    """All lines cut where they meet, on a raster of 10 cm."""
    return lines(shapely.union_all(list(shapes), grid_size=GRID_M))


def edges_of(streets: list[Street]) -> list[Edge]:
    """The streets cut at their crossings, each edge running as its street does; overhanging ends are gone."""
    lines = np.array(node(street.line for street in streets), dtype=object)
    own = STRtree([street.line for street in streets]).nearest(
        shapely.line_interpolate_point(lines, 0.5, normalized=True)
    )
    whole = np.array([street.line for street in streets], dtype=object)[own]
    first, last = (shapely.line_locate_point(whole, shapely.get_point(lines, end)) for end in (0, -1))
    against = (first > last) & (shapely.get_type_id(whole) == LINE)
    lines = np.where(against, shapely.reverse(lines), lines)
    edges = [Edge(streets[number], line) for number, line in zip(own, lines, strict=True)]
    met = degrees(edges)
    return [edge for edge in edges if not overhangs(edge, met)]


def trimmed(streets: list[Street]) -> list[Street]:
    """The streets without what hangs over."""
    kept: dict[int, list[LineString]] = {}
    for edge in edges_of(streets):
        kept.setdefault(edge.street.number, []).append(edge.line)
    whole = {number: parts[0] if len(parts) == 1 else linemerge(parts) for number, parts in kept.items()}
    return [replace(street, line=along(whole[street.number], street.line)) for street in streets]


def along(line: LineString, street: BaseGeometry) -> LineString:
    """The line in the direction of the street."""
    if not isinstance(line, LineString) or not isinstance(street, LineString):
        return line
    forward = street.project(Point(line.coords[0])) <= street.project(Point(line.coords[-1]))
    return line if forward else line.reverse()


def degrees(edges: Iterable[Edge]) -> Counter[Spot]:
    """How many edges meet at each crossing."""
    return Counter(end for edge in edges for end in edge.ends)


def overhangs(edge: Edge, met: Counter[Spot]) -> bool:
    """Whether an edge is the short free end of a street that ran past its last crossing."""
    free = [end for end in edge.ends if met[end] == 1]
    limit = OVERHANG_M if edge.street.rank in (3, 5) else 25.0
    return bool(free) and edge.line.length < limit


def faces(shapes: Iterable[BaseGeometry]) -> list[Polygon]:
    """The blocks that lines enclose, in a stable order."""
    found = polygonize(node(shapes))
    return sorted(found, key=lambda face: (round(face.centroid.y), round(face.centroid.x)))


def stretches(edges: list[Edge], count: int) -> list[Edge]:
    """The edges, the longest of them halved until there are `count`: a register halves what is too long to walk."""
    found = list(edges)
    while len(found) < count:
        longest = max(found, key=lambda edge: (edge.line.length, edge.ends))
        found.remove(longest)
        halves = (substring(longest.line, start, start + 0.5, normalized=True) for start in (0.0, 0.5))
        found += [Edge(longest.street, half) for half in halves]
    return found


def pavement(edges: Iterable[Edge]) -> BaseGeometry:
    """The ground that streets take, from house front to house front."""
    return shapely.union_all([edge.line.buffer(HALF_WIDTH_M[edge.street.rank], 3) for edge in edges])


def road_things(edges: list[Edge], water: BaseGeometry) -> list[Thing]:
    """A road feature a street, and one more for its bridges."""
    by_street: dict[int, list[Edge]] = {}
    for edge in edges:
        by_street.setdefault(edge.street.number, []).append(edge)
    span, found = water.buffer(7), []
    for number, parts in sorted(by_street.items()):
        street = parts[0].street
        whole = shapely.union_all([part.line for part in parts])
        for over, shape in ((False, whole.difference(span)), (True, whole.intersection(span))):
            kept = lines(linemerge(lines(shape)) if len(lines(shape)) > 1 else shape, 4)
            if not kept:
                continue
            found.append(
                Thing(
                    f"road-{number:03d}{'-bridge' if over else ''}",
                    shapely.MultiLineString(kept),
                    {
                        "code": f"{plan.DISTRICT}{number:04d}" if street.name and not over else "",
                        "name": street.name,
                        "name_en": street.name_en,
                        "kind": KINDS[street.rank],
                        "rank": street.rank,
                        "bridge": over,
                        "model_road": street.name in plan.MODEL_ROADS,
                    },
                )
            )
    return found


def segment_things(edges: list[Edge]) -> list[Thing]:
    """A segment an edge, called after the streets at its two ends."""
    meeting: dict[Spot, list[str]] = {}
    for edge in edges:
        for end in edge.ends:
            meeting.setdefault(end, []).append(edge.street.name)
    counter: Counter[int] = Counter()
    found = []
    for edge in sorted(edges, key=lambda edge: (edge.street.number, edge.street.line.project(Point(edge.ends[0])))):
        counter[edge.street.number] += 1
        code = f"{plan.DISTRICT}{edge.street.number:04d}{counter[edge.street.number]:03d}"
        found.append(
            Thing(
                f"segment-{edge.street.number:03d}-{counter[edge.street.number]:03d}",
                edge.line,
                {
                    "code": code,
                    "name": f"{edge.street.name}({_between(edge, meeting)})",
                    "road": f"{plan.DISTRICT}{edge.street.number:04d}",
                    "kind": KINDS[edge.street.rank],
                    "rank": edge.street.rank,
                },
            )
        )
    return found


def _between(edge: Edge, meeting: dict[Spot, list[str]]) -> str:
    """ "A—B": the other streets at both ends, or where the town ends."""
    names = []
    for end in edge.ends:
        others = [name for name in meeting[end] if name != edge.street.name]
        names.append(others[0] if others else "区界")
    return "—".join(names)
