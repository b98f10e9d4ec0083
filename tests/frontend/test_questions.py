"""What residents ask, answered over a corner of a city drawn here; and no question, however odd, breaks an answer."""

import csv
import io
import json
import math
import re
import struct
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import product
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import pytest
from django.contrib.gis.geos import LineString, Point
from django.core.management import call_command
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from frontend.opendata import AT_ONCE, Parcel
from gis import walking
from gis.crs import bd09_to_wgs84, gcj02_to_wgs84
from gis.errors import Busy
from gis.models import Address, Area, Code, Facility, FenceState, FenceVersion, Road, Segment, Works, Zoning
from layers import manifest
from tests.factories import SOUTH, STEP, WEST, line, make, square
from tiles import picture
from tiles.server import application

pytestmark = pytest.mark.django_db
HOURS = {"rules": [{"hours": ["06:00-22:00"]}]}
MORNING = {"rules": [{"hours": ["06:00-09:00"]}]}
DAYTIME = {"rules": [{"hours": ["07:00-22:00"]}]}
WEEKEND = {"rules": [{"days": ["Sa", "Su"], "hours": ["08:00-12:00"]}]}
LAST_YEAR = timezone.localdate() - timedelta(days=357 + timezone.localdate().isoweekday())  # a Sunday
SUNDAY, NIGHT = f"{LAST_YEAR}T07:30", f"{LAST_YEAR}T23:30"
HERE = f"lon={WEST}&lat={SOUTH}"
ATOM = "{http://www.w3.org/2005/Atom}"


def at(east: float, north: float = 0) -> Point:
    """A point so many steps (about ten metres) from the corner."""
    return Point(WEST + east * STEP, SOUTH + north * STEP, srid=4490)


@pytest.fixture(autouse=True)
def fresh_counts() -> None:
    manifest.forget()


@pytest.fixture(scope="module", autouse=True)
def no_connection_is_left() -> Iterator[None]:
    """Pictures ask the tile server how new the tables are, and it keeps connections of its own."""
    yield
    application.supply.forget()


@pytest.fixture
def corner(db: None) -> None:
    """Toilets, a market in the street and a strict street that runs east from the corner."""
    call_command("load_codes", verbosity=0)
    make(Facility, name="近厕", geom=at(10), hours=HOURS, features=["paper"], capacity=8, code="3101150301000001")
    make(Facility, name="远厕", geom=at(30), hours=HOURS, features=["accessible", "paper"])
    make(Facility, name="夜厕", geom=at(60), features=["always"])
    make(Facility, name="坏厕", geom=at(5), hours=HOURS, state="damaged")
    make(Facility, name="拆厕", geom=at(4), hours=HOURS, state="removed")
    make(Facility, name="说不清", geom=at(6))
    make(Facility, name="盐埠市场", kind="market", geom=at(40), hours=MORNING, extra={"free": 12}, capacity=180)
    make(Facility, name="球机", kind="camera", geom=at(1))
    make(FenceVersion, name="桑园早市", purpose="temporary-market", hours=MORNING, geom=square(WEST + 24 * STEP))
    make(FenceVersion, name="周末集市", purpose="temporary-market", hours=WEEKEND, geom=square(WEST + 50 * STEP, SOUTH))
    for n in (1, 2, 3):
        make(Facility, kind="stall", name=f"{n}号摊位", geom=at(24 + n, 1), extra={"free": int(n < 3)})
    segment = make(Segment, name="云汀大道", geom=line(WEST, SOUTH - 2 * STEP, 10 * STEP))
    make(Zoning, segment=segment, side="left", zone="strict", hours=DAYTIME, to_m=90, basis="示例规定")
    make(Address, road="云汀大道", number="8", geom=at(1, 1))
    make(Area, name="听澜街道", geom=square(WEST - 5 * STEP, SOUTH - 5 * STEP, 200 * STEP))


def ask(client: Any, path: str) -> Any:
    answer = client.get(path)
    assert answer.status_code == 200, answer.content.decode()
    return answer.json()


def titles(client: Any, path: str) -> list[str]:
    return [item["title"] for item in ask(client, path)["items"]]


class TestNear:
    def test_the_nearest_first_with_what_a_person_needs(self, client: Any, corner: None) -> None:
        answer = ask(client, f"/api/near?kind=toilet&{HERE}&at={SUNDAY}&open=1")
        assert answer["at"] == f"{SUNDAY}+08:00"
        assert [item["title"] for item in answer["items"]] == ["近厕", "远厕", "夜厕"]
        first = answer["items"][0]
        assert (first["open"], first["until"], first["minutes"]) == (True, "22:00", 2)
        assert 80 < first["metres"] < 110
        assert first["features"] == [{"code": "paper", "title": "有纸", "title_en": "Paper"}]
        assert (first["kind_title"], first["kind_title_en"], first["capacity"]) == ("公共厕所", "Public toilet", 8)

    def test_closed_broken_and_unknown_are_told_apart(self, client: Any, corner: None) -> None:
        items = {item["title"]: item for item in ask(client, f"/api/near?kind=toilet&{HERE}&at={NIGHT}")["items"]}
        assert {name: item["open"] for name, item in items.items()} == {
            "近厕": False, "远厕": False, "夜厕": True, "坏厕": False, "说不清": None,
        }  # fmt: skip
        assert items["近厕"]["opens"] == "明天 06:00"
        assert items["近厕"]["opens_en"] == "tomorrow 06:00"

    @pytest.mark.parametrize("network", [True, False])
    def test_on_foot_the_toilet_over_the_river_comes_last_and_without_a_network_it_says_so(
        self, client: Any, db: None, network: bool
    ) -> None:
        """Two streets east and west, a river between them, one bridge 40 steps to the east; asked at the western end.

        over · ┬────────────┐ 16  over: two steps off its street, by the bridge 40 + 16 + 40 + 2 steps
                            │ bridge; along: 24 steps along the street, two off it
        here   ┴─────┴──────┘ 0
                     · along
        """
        if not walking.prepare():
            pytest.skip("没有 pgRouting / pgRouting is not installed")
        if not network:
            with connection.cursor() as cursor:  # in this test's transaction, as in a database that never had it
                cursor.execute("DROP EXTENSION pgrouting")
        for ends in ((at(0), at(40)), (at(0, 16), at(40, 16)), (at(40), at(40, 16))):
            make(Segment, geom=LineString(*(end.coords for end in ends), srid=4490))
        for name, place in {"over": at(0, 18), "along": at(24, -2)}.items():
            make(Facility, name=name, geom=place, hours=HOURS)
        answer = ask(client, f"/api/near?kind=toilet&{HERE}&walk=1")
        north = STEP * math.pi / 180 * 6378137  # of a step; one to the east is shorter
        east = north * math.cos(math.radians(SOUTH))
        straight = {"over": 18 * north, "along": math.hypot(24 * east, 2 * north)}
        walked = {"over": 80 * east + 18 * north, "along": 24 * east + 2 * north}
        assert answer["way"] == ("streets" if network else "straight")
        names = ["along", "over"] if network else ["over", "along"]
        assert [item["title"] for item in answer["items"]] == names
        for item, name in zip(answer["items"], names, strict=True):
            assert item["metres"] == pytest.approx(straight[name], rel=0.01, abs=0.6)
            way = walked[name] if network else straight[name] * 1.3  # streets lead round corners
            assert (item.get("walked") is None) is not network
            assert not network or item["walked"] == pytest.approx(way, rel=0.01, abs=0.6)
            assert item["minutes"] == math.ceil(way / 75), "four and a half kilometres an hour"
        assert "way" not in ask(client, f"/api/near?kind=toilet&{HERE}"), "nobody asked"

    def test_what_it_must_offer(self, client: Any, corner: None) -> None:
        assert titles(client, f"/api/near?kind=toilet&{HERE}&features=accessible,paper") == ["远厕"]

    def test_markets_of_both_sorts_open_at_a_chosen_time(self, client: Any, corner: None) -> None:
        answer = ask(client, f"/api/near?kind=market&{HERE}&at={SUNDAY}&open=1")["items"]
        assert [(item["title"], item["layer"]) for item in answer] == [
            ("桑园早市", "fences"),
            ("盐埠市场", "facilities"),
        ]
        assert [(item["capacity"], item["free"]) for item in answer] == [(3, 2), (180, 12)]
        assert titles(client, f"/api/near?kind=temporary-market&{HERE}&at={LAST_YEAR}T10:00&open=1") == ["周末集市"]

    def test_tomorrows_market_is_found_today(self, client: Any, corner: None) -> None:
        tomorrow = timezone.localdate() + timedelta(days=1)
        make(FenceVersion, name="新市场", purpose="temporary-market", hours=MORNING, valid=DateRange(tomorrow, None))
        asked = f"/api/near?kind=temporary-market&{HERE}&open=1&at="
        assert "新市场" in titles(client, f"{asked}{tomorrow}T07:00")
        assert "新市场" not in titles(client, f"{asked}{timezone.localdate()}T07:00")

    def test_a_box_and_a_limit(self, client: Any, corner: None) -> None:
        box = f"{WEST + 20 * STEP},{SOUTH - STEP},{WEST + 70 * STEP},{SOUTH + STEP}"
        answer = ask(client, f"/api/near?kind=toilet&bbox={box}&limit=1")
        assert (len(answer["items"]), answer["more"], answer["items"][0]["metres"]) == (1, True, None)

    def test_cameras_are_not_near_anybody(self, client: Any, corner: None) -> None:
        assert titles(client, f"/api/near?kind=camera&{HERE}") == []

    @pytest.mark.parametrize(
        ("query", "said"),
        [
            ("kind=toliet", "toilet"), ("features=papper", "paper"), ("lon=1", "lon, lat"), ("bbox=1,2,3", "bbox"),
            ("bbox=3,2,1,4", "bbox"), ("limit=0", "limit"), ("limit=201", "limit"), ("at=soon", "at"),
            ("open=yes", "open"), ("at=1999-01-01T00:00", "at"), ("lon=nan&lat=1", "lon, lat"),
            ("lon=1&lat=91", "lon, lat"),
        ],
    )  # fmt: skip
    def test_what_is_wrong_is_named_with_what_would_be_right(
        self, client: Any, corner: None, query: str, said: str
    ) -> None:
        answer = client.get(f"/api/near?{query}")
        assert answer.status_code == 400
        assert said in answer.json()["error"]
        assert " / " in answer.json()["error"]

    def test_where_somebody_stands_is_kept_by_no_proxy(self, client: Any, corner: None) -> None:
        assert "no-store" in client.get(f"/api/near?kind=toilet&{HERE}")["Cache-Control"]
        assert "public" in client.get("/api/near?kind=toilet")["Cache-Control"]


class TestHere:
    def test_a_strict_street_says_no_why_until_when_and_where_instead(self, client: Any, corner: None) -> None:
        answer = ask(client, f"/api/here?{HERE}&at={SUNDAY}")
        vending = answer["vending"]
        assert (vending["allowed"], vending["reason"], vending["until"]) == (False, "zone", "22:00")
        assert "严控区（云汀大道北侧）" in vending["sentence"]
        assert f"{LAST_YEAR} 07:30 不可摆摊，22:00 起不在管控时段" in vending["sentence"]
        assert "最近可摆：桑园早市" in vending["sentence"]
        assert "余 2 个摊位" in vending["sentence"]
        assert f"no selling on {LAST_YEAR} at 07:30" in vending["sentence_en"]
        assert answer["instead"][0]["title"] == "桑园早市"
        assert (answer["zoning"]["zone_title"], answer["zoning"]["basis"]) == ("严控区", "示例规定")
        assert answer["address"]["title"] == "云汀大道8号"
        assert [area["title"] for area in answer["within"]] == ["听澜街道"]

    def test_where_every_market_is_shut_it_says_which_opens_next_to_one(self, client: Any, corner: None) -> None:
        answer = ask(client, f"/api/here?{HERE}&at={LAST_YEAR}T13:00")
        assert "当时没有开放的市场，最近的是桑园早市" in answer["vending"]["sentence"]
        assert "次日 06:00 开放" in answer["vending"]["sentence"]
        assert {item["open"] for item in answer["instead"]} == {False}

    def test_the_name_of_a_market_is_told_as_it_is(self, client: Any, corner: None) -> None:
        make(FenceVersion, name="明天集市", purpose="temporary-market", hours=MORNING)
        sentence = ask(client, f"/api/here?{HERE}&at={LAST_YEAR}T13:00")["vending"]["sentence"]
        assert "“明天集市”" in sentence or "最近的是明天集市" in sentence

    def test_in_a_market_at_its_hours_yes(self, client: Any, corner: None) -> None:
        answer = ask(client, f"/api/here?lon={WEST + 26 * STEP}&lat={SOUTH + 2 * STEP}&at={SUNDAY}")
        assert answer["vending"]["allowed"] is True
        assert [fence["title"] for fence in answer["fences"]] == ["桑园早市"]
        assert answer["instead"] == []

    def test_where_no_rule_is_on_record_nothing_is_claimed(self, client: Any, corner: None) -> None:
        answer = ask(client, f"/api/here?lon=121.6&lat=31.4&at={SUNDAY}")
        assert (answer["vending"]["allowed"], answer["vending"]["reason"], answer["zoning"]) == (None, "unknown", None)
        assert "不能断定" in answer["vending"]["sentence"]

    def test_the_other_side_of_the_street_has_another_rule(self, client: Any, corner: None) -> None:
        answer = ask(client, f"/api/here?lon={WEST + 5 * STEP}&lat={SOUTH - 3 * STEP}&at={SUNDAY}")
        assert answer["zoning"] is None

    def test_a_position_is_needed(self, client: Any, corner: None) -> None:
        assert client.get("/api/here").status_code == 400


class TestWorks:
    def test_by_date_and_street_with_the_last_day_included(self, client: Any, corner: None) -> None:
        today = timezone.localdate()
        span = DateRange(today, today + timedelta(days=5))
        make(Works, name="北环路燃气", road="北环路", period=span, hours=DAYTIME, detour="绕行南环路", phone="12345")
        make(Works, name="别处", road="南园路", period=DateRange(today + timedelta(days=20), None))
        (item,) = ask(client, f"/api/works?road=北环&from={today}&to={today}")["items"]
        assert (item["from"], item["to"]) == (str(today), str(today + timedelta(days=4)))
        assert (item["effect_title"], item["state_title"], item["detour"]) == ("半幅封闭", "施工中", "绕行南环路")
        assert (item["open"], item["hours"], item["kind_title"]) == (None, "每日 07:00-22:00", "管线施工")
        assert titles(client, "/api/works") == ["北环路燃气", "别处"]
        make(Road, name="北环路", name_en="Beihuan Road")
        make(Road, name="", name_en="Beihuan Road")  # what has no name is on every street without one
        make(Works, name="无名", road="", period=span)
        assert titles(client, "/api/works?road=beihuan") == ["北环路燃气"], "as the street is called in English"
        assert ask(client, f"/api/works?{HERE}")["items"][0]["metres"] == 0

    def test_dates_in_the_wrong_order_are_refused(self, client: Any, db: None) -> None:
        assert client.get("/api/works?from=2026-12-01&to=2026-11-01").status_code == 400
        assert "from" in client.get("/api/works?from=1.12.").json()["error"]


class TestChanges:
    def test_only_real_events_are_told(self, client: Any, corner: None) -> None:
        today = timezone.localdate()
        ago = lambda days: today - timedelta(days=days)  # noqa: E731
        make(Works, name="开工", period=DateRange(ago(3), None), effect="closed")
        make(Works, name="完工", period=DateRange(ago(40), ago(2)), state="finished")
        make(Works, name="快了", period=DateRange(today + timedelta(days=5), None))
        make(Works, name="没开成", period=DateRange(ago(4), None), state="cancelled")
        make(FenceVersion, name="新市场", purpose="temporary-market", valid=DateRange(ago(1), None))
        make(FenceVersion, name="旧禁摆", purpose="no-vending", valid=DateRange(ago(400), ago(6)))
        make(FenceVersion, name="草案", state=FenceState.DRAFT, valid=DateRange(ago(1), None))
        make(Zoning, valid=DateRange(ago(7), None), segment=make(Segment, name="新区路", geom=line()))
        Facility.objects.filter(name="坏厕").update(surveyed_at=ago(2))
        told = {(event["what"], event["title"]) for event in ask(client, "/api/changes?limit=200")["items"]}
        assert told == {
            ("道路封闭", "开工"), ("恢复通行", "完工"), ("即将半幅封闭", "快了"), ("新开临时市场", "新市场"),
            ("禁摆区撤销", "旧禁摆"), ("新划严禁区", "新区路"), ("设施损坏", "坏厕"),
        }  # fmt: skip

    def test_a_new_version_of_a_rule_is_a_change_of_it(self, client: Any, corner: None) -> None:
        today = timezone.localdate()
        old = make(FenceVersion, name="早市", purpose="temporary-market", valid=DateRange(date(2024, 1, 1), today))
        make(FenceVersion, name="早市", purpose="temporary-market", valid=DateRange(today, None), fence=old.fence)
        assert [event["what"] for event in ask(client, "/api/changes")["items"]] == ["临时市场调整"]

    def test_of_a_place_and_of_a_street(self, client: Any, corner: None) -> None:
        today = timezone.localdate()
        road = make(Road, name="云汀大道")
        make(Works, name="路上", period=DateRange(today, None), geom=square(WEST + 2 * STEP, SOUTH))
        make(Works, name="远处", period=DateRange(today, None), geom=square(121.7, 31.4))
        for place in (f"roads:{road.pk}", "3101150301000001"):
            events = ask(client, f"/api/changes?place={place}")["items"]
            assert [event["title"] for event in events] == ["路上"]
        feed = ElementTree.fromstring(client.get(f"/follow/road/{road.pk}.atom").content)
        assert [entry.find(f"{ATOM}title").text for entry in feed.iter(f"{ATOM}entry")] == ["半幅封闭：路上"]
        assert client.get("/api/changes?place=nowhere").status_code == 400
        assert client.get("/follow/nowhere.atom").status_code == 404
        for feed_of in (f"/follow/road/{road.pk}.atom", f"/follow/roads:{road.pk}.atom"):
            refused = client.get(f"{feed_of}?since=2026-01-01")
            assert (refused.status_code, "since" in refused.content.decode()) == (400, True)

    def test_a_feed_and_a_file_in_english(self, client: Any, corner: None) -> None:
        today = timezone.localdate()
        road = make(Road, name="云汀大道", name_en="Yunting Avenue")
        named = {"name": "路上", "name_en": "Works on the way", "builder": "市政", "road": "云汀大道"}
        make(Works, **named, period=DateRange(today, None), geom=square(WEST + 2 * STEP, SOUTH))
        Code.objects.create(list="phrase", edition="本市", code="市政", name="市政", name_en="City works")
        feed = ElementTree.fromstring(client.get(f"/follow/road/{road.pk}.atom?lang=en").content)
        titles = [one.text for one in feed.iter(f"{ATOM}title")]
        assert (titles[0].split(" · ")[0], titles[1:]) == ("Yunting Avenue", ["One side closed: Works on the way"])
        links = [one.get("href") for one in feed.iter(f"{ATOM}link")]
        assert [link.endswith("?lang=en") for link in links] == [True] * 3, "itself, the street, the works"
        (row,) = csv.DictReader(io.StringIO(client.get("/api/export/works.csv?lang=en").getvalue().decode("utf-8-sig")))
        assert not re.search(r"[\u4e00-\u9fff]", "".join(row)), "titles"
        assert (row["Contractor"], row["Effect"]) == ("City works", "One side closed")
        (works,) = json.loads(client.get("/api/export/works.geojson?lang=en").getvalue())["features"]
        assert works["properties"]["effect_title"] == "One side closed"
        assert client.get("/api/export/works.csv?lang=fr").status_code == 400


class TestExport:
    def test_a_spreadsheet_reads_it_and_runs_none_of_it(self, client: Any, corner: None) -> None:
        make(Facility, name='=HYPERLINK("x")', geom=at(90), code="3101150301000002")
        answer = client.get("/api/export/facilities.csv?kind=toilet")
        text = answer.getvalue().decode()
        assert text.startswith("\ufeff名称,种类")
        assert "attachment" in answer["Content-Disposition"]
        rows = list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))
        near = next(row for row in rows if row["名称"] == "近厕")
        assert (near["种类"], near["服务"], near["开放时间"]) == ("公共厕所", "有纸", "每日 06:00-22:00")
        assert near["部件标识码"] == "\t3101150301000001", "sixteen digits would be rounded"
        assert float(near["经度"]) == pytest.approx(WEST + 10 * STEP)
        assert any(row["名称"].startswith("'=") for row in rows)
        assert not any(row["名称"] in ("盐埠市场", "球机") for row in rows)

    def test_geojson_says_where_it_is_from(self, client: Any, corner: None) -> None:
        made = json.loads(client.get("/api/export/facilities.geojson").getvalue())
        assert made["sources"][0]["source"] == "手工录入"
        assert {feature["properties"]["kind"] for feature in made["features"]} == {"toilet", "market", "stall"}
        assert json.loads(client.get("/api/export/facilities.geojson?bbox=1,1,2,2").getvalue())["features"] == []

    def test_what_is_not_public_is_not_to_be_had(self, client: Any, corner: None) -> None:
        assert client.get("/api/export/pipes.csv").status_code == 404
        assert client.get("/api/export/facilities.xls").status_code == 404

    def test_too_many_at_once_are_asked_to_wait(self, client: Any, corner: None) -> None:
        begun = [Parcel(piece for piece in "ab") for _ in range(AT_ONCE)]
        refused = client.get("/api/export/facilities.csv")
        assert (refused.status_code, refused["Retry-After"]) == (503, "10")
        for parcel in begun:
            parcel.close()
        assert client.get("/api/export/facilities.csv").getvalue()

    def test_a_file_gives_its_place_free_when_the_answer_is_closed_or_given_up(self) -> None:
        for _ in range(AT_ONCE * 2):
            whole = Parcel(piece for piece in "ab")
            assert b"".join(whole) == b"ab"
            whole.close()
            left = Parcel(piece for piece in "ab")
            next(iter(left))
            left.close()
            left.close()
        held = [Parcel(piece for piece in "ab") for _ in range(AT_ONCE)]
        with pytest.raises(Busy):
            Parcel(piece for piece in "ab")
        del held  # answers that nobody began to read
        Parcel(piece for piece in "ab").close()


class TestShare:
    def test_a_chat_sees_title_facts_and_a_picture(self, client: Any, corner: None) -> None:
        page = client.get("/p/3101150301000001").content.decode()
        assert '<meta property="og:title" content="近厕">' in page
        assert "听澜街道" in page
        assert '<meta property="og:image" content="http://testserver/p/3101150301000001.png">' in page
        png = client.get("/p/3101150301000001.png")
        assert png["Content-Type"] == "image/png"
        assert struct.unpack(">II", png.content[16:24]) == (1200, 630)

    def test_few_wait_for_pictures_and_what_is_drawn_waits_for_nobody(self, client: Any, corner: None) -> None:
        """Each that waits holds one of the threads that answer the whole site."""
        first, second = (f"/p/facilities:{pk}.png" for pk in Facility.objects.values_list("pk", flat=True)[:2])
        drawn = client.get(first).content
        held = [picture._places.acquire(blocking=False) for _ in range(picture.WAITING)]
        try:
            assert all(held)
            assert client.get(first).content == drawn
            assert client.get(second).status_code == 429
        finally:
            for _ in held:
                picture._places.release()
        assert client.get(second).status_code == 200

    @pytest.mark.parametrize("model", [Area, FenceVersion, Zoning, Works, Road])
    def test_everything_public_has_a_picture(self, client: Any, corner: None, model: Any) -> None:
        names = {"FenceVersion": "fences", "Area": "areas", "Zoning": "zoning", "Works": "works", "Road": "roads"}
        row = make(model)
        assert client.get(f"/p/{names[model.__name__]}:{row.pk}.png").content.startswith(b"\x89PNG")

    def test_what_is_not_public_has_neither(self, client: Any, corner: None) -> None:
        camera = Facility.objects.get(kind="camera")
        for form in ("", ".png"):
            assert client.get(f"/p/facilities:{camera.pk}{form}").status_code == 404
            assert client.get(f"/p/pipes:1{form}").status_code == 404

    def test_of_a_rule_nobody_reads_that_it_is_open_or_shut(self, client: Any, corner: None) -> None:
        fence = make(FenceVersion, name="校门口禁停", purpose="no-parking", geom=square(WEST + 70 * STEP))
        market, toilet = FenceVersion.objects.get(name="桑园早市"), Facility.objects.get(name="近厕")
        cards = {
            True: [f"zoning/{Zoning.objects.get().pk}", f"fences/{fence.pk}"],
            False: [f"fences/{market.pk}", f"facilities/{toilet.pk}"],
        }
        for rule, paths in cards.items():
            for path in paths:
                assert ask(client, f"/api/features/{path}")["rule"] is rule, path
                page = client.get(f"/p/{path.replace('/', ':')}", follow=True).content.decode()
                head = page.split("</header>", 2)[-2]
                assert ("生效</span>" in head, "开放</span>" in head) == (rule, not rule), path

    def test_a_card_leads_on_in_the_datum_of_each_app(self, client: Any, corner: None) -> None:
        row = Facility.objects.get(name="近厕")
        card = ask(client, f"/api/features/facilities/{row.pk}")
        assert (card["share"], card["follow"]) == ("/p/3101150301000001", "/follow/3101150301000001.atom")
        assert {key: card[key] is not None for key in ("open", "age")} == {"open": True, "age": True}
        apps = {app["app"]: {key: said[0] for key, said in parse_qs(urlsplit(app["url"]).query).items()}
                for app in card["handover"]}  # fmt: skip
        assert apps["amap"]["name"] == "近厕"
        amap = gcj02_to_wgs84(*map(float, apps["amap"]["position"].split(",")))
        lat, lon = map(float, apps["baidu"]["location"].split(","))
        marker = dict(part.split(":", 1) for part in apps["tencent"]["marker"].split(";"))
        tencent = gcj02_to_wgs84(*map(float, reversed(marker["coord"].split(","))))
        for there in (amap, bd09_to_wgs84(lon, lat), tencent):
            assert [float(part) for part in there] == pytest.approx([row.geom.x, row.geom.y], abs=3e-6)

    def test_what_has_no_code_of_its_own_is_named_by_its_number(self, client: Any, corner: None) -> None:
        row = Facility.objects.get(name="远厕")
        card = ask(client, f"/api/features/facilities/{row.pk}")
        assert client.get(card["share"]).status_code == 200
        road = make(Road, code="R1")
        assert ask(client, f"/api/features/roads/{road.pk}")["share"] == f"/p/roads%3A{road.pk}"
        assert ask(client, f"/api/features/roads/{road.pk}")["handover"] == []


class TestList:
    def test_the_map_as_a_list(self, client: Any, corner: None) -> None:
        answer = ask(client, f"/api/list?{HERE}&limit=200")
        assert {item["layer"] for item in answer["items"]} == {"facilities", "fences"}
        metres = [item["metres"] for item in answer["items"]]
        assert metres == sorted(metres)
        assert client.get("/api/list?layers=pipes").status_code == 404

    def test_a_rule_is_in_force_and_a_market_open(self, client: Any, corner: None) -> None:
        make(FenceVersion, name="校门口禁停", purpose="no-parking", geom=square(WEST + 70 * STEP))
        rules = {item["title"]: item.get("rule") for item in ask(client, f"/api/list?{HERE}&layers=fences")["items"]}
        assert rules == {"桑园早市": None, "周末集市": None, "校门口禁停": True}

    def test_what_the_map_does_not_draw_there_is_left_out(self, client: Any, corner: None) -> None:
        make(Facility, kind="street-lamp", name="", geom=at(0))
        far, near = (
            {item["kind"] for item in ask(client, f"/api/list?{HERE}&layers=facilities&zoom={zoom}")["items"]}
            for zoom in (14, 18)
        )
        assert "street-lamp" not in far
        assert "toilet" in far
        assert "street-lamp" in near


ODD = st.one_of(
    st.text(max_size=40), st.floats().map(str), st.integers().map(str), st.datetimes().map(datetime.isoformat),
    st.sampled_from(["toilet", "market,temporary-market", "now", "1", "-1", "1e400", "121.5", "31.2", "９", "٣",
                     "facilities:1", "roads:99999999999999999999", "2025-11-23", "2026-02-30", "9999-12-31",
                     "0001-01-01", "-180,-90,180,90", "1,2,3,4,5", "facilities,works", "inf", "%", "\\", "'",
                     "2025-11-23T07:00+99:00", "180", "90", "nan", "nan,31,122,32", "179,31,-179,32", "人民路1号", "30",
                     "POLYGON((121 31,122 31,122 32,121 31))", "POLYGON((nan 1,2 1,2 2,nan 1))", "areas:1", "both"]),
)  # fmt: skip
SHARED = {"at", "lon", "lat", "bbox", "limit"}
DRAWN = {"at", "purpose", "shape", "place", "lon", "lat", "reach"}
PARAMETERS = {
    "near": SHARED | {"kind", "features", "open", "walk"},
    "list": SHARED | {"layers", "zoom", "open", "walk", "purpose"},
    "works": SHARED | {"from", "to", "road"},
    "here": {"lon", "lat", "at"},
    "at": {"lon", "lat", "at", "purpose"},
    "within": DRAWN | {"layers", "kind", "limit", "per", "from", "to"},
    "shape": DRAWN,
    "along": {"at", "purpose", "segment", "from", "to", "side", "layer", "reach", "limit"},
    "crossings": {"a", "b"},
    "locate": {"q", "limit", "lon", "lat"},
    "reverse": {"lon", "lat"},
    "changes": {"days", "bbox", "lon", "lat", "place", "limit"},
    "days": set(),
    "manifest": set(),
    "search": {"q", "lon", "lat"},
    "features/facilities/1": set(),
    "export/facilities.csv": {"kind", "bbox", "lang"},
    "export/areas.geojson": {"kind", "bbox", "lang"},
}
"""Of each question those that it knows."""
NAMES = sorted({name for names in PARAMETERS.values() for name in names} | {"knd", "Kind", "v"})


def questions() -> st.SearchStrategy[tuple[str, dict[str, str], str]]:
    """A question, what is said with it, and now and then a name that it does not know."""
    return st.sampled_from(sorted(PARAMETERS)).flatmap(
        lambda path: st.tuples(
            st.just(path),
            st.dictionaries(st.sampled_from(sorted(PARAMETERS[path]) or ["knd"]), ODD, max_size=5),
            st.sampled_from(["", "", *(name for name in NAMES if name not in PARAMETERS[path])]),
        )
    )


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(questions())
def test_no_question_breaks_an_answer(client: Any, db: None, question: tuple[str, dict[str, str], str]) -> None:
    path, asked, stranger = question
    answer = client.get(f"/api/{path}", asked | ({stranger: "1"} if stranger else {}))
    if answer.streaming:
        assert answer.getvalue()
    assert answer.status_code in (200, 400, 404)
    if stranger or not asked.keys() <= PARAMETERS[path]:
        assert answer.status_code == 400


def test_a_name_that_is_not_known_is_refused_not_left_out(client: Any, db: None) -> None:
    """To leave it out would widen the answer: `knd=toilet` would find everything."""
    for path, asked in product(PARAMETERS, ("knd=toilet", "lon=121&lon=122")):
        answer = client.get(f"/api/{path}?{asked}")
        assert answer.status_code == 400, path
        assert asked.partition("=")[0] in answer.json()["error"]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60),
    st.sampled_from(["p/{}", "p/{}.png", "follow/{}.atom"]),
)
def test_no_code_breaks_a_link(client: Any, db: None, code: str, path: str) -> None:
    answer = client.get("/" + path.format(code))
    assert answer.status_code in (200, 301, 400, 404)


def test_a_street_that_turns_keeps_its_sides(client: Any, corner: None) -> None:
    bent = LineString(
        (WEST, SOUTH + 50 * STEP), (WEST + 10 * STEP, SOUTH + 50 * STEP), (WEST + 10 * STEP, SOUTH + 60 * STEP)
    )
    bent.srid = 4490
    make(Zoning, segment=make(Segment, name="弯街", geom=bent), side="right", zone="forbidden", to_m=150)
    inside = ask(client, f"/api/here?lon={WEST + 8 * STEP}&lat={SOUTH + 52 * STEP}")
    outside = ask(client, f"/api/here?lon={WEST + 12 * STEP}&lat={SOUTH + 55 * STEP}")
    assert inside["zoning"] is None
    assert (outside["zoning"]["segment"], outside["zoning"]["side"]) == ("弯街", "东侧")
