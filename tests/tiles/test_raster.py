"""Tiles of images: known pixels at known places, whatever the system, the turn, the bytes; and what is refused."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rasterio.transform import Affine

from gis.models import Raster
from layers.scope import Audience, Role
from tests.client import Answer
from tests.tiles.raster import geotiff, pixels, placed, register, spot

Get = Callable[..., Answer]
MANAGER = Audience(Role.MANAGER)
SYSTEMS = ("EPSG:4549", "EPSG:4490", "EPSG:32651", "EPSG:3857")
BLOCK = 8
"""Pixels of an image that have one colour: the middle of such a square is the same however it is resampled."""

pytestmark = [
    pytest.mark.usefixtures("var"),
    pytest.mark.filterwarnings("ignore::PendingDeprecationWarning"),  # rasterio's own use of affine
    pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning"),
]


def blocks(bands: int = 3, side: int = 64, kind: str = "uint8", highest: int = 256) -> Any:
    """Squares of random values; the first band is never 0."""
    small = np.random.default_rng(7).integers(1, highest, (bands, side // BLOCK, side // BLOCK)).astype(kind)
    return small.repeat(BLOCK, 1).repeat(BLOCK, 2)


def middles(side: int = 64) -> list[tuple[float, float]]:
    """Column and row of the middle of some squares."""
    return [(column + BLOCK / 2, row + BLOCK / 2) for column in range(0, side, 2 * BLOCK) for row in range(0, side, 24)]


def seen(
    get: Get, raster: Raster, column: float, row: float, transform: Affine, crs: str, zoom: int, style: str = ""
) -> Any:
    """The colour that the map shows at a place of an image."""
    place, x, y = spot(column, row, transform, crs, zoom)
    return pixels(get(f"/tiles/raster/{raster.pk}{style}/{place}.png", MANAGER))[y, x]


@pytest.mark.parametrize("crs", SYSTEMS)
@pytest.mark.parametrize("turned", [0.0, 27.0])
def test_a_photograph_is_where_it_was_taken(get: Get, tmp_path: Path, crs: str, turned: float) -> None:
    photo, where = blocks(), placed(crs, 10.0, turned)
    raster = register(geotiff(tmp_path / "a.tif", photo, crs, transform=where))
    for column, row in middles():
        found = seen(get, raster, column, row, where, crs, 15)
        assert found.tolist() == [*photo[:, int(row), int(column)], 255]


def test_a_grey_one_is_grey_and_a_fourth_band_is_not_always_alpha(get: Get, tmp_path: Path) -> None:
    where = placed("EPSG:4549", 10.0)
    grey, infra = blocks(1), blocks(4)
    one = register(geotiff(tmp_path / "grey.tif", grey))
    four = register(geotiff(tmp_path / "infra.tif", infra, photometric="RGB", alpha="NO"))
    for column, row in middles():
        value = grey[0, int(row), int(column)]
        assert seen(get, one, column, row, where, "EPSG:4549", 15).tolist() == [value, value, value, 255]
        found = seen(get, four, column, row, where, "EPSG:4549", 15)
        assert found.tolist() == [*infra[:3, int(row), int(column)], 255]


def test_alpha_and_no_data_are_transparent(get: Get, tmp_path: Path) -> None:
    where = placed("EPSG:4549", 10.0)
    photo = blocks(4)
    photo[3] = 255
    photo[3, :, 32:] = 0
    clear = register(geotiff(tmp_path / "alpha.tif", photo, photometric="RGB", alpha="YES"))
    empty = blocks()
    empty[:, :, 32:] = 0
    holed = register(geotiff(tmp_path / "nodata.tif", empty, nodata=0))
    for raster in (clear, holed):
        assert seen(get, raster, 12, 12, where, "EPSG:4549", 15)[3] == 255
        assert seen(get, raster, 52, 12, where, "EPSG:4549", 15)[3] == 0


def test_sixteen_bits_are_stretched_from_dark_to_bright(get: Get, tmp_path: Path) -> None:
    where = placed("EPSG:4549", 10.0)
    photo = np.linspace(3000, 9000, 64).round().astype("uint16")[None, None].repeat(64, 1).repeat(3, 0)
    raster = register(geotiff(tmp_path / "a.tif", photo))
    low, high = np.percentile(photo[0], (2, 98))
    for column in (3.5, 20.5, 40.5, 60.5):
        wanted = 255 * np.clip((photo[0, 0, int(column)] - low) / (high - low), 0, 1)
        found = seen(get, raster, column, 32, where, "EPSG:4549", 15)
        assert found[:3].tolist() == pytest.approx([wanted] * 3, abs=6)


def test_a_palette_shows_its_colours_and_no_mixture(get: Get, tmp_path: Path) -> None:
    where = placed("EPSG:4549", 10.0)
    colours = {0: (0, 0, 0, 0), 1: (200, 10, 10, 255), 2: (10, 200, 10, 255), 3: (10, 10, 200, 255)}
    codes = blocks(1, highest=4)
    raster = register(geotiff(tmp_path / "a.tif", codes, colormap=colours))
    for column, row in middles():
        found = seen(get, raster, column, row, where, "EPSG:4549", 15)
        assert tuple(found) == colours[codes[0, int(row), int(column)]]
    place, *_ = spot(32, 32, where, "EPSG:4549", 13)
    far = pixels(get(f"/tiles/raster/{raster.pk}/{place}.png", MANAGER))
    assert {tuple(colour) for colour in far[far[..., 3] > 0].tolist()} <= set(colours.values())


@pytest.mark.parametrize(("east", "south"), [(0.0, 0.0), (0.5, 0.0), (0.0, 0.5), (-0.4, 0.3), (1.2, 1.2)])
def test_a_slope_is_as_bright_as_the_sun_has_it(get: Get, tmp_path: Path, east: float, south: float) -> None:
    """A plane has one slope everywhere: its light is the angle between its normal and a north-western sun at 45°."""
    where = placed("EPSG:4549", 10.0)
    rows, columns = np.mgrid[0:64, 0:64] * 10.0
    raster = register(
        geotiff(tmp_path / "a.tif", (columns * east + rows * south)[None].astype("float32"), nodata=-9999)
    )
    normal = np.array([-east, south, 1]) / math.sqrt(east**2 + south**2 + 1)
    sun = np.array([-0.5, 0.5, math.sqrt(0.5)])
    found = seen(get, raster, 32, 32, where, "EPSG:4549", 15)
    assert found.tolist() == pytest.approx([max(0, 255 * normal @ sun)] * 3 + [255], abs=3)


def test_heights_have_colours_and_no_data_has_none(get: Get, tmp_path: Path) -> None:
    where = placed("EPSG:4549", 10.0)
    heights = np.linspace(0, 50, 64, dtype="float32")[None, None].repeat(64, 1)
    heights[:, :, 48:] = -9999
    raster = register(geotiff(tmp_path / "a.tif", heights, nodata=-9999))
    low, high = (seen(get, raster, column, 32, where, "EPSG:4549", 15, "-height").tolist() for column in (3, 44))
    assert (low[1] > low[0], high[0] > high[2], low[3], high[3]) == (True, True, 255, 255)
    for style in ("-height", "-shade", ""):
        assert seen(get, raster, 56, 32, where, "EPSG:4549", 15, style)[3] == 0


def test_neighbouring_tiles_of_a_relief_meet(get: Get, tmp_path: Path) -> None:
    heights = np.random.default_rng(3).normal(0, 20, (1, 16, 16)).repeat(8, 1).repeat(8, 2).astype("float32")
    raster = register(geotiff(tmp_path / "a.tif", heights, metres=40.0))
    place, *_ = spot(64, 64, placed("EPSG:4549", 40.0), "EPSG:4549", 15)
    z, x, y = map(int, place.split("/"))
    left, right = (pixels(get(f"/tiles/raster/{raster.pk}/{z}/{at}/{y}.png", MANAGER)) for at in (x, x + 1))
    twice = pixels(get(f"/tiles/raster/{raster.pk}/{z - 1}/{x // 2}/{y // 2}@2x.png", MANAGER))
    top, first = 256 * (y % 2), 256 * (x % 2)
    both = np.abs(twice[top + 1 : top + 255, first + 1 : first + 255, 0].astype(int) - left[1:-1, 1:-1, 0])
    assert both.max() <= 2
    jump = np.abs(left[:, -1, 0].astype(int) - right[:, 0, 0]).mean()
    assert jump <= 2 * np.abs(np.diff(left[..., 0].astype(int), axis=1)).mean() + 2


def test_a_tile_outside_is_empty_and_one_with_a_corner_is_not(get: Get, tmp_path: Path) -> None:
    raster = register(geotiff(tmp_path / "a.tif", blocks()))
    far, *_ = spot(32, 32, placed("EPSG:4549", 10.0), "EPSG:4549", 9)
    assert (
        get(f"/tiles/raster/{raster.pk}/15/0/0.png", MANAGER).status,
        get(f"/tiles/raster/{raster.pk}/{far}.png", MANAGER).status,
    ) == (204, 200)
    place, *_ = spot(0.5, 0.5, placed("EPSG:4549", 10.0), "EPSG:4549", 22)
    assert get(f"/tiles/raster/{raster.pk}/{place}.png", MANAGER).status == 200


def test_twice_as_fine_and_both_formats(get: Get, tmp_path: Path) -> None:
    raster = register(geotiff(tmp_path / "a.tif", blocks()))
    place, *_ = spot(32, 32, placed("EPSG:4549", 10.0), "EPSG:4549", 14)
    for form in ("png", "webp"):
        once, twice = (get(f"/tiles/raster/{raster.pk}/{place}{at}.{form}", MANAGER) for at in ("", "@2x"))
        assert once.headers["Content-Type"] == f"image/{form}"
        assert (pixels(once).shape, pixels(twice).shape) == ((256, 256, 4), (512, 512, 4))


@pytest.mark.parametrize("crs", ["gcj02", "bd09"])
def test_shifted_degrees_are_put_right(get: Get, tmp_path: Path, crs: str) -> None:
    from gis.crs import Crs, transformer

    photo, where = blocks(), placed("EPSG:4490", 10.0)
    raster = register(geotiff(tmp_path / "a.tif", photo, "EPSG:4326", transform=where), crs=crs)
    column, row = 28.0, 36.0
    lon, lat = (float(found[0]) for found in transformer(Crs.parse(crs))(*([value] for value in where @ (column, row))))
    place, x, y = spot(lon, lat, Affine.identity(), "EPSG:4490", 15)
    found = pixels(get(f"/tiles/raster/{raster.pk}/{place}.png", MANAGER))[y, x]
    assert found[:3].tolist() == photo[:, 36, 28].tolist()
