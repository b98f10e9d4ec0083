"""The field map as staff use it on the street, the network off too: features.md D.3, F03, F04, F16 (place), F19."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.contrib.gis.geos import MultiPolygon, Polygon
from django.db import connections
from django.db.models import Count
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pyproj import Geod

from gis.along import meetings
from gis.crs import wgs84_to_bd09, wgs84_to_gcj02
from gis.models import Area, Building, Facility, Road, Room
from layers.models import Account
from tests.pages.conftest import PASSWORD, PHONE, Visit
from tests.pages.finger import hold
from tests.pages.test_axe import violations

pytestmark = pytest.mark.django_db
Begin = Callable[..., Visit]
EDITS = True
SMALLEST = 44
MIDDLE = (195, 422)
KEPT = """async () => {
  const held = async (name) => (await (await caches.open(name)).match("/field")) && name;
  const names = (await caches.keys()).filter((name) => name.startsWith("field:"));
  return (await Promise.all(names.map(held))).filter(Boolean);
}"""
BUDGET = 500_000
"""Bytes until the map of the field page is there: features.md D.0."""
SMALL = """([selector, least]) => [...document.querySelectorAll(selector)]
  .filter((one) => one.checkVisibility({ visibilityProperty: true }))
  .map((one) => [one.outerHTML.slice(0, 120), one.getBoundingClientRect()])
  .filter(([, { width, height }]) => Math.min(width, height) < least)
  .map(([html, { width, height }]) => `${Math.round(width)} × ${Math.round(height)}: ${html}`)"""
TARGETS = """(all) => all.filter((one) => one.offsetParent).map((one) => one.getBoundingClientRect())
  .map(({ x, y, width, height }) => [x, y, width, height])"""


CUT = """(() => {
  const real = window.fetch;
  window.asked = [];
  window.line = 9;
  window.fetch = (path, options) => {
    if (!String(path).startsWith("/tiles/") || !options?.headers?.["Take-Along"]) return real(path, options);
    window.asked.push(path);
    const busy = new Response("", { status: 503, headers: { "Retry-After": "0.1" } });
    if (window.asked.length === 3) return Promise.resolve(busy);
    return window.asked.length > window.line ? Promise.reject(new TypeError("cut")) : real(path, options);
  };
})()"""
"""A server that is busy at the third tile, a line that goes after the ninth."""
PACKS = "async () => (await caches.keys()).filter((name) => name.startsWith('pack:'))"


def tall() -> Building:
    """The building with the most rooms."""
    return Building.objects.annotate(known=Count("rooms")).order_by("-known", "pk")[0]


@pytest.fixture(scope="module")
def toilets(town: None, django_db_blocker: Any) -> None:
    """Two in the tall building: one by day, one always."""
    hours = {"日间公厕": ["06:00-22:00"], "昼夜公厕": ["00:00-24:00"]}
    with django_db_blocker.unblock():
        for name, spans in hours.items():
            stored = {"rules": [{"hours": spans}]}
            Facility.objects.create(kind="toilet", name=name, hours=stored, geom=tall().geom.point_on_surface)
        Facility.objects.create(kind="market", name="昼夜菜场", hours=stored, geom=tall().geom.point_on_surface)
        connections.close_all()  # Django keeps those of the tests, beside an event loop, apart from this one


@pytest.fixture(scope="module")
def home(town: None, django_db_blocker: Any) -> Any:
    """A small area around the tall building, and a worker whose area it is."""
    with django_db_blocker.unblock():
        spot = tall().geom.point_on_surface
        ground = MultiPolygon(Polygon.from_bbox((spot.x - 0.001, spot.y - 0.001, spot.x + 0.001, spot.y + 0.001)))
        area = Area.objects.create(level=5, name="外勤片区", geom=ground)
        worker = User.objects.create_user("walker", password=PASSWORD)
        worker.groups.add(Group.objects.get_or_create(name="field")[0])
        Account.objects.create(user=worker, area=area)
        connections.close_all()
    return area


@pytest.fixture(scope="module")
def signed_in(browser: Browser, site: str) -> Any:
    """What a browser holds once the clerk has signed in."""
    return sitting(browser, site, "clerk")


def sitting(browser: Browser, site: str, name: str) -> Any:
    """What a browser holds once somebody has signed in."""
    page = browser.new_context(locale="zh-CN").new_page()
    page.goto(f"{site}/field")
    page.fill("#id_username", name)
    page.fill("#id_password", PASSWORD)
    page.click("form .primary")
    page.wait_for_url("**/field*")
    held = page.context.storage_state()
    page.context.close()
    return {"cookies": held["cookies"], "origins": []}


@pytest.fixture
def enter(visit: Begin, signed_in: Any) -> Begin:
    """Come to the field map on a phone: `enter(at)`."""

    def come(at: str = "", **options: Any) -> Visit:
        view = visit(PHONE, is_mobile=True, storage_state=signed_in, **options)
        view.open(f"/field{at}")
        return view

    return come


def kept(page: Page) -> list[str]:
    """For which sittings the browser keeps a page."""
    return list(page.evaluate(KEPT))


def soon(look: Callable[[], list[str]]) -> list[str]:
    """What is seen once there is something."""
    for _ in range(300):
        if seen := look():
            return seen
        time.sleep(0.1)
    return []


def seek(page: Page, text: str) -> None:
    """Type anew, until what is suggested answers that."""
    page.locator("#search-box").fill("")
    page.locator("#search-box").fill(text)
    expect(page.locator("#results")).not_to_have_attribute("aria-busy", "true")


def small(page: Page) -> list[str]:
    """What a finger is to press and is smaller than it, whatever is open."""
    pressed = "button:not(.handle), input:not([type=checkbox], [type=radio]), summary, a:not(.skip, .leaflet-control a)"
    return list(page.evaluate(SMALL, [f"{pressed}, #results li", SMALLEST]))


def test_strangers_sign_in_and_residents_are_refused(client: Client, town: None, browser: Browser) -> None:
    assert client.get("/field")["Location"] == "/accounts/login/?next=/field"
    neighbour = User.objects.create_user("neighbour")
    client.force_login(neighbour)
    refused = client.get("/field")
    assert refused.status_code == 403
    assert "Kept-For" not in refused
    neighbour.groups.add(Group.objects.get_or_create(name="field")[0])
    let_in = client.get("/field")
    assert let_in.status_code == 200
    assert "no-store" in let_in["Cache-Control"]
    assert let_in["Kept-For"]
    other = Client()
    other.force_login(neighbour)
    assert other.get("/field")["Kept-For"] != let_in["Kept-For"], "one is kept for a sitting, not for an account"


def test_it_can_be_installed(client: Client, site: str, visit: Begin) -> None:
    manifest = client.get("/field/app.webmanifest").json()
    assert (manifest["start_url"], manifest["scope"], manifest["display"]) == ("/field", "/field", "standalone")
    page = visit().page
    worker = client.get("/field/worker.js")
    assert worker["Service-Worker-Allowed"] == "/field"
    files = re.findall(rf'"({settings.STATIC_URL}[^"]+\.\w+)"', worker.content.decode())
    assert len(files) > 8
    for path in [*files, *(icon["src"] for icon in manifest["icons"])]:
        assert page.request.get(site + path).ok, path


def test_a_held_finger_asks_what_is_here(enter: Begin) -> None:
    building = tall()
    spot = building.geom.point_on_surface
    page = enter(f"#18/{spot.y:.5f}/{spot.x:.5f}", permissions=["geolocation"], geolocation={
        "longitude": spot.x, "latitude": spot.y, "accuracy": 9,
    }).page  # fmt: skip
    hold(page, *MIDDLE)
    page.wait_for_selector("#card .spot-facts")
    expect(page.locator(".spot-pin")).to_be_visible()
    expect(page.locator("#card a[href^='tel:'], #card .spot-facts")).not_to_have_count(0)
    floors = page.locator("#card .floors .floor").all_inner_texts()
    known = Room.objects.filter(building=building)
    assert len(floors) == known.values("floor").distinct().count()
    assert page.locator("#card .room").count() == known.count()
    assert violations(page) == []
    assert small(page) == []

    lat, lon = map(float, re.findall(r"here=([\d.]+),([\d.]+)", page.url)[0])
    links = page.locator("#card .handover a").evaluate_all("(all) => all.map((one) => one.href)")
    amap, baidu, _ = (parse_qs(urlsplit(link).query) for link in links)
    expected = [float(one) for one in (*wgs84_to_gcj02(lon, lat), *reversed(wgs84_to_bd09(lon, lat)))]
    said = ",".join([amap["position"][0], baidu["location"][0]]).split(",")
    assert [float(number) for number in said] == pytest.approx(expected, abs=2e-5)

    page.locator("#card .room").first.click()
    expect(page.locator("#card .kind")).to_have_text(re.compile("房屋"))
    page.go_back()
    expect(page.locator("#card .floors")).to_be_visible()
    seek(page, building.address)
    expect(page.locator("#results li").first).to_be_visible()
    assert small(page) == []
    page.locator("#search .clear").click()
    page.locator("#card .close").click()
    assert small(page) == []
    thumb = page.locator(".tools button").evaluate_all(TARGETS)
    assert all(x > PHONE[0] / 2 and y > PHONE[1] / 2 for x, y, _, _ in thumb), "beyond the thumb of the right hand"

    page.locator("#seek").click()
    expect(page.locator("#search-box")).to_be_focused()
    page.locator("#ask-here").click()
    expect(page.locator("#accuracy")).to_have_text("误差 9 米内")
    expect(page.locator("path.accuracy")).to_have_count(1)
    expect(page.locator("#card .floors")).to_be_visible()


def test_the_first_visit_is_within_its_bytes(visit: Begin, signed_in: Any) -> None:
    view = visit(PHONE, is_mobile=True, storage_state=signed_in)
    wire = view.page.context.new_cdp_session(view.page)
    wire.send("Network.enable")
    loaded: list[float] = []
    wire.on("Network.loadingFinished", lambda event: loaded.append(event["encodedDataLength"]))
    page = view.open("/field")
    assert page.evaluate("performance.getEntriesByName('map:meaningful').length") == 1
    print(json.dumps({"bytes": sum(loaded), "requests": len(loaded)}))
    assert 100_000 < sum(loaded) <= BUDGET


def test_staff_are_told_the_same_of_a_spot_on_the_map_and_strangers_fetch_nothing_of_it(
    visit: Begin, signed_in: Any
) -> None:
    spot = tall().geom.point_on_surface
    at = f"/map#18.00/{spot.y:.5f}/{spot.x:.5f}"
    seen: dict[str, list[str]] = {}
    said: dict[str, str] = {}
    parts: dict[str, set[str]] = {}
    for name, state in (("staff", signed_in), ("stranger", None)):
        view = visit(PHONE, storage_state=state)
        urls = seen.setdefault(name, [])
        view.page.on("request", lambda asked, urls=urls: urls.append(urlsplit(asked.url).path.rpartition("/")[2]))
        page = view.open(at)
        assert {"spot.js", "field.json"}.isdisjoint(urls)
        page.locator("#map").click(button="right", position={"x": MIDDLE[0], "y": MIDDLE[1]})
        if name == "staff":
            expect(page.locator("#card .spot-facts")).to_contain_text("责任网格")
            expect(page.locator("#card .kind")).to_have_text("这里有什么")
            expect(page.locator("#card .floors .room")).not_to_have_count(0)
            expect(page.locator("#card .handover a")).to_have_count(3)
            assert violations(page) == []
        expect(page.locator("#card .verdict")).to_be_visible()
        said[name] = page.locator("#card .verdict").inner_text()
        parts[name] = {*page.locator("#card .here-group h3, #card .actions button").all_inner_texts()}
    assert said["staff"] == said["stranger"], "staff are told what everybody is told"
    assert parts["stranger"] - {"此处的围栏"} <= parts["staff"], "fences have a line of their own there"
    assert {"分享", "周围有什么"} <= parts["stranger"]
    assert "spot.js" in seen["staff"]
    assert {"spot.js", "field.json"}.isdisjoint(seen["stranger"])


def test_a_room_and_a_crossing_are_found_and_a_refused_position_is_told(enter: Begin) -> None:
    room = Room.objects.filter(building=tall()).order_by("pk")[5]
    page = enter().page
    page.locator("#locate").click()
    expect(page.locator("#mention")).to_have_text(re.compile("位置"))
    seek(page, room.number)
    page.locator("#results li", has_text="房屋").first.click()
    expect(page.locator("#card .room[aria-current]")).to_contain_text(room.number)
    seek(page, f"{room.building.address}{room.number}")
    page.locator("#results li", has_text="楼栋").first.click()
    expect(page.locator("#card h2")).to_contain_text(room.building.address)
    expect(page.locator("#card .room[aria-current]").first).to_contain_text(room.number)
    other = Room.objects.filter(building=room.building).exclude(number=room.number)[0].number
    seek(page, f"{room.building.address}{other}")
    page.locator("#results li", has_text="楼栋").first.click()
    expect(page.locator("#card .room[aria-current]").first).to_contain_text(other)
    block = re.findall(r"(\d+)幢", room.building.address)[0]
    seek(page, f"{block}号楼{other}")
    page.locator("#results li", has_text=room.building.address).click()
    expect(page.locator("#card .room[aria-current]").first).to_contain_text(other)
    seek(page, "云汀大道与芦汀路口")
    expect(page.locator("#results li").first).to_contain_text("路口")
    page.locator("#results li").first.click()
    expect(page.locator("#card h2")).to_contain_text(re.compile("云汀大道|芦汀路"))


def test_a_piece_taken_along_is_searched_and_read_without_the_network(enter: Begin, toilets: None) -> None:
    building = tall()
    spot = building.geom.point_on_surface
    view = enter(f"#17/{spot.y:.5f}/{spot.x:.5f}")
    page, bar = view.page, view.page.locator("#bar")
    assert len(soon(lambda: kept(page))) == 1
    take_along(page)
    assert violations(page) == []
    sizes = page.locator("#pack button:not(.handle), #pack label").evaluate_all(TARGETS)
    assert all(min(width, height) >= SMALLEST for _, _, width, height in sizes), sizes

    page.context.set_offline(True)
    expect(bar).to_contain_text("离线 · 用的是带走的")
    page.reload()
    view.settle()
    expect(bar).to_contain_text("离线 · 用的是带走的")
    assert page.evaluate("performance.getEntriesByName('map:meaningful').length") == 1, "the map is drawn"
    expect(page.locator("path.pack-edge")).to_have_count(1)
    finds_a_room(page, Room.objects.filter(building=building).order_by("-floor", "pk")[0])
    box = Polygon.from_bbox((spot.x - 0.0016, spot.y - 0.0027, spot.x + 0.0016, spot.y + 0.0027))  # within the phone
    box.srid = 4490
    finds_a_gate_and_a_room_as_people_say_them(page, Room.objects.filter(building=building).order_by("floor", "pk")[0])
    finds_a_crossing(page, *meetings(Road.objects.exclude(name=""), box)[0])
    finds_a_cover(page, Facility.objects.filter(kind="manhole", geom__within=box).exclude(owner="")[0])
    hands_over(page)
    finds_what_was_mistyped(page, building.address)
    finds_what_is_open(page)
    finds_the_nearest_market(page)
    page.wait_for_timeout(300)  # the map is back where it was, and wants tiles beyond the pack
    view.settle()
    assert [said for said in view.complaints if re.search(r"/(tiles|words|live)/", said)] == [], (
        "asked for all the same"
    )
    view.complaints.clear()  # of the line, which is looked for again and again

    page.context.set_offline(False)
    expect(bar).to_be_hidden()
    view.settle()
    page.evaluate("() => caches.open('pack:another.1:1')")
    page.reload()
    view.settle()
    expect(page.locator("#open-pack[data-state=whole]")).to_be_visible()
    assert soon(lambda: [True] if len(page.evaluate(PACKS)) == 1 else []), "one of another sitting goes, the own stays"


def finds_a_room(page: Page, room: Room) -> None:
    """F04: on its floor, told by the pack, and its card."""
    seek(page, f"{room.building.address} {room.number}")
    expect(page.locator("#results li").first).to_contain_text("离线")
    page.locator("#results li").first.click()
    here = page.locator("#card .floors li", has=page.locator("[aria-current]")).first
    expect(here).to_contain_text(f"{room.floor} 层")
    expect(here.locator("[aria-current]").first).to_contain_text(room.number)
    expect(page.locator("#card .packed-note")).to_contain_text("离线资料")
    here.locator("[aria-current]").first.click()
    expect(page.locator("#card h2")).to_have_text(room.number)


def finds_a_crossing(page: Page, one: str, other: str, lon: float, lat: float) -> None:
    """F03: whole, and while it is typed."""
    named = re.compile(f"{one}与{other}路口|{other}与{one}路口")
    for typed in (f"{one}和{other[:2]}", f"{other}与{one}路口"):
        seek(page, typed)
        expect(page.locator("#results li", has_text=named).first).to_be_visible()
    page.locator("#results li", has_text=named).first.click()
    page.wait_for_url(re.compile("here="))
    said = re.findall(r"here=([\d.]+),([\d.]+)", page.url)[0]
    assert [float(number) for number in said] == pytest.approx([lat, lon], abs=2e-5)


def finds_a_cover(page: Page, cover: Facility) -> None:
    """F16: at its place to the metre, with its owner."""
    seek(page, cover.code)
    expect(page.locator("#results li")).to_have_count(1)
    page.locator("#results li").first.click()
    expect(page.locator("#card dl")).to_contain_text(cover.owner)
    lat, lon = (float(number) for number in page.locator("#card .position").inner_text().split(", "))
    assert metres_apart((lon, lat), cover.geom.coords) <= 1
    tells_of_a_problem(page, f"/api/features/facilities/{cover.pk}")


def tells_of_a_problem(page: Page, card: str) -> None:
    """To whom, by which number and in which words: as the server's card says it."""
    told = page.request.get(f"{page.evaluate('location.origin')}{card}").json()["report"]  # the page has no line, we do
    page.locator("#card .report summary").click()
    expect(page.locator("#card .report-text")).to_have_text(told["text"])
    expect(page.locator("#card .report dd")).to_have_text([body["value"] for body in told["responsible"]])
    expect(page.locator("#card .report a")).to_have_attribute("href", f"tel:{told['hotline']}")


def metres_apart(one: tuple[float, float], other: tuple[float, float]) -> float:
    """On the ellipsoid."""
    return float(Geod(ellps="GRS80").inv(*one, *other)[2])


def finds_a_gate_and_a_room_as_people_say_them(page: Page, room: Room) -> None:
    """F03 and F04: 民安花苑北门, and 3号楼 502 of an estate whose register says 3幢."""
    estate, block = re.findall(r"(.+?)(\d+)幢", room.building.address)[0]
    first = page.locator("#results li").first
    seek(page, f"{estate}北门")
    expect(first).to_contain_text(f"{estate}北门")
    expect(first).to_contain_text("离线")
    seek(page, f"{estate}{block}号楼 {room.number}")
    expect(first).to_contain_text("离线")
    first.click()
    expect(page.locator("#card .room[aria-current]").first).to_contain_text(room.number)


def finds_the_nearest_market(page: Page) -> None:
    """Open at the hour of the phone."""
    page.locator("[data-topic=markets]").click()
    line = page.locator("#finder-list .found").filter(has_text="昼夜菜场")
    expect(line.locator(".tag")).to_have_text("开放中")
    expect(page.locator("#finder .packed-note")).to_contain_text("离线资料，取于")
    page.locator("#finder .close").click()


def hands_over(page: Page) -> None:
    """F02: the place of a card, then that of a held finger, to the map apps in their own datum."""
    lat, lon = map(float, page.locator("#card .position").inner_text().split(", "))
    leads_to(page, lon, lat)
    page.locator("#card .close").click()
    hold(page, *MIDDLE)
    page.wait_for_selector("#card .spot-facts")
    expect(page.locator("#card .packed-note")).to_contain_text("离线资料")
    lat, lon = map(float, re.findall(r"here=([\d.]+),([\d.]+)", page.url)[0])
    leads_to(page, lon, lat)
    page.locator("#card .close").click()


def leads_to(page: Page, lon: float, lat: float) -> None:
    """The links of the card lead there, a metre off at most for the digits that are shown."""
    links = page.locator("#card .handover a").evaluate_all("(all) => all.map((one) => one.href)")
    amap, baidu, tencent = (parse_qs(urlsplit(link).query) for link in links)
    gcj, bd = ([float(one) for one in pair] for pair in (wgs84_to_gcj02(lon, lat), wgs84_to_bd09(lon, lat)))
    assert [float(one) for one in amap["position"][0].split(",")] == pytest.approx(gcj, abs=1e-5)
    assert [float(one) for one in baidu["location"][0].split(",")] == pytest.approx(bd[::-1], abs=1e-5)
    assert re.findall(r"[\d.]+", tencent["marker"][0])[:2] == amap["position"][0].split(",")[::-1]


def finds_what_was_mistyped(page: Page, address: str) -> None:
    """One wrong character is a guess and said to be one; what is written right is none."""
    wrong = f"{address[0]}锟{address[2:]}"
    seek(page, wrong)
    first = page.locator("#results li").first
    expect(first).to_contain_text(address)
    expect(first).to_contain_text("名称按相近写法理解")
    expect(first).to_contain_text("离线")
    seek(page, address)
    expect(first).to_contain_text(address)
    expect(page.locator("#results")).not_to_contain_text("名称按相近写法理解")
    page.locator("#search .clear").click()


def finds_what_is_open(page: Page) -> None:
    """The nearest toilet that is open at the hour of the phone; the list and the card say how old they are."""
    page.locator("[data-topic=toilet]").click()
    lines = page.locator("#finder-list .found")
    for at, by_day in ((noon(), 1), (noon() + timedelta(hours=11, minutes=30), 0)):
        page.clock.set_fixed_time(at)
        page.locator("#also-shut").click()
        page.locator("#also-shut").click()
        expect(lines.filter(has_text="昼夜公厕").locator(".tag")).to_have_text("开放中")
        expect(lines.filter(has_text="日间公厕")).to_have_count(by_day)
    expect(page.locator("#finder .packed-note")).to_contain_text("离线资料，取于")
    page.locator("#also-shut").click()
    expect(lines.filter(has_text="日间公厕").locator(".tag")).to_have_text("已关闭 · 明天 06:00 开放")
    lines.filter(has_text="日间公厕").click()
    expect(page.locator("#card .state")).to_contain_text("明天 06:00")
    expect(page.locator("#card .packed-note")).to_contain_text("离线资料，取于")
    page.clock.set_fixed_time(datetime.now(UTC))
    page.locator("#card .close").click()
    page.locator("#finder .close").click()
    page.wait_for_url(re.compile(r"^((?!show=).)*$"))


def test_a_worker_takes_the_own_area_along_and_searches_it_without_the_network(
    visit: Begin, browser: Browser, site: str, home: Area
) -> None:
    """Of role field: the own community is the first choice; its rooms, gate and covers (F03, F04, F16) are found, those
    of another are not."""
    other = Building.objects.exclude(address="").exclude(geom__intersects=home.geom).order_by("pk")[0].address
    spot = home.geom.point_on_surface
    view = visit(PHONE, is_mobile=True, storage_state=sitting(browser, site, "walker"))
    page = view.open(f"/field#16/{spot.y:.5f}/{spot.x:.5f}")
    assert len(soon(lambda: kept(page))) == 1
    page.locator("#open-pack").click()
    expect(page.locator("#pack .pack-choice:has([name=piece]:checked)")).to_contain_text(home.name)
    expect(page.locator("#pack-rooms")).to_be_checked()
    page.locator("#pack .pack-form .primary").click()
    expect(page.locator("#open-pack[data-state=whole]")).to_be_visible(timeout=60_000)
    expect(page.locator("#pack .pack-now h3")).to_have_text(home.name)
    page.context.set_offline(True)
    expect(page.locator("#bar")).to_contain_text("离线 · 用的是带走的")
    page.reload()
    view.settle()
    finds_a_room(page, Room.objects.filter(building=tall()).order_by("-floor", "pk")[0])
    finds_a_gate_and_a_room_as_people_say_them(page, Room.objects.filter(building=tall()).order_by("floor", "pk")[0])
    finds_a_cover(page, Facility.objects.filter(kind="manhole", geom__within=home.geom).exclude(owner="")[0])
    seek(page, other)
    expect(page.locator("#results li", has_text=other)).to_have_count(0)
    view.complaints.clear()  # of the line, which is looked for again and again


def noon() -> datetime:
    """Of tomorrow, which the pack reaches."""
    return (timezone.localtime() + timedelta(days=1)).replace(hour=12, minute=0)


def take_along(page: Page) -> None:
    """Take what the map shows, over a busy server and a line that goes meanwhile."""
    page.evaluate(CUT)
    page.locator("#open-pack").click()
    page.locator("#pack [name=piece]").last.check()
    page.locator("#pack-rooms").check()
    page.locator("#pack .pack-form .primary").click()
    expect(page.locator("#pack [role=alert]")).to_contain_text("没有取完")
    expect(page.locator("#open-pack[data-state=half]")).to_be_visible()
    had = set(page.evaluate("window.asked.slice(0, 2)"))
    page.evaluate("window.line = Infinity, window.asked = ['', '', '', '']")
    page.locator("#pack .pack-now .primary").click()
    expect(page.locator("#open-pack[data-state=whole]")).to_be_visible()
    assert had.isdisjoint(page.evaluate("window.asked")), "what is there is not fetched again"
    expect(page.locator("#pack .pack-now")).to_contain_text("含室号")


def test_without_the_network_the_page_opens_and_says_so(enter: Begin) -> None:
    view = enter("#16/31.27/120.03")
    page, bar = view.page, view.page.locator("#bar")
    assert len(soon(lambda: kept(page))) == 1
    page.context.set_offline(True)
    expect(bar).to_contain_text("离线")
    page.reload()
    view.settle()
    expect(bar).to_contain_text("页面取自")
    expect(page.locator("#bar")).to_contain_text(re.compile("刚刚|分钟前"))
    page.locator("#map").click(button="right", position={"x": 150, "y": 300})
    expect(page.locator("#card [role=alert]")).to_contain_text("没有网络")
    view.complaints.clear()  # of what could not be fetched
    page.context.set_offline(False)
    expect(bar).to_be_hidden(timeout=30_000)
    view.settle()
    page.evaluate("() => caches.open(`pack:${document.documentElement.dataset.keptFor}:1`)")
    page.locator("#open-layers").click()
    page.locator("#sign-out button").click()  # the sitting of all these tests ends
    page.wait_for_url("**/map*")
    view.settle()
    assert kept(page) == page.evaluate(PACKS) == [], "kept and taken along for nobody"
    assert view.page.goto(f"{view.site}/field") is not None
    assert "/accounts/login/" in page.url
