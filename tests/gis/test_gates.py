"""Gates however they are written, gates that nobody registered, and names that a place had.

民安花苑 is a square of two hundred metres with its 北门 and 大门 on record. Of 听澜里 one gate is all that is known,
of 柳园 one spot.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.gis.geos import Point
from django.db import transaction

from gis.locate import index
from gis.locate.answer import SURE, Candidate, Precision
from gis.locate.gates import gate_of, spellings, usual
from gis.models import Address, Area, Landuse, Level
from layers import locate as layer
from layers.locate import locate
from layers.scope import RESIDENT
from tests.factories import square

pytestmark = pytest.mark.django_db
WEST, SOUTH = 121.5, 31.2
METRE_E, METRE_N = 1 / (111_320 * math.cos(math.radians(SOUTH))), 1 / 111_320
NORTH_GATE, GREAT_GATE, WEST_GATE, HALL = (100, 200), (100, 0), (600, 50), (900, 900)


def spot(east: float, north: float) -> Point:
    return Point(WEST + east * METRE_E, SOUTH + north * METRE_N, srid=4490)


@pytest.fixture(scope="module")
def drawn(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The estates, drawn once; each test goes back to them."""
    with django_db_blocker.unblock(), transaction.atomic():
        Area.objects.create(level=Level.DISTRICT, name="云汀区", geom=square(WEST - 0.1, SOUTH - 0.1, 0.3))
        Landuse.objects.create(kind="residential", name="民安花苑", geom=square(WEST, SOUTH, 200 * METRE_N))
        Address.objects.create(name="民安花苑(北门)", geom=spot(*NORTH_GATE))
        Address.objects.create(road="滨河路", number="35", kind="gate", name="民安花苑大门", geom=spot(*GREAT_GATE),
                               aliases=["民安花苑门口"])  # fmt: skip
        Address.objects.create(name="听澜里（西门）", geom=spot(*WEST_GATE))
        Address.objects.create(name="柳园", geom=spot(300, 900))
        Address.objects.create(
            road="滨河路", number="88", name="沙美大楼", aliases=["信托大楼", "解放街7号"], geom=spot(*HALL)
        )
        Address.objects.create(name="北门小学", geom=spot(-500, -500))
        Address.objects.create(name="原野书店", geom=spot(-500, 500))
        index.catch_up()
        yield
        transaction.set_rollback(True)


@pytest.fixture
def estates(drawn: None, db: None) -> None:
    layer.names.cache_clear()


def found(text: str) -> Candidate:
    answer = locate(text, RESIDENT)
    assert answer.candidates, text
    return answer.candidates[0]


def metres(one: Candidate, place: tuple[float, float]) -> float:
    there = spot(*place)
    return math.hypot((one.lon - there.x) / METRE_E, (one.lat - there.y) / METRE_N)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("民安花苑北门", NORTH_GATE),
        ("北门民安花苑", NORTH_GATE),
        ("云汀区北门民安花苑", NORTH_GATE),
        ("民安花苑(北门)", NORTH_GATE),
        ("民安花苑（北门）", NORTH_GATE),
        ("民安花苑北大门", NORTH_GATE),
        ("民安花苑北门口", NORTH_GATE),
        ("民安花苑的北门", NORTH_GATE),
        ("民安花苑小区北门口", NORTH_GATE),
        ("云汀区民安花苑北门", NORTH_GATE),
        ("民安花苑大门", GREAT_GATE),
        ("大门民安花苑", GREAT_GATE),
        ("民安花苑正门", GREAT_GATE),
        ("民安花苑正大门", GREAT_GATE),
        ("民安花苑大门口", GREAT_GATE),
        ("听澜里西大门", WEST_GATE),
    ],
)
def test_a_gate_on_record_is_found_however_it_is_written(estates: None, text: str, place: tuple[float, float]) -> None:
    one = found(text)
    assert (metres(one, place) < 1, one.precision, one.confidence >= SURE) == (True, Precision.GATE, True), one


def test_a_gate_that_nobody_registered_is_supposed_at_the_edge_on_its_side(estates: None) -> None:
    one = found("民安花苑东门")
    assert (one.title, one.precision, "gate" in one.assumed) == ("民安花苑东门", Precision.GATE, True)
    assert metres(one, (171, 100)) < 60, one  # as many degrees as it is high, which are shorter to the east
    assert one.confidence < SURE


@pytest.mark.parametrize(
    ("text", "title", "place"),
    [("听澜里东门", "听澜里", WEST_GATE), ("听澜里3号门", "听澜里", WEST_GATE), ("柳园南门", "柳园", (300, 900))],
)
def test_where_no_side_is_known_the_estate_is_told_and_no_other_gate(
    estates: None, text: str, title: str, place: tuple[float, float]
) -> None:
    one = found(text)
    assert (one.title, one.precision, "gate" in one.assumed) == (title, Precision.BUILDING, True)
    assert metres(one, place) < 1
    assert one.confidence < 0.6


def test_what_is_told_of_an_estate_by_its_gate_is_no_link_to_that_gate(estates: None) -> None:
    assert (found("听澜里东门").layer, found("听澜里西门").layer) == ("", "addresses")


@pytest.mark.parametrize(("text", "title"), [("北门小学", "北门小学"), ("原野书店", "原野书店")])
def test_a_name_that_begins_like_a_gate_or_like_an_old_one_is_that_name(estates: None, text: str, title: str) -> None:
    one = found(text)
    assert (one.title, one.precision, one.confidence >= SURE) == (title, Precision.BUILDING, True)


@pytest.mark.parametrize("text", ["小区北门口", "北门", "没有这里花苑北门", "北门没有这里花苑"])
def test_a_gate_of_nothing_on_record_is_nowhere(estates: None, text: str) -> None:
    assert not [one for one in locate(text, RESIDENT).candidates if one.confidence >= 0.5]


@pytest.mark.parametrize(
    "text",
    [
        "信托大楼", "原信托大楼", "信托大楼(旧称)", "信托大楼（原名）", "信托大楼旧址", "沙美大楼(原信托大楼)",
        "云汀区原信托大楼", "解放街7号", "原解放街7号", "解放街(旧称)7号",
    ],
)  # fmt: skip
def test_an_old_name_leads_to_the_place(estates: None, text: str) -> None:
    one = found(text)
    assert (metres(one, HALL) < 1, one.confidence >= SURE) == (True, True), one


def test_one_gate_has_one_form(estates: None) -> None:
    assert {usual(text) for text in ("北门", "北大门", "北门口", "北大门口")} == {"北门"}
    assert {usual(text) for text in ("大门", "正门", "正大门", "大门口")} == {"正门"}
    assert [gate_of(text) for text in ("佳林花苑(北门)", "佳林花苑北大门", "佳林花苑", "北门")] == [
        "北门",
        "北门",
        "",
        "",
    ]
    assert {"北门", "北大门", "北门口"} <= set(spellings("北门"))
