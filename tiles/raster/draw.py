"""A tile of an image as PNG or WebP: its pixels brought onto the tile, as a photograph or as a relief."""

from __future__ import annotations

import io
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from cachetools import LRUCache
from numpy.typing import NDArray
from PIL import Image as Picture
from rasterio.enums import ColorInterp

from tiles.raster import relief, window
from tiles.raster.mesh import Frame, Mesh, mesh
from tiles.raster.register import Image
from tiles.raster.window import Part

SAMPLE = 512
DARK, BRIGHT = 2, 98
"""Percent of the pixels below which all is black, above which all is white."""
FULL = 255
SOLID = 128
"""Of 255: a pixel of a relief is there or not."""
FORMATS: dict[str, dict[str, Any]] = {
    "png": {"format": "PNG", "compress_level": 3},
    "webp": {"format": "WEBP", "quality": 82, "method": 1},
}

Range = tuple[float, float]
Array = NDArray[Any]
_ranges: LRUCache[str, tuple[Range, ...]] = LRUCache(512)
_lock = Lock()


def tile(path: Path, image: Image, style: str, frame: Frame, form: str) -> bytes:
    """The tile's bytes, none when nothing of the image is in it. Raises RasterioError, OSError, ``Unreadable``."""
    with window.opened(path) as file:
        crs = image.system(file.crs.to_wkt() if file.crs else "")
        bands = window.colours(file)
        kind = style or usual(image, file)
        around = Frame(frame.tile, frame.scale, 1) if kind in ("shade", "height") else frame
        net = mesh(around, image.box, crs, ~file.transform)
        if net is None:
            return b""
        if around.margin:
            drawn = _relief(file, image, kind, around, net)
        else:
            drawn = _photograph(file, image, frame, net, bands)
    return _encoded(drawn, form) if drawn else b""


def usual(image: Image, file: Any) -> str:
    """How an image is drawn when nobody asked: one band of more than bytes is a relief, if its register calls it so."""
    one = len(window.colours(file)) == 1
    return "shade" if one and image.is_height and file.dtypes[0] != "uint8" else "photo"


def _photograph(file: Any, image: Image, frame: Frame, net: Mesh, bands: tuple[int, ...]) -> Picture.Image | None:
    palette = len(bands) == 1 and file.colorinterp[bands[0] - 1] == ColorInterp.palette
    part = window.read(file, net, frame.side, bands, sort="code" if palette else "colour")
    if part is None or not part.mask.any():
        return None
    if palette:
        colours = _looked_up(file.colormap(bands[0]), part.bands[0])
        alpha = np.minimum(colours[..., 3], part.mask)
        pixels = np.dstack((colours[..., :3], alpha))
    else:
        values = _in_bytes(part.bands, _stretch(file, image, bands))
        pixels = np.dstack((*(values if len(values) == 3 else [values[0]] * 3), part.mask))
    how = Picture.Resampling.NEAREST if palette else Picture.Resampling.BILINEAR
    source = Picture.fromarray(np.ascontiguousarray(pixels, dtype=np.uint8), "RGBA")
    drawn = _moved(source, frame, net, part, how)
    return drawn if drawn.getbbox() else None


def _relief(file: Any, image: Image, kind: str, frame: Frame, net: Mesh) -> Picture.Image | None:
    bands = window.colours(file)[:1]
    part = window.read(file, net, frame.side, bands, sort="height")
    if part is None or not part.mask.any():
        return None
    there = (part.mask >= SOLID).astype(np.float32)
    known = np.asarray(_moved(Picture.fromarray(there), frame, net, part, Picture.Resampling.BILINEAR))
    weighed = Picture.fromarray(part.bands[0].astype(np.float32) * there)
    heights = np.asarray(_moved(weighed, frame, net, part, Picture.Resampling.BILINEAR))
    valid = known > 0.5
    heights = np.where(valid, heights / np.where(valid, known, 1), 0).astype(np.float32)
    bright = relief.shade(heights, valid, (frame.metres * np.cos(frame.latitudes()))[1:-1])
    alpha = np.where(valid[1:-1, 1:-1], FULL, 0).astype(np.uint8)
    if not alpha.any():
        return None
    if kind == "shade":
        return Picture.fromarray(np.dstack((bright, alpha)), "LA")
    [(lowest, highest)] = _stretch(file, image, bands)
    return Picture.fromarray(np.dstack((relief.coloured(heights[1:-1, 1:-1], bright, lowest, highest), alpha)), "RGBA")


def _moved(source: Picture.Image, frame: Frame, net: Mesh, part: Part, how: Picture.Resampling) -> Picture.Image:
    return source.transform((frame.side, frame.side), Picture.Transform.MESH, net.cells(*part.place), resample=how)


def _stretch(file: Any, image: Image, bands: tuple[int, ...]) -> tuple[Range, ...]:
    """The values of each band that become black and white: those of bytes as they are, others by their percentiles."""
    if file.dtypes[0] == "uint8":
        return ((0.0, 255.0),) * len(bands)
    with _lock:
        known = _ranges.get(image.sha256)
    if known is None:
        values, mask = window.sample(file, bands, SAMPLE)
        seen = values[:, mask > 0].astype(np.float64)
        low, high = np.percentile(seen, (DARK, BRIGHT), axis=1) if seen.size else (np.zeros(len(bands)),) * 2
        known = tuple(zip(low.tolist(), high.tolist(), strict=True))
        with _lock:
            _ranges[image.sha256] = known
    return known


def _in_bytes(values: Array, ranges: tuple[Range, ...]) -> list[Array]:
    if values.dtype == np.uint8:
        return list(values)
    return [
        np.rint(np.clip((band.astype(np.float32) - low) / max(high - low, 1e-9), 0, 1) * FULL).astype(np.uint8)
        for band, (low, high) in zip(values, ranges, strict=True)
    ]


def _looked_up(palette: dict[int, tuple[int, int, int, int]], codes: Array) -> Array:
    table = np.zeros((max((*palette, int(codes.max()))) + 1, 4), dtype=np.uint8)
    for code, colour in palette.items():
        table[code] = colour
    found: Array = table[codes]
    return found


def _encoded(picture: Picture.Image, form: str) -> bytes:
    if picture.getchannel("A").getextrema() == (FULL, FULL):
        picture = picture.convert(picture.mode[:-1])  # no transparency: smaller
    done = io.BytesIO()
    picture.save(done, **FORMATS[form])
    return done.getvalue()
