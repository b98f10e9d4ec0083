"""Units and rooms of the estates whose homes are counted."""

from __future__ import annotations

from shapely import Point, Polygon

from data.town.forms import at, sides
from data.town.houses import House
from data.town.plane import Thing


def room_things(houses: list[House]) -> list[Thing]:
    """Every room of the counted estates: points in its unit's part of the footprint, numbered 楼层+列."""
    return [room for house in houses if house.homes[0] for room in rooms(house)]


def rooms(house: House) -> list[Thing]:
    """The rooms of one house, unit by unit and column by column."""
    units, columns = house.homes
    found = []
    for stair in range(units * columns):
        unit, column = stair // columns + 1, stair % columns + 1
        spot = inside(house.shape, (stair + 0.5) / (units * columns))
        for floor in range(1, house.floors + 1):
            number = f"{floor}{column:02d}"
            properties = {
                "building": house.code, "unit": f"{unit}单元", "number": number, "floor": floor, "column": column,
                "code": f"{house.code}{unit:02d}{number.zfill(4)}", "use": "residential",
                "area_m2": 78.5 if column == 1 else 92.0,
            }  # fmt: skip
            found.append(Thing(f"room-{house.code}-{unit}-{number}", spot, properties))
    return found


def inside(shape: Polygon, share: float) -> Point:
    """A point inside a slab at a share of its length."""
    frame = sides(shape)
    for across in (0.45, 0.55, 0.35, 0.65):
        spot = Point(at(frame, share, across))
        if shape.contains(spot):
            return spot
    return shape.representative_point()
