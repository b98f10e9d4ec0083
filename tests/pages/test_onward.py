"""The hand-over to map apps out of a pack: the page's own shifts, held to ``gis.crs`` and the server's links."""

from __future__ import annotations

import math
import random
from typing import Any
from urllib.parse import quote

import pytest

from gis.crs import wgs84_to_bd09, wgs84_to_gcj02
from layers import registry
from layers.onward import APPS, handover, name_of, naming
from layers.report import report
from layers.scope import RESIDENT
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


SHARED = "asked.cards.map(([card, named]) => reportOf({ ...asked, layers: new Map([[card.layer, { named }]]) }, card))"


def test_a_problem_is_told_in_the_words_and_by_the_link_of_the_server() -> None:
    """What a card tells decides: codes and what can be no link, bodies, areas without end, any half of the globe."""
    layer = registry.get("facilities", RESIDENT)
    areas = (("城", ""), ("区", ""), ("街道", "Street"), ("社区", ""))
    within = [{"layer": "areas", "id": i, "title": zh, "title_en": en} for i, (zh, en) in enumerate(areas)]
    within.append({"layer": "grids", "id": 1, "title": "第一网格", "title_en": "Grid One"})
    cards, told = [], []
    for code in ("", "0102-0007", "路灯", "a/b", "x.PNG", "x.png.1", "长" * 101):
        for held, lon, lat, title_en in ((within, 121.5, 31.2, ""), ([], -0.1, -51.50001, "Lamp")):
            rows = [row(key, value) for key, value in (("code", code), ("owner", "路灯所"), ("state", "完好")) if value]
            card = {"layer": "facilities", "layer_title": layer.title, "layer_title_en": layer.title_en, "id": 7,
                    "title": "路灯", "title_en": title_en, "rows": rows, "within": held,
                    "lon": lon, "lat": lat}  # fmt: skip
            cards.append([card, naming(layer, ["code"])])
            link = f"https://map.example/p/{quote(name_of(layer, {'pk': 7, 'code': code}))}"
            told.append(report(card, link, "12345"))
    asked = {"cards": cards, "hotline": "12345", "site": "https://map.example"}
    assert answered({"packreport.js": "reportOf"}, SHARED, asked) == told


def row(key: str, value: str) -> dict[str, str]:
    """A fact of a card."""
    return {"key": key, "title": f"{key}名", "title_en": key, "value": value, "value_en": value}
