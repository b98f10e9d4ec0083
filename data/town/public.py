"""Public and industrial buildings: schools with their pitches, hospitals, markets, halls, a stadium, a station."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from shapely import Point, Polygon

from data.town.forms import bitten, comb, hollow, lattice, oval, south
from data.town.houses import Builder, House
from data.town.layout import Block
from data.town.plane import box

NAMED = {"school": "教学楼", "kindergarten": "主楼", "college": "主楼", "sports": "体育馆", "utility": "办公楼"}
WARDS = ("住院部", "医技楼", "急诊楼", "感染楼")


def halls(block: Block, ground: Polygon, rng: Random) -> Iterator[House]:
    """Works and warehouses: long halls, here and there an office and a tank."""
    use = "warehouse" if block.kind == "warehouse" or "物流" in block.name else "industrial"
    depth = rng.choice((26, 34, 44))
    for number, shape in enumerate(lattice(ground, block.angle, depth, (48, 66, 92), 14, rng)):
        if number % 9 == 5:
            for step in (-1, 0, 1):
                middle = shape.centroid
                tank = oval(Point(middle.x + step * 17, middle.y), 13, 13, 0)
                if shape.buffer(4).contains(tank):
                    yield House(tank, "utility", 3, block=block)
        else:
            yield House(bitten(shape, rng) if number % 4 == 2 else shape, use, rng.choice((1, 1, 2, 3)), block=block)


def campus(block: Block, ground: Polygon, rng: Random) -> Iterator[House]:
    """A school: teaching blocks on one side, the other left to the pitch."""
    yard = pitch(block)
    for number, shape in enumerate(lattice(ground, south(block.angle), 30, (48, 62), 18, rng)):
        if not shape.intersects(yard.buffer(8)):
            made = (comb(shape, 3), hollow(shape, 9), comb(shape, 2), shape)[number % 4]
            yield House(made, "school", rng.choice((3, 4, 5)), block=block)


def pitch(block: Block) -> Polygon:
    """The running track of a school, in the half of its ground that lies east or south."""
    middle, ground = block.shape.representative_point(), block.shape.buffer(-6)
    along, across = (150.0, 82.0) if ground.area > 30_000 else (62.0, 34.0)
    angle = south(block.angle)
    for dx, dy in ((0.3, -0.2), (0.15, -0.15), (0.0, 0.0)):
        spot = (middle.x + dx * along, middle.y + dy * along)
        field = box(spot, along - across, 0.2, angle).buffer(across / 2)
        if ground.contains(field):
            return field
    return box((middle.x, middle.y), along * 0.4, 0.2, angle).buffer(across * 0.3)


def wards(block: Block, ground: Polygon, rng: Random) -> Iterator[House]:
    """A hospital: buildings with wings."""
    for number, shape in enumerate(lattice(ground, south(block.angle), 42, (58, 74), 18, rng)):
        if number % 4 != 3:
            yield House(comb(shape, 2 + number % 2), "hospital", rng.choice((4, 6, 9, 14)), block=block)


def bazaar(block: Block, ground: Polygon, rng: Random) -> Iterator[House]:
    """A market: one large hall and houses with shops round about."""
    hall: Polygon | None = None
    for size in (64, 56, 48, 40, 34):
        places = list(lattice(ground, south(block.angle), size * 0.6, (size,), 10, rng, shrinks=(1.0,)))
        if places:
            hall = min(places, key=lambda shape: shape.distance(ground.centroid))
            yield House(hall, "retail", 2, block=block)
            break
    for shape in lattice(ground, south(block.angle), 14, (22, 30), 12, rng):
        if hall is None or shape.distance(hall) > 8:
            yield House(shape, "mixed", rng.choice((2, 3, 4)), block=block)


def arena(block: Block, ground: Polygon, rng: Random) -> Iterator[House]:
    """A stadium, and halls beside it."""
    angle, middle = south(block.angle), ground.representative_point()
    bowl = oval(middle, 170, 126, angle)
    if ground.contains(bowl):
        yield House(bowl.difference(oval(middle, 118, 74, angle)), "sports", 4, name="云汀体育场", block=block)
    for shape in lattice(ground, angle, 44, (58, 70), 16, rng):
        if not shape.intersects(bowl.buffer(14)):
            yield House(shape, "sports", 3, block=block)


def terminal(block: Block, ground: Polygon, rng: Random) -> Iterator[House]:
    """A railway station: one long house beside the line."""
    middle, angle = ground.representative_point(), south(block.angle)
    for length in (150, 120, 90, 60, 40):
        shape = box((middle.x, middle.y), length, 30, angle)
        if ground.contains(shape):
            yield House(shape, "transport", 2, block=block)
            return


def works(block: Block, ground: Polygon, rng: Random) -> Iterator[House]:
    """A water works: round basins in pairs and a house."""
    for number, shape in enumerate(lattice(ground, block.angle, 40, (42,), 12, rng, shrinks=(1.0,))):
        if number > 11:
            return
        round_one = oval(shape.centroid, 36, 36, 0)
        yield House(shape if number == 0 else round_one, "utility", 2 if number == 0 else 1, block=block)


def name_first(houses: list[House]) -> None:
    """Give the largest house of a named place its name; estates carry theirs on the land."""
    places: dict[tuple[str, str], list[House]] = {}
    for house in houses:
        if house.block and house.block.name and house.block.kind not in ("residential", "old"):
            places.setdefault((house.block.kind, house.block.name), []).append(house)
    for (kind, name), own in places.items():
        largest = max(own, key=lambda house: house.shape.area)
        others = [house for house in own if house is not largest]
        if kind == "park":
            largest.name = name.removesuffix("公园") + "亭"
        elif kind == "hospital":
            largest.name = name + "门诊楼"
            for house, ward in zip(others, WARDS, strict=False):
                house.name = name + ward
        elif not largest.name:
            largest.name = name + NAMED.get(kind, "")


BUILDERS: dict[str, Builder] = {
    "industrial": halls, "warehouse": halls, "school": campus, "kindergarten": campus, "college": campus,
    "hospital": wards, "market": bazaar, "sports": arena, "station": terminal, "utility": works,
}  # fmt: skip
