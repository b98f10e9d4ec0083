"""What grows and stands between the roads of the country: fields, orchards and meadows, woods on hills, villages."""

from __future__ import annotations

import math
from collections.abc import Iterator
from random import Random
from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely import MultiPoint, MultiPolygon, Point, Polygon
from shapely.geometry.base import BaseGeometry

from data.town.plane import Spot, polygons, shore
from data.town.streets import bound

if TYPE_CHECKING:
    from data.town.country import Country

NEAR_M, FINE_M, COARSE_M = 8_000.0, 620.0, 1_700.0  # fields close to the town are of a size, those far off larger
HILLS = (  # where, how far
    (-11_000, 8_500, 4_200), (12_500, 7_200, 3_000), (-13_500, -6_400, 3_300), (6_800, -9_800, 2_700),
    (-4_600, 5_600, 1_300), (5_300, 4_300, 1_100), (-6_200, -3_600, 1_200),
)  # fmt: skip
GROWN = ("farmland", "farmland", "farmland", "orchard", "meadow", "")
VILLAGES, VILLAGE_M = 64, 190.0
LEAST_M2 = 12_000.0
PORTS, RANGES = 13, 46  # towns and hills of the far shore
MAINLAND, PATCH_M = (-124_000.0, -84_000.0, 121_000.0, 84_000.0), 8_800.0  # the land beyond the lake, and its pieces


def cells_of(island: Polygon, rng: Random) -> list[tuple[Spot, Polygon]]:
    """The island cut into cells around scattered spots."""
    spots = [spot for spot in scattered(island, rng) if island.contains(Point(spot))]
    cells = shapely.get_parts(shapely.voronoi_polygons(MultiPoint(spots), ordered=True))
    return list(zip(spots, cells, strict=True))


def scattered(island: Polygon, rng: Random) -> Iterator[Spot]:
    """Spots close together near the town and far apart elsewhere, none quite in line."""
    for step, near in ((FINE_M, True), (COARSE_M, False)):
        for spot in jittered(island.bounds, step, rng):
            if (math.hypot(spot[0], 1.25 * spot[1]) < NEAR_M) == near:
                yield spot


def jittered(box: tuple[float, ...], step: float, rng: Random) -> Iterator[Spot]:
    """A lattice out of true."""
    west, south, east, north = box
    for x in np.arange(west, east, step):
        for y in np.arange(south, north, step):
            yield float(x) + rng.uniform(-0.4, 0.4) * step, float(y) + rng.uniform(-0.4, 0.4) * step


def grounds(made: Country, rng: Random) -> Iterator[tuple[str, BaseGeometry]]:
    """Every piece of ground with its kind; roads run over it."""
    dry = made.land.buffer(-60, 3)
    free = dry.difference(shapely.union_all([made.small.buffer(15), bound().buffer(4)]))
    towns = made.settled.intersection(free)
    hamlets = villages(made, rng).difference(towns.buffer(150)).intersection(free)
    built = towns.union(hamlets)
    woods = shapely.union_all([shore((x, y), (size, 0.9 * size), rng, (0.15, 0.03)) for x, y, size in HILLS])
    wooded = woods.intersection(dry).difference(shapely.union_all([built.buffer(20), made.small.buffer(15), bound()]))
    yield from (("town", part) for part in polygons(towns, LEAST_M2))
    yield from (("village", part) for part in polygons(hamlets, LEAST_M2))
    yield from (("forest", part.simplify(4)) for part in polygons(wooded, LEAST_M2))
    taken = Taken([*polygons(made.small.buffer(15)), *polygons(built.buffer(15)), woods.buffer(12), bound().buffer(4)])
    shapely.prepare(dry)
    for _, cell in made.cells:
        if kind := rng.choice(GROWN):
            left = taken.less(cell).buffer(-9, join_style="mitre")
            inside = left if dry.covers(left) else left.intersection(dry)
            if kept := polygons(inside, LEAST_M2):
                yield kind, MultiPolygon(kept).simplify(2)
    yield from beyond(made.lake, rng)


class Taken:
    """Ground that is something else, found by where it lies: cutting a field by all of it at once takes seconds."""

    def __init__(self, shapes: list[BaseGeometry]) -> None:
        self.parts = np.array([part for shape in shapes for part in polygons(shape)], dtype=object)
        self.tree = shapely.STRtree(self.parts)

    def less(self, cell: Polygon) -> BaseGeometry:
        """What of a cell is free."""
        near = self.tree.query(cell, predicate="intersects")
        return cell.difference(shapely.union_all(self.parts[near])) if near.size else cell


def villages(made: Country, rng: Random) -> BaseGeometry:
    """A few houses' ground at some corners of fields."""
    corners = [cell.exterior.coords[0] for _, cell in rng.sample(made.cells, VILLAGES)]
    return shapely.union_all([
        shore(corner[:2], (reach * 1.3, reach), rng, (0.15, 0.04))
        for corner, reach in ((corner, VILLAGE_M * rng.uniform(0.5, 1.1)) for corner in corners)
    ])  # fmt: skip


def beyond(lake: BaseGeometry, rng: Random) -> Iterator[tuple[str, BaseGeometry]]:
    """Woods, fields and towns on the far shore, in large pieces: they are seen from far off."""
    whole = Polygon(max(polygons(lake), key=lambda part: part.area).exterior)
    wet, bounds = whole.buffer(350, 4), shapely.box(*MAINLAND)
    spots = list(jittered(MAINLAND, PATCH_M, rng))
    ranges = [shore(spot, (size, 0.7 * size), rng, (0.22, 0.022)) for spot, size in wooded(spots, whole, rng)]
    woods, road = shapely.union_all(ranges).difference(wet), whole.buffer(2_600).exterior
    ports = [road.interpolate(share / PORTS, normalized=True) for share in range(PORTS)]
    towns = [shore((port.x, port.y), (size, size), rng, (0.15, 0.05)) for port, size in
             ((port, rng.uniform(900, 2_100)) for port in ports)]  # fmt: skip
    built = shapely.union_all(towns).difference(wet)
    yield from (("town", part.simplify(20)) for part in polygons(built, LEAST_M2))
    yield from (("forest", part.simplify(30)) for part in polygons(woods.difference(built), LEAST_M2))
    taken = Taken([wet, woods, built])
    for cell in shapely.get_parts(shapely.voronoi_polygons(MultiPoint(spots), ordered=True)):
        if bounds.contains(cell) and (kind := rng.choice(GROWN)):
            yield from ((kind, part) for part in polygons(taken.less(cell), LEAST_M2))  # edge to edge: gaps are cracks


def wooded(spots: list[Spot], lake: Polygon, rng: Random) -> Iterator[tuple[Spot, float]]:
    """Where the hills of the far shore are, and how large."""
    for spot in rng.sample(spots, RANGES):
        if lake.distance(Point(spot)) > 4_000:
            yield spot, rng.uniform(3_500, 12_500)
