"""A registered image under the map: its switch, its pixels where they belong, and nothing of it for residents."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from django.conf import settings
from playwright.sync_api import expect
from rasterio.transform import from_bounds

from gis.ingest import images
from gis.models import Raster
from tests.pages.conftest import PASSWORD, Served, Visit, until

WEST, SOUTH, EAST, NORTH = 120.012, 31.285, 120.014, 31.287
COLOUR = (10, 120, 200)
PIXEL = """([id, left, top]) => {
  const pane = document.querySelector(".leaflet-images-pane");
  const tile = [...pane.querySelectorAll("canvas")].find((one) => {
    const box = one.getBoundingClientRect();
    return box.left <= left && left < box.right && box.top <= top && top < box.bottom;
  });
  if (!tile) return null;
  const box = tile.getBoundingClientRect();
  const x = (left - box.left) * tile.width / box.width, y = (top - box.top) * tile.height / box.height;
  return [...tile.getContext("2d").getImageData(x, y, 1, 1).data];
}"""

pytestmark = pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")  # rasterio's own use of affine
EDITS = True


@pytest.fixture
def raster(served: Served, tmp_path: Path, django_db_blocker: Any) -> Iterator[Raster]:
    """A blue square in the fields, registered where the server of these tests keeps its files."""
    path, here = tmp_path / "航拍.tif", settings.VAR
    pixels = np.array(COLOUR, dtype="uint8")[:, None, None].repeat(64, 1).repeat(64, 2)
    place = {"crs": "EPSG:4490", "transform": from_bounds(WEST, SOUTH, EAST, NORTH, 64, 64)}
    with rasterio.open(path, "w", driver="GTiff", width=64, height=64, count=3, dtype="uint8", **place) as file:
        file.write(pixels)
    with django_db_blocker.unblock():
        settings.VAR = served.var
        try:
            made = images.register(path, "测绘院").raster
        finally:
            settings.VAR = here
    yield made  # it goes with this file's copy of the town


def test_an_image_lies_under_the_map(raster: Raster, visit: Callable[..., Visit]) -> None:
    tab = visit()
    middle = f"#17.00/{(SOUTH + NORTH) / 2}/{(WEST + EAST) / 2}"
    page = tab.open("/map" + middle)
    expect(page.locator("#images")).to_have_count(0)
    page.goto(tab.site + "/accounts/login/?next=/map")
    page.fill("#id_username", "officer")
    page.fill("#id_password", PASSWORD)
    page.locator(".login form button").click()
    expect(page.locator(".account")).to_contain_text("officer")
    page = tab.open(f"/map?on=roads{middle}")
    row = page.locator(f"[data-image='{raster.pk}']")
    expect(row).to_contain_text("航拍")
    expect(row).to_contain_text("测绘院")
    row.locator("input[role=switch]").click()
    box = page.locator("#map").bounding_box()
    assert box is not None
    spot = [raster.pk, box["x"] + box["width"] / 2, box["y"] + box["height"] / 2]
    until(page, f"(spot) => ({PIXEL})(spot)?.[3] === 255", spot)
    found = page.evaluate(PIXEL, spot)
    assert np.abs(np.array(found[:3]) - COLOUR).max() <= 6  # WebP
    assert f"img={raster.pk}" in page.url
    slider = row.locator("input[type=range]")
    slider.fill("0.5")
    expect(page.locator(".leaflet-images-pane .leaflet-layer")).to_have_css("opacity", "0.5")
    tab.open(page.url.removeprefix(tab.site))
    until(page, f"(spot) => ({PIXEL})(spot)?.[3] === 255", spot)
    expect(slider).to_have_value("0.5")
    row.locator("input[role=switch]").click()
    expect(page.locator(".leaflet-images-pane canvas")).to_have_count(0)
    assert "img=" not in page.url
