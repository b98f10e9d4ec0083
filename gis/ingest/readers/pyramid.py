"""`python -m gis.ingest.readers.pyramid`: a stranger's GeoTIFF rewritten by GDAL as ours, apart from the server.

The copy is tiled and carries its own overviews, so that any window of it at any scale costs little. The server opens
only such copies: what the file's author wrote is read here, bound like a cell, except that one file may grow.
"""

from __future__ import annotations

import os
import resource
import sys
from pathlib import Path
from typing import Any

import rasterio
from rasterio.errors import RasterioError
from rasterio.shutil import copy

from gis.ingest.readers import __main__ as cell
from gis.ingest.readers.gdal import NO_IMAGE, NO_ROOM

BLOCK = 256
LOSSY = ("jpeg", "ycbcr jpeg", "webp")
QUALITY = 90
FENCE = {"GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR", "GDAL_TIFF_INTERNAL_MASK": "YES"}


def bind(room: int, seconds: int) -> None:
    """Give up memory and files without end, sockets and other programs; be last in line for the processor."""
    resource.setrlimit(resource.RLIMIT_AS, (cell.MEMORY, cell.MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(10)
    if cell.ARCHITECTURE:
        cell.refuse_calls()
    cell.allow(seconds)


def rewrite(source: Path, target: Path) -> None:
    """Write the cloud-optimised copy; the original is opened for reading only, and by no driver but GeoTIFF's."""
    with rasterio.Env(**FENCE), rasterio.open(source, driver="GTiff", sharing=False) as image:
        if any(kind.startswith("complex") for kind in image.dtypes):
            sys.exit(NO_IMAGE)
        copy(image, target, driver="COG", copy_src_overviews=False, **options(image))


def options(image: Any) -> dict[str, str]:
    """Without loss, unless the original has lost already: its pixels kept exactly would take ten times its space."""
    palette = image.count == 1 and image.colorinterp[0].name == "palette"
    common = {
        "BLOCKSIZE": str(BLOCK),
        "OVERVIEWS": "IGNORE_EXISTING",
        "OVERVIEW_RESAMPLING": "NEAREST" if palette else "AVERAGE",
        "SPARSE_OK": "TRUE",
        "BIGTIFF": "IF_SAFER",
    }
    how = (image.tags(ns="IMAGE_STRUCTURE").get("COMPRESSION") or "").lower()
    if how in LOSSY and image.count in (3, 4) and set(image.dtypes) == {"uint8"}:
        return common | {"COMPRESS": "WEBP", "QUALITY": str(QUALITY)}
    return common | {"COMPRESS": "ZSTD", "LEVEL": "5", "PREDICTOR": "YES"}


def main() -> None:
    """Source, target, bytes that may be written, processor seconds."""
    source, target, room, seconds = sys.argv[1:]
    bind(int(room), int(seconds))
    try:
        rewrite(Path(source), Path(target))
    except (RasterioError, OSError, MemoryError) as error:
        sys.stderr.write(f"{error}\n")
        full = "space" in str(error) or "too large" in str(error).lower()
        sys.exit(NO_ROOM if full else NO_IMAGE)


if __name__ == "__main__":
    main()
