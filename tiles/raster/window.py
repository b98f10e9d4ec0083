"""A window of an image's served copy as pixels, read at about the tile's own scale: the cost never grows with the file.

GDAL is fenced in: GeoTIFF alone, no neighbouring files, no network, one thread. A dataset is opened for each tile (half
a millisecond, measured), since one may not be shared between threads.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.enums import ColorInterp, MaskFlags, Resampling
from rasterio.windows import Window

from tiles.raster.mesh import Mesh

FENCE: dict[str, Any] = {
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "GDAL_PAM_ENABLED": "NO",
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".none",
    "GDAL_NUM_THREADS": "1",
    "GDAL_CACHEMAX": 64 * 2**20,
}
COARSEST = 1024
"""Pixels of the longer side of the smallest overview; a copy without such is not ours."""
MOST = 2
"""Pixels read along a side to one of the frame, at most."""
LEAST = 1e-3
PAD = 2

Array = NDArray[Any]


class Unreadable(Exception):
    """A file that is not the copy that registration made."""


@dataclass(frozen=True, slots=True)
class Part:
    """Bands (band, row, column), their validity 0 to 255, and where they are: left, top, pixels to one of the image."""

    bands: Array
    mask: Array
    place: tuple[float, float, float, float]


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """The served copy of an image; RasterioError, OSError or ``Unreadable`` when it is none."""
    with rasterio.Env(**FENCE), rasterio.open(path, driver="GTiff", sharing=False) as file:
        smallest = max((*file.overviews(1), 1))
        if max(file.width, file.height) / smallest > COARSEST or max(file.block_shapes[0]) > COARSEST:
            raise Unreadable(path.name)
        yield file


def read(file: Any, mesh: Mesh, side: int, bands: tuple[int, ...], sort: str = "colour") -> Part | None:
    """What of the image a mesh needs.

    Of "colour" means; of "code" the pixels themselves, which have no mean; of "height" a surface without steps also
    where the tile is finer than the image, because its slopes are looked at.
    """
    bounds = mesh.bounds
    if bounds is None:
        return None
    left, top = max(0, math.floor(bounds[0]) - PAD), max(0, math.floor(bounds[1]) - PAD)
    right, bottom = min(file.width, math.ceil(bounds[2]) + PAD), min(file.height, math.ceil(bounds[3]) + PAD)
    if left >= right or top >= bottom:
        return None
    density = max(mesh.density, LEAST if sort == "height" else 1.0)
    width, height = (max(1, min(math.ceil(pixels / density), MOST * side)) for pixels in (right - left, bottom - top))
    means = Resampling.average if density >= 1 else Resampling.cubic
    how = {
        "window": Window(left, top, right - left, bottom - top),
        "out_shape": (height, width),
        "resampling": Resampling.nearest if sort == "code" else means,
    }
    return Part(*_valid(file, bands, how), (left, top, width / (right - left), height / (bottom - top)))


def sample(file: Any, bands: tuple[int, ...], side: int) -> tuple[Array, Array]:
    """The whole image as at most ``side`` pixels square, with its validity: what its values are like."""
    share = max(1.0, max(file.width, file.height) / side)
    shape = max(1, round(file.height / share)), max(1, round(file.width / share))
    return _valid(file, bands, {"out_shape": shape, "resampling": Resampling.nearest})


def colours(file: Any) -> tuple[int, ...]:
    """The bands of red, green and blue, or the one of grey: as the file names them, else in their order."""
    kinds = list(file.colorinterp)
    named = [kinds.index(kind) + 1 for kind in (ColorInterp.red, ColorInterp.green, ColorInterp.blue) if kind in kinds]
    plain = [number + 1 for number, kind in enumerate(kinds) if kind != ColorInterp.alpha]
    if len(named) == 3:
        return tuple(named)
    return tuple(plain[:3]) if len(plain) >= 3 else tuple(plain[:1]) or (1,)


def _valid(file: Any, bands: tuple[int, ...], how: dict[str, Any]) -> tuple[Array, Array]:
    shape = how["out_shape"]
    values = file.read(list(bands), **{**how, "out_shape": (len(bands), *shape)})
    if how["resampling"] == Resampling.cubic:
        how = {**how, "resampling": Resampling.bilinear}  # a mask must not swing beyond its ends
    mask = _mask(file, bands, values, how)
    if values.dtype.kind == "f":
        known = np.isfinite(values).all(axis=0)
        values, mask = np.where(known, values, 0), np.where(known, mask, 0)
    return values, mask


def _mask(file: Any, bands: tuple[int, ...], values: Array, how: dict[str, Any]) -> Array:
    """What is there, 0 to 255. GDAL's own masks of whole images and of no-data values have no overviews: it would read
    each pixel of the window."""
    flags, kinds = file.mask_flag_enums[bands[0] - 1], list(file.colorinterp)
    if MaskFlags.all_valid in flags:
        return np.full(how["out_shape"], 255, dtype=np.uint8)
    if MaskFlags.alpha in flags and file.dtypes[kinds.index(ColorInterp.alpha)] == "uint8":
        alpha: Array = file.read(kinds.index(ColorInterp.alpha) + 1, **how)
        return alpha
    if MaskFlags.nodata in flags and not math.isnan(file.nodata):
        return np.where((values != file.nodata).any(axis=0), np.uint8(255), np.uint8(0))
    if MaskFlags.nodata in flags:
        return np.where(np.isnan(values).all(axis=0), np.uint8(0), np.uint8(255))
    mask: Array = file.dataset_mask(**how)
    return mask
