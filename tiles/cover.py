"""Which tiles to prepare: those of a box, zoom after zoom, in the order in which archives keep them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from gis.errors import Invalid
from tiles.tile import MAX_ZOOM, Tile

LIMIT_LAT = 85.05


@dataclass(frozen=True, slots=True)
class Cover:
    """West, south, east, north in degrees, and the first and last zoom."""

    west: float
    south: float
    east: float
    north: float
    first: int
    last: int

    def __post_init__(self) -> None:
        box = -180 <= self.west < self.east <= 180 and -90 <= self.south < self.north <= 90
        if not box or not 0 <= self.first <= self.last <= MAX_ZOOM:
            raise Invalid(
                "范围或级别不对：应为 西,南,东,北 和 0–22 级。 "
                "Box or zooms are wrong: west,south,east,north in degrees, and 0 to 22."
            )

    def span(self, zoom: int) -> tuple[int, int, int, int]:
        """First and last column, first and last row."""
        left, top = _at(self.west, self.north, zoom)
        right, bottom = _at(self.east, self.south, zoom)
        return left, right, top, bottom

    def tiles(self) -> Iterator[Tile]:
        """All tiles, near ones last."""
        for zoom in range(self.first, self.last + 1):
            left, right, top, bottom = self.span(zoom)
            for x in range(left, right + 1):
                for y in range(top, bottom + 1):
                    yield Tile(zoom, x, y)

    def __len__(self) -> int:
        spans = (self.span(zoom) for zoom in range(self.first, self.last + 1))
        return sum((right - left + 1) * (bottom - top + 1) for left, right, top, bottom in spans)


def _at(lon: float, lat: float, zoom: int) -> tuple[int, int]:
    side = 1 << zoom
    lat = max(-LIMIT_LAT, min(LIMIT_LAT, lat))
    row = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2
    return min(side - 1, int((lon + 180) / 360 * side)), min(side - 1, int(row * side))
