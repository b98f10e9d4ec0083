"""GeoTIFFs through rasterio: what an image is and where its outline runs; its pixels stay in the file."""

from __future__ import annotations

import math
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from rasterio.errors import NotGeoreferencedWarning, RasterioError, RasterioIOError
from rasterio.windows import Window

from gis.errors import Invalid
from gis.ingest.readers.likeness import misnamed
from gis.ingest.readers.plain import cut

EDGE = 16
"""Points an edge of the outline has, so that it bends as the projection does."""
LARGEST, SWOLLEN = 1 << 32, 1000
"""Bytes that the pixels of any image may come to, and the times its file that those of a large one may: what is made
of an image is made of its pixels, however few of them the file has."""
HEADS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def describe(path: Path) -> dict[str, Any]:
    """Size, bands, CRS (WKT or None), no-data value, and the outline in the image's own system as [[x, y], …].

    Raises Invalid for what is no GeoTIFF, is cut off, or does not say where it lies.
    """
    with path.open("rb") as file:
        if file.read(4) not in HEADS:
            raise misnamed(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            with rasterio.open(path, driver="GTiff") as image:
                check(path, image)
                return facts(image)
    except (RasterioIOError, RasterioError, OSError, ValueError) as error:
        raise cut(path, str(error)[:200]) from error


def check(path: Path, image: Any) -> None:
    """Invalid when the image claims what cannot be, is not placed, or does not hold its last pixels."""
    if not image.width * image.height * image.count:
        raise cut(path, f"{image.width} × {image.height} × {image.count}")
    widths = (16 if kind.startswith("complex") else np.dtype(kind).itemsize for kind in image.dtypes)
    pixels = image.width * image.height * sum(widths)
    if pixels > max(LARGEST, SWOLLEN * path.stat().st_size):
        raise Invalid(
            f"{path.name} 展开后有 {pixels >> 30:,} GB 像素，远超文件本身，不登记；请裁去空白后重新输出。 "
            f"{path.name} is {pixels >> 30:,} GB of pixels, far beyond the file itself: cut away what is empty."
        )
    if image.transform.is_identity or not all(map(math.isfinite, image.transform)) or not image.transform.determinant:
        raise Invalid(
            f"{path.name} 没有地理定位（缺少坐标，或旁边的 .tfw 未写入文件）；请输出为 GeoTIFF。 "
            f"{path.name} is not georeferenced (a .tfw beside it is not read); save it as a GeoTIFF."
        )
    rows, columns = image.block_shapes[0]
    if rows * columns > 1 << 26:
        raise cut(path, f"{rows} × {columns} 一块过大 in one block")
    for row, column in ((0, 0), (image.height - 1, image.width - 1)):
        image.read(1, window=Window(column, row, 1, 1))  # the last block is missing where the file was cut off


def facts(image: Any) -> dict[str, Any]:
    """The image in plain values."""
    along = np.linspace(0, 1, EDGE, endpoint=False)
    square = np.concatenate(
        [np.stack(side, 1) for side in ((along, 0 * along), (1 + 0 * along, along), (1 - along, 1 + 0 * along),
                                        (0 * along, 1 - along))]
    )  # fmt: skip
    a, b, c, d, e, f = image.transform[:6]
    across, down = np.concatenate([square, square[:1]]).T * [[image.width], [image.height]]
    nodata = image.nodata
    return {
        "width": image.width,
        "height": image.height,
        "bands": image.count,
        "dtype": image.dtypes[0],
        "nodata": nodata if nodata is not None and math.isfinite(nodata) else None,
        "crs": image.crs.to_wkt() if image.crs else None,
        "ring": np.stack([a * across + b * down + c, d * across + e * down + f], 1).tolist(),
    }
