"""Where a table changed and when: boxes in the order of their changes, asked only for what came since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tiles.tile import BUFFER, EXTENT, HALF_WORLD_M, Box, Tile

MOST = 20_000
"""Boxes remembered of a table; beyond them all that is older counts as changed everywhere."""
ROUNDING_M = 2.0  # PostGIS compares boxes in single precision: at the edge of the world a step is two metres
EXACT_ZOOM = 15
NO_BOXES: NDArray[np.float64] = np.empty((4, 0))
NO_TIMES: NDArray[np.int64] = np.empty(0, np.int64)

Change = tuple[int, Box | None]
"""When, and where in metres of EPSG:3857; None is everywhere."""


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """The changes of a table. ``last`` is that of any kind, at or before ``floor`` nothing is known but that there was
    one everywhere; ``times`` ascend and belong to the columns of ``boxes`` (west, south, east, north)."""

    last: int
    floor: int
    times: NDArray[np.int64] = field(default_factory=lambda: NO_TIMES)
    boxes: NDArray[np.float64] = field(default_factory=lambda: NO_BOXES)

    def after(self, last: int, changes: Sequence[Change]) -> Marks:
        """These marks and newer ones, in order."""
        floor = max([self.floor, *(at for at, box in changes if box is None)])
        found = [(at, box) for at, box in changes if box is not None]
        times = np.concatenate([self.times, np.array([at for at, _ in found], np.int64)])
        boxes = np.hstack([self.boxes, np.array([box for _, box in found], np.float64).reshape(-1, 4).T])
        if len(times) > MOST:
            floor = max(floor, int(times[-MOST // 2 - 1]))
        kept = int(np.searchsorted(times, floor, "right"))
        return Marks(last, floor, times[kept:], boxes[:, kept:])

    def touch(self, tile: Tile, since: int) -> bool:
        """Whether something later than ``since`` can show in a tile."""
        return self.floor > since or self.meet(reach(tile), since)

    def meet(self, box: Box, since: int) -> bool:
        """Whether a box later than ``since`` meets another."""
        return bool(self._meeting(box, int(np.searchsorted(self.times, since, "right"))).any())

    def within(self, box: Box | None, since: int) -> NDArray[np.float64]:
        """The boxes later than ``since`` that meet another, a row each."""
        first = int(np.searchsorted(self.times, since, "right"))
        found = self.boxes[:, first:]
        return (found if box is None else found[:, self._meeting(box, first)]).T

    def _meeting(self, box: Box, first: int) -> NDArray[np.bool_]:
        west, south, east, north = self.boxes[:, first:]
        met: NDArray[np.bool_] = (west <= box[2]) & (east >= box[0]) & (south <= box[3]) & (north >= box[1])
        return met


def reach(tile: Tile) -> Box:
    """What of the earth can show in a tile, rounding included: a unit of the tile, and that of the index. Far out more,
    because a stored outline stands a little off its row."""
    more = 2 * HALF_WORLD_M / (1 << tile.z) * (BUFFER + (1 if tile.z >= EXACT_ZOOM else 32)) / EXTENT + ROUNDING_M
    west, south, east, north = tile.envelope
    return west - more, south - more, east + more, north + more
