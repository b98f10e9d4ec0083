"""The sheet: main streets as straight lines on it, a river across it, and how it is bent into a map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from data.city.plan import MIDDLE, Size

Array = np.ndarray[Any, Any]
RIVER_HALF_M = 75.0
STEP_M = 80.0  # straight lines are bent in pieces of about this length


@dataclass(frozen=True, slots=True)
class Sheet:
    """`us` and `vs` are where main streets run (metres east and north of the middle); the waves bend the sheet."""

    size: Size
    us: Array
    vs: Array
    waves: Array  # rows of: direction x, direction y, length, phase, push x, push y

    def bend(self, uv: Array) -> Array:
        """Points of the sheet, (…, 2) metres, as eastings and northings. One to one: the waves are too flat to fold."""
        moved = np.array(uv, dtype=float)
        for dx, dy, length, phase, px, py in self.waves:
            swing = np.sin(2 * np.pi * (uv[..., 0] * dx + uv[..., 1] * dy) / length + phase)
            moved[..., 0] += px * swing
            moved[..., 1] += py * swing
        bent: Array = np.round(moved + np.array(MIDDLE), 3)
        return bent

    @property
    def half(self) -> float:
        """Half the width of the sheet."""
        return float(min(self.us[-1], self.vs[-1]))

    def river(self, u: Array) -> Array:
        """How far north of the middle the river runs at these eastings."""
        half = self.half
        north: Array = 0.12 * half * np.sin(2.1 * u / half + 0.6) + 0.05 * half * np.sin(5.3 * u / half) - 0.06 * half
        return north

    def from_river(self, u: Array, v: Array) -> Array:
        """Metres from the middle of the river, as the crow flies, nearly."""
        slope = (self.river(u + 5) - self.river(u - 5)) / 10
        away: Array = np.abs(v - self.river(u)) / np.sqrt(1 + slope * slope)
        return away

    def ground(self, u: Array, v: Array) -> Array:
        """Height of the ground in metres: rising away from the river."""
        height: Array = np.round(3.2 + 0.0011 * self.from_river(u, v) + 0.15 * np.sin(u / 900) * np.sin(v / 700), 3)
        return height


def unroll(size: Size, rng: np.random.Generator) -> Sheet:
    """A sheet of this size: unequal distances between its main streets, four long waves and two short ones."""

    def positions() -> Array:
        steps = rng.uniform(500, 760, size.cells)
        along = np.concatenate([[0.0], np.cumsum(steps)])
        middled: Array = np.round(along - along[-1] / 2, 1)
        return middled

    lengths = np.array([2600.0, 4100.0, 6300.0, 9800.0, 1500.0, 3300.0])
    turn = rng.uniform(0, 2 * np.pi, 6)
    lean = rng.uniform(0, 2 * np.pi, 6)
    push = lengths * 0.022  # a slope of 0.138 a wave: six of them cannot fold the sheet
    waves = np.stack(
        [np.cos(turn), np.sin(turn), lengths, rng.uniform(0, 6, 6), push * np.cos(lean), push * np.sin(lean)], axis=1
    )
    return Sheet(size, positions(), positions(), waves)


def ring(west: float, south: float, east: float, north: float, step: float = STEP_M) -> Array:
    """One outline, counter-clockwise."""
    across = np.linspace(west, east, max(2, int((east - west) / step) + 2))
    along = np.linspace(south, north, max(2, int((north - south) / step) + 2))
    parts = [
        np.stack([across, np.full_like(across, south)], 1)[:-1],
        np.stack([np.full_like(along, east), along], 1)[:-1],
        np.stack([across[::-1], np.full_like(across, north)], 1)[:-1],
        np.stack([np.full_like(along, west), along[::-1]], 1),
    ]
    return np.concatenate(parts)


def stretch(start: tuple[float, float], end: tuple[float, float]) -> Array:
    """A straight line of the sheet as points every STEP_M metres."""
    length = max(abs(end[0] - start[0]), abs(end[1] - start[1]))
    return np.linspace(start, end, max(2, int(length / STEP_M) + 2))
