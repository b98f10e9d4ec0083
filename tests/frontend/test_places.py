"""The spatial questions over HTTP, over one street corner; who may not see a thing is not told that it is there.

      shop (building, two floors)          a pipe runs under the street, one metre deep at its western end,
  ┌────────┐   · toilet                    three at the eastern; a fence lies over the shop; the zoning of the
──┴────────┴──────────────►  segment       northern side changed this year
"""

import json
import math
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.contrib.gis.geos import LineString, MultiLineString
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import ProtectedError
from django.utils.timezone import localdate

from gis.models import (
    Address,
    Area,
    Building,
    Facility,
    FenceVersion,
    Grid,
    PipeSegment,
    Road,
    Room,
    Segment,
    Works,
    Zoning,
)  # fmt: skip
from layers.city import days
from layers.city.at import ORDER
from layers.inquiry import BY_ITS_CODE, ON_CHECKS, ON_PLATES, ON_THE_MAP
from layers.models import Account, Inquiry
from tests.factories import SOUTH, STEP, WEST, dot, line, make, square

pytestmark = pytest.mark.django_db
NORTH = SOUTH + STEP
HERE = {"lon": WEST + 2 * STEP, "lat": NORTH}
SHAPE = square(WEST - STEP, SOUTH - STEP, 20 * STEP)
Ask = Callable[..., Any]
YEAR = localdate().year
THIS, LONG_AGO, THEN = date(YEAR, 1, 1), date(YEAR - 2, 1, 1), f"{YEAR - 1}-06-01T10:00"


@pytest.fixture
def corner(db: None) -> Area:
    whole = square(WEST - 5 * STEP, SOUTH - 5 * STEP, 50 * STEP)
    make(Area, name="旧街道", started_on=LONG_AGO, ended_on=THIS, geom=whole)
    area: Area = make(Area, name="听澜街道", started_on=THIS, geom=whole)
    for code, name, first, end in (("0", "旧网格", LONG_AGO, THIS), ("1", "一网格", THIS, date(2090, 1, 1)),
                                   ("2", "新网格", date(2090, 1, 1), None)):  # fmt: skip
        make(Grid, code=f"31011500100{code}", name=name, person="江某", started_on=first, ended_on=end, geom=whole)
    make(Road, name="云汀路", geom=MultiLineString(line(), srid=4490))
    across = LineString((WEST + 5 * STEP, SOUTH - 5 * STEP), (WEST + 5 * STEP, SOUTH + 5 * STEP))
    make(Road, name="新桥路", geom=MultiLineString(across, srid=4490))
    segment = make(Segment, code="YT-1", name="云汀路一段")
    for zone, first, until in (("controlled", LONG_AGO, THIS), ("strict", THIS, None)):
        make(Zoning, segment=segment, side="left", zone=zone, from_m=0, to_m=90, valid=DateRange(first, until))
    make(Zoning, segment=segment, side="right", zone="forbidden", from_m=0, to_m=90)
    make(FenceVersion, name="禁停区", geom=square(WEST, SOUTH + STEP / 2))
    shop = make(Building, name="茶庄", floors=2, geom=square(WEST, SOUTH + STEP / 2, 4 * STEP))
    make(Room, building=shop, number="201", floor=2, geom=dot(WEST + STEP, NORTH))
    make(Room, building=shop, number="101", floor=1, geom=dot(WEST + STEP, NORTH))
    make(Address, road="云汀路", number="8", geom=dot(WEST + 2 * STEP, NORTH))
    make(Facility, name="近厕", geom=dot(WEST + 5 * STEP, NORTH))
    make(PipeSegment, code="JS-7", start_depth_m=1.0, end_depth_m=3.0)
    return area


def member(role: str, area: Area | None = None) -> User:
    """An account of a role, for the whole city or for an area."""
    user = User.objects.create_user(f"{role} {area}")
    user.groups.add(Group.objects.get_or_create(name=role)[0])
    Account.objects.create(user=user, area=area)
    return user


@pytest.fixture
def ask(client: Any) -> Ask:
    def get(path: str, status: int = 200, **said: Any) -> Any:
        answer = client.get(f"/api/{path}", {key.rstrip("_"): value for key, value in said.items()})
        assert answer.status_code == status, answer.content.decode()
        return answer.json()

    return get


def zones(answer: Any) -> list[str]:
    return [word["raw"] for each in answer["zoning"] for word in each["facts"] if word["key"] == "zone"]


class TestAt:
    def test_all_that_holds_is_told_with_source_and_since(self, corner: Area, ask: Ask) -> None:
        found = ask("at", **HERE)
        assert [each["title"] for each in found["areas"]] == ["听澜街道"]
        assert found["grid"]["code"] == "310115001001"
        assert (found["segment"]["code"], found["segment"]["side_title"]) == ("YT-1", "北侧")
        assert found["segment"]["metre"] == pytest.approx(19.1, abs=0.5)
        assert zones(found) == ["strict"]
        assert (found["zoning"][0]["since"], found["zoning"][0]["until"]) == (str(THIS), None)
        assert [each["title"] for each in found["fences"]] == ["禁停区"]
        assert found["building"]["title"] == "茶庄"
        assert found["address"]["doorplate"] == "云汀路8号"
        assert [each["title"] for each in found["facilities"]] == ["近厕"]
        assert found["building"]["source"] == "手工录入"

    def test_another_day_has_the_rules_of_that_day(self, corner: Area, ask: Ask) -> None:
        then = ask("at", **HERE, at=THEN)
        assert zones(then) == ["controlled"]
        assert (then["grid"]["title"], then["grid"]["until"]) == ("旧网格", str(THIS))
        assert [(each["title"], each["until"]) for each in then["areas"]] == [("旧街道", str(THIS))]
        (area, grid) = ask("here", **HERE, at=THEN)["within"]
        assert (area["title"], grid["title"]) == ("旧街道", "旧网格")
        (grids,) = ask("within", shape=SHAPE.wkt, layers="grids", at=THEN)["layers"]
        assert [each["title"] for each in grids["items"]] == ["旧网格"]
        assert [each["title"] for each in ask("here", **HERE)["within"]] == ["听澜街道", "一网格"], "its end is known"
        listed = ask("list", lon=HERE["lon"], lat=NORTH, layers="grids")["items"]
        assert [each["title"] for each in listed] == ["一网格"], "nor what begins one day"
        assert zones(ask("at", lon=HERE["lon"], lat=SOUTH - STEP)) == ["forbidden"]

    def test_a_rule_says_whether_its_hours_run_at_the_instant(self, corner: Area, ask: Ask) -> None:
        morning = {"rules": [{"hours": ["06:00-09:00"]}]}
        make(FenceVersion, name="早市", purpose="temporary-market", hours=morning, geom=square(WEST, SOUTH + STEP / 2))
        keys = ("now", "until", "opens")
        for clock, runs in (("07:30", (True, "09:00", None)), ("15:00", (False, None, "明天 06:00"))):
            found = ask("at", **HERE, at=f"{localdate()}T{clock}")
            hours = {each["title"]: tuple(each["hours"][key] for key in keys) for each in found["fences"]}
            assert hours == {"早市": runs, "禁停区": (True, None, None)}
            (zoning,) = found["zoning"]
            assert (zoning["hours"]["now"], zoning["until"]) == (True, None), "the clock, and the last day"
            rules = {each["title"]: each["hours"]["rule"] for each in (*found["fences"], zoning)}
            assert rules == {"早市": False, "禁停区": True, zoning["title"]: True}, "a market opens, a rule is in force"
        assert found["facilities"][0]["hours"]["now"] is None, "nobody knows"

    def test_every_part_has_source_and_validity_or_is_said_to_have_none(
        self, corner: Area, client: Any, ask: Ask
    ) -> None:
        client.force_login(member("manager"))
        dated = {"areas", "grid", "zoning", "fences"}
        for at in ("now", THEN, f"{THEN[:10]}T23:59"):
            found = ask("at", **HERE, at=at, purpose="核对")
            told = {name: found[name] for name in ORDER}
            assert set(found["as_of_now"]) == set(ORDER) - dated
            rooms = [room for floor in told["building"]["rooms"] for room in floor["rooms"]]
            for name, part in told.items():
                for one in part if isinstance(part, list) else part.get("items", [part]):
                    assert one["source"] == "手工录入", name
                    assert bool(one["since"]) == (name in dated), name
            assert [room["source"] for room in rooms] == ["手工录入"] * 2
        (facilities,) = ask("within", shape=SHAPE.wkt, layers="facilities", at=THEN)["layers"]
        (zoning,) = ask("within", shape=SHAPE.wkt, layers="zoning", at=THEN)["layers"]
        assert (facilities["as_of_now"], zoning["as_of_now"]) == (True, False)

    def test_nothing_is_an_answer_too(self, corner: Area, ask: Ask) -> None:
        found = ask("at", lon=0, lat=0)
        assert (found["areas"], found["segment"], found["zoning"], found["building"]) == ([], None, [], None)

    def test_residents_are_told_neither_rooms_nor_pipes_nor_names(self, corner: Area, ask: Ask) -> None:
        found = ask("at", **HERE, purpose="好奇")
        assert "pipes" not in found
        assert "rooms" not in found["building"]
        assert "江某" not in json.dumps(found, ensure_ascii=False)
        assert not Inquiry.objects.exists()

    def test_staff_are_told_rooms_by_floor_and_who_answers(self, corner: Area, client: Any, ask: Ask) -> None:
        client.force_login(member("field"))
        found = ask("at", **HERE)
        floors = [(each["floor"], each["rooms"][0]["number"]) for each in found["building"]["rooms"]]
        assert floors == [(2, "201"), (1, "101")]
        assert "江某" in json.dumps(found["grid"], ensure_ascii=False)


class TestPipes:
    def test_they_are_told_for_a_purpose_and_the_question_is_kept(self, corner: Area, client: Any, ask: Ask) -> None:
        user = member("manager")
        client.force_login(user)
        assert ask("at", **HERE)["pipes"] == {"needs": "purpose", "items": []}
        (pipe,) = ask("at", **HERE, purpose="道路开挖前核对")["pipes"]["items"]
        assert (pipe["code"], pipe["depth_m"]) == ("JS-7", pytest.approx(1.4, abs=0.01))
        kept = Inquiry.objects.get()
        assert (kept.reader, kept.layer, kept.purpose, kept.rows) == (user, "pipes", "道路开挖前核对", 1)

    def test_staff_of_another_area_find_none(self, corner: Area, client: Any, ask: Ask) -> None:
        client.force_login(member("manager", make(Area, name="别处", geom=square(WEST + 1))))
        assert ask("at", **HERE, purpose="核对")["pipes"]["items"] == []
        assert ask("within", shape=SHAPE.wkt, layers="pipes", purpose="核对")["layers"][0]["count"] == 0

    def test_without_a_purpose_no_question_is_answered_with_them(self, corner: Area, client: Any, ask: Ask) -> None:
        client.force_login(member("manager"))
        shape, stretch = {"shape": SHAPE.wkt, "layers": "pipes"}, {"segment": "YT-1", "layer": "pipes"}
        for path, said in (("within", shape), ("list", {"layers": "facilities,pipes"}), ("along", stretch)):
            assert "目的" in json.dumps(ask(path, 400, **said), ensure_ascii=False)
            assert "目的" in json.dumps(ask(path, 400, **said, purpose=" "), ensure_ascii=False)
        assert "JS-7" not in json.dumps(ask("at", **HERE), ensure_ascii=False)
        assert ask("list", bbox="-180,-90,180,90")["items"], "nobody need name one for what is not guarded"
        assert not Inquiry.objects.exists()

    def test_a_list_for_a_purpose_is_kept_with_it(self, corner: Area, client: Any, ask: Ask) -> None:
        client.force_login(member("manager"))
        assert len(ask("list", layers="facilities,pipes", purpose="雨前巡查")["items"]) == 2
        kept = Inquiry.objects.get()
        assert (kept.layer, kept.purpose, kept.rows) == ("pipes", "雨前巡查", 1)
        assert kept.question == "list layers=facilities,pipes"

    def test_a_look_at_one_is_kept_with_the_way_it_was_opened_by(self, corner: Area, client: Any, ask: Ask) -> None:
        client.force_login(member("manager"))
        pipe = PipeSegment.objects.get()
        ask(f"features/pipes/{pipe.pk}")
        ask("search", q=pipe.code)
        for path in (
            f"/p/pipes:{pipe.pk}",
            f"/p/pipes:{pipe.pk}.qr.svg",
            f"/p/plates.pdf?layer=pipes&code={pipe.code}",
        ):
            assert client.get(path).status_code == 200
        kept = Inquiry.objects.filter(layer="pipes").order_by("pk").values_list("purpose", "question", "rows")
        assert list(kept) == [
            (ON_THE_MAP, f"card {pipe.pk}", 1),
            (BY_ITS_CODE, "search JS-7", 1),
            (BY_ITS_CODE, f"card pipes:{pipe.pk}", 1),
            (BY_ITS_CODE, f"qr pipes:{pipe.pk}", 1),
            (ON_PLATES, "plates layer=pipes&code=JS-7", 1),
        ]

    def test_who_reads_the_report_of_their_survey_is_kept(self, corner: Area, client: Any) -> None:
        client.force_login(member("manager"))
        for path in ("/checks/pipes", "/checks/pipes.csv?source=x"):
            assert client.get(path).status_code == 200
        kept = list(Inquiry.objects.order_by("pk").values_list("layer", "purpose", "question"))
        assert kept == [("pipes", ON_CHECKS, "checks "), ("pipes", ON_CHECKS, "checks source=x")]


class TestOthers:
    def test_within_counts_by_kind_and_says_the_share(self, corner: Area, ask: Ask) -> None:
        found = ask("within", shape=SHAPE.wkt, layers="facilities,buildings,fences")["layers"]
        by_layer = {each["layer"]: each for each in found}
        assert by_layer["facilities"]["by"] == {"toilet": 1}
        assert by_layer["buildings"]["covered_share"] == pytest.approx(16 / 400, rel=0.01)
        assert by_layer["fences"]["items"][0]["title"] == "禁停区"

    def test_works_lie_in_a_shape_on_the_days_they_last(self, corner: Area, ask: Ask) -> None:
        make(Works, name="云汀路施工")
        for at, names in (("now", ["云汀路施工"]), (f"{localdate() + timedelta(days=30)}T12:00", [])):
            (works,) = ask("within", shape=SHAPE.wkt, layers="works", at=at)["layers"]
            assert [item["title"] for item in works["items"]] == names
        make(Works, name="早已完工", state="finished")
        (works,) = ask("within", shape=SHAPE.wkt, layers="works")["layers"]
        assert [item["title"] for item in works["items"]] == ["云汀路施工"], "of today what the map shows"

    def test_works_of_a_day_that_is_farther_than_they_are_announced(self, corner: Area, ask: Ask) -> None:
        far = localdate() + timedelta(days=300)
        make(Works, name="常年施工", period=DateRange(localdate(), None))
        make(Works, name="未公布", period=DateRange(far - timedelta(days=5), None))
        (works,) = ask("within", shape=SHAPE.wkt, layers="works", at=f"{far}T12:00")["layers"]
        assert [each["title"] for each in works["items"]] == ["常年施工"]

    def test_along_is_told_by_metre_and_side(self, corner: Area, ask: Ask) -> None:
        (toilet,) = ask("along", segment="YT-1")["items"]
        assert (toilet["title"], toilet["side"], round(toilet["metre"])) == ("近厕", "left", 48)
        assert ask("along", segment="YT-1", side="right")["items"] == []
        assert ask("along", segment="YT-1", from_=60)["items"] == []
        make(Facility, name="远厕", geom=dot(WEST + 6 * STEP, NORTH))
        for limit, told in ((1, (["近厕"], True)), (2, (["近厕", "远厕"], False))):
            found = ask("along", segment="YT-1", limit=limit)
            assert ([one["title"] for one in found["items"]], found["more"]) == told, "whether there is more than told"

    def test_two_streets_cross_where_they_do(self, corner: Area, ask: Ask) -> None:
        (spot,) = ask("crossings", a="云汀路", b="新桥路")["items"]
        assert (spot["lon"], spot["lat"]) == pytest.approx((WEST + 5 * STEP, SOUTH), abs=STEP / 10)
        assert ask("crossings", a="YT-1", b="新桥路")["items"] == [spot], "a segment by its code"

    @pytest.mark.parametrize(
        ("path", "said", "status", "names"),
        [
            ("at", {}, 400, "lon"),
            ("at", {**HERE, "radius": 5}, 400, "radius"),
            ("at", {"lon": "nan", "lat": 1}, 400, "lon"),
            ("near", {"bbox": "nan,31,122,32"}, 400, "bbox"),
            ("list", {"bbox": "121,nan,122,inf"}, 400, "bbox"),
            ("near", {"bbox": "179,31,-179,32"}, 400, "bbox"),
            ("near", {"bbox": "-180,80,180,90"}, 200, "items"),
            ("near", {"lon": 180, "lat": 90}, 200, "items"),
            ("at", {"lon": -180, "lat": -90}, 200, "at"),
            ("reverse", {"lon": 180, "lat": 90}, 200, "sentence"),
            ("within", {"shape": "POLYGON((nan 1,2 1,2 2,nan 1))", "layers": "works"}, 400, "shape"),
            ("within", {"shape": "POINT(1 1)", "layers": "buildings"}, 400, "shape"),
            ("within", {"shape": SHAPE.wkt}, 400, "layers"),
            ("within", {"shape": SHAPE.wkt, "layers": "rooms"}, 404, "rooms"),
            ("along", {"segment": "nowhere"}, 404, "nowhere"),
            ("along", {"segment": "YT-1", "from": 80, "to": 20}, 400, "from"),
            ("along", {"segment": "YT-1", "from": "inf"}, 400, "from"),
            ("along", {"segment": "YT-1", "layer": "pipes"}, 404, "pipes"),
            ("crossings", {"a": "云汀路", "b": "云汀路"}, 400, "a"),
            ("crossings", {"a": "云汀路", "b": "无此路"}, 404, "无此路"),
            ("crossings", {"a": "云汀路", "b": "新桥路", "at": THEN}, 400, "at"),
        ],
    )
    def test_what_is_wrong_is_named(
        self, corner: Area, ask: Ask, path: str, said: dict[str, Any], status: int, names: str
    ) -> None:
        assert names in json.dumps(ask(path, status, **said), ensure_ascii=False)


class TestRegions:
    """A circle, the ground of a place and the corridor of a street, beside what somebody draws."""

    def test_a_circle_has_what_lies_within_its_metres(self, corner: Area, ask: Ask) -> None:
        toilet = {"lon": WEST + 5 * STEP, "lat": NORTH}
        for reach, count in ((1, 1), (30, 1)):
            assert ask("within", **toilet, reach=reach, layers="facilities")["layers"][0]["count"] == count
        far = {"lon": toilet["lon"], "lat": NORTH + 10 * STEP}
        told = ask("shape", **far, reach=100)
        assert told["square_metres"] == pytest.approx(31_416, rel=0.002)
        assert ask("within", **far, reach=90, layers="facilities")["layers"][0]["count"] == 0
        assert ask("within", **far, reach=130, layers="facilities")["layers"][0]["count"] == 1

    @pytest.mark.parametrize("metres", [1000, 20_000])
    def test_a_circle_at_a_pole_or_the_date_line_is_no_belt_round_the_world(
        self, corner: Area, ask: Ask, metres: int
    ) -> None:
        """PostGIS makes one of it, in which the toilet lies that is 58 degrees away."""
        far = metres / 100_000
        for lon, lat in ((180, 90), (0, -90), (120, 90 - far / 2), (180, NORTH), (-180 + far, NORTH)):
            for question in ("within", "shape"):
                said = {"layers": "facilities"} if question == "within" else {}
                told = ask(question, 400, lon=lon, lat=lat, reach=metres, **said)
                assert "reach" in told["error"]
        assert ask("within", lon=179.5, lat=NORTH, reach=metres, layers="facilities")["layers"][0]["count"] == 0
        assert ask("shape", lon=0, lat=89, reach=metres)["square_metres"] == pytest.approx(
            math.pi * metres**2, rel=0.003
        )

    def test_a_place_lends_its_ground_and_a_street_its_corridor(self, corner: Area, ask: Ask) -> None:
        area = ask("shape", place=f"areas:{corner.pk}")
        assert (area["title"], area["geometry"]["type"]) == ("听澜街道", "MultiPolygon")
        found = ask("within", place=f"areas:{corner.pk}", layers="facilities,roads")["layers"]
        assert [one["count"] for one in found] == [1, 2]
        road = Road.objects.get(name="云汀路")
        assert ask("shape", place=f"roads:{road.pk}")["title"] == "云汀路"
        wide, slim = (ask("shape", place=f"roads:{road.pk}", reach=metres)["square_metres"] for metres in (30, 5))
        assert wide > 5 * slim
        for reach, count in ((3, 0), (30, 1)):
            asked = ask("within", place=f"roads:{road.pk}", reach=reach, layers="facilities")
            assert asked["layers"][0]["count"] == count

    def test_a_street_is_asked_about_with_all_its_pieces(self, corner: Area, ask: Ask) -> None:
        road = Road.objects.get(name="云汀路")
        alone = ask("shape", place=f"roads:{road.pk}")["square_metres"]
        further = LineString((WEST + 12 * STEP, SOUTH), (WEST + 20 * STEP, SOUTH))
        make(Road, name="云汀路", geom=MultiLineString(further, srid=4490))
        assert ask("shape", place=f"roads:{road.pk}")["square_metres"] > 1.3 * alone

    def test_kinds_are_told_in_words_and_asked_for(self, corner: Area, ask: Ask) -> None:
        make(Facility, kind="bin", name="桶", geom=dot(WEST + 6 * STEP, NORTH))
        make(Facility, kind="bin", name="箱", geom=dot(WEST + 7 * STEP, NORTH))
        (told,) = ask("within", shape=SHAPE.wkt, layers="facilities")["layers"]
        assert [(kind["code"], kind["count"]) for kind in told["kinds"]] == [("bin", 2), ("toilet", 1)]
        (bins,) = ask("within", shape=SHAPE.wkt, layers="facilities", kind="bin")["layers"]
        assert (bins["count"], sorted(item["title"] for item in bins["items"])) == (2, ["桶", "箱"])
        (areas,) = ask("within", shape=SHAPE.wkt, layers="areas", kind="99")["layers"]
        assert areas["count"] == 0

    def test_a_shape_may_reach_to_a_pole(self, corner: Area, ask: Ask) -> None:
        assert ask("shape", shape="POLYGON((0 80,90 80,90 90,0 90,0 80))")["square_metres"] > 5e11

    def test_what_one_may_not_see_lends_no_ground(self, corner: Area, ask: Ask, client: Any) -> None:
        room, pipe = Room.objects.all()[0], PipeSegment.objects.get()
        ask("shape", 404, place=f"rooms:{room.pk}")
        ask("within", 404, place=f"pipes:{pipe.pk}", layers="facilities")
        client.force_login(member("manager"))
        assert ask("shape", place=f"rooms:{room.pk}")["square_metres"] > 2_000
        assert "place" in ask("shape", 400, place=f"pipes:{pipe.pk}")["error"]
        assert not Inquiry.objects.exists()

    @pytest.mark.parametrize(
        ("said", "status", "names"),
        [
            ({}, 400, "shape"),
            ({"shape": SHAPE.wkt, "place": "areas:1"}, 400, "shape, place, lon"),
            ({"lon": 121, "lat": 31}, 400, "reach"),
            ({"lon": 121, "reach": 5}, 400, "lon, lat"),
            ({"lon": 121, "lat": 31, "reach": 20_001}, 400, "reach"),
            ({"place": "areas:0"}, 404, "areas:0"),
            ({"place": "areas:x"}, 404, "areas:x"),
            ({"place": "areas:99999999999"}, 404, "areas"),
            ({"place": "nothing:1"}, 404, "nothing"),
            ({"shape": "POLYGON((0 0,1 1,1 0,0 1,0 0))"}, 400, "边线自相交"),
            ({"shape": "POLYGON((-180 -90,180 -90,180 90,-180 90,-180 -90))"}, 400, "半个地球"),
            ({"shape": f"SRID=3857;{SHAPE.wkt}"}, 400, "3857"),
            ({"shape": "POLYGON((-90 0,90 0,0 9,-90 0))"}, 400, "半个地球"),
            ({"shape": "POLYGON((170 0,190 0,190 9,170 9,170 0))"}, 400, "bbox"),
        ],
    )
    def test_what_is_wrong_is_named(
        self, corner: Area, ask: Ask, said: dict[str, Any], status: int, names: str
    ) -> None:
        assert names in ask("shape", status, **said)["error"]
        assert names in ask("within", status, layers="facilities", **said)["error"]

    @pytest.mark.parametrize("said", [{"layers": "buildings", "kind": "x"}, {"layers": "areas", "kind": "x"}])
    def test_kinds_that_are_none_are_refused(self, corner: Area, ask: Ask, said: dict[str, str]) -> None:
        assert "kind" in ask("within", 400, shape=SHAPE.wkt, **said)["error"]


def test_the_days_one_may_ask_about_are_those_the_model_knows(db: None, ask: Ask, client: Any) -> None:
    today = localdate()
    days.forget()
    assert ask("days") == {"from": str(today), "today": str(today), "to": str(today)}
    make(Zoning, segment=make(Segment, code="YT-1"), valid=DateRange(LONG_AGO, None))
    make(Works, period=DateRange(today, today + timedelta(days=20)))
    days.forget()
    assert ask("days") == {"from": str(LONG_AGO), "today": str(today), "to": str(today + timedelta(days=19))}
    make(FenceVersion, valid=DateRange(date(1999, 1, 1), None))
    days.forget()
    assert ask("days")["from"] == str(today - timedelta(days=366 * 5 - 1)), "as far as any question goes back"
    days.forget()
    assert "public" in client.get("/api/days")["Cache-Control"]


class TestOverTime:
    """Works from today for nine days, zonings of three spans, hours of facilities."""

    def counted(self, ask: Ask, layer: str, **said: Any) -> list[tuple[str, int]]:
        (told,) = ask("within", shape=SHAPE.wkt, layers=layer, **said)["layers"]
        return [(step["from"], step["count"]) for step in told["over_time"]]

    def test_a_row_counts_for_each_month_and_day_on_which_it_holds(self, corner: Area, ask: Ask) -> None:
        months = self.counted(ask, "zoning", per="month", from_=f"{YEAR - 1}-11-15", to=f"{YEAR}-02-01")
        assert months == [
            (f"{YEAR - 1}-11-01", 2),
            (f"{YEAR - 1}-12-01", 2),
            (f"{YEAR}-01-01", 2),
            (f"{YEAR}-02-01", 2),
        ]
        assert self.counted(ask, "zoning", per="month", from_=f"{YEAR - 3}-12-01", to=f"{YEAR - 2}-01-31") == [
            (f"{YEAR - 3}-12-01", 1), (f"{YEAR - 2}-01-01", 2),
        ]  # fmt: skip
        today = localdate()
        make(Works, name="云汀路施工", period=DateRange(today, today + timedelta(days=2)))
        days = self.counted(ask, "works", per="day", from_=f"{today - timedelta(1)}", to=f"{today + timedelta(2)}")
        assert [count for _, count in days] == [0, 1, 1, 0]

    def test_hours_are_those_of_schedules(self, corner: Area, ask: Ask) -> None:
        make(Facility, name="夜市", kind="market", hours={"rules": [{"hours": ["18:00-23:00"]}]}, geom=dot())
        hours = self.counted(ask, "facilities", per="hour", at=f"{localdate()}T10:00")
        assert [count for _, count in hours] == [0] * 18 + [1] * 5 + [0]
        assert hours[0][0].startswith(f"{localdate()}T00:00")

    def test_residents_count_what_they_may_see(self, corner: Area, ask: Ask, client: Any) -> None:
        make(Works, name="取消施工", state="cancelled")
        make(FenceVersion, name="草拟", state="draft", geom=square(WEST, SOUTH))
        told = {layer: self.counted(ask, layer, per="day")[-1][1] for layer in ("works", "fences")}
        assert told == {"works": 0, "fences": 1}
        client.force_login(member("manager"))
        assert self.counted(ask, "works", per="day")[-1][1] == 1

    @pytest.mark.parametrize(
        ("said", "names"),
        [
            ({"per": "year"}, "per"),
            ({"per": "day", "from": "2020-01-01", "to": "2026-01-01"}, "366"),
            ({"per": "day", "from": "2026-02-01", "to": "2026-01-01"}, "to"),
            ({"per": "day", "from": "0002-01-01", "to": "9998-12-31"}, "366"),
            ({"per": "month", "to": "9999-12-31"}, "to"),
            ({"per": "day", "from": "9999-12-31"}, "from"),
            ({"per": "month", "to": "0001-01-01"}, "to"),
            ({"per": "hour", "from": "2026-02-01"}, "hour"),
            ({"from": "2026-02-01"}, "per"),
            ({"per": "day", "layers": "buildings"}, "buildings"),
            ({"per": "hour", "layers": "buildings"}, "buildings"),
        ],
    )
    def test_what_is_wrong_is_named(self, corner: Area, ask: Ask, said: dict[str, str], names: str) -> None:
        asked = {"shape": SHAPE.wkt, "layers": "works", **said}
        assert names in json.dumps(ask("within", 400, **asked), ensure_ascii=False)


class TestBody:
    GEOJSON = "application/geo+json"

    def post(self, client: Any, body: Any, kind: str = GEOJSON) -> Any:
        text = body if isinstance(body, str) else json.dumps(body)
        return client.post("/api/within?layers=facilities", text, content_type=kind)

    def test_a_shape_in_the_body_finds_the_same(self, corner: Area, ask: Ask, client: Any) -> None:
        told = ask("within", shape=SHAPE.wkt, layers="facilities")
        polygon = json.loads(SHAPE.geojson)
        for body in (polygon, {"type": "Feature", "properties": {}, "geometry": polygon}):
            answer = self.post(client, body)
            assert (answer.status_code, answer.json()) == (200, told)
            assert "no-store" in answer["Cache-Control"]

    @pytest.mark.parametrize(
        ("body", "kind", "status"),
        [
            ({"type": "Point", "coordinates": [1, 1]}, GEOJSON, 400),
            ("[" * 100_000, GEOJSON, 400),
            ({"type": "Polygon", "coordinates": [[[[[[1]]]]]]}, GEOJSON, 400),
            ('{"type":"Polygon","coordinates":[[[NaN,1],[2,1],[2,2],[NaN,1]]]}', GEOJSON, 400),
            ({"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}, GEOJSON, 400),
            ({"type": "Polygon", "coordinates": [[[n / 1e5, n % 2] for n in range(11_000)] + [[0, 0]]]}, GEOJSON, 400),
            (" ", GEOJSON, 400),
            ("null", GEOJSON, 400),
            (" " * 1_000_001, GEOJSON, 413),
            ("shape=1", "application/x-www-form-urlencoded", 415),
            ("{}", "text/plain", 415),
        ],
        ids=range(11),
    )
    def test_what_is_no_shape_is_refused(self, corner: Area, client: Any, body: Any, kind: str, status: int) -> None:
        assert self.post(client, body, kind).status_code == status

    def test_the_shape_is_in_one_place_only(self, corner: Area, client: Any) -> None:
        polygon = json.loads(SHAPE.geojson)
        answer = client.post(f"/api/within?layers=facilities&shape={SHAPE.wkt}", polygon, content_type=self.GEOJSON)
        assert (answer.status_code, "shape" in answer.json()["error"]) == (400, True)


def test_users_in_the_log_stay(corner: Area, client: Any, ask: Ask) -> None:
    user = member("manager")
    client.force_login(user)
    ask("at", **HERE, purpose="核对")
    with pytest.raises(ProtectedError):
        User.objects.get(pk=user.pk).delete()
