"""Doors: numbers along streets, odd on the left and even on the right, blocks in estates, rooms of two buildings."""

from __future__ import annotations

from collections import Counter

import shapely
from shapely import MultiPolygon, Point, Polygon, STRtree
from shapely.ops import nearest_points

from data.town import plan
from data.town.houses import STOREY_M, House
from data.town.layout import Layout
from data.town.plane import Thing, side_of
from data.town.streets import HALF_WIDTH_M

REACH_M = 12.0  # from the pavement to a front that opens on it
SHOWN = 2  # buildings with units and rooms
UNITS, FLOORS, COLUMNS = ("1单元", "2单元"), 6, 2


def number_doors(houses: list[House], layout: Layout, grids: list[Thing]) -> None:
    """Give every house its code and, where it fronts a named street, its number there."""
    edges = [edge for edge in layout.named if edge.street.name]
    index = STRtree([edge.line for edge in edges])
    taken: set[tuple[str, int]] = set()
    for house in houses:
        middle = house.shape.centroid
        edge = edges[int(index.nearest(house.shape))]
        estate = house.block is not None and house.block.kind == "residential" and house.number
        if estate or edge.line.distance(house.shape) > HALF_WIDTH_M[edge.street.rank] + REACH_M:
            continue
        left = side_of(edge.line, middle) == "left"
        number = 2 * int(edge.street.line.project(middle) / 12) + (1 if left else 2)
        while (edge.street.name, number) in taken:
            number += 2
        taken.add((edge.street.name, number))
        house.road, house.door = edge.street.name, str(number)
    code_houses(houses, grids)


def code_houses(houses: list[House], grids: list[Thing]) -> None:
    """19 digits: community 12, grid 2, sequence 5."""
    index, counter = STRtree([grid.shape for grid in grids]), Counter[str]()
    for house in houses:
        grid = str(grids[int(index.nearest(house.shape.centroid))].properties["code"])
        counter[grid] += 1
        house.code = f"{grid[:12]}{grid[13:]}{counter[grid]:05d}"


def building_things(houses: list[House]) -> list[Thing]:
    """The footprints."""
    return [
        Thing(
            f"building-{house.code}",
            MultiPolygon([house.shape]),
            {
                "code": house.code,
                "name": house.name,
                "address": house.address,
                "use": house.use,
                "floors": house.floors,
                "floors_below": 1 if house.floors > 10 else 0,
                "height_m": round(house.floors * STOREY_M + 1.2, 1),
                "built_year": 1985 + int(house.code[-3:]) * 7 % 38,
            },
        )
        for house in houses
    ]


def address_things(houses: list[House], layout: Layout, grids: list[Thing]) -> list[Thing]:
    """A door on the front of every house that has an address, and a gate for every estate and place."""
    index, found = STRtree([grid.shape for grid in grids]), []
    for house in houses:
        if not house.address:
            continue
        front = door(house, layout)
        community = int(str(grids[int(index.nearest(front))].properties["code"])[9:12])
        estate = house.block.name if house.block and not house.road else ""
        found.append(
            Thing(
                f"address-{house.code}",
                front,
                {
                    "kind": "door", "district": plan.DISTRICT_NAME, "street": plan.STREET_NAME,
                    "community": plan.COMMUNITIES[community - 1], "road": house.road, "number": house.door,
                    "estate": estate, "block": str(house.number) if estate else "", "name": house.name,
                    "building": house.code, "score": 1.0,
                },
            )
        )  # fmt: skip
    return [*found, *gates(layout, index, grids)]


def door(house: House, layout: Layout) -> Point:
    """The point of a house's outline nearest to its street, drawn in by a hand's width."""
    lines = [edge.line for edge in layout.named if edge.street.name == house.road] if house.road else []
    if not lines:
        south = house.shape.centroid
        return Point(south.x, south.y)
    front = nearest_points(house.shape, shapely.union_all(lines))[0]
    middle = house.shape.centroid
    share = 0.6 / max(front.distance(middle), 0.6)
    return Point(front.x + (middle.x - front.x) * share, front.y + (middle.y - front.y) * share)


def gates(layout: Layout, index: STRtree, grids: list[Thing]) -> list[Thing]:
    """The gate of every named block, with an alias people use."""
    found = []
    named = [edge for edge in layout.named if edge.street.name]
    streets = STRtree([edge.line for edge in named])
    for number, block in enumerate((block for block in layout.blocks if block.name and block.kind != "old"), 1):
        edge = named[int(streets.nearest(block.shape.centroid))]
        gate = nearest_points(block.shape, edge.line)[0]
        community = int(str(grids[int(index.nearest(gate))].properties["code"])[9:12])
        found.append(
            Thing(
                f"gate-{number:03d}",
                gate,
                {
                    "kind": "gate", "district": plan.DISTRICT_NAME, "street": plan.STREET_NAME,
                    "community": plan.COMMUNITIES[community - 1], "road": edge.street.name,
                    "number": f"{2 * int(edge.street.line.project(gate) / 12) + 1}", "name": block.name + "大门",
                    "aliases": [block.name + "门口", block.name], "score": 0.9,
                },
            )
        )  # fmt: skip
    return found


def shown_houses(houses: list[House]) -> list[House]:
    """The two estate buildings whose units and rooms are known."""
    slabs = [house for house in houses if house.number and house.floors == FLOORS and house.shape.area > 400]
    slabs.sort(key=lambda house: (house.shape.distance(Point(plan.MIDDLE)), house.code))
    return slabs[:SHOWN]


def room_things(houses: list[House]) -> list[Thing]:
    """Every room of the shown buildings: points in its unit's part of the footprint, numbered 楼层+列."""
    found = []
    for house in shown_houses(houses):
        for unit_number, unit in enumerate(UNITS):
            for column in range(1, COLUMNS + 1):
                spot = _inside(house.shape, (unit_number * COLUMNS + column - 0.5) / (len(UNITS) * COLUMNS))
                for floor in range(1, FLOORS + 1):
                    number = f"{floor}{column:02d}"
                    found.append(
                        Thing(
                            f"room-{house.code}-{unit_number + 1}-{number}",
                            spot,
                            {
                                "building": house.code, "unit": unit, "number": number, "floor": floor,
                                "code": f"{house.code}{unit_number + 1:02d}{number.zfill(4)}", "column": column,
                                "use": "residential", "area_m2": 78.5 if column == 1 else 92.0,
                            },
                        )
                    )  # fmt: skip
    return found


def _inside(shape: Polygon, share: float) -> Point:
    """The point at a share of the length of a slab."""
    a, b, c, d = list(shape.minimum_rotated_rectangle.exterior.coords)[:4]
    if Point(a).distance(Point(b)) < Point(b).distance(Point(c)):
        a, b, c, d = b, c, d, a
    low = (a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share)
    high = (d[0] + (c[0] - d[0]) * share, d[1] + (c[1] - d[1]) * share)
    return Point(low[0] * 0.6 + high[0] * 0.4, low[1] * 0.6 + high[1] * 0.4)
