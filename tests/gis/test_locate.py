"""A drawn small town, and where lines lead in it: how exact, how sure, and to whom.

North is up. 人民路 runs east along the bottom with doors 2 to 20, 新桥路 north across it at its middle; 民安花苑 lies
north-east of the crossing with four blocks.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from datetime import timedelta
from importlib import import_module
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.contrib.gis.geos import LineString, MultiLineString, Point
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from config.env import ROOT
from gis.locate import english, grounds, index
from gis.locate.answer import Candidate, Precision
from gis.locate.parse import parse
from gis.locate.parts import Label
from gis.locate.spelling import also, apart, initials, near, pinyin, sound_alike
from gis.models import (
    Address,
    Area,
    AreaDue,
    Building,
    Facility,
    Landuse,
    Level,
    Place,
    PlaceDue,
    PlaceName,
    Road,
    Room,
    Unit,
)
from layers import locate as layer
from layers import registry
from layers.city.here import here
from layers.city.nearby import Asked, listing
from layers.features import card
from layers.locate import locate
from layers.reverse import reverse
from layers.scope import RESIDENT, Audience, Role
from layers.search import search
from layers.suggest import _told, suggested
from tests.factories import square

pytestmark = pytest.mark.django_db
WEST, SOUTH = 121.5, 31.2
METRE_E, METRE_N = 1 / (111_320 * math.cos(math.radians(SOUTH))), 1 / 111_320
FIELD = Audience(Role.FIELD)


def spot(east: float, north: float) -> Point:
    """So many metres from the western end of 人民路."""
    return Point(WEST + east * METRE_E, SOUTH + north * METRE_N, srid=4490)


def road(name: str, *points: tuple[float, float], name_en: str = "") -> None:
    line = LineString(*[spot(*point).coords for point in points])
    Road.objects.create(name=name, name_en=name_en, kind="residential", geom=MultiLineString(line, srid=4490))


@pytest.fixture(scope="module")
def drawn(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The town, drawn once; each test goes back to it."""
    with django_db_blocker.unblock(), transaction.atomic():
        draw()
        yield
        transaction.set_rollback(True)


@pytest.fixture
def town(drawn: None, db: None) -> None:
    layer.names.cache_clear()
    layer._in_english.cache_clear()


def draw() -> None:
    Area.objects.create(level=Level.DISTRICT, name="云汀区", geom=square(WEST - 0.1, SOUTH - 0.1, 0.3))
    road("人民路", (0, 0), (400, 0))
    road("新桥路", (200, -200), (200, 400), name_en="New Bridge Road")
    for number in range(2, 22, 2):
        if number != 12:
            Address.objects.create(road="人民路", number=str(number), geom=spot(20 * number, 10), district="云汀区")
    for block in range(1, 5):
        east, north = 260 + 60 * (block % 2), 60 + 60 * (block // 3)
        Address.objects.create(estate="民安花苑", block=str(block), geom=spot(east, north), district="云汀区")
    Address.objects.create(road="新桥路", number="199弄5", geom=spot(210, 300), aliases=["老渡口", "解放街7号"])
    for number in (5, 7):
        Address.objects.create(
            road="新桥路", number=f"98弄2支弄{number}", geom=spot(190, -15 * number + 15), district="云汀区"
        )
    Address.objects.create(road="远山路", number="3", geom=spot(9000, 0), district="远山区")
    house = Building.objects.create(name="云汀大厦", address="新桥路66号", geom=square(*spot(220, 200).coords, 0.0002))
    unit = Unit.objects.create(building=house, name="2单元")
    Room.objects.create(building=house, unit=unit, number="501", geom=spot(225, 205))
    Address.objects.create(road="新桥路", number="66", building=house, geom=spot(222, 202))
    Address.objects.create(road="新桥路", number="66", unit="2", room="501", building=house, geom=spot(225, 205))
    Facility.objects.create(kind="hospital", name="云汀市第一人民医院", geom=spot(380, 300))
    Facility.objects.create(kind="camera", name="秘密探头", geom=spot(1, 1))
    index.catch_up()


def found(text: str, audience: Audience = RESIDENT) -> Candidate:
    answer = locate(text, audience)
    assert answer.candidates, text
    return answer.candidates[0]


def metres(one: Candidate, east: float, north: float) -> float:
    there = spot(east, north)
    return math.hypot((one.lon - there.x) / METRE_E, (one.lat - there.y) / METRE_N)


@pytest.mark.parametrize(
    ("text", "precision", "place", "within"),
    [
        ("人民路14号", Precision.NUMBER, (280, 10), 1),
        ("云汀区人民路十四号", Precision.NUMBER, (280, 10), 1),
        ("云汀人民路１４", Precision.NUMBER, (280, 10), 1),
        ("renminlu 14", Precision.NUMBER, (280, 10), 1),
        ("yuntingqu renminlu 14hao", Precision.NUMBER, (280, 10), 1),
        ("rml14", Precision.NUMBER, (280, 10), 1),
        ("No. 14, Renmin Road", Precision.NUMBER, (280, 10), 1),
        ("14 Renmin Rd.", Precision.NUMBER, (280, 10), 1),
        ("Renmin Road 14, Yunting District", Precision.NUMBER, (280, 10), 1),
        ("Renmin Lu, No. 12", Precision.INTERPOLATED, (240, 10), 1),
        ("Renmin Road", Precision.ROAD, (200, 0), 200),
        ("#66 New Bridge Rd", Precision.NUMBER, (222, 202), 15),  # called so on record, by no rule
        ("人民路14号东侧50米", Precision.NUMBER, (330, 10), 1),
        ("人民路14号对面", Precision.NUMBER, (280, 10), 1),
        ("仁民路14号", Precision.NUMBER, (280, 10), 1),
        ("民人路14号", Precision.NUMBER, (280, 10), 1),
        ("人民路12号", Precision.INTERPOLATED, (240, 10), 1),
        ("人民路与新桥路口", Precision.CROSSING, (200, 0), 1),
        ("新桥路人民路交叉口", Precision.CROSSING, (200, 0), 1),
        ("新桥路/人民路", Precision.CROSSING, (200, 0), 1),
        ("人民路/云汀大厦", Precision.BUILDING, (225, 205), 15),
        ("人民路", Precision.ROAD, (200, 0), 200),
        ("民安花苑3幢", Precision.BUILDING, (320, 120), 1),
        ("民安花苑三号楼", Precision.BUILDING, (320, 120), 1),
        ("民安花苑3-2-601", Precision.BUILDING, (320, 120), 1),
        ("民安花园3幢", Precision.BUILDING, (320, 120), 1),
        ("民安花苑北门", Precision.GATE, (290, 120), 60),
        ("新桥路199弄5号", Precision.NUMBER, (210, 300), 1),
        ("新桥路199衖5号", Precision.NUMBER, (210, 300), 1),
        ("人民路13号、14号", Precision.NUMBER, (280, 10), 1),
        ("人民路14号至16号", Precision.NUMBER, (280, 10), 60),
        ("民安花苑二期3号楼", Precision.BUILDING, (320, 120), 1),
        ("民安花苑第二期", Precision.BUILDING, (290, 90), 60),
        ("新桥路199弄", Precision.NUMBER, (210, 300), 1),
        ("新桥路98弄2支弄5号", Precision.NUMBER, (190, -60), 1),
        ("云汀区新桥路九十八弄２支衖5", Precision.NUMBER, (190, -60), 1),
        ("新桥路98弄2支弄", Precision.NUMBER, (190, -75), 16),
        ("老渡口", Precision.BUILDING, (210, 300), 1),
        ("解放街7号", Precision.NUMBER, (210, 300), 1),
        ("云汀市第一人民医院", Precision.BUILDING, (380, 300), 1),
        ("第一人民医院", Precision.BUILDING, (380, 300), 1),
        ("新桥路66号云汀大厦", Precision.NUMBER, (222, 202), 15),
        ("云汀区", Precision.AREA, (0, 0), 99_999),
    ],
)
def test_where_a_line_leads(
    town: None, text: str, precision: Precision, place: tuple[float, float], within: float
) -> None:
    one = found(text)
    assert (one.precision, metres(one, *place) <= within) == (precision, True), one


def test_a_name_in_letters_leads_where_the_name_does(town: None) -> None:
    Address.objects.create(road="新桥路", number="11", name="澜庭苑", geom=spot(190, 100))
    for block in range(1, 4):
        Address.objects.create(estate="澜庭苑", block=str(block), geom=spot(120, 60 * block))
    Facility.objects.create(kind="waste_point", name="澜庭苑垃圾收集点", address="澜庭苑", geom=spot(120, 200))
    index.catch_up()
    assert found("lantingyuan") == found("澜庭苑")
    assert found("lantingyuan").title == "新桥路11号"


def test_initials_lead_to_the_door_on_record_and_are_not_sure_without_one(town: None) -> None:
    """rml is 人民路 and 瑞民路; a shop is called RM, and no row stands behind what is guessed of either."""
    road("瑞民路", (-2000, 0), (-1500, 0))
    Address.objects.create(road="瑞民路", number="77", geom=spot(-1700, 0), district="云汀区")
    Facility.objects.create(kind="market", name="RM", geom=spot(2000, 0))
    index.catch_up()
    for text, place in (("rml14", (280, 10)), ("rml77", (-1700, 0))):
        one = found(text)
        assert (one.precision, metres(one, *place) < 1) == (Precision.NUMBER, True), "of all that are read so, the one"
        assert 0.6 < one.confidence < 0.8
    for text in ("rml 868", "rml", "rm 868"):
        assert all(one.confidence <= 0.5 for one in locate(text, RESIDENT).candidates), text
    assert {one.term for one in locate("rml 868", RESIDENT).candidates} >= {"人民路", "瑞民路"}
    assert found("RM").title == "RM"
    assert found("RM").confidence > 0.8, "as it is written"
    assert found("renminlu 14").confidence > 0.9, "read in one way only"
    for name in ("荣明路", "如梅路", "日美路", "润茂路", "若木路", "仁慕路"):  # with more doors, none of them 77
        for number in "123":
            Address.objects.create(road=name, number=number, geom=spot(0, 3000))
    index.catch_up()
    assert metres(found("rml77"), -1700, 0) < 1, "however many names have these initials"


@pytest.mark.parametrize(
    ("text", "number", "sounds"),
    [
        ("12 East Nanjing Rd.", "12", {"nanjingdonglu", "dongnanjinglu"}),
        ("Nanjing Rd (E), No. 12-3", "12-3", {"nanjingdonglu"}),
        ("Zhongshan 1st Road", "", {"zhongshanyilu"}),
        ("#5 Tinglan Ave, Yunting District", "5", {"tinglandadao", "tinglandajie"}),
        ("Dong'an Lu 5 hao", "5", {"donganlu"}),
        ("12 tinglan", "12", {"tinglan", "tinglanlu"}),
        ("7-Eleven", None, set()),
        ("tinglan", None, set()),
        ("renminlu 14", None, set()),  # pinyin, as it always was
        ("人民路 Road 14", None, set()),
        ("Dunan New Village", None, set()),  # a name like any, until something is said of its inside
        ("Gate Street 5", "5", {"gatejie"}),
    ],
)
def test_english_is_read_backwards(text: str, number: str | None, sounds: set[str]) -> None:
    line = english.read(text)
    assert (line and line.number, set(line.sounds) if line else set()) == (number, sounds)


@pytest.fixture
def in_english(town: None) -> None:
    """民安花苑 with its English on its doors, 桑榆苑 on its ground alone, and the gate of the one."""
    Address.objects.filter(estate="民安花苑").update(estate_en="Min'an Garden")
    Address.objects.create(
        road="新桥路", number="21", name="民安花苑大门", name_en="Min'an Garden Gate", geom=spot(230, 90)
    )
    Address.objects.create(road="人民路", number="16", name="桑榆苑北门", aliases=["桑榆苑"], geom=spot(960, 1100))
    Landuse.objects.create(
        kind="residential", name="桑榆苑", name_en="Sangyu Court", geom=square(*spot(900, 900).coords, 0.001)
    )
    for block in range(1, 4):
        Address.objects.create(estate="桑榆苑", block=str(block), geom=spot(920, 900 + 20 * block))
    Address.objects.create(road="人民路", number="18", estate="桑榆苑", block="B", geom=spot(950, 950))
    Area.objects.update(name_en="Yunting District")
    index.catch_up()


@pytest.mark.parametrize(
    ("text", "precision", "place", "within"),
    [
        ("Block 3, Min'an Garden", Precision.BUILDING, (320, 120), 1),
        ("Min'an Garden Bldg. No. 3", Precision.BUILDING, (320, 120), 1),
        ("No. 3 Building, Min'an Garden, Yunting District", Precision.BUILDING, (320, 120), 1),
        ("Flat 501, Unit 2, 5/F, Block 3, Min'an Garden", Precision.BUILDING, (320, 120), 1),
        ("Min'an Garden 3", Precision.BUILDING, (320, 120), 1),
        ("Min'an Garden, Yunting District", Precision.BUILDING, (290, 90), 60),
        ("Block 2 Sangyu Court", Precision.BUILDING, (920, 940), 1),
        ("Tower B, Sangyu Court, No. 18, Renmin Road", Precision.BUILDING, (950, 950), 1),
        ("Min'an Garden Gate", Precision.GATE, (230, 90), 1),
        ("North Gate of Sangyu Court", Precision.GATE, (960, 1100), 1),
        ("Main Gate of Min'an Garden", Precision.GATE, (230, 90), 1),
        ("Min'an Garden North Gate", Precision.GATE, (290, 120), 60),
        ("South-East Gate, Sangyu Court", Precision.GATE, (995, 900), 30),
    ],
)
def test_where_english_leads_in_an_estate(
    in_english: None, text: str, precision: Precision, place: tuple[float, float], within: float
) -> None:
    one = found(text)
    assert (one.precision, metres(one, *place) <= within) == (precision, True), one


def test_an_estate_in_english_is_as_sure_as_in_chinese(in_english: None) -> None:
    for english_text, text in (
        ("Block 3, Min'an Garden", "民安花苑3幢"),
        ("Block 2, Sangyu Court", "桑榆苑2幢"),
        ("Block 3, Min'an Garden, Renmin District", "民安花苑3幢"),  # no area of that name is on record
        ("Min'an Garden North Gate", "民安花苑北门"),
        ("Block 9, Min'an Garden", "民安花苑9幢"),
        ("Min'an Garden 3", "民安花苑3幢"),
        ("Sangyu Court 2", "桑榆苑2幢"),
    ):
        one, other = found(english_text), found(text)
        assert (one.title, one.precision, one.confidence) == (other.title, other.precision, other.confidence), text
    assert not locate("Min'an Garden 77", RESIDENT).sure
    assert locate("Room 501, Block 3, Min'an Garden", RESIDENT).unused == ("Room 501",)
    assert locate("Block 3, Nowhere Garden", RESIDENT).candidates == ()


@pytest.mark.parametrize("text", ["没有这条路3号", "不在这里的大厦", "", "，。", "号", "%", "'; --"])
def test_what_is_not_there_is_not_found(town: None, text: str) -> None:
    assert locate(text, RESIDENT).candidates == ()


@pytest.mark.parametrize(("text", "asked"), [("人民路14号", 1), ("人民路12号", 3), ("仁民路14号", 4)])
def test_a_question_asks_about_a_name_once(
    town: None, django_assert_max_num_queries: Any, text: str, asked: int
) -> None:
    locate(text, RESIDENT)
    with django_assert_max_num_queries(asked + 1):  # and, once a second, whether something is due
        locate(text, RESIDENT)


def test_how_sure_falls_with_what_was_supposed(town: None) -> None:
    exact, spelled, between, elsewhere = (
        found(text).confidence for text in ("人民路14号", "民人路14号", "人民路12号", "远山区人民路14号")
    )
    assert exact >= 0.9 > 0.8 > spelled > between > elsewhere
    assert locate("人民路14号", RESIDENT).sure
    assert not locate("民人路14号", RESIDENT).sure


@pytest.mark.parametrize("text", ["人民路与没有路路口", "人民路/没有弄", "人民路/没有里"])
def test_one_street_is_not_taken_for_a_crossing_of_two(town: None, text: str) -> None:
    one = found(text)
    assert one.precision is Precision.ROAD
    assert one.confidence < 0.4
    assert "crossing" in one.assumed


def test_where_lines_meet_counts_for_more_than_who_is_called_after_it(town: None) -> None:
    Address.objects.create(name="人民路新桥路口小店", road="人民路与新桥路交叉口", geom=spot(300, 90))
    Address.objects.create(name="平安街清河路口小店", road="平安街与清河路交叉口", geom=spot(300, 90))
    index.catch_up()
    assert metres(found("人民路与新桥路口"), 200, 0) < 1
    assert found("平安街与清河路路口").confidence < 0.8


def test_two_streets_of_one_name_are_two_answers(town: None) -> None:
    Address.objects.create(road="人民路", number="14", district="远山区", geom=spot(9000, 0))
    index.catch_up()
    answer = locate("人民路14号", RESIDENT)
    assert len(answer.candidates) == 2
    assert not answer.sure
    assert metres(locate("远山区人民路14号", RESIDENT).candidates[0], 9000, 0) < 1


class TestRights:
    def test_a_resident_gets_the_door_where_staff_get_the_room(self, town: None) -> None:
        resident, staff = found("新桥路66号2单元501室"), found("新桥路66号2单元501室", FIELD)
        assert (resident.precision, staff.precision) == (Precision.NUMBER, Precision.ROOM)
        assert "501" not in resident.title
        assert "501" in staff.title

    def test_the_register_of_rooms_is_asked_for_whom_it_exists(self, town: None) -> None:
        Address.objects.exclude(room="").delete()
        index.catch_up()
        staff, planner = found("新桥路66号501室", FIELD), found("新桥路66号501室", Audience(Role.PLANNER))
        assert (staff.precision, staff.layer) == (Precision.ROOM, "rooms")
        assert planner.precision is Precision.NUMBER
        assert locate("新桥路66号501室", RESIDENT).unused == ("501室",)

    def test_a_line_in_one_column_is_told_without_its_room(self, town: None) -> None:
        Address.objects.create(road="新桥路88号3幢2单元701室", geom=spot(230, 100))
        index.catch_up()
        one = found("新桥路88号3幢2单元701室")
        assert (one.precision, one.title) == (Precision.BUILDING, "新桥路88号3幢")

    def test_what_residents_may_not_see_is_not_found(self, town: None) -> None:
        assert locate("秘密探头", RESIDENT).candidates == ()
        assert found("秘密探头", FIELD).layer == "facilities"


class TestIndex:
    def test_it_follows_whoever_writes(self, town: None) -> None:
        Address.objects.filter(number="14").update(number="114")
        assert PlaceDue.objects.count() == 1
        assert index.catch_up() == 1
        assert metres(found("人民路114号"), 280, 10) < 1
        assert found("人民路14号").precision is Precision.INTERPOLATED

    def test_what_is_gone_is_not_found(self, town: None) -> None:
        Facility.objects.filter(name__contains="医院").delete()
        assert locate("云汀市第一人民医院", RESIDENT).candidates == ()
        index.catch_up()
        assert not PlaceName.objects.filter(term="云汀市第1人民医院").exists()
        assert not Place.objects.filter(term="云汀市第1人民医院").exists()

    def test_what_is_found_by_nothing_else_is_not_read_again(self, town: None) -> None:
        Building.objects.update(floors=9)
        assert not PlaceDue.objects.exists()

    def test_a_copy_leads_to_the_row_that_stands_for_it(self, town: None) -> None:
        lead = Address.objects.get(number="14")
        Address.objects.create(road="民主大街", number="5", same_as=lead, geom=spot(281, 10))
        index.catch_up()
        one = found("民主大街5号")
        assert (one.layer, one.row) == ("addresses", lead.pk)

    @pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12"])
    def test_the_district_is_that_of_the_city_s_day_in_a_session_of_any_zone(self, town: None, zone: str) -> None:
        """Whatever the hour, it is another day than here in one of these."""
        today = timezone.localdate()
        Area.objects.update(ended_on=today)
        ground = square(WEST - 0.1, SOUTH - 0.1, 0.3)
        Area.objects.create(name="新区", level=3, geom=ground, started_on=today, ended_on=today + timedelta(days=1))
        Building.objects.update(name="新汀大厦")
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('TimeZone', %s, true)", [zone])
        index.catch_up()
        assert set(Place.objects.filter(layer="buildings").values_list("district", flat=True)) == {"新区"}

    def test_what_lies_where_areas_changed_is_read_anew_and_nothing_else(self, town: None) -> None:
        """After each change, whoever made it, what was due makes the index what it is read from the beginning."""
        today, west = timezone.localdate(), square(WEST - 0.1, SOUTH - 0.1, 0.1008)
        Facility.objects.create(kind="market", name="锦帆市场", address="锦帆晴川路8号", geom=spot(0, 5))
        Facility.objects.create(kind="market", name="半夏市场", geom=spot(50, 5))
        Landuse.objects.create(kind="retail", name="菊园", geom=square(*spot(130, 0).coords, 0.0002))
        index.catch_up()
        read_anew()
        old = Area.objects.get()
        for change, least, most in (
            (lambda: Area.objects.update(name_en="Yunting"), 1, 1),  # itself
            (lambda: Area.objects.filter(pk=old.pk).update(name="云汀区"), 0, 0),
            (lambda: Area.objects.create(level=5, name="半夏社区", geom=west), 1, 1),  # itself, new
            (lambda: Area.objects.create(level=4, name="半夏街道", geom=west, ended_on=today - timedelta(9)), 1, 1),
            (lambda: Area.objects.create(level=4, name="菊园街道", geom=west), 4, 12),
            (lambda: Area.objects.filter(name="菊园街道").update(geom=square(WEST - 0.1, SOUTH - 0.1, 0.1012)), 1, 3),
            (lambda: Area.objects.filter(name="菊园街道").update(level=3), 4, 12),
            (lambda: Area.objects.filter(name="菊园街道").delete(), 4, 12),
            (lambda: Area.objects.create(level=2, name="锦帆市", geom=west), 2, 2),  # itself, and who speaks of it
            (lambda: sql("UPDATE spatial_area SET name = '云汐区', ended_on = NULL WHERE id = %s", old.pk), 12, 30),
            (lambda: sql("UPDATE spatial_area SET ended_on = %s WHERE id = %s", today, old.pk), 12, 30),
            (lambda: sql("SET CONSTRAINTS ALL IMMEDIATE; TRUNCATE spatial_area CASCADE"), 12, 40),
        ):
            change()
            assert least <= index.catch_up() <= most, (change, least, most)
            kept = indexed()
            assert read_anew() == kept

    def test_what_lies_in_an_area_is_read_anew_on_its_first_and_last_day(
        self, town: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def turn(days: int) -> int:
            for module in (index, grounds):
                for name, text in vars(module).items():
                    if isinstance(text, str) and "::date" in text:
                        monkeypatch.setattr(module, name, text.replace("::date", f"::date + {days}"))
            read = index.catch_up()
            monkeypatch.undo()
            return read

        tomorrow = timezone.localdate() + timedelta(days=1)
        old, house = Area.objects.get(), Place.objects.filter(term="云汀大厦")
        Area.objects.filter(pk=old.pk).update(ended_on=tomorrow)
        Area.objects.create(level=3, name="汐区", geom=old.geom, started_on=tomorrow, ended_on=tomorrow + timedelta(1))
        index.catch_up()
        assert house.get().district == "云汀区"
        assert turn(1) >= 10
        assert house.get().district == "汐区"
        assert turn(2) >= 10
        assert house.get().district == ""
        assert turn(3) == 0
        assert not AreaDue.objects.exists()

    def test_counts_of_names_are_those_of_their_rows(self, town: None) -> None:
        for name in PlaceName.objects.all():
            assert name.tally == Place.objects.filter(term=name.term).exclude(kind="cross").count(), name


def sql(statement: str, *given: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, given)


def indexed() -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """All that the index says."""
    columns = [field.name for field in Place._meta.fields if field.name not in ("id", "geom")]
    return sorted(Place.objects.values_list(*columns), key=str), sorted(PlaceName.objects.values_list("term", "tally"))


def read_anew() -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """All that it says when it is read from the beginning."""
    call_command("index_places", all=True, stdout=StringIO())
    return indexed()


NAMES = st.text("人民路新桥街中山一二东西", min_size=2, max_size=8)


@settings(max_examples=60)
@given(NAMES, st.data())
def test_one_mistake_shares_a_form(name: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(name) - 1))
    sign = data.draw(st.sampled_from("阳杨海"))
    for wrong in (
        name[:place] + sign + name[place + 1 :],
        name[:place] + sign + name[place:],
        name[:place] + name[place + 1 :],
    ):
        assert apart(name, wrong) == 1
        assert len(wrong) < 2 or len(name) < 3 or set(near(name)) & set(near(wrong))


def test_names_are_read_aloud() -> None:
    assert (pinyin("张杨路"), initials("张杨路")) == ("zhangyanglu", "zyl")
    read = {"重庆路": "chongqinglu", "长宁路": "changninglu", "校长": "xiaozhang", "朝阳路": "chaoyanglu",
            "长乐银行(A座)": "changleyinhangazuo", "Dunan New Village": "dunannewvillage", "𠮷野": "𠮷ye"}  # fmt: skip
    assert {name: pinyin(name) for name in read} == read, "as words are read, not signs"
    places = {"太行路": "taihanglu", "太行山路": "taihangshanlu", "闵行体育场路": "minhangtiyuchanglu",
              "徐行镇": "xuhangzhen", "步行街": "buxingjie", "单县路": "shanxianlu"}  # fmt: skip
    assert {name: pinyin(name) for name in places} == places, "as places are called"
    assert initials("重庆南路") == "cqnl"
    assert sound_alike("张杨路", "张扬路")
    assert not sound_alike("张杨路", "张江路")


def test_a_name_that_no_word_tells_the_reading_of_has_both() -> None:
    assert (pinyin("知行东路"), also("知行东路")) == ("zhixingdonglu", ("zhihangdonglu", "zhdl"))
    for name in ("太行路", "闵行", "人民路", "重庆路", "Xing Hang"):
        assert also(name) == (None, None), name


@pytest.mark.parametrize("typed", ["zhixinglu 3", "zxl3", "zhihanglu3", "zhl 3", "Zhihang Road 3", "No. 3, Zhixing Lu"])
def test_a_street_is_found_by_either_reading(town: None, typed: str) -> None:
    Address.objects.create(road="知行路", number="3", geom=spot(40, 900), district="云汀区")
    index.catch_up()
    one = found(typed)
    assert (one.term, one.precision, metres(one, 40, 900) < 1) == ("知行路", Precision.NUMBER, True)


@pytest.mark.parametrize("typed", ["zhixing", "zhihang", "zxl", "zhl", "tanglehu", "tangyuehu"])
def test_a_name_is_suggested_by_either_reading(town: None, typed: str) -> None:
    for name in ("知行路", "塘乐湖"):
        Landuse.objects.create(kind="park", name=name, geom=square(*spot(40, 900).coords, 0.001))
    index.catch_up()
    assert [hit["title"] for hit in suggested(typed, RESIDENT, None)] == ["塘乐湖" if "tang" in typed else "知行路"]


def test_names_on_record_have_both_readings(town: None) -> None:
    for term, was in (("太行路", "taixinglu"), ("知行路", "zhixinglu"), ("张扬路", "as it was")):
        PlaceName.objects.create(term=term, shown=term, pinyin=was, initials="txl", tally=1)
    import_module("gis.migrations.0034_names_read_in_two_ways").read_again(apps, None)
    read = {name.term: (name.pinyin, name.pinyin_too) for name in PlaceName.objects.all()}
    assert [read[name] for name in ("太行路", "知行路", "张扬路")] == [
        ("taihanglu", None),
        ("zhixinglu", "zhihanglu"),
        ("as it was", None),
    ]


def test_names_on_record_are_read_again(town: None) -> None:
    for term, was in (("重庆路", "zhongqinglu"), ("张扬路", "as it was")):
        PlaceName.objects.create(term=term, shown=term, pinyin=was, initials="zql", tally=1)
    import_module("gis.migrations.0032_names_as_words_are_read").read_again(apps, None)
    read = dict(PlaceName.objects.values_list("term", "pinyin"))
    assert (read["重庆路"], read["张扬路"]) == ("chongqinglu", "as it was")


@pytest.mark.parametrize(
    ("typed", "pieces", "unused"),
    [
        (" rml14", [(Label.ROAD, "rml"), (Label.NUMBER, "14")], ()),
        ("Renmin 14", [(Label.ROAD, "Renmin"), (Label.NUMBER, "14")], ()),
        ("Renmin Lu, No. 14", [(Label.ROAD, "Renmin Lu"), (Label.NUMBER, "No. 14")], ()),
        ("renmin lu", [(Label.ROAD, "renmin lu")], ()),
        ("renminlu 9999", [(Label.ROAD, "renminlu"), (Label.NUMBER, "9999")], ("9999",)),
    ],
)
def test_letters_are_told_as_the_street_and_number_they_are(
    town: None, typed: str, pieces: list[tuple[Label, str]], unused: tuple[str, ...]
) -> None:
    answer = locate(typed, RESIDENT)
    assert answer.candidates[0].term == "人民路"
    told = answer.understood.pieces
    assert [(piece.label, piece.text) for piece in told] == pieces
    assert [typed[piece.start : piece.end] for piece in told] == [piece.text for piece in told]
    assert answer.unused == unused


def test_the_api_says_it_in_words(client: Any, town: None) -> None:
    answer = client.get("/api/locate", {"q": "云汀区人民路14号 电联"}).json()
    (one, *_) = answer["results"]
    assert (one["title"], one["precision_title"], one["precision_title_en"]) == ("人民路14号", "到门牌", "door")
    assert answer["sure"]
    assert answer["ignored"] == ["电联"]
    assert {"part": "road", "text": "人民路"} in answer["understood"]
    none = client.get("/api/locate", {"q": "没有这条路3号"}).json()
    assert (none["results"], none["message"]) == ([], "没有找到这个地址")


@pytest.mark.parametrize(
    ("query", "word"), [("", "q"), ("q=", "q"), ("q=x&limit=0", "limit"), ("q=x&strange=1", "strange")]
)
def test_what_cannot_be_asked_is_named(client: Any, db: None, query: str, word: str) -> None:
    answer = client.get(f"/api/locate?{query}")
    assert answer.status_code == 400
    assert word in answer.json()["error"]


@pytest.mark.parametrize(
    ("place", "sentence"),
    [
        ((281, 11), "云汀区人民路14号"),
        ((280, 60), "云汀区民安花苑2幢东侧约20米"),
        ((336, 10), "云汀区人民路16号东侧约15米"),
        ((202, 2), "云汀区人民路10号"),
        ((215, -30), "云汀区新桥路与人民路路口"),
        ((150, 390), "云汀区新桥路西侧约50米"),
        ((232, 210), "云汀区新桥路66号云汀大厦"),
        ((-3000, 0), "云汀区"),
        ((-90_000, 0), "此处没有登记的地址"),
    ],
)
def test_what_a_person_would_say(town: None, place: tuple[float, float], sentence: str) -> None:
    told = reverse(spot(*place), RESIDENT)
    assert told["sentence"] == sentence, told


@pytest.mark.parametrize(
    ("place", "sentence"),
    [
        ((222, 210), "Yunting Tower, No. 66, New Bridge Road"),
        ((224, 240), "about 40 m north of No. 66, New Bridge Road"),
        ((215, -30), "corner of New Bridge Road and 人民路"),
        ((150, 390), "about 50 m west of New Bridge Road"),
        ((-3000, 0), ""),
    ],
)
def test_what_a_person_would_say_in_english(town: None, place: tuple[float, float], sentence: str) -> None:
    Area.objects.update(name_en="Yunting District")
    Building.objects.update(name_en="Yunting Tower")
    Address.objects.filter(road="新桥路").update(road_en="New Bridge Road")
    told = reverse(spot(*place), RESIDENT)
    assert told["sentence_en"] == ", ".join(filter(None, (sentence, "Yunting District"))), told


def test_what_is_said_leads_back(town: None) -> None:
    for place in ((336, 10), (290, 60), (60, -40)):
        told = reverse(spot(*place), RESIDENT)
        assert metres(found(told["sentence"]), *place) < 60, told


def test_a_flat_is_not_said_to_residents(town: None) -> None:
    assert "501" not in str(reverse(spot(225, 205), RESIDENT))


def test_the_api_says_where_one_is(client: Any, town: None) -> None:
    here = spot(336, 10)
    told = client.get("/api/reverse", {"lon": here.x, "lat": here.y}).json()
    assert (told["sentence_en"], told["door"]["title"]) == ("about 15 m east of 人民路16号, 云汀区", "人民路16号")
    for query, word in (("lon=1", "lat"), ("lon=1&lat=2&q=x", "q"), ("lon=nan&lat=0", "lon")):
        answer = client.get(f"/api/reverse?{query}")
        assert (answer.status_code, word in answer.json()["error"]) == (400, True)


def test_what_is_due_is_taken_in_one_reading_even_where_the_planner_expects_nothing(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE spatial_placedue")  # empty, as an import finds it
        cursor.execute("INSERT INTO spatial_placedue (layer, row) SELECT 'roads', n FROM generate_series(1, 2000) n")
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {index.TAKE}", [1000])
        [(plan,)] = cursor.fetchall()
    steps = list(steps_of(plan[0]["Plan"]))
    assert sum(step["Actual Rows"] * step["Actual Loops"] for step in steps) < 10_000
    assert index.due() == 1000


@pytest.mark.parametrize(("most", "left"), [(2, 3), (3, 0)])
def test_a_small_import_is_searched_at_once_and_a_large_one_left_to_the_queue(
    db: None, monkeypatch: pytest.MonkeyPatch, most: int, left: int
) -> None:
    monkeypatch.setattr(index, "AT_ONCE", most)
    names = ("甲乙路", "丙丁路", "戊己路")
    for name in names:
        road(name, (0, 0), (100, 0))
    index.at_once()
    assert index.due() == left
    assert PlaceName.objects.filter(shown__in=names).count() == 3 - left


def steps_of(step: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield step
    for below in step.get("Plans", []):
        yield from steps_of(below)


def titles(text: str, audience: Audience = RESIDENT, near: Point | None = None) -> list[str]:
    return [hit["title"] for hit in search(text, audience, near)]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("人民", "人民路"),
        ("人民路1", "人民路10号"),
        ("人民路14号", "人民路14号"),
        ("人民路十四号", "人民路14号"),
        ("rml", "人民路"),
        ("xinqiao", "新桥路"),
        ("No. 14, Renmin Road", "人民路14号"),
        ("renmin lu 1", "人民路10号"),
        ("No. 14, Renm", "人民路"),
        ("new bri", "新桥路"),
        ("云汀市第一", "云汀市第一人民医院"),
        ("云汀区仁民路14号", "人民路14号"),
    ],
)
def test_what_is_typed_is_suggested(town: None, typed: str, first: str) -> None:
    assert titles(typed)[0] == first


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("Min'an Gar", "民安花苑1幢"),
        ("Block 3, Min'an Garden", "民安花苑3幢"),
        ("Block 3, Sangyu Court", "桑榆苑3幢"),
        ("Block 3, Sangyu Co", "桑榆苑"),
        ("min'an garden g", "新桥路21号"),
        ("Yunting Dis", "云汀区"),
        ("Min'an Garden 3", "民安花苑3幢"),
        ("Sangyu Court 2", "桑榆苑2幢"),
    ],
)
def test_an_estate_is_suggested_by_its_english_name(in_english: None, typed: str, first: str) -> None:
    assert titles(typed)[0] == first


@pytest.mark.parametrize("near", [None, (320, 60), (260, 60)])
@pytest.mark.parametrize("typed", ["民安花苑", "民安花", "mahy", "minanhuayuan"])
def test_an_estate_comes_before_its_blocks(town: None, typed: str, near: tuple[float, float] | None) -> None:
    Landuse.objects.create(kind="residential", name="民安花苑", geom=square(*spot(250, 50).coords, 0.002))
    index.catch_up()
    assert titles(typed, near=near and spot(*near)) == ["民安花苑", "民安花苑1幢"]


def test_what_is_below_a_suggestion_is_english_where_there_is_any(in_english: None) -> None:
    Address.objects.create(road="人民路", name="人民路与新桥路路口", district="云汀区", geom=spot(200, 0))
    index.catch_up()
    told = {hit["title"]: hit for name in ("人民路", "民安花苑", "云汀市") for hit in search(name, RESIDENT)}
    below = {title: (told[title]["subtitle"], told[title]["subtitle_en"]) for title in told}
    assert below["人民路与新桥路路口"] == ("云汀区", "Yunting District")
    assert below["民安花苑1幢"] == ("云汀区", "Yunting District")
    assert below["新桥路21号"] == ("民安花苑大门", "Min'an Garden Gate")
    assert layer.areas_en("云汀区", "没有英文街道") == ""
    assert layer.areas_en("", "") == ""


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is due was looked at, and will not be again, however slow the machine."""
    monkeypatch.setattr(index, "_looked", math.inf)


@pytest.mark.usefixtures("looked")
def test_a_door_that_was_typed_whole_is_asked_for_alone(town: None, django_assert_num_queries: Any) -> None:
    search("人民路14号", RESIDENT)
    with django_assert_num_queries(1):  # the doors with what their layer says of them
        assert [hit["title"] for hit in search("人民路14号", RESIDENT)] == ["人民路14号"]


@pytest.mark.usefixtures("looked")
@pytest.mark.parametrize("typed", ["人民", "rml", "xinqiao"])
def test_names_are_asked_for_with_their_rows(town: None, django_assert_num_queries: Any, typed: str) -> None:
    suggested(typed, RESIDENT, None)
    with django_assert_num_queries(1):  # the rows with what their two layers say of them
        assert suggested(typed, RESIDENT, None)


def test_suggestions_are_for_who_asks(town: None) -> None:
    assert titles("秘密") == []
    assert titles("秘密", FIELD) == ["秘密探头"]
    for audience in (RESIDENT, FIELD):  # what came with the rows is what their layers say when they are asked
        for typed in ("人民", "新", "云汀", "rml", "人民路1", "秘"):
            hits = suggested(typed, audience, None)
            assert _told(hits, audience) == hits
    assert not [title for title in titles("新桥路66号2单元501") if "501" in title]


def test_of_one_name_in_one_place_the_one_that_is_meant_is_told(town: None) -> None:
    Landuse.objects.create(kind="retail", name="桑园市场", geom=square(*spot(300, 300).coords, 0.001))
    Building.objects.create(name="桑园市场", geom=square(*spot(300, 300).coords, 0.0005))
    Facility.objects.create(kind="market", name="桑园市场", geom=spot(320, 320))
    index.catch_up()
    assert [(hit["layer"], hit["title"]) for hit in search("桑园市场", RESIDENT)] == [("facilities", "桑园市场")]


def test_a_street_is_not_told_as_the_plate_that_bears_its_name(town: None) -> None:
    Facility.objects.create(kind="street-sign", name="新桥路", geom=spot(200, 390))
    index.catch_up()
    one = found("新桥路")
    assert (one.layer, one.precision, one.confidence >= 0.8) == ("roads", Precision.ROAD, True)


def test_a_corner_is_called_by_both_its_streets_and_is_no_door(town: None) -> None:
    named = {"name": "人民路与新桥路路口", "name_en": "Renmin Road / New Bridge Road"}
    corner = Address.objects.create(road="人民路", **named, geom=spot(200, 0))
    index.catch_up()
    for typed in ("人民路与新桥路路口", "人民路"):
        hits = {hit["title"]: hit["title_en"] for hit in search(typed, RESIDENT)}
        assert hits["人民路与新桥路路口"] == "Renmin Road / New Bridge Road", typed
    assert "人民路与新桥路路口" in titles("人民路与新桥路路口")
    near = Asked(timezone.now(), spot(200, 0), layers=("addresses",))
    assert listing(near, RESIDENT)["items"][0]["title"] == "人民路与新桥路路口"
    assert card(registry.get("addresses", RESIDENT), RESIDENT, corner.pk)["title"] == "人民路与新桥路路口"
    assert here(spot(202, 2), timezone.now(), RESIDENT)["address"]["title"] == "人民路与新桥路路口"
    assert reverse(spot(202, 2), RESIDENT)["door"]["title"] == "人民路10号"


def test_the_nearest_door_comes_first(town: None) -> None:
    assert titles("人民路1", near=spot(400, 0))[0] == "人民路18号"


def test_the_guide_is_true(town: None) -> None:
    """What docs/addresses.md shows as understood is taken apart without a piece that is only noise."""
    guide = (ROOT / "docs" / "addresses.md").read_text(encoding="utf-8")
    table = guide.split("## What is understood")[1].split("##")[0]
    rows = [line.split("|") for line in table.splitlines() if line.startswith("| ") and "habit" not in line]
    shown = [text.strip() for row in rows for text in row[2].split("·") if "…" not in text and text.strip().isalnum()]
    assert len(shown) > 25
    assert not [text for text in shown if parse(text).ignored]
    assert {f"`{precision}`" for precision in Precision} <= set(guide.replace(",", " ").split())
    asked = re.findall(r"'q=([^']+)'", guide)
    assert "云汀大道五百二十一号" in asked
    assert not [text for text in asked if parse(text).ignored]
    assert found("云汀区人民路14号").precision is Precision.NUMBER


@pytest.fixture
def alike(town: None) -> None:
    """人民路 with its doors 10 and 14 once more, 9 km to the east, five markets of one name, and an estate in the west
    of which a single block is told in the east, too."""
    Address.objects.create(road="人民路", number="14", district="远山区", geom=spot(9000, 0))
    Address.objects.create(road="人民路", number="10", district="远山区", geom=spot(8920, 0))
    road("人民路", (8700, 0), (9100, 0))
    for place in range(5):
        Facility.objects.create(kind="market", name="桑园市场", geom=spot(1000 * place, 800))
    for block in range(1, 13):
        Address.objects.create(estate="桑园新村", block=str(block), geom=spot(20 * (block % 3), 2000 + 10 * block))
    Address.objects.create(estate="桑园新村", block="1", geom=spot(9000, 2000))
    index.catch_up()


@pytest.mark.parametrize(
    ("text", "near", "there"),
    [
        ("人民路14号", (100, 300), (280, 10)),
        ("人民路14号", (8000, 300), (9000, 0)),
        ("远山区人民路14号", (100, 300), (9000, 0)),  # what the line says goes before where it is said
        ("云汀区人民路14号", (8000, 300), (280, 10)),
        ("人民路", (8000, 300), (8900, 0)),
        ("桑园市场", (2100, 700), (2000, 800)),
        ("桑园市场", (4900, 0), (4000, 800)),
        ("桑园新村", (8900, 2000), (20, 2060)),  # where most rows agree there is no doubt
        ("仁民路14号", (8000, 300), (9000, 0)),
        ("人民路12号", (100, 300), (240, 10)),  # between neighbours
        ("人民路12号", (8000, 300), (8960, 0)),
        ("云汀区人民路12号", (8000, 300), (240, 10)),
    ],
)
def test_of_what_is_meant_equally_well_the_nearest_leads_and_is_no_surer_for_it(
    alike: None, text: str, near: tuple[float, float], there: tuple[float, float]
) -> None:
    anywhere, here = locate(text, RESIDENT).candidates, locate(text, RESIDENT, near=spot(*near)).candidates
    assert metres(here[0], *there) < 60, here
    assert here[0].confidence == anywhere[0].confidence
    assert max(one.confidence for one in here) <= max(one.confidence for one in anywhere)
    if text == "桑园市场":
        far = [metres(one, *near) for one in here]
        assert (len(here), far) == (5, sorted(far))


def test_of_a_chain_the_shop_near_by_is_suggested_first(alike: None) -> None:
    for east in (900, 3100):
        shop = suggested("桑园市", RESIDENT, spot(east, 800))[0]
        assert abs((shop["lon"] - spot(east, 800).x) / METRE_E) < 110


def test_the_api_takes_where_it_is_asked(client: Any, alike: None) -> None:
    asked = {"q": "人民路14号", "lon": spot(8000, 0).x, "lat": spot(8000, 0).y}
    answer = client.get("/api/locate", asked)
    assert answer.json()["results"][0]["lon"] == pytest.approx(spot(9000, 0).x)
    assert answer["Cache-Control"] == "private, no-store"
    for wrong in ({"lat": "x"}, {"lat": 91}, {"lon": ""}, {"near": "121.5,31.2"}):
        assert client.get("/api/locate", asked | wrong).status_code == 400
    assert client.get("/api/locate", {"q": "人民路14号", "lon": 121.5}).status_code == 400
