"""Footprints: slabs in rows facing south, houses shoulder to shoulder along old streets, halls and campuses."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from random import Random

import shapely
from shapely import Polygon
from shapely.affinity import rotate, translate

from data.town.layout import Block, Layout
from data.town.plane import Spot, box, long_axis, polygons

STOREY_M = 3.0
SETBACK_M = {"old": 1.0, "residential": 3.5, "retail": 4.0, "industrial": 8.0}


@dataclass(slots=True)
class House:
    """A building to be; `number` is its number within an estate."""

    shape: Polygon
    use: str
    floors: int
    name: str = ""
    name_en: str = ""
    block: Block | None = None
    number: int = 0
    road: str = ""
    door: str = ""
    code: str = ""

    @property
    def address(self) -> str:
        """What the plate says: road and number, or estate and block."""
        if self.road:
            return f"{self.road}{self.door}号"
        return f"{self.block.name}{self.number}幢" if self.block and self.block.name and self.number else ""


def build(layout: Layout, rng: Random) -> list[House]:
    """Every building of the town, block by block."""
    found: list[House] = []
    for block in layout.blocks:
        ground = block.shape.buffer(-SETBACK_M.get(block.kind, 5.0))
        if ground.area < 250:
            continue
        houses = list(BUILDERS.get(block.kind, nothing)(block, ground, rng))
        name_first(block, houses)
        found += houses
    return found


def nothing(block: Block, ground: Polygon, rng: Random) -> Iterator[House]:
    """Fields and parks: now and then a house."""
    spot = ground.representative_point()
    if block.kind in ("farmland", "orchard") and rng.random() < 0.6:
        for step in range(rng.randint(1, 4)):
            shape = translate(box((spot.x, spot.y), 13, 9, block.angle), step * 18, rng.uniform(-4, 4))
            if ground.contains(shape):
                yield House(shape, "residential", rng.randint(1, 3), block=block)
    if block.kind == "park" and block.name:
        yield House(box((spot.x, spot.y), 16, 12, 0.3), "culture", 1, block=block)


def south(angle: float) -> float:
    """The heading nearest to east-west among a block's two, so that long sides face south."""
    turned = angle if abs(angle) <= math.pi / 4 else angle - math.copysign(math.pi / 2, angle)
    return max(min(turned, 0.38), -0.38)


def rows(block: Block, ground: Polygon, rng: Random) -> Iterator[House]:
    """An estate: rows of slabs, or of towers where the dice say so, their distance growing with their height."""
    floors = rng.choice((6, 6, 6, 6, 11, 11, 18))
    depth, lengths, gap = {6: (12, (34, 44, 52), 14), 11: (14, (30, 38), 22), 18: (19, (24, 27), 34)}[floors]
    angle, number = south(block.angle), 0
    for shape in lattice(ground, angle, depth, lengths, gap, rng):
        if rng.random() < 0.07:
            continue
        number += 1
        yield House(shape, "residential", floors, block=block, number=number)


def lattice(
    ground: Polygon, angle: float, depth: float, lengths: tuple[float, ...], gap: float, rng: Random
) -> Iterator[Polygon]:
    """Rectangles in rows that fit into the ground, shortened where they would stick out."""
    middle = ground.centroid
    level = rotate(ground, -math.degrees(angle), origin=middle)
    west, lower, east, upper = level.bounds
    y = lower + depth / 2 + rng.uniform(0, 3)
    while y + depth / 2 <= upper:
        x = west + rng.uniform(0, 4)
        while x + 16 < east:
            length = rng.choice(lengths)
            for share in (1.0, 0.72, 0.5):
                shape = shapely.box(x, y - depth / 2, x + length * share, y + depth / 2)
                if level.contains(shape):
                    yield rotate(notch(shape, rng), math.degrees(angle), origin=middle)
                    x += length * share + rng.uniform(9, 13)
                    break
            else:
                x += 5
        y += depth + gap


def notch(shape: Polygon, rng: Random) -> Polygon:
    """A slab with stairwells standing out on its north side, or as it is."""
    west, _, east, upper = shape.bounds
    if east - west < 30 or rng.random() < 0.4:
        return shape
    stairs = [
        shapely.box(west + (east - west) * t - 2.2, upper - 0.1, west + (east - west) * t + 2.2, upper + 1.8)
        for t in (0.27, 0.73)
    ]
    return polygons(shapely.union_all([shape, *stairs]))[0]


def fringe(block: Block, ground: Polygon, rng: Random) -> Iterator[House]:
    """Old streets: narrow houses in a ring along the pavements, a few courts inside."""
    built: list[Polygon] = []
    for shape in [*ring(ground, rng), *courts(ground, rng)]:
        if ground.contains(shape) and not any(shape.distance(other) < 0.4 for other in built):
            built.append(shape)
            use = rng.choice(("retail", "retail", "mixed", "residential", "residential"))
            yield House(shape, use, rng.choice((1, 2, 2, 2, 3)), block=block)


def ring(ground: Polygon, rng: Random) -> Iterator[Polygon]:
    """Candidates along the outline of the ground, their fronts on it."""
    coords = list(ground.simplify(1.2).exterior.coords)
    for (x0, y0), (x1, y1) in pairwise(coords):
        side, angle = math.dist((x0, y0), (x1, y1)), math.atan2(y1 - y0, x1 - x0)
        inward = 1 if shapely.is_ccw(shapely.LinearRing(coords)) else -1
        at = 0.6
        while at + 7 < side:
            width, depth = min(rng.uniform(9, 19), side - at - 0.6), rng.uniform(9, 15)
            t, s = at + width / 2, inward * (depth / 2 + 0.3)
            center = (x0 + t * math.cos(angle) - s * math.sin(angle), y0 + t * math.sin(angle) + s * math.cos(angle))
            yield box(center, width, depth, angle)
            at += width + rng.choice((0.6, 0.6, 0.6, 2.5, 5.0))


def courts(ground: Polygon, rng: Random) -> Iterator[Polygon]:
    """Candidates inside an old block: houses round a court, and plain ones behind."""
    for part in polygons(ground.buffer(-17), 200):
        for shape in lattice(part, south(long_axis(part)[0]), rng.uniform(15, 18), (17, 21, 24), 8, rng):
            hollow = rng.random() < 0.5 and shape.area > 260
            yield polygons(shape.difference(shape.buffer(-5.2)))[0] if hollow else shape


def podiums(block: Block, ground: Polygon, rng: Random) -> Iterator[House]:
    """Shops and offices: large podiums, L and U in shape, and towers."""
    use = {"retail": "retail", "hotel": "hotel", "hospital": "hospital", "office": "government"}.get(
        block.kind, "commercial"
    )
    size = (46, 58, 70) if ground.area > 9000 else (30, 38, 46)
    for number, shape in enumerate(lattice(ground, south(block.angle), size[0] * 0.72, size, 16, rng)):
        floors = rng.choice((3, 4, 5, 6)) if use in ("retail", "government") else rng.choice((5, 8, 12, 22))
        yield House(bitten(shape, rng) if number % 3 != 1 else shape, use, floors, block=block)


def bitten(shape: Polygon, rng: Random) -> Polygon:
    """A rectangle with a yard or a corner taken out."""
    a, b, _, d = list(shape.minimum_rotated_rectangle.exterior.coords)[:4]
    u, v = (b[0] - a[0], b[1] - a[1]), (d[0] - a[0], d[1] - a[1])

    def at(s: float, t: float) -> Spot:
        return a[0] + u[0] * s + v[0] * t, a[1] + u[1] * s + v[1] * t

    from_s, to_s = rng.choice(((0.55, 1.05), (0.3, 0.7), (-0.05, 0.4)))
    yard = Polygon([at(from_s, 0.45), at(to_s, 0.45), at(to_s, 1.3), at(from_s, 1.3)])
    return polygons(shape.difference(yard))[0]


def halls(block: Block, ground: Polygon, rng: Random) -> Iterator[House]:
    """Works and warehouses."""
    use = "warehouse" if "物流" in block.name else "industrial"
    for shape in lattice(ground, block.angle, 34, (56, 72, 88), 18, rng):
        yield House(shape, use, rng.choice((1, 1, 2, 3)), block=block)


def campus(block: Block, ground: Polygon, rng: Random) -> Iterator[House]:
    """A school: teaching blocks on one side, the other left to the pitch."""
    yard = pitch(block)
    for shape in lattice(ground, south(block.angle), 15, (48, 62), 24, rng):
        if not shape.intersects(yard.buffer(8)):
            yield House(shape, "school", rng.choice((3, 4, 5)), block=block)


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


def name_first(block: Block, houses: list[House]) -> None:
    """Give the largest house of a named place its name; estates carry theirs on the land."""
    if not houses or not block.name or block.kind in ("residential", "old"):
        return
    largest = max(houses, key=lambda house: house.shape.area)
    largest.name = {"school": block.name + "教学楼", "kindergarten": block.name + "主楼", "park": "莲亭"}.get(
        block.kind, block.name
    )
    if block.kind == "hospital":
        for number, house in enumerate(house for house in houses if house is not largest):
            house.name = ("住院部", "医技楼", "急诊楼", "感染楼")[number] if number < 4 else ""
        largest.name = "门诊楼"


BUILDERS = {
    "residential": rows, "old": fringe, "retail": podiums, "commercial": podiums, "hotel": podiums, "office": podiums,
    "hospital": podiums, "industrial": halls, "school": campus, "kindergarten": campus,
}  # fmt: skip
