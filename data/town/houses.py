"""Footprints: who builds what on which block; estates, old streets and towers here, public buildings in public."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

import numpy as np
import shapely
from shapely import Polygon
from shapely.affinity import translate

from data.town import plan
from data.town.forms import bitten, cross, hollow, lattice, notch, ring, south
from data.town.layout import Block, Layout
from data.town.plane import box, long_axis, polygons

STOREY_M = 3.0
SETBACK_M = {"old": 1.0, "terrace": 1.5, "residential": 3.5, "retail": 4.0, "industrial": 8.0, "towers": 6.0}
# floors: depth, lengths, distance to the next row
SLABS = {6: (12, (34, 44, 52), 14), 11: (14, (30, 38), 22), 18: (19, (24, 27), 34), 4: (11, (28, 36), 11)}


@dataclass(slots=True)
class House:
    """A building to be; `number` is its number within an estate, `homes` its dwellings as (units, columns)."""

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
    homes: tuple[int, int] = (0, 0)

    @property
    def address(self) -> str:
        """What the plate says: road and number, or estate and block."""
        if self.road:
            return f"{self.road}{self.door}号"
        return f"{self.block.name}{self.number}幢" if self.block and self.block.name and self.number else ""


Builder = Callable[[Block, Polygon, Random], Iterator[House]]


def build(layout: Layout, rng: Random, builders: dict[str, Builder]) -> list[House]:
    """Every building of the town, block by block, those of a counted estate together."""
    found: list[House] = []
    counted: dict[str, list[Block]] = {plan.BIG_ESTATE: [], plan.COUNTED_ESTATE: []}
    numbers: dict[str, int] = {}
    for block in layout.blocks:
        if block.name in counted:
            counted[block.name].append(block)
            continue
        ground = ground_of(block)
        if ground is None:
            continue
        houses = clear(builders.get(block.kind, OWN.get(block.kind, country))(block, ground, rng))
        for house in houses:
            if house.number:  # an estate cut by its drives counts on
                house.number = numbers[block.name] = numbers.get(block.name, 0) + 1
        found += houses
    found += estate(counted[plan.BIG_ESTATE], plan.BIG_BLOCKS, 6, (3, 2), rng)
    found += estate(counted[plan.COUNTED_ESTATE], plan.COUNTED_BLOCKS, 16, (2, 2), rng)
    return found


def clear(houses: Iterator[House]) -> list[House]:
    """The houses that do not stand on one before them."""
    built = list(houses)
    shapes = np.array([house.shape for house in built], dtype=object)
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    later = set(one[other < one].tolist())
    return [house for number, house in enumerate(built) if number not in later]


def ground_of(block: Block) -> Polygon | None:
    """The part of a block on which houses may stand."""
    ground = polygons(block.shape.buffer(-SETBACK_M.get(block.kind, 5.0)), 250)
    return max(ground, key=lambda part: part.area) if ground else None


def estate(blocks: list[Block], count: int, floors: int, homes: tuple[int, int], rng: Random) -> list[House]:
    """An estate of exactly `count` blocks: as far apart as the ground allows, spare places left green.

    ValueError when there is no room for them.
    """
    depth, lengths = (12.0, (34.0, 42.0)) if floors < 10 else (16.0, (26.0, 32.0))
    spots: list[tuple[Block, Polygon]] = []
    for gap in (30, 26, 22, 19, 16, 14, 12, 10, 8, 6):
        spots = []
        for block in blocks:
            ground = ground_of(block)
            if ground is not None:
                rows = lattice(ground, south(block.angle), depth, lengths, gap, rng, (7, 9), (1.0, 0.85))
                spots += [(block, shape) for shape in rows]
        if len(spots) >= count:
            break
    else:
        raise ValueError(f"{blocks[0].name}: room for {len(spots)} of {count} blocks")
    chosen = [spots[number * len(spots) // count] for number in range(count)]
    return [
        House(notch(shape, rng), "residential", floors, block=block, number=number, homes=homes)
        for number, (block, shape) in enumerate(chosen, 1)
    ]


def country(block: Block, ground: Polygon, rng: Random) -> Iterator[House]:
    """Fields and parks: now and then a house."""
    spot = ground.representative_point()
    if block.kind in ("farmland", "orchard") and rng.random() < 0.8:
        for step in range(rng.randint(1, 5)):
            shape = translate(box((spot.x, spot.y), 13, 9, block.angle), step * 18, rng.uniform(-4, 4))
            if ground.contains(shape):
                yield House(shape, "residential", rng.randint(1, 3), block=block)
    if block.kind == "park" and block.name:
        for number in range(1 + int(block.shape.area / 70_000)):
            shape = translate(box((spot.x, spot.y), 16, 12, 0.3 + number), 45 * number, 28 * number)
            if ground.contains(shape):
                yield House(shape, "culture", 1, block=block)


def rows(block: Block, ground: Polygon, rng: Random) -> Iterator[House]:
    """An estate: rows of slabs, or of towers where the dice say so, their distance growing with their height."""
    floors = Random(block.name).choice((6, 6, 6, 11, 11, 18))
    depth, lengths, gap = SLABS[floors]
    for shape in lattice(ground, south(block.angle), depth, lengths, gap, rng):
        if rng.random() > 0.05:
            made = cross(shape, rng) if floors == 18 else notch(shape, rng)
            yield House(made, "residential", floors, block=block, number=1)


def fringe(block: Block, ground: Polygon, rng: Random) -> Iterator[House]:
    """Old streets: narrow houses in a ring along the pavements, courts inside."""
    inside: list[Polygon] = []
    for part in polygons(ground.buffer(-16), 150):
        for shape in lattice(part, south(long_axis(part)[0]), rng.uniform(12, 15), (11, 15, 19), 4, rng, (1, 5)):
            inside.append(hollow(shape, 4.2) if rng.random() < 0.4 and shape.area > 180 else shape)
    for shape in apart([*ring(ground, (7, 16), (9, 15), (0.6, 0.6, 0.6, 2.5, 5.0), rng), *inside], ground):
        use = rng.choice(("retail", "retail", "mixed", "residential", "residential"))
        yield House(shape, use, rng.choice((1, 2, 2, 2, 3)), block=block)


def terrace(block: Block, ground: Polygon, rng: Random) -> Iterator[House]:
    """A block of the newer town: shops with flats above along its streets, slabs in the yard."""
    floors, inside = rng.choice((4, 5, 6, 6)), []
    for part in polygons(ground.buffer(-24), 500):
        inside += list(lattice(part, south(long_axis(part)[0]), 12, (26, 36, 44), 12, rng))
    outside = ring(ground, (16, 38), (11, 15), (0.6, 0.6, 4.0, 7.0), rng)
    built = apart([*(shape for shape in outside if rng.random() > 0.12), *inside], ground)
    for shape in built:
        front = shape.distance(ground.exterior) < 2
        made = shape if front else notch(shape, rng)
        yield House(made, "mixed" if front and rng.random() < 0.7 else "residential",
                    max(floors + rng.choice((-2, -1, 0, 0)), 2) if front else floors, block=block)  # fmt: skip


def apart(shapes: list[Polygon], ground: Polygon) -> list[Polygon]:
    """The shapes that lie in the ground and clear of those kept before them."""
    shapely.prepare(ground)
    inside = np.array(shapes, dtype=object)
    inside = inside[shapely.contains(ground, inside)]
    one, other = shapely.STRtree(inside).query(inside, predicate="dwithin", distance=0.4)
    near: dict[int, list[int]] = {}
    for number, before in zip(one.tolist(), other.tolist(), strict=True):
        if before < number:
            near.setdefault(number, []).append(before)
    kept: list[int] = []
    for number in range(len(inside)):
        if not set(near.get(number, ())) & set(kept):
            kept.append(number)
    return [inside[number] for number in kept]


def high(block: Block, ground: Polygon, rng: Random) -> Iterator[House]:
    """Towers of flats and offices in green."""
    floors, use = rng.choice((18, 24, 28, 33)), rng.choice(("residential", "residential", "office"))
    for shape in lattice(ground, south(block.angle), 24, (24, 28), 26, rng, (16, 24), (1.0,)):
        yield House(cross(shape, rng), use, floors - rng.choice((0, 0, 2, 6)), block=block)


def podiums(block: Block, ground: Polygon, rng: Random) -> Iterator[House]:
    """Shops and offices: large podiums, L and U in shape, and towers."""
    use = {"retail": "retail", "hotel": "hotel", "office": "government"}.get(block.kind, "commercial")
    size = (46, 58, 70) if ground.area > 9000 else (30, 38, 46)
    for number, shape in enumerate(lattice(ground, south(block.angle), size[0] * 0.66, size, 14, rng)):
        floors = rng.choice((3, 4, 5, 6)) if use in ("retail", "government") else rng.choice((5, 8, 12, 22))
        made = (bitten(shape, rng), shape, hollow(shape, 13), cross(shape, rng))[(number + block.piece) % 4]
        yield House(made, use, floors, block=block)


def hamlet(block: Block, ground: Polygon, rng: Random) -> Iterator[House]:
    """A village: small houses along its lanes, fields behind."""
    near = ground.intersection(ground.centroid.buffer(140))
    for part in polygons(near, 800):
        for shape in lattice(part, south(block.angle), 10, (10, 12, 15), 9, rng, (3, 14), (1.0,)):
            if rng.random() > 0.25:
                made = bitten(shape, rng) if rng.random() < 0.3 else shape
                yield House(made, "residential", rng.choice((1, 2, 2, 3)), block=block)


OWN: dict[str, Builder] = {
    "residential": rows, "old": fringe, "terrace": terrace, "towers": high, "village": hamlet, "retail": podiums,
    "commercial": podiums, "hotel": podiums, "office": podiums,
}  # fmt: skip
