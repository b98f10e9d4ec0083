"""Photographs that real planes, drones and satellites took: a tile shows what rasterio reads at the same place."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import rasterio
from rasterio.enums import Resampling
from rasterio.transform import from_bounds
from rasterio.vrt import WarpedVRT
from rasterio.warp import transform_bounds

from config.env import ROOT
from layers.scope import Audience, Role
from tests.client import Answer
from tests.tiles.raster import pixels, register
from tiles.tile import Tile

Get = Callable[..., Answer]
IMAGES = ROOT.parent / "shared" / "data" / "rasters"
MANAGER = Audience(Role.MANAGER)
WORLD_M = 2 * math.pi * 6378137

pytestmark = [
    pytest.mark.usefixtures("var"),
    pytest.mark.filterwarnings("ignore::PendingDeprecationWarning"),  # rasterio's own use of affine
    pytest.mark.skipif(not IMAGES.is_dir(), reason="没有 ../shared/data/rasters / the shared images are not here"),
]


def middle(file: rasterio.DatasetReader) -> Tile:
    """The tile over the middle of an image at the zoom of its own pixels."""
    west, south, east, north = transform_bounds(file.crs, 3857, *file.bounds)
    zoom = round(math.log2(WORLD_M / 256 / ((east - west) / file.width)))
    side = WORLD_M / 2**zoom
    return Tile(zoom, int(((west + east) / 2 + WORLD_M / 2) / side), int((WORLD_M / 2 - (south + north) / 2) / side))


def oracle(file: rasterio.DatasetReader, tile: Tile) -> tuple[Any, Any]:
    """What rasterio alone makes of the same square: bands as they are, and where there is something."""
    placed = {"crs": "EPSG:3857", "transform": from_bounds(*tile.envelope, 256, 256), "width": 256, "height": 256}
    with WarpedVRT(file, resampling=Resampling.bilinear, **placed) as seen:
        return seen.read(), seen.dataset_mask() > 0


@pytest.mark.parametrize("name", ["ortho-auckland-2m.tif", "drone-ortho-35cm.tif", "landsat-rgb-300m.tif"])
def test_a_tile_shows_what_was_photographed(get: Get, name: str) -> None:
    raster = register(IMAGES / name)
    with rasterio.open(IMAGES / name) as file:
        tile = middle(file)
        bands, there = oracle(file, tile)
    drawn = pixels(get(f"/tiles/raster/{raster.pk}/{tile.z}/{tile.x}/{tile.y}.png", MANAGER))
    assert np.mean((drawn[..., 3] > 127) == there) > 0.99
    for band in range(3):
        ours, theirs = drawn[..., band][there].astype(float), bands[band][there].astype(float)
        assert np.corrcoef(ours, theirs)[0, 1] > 0.97, f"band {band} shows something else"


def test_heights_are_shaded_and_the_sea_is_left_out(get: Get) -> None:
    raster = register(IMAGES / "dem-auckland-64m.tif")
    with rasterio.open(IMAGES / "dem-auckland-64m.tif") as file:
        tile = middle(file)
        heights, there = oracle(file, tile)
    drawn = pixels(get(f"/tiles/raster/{raster.pk}/{tile.z}/{tile.x}/{tile.y}.png", MANAGER))
    assert np.mean((drawn[..., 3] > 127) == there) > 0.97
    slope = np.hypot(*np.gradient(np.where(there, heights[0], 0)))
    shade = drawn[..., 0].astype(float)
    steep, flat = there & (slope > np.quantile(slope[there], 0.9)), there & (slope < np.quantile(slope[there], 0.1))
    assert shade[steep].std() > 2 * shade[flat].std(), "slopes are told by light and shadow, plains are not"
