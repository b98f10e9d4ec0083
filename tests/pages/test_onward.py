"""The hand-over to map apps out of a pack: the page's own shifts, held to ``gis.crs`` and the server's links."""

from __future__ import annotations

import math
import random
from typing import Any

import pytest

from gis.crs import wgs84_to_bd09, wgs84_to_gcj02
from layers.onward import APPS, handover
from tests.pages.test_modules import answered

LINKS = """asked.spots.map(([title, lon, lat]) =>
  [...gcj02(lon, lat), ...bd09(lon, lat), ...appsFor(asked.apps, title, lon, lat)])"""
TITLES = ("华银坊163号", "A:B;C|D,E (东门) 'x'*!~ /?&=#", "民安花苑 北门", "长" * 60, "")
EDGES = ((72.004, 30), (72.0041, 30), (137.8347, 30), (120, 0.8293), (120, 55.8271), (137.8346, 55.8270), (-0.1, 51.5))
CENTIMETRE = 0.01


def linked(asked: list[Any]) -> Any:
    """What the module says to each [title, lon, lat]."""
    return answered({"onward.js": "appsFor, bd09, gcj02"}, LINKS, {"spots": asked, "apps": APPS})


def apart(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Metres between two pairs of degrees."""
    east = (one[0] - other[0]) * math.cos(math.radians(one[1]))
    return math.hypot(east, one[1] - other[1]) * 111_320


def test_the_shifts_are_those_of_the_server_to_a_centimetre() -> None:
    chance = random.Random(10)
    spots = [(chance.uniform(70, 140), chance.uniform(0, 57)) for _ in range(3000)] + list(EDGES)
    worst = 0.0
    for (lon, lat), said in zip(spots, linked([["", *spot] for spot in spots]), strict=True):
        gcj, bd = (tuple(map(float, pair)) for pair in (wgs84_to_gcj02(lon, lat), wgs84_to_bd09(lon, lat)))
        worst = max(worst, apart((said[0], said[1]), (gcj[0], gcj[1])), apart((said[2], said[3]), (bd[0], bd[1])))
    assert worst < CENTIMETRE
    shanghai = linked([["", 121.5, 31.2]])[0]
    assert 400 < apart((121.5, 31.2), (shanghai[0], shanghai[1])) < 700, "it does shift"


@pytest.mark.parametrize("title", TITLES)
def test_the_links_are_those_of_the_server(title: str) -> None:
    chance = random.Random(title)
    spots = [(chance.uniform(100, 125), chance.uniform(22, 42)) for _ in range(40)]
    for (lon, lat), said in zip(spots, linked([[title, *spot] for spot in spots]), strict=True):
        assert said[4:] == handover(title, lon, lat)
