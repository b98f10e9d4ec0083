"""Images drawn for a test, registered as an operator would, and where a pixel of theirs is on the web map."""

from __future__ import annotations

import io
import math
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from PIL import Image as Picture
from pyproj import Transformer
from rasterio.transform import Affine

from gis.ingest import images
from gis.models import Raster
from tests.client import Answer

LON, LAT = 121.5, 31.24


def geotiff(path: Path, pixels: NDArray[Any], crs: str = "EPSG:4549", metres: float = 10.0, **more: Any) -> Path:
    """An image (band, row, column) whose north-western corner is near Lujiazui; ``metres`` is what a pixel is wide."""
    bands, height, width = pixels.shape
    colormap = more.pop("colormap", None)
    more.setdefault("transform", placed(crs, metres))
    shape = {"width": width, "height": height, "count": bands, "dtype": pixels.dtype}
    with rasterio.open(path, "w", driver="GTiff", crs=crs, **shape, **more) as file:
        file.write(pixels)
        if colormap:
            file.write_colormap(1, colormap)
    return path


def photo(path: Path, crs: str | None = "EPSG:4549", fill: int = 7, **more: Any) -> Path:
    """40 × 20 pixels of half a metre, three bands, beside 120° E 30° N."""
    place = {"transform": Affine(0.5, 0, 500_000, 0, -0.5, 3_320_000)} | more
    with rasterio.open(
        path, "w", driver="GTiff", width=40, height=20, count=3, dtype="uint8", crs=crs, **place
    ) as file:
        file.write(np.full((3, 20, 40), fill, dtype="uint8"))
    return path


def placed(crs: str, metres: float, turned: float = 0.0, lon: float = LON) -> Affine:
    """The affine of an image in a system, turned by degrees about its corner."""
    east, north = Transformer.from_crs(4490, crs, always_xy=True).transform(lon, LAT)
    size = metres / 111_000 if crs in ("EPSG:4490", "EPSG:4326") else metres
    return Affine.translation(east, north) * Affine.rotation(turned) * Affine.scale(size, -size)


def register(path: Path, **more: Any) -> Raster:
    """Register it."""
    return images.register(path, **more).raster


def pixels(answer: Answer) -> NDArray[np.uint8]:
    """The tile as red, green, blue, alpha (row, column, 4)."""
    assert answer.status == 200, answer.sent
    return np.asarray(Picture.open(io.BytesIO(answer.sent)).convert("RGBA"))


def spot(column: float, row: float, transform: Affine, crs: str, zoom: int) -> tuple[str, int, int]:
    """The tile (z/x/y) over a place of an image, and the column and row of the pixel of the tile there."""
    lon, lat = Transformer.from_crs(crs, 4490, always_xy=True).transform(*(transform @ (column, row)))
    world = 256 * 2**zoom
    x = (lon + 180) / 360 * world
    y = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * world
    return f"{zoom}/{int(x // 256)}/{int(y // 256)}", int(x % 256), int(y % 256)
