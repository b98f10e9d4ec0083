"""The pages of checks: who may open them, what they list, and that a verdict is written down and followed."""

from __future__ import annotations

import csv
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.contrib.gis.geos import LineString, MultiPolygon, Point, Polygon
from django.core.management import call_command
from django.test import Client

from gis.merging import merge_addresses
from gis.models import Address, AddressPair, Area, Grid, ImportJob, PipeNode, PipeSegment, Verdict
from layers.models import Account

pytestmark = pytest.mark.django_db
PAGES = ["/checks", "/checks/pipes", "/checks/pipes.csv", "/checks/areas", "/checks/areas.csv", "/checks/addresses"]


def box(west: float, east: float) -> MultiPolygon:
    return MultiPolygon(Polygon.from_bbox((west, 31.2, east, 31.3)), srid=4490)


def signed_in(role: str, area: Area | None = None, **more: Any) -> Client:
    user = User.objects.create_user(f"{role}-{area.pk if area else 'all'}")
    user.groups.add(Group.objects.get_or_create(name=role)[0])
    Account.objects.create(user=user, area=area)
    client = Client(**more)
    client.force_login(user)
    return client


@pytest.fixture
def town(db: None) -> dict[str, Any]:
    """Two streets with a pipe too deep in each; a grid and a gap; one house in two registers, and a doubtful third."""
    west, east = (
        Area.objects.create(level=4, name=name, geom=box(*span))
        for name, span in (("西街道", (121.40, 121.45)), ("东街道", (121.45, 121.50)))
    )
    for name, lon in (("西管", 121.42), ("东管", 121.47)):
        ends = [
            PipeNode.objects.create(code=f"{name}{n}", category="JS", appendage="阀门井",
                                    geom=Point(lon + n * 0.0003, 31.25, srid=4490))
            for n in (0, 1)
        ]  # fmt: skip
        line = LineString(*[(*node.geom.coords, 0) for node in ends], srid=4490)
        PipeSegment.objects.create(
            code=name, category="JS", geom=line, start=ends[0], end=ends[1], start_depth_m=40, source=name
        )
    community = Area.objects.create(level=5, name="社区", parent=west, geom=box(121.40, 121.45))
    Grid.objects.create(code="G1", community=community, geom=box(121.40, 121.42), person="张三丰", phone="13900000000")
    for source, road, number, code, north in (
        ("公安", "人民路", "12号", "DZ1", 0), ("住建", "人民路", "１２", "", 5), ("规划", "仁民路", "12", "", 40),
    ):  # fmt: skip
        place = Point(121.41, 31.25 + north / 1e6, srid=4490)
        Address.objects.create(source=source, source_id="1", road=road, number=number, code=code, geom=place)
    merge_addresses()
    return {"west": west, "east": east}


@pytest.mark.parametrize("page", PAGES)
def test_who_may_open_a_page(town: dict[str, Any], page: str) -> None:
    for role, expected in (("planner", 200), ("admin", 200), ("field", 404), ("manager", 200)):
        if page == "/checks/addresses" and role == "manager":
            expected = 404
        assert signed_in(role).get(page).status_code == expected, role
    stranger = Client().get(page)
    assert (stranger.status_code, stranger["Location"]) == (302, f"/accounts/login/?next={page}")
    assert signed_in("admin-not").get(page).status_code == 404


def test_pipes_of_all_and_of_one_source(town: dict[str, Any]) -> None:
    client = signed_in("manager")
    page = client.get("/checks/pipes").content.decode()
    assert "埋深超出范围" in page
    assert "西管" in page
    pipe = PipeSegment.objects.get(code="西管")
    assert f"/map?sel=pipes:{pipe.pk}#18.00/31.25" in page
    one = client.get("/checks/pipes", {"source": "东管"}).content.decode()
    assert "西管</td>" not in one
    assert "东管</td>" in one


def test_the_city_s_limits_hold_on_the_pages_and_for_the_commands(town: dict[str, Any], settings: Any) -> None:
    """Pipes at forty metres, and a gap of half a street."""
    client = signed_in("planner")

    def found(about: str) -> set[str]:
        page = client.get(f"/checks/{about}.csv").content.decode("utf-8-sig")
        told = StringIO()
        call_command(f"check_{about}", stdout=told)
        assert f"共 {len(page.splitlines()) - 1} 处" in told.getvalue()
        return {row["check"] for row in csv.DictReader(StringIO(page))}

    assert "depth" in found("pipes")
    assert "gap" in found("areas")
    settings.SURVEY_LIMITS = {"deepest_m": 45.0, "smallest_m2": 1e12}
    assert "depth" not in found("pipes")
    assert "gap" not in found("areas")


def test_staff_of_an_area_see_its_pipes_only(town: dict[str, Any]) -> None:
    client = signed_in("planner", town["west"])
    rows = list(csv.DictReader(StringIO(client.get("/checks/pipes.csv").content.decode("utf-8-sig"))))
    assert {row["code"] for row in rows if row["check"] == "depth"} == {"西管"}
    assert "东管</td>" not in client.get("/checks/pipes").content.decode()


def test_areas_are_listed_without_any_person(town: dict[str, Any]) -> None:
    client = signed_in("planner")
    for path in ("/checks/areas", "/checks/areas.csv"):
        said = client.get(path).content.decode()
        assert "缝隙" in said
        assert "张三丰" not in said
        assert "1390000" not in said


def test_pages_speak_english(town: dict[str, Any]) -> None:
    client = signed_in("planner", headers={"accept-language": "en"})
    assert "Depth beyond the limit" in client.get("/checks/pipes").content.decode()
    assert "Addresses that may be one" in client.get("/checks/addresses").content.decode()


def test_a_verdict_is_written_down_followed_and_withdrawn(town: dict[str, Any]) -> None:
    client = signed_in("planner")
    pair = AddressPair.objects.filter(verdict=Verdict.OPEN).first()
    assert pair
    page = client.get("/checks/addresses").content.decode()
    assert "仁民路" in page
    assert f'action="/checks/addresses/{pair.pk}"' in page
    answer = client.post(f"/checks/addresses/{pair.pk}", {"verdict": "same", "back": "/checks/addresses?page=1"})
    assert (answer.status_code, answer["Location"]) == (302, "/checks/addresses?page=1")
    pair.refresh_from_db()
    assert (pair.verdict, pair.decided_by and pair.decided_by.username) == ("same", "planner-all")
    assert Address.objects.filter(same_as__isnull=True).count() == 1
    assert "planner-all" in client.get("/checks/addresses?verdict=same").content.decode()
    client.post(f"/checks/addresses/{pair.pk}", {"verdict": "different"})
    assert Address.objects.get(source="规划").same_as is None


def test_verdicts_come_by_our_own_forms_only(town: dict[str, Any]) -> None:
    pair = AddressPair.objects.filter(verdict=Verdict.OPEN).first()
    assert pair
    path = f"/checks/addresses/{pair.pk}"
    assert signed_in("planner", enforce_csrf_checks=True).post(path, {"verdict": "same"}).status_code == 403
    assert signed_in("manager").post(path, {"verdict": "same"}).status_code == 404
    admin = signed_in("admin")
    assert admin.get(path).status_code == 405
    assert admin.post(path, {"verdict": "perhaps"}).status_code == 400
    assert admin.post("/checks/addresses/999999", {"verdict": "same"}).status_code == 404
    assert admin.get("/checks/addresses?verdict=perhaps").status_code == 400
    elsewhere = admin.post(path, {"verdict": "different", "back": "https://elsewhere.example/"})
    assert elsewhere["Location"] == "/checks/addresses"
    pair.refresh_from_db()
    assert pair.verdict == "different"


def test_a_planner_has_the_registers_compared_anew_once_at_a_time(town: dict[str, Any], settings: Any) -> None:
    settings.IMPORT_WORKERS = False
    client, path = signed_in("planner"), "/checks/addresses/compare"
    assert "还没有比对过" in client.get("/checks/addresses").content.decode()
    for _ in range(2):
        assert client.post(path)["Location"] == "/checks/addresses"
    [job] = ImportJob.objects.filter(kind="merge", state="waiting")
    assert "正在比对" in client.get("/checks/addresses").content.decode()
    job.state, job.error = "failed", "比对出错"
    job.save()
    assert "比对出错" in client.get("/checks/addresses").content.decode()
    assert signed_in("manager").post(path).status_code == 404
    assert client.get(path).status_code == 405


def test_a_merged_address_is_shown_once(town: dict[str, Any]) -> None:
    before = Client().get("/api/search", {"q": "人民路"}).json()["results"]
    assert [hit["title"] for hit in before if hit["layer"] == "addresses"] == ["人民路12号"]
