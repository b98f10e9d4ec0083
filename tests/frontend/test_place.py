"""One URL a place: the same card for all, filled by right; codes that are shared, former or oddly typed; QR codes."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from typing import Any
from urllib.parse import quote

import pytest
import zxingcpp
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange, DateTimeTZRange
from django.test import Client
from django.utils import timezone
from PIL import Image
from pypdf import PdfReader

from frontend.plate_sheet import runs
from frontend.plates import qr_of
from gis.models import (
    Area,
    Building,
    Facility,
    Fence,
    FenceVersion,
    FormerCode,
    Grid,
    PipeNode,
    PipeSegment,
    Room,
    Segment,
    Zoning,
)  # fmt: skip
from layers import registry
from layers.models import Account, Inquiry
from layers.plates import MOST
from layers.scope import RESIDENT, STAFF, Audience, Role
from tests.factories import SOUTH, STEP, WEST, dot, line, make, square
from tests.town import copied, invented_town

NAMES = {layer.id for layer in registry.every()}


def signed_in(role: Role, area: Area | None = None, grants: tuple[str, ...] = ()) -> Client:
    """Somebody of a role; a resident is nobody at all."""
    client = Client()
    if role is not Role.RESIDENT:
        user = User.objects.create_user(f"{role}-place-{area and area.pk}")
        user.groups.add(Group.objects.get_or_create(name=role.value)[0])
        Account.objects.create(user=user, area=area, grants=list(grants))
        client.force_login(user)
    return client


def facts(answer: Any) -> list[str]:
    """Every fact of a place, as its data tell it."""
    place = answer.json()
    found = [place["title"], place["layer_title"], place["url"], *(row["value"] for row in place["rows"])]
    shown = {"rules": ("title", "what", "hours", "link"), "history": ("title", "what", "period"),
             "neighbours": ("title", "layer_title", "link")}  # fmt: skip
    found += [line[key] for part, keys in shown.items() for line in place[part] for key in keys if line[key]]
    return [
        *found,
        *filter(None, (place["person"] or {}).values()),
        *filter(None, (place["age"][key] for key in ("surveyed", "updated", "source"))),
    ]


@pytest.fixture(scope="module")
def town(django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[Role, Client]]:
    """The invented town, and somebody of each role in it."""
    with django_db_blocker.unblock(), copied(invented_town):
        yield {role: signed_in(role, grants=("contacts",)) for role in Role}


@pytest.mark.parametrize("name", sorted(NAMES))
def test_whoever_may_see_a_place_reads_the_same_as_page_and_as_data(town: dict[Role, Client], name: str) -> None:
    admin = Audience(Role.ADMIN)
    row = registry.get(name, admin).rows_for(admin).order_by("-pk").first()
    if row is None:
        pytest.skip(f"the town has no {name}")
    for role, client in town.items():
        who = Audience(role, grants=frozenset({"contacts"} if role in STAFF else ()))
        seen = who.role in registry.get(name, admin).audience
        seen = seen and registry.get(name, who).rows_for(who).filter(pk=row.pk).exists()
        data = client.get(f"/p/{name}:{row.pk}.json")
        assert data.status_code == (200 if seen else 404), role
        page = client.get(f"/p/{name}:{row.pk}")
        assert page.status_code == data.status_code
        if seen:
            text = html.unescape(page.content.decode())
            assert [fact for fact in facts(data) if fact not in text] == [], role
            heads = {f"head_{level}" for level in range(1, 6)} if name == "segments" and role in STAFF else set()
            known = {field.key for field in registry.get(name, who).fields_for(who)} | heads
            assert {line["key"] for line in data.json()["rows"]} <= known, role
            assert client.get(data.json()["url"], headers={"accept": "application/json"}).json()["id"] == row.pk


@pytest.mark.parametrize("name", ["areas", "grids", "segments", "fences", "facilities", "pipe-nodes", "works"])
def test_a_link_and_the_code_in_it_lead_to_the_same(town: dict[Role, Client], name: str) -> None:
    admin = Audience(Role.ADMIN)
    layer = registry.get(name, admin)
    column = "fence__code" if name == "fences" else "code"
    row = layer.rows_for(admin).exclude(**{column: ""}).order_by("pk").first()
    if row is None:
        pytest.skip(f"no code among the {name} of the town")
    code = row.fence.code if name == "fences" else row.code
    answer = town[Role.ADMIN].get(f"/p/{quote(code)}.json").json()
    assert answer["layer"] == name
    assert answer["share"] in (f"/p/{quote(code)}", f"/p/{name}%3A{answer['id']}")
    assert all(town[Role.ADMIN].get(line["link"]).status_code == 200 for line in answer["neighbours"][:12])


def test_who_answers_for_the_grid_is_told_to_staff_and_their_number_to_whom_it_is_granted(db: None) -> None:
    make(Grid, code="310115001001001", person="测试甲", phone="13800000000", geom=square())
    toilet = make(Facility, geom=dot(WEST + STEP, SOUTH + STEP))
    path = f"/p/facilities:{toilet.pk}"
    assert "测试甲" not in Client().get(path).content.decode()
    assert Client().get(f"{path}.json").json()["person"] is None
    told = signed_in(Role.FIELD).get(f"{path}.json").json()["person"]
    assert (told["name"], told["phone"], told["link"]) == ("测试甲", "", "/p/310115001001001")
    granted = signed_in(Role.MANAGER, grants=("contacts",)).get(path).content.decode()
    assert 'href="tel:13800000000"' in granted


def test_a_problem_is_told_to_the_office_with_a_sentence_that_names_the_place_and_no_person(
    db: None, settings: Any
) -> None:
    settings.PUBLIC_URL, settings.HOTLINE = "https://map.example", "12319"
    make(Area, name="云汀区", level=3, geom=square(side=0.02))
    make(Area, name="听澜街道", name_en="Tinglan Street", level=4, geom=square(side=0.01))
    make(Area, name="桑园社区", level=5, geom=square(side=0.01))
    make(Grid, code="310115001001001", name="第一网格", name_en="Grid One", person="测试甲", geom=square())
    lamp = make(Facility, code="3101150301000001", name="路灯", owner="路灯所", geom=dot(WEST + STEP, SOUTH + STEP))
    for client, bodies in ((Client(), []), (signed_in(Role.ADMIN, grants=("contacts",)), ["路灯所"])):
        told = client.get("/p/3101150301000001.json").json()["report"]
        assert [body["value"] for body in told["responsible"]] == [*bodies, "听澜街道 · 桑园社区", "第一网格"]
        in_english = [body["value_en"] for body in told["responsible"]][-2:]
        assert in_english == ["Tinglan Street · 桑园社区", "Grid One"]
        assert client.get(f"/api/features/facilities/{lamp.pk}").json()["report"] == told
        assert "测试甲" not in str(told)
    what, link, problem = told["text"].split("\n")
    assert what == (
        f"问题地点：路灯（公共设施，部件标识码 3101150301000001），听澜街道 · 桑园社区，"
        f"北纬 {SOUTH + STEP:.5f}°、东经 {WEST + STEP:.5f}°（CGCS2000）"
    )
    assert (link, problem) == ("https://map.example/p/3101150301000001", "问题：")
    assert told["text_en"].startswith("Place: 路灯 (Facilities, ")
    page = Client().get("/p/3101150301000001").content.decode()
    assert 'href="tel:12319"' in page
    assert html.escape(what) in page


def times(first: date, after: date | None = None) -> dict[str, Any]:
    return {"valid": DateRange(first, after), "recorded": DateTimeTZRange(timezone.now() - timedelta(hours=1), None)}


def test_rules_and_history_of_a_segment_and_of_a_fence(db: None) -> None:
    today = timezone.localdate()
    segment = make(Segment, code="LD-1", geom=line())
    make(Zoning, segment=segment, zone="forbidden", **times(date(2024, 1, 1), today))
    make(Zoning, segment=segment, zone="strict", **times(today))
    fence = Fence.objects.create(code="WL-1")
    make(FenceVersion, fence=fence, name="旧市集", purpose="vending", **times(date(2024, 1, 1), today))
    make(FenceVersion, fence=fence, name="新市集", name_en="New Fair", purpose="vending", **times(today))
    place = Client().get("/p/LD-1.json").json()
    assert [rule["title"] for rule in place["rules"]] == ["新市集", "世纪大道一段左侧 0–50 米"]
    assert [rule["now"] for rule in place["rules"]] == [True, True]
    assert [held["what"] for held in place["history"]] == ["严控区 · 一类街面", "严禁区 · 一类街面"]
    ground, further = square(), square(WEST + 10 * STEP)
    make(Grid, code="310115001000001", name="旧格", ended_on=today, geom=ground)
    make(Grid, code="310115001000002", name="新格", started_on=today, geom=ground)
    make(Grid, code="310115001000003", name="邻格", started_on=today, geom=further)
    grid = Client().get("/p/310115001000002.json").json()
    assert [(held["title"], held["period"]) for held in grid["history"]] == [
        ("新格", f"{today} 起"), ("旧格", f"至 {today - timedelta(days=1)}"),
    ]  # fmt: skip
    make(Area, level=4, name="旧街道", ended_on=today, geom=ground)
    street = make(Area, level=4, name="新街道", name_en="New Street", started_on=today, geom=ground)
    make(Area, level=5, name="社区", started_on=today, geom=ground)
    area = Client().get(f"/p/areas:{street.pk}.json").json()
    assert [held["title"] for held in area["history"]] == ["新街道", "旧街道"]
    assert [one["title"] for one in Client().get("/p/WL-1.json").json()["within"]] == ["新街道", "社区", "新格"]
    place = Client().get("/p/WL-1.json").json()
    assert (place["title"], [held["title"] for held in place["history"]]) == ("新市集", ["新市集", "旧市集"])
    assert [held["title_en"] for held in area["history"]] == ["New Street", "旧街道"]
    assert [held["title_en"] for held in place["history"]] == ["New Fair", "旧市集"]


def test_a_planner_sees_the_fence_in_force_first_and_its_draft_in_the_history(db: None) -> None:
    today = timezone.localdate()
    fence = Fence.objects.create(code="WL-2")
    make(FenceVersion, fence=fence, name="今", **times(date(2024, 1, 1), today + timedelta(days=9)))
    make(FenceVersion, fence=fence, name="稿", state="draft", **times(today + timedelta(days=9)))
    for role, told in ((Role.PLANNER, ["稿", "今"]), (Role.RESIDENT, ["今"])):
        place = signed_in(role).get("/p/WL-2.json").json()
        assert (place["title"], [held["title"] for held in place["history"]]) == ("今", told)


def test_what_is_by_a_place_is_linked_and_only_what_one_may_see(db: None) -> None:
    make(Area, name="听澜街道", code="310115001", geom=square(side=0.01))
    make(Area, name="筹建街道", started_on=timezone.localdate() + timedelta(days=9), geom=square(side=0.01))
    tower = make(Building, name="滨江大厦", geom=square())
    make(Room, building=tower, number="501", geom=dot(WEST + STEP, SOUTH + STEP))
    first, second = make(PipeNode, code="J-1"), make(PipeNode, code="J-2", geom=dot(WEST + STEP))
    make(PipeSegment, code="JS-1", start=first, end=second)
    here = f"/p/buildings:{tower.pk}.json"
    resident = {(one["relation"], one["title"]) for one in Client().get(here).json()["neighbours"]}
    assert ("within", "听澜街道") in resident
    assert ("holds", "501") not in resident
    admin = signed_in(Role.ADMIN)
    seen = {(one["relation"], one["title"]) for one in admin.get(here).json()["neighbours"]}
    assert ("holds", "501") in seen
    assert ("within", "筹建街道") not in seen, "whoever draws it sees it, but nothing lies in it yet"
    pipes = [one for one in admin.get("/p/J-1.json").json()["neighbours"] if one["relation"] == "along"]
    assert [one["title"] for one in pipes] == ["JS-1"]
    assert Client().get("/p/J-1").status_code == 404


class TestCodes:
    def test_one_code_in_two_layers_is_a_page_to_choose_from_for_whom_both_exist(self, db: None) -> None:
        segment, node = make(Segment, code="A-1"), make(PipeNode, code="A-1")
        assert Client().get("/p/A-1.json").json()["layer"] == "segments"
        admin = signed_in(Role.ADMIN)
        page = admin.get("/p/A-1")
        assert page.status_code == 300
        links = {f"/p/segments:{segment.pk}", f"/p/pipe-nodes:{node.pk}"}
        assert all(f'href="{link}"' in page.content.decode() for link in links)
        assert {one["link"] for one in admin.get("/p/A-1.json").json()["choices"]} == links
        assert admin.get(f"/p/segments:{segment.pk}.json").json()["share"] == f"/p/segments%3A{segment.pk}"

    def test_two_rows_of_one_layer_too(self, db: None) -> None:
        for _ in range(2):
            make(Building, code="B-7", name="云汀大厦", name_en="Yunting Tower", geom=square())
        make(Area, name="听澜街道", name_en="Tinglan Street", level=4, geom=square(side=0.01))
        admin = signed_in(Role.ADMIN)
        for words, told, where in (("", "云汀大厦", "听澜街道"), ("?lang=en", "Yunting Tower", "Tinglan Street")):
            answer = admin.get(f"/p/B-7{words}")
            assert (answer.status_code, answer.content.decode().count('href="/p/buildings:')) == (300, 2)
            assert answer.content.decode().count(f">{told}</a>") == 2
            assert answer.content.decode().count(f" · {where}</span>") == 2
        assert Client().get("/p/B-7").status_code == 404

    @pytest.mark.parametrize("typed", ["３１０１１５０３０１０００００１", "310115 0301 000001", " 3101150301000001"])
    def test_what_people_type_is_read_as_registers_write_it(self, db: None, typed: str) -> None:
        make(Facility, code="3101150301000001")
        assert Client().get(f"/p/{quote(typed)}.json").json()["share"] == "/p/3101150301000001"

    def test_what_chats_hang_on_a_link_is_not_heeded_and_of_data_refused(self, db: None) -> None:
        make(Facility, code="3101150301000001")
        for form, status in (("", 200), (".qr.svg", 200), (".json", 400)):
            answer = Client().get(f"/p/3101150301000001{form}?from=singlemessage&isappinstalled=0")
            assert answer.status_code == status, form

    @pytest.mark.parametrize("form", ["", ".json", ".png", ".qr.svg", ".qr.png"])
    def test_what_is_no_code_is_found_nowhere(self, db: None, form: str) -> None:
        named = ("areas:", f"areas:{'9' * 30}", "facilities:-1", "nothing:1", "：")
        for odd in ("a/b", "..", "%2E%2E%2F", "x" * 3000, "'", "\u202e", "%", "?", "🏠", *named):
            assert Client().get(f"/p/{quote(odd, safe='%/')}{form}").status_code == 404, odd

    def test_what_is_not_there_is_said_in_json_to_whom_asks_for_it(self, db: None) -> None:
        answer = Client().get("/p/none.json")
        assert (answer.status_code, "没有编码" in answer.json()["error"]) == (404, True)


class TestFormerCodes:
    def test_an_old_code_leads_on_whoever_changed_it_and_in_every_form(self, db: None) -> None:
        make(Facility, code="OLD-1")
        with connection.cursor() as cursor:  # as an import, or somebody at the database
            cursor.execute("UPDATE spatial_facility SET code = 'NEW-1' WHERE code = 'OLD-1'")
        for form in ("", ".json", ".qr.svg"):
            answer = Client().get(f"/p/OLD-1{form}")
            assert (answer.status_code, answer["Location"]) == (301, f"/p/NEW-1{form}")
        assert "private" in answer["Cache-Control"], "it may be given to another one day"
        Facility.objects.update(code="NEW-2")
        assert {Client().get(f"/p/{old}")["Location"] for old in ("OLD-1", "NEW-1")} == {"/p/NEW-2"}

    @pytest.mark.parametrize("code", ["GC-1.json", "GC-1.PNG", "GC.qr.svg"])
    def test_a_code_that_ends_like_another_form_of_the_page_is_named_by_its_number(self, db: None, code: str) -> None:
        toilet = make(Facility, code=code)
        place = Client().get(f"/p/facilities:{toilet.pk}.json").json()
        assert place["share"] == f"/p/facilities%3A{toilet.pk}"
        for link in (place["share"], place["url"], place["follow"]):
            assert Client().get(link).status_code == 200, link

    def test_a_code_that_is_borne_now_leads_to_its_bearer(self, db: None) -> None:
        first = make(Segment, code="A")
        Segment.objects.update(code="B")
        second = make(Segment, code="A")
        assert Client().get("/p/A.json").json()["id"] == second.pk
        assert Client().get("/p/B.json").json()["id"] == first.pk

    @pytest.mark.parametrize("model", [Building, Room, Facility, PipeNode, Segment])
    def test_the_page_tells_former_codes_with_their_day_and_whether_more_is_kept(self, db: None, model: Any) -> None:
        row, other = make(model, code="A-1"), make(model, code="Z-1")
        for code in ("A-2", "A-3", "A-2"):  # it bears A-2 again in the end
            model.objects.filter(pk=row.pk).update(code=code)
        model.objects.filter(pk=other.pk).update(code="Z-2")
        for n, code in enumerate(("A-1", "A-3")):
            late = datetime(2026, 3, 4 + n, 23, 30, tzinfo=UTC)  # in the city the next day has begun
            FormerCode.objects.filter(code=code).update(left_at=late)
        staff = signed_in(Role.ADMIN)
        said = staff.get("/p/A-1", follow=True)
        place = staff.get("/p/A-1.json", follow=True).json()
        assert [(held["title"], held["what"], held["period"]) for held in place["history"]] == [
            ("A-3", "原编码", "至 2026-03-06"), ("A-1", "原编码", "至 2026-03-05"),
        ]  # fmt: skip
        assert place["as_of_now"] is (model is not Segment)
        text = said.content.decode()
        assert "Z-1" not in text
        assert ("只保存现在的情况" in text) is place["as_of_now"]

    def test_nobody_is_led_to_what_he_may_not_see(self, db: None) -> None:
        make(PipeNode, code="J-OLD"), make(Building, code="B-OLD")
        PipeNode.objects.update(code="J-NEW")
        Building.objects.update(code="B-NEW")
        assert [Client().get(f"/p/{code}").status_code for code in ("J-OLD", "B-OLD")] == [404, 404]
        staff = signed_in(Role.ADMIN)
        assert staff.get("/p/J-OLD")["Location"].startswith("/p/pipe-nodes%3A")
        assert staff.get("/p/B-OLD")["Location"].startswith("/p/buildings%3A")
        house = f"/p/buildings:{Building.objects.get().pk}.json"
        assert [len(who.get(house).json()["history"]) for who in (Client(), staff)] == [0, 1]

    def test_a_fence_keeps_its_former_code_and_what_never_had_one_leaves_none(self, db: None) -> None:
        version = make(FenceVersion, fence=Fence.objects.create(code="WL-OLD"))
        Fence.objects.update(code="WL-NEW")
        assert Client().get("/p/WL-OLD")["Location"] == "/p/WL-NEW"
        make(Segment, code="")
        Segment.objects.update(code="S-1")
        Segment.objects.update(code="S-1")
        assert list(FormerCode.objects.values_list("table", "code", "row")) == [
            ("spatial_fence", "WL-OLD", version.fence_id)
        ]

    def test_of_a_row_that_is_gone_nothing_is_left(self, db: None) -> None:
        make(Segment, code="GONE")
        Segment.objects.update(code="STILL-HERE")
        Segment.objects.all().delete()
        assert Client().get("/p/GONE").status_code == 404


class TestQR:
    @pytest.mark.parametrize("public", ["", "https://map.example"])
    def test_a_phone_reads_the_link(self, db: None, settings: Any, public: str) -> None:
        settings.PUBLIC_URL = public
        make(Facility, code="3101150301000001")
        answer = Client().get("/p/3101150301000001.qr.png")
        [read] = zxingcpp.read_barcodes(Image.open(BytesIO(answer.content)).convert("L"))
        assert read.text == f"{public or 'http://testserver'}/p/3101150301000001"
        drawn = Client().get("/p/3101150301000001.qr.svg")
        assert (drawn["Content-Type"], drawn.content[:4]) == ("image/svg+xml", b"<svg")

    @pytest.mark.parametrize("form", ["svg", "png"])
    def test_there_is_none_of_what_one_may_not_see(self, db: None, form: str) -> None:
        node, admin = make(PipeNode, code="J-1"), signed_in(Role.ADMIN)
        for name in ("J-1", f"pipe-nodes:{node.pk}"):
            assert Client().get(f"/p/{name}.qr.{form}").status_code == 404
            assert admin.get(f"/p/{name}.qr.{form}").status_code == 200


def sheet_of(client: Client, asked: str) -> list[list[str]]:
    """The links of the plates, page by page, as a reader of PDF finds them."""
    answer = client.get(f"/p/plates.pdf?{asked}")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    pages = PdfReader(BytesIO(answer.content)).pages
    return [[note.get_object()["/A"]["/URI"] for note in page["/Annots"]] for page in pages]


class TestPlates:
    def test_a_grid_gets_a_plate_for_each_of_its_facilities_and_no_other(self, db: None, settings: Any) -> None:
        settings.PUBLIC_URL = "https://map.example"
        make(Grid, code="310115001001001", geom=square(side=5 * STEP))
        for n in range(12):
            make(Facility, code=f"31011503010000{n:02}", geom=dot(WEST + (n + 1) * STEP / 4, SOUTH + STEP))
        make(Facility, code="3101150301000099", geom=dot(WEST + 9 * STEP))
        pages = sheet_of(signed_in(Role.FIELD), "layer=facilities&grid=310115001001001")
        assert [len(page) for page in pages] == [10, 2]
        assert [link for page in pages for link in page] == [
            f"https://map.example/p/31011503010000{n:02}" for n in range(12)
        ]

    def test_plates_say_in_chinese_what_they_are_of(self, db: None) -> None:
        call_command("load_codes", verbosity=0)
        toilet = make(Facility, code="3101150301000001", name="滨江公厕")
        other = make(Facility, name="🏠" * 200)
        answer = signed_in(Role.ADMIN).get(f"/p/plates.pdf?layer=facilities&code={toilet.code},facilities:{other.pk}")
        text = PdfReader(BytesIO(answer.content)).pages[0].extract_text()
        assert all(word in text for word in ("滨江公厕", "公共厕所", "Public toilet", "3101150301000001", "□□"))

    def test_a_plate_bears_the_code_that_is_drawn_elsewhere(self) -> None:
        code = qr_of("https://map.example/p/3101150301000001")
        drawn = [[0] * len(row) for row in code.matrix]
        for row, first, length in runs(code):
            drawn[row][first : first + length] = [1] * length
        assert drawn == [list(row) for row in code.matrix]

    def test_the_versions_of_a_fence_share_a_plate_and_a_code_of_two_places_stands_on_none(self, db: None) -> None:
        today, admin = timezone.localdate(), signed_in(Role.ADMIN)
        fence = Fence.objects.create(code="WL-1")
        make(FenceVersion, fence=fence, **times(date(2024, 1, 1), today))
        make(FenceVersion, fence=fence, **times(today))
        assert sheet_of(admin, "layer=fences&code=WL-1") == [["http://testserver/p/WL-1"]]
        segment = make(Segment, code="WL-1")
        assert sheet_of(admin, "layer=segments&code=WL-1") == [[f"http://testserver/p/segments:{segment.pk}"]]

    def test_residents_get_none_and_staff_only_of_what_is_theirs(self, db: None) -> None:
        home = make(Area, code="310115001", geom=square(side=5 * STEP))
        near = make(PipeNode, code="J-1", geom=dot(WEST + STEP, SOUTH + STEP))
        make(PipeNode, code="J-2", geom=dot(WEST + 1))
        stranger = Client().get("/p/plates.pdf?layer=pipe-nodes&code=J-1")
        assert stranger.status_code == 302
        assert stranger["Location"].startswith("/accounts/login/?next=")
        nobody = Client()
        nobody.force_login(User.objects.create_user("without-a-role"))
        assert nobody.get("/p/plates.pdf?layer=pipe-nodes&code=J-1").status_code == 404
        field = signed_in(Role.FIELD, home)
        assert sheet_of(field, "layer=pipe-nodes&area=310115001") == [[f"http://testserver/p/pipe-nodes:{near.pk}"]]
        kept = Inquiry.objects.values_list("reader__username", "layer", "purpose", "rows")
        assert list(kept) == [(f"field-place-{home.pk}", "pipe-nodes", "打印标牌", 1)]
        assert field.get("/p/plates.pdf?layer=pipe-nodes&code=J-1,J-2").status_code == 404
        assert signed_in(Role.PLANNER).get("/p/plates.pdf?layer=rooms&code=x").status_code == 404

    @pytest.mark.parametrize(
        ("asked", "status"),
        [("", 400), ("layer=facilities", 400), ("layer=facilities&grid=B&area_=1", 400),
         ("layer=facilities&code=A&grid=B", 400), ("layer=none&code=A", 404),
         ("layer=facilities&code=A", 404), ("layer=facilities&grid=B", 404), ("layer=facilities&code=,,", 404),
         ("layer=roads&code=A", 404), ("layer=roads&code=roads:1", 404), (f"layer=facilities&code={'9' * 3000}", 404)],
    )  # fmt: skip
    def test_what_cannot_be_printed_is_said(self, db: None, asked: str, status: int) -> None:
        assert signed_in(Role.ADMIN).get(f"/p/plates.pdf?{asked}").status_code == status

    def test_too_many_at_once_are_refused(self, db: None) -> None:
        make(Area, code="310115001", geom=square())
        Facility.objects.bulk_create(
            Facility(kind="lamp", geom=dot(WEST + STEP, SOUTH + STEP), source_id=f"{n}") for n in range(MOST + 1)
        )
        answer = signed_in(Role.ADMIN).get("/p/plates.pdf?layer=facilities&area=310115001")
        assert (answer.status_code, str(MOST) in answer.content.decode()) == (400, True)


def test_in_english_only_names_and_numbers_on_record_are_in_chinese(town: dict[Role, Client]) -> None:
    """Sources, addresses, what a rule is based on, detours: what has no English beside it has it on a list."""
    reader, chinese = Client(), re.compile("[\u3400-\u9fff]+")
    for layer in registry.visible(RESIDENT):
        row = layer.rows_for(RESIDENT).order_by("-pk").first()
        if row is None:
            continue
        page = html.unescape(reader.get(f"/p/{layer.id}:{row.pk}?lang=en").content.decode())
        told = reader.get(f"/p/{layer.id}:{row.pk}.json").json()
        names = {"code", *(field.key for field in layer.fields if field.english)}
        for name in [settings.CITY_NAME, "中文", *(fact["value"] for fact in told["rows"] if fact["key"] in names)]:
            page = page.replace(name, "")
        assert chinese.findall(page) == [], layer.id


def test_the_page_needs_no_script_and_speaks_english(db: None) -> None:
    toilet = make(Facility, code="3101150301000001", geom=dot())
    page = Client().get("/p/3101150301000001", headers={"accept-language": "en"}).content.decode()
    assert "Open on the map" in page
    assert 'http-equiv="refresh"' not in page
    assert f"sel=facilities:{toilet.pk}" in page


def test_a_link_can_choose_the_language_and_the_choice_is_kept(db: None) -> None:
    make(Facility, code="3101150301000001", geom=dot())
    reader = Client(headers={"accept-language": "zh"})
    assert "Open on the map" in reader.get("/p/3101150301000001?lang=en").content.decode()
    assert "Open on the map" in reader.get("/p/3101150301000001").content.decode()
    assert "Open on the map" not in reader.get("/p/3101150301000001?lang=zh").content.decode()
