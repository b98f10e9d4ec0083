"""Footprints by the hundred thousand: every block is filled by a pattern, all blocks of one form at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from data.city import cells as kinds
from data.city.cells import Blocks
from data.city.sheet import Array

STOREY_M = 3.0
USES = ("residential", "retail", "mixed", "commercial", "industrial", "warehouse", "school", "culture")


@dataclass(frozen=True, slots=True)
class Pattern:
    """How a kind of block is built over: distance of columns and rows, depth and width of a house (metres), how
    many places stay empty, floors and uses to choose from (places in USES), and the outlines that occur."""

    kind: int
    pitch: tuple[float, float]
    house: tuple[float, float]
    empty: float
    floors: tuple[int, ...]
    uses: tuple[int, ...]
    shapes: tuple[str, ...]
    setback: float = 3.0


PATTERNS = (
    Pattern(kinds.OLD, (13.2, 15.0), (11.8, 12.2), 0.1, (1, 2, 2, 2, 3), (0, 0, 0, 1, 2),
            ("box", "box", "ell", "court"), 1),
    Pattern(kinds.VILLAGE, (16.5, 18.0), (11.0, 10.5), 0.2, (1, 2, 2, 3), (0, 0, 0, 0, 2), ("box", "box", "ell"), 2),
    Pattern(kinds.RESIDENTIAL, (50.0, 30.0), (41.0, 12.5), 0.06, (6, 6, 6, 5), (0,), ("slab", "slab", "box")),
    Pattern(kinds.RESIDENTIAL, (42.0, 36.0), (31.0, 14.5), 0.06, (11, 11, 9), (0,), ("slab", "cross")),
    Pattern(kinds.RESIDENTIAL, (40.0, 50.0), (25.0, 19.0), 0.08, (18, 26, 33), (0,), ("cross", "cross", "box")),
    Pattern(kinds.COMMERCIAL, (62.0, 56.0), (48.0, 42.0), 0.1, (3, 5, 8, 16, 24), (3, 3, 1), ("ell", "yard", "box")),
    Pattern(kinds.INDUSTRIAL, (92.0, 60.0), (76.0, 42.0), 0.15, (1, 1, 2), (4, 4, 5), ("box", "box", "ell"), 8),
    Pattern(kinds.SCHOOL, (64.0, 44.0), (50.0, 16.0), 0.45, (3, 4, 5), (6,), ("slab", "ell"), 10),
    Pattern(kinds.PARK, (150.0, 130.0), (15.0, 11.0), 0.6, (1,), (7,), ("box",), 20),
    Pattern(kinds.FARMLAND, (340.0, 300.0), (13.0, 10.0), 0.5, (1, 2), (0,), ("box",), 20),
)  # fmt: skip

# Outlines in a square of side one, counter-clockwise and closed.
SHAPES = {
    "box": ((0, 0), (1, 0), (1, 1), (0, 1)),
    "ell": ((0, 0), (1, 0), (1, 0.55), (0.5, 0.55), (0.5, 1), (0, 1)),
    "yard": ((0, 0), (1, 0), (1, 1), (0.7, 1), (0.7, 0.45), (0.3, 0.45), (0.3, 1), (0, 1)),
    "court": ((0, 0), (1, 0), (1, 0.4), (0.62, 0.4), (0.62, 1), (0, 1)),
    "slab": (
        (0, 0), (1, 0), (1, 0.86), (0.8, 0.86), (0.8, 1), (0.68, 1), (0.68, 0.86), (0.32, 0.86), (0.32, 1), (0.2, 1),
        (0.2, 0.86), (0, 0.86),
    ),
    "cross": (
        (0.22, 0), (0.78, 0), (0.78, 0.2), (1, 0.2), (1, 0.8), (0.78, 0.8), (0.78, 1), (0.22, 1), (0.22, 0.8), (0, 0.8),
        (0, 0.2), (0.22, 0.2),
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Houses:
    """Houses of one outline: boxes (n, 4) on the sheet, the block of each, floors, use, and a number in its block."""

    shape: str
    box: Array
    block: Array
    number: Array
    floors: Array
    use: Array

    def __len__(self) -> int:
        return len(self.block)

    def outlines(self) -> Array:
        """(n, points, 2), closed."""
        unit = np.array((*SHAPES[self.shape], SHAPES[self.shape][0]))
        low, size = self.box[:, None, :2], self.box[:, None, 2:] - self.box[:, None, :2]
        return np.asarray(low + unit[None] * size)


def build(blocks: Blocks, seed: int) -> Iterator[Houses]:
    """Every house of the city, in portions of one outline; the same seed gives the same houses in the same order."""
    rng = np.random.default_rng(seed)
    variant = rng.integers(0, 1 << 16, len(blocks.kind))
    for kind in range(len(kinds.KINDS)):
        choices = [pattern for pattern in PATTERNS if pattern.kind == kind]
        for number, pattern in enumerate(choices):
            mine = np.flatnonzero((blocks.kind == kind) & (variant % len(choices) == number))
            yield from fill(blocks, mine, pattern, rng)


def fill(blocks: Blocks, mine: Array, pattern: Pattern, rng: np.random.Generator) -> Iterator[Houses]:
    """The houses of the blocks of one pattern: those with as many columns and rows are done at once."""
    room = blocks.box[mine] + pattern.setback * np.array([1, 1, -1, -1])
    across = ((room[:, 2] - room[:, 0]) / pattern.pitch[0]).astype(int)
    along = ((room[:, 3] - room[:, 1]) / pattern.pitch[1]).astype(int)
    for key in np.unique(across * 1000 + along):
        columns, rows = divmod(int(key), 1000)
        chosen = np.flatnonzero(across * 1000 + along == key)
        if not columns or not rows:
            continue
        for part in np.array_split(chosen, max(1, len(chosen) * columns * rows // 60_000)):
            yield from place(room[part], mine[part], (columns, rows), pattern, rng)


def place(
    room: Array, block: Array, count: tuple[int, int], pattern: Pattern, rng: np.random.Generator
) -> Iterator[Houses]:
    """Houses on a lattice that fills each room evenly, moved and stretched a little, never beyond their own place."""
    columns, rows = count
    i, j = (axis.ravel() for axis in np.meshgrid(np.arange(columns), np.arange(rows)))
    pitch = (room[:, 2:] - room[:, :2]) / np.array([columns, rows])
    low = room[:, None, :2] + np.stack([i, j], 1)[None] * pitch[:, None]
    size = np.array(pattern.house) * rng.uniform(0.82, 1.0, (*low.shape[:2], 2))
    free = np.maximum(pitch[:, None] - size, 0)
    corner = low + free * rng.uniform(0.2, 0.8, low.shape)
    box = np.concatenate([corner, corner + size], 2).reshape(-1, 4)
    number = np.broadcast_to(np.arange(columns * rows) + 1, low.shape[:2]).ravel()
    owner = np.repeat(block, columns * rows)
    floors = rng.choice(pattern.floors, len(box))
    if pattern.kind == kinds.RESIDENTIAL:  # an estate is built to one height
        floors = np.repeat(rng.choice(pattern.floors, len(block)), columns * rows)
    use, shape = rng.choice(pattern.uses, len(box)), rng.integers(0, len(pattern.shapes), len(box))
    kept = rng.random(len(box)) >= pattern.empty
    for name in dict.fromkeys(pattern.shapes):
        picks = np.array([at for at, other in enumerate(pattern.shapes) if other == name])
        mine = kept & np.isin(shape, picks)
        if mine.any():
            yield Houses(name, box[mine], owner[mine], number[mine], floors[mine], use[mine])
