"""The land around the town: an island in a wide lake, so that at no zoom the map ends where the town does.

Towns and villages bear names and nothing bears a house or a rule: what is managed ends at the edge of the town.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from random import Random

import numpy as np
import shapely
from shapely import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from data.town import sketch
from data.town.fields import cells_of, grounds
from data.town.highways import Way, highways, lanes
from data.town.layout import Layout, wide
from data.town.plane import Spot, Thing, curve, lines, polygons, shore
from data.town.streets import bound

ISLAND, LAKE = (21_000.0, 15_000.0), (54_000.0, 36_000.0)  # how far they reach, east and north
RING = (5_700.0, 4_600.0)
LAKE_NAME = "云汀大湖"
UPSTREAM: tuple[Spot, ...] = (
    (-26_000, 2_600), (-20_500, 1_200), (-16_000, 2_300), (-12_500, 1_000), (-9_400, 1_500), (-6_800, 300),
    (-4_800, 900), (-3_500, 420),
)  # fmt: skip
DOWNSTREAM: tuple[Spot, ...] = (
    (3_500, -420), (4_900, -60), (6_900, -1_100), (9_600, -300), (12_800, -1_700), (16_600, -700), (20_500, -2_100),
    (26_000, -1_700),
)  # fmt: skip
MOUTH_M = 380
CANAL_ON: tuple[Spot, ...] = ((520, 3_000), (330, 4_700), (900, 6_400), (700, 7_500))
CREEK_ON: tuple[Spot, ...] = (
    (1_050, -3_100), (1_420, -4_500), (900, -6_000), (1_450, -7_300),
)  # fmt: skip
SPRINGS = ((700, 7_900, 640), (1_500, -7_600, 540))  # the lakes at the ends of canal and creek
PONDS = (  # lakes of the island: where, how wide
    (-9_800, 5_900, 900), (7_600, 6_400, 1_250), (-5_300, -6_900, 700), (10_300, -6_200, 1_050), (-14_200, -3_700, 620),
    (2_700, 9_600, 520), (3_300, -3_100, 430), (-3_400, 3_300, 360), (-4_100, -2_200, 260), (3_700, 2_300, 300),
)  # fmt: skip
ISLETS = (
    (-33_000, 9_000, 2_600), (30_500, 13_500, 1_900), (27_500, -12_000, 1_500), (-29_000, -15_500, 2_100),
    (3_000, -23_500, 1_300), (-8_000, 23_500, 1_700), (38_000, -4_000, 2_300), (-43_000, -5_000, 1_700),
)  # fmt: skip
NAMES = {  # of what people live in: how a name begins, goes on and ends
    "town": ("青白双松鹤石", "溪墩湾洲浦浜", "镇"),
    "village": ("芦荷柳蒲枫槐杏梅樟檀", "溪圩墩湾洲浦浜", "村"),
}


@dataclass(frozen=True, slots=True)
class Country:
    """The ground beyond the edge of the town: land, the lake around it, small water, roads, towns, fields to be."""

    land: BaseGeometry
    lake: BaseGeometry
    small: BaseGeometry
    ways: list[Way]
    settled: BaseGeometry
    cells: list[tuple[Spot, Polygon]]


def country_things(layout: Layout, seed: int) -> dict[str, list[Thing]]:
    """Land use, water and roads around the town, by subject."""
    rng = Random(f"country {seed}")
    made = survey(layout, rng)
    names = {kind: called(kind, seed) for kind in NAMES}
    return {
        "landuse": [
            Thing(
                f"country-{number:04d}",
                MultiPolygon(polygons(shape)),
                {
                    "kind": kind,
                    "name": next(names[kind], "") if kind in names else "",
                },
            )
            for number, (kind, shape) in enumerate(grounds(made, rng), 1)
        ],
        "water": [
            Thing(f"country-{kind}", MultiPolygon(polygons(shape)), {"kind": kind, "name": name})
            for kind, name, shape in (("lake", LAKE_NAME, made.lake), ("river", "", made.small))
        ],
        "roads": [Thing(f"country-road-{number:03d}", *road(way)) for number, way in enumerate(made.ways, 1)],
    }


def called(kind: str, seed: int) -> Iterator[str]:
    """Names for all that is of a kind, in no order that a map would show."""
    names = ["".join(parts) for parts in product(*NAMES[kind])]
    Random(f"names {seed}").shuffle(names)
    return iter(names)


def survey(layout: Layout, rng: Random) -> Country:
    """Coasts, waters, roads and towns."""
    island, lake = shore((0, 300), ISLAND, rng, (0.05, 0.016)), shore((-2_000, 1_000), LAKE, rng, (0.09, 0.016))
    land = shapely.union_all([island, *(shore((x, y), (1.3 * size, size), rng, (0.09, 0.02)) for x, y, size in ISLETS)])
    ring = shore((0, 0), RING, rng, (0.02, 0.0))
    ways, towns = highways(ring, island, lake, rng)
    ponds = [shore((x, y), (1.2 * size, 0.8 * size), rng, (0.1, 0.03)) for x, y, size in PONDS]
    roads = shapely.union_all([way.line for way in ways])
    springs = [shore((x, y), (1.2 * size, 0.8 * size), rng, (0.1, 0.03)) for x, y, size in SPRINGS]
    small = [*streams(layout), *springs, *(pond for pond in ponds if pond.distance(roads) > 40)]
    water = shapely.union_all(small).intersection(island).difference(layout.town)
    settled = shapely.union_all([shore(spot, (size, 0.8 * size), rng, (0.12, 0.05)) for spot, size in towns])
    cells = cells_of(island, rng)
    near = np.array([cell for _, cell in cells if cell.intersects(ring)], dtype=object)
    open_ground = ring.buffer(1_500).difference(shapely.union_all([water.buffer(20), bound().buffer(15)]))
    paths = list(lanes(near, open_ground, rng))
    return Country(land, lake.difference(land), water, [*ways, *paths], settled.difference(water.buffer(25)), cells)


def streams(layout: Layout) -> Iterator[BaseGeometry]:
    """River, canal and creek beyond the town, as wide as they leave it."""
    whole = curve((*UPSTREAM, *sketch.RIVER, *DOWNSTREAM))
    parts = sorted(lines(whole.difference(layout.town)), key=lambda line: line.bounds[0])
    yield wide(parts[0], (MOUTH_M, 240, 170, 140, sketch.RIVER_WIDTHS[0]))
    yield wide(parts[-1], (sketch.RIVER_WIDTHS[-1], 150, 190, 260, MOUTH_M))
    yield curve((*CANAL_ON[::-1], *sketch.CANAL)).buffer(9.5)
    yield curve((*sketch.CREEK, *CREEK_ON)).buffer(7.5)


def road(way: Way) -> tuple[BaseGeometry, dict[str, object]]:
    """A road as the register has it."""
    return shapely.MultiLineString(lines(way.line.simplify(2))), {
        "code": "", "name": way.name, "name_en": "", "kind": way.kind, "rank": way.rank, "bridge": way.bridge,
        "model_road": False,
    }  # fmt: skip
