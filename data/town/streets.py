"""Streets from the plan and from dividing blocks, noded into edges between crossings."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from random import Random

import shapely
from shapely import LineString, Point, Polygon, STRtree
from shapely.geometry.base import BaseGeometry
from shapely.ops import linemerge, polygonize, split

from data.town import plan
from data.town.plane import GRID_M, Spot, Thing, curve, lines, long_axis, polygons

KINDS = {2: "arterial", 3: "secondary", 4: "branch", 5: "lane", 6: "service", 7: "footway"}
HALF_WIDTH_M = {2: 14.0, 3: 10.5, 4: 7.0, 5: 4.5, 6: 3.0, 7: 1.5}
OVERHANG_M = 90.0


@dataclass(frozen=True, slots=True)
class Street:
    """A street as named; `line` in metres on the board."""

    number: int
    name: str
    name_en: str
    rank: int
    line: BaseGeometry


@dataclass(frozen=True, slots=True)
class Edge:
    """A stretch of a street between two crossings."""

    street: Street
    line: LineString

    @property
    def ends(self) -> tuple[Spot, Spot]:
        """First and last point, on the raster."""
        first, last = self.line.coords[0], self.line.coords[-1]
        return (round(first[0], 1), round(first[1], 1)), (round(last[0], 1), round(last[1], 1))


@cache
def bound() -> Polygon:
    """The edge of the town."""
    return Polygon(curve((*plan.BOUNDARY, plan.BOUNDARY[0]), 4))


def main_streets(river: LineString, canal: LineString) -> list[Street]:
    """The streets of the plan; banks and quays follow their water."""
    town, found = bound(), []
    for number, avenue in enumerate(plan.AVENUES, 1):
        if avenue.name in plan.BANKS:
            line = river.offset_curve(plan.BANKS[avenue.name]).simplify(1.5)
        elif avenue.name in plan.QUAYS:
            line = canal.offset_curve(plan.QUAYS[avenue.name]).simplify(1.0)
        else:
            line = curve(avenue.spots)
        inside = max(lines(line.intersection(town)), key=lambda part: part.length)
        found.append(Street(number, avenue.name, avenue.name_en, avenue.rank, inside))
    return found


def node(shapes: Iterable[BaseGeometry]) -> list[LineString]:
    """All lines cut where they meet, on a raster of 10 cm."""
    return lines(shapely.union_all(list(shapes), grid_size=GRID_M))


def edges_of(streets: list[Street]) -> list[Edge]:
    """The streets cut at their crossings, each edge running as its street does; overhanging ends are gone."""
    index = STRtree([street.line for street in streets])
    edges = []
    for line in node(street.line for street in streets):
        street = streets[int(index.nearest(line.interpolate(0.5, normalized=True)))]
        edges.append(Edge(street, along(line, street.line)))
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


def divide(
    block: Polygon, target: float, rng: Random, rank: int = 4
) -> tuple[list[Polygon], list[tuple[int, LineString]]]:
    """Cut a block across its longer axis until the pieces are about `target` square metres; the cuts are streets."""
    if block.area < target * 1.6:
        return [block], []
    cut = cross_cut(block, rng)
    parts = polygons(split(block, cut), 1500)
    if len(parts) != 2:
        return [block], []
    street = max(lines(cut.intersection(block)), key=lambda part: part.length)
    pieces, cuts = [], [(rank, street)]
    for part in parts:
        more, deeper = divide(part, target, rng, 5)
        pieces += more
        cuts += deeper
    return pieces, cuts


def cross_cut(block: Polygon, rng: Random) -> LineString:
    """A slightly bent line across a block, near its middle, nearly square to its longer axis."""
    angle, length, _ = long_axis(block)
    middle = block.centroid
    shift = rng.uniform(-0.09, 0.09) * length
    turn = angle + math.pi / 2 + math.radians(rng.uniform(-7, 7))
    x, y = middle.x + shift * math.cos(angle), middle.y + shift * math.sin(angle)
    bend = rng.uniform(-9, 9)
    spots = [(-700.0, 0.0), (-90.0, -bend), (0.0, bend), (90.0, bend / 2), (700.0, 0.0)]
    return LineString(
        (x + t * math.cos(turn) - s * math.sin(turn), y + t * math.sin(turn) + s * math.cos(turn)) for t, s in spots
    )


def pavement(edges: Iterable[Edge]) -> BaseGeometry:
    """The ground that streets take, from house front to house front."""
    return shapely.union_all([edge.line.buffer(HALF_WIDTH_M[edge.street.rank], 3) for edge in edges])


def road_things(edges: list[Edge], water: BaseGeometry) -> list[Thing]:
    """A road feature a street, and one more for its bridges."""
    by_street: dict[int, list[Edge]] = {}
    for edge in edges:
        by_street.setdefault(edge.street.number, []).append(edge)
    found = []
    for number, parts in sorted(by_street.items()):
        street = parts[0].street
        whole = shapely.union_all([part.line for part in parts])
        span = water.buffer(7)
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
