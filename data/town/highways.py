"""Roads of the country: streets of the town going on, a ring, towns joined to each other, the ways off the island."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from random import Random

import numpy as np
import shapely
from shapely import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry

from data.town import sketch
from data.town.plane import Spot, curve, lines
from data.town.streets import KINDS, bound

RING_NAME, SHORE_NAME, SHORE_M = "环汀高速", "环湖公路", 2_600.0
OUTWARD = (  # expressways over the lake: name, way in degrees from east
    ("云芦高速", 197.0), ("云鹤高速", 52.0), ("云埠高速", 291.0),
)  # fmt: skip
TOWNS, APART_M, COAST_M = 17, 4_300.0, 1_500.0
RAIL_ON: tuple[tuple[Spot, ...], ...] = (
    ((-4_600, -1_800), (-8_000, -1_200), (-12_000, -2_600), (-17_300, -1_400)),
    ((4_400, -1_500), (7_800, -2_600), (12_400, -3_000), (17_600, -4_300)),
)  # fmt: skip
STREETS_M = (-330.0, -110.0, 120.0, 340.0)  # how far streets of a town run from its middle


@dataclass(frozen=True, slots=True)
class Way:
    """A road beyond the town."""

    name: str
    rank: int
    line: BaseGeometry
    bridge: bool = False

    @property
    def kind(self) -> str:
        """The kind of road that has this rank."""
        return "expressway" if self.rank == 1 else KINDS[self.rank]


Town = tuple[Spot, float]  # where, how large


def highways(ring: Polygon, land: BaseGeometry, lake: Polygon, rng: Random) -> tuple[list[Way], list[Town]]:
    """All roads, and the towns that they join."""
    towns = list(_towns(ring, land, rng))
    found = [Way(RING_NAME, 1, ring.exterior), Way(SHORE_NAME, 2, lake.buffer(SHORE_M).simplify(60).exterior)]
    found += [*_on(ring), *_between(towns, ring, rng), *_rail()]
    found += [way for town in towns for way in _streets(town, rng)]
    return [
        *found,
        *(part for name, way in OUTWARD for part in _off(name, way, ring, lake.difference(land), rng)),
    ], towns


def _on(ring: Polygon) -> Iterator[Way]:
    """The main streets that leave the town, as far as the ring."""
    for avenue in sketch.AVENUES:
        for end in (0, -1) if avenue.spots else ():
            last = avenue.spots[end]
            line = curve(avenue.spots)
            if bound().contains(Point(last)):
                continue
            edge = Point(lines(line.difference(bound()))[end].coords[-1 if end == 0 else 0])
            far = ring.exterior.interpolate(ring.exterior.project(Point(2.1 * last[0], 2.1 * last[1])))
            middle = ((last[0] * 1.1 + far.x) / 2.1, (last[1] * 1.1 + far.y) / 2.1)
            name = avenue.name.removesuffix("大道").removesuffix("路").removesuffix("街") + "公路"
            yield Way(name, avenue.rank, curve(((edge.x, edge.y), last, middle, (far.x, far.y))))


def _towns(ring: Polygon, land: BaseGeometry, rng: Random) -> Iterator[Town]:
    """Towns of the island: away from the ring, from the coast and from each other."""
    ground = land.buffer(-COAST_M).difference(ring.buffer(1_700))
    west, south, east, north = ground.bounds
    taken: list[Spot] = []
    for _ in range(900):
        spot = (rng.uniform(west, east), rng.uniform(south, north))
        if len(taken) < TOWNS and ground.contains(Point(spot)) and all(math.dist(spot, at) > APART_M for at in taken):
            taken.append(spot)
            yield spot, rng.uniform(420, 1_000)


def _between(towns: list[Town], ring: Polygon, rng: Random) -> Iterator[Way]:
    """A road between any two towns with none between them, and from those near the ring to it."""
    spots = [spot for spot, _ in towns]
    for one, other in combinations(spots, 2):
        middle = Point((one[0] + other[0]) / 2, (one[1] + other[1]) / 2)
        reach = math.dist(one, other) / 2
        between = any(spot not in (one, other) and middle.distance(Point(spot)) < reach for spot in spots)
        if not between and not LineString((one, other)).crosses(ring):
            yield Way("", 3, bent(one, other, rng))
    for spot in spots:
        far = ring.exterior.interpolate(ring.exterior.project(Point(spot)))
        if far.distance(Point(spot)) < 7_000:
            yield Way("", 2 if rng.random() < 0.4 else 3, bent((far.x, far.y), spot, rng))


def bent(one: Spot, other: Spot, rng: Random, much: float = 0.08) -> LineString:
    """A road as the ground lets it run."""
    (x0, y0), (x1, y1) = one, other
    spots = [one]
    for share in (0.28, 0.52, 0.77):
        aside = rng.uniform(-much, much)
        spots.append((x0 + (x1 - x0) * share - (y1 - y0) * aside, y0 + (y1 - y0) * share + (x1 - x0) * aside))
    return curve([*spots, other])


def _off(name: str, degrees: float, ring: Polygon, wet: BaseGeometry, rng: Random) -> Iterator[Way]:
    """An expressway from the ring over the lake; the bridge is a part of its own."""
    turn = math.radians(degrees)
    begin = ring.exterior.interpolate(ring.exterior.project(Point(9_000 * math.cos(turn), 9_000 * math.sin(turn))))
    line = bent((begin.x, begin.y), (119_000 * math.cos(turn), 88_000 * math.sin(turn)), rng, 0.05)
    for bridge, shape in ((False, line.difference(wet)), (True, line.intersection(wet))):
        for part in lines(shape, 50):
            yield Way(name, 1, part, bridge)


def _rail() -> Iterator[Way]:
    """The railway on to the coasts."""
    west, east = RAIL_ON
    for line in lines(curve((*west[::-1], *sketch.RAIL, *east)).difference(bound())):
        yield Way("", 8, line)


def _streets(town: Town, rng: Random) -> Iterator[Way]:
    """A few streets each way through a town."""
    (x, y), size = town
    turn = rng.uniform(0, math.pi)
    for number, across in enumerate((turn, turn + math.pi / 2)):
        u, v = np.array((math.cos(across), math.sin(across))), np.array((-math.sin(across), math.cos(across)))
        for aside in STREETS_M:
            if abs(aside) < size * 0.7:
                half = math.sqrt(size**2 - aside**2) * 0.85
                ends = [tuple(np.array((x, y)) + v * aside + u * along) for along in (-half, half)]
                yield Way("", 4 if number else 5, LineString(ends))


def lanes(cells: np.ndarray, ground: BaseGeometry, rng: Random) -> Iterator[Way]:
    """Lanes between some of the fields, those of a square of four kilometres as one."""
    edges = shapely.union_all(shapely.boundary(cells)).intersection(ground)
    squares: dict[tuple[int, int], list[LineString]] = {}
    for line in lines(edges, 60):
        if rng.random() < 0.55:
            at = line.centroid
            squares.setdefault((int(at.x // 4_000), int(at.y // 4_000)), []).append(line)
    for _, parts in sorted(squares.items()):
        yield Way("", 5, shapely.MultiLineString(parts))
