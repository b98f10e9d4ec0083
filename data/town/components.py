"""What a city maintains along its kerbs: bins of four kinds, covers, lamps, plates, benches, signs, fitness corners."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from shapely import Point, intersects, prepare

from data.town import plan
from data.town.facilities import Found, edges_by, kerb, spread
from data.town.houses import House
from data.town.layout import Layout
from data.town.plane import Thing
from data.town.streets import HALF_WIDTH_M
from data.town.trades import DAILY

WASTE = (("recyclable", "可回收物"), ("hazardous", "有害垃圾"), ("kitchen", "厨余垃圾"), ("residual", "其他垃圾"))
SORTING = {"rules": [{"hours": ["06:30-09:00", "18:00-21:00"]}]}
COVERS = {"YS": "0103", "WS": "0102", "JP": "0101"}  # class of component by whose pipe it is


def component_things(layout: Layout, houses: list[House], nodes: list[Thing], rng: Random) -> Iterator[Found]:
    """One kind after the other."""
    yield from bins(layout, rng)
    yield from covers(nodes, rng)
    yield from lamps(layout, rng)
    yield from plates(houses)
    yield from furniture(layout, rng)


def bins(layout: Layout, rng: Random) -> Iterator[Found]:
    """Stations of four bins, one a kind of waste, in the estates, and all that stands in streets."""
    estates: dict[str, list[Point]] = {}
    for block in layout.blocks:
        if block.kind == "residential" and block.shape.area > 4000:
            estates.setdefault(block.name, []).append(block.shape.boundary.interpolate(rng.random(), normalized=True))
    for name, middles in estates.items():
        for middle in middles[:5]:
            for number, (code, waste) in enumerate(WASTE):
                yield "bin", waste, Point(middle.x + number * 1.4, middle.y), {
                    "address": name, "hours": SORTING, "features": [code], "extra": {"waste": waste, "litres": 240},
                }  # fmt: skip
        yield "collection-point", f"{name}垃圾收集点", Point(middles[0].x, middles[0].y + 4), {
            "hours": SORTING, "address": name, "features": [code for code, _ in WASTE] + ["bulky", "clothes"],
            "capacity": plan.WASTE_LITRES if name == plan.COUNTED_ESTATE else 4000,
        }  # fmt: skip
    yield from street_bins(layout, rng)


def street_bins(layout: Layout, rng: Random) -> Iterator[Found]:
    """Pairs of bins beside the streets, and collection points."""
    for edge in spread(edges_by(layout, (2, 3, 4), 60), 190):
        spot = kerb(edge.line, edge.line.length * 0.3, HALF_WIDTH_M[edge.street.rank] - 1.5)
        for number, (code, waste) in enumerate((WASTE[0], WASTE[3])):
            yield "bin", waste, Point(spot.x + number * 0.8, spot.y), {
                "address": edge.street.name, "features": [code], "extra": {"waste": waste, "litres": 60},
                "state": "damaged" if rng.random() < 0.03 else "intact",
            }  # fmt: skip
    for edge in spread(edges_by(layout, (3, 4), 60), 600):
        spot = kerb(edge.line, 20, HALF_WIDTH_M[edge.street.rank] - 2)
        yield "collection-point", f"{edge.street.name}垃圾收集点", spot, {
            "hours": DAILY, "address": edge.street.name, "features": ["residual", "kitchen"], "capacity": 2000,
        }  # fmt: skip


def covers(nodes: list[Thing], rng: Random) -> Iterator[Found]:
    """Covers over the wells of the drains and of the water mains, some damaged."""
    wells = [node for node in nodes if node.properties["appendage"] and node.properties["小类"] in COVERS]
    for node in wells[::4]:
        part, state = node.properties["小类"], "damaged" if rng.random() < 0.03 else "intact"
        yield "manhole", "", Point(node.shape.x, node.shape.y), {
            "class_code": COVERS[part], "state": state, "owner": node.properties["owner"],
            "extra": {"node": node.properties["code"]},
        }  # fmt: skip


def lamps(layout: Layout, rng: Random) -> Iterator[Found]:
    """Lamps along the larger streets, on both sides in turn."""
    for edge in edges_by(layout, (2, 3), 40):
        apart = 60 if edge.street.rank == 2 else 85
        for number in range(int(edge.line.length / apart)):
            side = 1 if number % 2 else -1
            spot = kerb(edge.line, apart / 2 + number * apart, side * (HALF_WIDTH_M[edge.street.rank] - 1.5))
            yield (
                "lamp",
                "",
                spot,
                {"state": "damaged" if rng.random() < 0.015 else "intact", "address": edge.street.name},
            )


def plates(houses: list[House]) -> Iterator[Found]:
    """QR plates at every ninth numbered door."""
    for house in [house for house in houses if house.road][::9]:
        spot = house.shape.exterior.interpolate(0.02, normalized=True)
        yield "qr-plate", "", spot, {"address": house.address, "extra": {"building": house.code}}


def furniture(layout: Layout, rng: Random) -> Iterator[Found]:
    """Benches along the promenades, and all that stands at corners."""
    water = layout.water
    prepare(water)
    for edge in layout.edges:
        if edge.street.rank == 7 and edge.line.length > 60:
            for number in range(min(6, int(edge.line.length / 120))):
                spot = kerb(edge.line, 40 + number * 120, 2.5)
                if not intersects(water, spot):
                    yield "bench", "", spot, {"capacity": rng.choice((3, 4))}
    yield from corners(layout)


def corners(layout: Layout) -> Iterator[Found]:
    """Street signs, cabinets and bicycle stands along the kerbs, fitness corners in the parks."""
    for edge in edges_by(layout, (2, 3, 4), 60)[::3]:
        spot = kerb(edge.line, 16, HALF_WIDTH_M[edge.street.rank] - 1)
        yield "street-sign", edge.street.name, spot, {"address": edge.street.name}
    for number, edge in enumerate(spread(edges_by(layout, (2, 3, 4), 80), 330)):
        kind = ("power-box", "junction-box", "bicycle-parking")[number % 3]
        spot = kerb(edge.line, edge.line.length * 0.7, -(HALF_WIDTH_M[edge.street.rank] - 1))
        yield kind, "", spot, {"address": edge.street.name, **({"capacity": 40} if kind == "bicycle-parking" else {})}
    parks = [block for block in layout.blocks if block.kind == "park"]
    for block in parks[::2]:
        spot = block.shape.representative_point()
        if block.shape.contains(Point(spot.x + 30, spot.y)):
            yield "fitness", f"{block.name}健身点", Point(spot.x + 30, spot.y), {"address": block.name}
