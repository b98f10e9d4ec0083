"""Which pixels of an image lie under a tile: the tile is cut into cells whose corners are moved into the image.

Inside a cell places are interpolated, as GDAL's approximating transformer does; the cells are so many that the error
stays below a tenth of a pixel. The moves are `gis.crs`'s own, so that whatever can be registered can be drawn, in a
city's own grid or in GCJ-02 too.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gis.crs import GEOGRAPHIC, Crs, transformer
from tiles.tile import Box, Tile

SIDE = 256
EARTH_M = 6378137.0
CELLS, FAR_CELLS = 8, 32
FAR = 8
"""Below this zoom the earth bends within a tile, and it has more cells."""

Floats = NDArray[np.float64]
Quad = tuple[float, ...]
Cell = tuple[tuple[int, int, int, int], Quad]


@dataclass(frozen=True, slots=True)
class Frame:
    """The pixels to draw: those of a tile of ``SIDE * scale``, and so many more around it."""

    tile: Tile
    scale: int = 1
    margin: int = 0

    @property
    def side(self) -> int:
        """Pixels along an edge."""
        return SIDE * self.scale + 2 * self.margin

    @property
    def metres(self) -> float:
        """Metres of EPSG:3857 that a pixel is wide."""
        west, _, east, _ = self.tile.envelope
        return (east - west) / (SIDE * self.scale)

    def place(self, columns: Floats, rows: Floats) -> tuple[Floats, Floats]:
        """Metres of EPSG:3857 for pixel edges counted from the frame's north-western corner."""
        west, _, _, north = self.tile.envelope
        return west + (columns - self.margin) * self.metres, north - (rows - self.margin) * self.metres

    def latitudes(self) -> Floats:
        """Radians north of the middle of each row of pixels."""
        _, y = self.place(np.zeros(self.side), np.arange(self.side, dtype=np.float64) + 0.5)
        return 2 * np.arctan(np.exp(y / EARTH_M)) - math.pi / 2

    def under(self, box: Box) -> tuple[int, int, int, int] | None:
        """The pixels that a box in EPSG:3857 covers, as left, top, right, bottom; None when it covers none."""
        west, south, east, north = box
        left, top = self.place(np.zeros(1), np.zeros(1))
        first = [(west - left[0]) / self.metres - 1, (top[0] - north) / self.metres - 1]
        last = [(east - left[0]) / self.metres + 1, (top[0] - south) / self.metres + 1]
        x0, y0 = (max(0, math.floor(edge)) for edge in first)
        x1, y1 = (min(self.side, math.ceil(edge)) for edge in last)
        return (x0, y0, x1, y1) if x0 < x1 and y0 < y1 else None


@dataclass(frozen=True, slots=True)
class Mesh:
    """Corners of cells: pixels of the frame (``xs``, ``ys``), and of the image (``columns``, ``rows``, by y then x)."""

    xs: NDArray[np.int64]
    ys: NDArray[np.int64]
    columns: Floats
    rows: Floats

    @property
    def bounds(self) -> tuple[float, float, float, float] | None:
        """Left, top, right, bottom in the image; None when no corner can be placed."""
        known = np.isfinite(self.columns) & np.isfinite(self.rows)
        if not known.any():
            return None
        columns, rows = self.columns[known], self.rows[known]
        return float(columns.min()), float(rows.min()), float(columns.max()), float(rows.max())

    @property
    def density(self) -> float:
        """Pixels of the image to one of the frame, along a line."""
        across, down = np.diff(self.columns, axis=1)[:-1], np.diff(self.rows, axis=0)[:, :-1]
        skew, lean = np.diff(self.rows, axis=1)[:-1], np.diff(self.columns, axis=0)[:, :-1]
        area = np.abs(across * down - skew * lean) / np.outer(np.diff(self.ys), np.diff(self.xs))
        area = area[np.isfinite(area)]
        return math.sqrt(float(np.median(area))) if area.size else 1.0

    def cells(self, left: float, top: float, across: float, down: float) -> list[Cell]:
        """Cells of the frame, each with its corners NW, SW, SE, NE in a part of the image that begins at ``left`` and
        ``top`` and has so many pixels to one of the image."""
        x, y = (self.columns - left) * across, (self.rows - top) * down
        corners = [np.stack((x[part], y[part]), -1) for part in _CORNERS]
        quads = np.concatenate(corners, -1)
        return [
            ((int(self.xs[i]), int(self.ys[j]), int(self.xs[i + 1]), int(self.ys[j + 1])), tuple(quads[j, i].tolist()))
            for j in range(len(self.ys) - 1)
            for i in range(len(self.xs) - 1)
            if np.isfinite(quads[j, i]).all()
        ]


_CORNERS: tuple[Any, ...] = (
    (slice(None, -1), slice(None, -1)),
    (slice(1, None), slice(None, -1)),
    (slice(1, None), slice(1, None)),
    (slice(None, -1), slice(1, None)),
)


def mesh(frame: Frame, box: Box, crs: Crs, pixel_of: Any) -> Mesh | None:
    """The mesh of the part of a frame that lies in an image's box (EPSG:3857); None when there is no such part.

    ``pixel_of`` is the affine from the image's own coordinates to columns and rows.
    """
    part = frame.under(box)
    if part is None:
        return None
    x0, y0, x1, y1 = part
    count = CELLS if frame.tile.z >= FAR else FAR_CELLS
    xs, ys = (np.unique(np.linspace(low, high, count + 1).round().astype(int)) for low, high in ((x0, x1), (y0, y1)))
    x, y = frame.place(*np.meshgrid(xs.astype(float), ys.astype(float)))
    lon, lat = np.degrees(x / EARTH_M), np.degrees(2 * np.arctan(np.exp(y / EARTH_M)) - math.pi / 2)
    if crs.epsg not in GEOGRAPHIC:
        lon, lat = (found.reshape(x.shape) for found in transformer(crs, out=True)(lon.ravel(), lat.ravel()))
    a, b, c, d, e, f = pixel_of[:6]
    return Mesh(xs, ys, a * lon + b * lat + c, d * lon + e * lat + f)
