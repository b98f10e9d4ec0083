"""Doors: numbers along streets, odd on the left and even on the right, gates and crossings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import shapely
from shapely import MultiPolygon, Point, STRtree
from shapely.geometry.base import BaseGeometry
from shapely.ops import nearest_points

from data.town import plan
from data.town.houses import STOREY_M, House
from data.town.layout import Layout
from data.town.plane import Spot, Thing, side_of
from data.town.streets import HALF_WIDTH_M

REACH_M = 12.0  # from the pavement to a front that opens on it


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
    """A door on the front of every house that has an address, gates, and the crossings of named streets."""
    index, found = STRtree([grid.shape for grid in grids]), []
    lines = by_street(layout)

    def thing(id_: str, spot: Point, **more: Any) -> Thing:
        community = int(str(grids[int(index.nearest(spot))].properties["code"])[9:12])
        parts = {"district": plan.DISTRICT_NAME, "street": plan.STREET_NAME}
        return Thing(id_, spot, {**parts, "community": plan.COMMUNITIES[community - 1], **more})

    for house in houses:
        if house.address:
            estate = house.block.name if house.block and not house.road else ""
            found.append(thing(
                f"address-{house.code}", door(house, lines), kind="door", road=house.road, number=house.door,
                estate=estate, block=str(house.number) if estate else "", name=house.name, building=house.code,
                score=1.0,
            ))  # fmt: skip
    found += [thing(f"gate-{number:03d}", spot, **more) for number, (spot, more) in enumerate(gates(layout), 1)]
    found += [thing(f"crossing-{number:03d}", spot, **more) for number, (spot, more) in enumerate(crossings(layout), 1)]
    return found


def by_street(layout: Layout) -> dict[str, BaseGeometry]:
    """The whole line of every named street."""
    parts: dict[str, list[BaseGeometry]] = {}
    for edge in layout.named:
        parts.setdefault(edge.street.name, []).append(edge.line)
    return {name: shapely.union_all(lines) for name, lines in parts.items() if name}


def door(house: House, lines: dict[str, BaseGeometry]) -> Point:
    """The point of a house's outline nearest to its street, drawn in by a hand's width."""
    middle = house.shape.representative_point()
    if house.road not in lines:
        return Point(middle.x, middle.y)
    front = nearest_points(house.shape, lines[house.road])[0]
    for share in (0.6 / max(front.distance(middle), 0.6), 0.5, 1.0):
        spot = Point(front.x + (middle.x - front.x) * share, front.y + (middle.y - front.y) * share)
        if house.shape.contains(spot):
            return spot
    return middle


def gates(layout: Layout) -> Iterator[tuple[Point, dict[str, Any]]]:
    """The gate of every named place, with aliases people use; a large estate has a second one."""
    named = [edge for edge in layout.named if edge.street.name]
    streets = STRtree([edge.line for edge in named])
    places: dict[str, list[BaseGeometry]] = {}
    for block in layout.blocks:
        if block.name:
            places.setdefault(block.name, []).append(block.shape)
    for name, parts in places.items():
        shape, taken = shapely.union_all(parts), ""
        numbers = streets.query(shape.convex_hull, predicate="dwithin", distance=30.0)
        near = sorted((named[int(n)] for n in numbers), key=lambda edge: (edge.line.distance(shape), edge.ends))
        for word in ("大门", "北门")[: 1 + (shape.area > 60_000)]:
            edge = next((edge for edge in near if edge.street.name != taken), None)
            if edge is None:
                continue
            taken = edge.street.name
            middle = edge.line.interpolate(0.5, normalized=True)
            spot = nearest_points(shape, middle)[0]
            number = 2 * int(edge.street.line.project(spot) / 12) + 1
            aliases = [name + "门口", name] if word == "大门" else []
            yield spot, {"kind": "gate", "road": taken, "number": str(number), "name": name + word,
                         "aliases": aliases, "score": 0.9}  # fmt: skip


def crossings(layout: Layout) -> Iterator[tuple[Point, dict[str, Any]]]:
    """Where two named streets meet, called after both, once a pair."""
    meeting: dict[Spot, dict[str, int]] = {}
    for edge in layout.named:
        for end in edge.ends:
            if edge.street.name:
                meeting.setdefault(end, {})[edge.street.name] = edge.street.rank
    seen: set[tuple[str, str]] = set()
    for spot, names in meeting.items():
        for one, other in combinations(sorted(names, key=lambda name: (names[name], name)), 2):
            if (one, other) not in seen:
                seen.add((one, other))
                yield Point(spot), {"kind": "crossing", "road": one, "name": f"{one}与{other}路口",
                                    "aliases": [f"{one}{other}口", f"{other}与{one}路口"], "score": 0.95}  # fmt: skip
