"""QGIS, which no one here wrote, lists, reads and filters our features and draws our tiles in our style, without a
screen."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.gis.geos import Polygon
from PIL import Image

from gis.models import Building, Facility, Room
from layers import registry, tokens
from layers.scope import RESIDENT
from tests.pages.conftest import COURTYARD

QGIS_PYTHON = "/usr/bin/python3"
SCRIPT = Path(__file__).parent / "qgis_reads.py"
BOX = (120.0116, 31.2845, 120.0144, 31.2875)
"""The courtyard in the fields, with what is around it."""
WING, YARD, FIELD = (120.0122, 31.286), (120.013, 31.286), (120.0118, 31.2873)
HOUSE = (230, 223, 211)
QGIS = Path("/usr/lib/python3/dist-packages/qgis/core")  # looked at only: to load it takes each worker two seconds

pytestmark = pytest.mark.skipif(not QGIS.is_dir(), reason="no QGIS for Python, which `make test` installs where it can")


@pytest.fixture(scope="module")
def read(site: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[dict[str, Any], Image.Image]]:
    """What QGIS says of the site, and what it drew."""
    folder = tmp_path_factory.mktemp("qgis")
    picture = folder / "drawn.png"
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "XDG_RUNTIME_DIR": str(folder),
        "QT_QPA_PLATFORM": "offscreen",
    }
    clerk = User.objects.get(username="clerk")
    token = tokens.make(clerk, "QGIS", 30)
    command = [QGIS_PYTHON, str(SCRIPT), site, *map(str, BOX), str(picture), token]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=180, check=True)
    yield json.loads(done.stdout), Image.open(picture).convert("RGB")
    clerk.tokens.all().delete()  # the town is the other files', too


def test_it_reads_all_features_and_those_of_a_box(read: tuple[dict[str, Any], Image.Image]) -> None:
    features = read[0]["features"]
    assert features["valid"]
    assert features["count"] == Building.objects.count()
    box = Polygon.from_bbox(BOX)
    box.srid = 4490
    assert features["near"] == Building.objects.filter(geom__intersects=box).count() > 0
    assert {"name", "floors", "height_m"} <= set(features["fields"])
    assert "code" not in features["fields"], "staff's alone"


def test_its_browser_lists_the_collections_of_residents(read: tuple[dict[str, Any], Image.Image]) -> None:
    listed = read[0]["collections"]
    assert sorted(listed.values()) == sorted(layer.id for layer in registry.visible(RESIDENT))
    assert listed["建筑 Buildings"] == "buildings"


def test_it_filters_by_an_attribute(read: tuple[dict[str, Any], Image.Image]) -> None:
    toilets = registry.get("facilities", RESIDENT).rows_for(RESIDENT).filter(kind="toilet")
    assert read[0]["toilets"] == sorted(toilets.values_list("name", flat=True)) != []
    assert toilets.count() < Facility.objects.count()


def test_it_reads_chinese_and_puts_things_where_they_are(read: tuple[dict[str, Any], Image.Image]) -> None:
    named = read[0]["features"]["named"]
    for building in Building.objects.exclude(name=""):
        assert building.name in named
    centre = Building.objects.get(name=COURTYARD).geom.centroid
    assert named[COURTYARD] == pytest.approx([centre.x, centre.y], abs=1e-6)


def test_it_draws_the_tiles_in_our_style(read: tuple[dict[str, Any], Image.Image]) -> None:
    told, picture = read
    assert told["tiles"]["valid"]
    assert told["tiles"]["classes"] > 50
    assert pixel(picture, *WING) == HOUSE
    assert pixel(picture, *YARD) != HOUSE, "the yard is a hole"
    assert pixel(picture, *FIELD) != HOUSE


def test_with_a_token_it_reads_what_its_owner_sees(read: tuple[dict[str, Any], Image.Image]) -> None:
    assert read[0]["rooms"] == [Room.objects.count(), None]


def pixel(picture: Image.Image, lon: float, lat: float) -> tuple[int, ...]:
    """The colour at a place; QGIS centres the box in the picture, and over 300 m degrees are as good as metres."""
    west, south, east, north = BOX
    across = (east - west) / picture.width
    down = (north - south) / picture.height
    wide = max(across, down * 1.1698)  # 1 / cos 31.286°: what a degree of latitude is in the map's own units
    x = picture.width / 2 + (lon - (west + east) / 2) / wide
    y = picture.height / 2 - (lat - (south + north) / 2) * 1.1698 / wide
    found = picture.getpixel((round(x), round(y)))
    assert isinstance(found, tuple)
    return found
