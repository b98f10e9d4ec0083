"""Land use between the streets, and the water."""

from __future__ import annotations

from collections.abc import Iterator

import shapely
from shapely import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from data.town import sketch
from data.town.houses import House
from data.town.layout import Block, Layout
from data.town.plane import Thing, polygons
from data.town.public import pitch
from data.town.streets import pavement

BUILT = ("retail", "commercial", "hotel", "office", "station", "utility")  # there the house carries the name
LAND = {  # kinds of block that a land register calls otherwise
    "old": "residential", "terrace": "residential", "towers": "residential", "village": "residential",
    "market": "retail", "warehouse": "industrial", "utility": "industrial", "station": "railway",
    "sports": "recreation",
}  # fmt: skip

MICRO_GARDENS = 3


def multi(shape: BaseGeometry) -> MultiPolygon:
    """Any area as a multipolygon."""
    return MultiPolygon(polygons(shape))


def landuse_things(layout: Layout) -> list[Thing]:
    """A feature a piece of ground, the pitches of the schools, the greens of the banks."""
    pieces: dict[int, list[Block]] = {}
    for block in layout.blocks:
        pieces.setdefault(block.piece, []).append(block)
    found = []
    for number, parts in sorted(pieces.items()):
        kind = LAND.get(parts[0].kind, parts[0].kind)
        name = "" if parts[0].kind in BUILT else parts[0].name
        shape = multi(shapely.union_all([part.shape for part in parts]))
        found.append(Thing(f"land-{number:03d}", shape, {"kind": kind, "name": name}))
    schools = [block for block in layout.blocks if block.kind in ("school", "kindergarten")]
    for number, block in enumerate(schools, 1):
        found.append(Thing(f"pitch-{number:02d}", multi(pitch(block)), {"kind": "pitch", "name": ""}))
    return [*found, *greens(layout)]


def micro_gardens(layout: Layout, houses: list[House]) -> list[Thing]:
    """Gardens of a few steps across, one in each of the three largest estates with room: no house stands there."""
    tree = shapely.STRtree([house.shape for house in houses])
    found: list[Thing] = []
    for estate, lots in estates(layout):
        free = (spot for lot in lots for spot in spots(lot) if not tree.query(spot, predicate="intersects").size)
        if len(found) < MICRO_GARDENS and (garden := next(free, None)):
            found.append(
                Thing(f"garden-{len(found) + 1}", multi(garden), {"kind": "garden", "name": f"{estate}微花园"})
            )
    return found


def estates(layout: Layout) -> list[tuple[str, list[Polygon]]]:
    """The lots of every estate by its name, the largest estate first."""
    lots: dict[str, list[Polygon]] = {}
    for block in layout.blocks:
        if block.name and LAND.get(block.kind, block.kind) == "residential":
            lots.setdefault(block.name, []).append(block.shape)
    return sorted(lots.items(), key=lambda one: -sum(lot.area for lot in one[1]))


def spots(lot: Polygon) -> Iterator[Polygon]:
    """Squares of eight metres within a lot, row by row."""
    west, south, east, north = (int(edge) for edge in lot.bounds)
    for y in range(south, north, 4):
        for x in range(west, east, 4):
            if lot.contains(square := shapely.box(x, y, x + 8, y + 8)):
                yield square


def greens(layout: Layout) -> list[Thing]:
    """The greens along the water: one on each bank of the river, one along the canal."""
    hard = shapely.union_all([layout.water, pavement(edge for edge in layout.edges if edge.street.rank < 7)])
    free = shapely.union_all(layout.banks).difference(hard).buffer(-1).buffer(1)
    sides: dict[str, list[Polygon]] = {"北岸绿带": [], "南岸绿带": [], "": []}
    for part in polygons(free, 900):
        spot = part.representative_point()
        at = layout.river_line.interpolate(layout.river_line.project(spot))
        sides["" if at.distance(spot) > 110 else "北岸绿带" if spot.y > at.y else "南岸绿带"].append(part)
    return [
        Thing(f"bank-{number}", MultiPolygon(parts), {"kind": "park", "name": name})
        for number, (name, parts) in enumerate(sides.items(), 1)
        if parts
    ]


def water_things(layout: Layout) -> list[Thing]:
    """River, canal, creek, pond and lake as surfaces."""
    rows = (
        ("river", sketch.RIVER_NAME, layout.river),
        ("canal", sketch.CANAL_NAME, layout.canal),
        ("stream", sketch.CREEK_NAME, layout.creek),
        ("pond", sketch.POND_NAME, layout.ponds[sketch.POND_NAME]),
        ("lake", sketch.LAKE_NAME, layout.ponds[sketch.LAKE_NAME]),
    )
    small = [
        Thing(f"pool-{number:03d}", multi(shape), {"kind": "pond"}) for number, shape in enumerate(layout.pools, 1)
    ]
    return [*(Thing(f"water-{kind}", multi(shape), {"kind": kind, "name": name}) for kind, name, shape in rows), *small]
