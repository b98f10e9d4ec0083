"""`python -m bench.raster`: tiles of a large photograph, cold and kept, beside `gdalwarp` of the same window."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import tempfile
from pathlib import Path
from time import perf_counter

import django
import numpy as np
import rasterio
from rasterio.transform import from_origin

SIDE = 8192
ZOOMS = (12, 15, 17)
EACH = 8
Figures = list[float]


def main() -> None:
    """Draw a photograph, make its copy, measure."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.conf import settings

    with tempfile.TemporaryDirectory() as folder:
        settings.VAR = Path(folder)
        original = photograph(Path(folder) / "photo.tif")
        from gis.ingest.pyramids import build, served

        began = perf_counter()
        build(original, "0" * 64)
        megabytes = original.stat().st_size / 1e6
        print(f"{SIDE} × {SIDE} × 3, {megabytes:.0f} MB: copy in {perf_counter() - began:.1f} s", load(), flush=True)
        compare(served("0" * 64))


def photograph(path: Path) -> Path:
    """Smooth noise of half a metre a pixel, in a Gauss-Krüger system."""
    random = np.random.default_rng(1)
    coarse = random.integers(0, 256, (3, SIDE // 64, SIDE // 64), dtype="uint8").repeat(64, 1).repeat(64, 2)
    place = {"crs": "EPSG:4549", "transform": from_origin(640_000, 3_460_000, 0.5, 0.5)}
    with rasterio.open(path, "w", driver="GTiff", width=SIDE, height=SIDE, count=3, dtype="uint8", **place) as file:
        file.write(coarse ^ random.integers(0, 16, coarse.shape, dtype="uint8"))
    return path


def compare(path: Path) -> None:
    """Print the median milliseconds of a tile for each zoom."""
    from gis.crs import Crs, transformer
    from tiles.cache import Cache
    from tiles.cover import Cover
    from tiles.raster import draw
    from tiles.raster.mesh import Frame
    from tiles.raster.register import Image
    from tiles.tile import HALF_WORLD_M, Tile

    right, bottom = 640_000 + SIDE / 2, 3_460_000 - SIDE / 2
    (west_lon, east_lon), (south_lat, north_lat) = transformer(Crs.parse(4549))([640_000, right], [bottom, 3_460_000])
    world = (-HALF_WORLD_M, -HALF_WORLD_M, HALF_WORLD_M, HALF_WORLD_M)
    image = Image(1, "", "影像", "0" * 64, "EPSG:4549", SIDE, SIDE, 3, "uint8", "", None, world)
    print(f"{'zoom':>4} {'webp ms':>8} {'png ms':>8} {'kept ms':>8} {'gdalwarp ms':>12}  ratio")
    for zoom in ZOOMS:
        west, south, east, north = float(west_lon), float(south_lat), float(east_lon), float(north_lat)
        inner = Cover(west + 0.005, south + 0.005, east - 0.005, north - 0.005, zoom, zoom)
        tiles = list(inner.tiles())[:: max(1, len(inner) // EACH)][:EACH]
        cache, times = Cache(1 << 26), {"webp": Figures(), "png": Figures(), "kept": Figures(), "warp": Figures()}

        def cut(tile: Tile, form: str) -> bytes:
            return draw.tile(path, image, "", Frame(tile), form)

        cut(tiles[0], "png")
        for tile in tiles:
            for form in ("webp", "png"):
                times[form].append(spent(lambda tile=tile, form=form: cut(tile, form)))
            cache.get_or_make(tile, lambda tile=tile: cut(tile, "webp"))
            times["kept"].append(spent(lambda tile=tile, cache=cache: cache.get_or_make(tile, bytes).plain()))
            times["warp"].append(spent(lambda tile=tile: warp(path, tile.envelope)) if shutil.which("gdalwarp") else 0)
        webp, png, kept, other = (statistics.median(times[name]) * 1000 for name in ("webp", "png", "kept", "warp"))
        print(f"{zoom:>4} {webp:>8.1f} {png:>8.1f} {kept:>8.2f} {other:>12.1f}  {other / png:.1f}×", load(), flush=True)


def warp(path: Path, box: tuple[float, float, float, float]) -> None:
    """The same window by GDAL's program, as PNG: its start is part of it, as it is for a server that calls it."""
    with tempfile.TemporaryDirectory() as folder:
        where = [*map(str, ("-te", *box, "-ts", 256, 256)), "-t_srs", "EPSG:3857", "-r", "bilinear", "-dstalpha"]
        target = f"{folder}/tile.tif"
        subprocess.run(["gdalwarp", "-q", *where, str(path), target], check=True, stderr=subprocess.DEVNULL)
        subprocess.run(["gdal_translate", "-q", "-of", "PNG", target, f"{folder}/tile.png"], check=True)


def spent(work: object) -> float:
    """Seconds of a call."""
    began = perf_counter()
    work()
    return perf_counter() - began


def load() -> str:
    """What else runs on the machine."""
    return f"(load {os.getloadavg()[0]:.1f})"


if __name__ == "__main__":
    main()
