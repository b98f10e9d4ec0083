"""A tile of the web map (XYZ scheme, EPSG:3857) as a value that cannot lie outside the world."""

from __future__ import annotations

import math
from dataclasses import dataclass

from gis.errors import NotFound

MAX_ZOOM = 22
EXTENT = 4096
BUFFER = 64
HALF_WORLD_M = math.pi * 6378137.0

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Tile:
    """Zoom, column from the west, row from the north; ``NotFound`` outside the world or beyond ``MAX_ZOOM``."""

    z: int
    x: int
    y: int

    def __post_init__(self) -> None:
        if not (0 <= self.z <= MAX_ZOOM and 0 <= self.x < 1 << self.z and 0 <= self.y < 1 << self.z):
            raise NotFound(f"没有切片 {self.z}/{self.x}/{self.y} (no such tile)")

    @property
    def envelope(self) -> Box:
        """West, south, east, north in metres of EPSG:3857."""
        return self._box(0.0)

    @property
    def reach(self) -> Box:
        """The envelope and its buffer: whatever lies in it can show in the tile."""
        return self._box(BUFFER / EXTENT)

    def shift(self, more: float) -> tuple[float, float]:
        """By how many of its units the zero of EPSG:3857 lies east and south of its north-west corner, and ``more``."""
        west, _, _, north = self.envelope
        scale = EXTENT / side(self.z)
        return more - west * scale, more + north * scale

    def _box(self, margin: float) -> Box:
        across = side(self.z)
        west, north = -HALF_WORLD_M + self.x * across, HALF_WORLD_M - self.y * across
        more = margin * across
        return west - more, north - across - more, west + across + more, north + more


def side(zoom: int) -> float:
    """How long a tile of a zoom is, in metres of EPSG:3857."""
    return 2 * HALF_WORLD_M / (1 << zoom)


def parse(z: str, x: str, y: str) -> Tile:
    """Read a tile from the parts of a path; ``NotFound`` for what is not plain digits."""
    if not all(part.isascii() and part.isdecimal() and len(part) <= 7 for part in (z, x, y)):
        raise NotFound(f"没有切片 {z}/{x}/{y} (no such tile)")
    return Tile(int(z), int(x), int(y))


def lonlat(x: float, y: float) -> tuple[float, float]:
    """Return degrees for metres of EPSG:3857."""
    return math.degrees(x / 6378137.0), math.degrees(2 * math.atan(math.exp(y / 6378137.0)) - math.pi / 2)
