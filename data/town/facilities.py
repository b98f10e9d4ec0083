"""What people look for: services at their places, shops along the streets, toilets, stops."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from random import Random
from typing import Any

import shapely
from shapely import LineString, Point, STRtree, union_all
from shapely.geometry.base import BaseGeometry

from data.town import plan
from data.town.houses import House
from data.town.layout import Layout, inner
from data.town.plane import Thing
from data.town.streets import HALF_WIDTH_M, Edge
from data.town.trades import ALONG, ALWAYS, AT, DAILY, SHORT

EDITION = "GB/T 30428.2-2013"
CLASSES = {  # kind of facility → class of component in this edition
    "toilet": "0301", "bin": "0305", "collection-point": "0304", "bus-stop": "0204", "parking": "0201",
    "bicycle-parking": "0225", "charging": "0154", "lamp": "0137", "manhole": "0102", "bench": "0407",
    "power-box": "0128", "street-sign": "0212", "camera": "0150", "fitness": "0146", "junction-box": "0127",
    "notice-board": "0308",
}  # fmt: skip
Found = tuple[str, str, Point, dict[str, Any]]


def facility_things(layout: Layout, houses: list[House], extra: Iterable[Found], rng: Random) -> list[Thing]:
    """Every facility, with `extra` ones; those with a class of component get 16 digits, numbered within the class."""
    counter: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    found = []
    for kind, name, spot, more in [*everything(layout, houses, rng), *extra]:
        kinds[kind] += 1
        properties = {"kind": kind, "name": name, "state": "intact", **more}
        properties.setdefault("class_code", CLASSES.get(kind, ""))
        if properties["class_code"]:
            counter[properties["class_code"]] += 1
            code = f"{plan.DISTRICT}{properties['class_code']}{counter[properties['class_code']]:06d}"
            properties |= {"code": code, "edition": EDITION, "owner": properties.get("owner", "示例市容管理所")}
        found.append(Thing(f"facility-{kind}-{kinds[kind]:04d}", spot, properties))
    return found


def everything(layout: Layout, houses: list[House], rng: Random) -> Iterator[Found]:
    """One kind after the other."""
    yield from at_places(layout)
    yield from trades(layout, houses, rng)
    yield from toilets(layout)
    yield from bus_stops(layout)


def at_places(layout: Layout) -> Iterator[Found]:
    """The named places of the plan."""
    seen = set()
    for block in sorted(layout.blocks, key=lambda block: -block.shape.area):
        if block.kind in AT and block.name and block.name not in seen:
            seen.add(block.name)
            kind, more = AT[block.kind]
            yield kind, block.name, block.shape.representative_point(), more


def trades(layout: Layout, houses: list[House], rng: Random) -> Iterator[Found]:
    """Shops and services: on the street their name speaks of, else in the old town, each in a house of its own."""
    houses = [house for house in houses if house.use in ("retail", "mixed", "commercial", "residential") and house.road]
    fronts = list(houses)
    rng.shuffle(fronts)
    taken: set[str] = set()
    index = STRtree([house.shape for house in houses])
    for kind, names, more in ALONG:
        for name in names:
            free = (house for house in [*fitting(name, layout, houses, index), *fronts] if house.code not in taken)
            house = next(free)
            taken.add(house.code)
            yield kind, name, house.shape.representative_point(), {"address": house.address, **more}


def fitting(name: str, layout: Layout, houses: list[House], index: STRtree) -> list[House]:
    """The houses beside the street whose name a name holds, those nearest to the middle of the town first."""
    lines = [edge.line for edge in layout.named if len(edge.street.name) > 2 and edge.street.name[:2] in name]
    if not lines:
        return []
    middle = Point(plan.MIDDLE)
    near = [houses[int(number)] for number in index.query(union_all(lines), predicate="dwithin", distance=32)]
    return sorted(near, key=lambda house: (house.shape.distance(middle), house.code))[::5]


def kerb(line: BaseGeometry, at: float, aside: float) -> Point:
    """A point beside a line, left for positive distances."""
    shifted = line.offset_curve(aside) if isinstance(line, LineString) else line
    share = at / line.length
    return shifted.interpolate(share, normalized=True) if not shifted.is_empty else line.interpolate(at)


def edges_by(layout: Layout, ranks: tuple[int, ...], longer: float) -> list[Edge]:
    """Edges of these ranks on land."""
    return [
        edge for edge in layout.named
        if edge.street.rank in ranks and edge.line.length > longer and not edge.line.intersects(layout.river)
    ]  # fmt: skip


def spread(edges: Iterable[Edge], apart: float) -> Iterator[Edge]:
    """Edges whose middles keep a distance from each other."""
    kept: list[Point] = []
    for edge in edges:
        middle = edge.line.interpolate(0.5, normalized=True)
        if all(middle.distance(other) > apart for other in kept):
            kept.append(middle)
            yield edge


def toilets(layout: Layout) -> Iterator[Found]:
    """Public toilets a short walk apart; those of main streets never close, those of parks and lanes close early."""
    spots = [
        (edge.street.name, edge.street.rank, kerb(edge.line, edge.line.length / 2, HALF_WIDTH_M[edge.street.rank] + 3))
        for edge in spread(edges_by(layout, (2, 3, 4), 70), 430)
    ]
    parks = {block.name: block for block in layout.blocks if block.kind == "park" and block.name}
    spots += [(name, 7, block.shape.exterior.interpolate(0.3, normalized=True)) for name, block in parks.items()]
    water, number, named = layout.water, 0, Counter[str]()
    shapely.prepare(water)
    for name, rank, spot in spots:
        if not inner(spot) or water.contains(spot):
            continue
        number += 1
        named[name] += 1
        title = name + ("第" + "一二三四五六七八九十"[named[name] - 1] if named[name] > 1 else "") + "公厕"
        offers = [word for word, every in (("accessible", 2), ("baby", 3), ("paper", 4), ("soap", 5), ("family", 6))
                  if number % every == 0 or rank == 2]  # fmt: skip
        hours = ALWAYS if rank == 2 else SHORT if rank in (4, 7) else DAILY
        yield "toilet", title, spot, {
            "hours": hours, "capacity": 4 + number % 4 * 2, "address": name, "phone": "000-0000-0310",
            "features": offers + (["always"] if hours is ALWAYS else []),
            "state": "damaged" if number % 17 == 9 else "intact",
        }  # fmt: skip


def bus_stops(layout: Layout) -> Iterator[Found]:
    """Pairs of stops on main streets, a little past each other."""
    for number, edge in enumerate(spread(edges_by(layout, (2, 3), 110), 380)):
        crossed = (
            other.street.name
            for other in layout.named
            if other.street.name not in ("", edge.street.name) and other.line.distance(edge.line) < 1
        )
        name = edge.street.name + next(crossed, "")
        for side, at in ((1, 0.35), (-1, 0.65)):
            spot = kerb(edge.line, edge.line.length * at, side * (HALF_WIDTH_M[edge.street.rank] - 1))
            yield "bus-stop", name, spot, {"extra": {"lines": [f"示例{number % 6 + 1}路", f"示例{number % 4 + 7}路"]}}
