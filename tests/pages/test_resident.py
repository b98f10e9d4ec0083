"""What residents come for, as they would do it, judged by the rows in the database: features.md D.2, R01 to R05, R13,
R15 to R17, R19 and R20. R06 to R12 and R14 ask for cases, which do not exist yet; R18 is in tests/public."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.contrib.gis.geos import LineString, Point, Polygon
from django.db.backends.postgresql.psycopg_any import DateRange, DateTimeTZRange
from django.utils.timezone import localdate, now
from playwright.sync_api import Locator, Page, Route, expect
from pypdf import PageObject, PdfReader
from pyproj import Geod

from gis.crs import wgs84_to_bd09, wgs84_to_gcj02
from gis.models import Facility, Fence, FenceVersion, Works
from gis.schedule import Schedule
from gis.vending import ALLOW
from layers import registry
from layers.city.nearby import Asked, near
from layers.export import rows_of
from layers.scope import RESIDENT
from tests.pages.conftest import DESK, PHONE, Visit, until
from tests.pages.finger import hold
from tests.pages.paper import pictures, squares
from tests.pages.test_axe import violations
from tests.pages.test_look import HOLD

pytestmark = pytest.mark.django_db
Begin = Callable[..., Visit]
EDITS = True
LON, LAT = 120.0131, 31.2861  # in the fields north-west of the town
FIELD = f"#16.00/{LAT}/{LON}"
POSITION: dict[str, Any] = {"geolocation": {"longitude": LON, "latitude": LAT}, "permissions": ["geolocation"]}
CITY = ZoneInfo("Asia/Shanghai")
STEPS = 10
"""Keys from the head of a list over its chips to its first line."""
NEVER = {"rules": [{"days": ["Mo"], "dates": ["02-01/02-02"], "hours": ["03:00-03:01"]}]}
DAILY = {"rules": [{"hours": ["06:00-09:00"]}]}
LATE = {"rules": [{"hours": ["18:00-21:00"]}]}
OPENED, SHUT = now().astimezone(CITY) - timedelta(hours=2), now().astimezone(CITY) + timedelta(hours=5)
TODAY = {"rules": [{"hours": [f"{OPENED:%H:%M}-{SHUT:%H:%M}"]}]}
TOILETS = (
    ("东头公厕", 0.0002, ["always"], None),
    ("西头公厕", 0.0006, ["accessible", "paper", "baby"], TODAY),
    ("关着的公厕", 0.0001, ["accessible", "paper"], NEVER),
    ("北头公厕", 0.0010, ["accessible"], None),
)
BINS = (("四分类投放点", 0.0003, ["kitchen", "residual"]), ("电池回收箱", 0.0008, ["hazardous"]))
ROAD = "试验路"


@pytest.fixture(scope="module", autouse=True)
def around(site: str, django_db_blocker: Any) -> Iterator[None]:
    """A few places of which everything is known, in an empty field."""
    with django_db_blocker.unblock():
        made: list[Any] = []
        for name, east, features, hours in TOILETS:
            made.append(_facility("toilet", name, east, features, hours))
        for name, east, features in BINS:
            made.append(_facility("collection-point", name, east, features, None))
        made += [
            _market("试验早市", 0.002, DAILY),
            _market("试验夜市", 0.003, LATE),
            _market("禁摆试验区", 0.004, None, "no-vending"),
        ]
        made.append(_board("T-试验早市", 8))
        made += [_works("试验路挖掘", 5, 20), _works("试验路封闭", -3, 2), _works("试验路明年", 300, 320)]
        yield
        for row in made:
            _take_away(row)


def _facility(kind: str, name: str, east: float, features: list[str], hours: Any) -> Facility:
    at = Point(LON + east, LAT, srid=4490)
    return Facility.objects.create(
        kind=kind, name=name, features=features, hours=hours, geom=at, source="试验", state="intact"
    )


def _market(name: str, north: float, hours: Any, purpose: str = "temporary-market") -> FenceVersion:
    fence = Fence.objects.create(code=f"T-{name}", source="试验")
    times = {"valid": DateRange(date(2026, 1, 1), None), "recorded": DateTimeTZRange(now(), None)}
    ground = Polygon.from_bbox((LON - 0.0004, LAT + north, LON + 0.0004, LAT + north + 0.0005))
    ground.srid = 4490
    return FenceVersion.objects.create(
        fence=fence, name=name, purpose=purpose, state="published", hours=hours, geom=ground, **times
    )


def _board(fence: str, free: int) -> Facility:
    """The board at a market's entrance: so many stalls are free."""
    at = Point(LON, LAT + 0.002, srid=4490)
    return Facility.objects.create(
        kind="notice-board", geom=at, source="试验", capacity=20, extra={"fence": fence, "free": free}
    )


def _works(name: str, first: int, last: int) -> Works:
    today = localdate()
    days = DateRange(today + timedelta(days=first), today + timedelta(days=last + 1))
    way = LineString((LON - 0.001, LAT - 0.001), (LON + 0.001, LAT - 0.001), srid=4490)
    said = {"road": ROAD, "effect": "closed", "state": "planned", "detour": "绕行南路", "phone": "021-0000-0000"}
    return Works.objects.create(kind="closure", name=name, period=days, geom=way, source="试验", **said)


def _take_away(row: Any) -> None:
    """Versions of fences are only ever closed: they go with the copy of the town."""
    if not isinstance(row, FenceVersion):
        row.delete()


def metres(geom: Point) -> float:
    """From where the resident stands, on a ball: near enough for an order."""
    east = math.radians(geom.x - LON) * math.cos(math.radians(LAT))
    return 6_371_000 * math.hypot(east, math.radians(geom.y - LAT))


def is_open(row: Facility, at: datetime) -> bool:
    if row.state in ("damaged", "missing", "abandoned", "removed"):
        return False
    return Schedule.parse(row.hours).in_force(at) if row.hours else "always" in row.features


def nearest(kind: tuple[str, ...], *features: str, only_open: bool = True) -> list[str]:
    """The oracle: names of the rows, nearest first."""
    rows = [row for row in Facility.objects.filter(kind__in=kind) if {*features} <= {*row.features}]
    rows = [row for row in rows if not only_open or is_open(row, now())]
    return [row.name for row in sorted(rows, key=lambda row: metres(row.geom))]


def names(page: Page) -> list[str]:
    """What the list says, top down, once it stands."""
    expect(page.locator("#finder-list:not([aria-busy]) .found").first).to_be_visible(timeout=30_000)
    return page.locator("#finder-list .found .name").all_inner_texts()


COUNTING = """sessionStorage.taps ??= 0;
addEventListener("click", ({ isTrusted }) => isTrusted && sessionStorage.taps++, true);"""


def counted(view: Visit) -> Visit:
    """Have the page count what a hand taps; a button pressed by a key counts too."""
    view.page.add_init_script(COUNTING)
    return view


def taps(page: Page) -> int:
    return int(page.evaluate("sessionStorage.taps"))


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def test_r01_the_nearest_open_toilet_from_a_cold_start(visit: Begin) -> None:
    page = counted(visit(PHONE, **POSITION)).open("/map")
    press(page, "公厕")
    expect(page.locator(".finder-note").first).to_contain_text("您的位置")
    expect(page.locator("#finder-list .name").first).to_have_text("东头公厕")
    assert taps(page) == 1
    found, wanted = names(page), nearest(("toilet",))
    assert found[:3] == wanted[:3] == ["东头公厕", "西头公厕", wanted[2]]
    first = page.locator("#finder-list .found").first
    expect(first).to_contain_text("米")
    expect(first).to_contain_text("步行 1 分钟")
    expect(first).to_contain_text("开放中")
    shuts = f"{'明天 ' if SHUT.date() > localdate() else ''}{SHUT:%H:%M}"
    expect(page.locator("#finder-list .found").nth(1)).to_contain_text(f"开放至 {shuts}")
    expect(page.locator(".pin")).to_have_count(len(found))
    assert "show=toilet" in page.url
    assert str(LON) not in page.url.partition("#")[0], "a position is nobody else's business"
    first.click()
    expect(page.locator("#card h2")).to_have_text("东头公厕")
    page.go_back()
    expect(page.locator("#card")).to_be_hidden()
    expect(page.locator("#finder-title")).to_have_text("附近的公厕")


def test_r02_accessible_and_with_paper(visit: Begin) -> None:
    page = counted(visit(PHONE, **POSITION)).open("/map")
    press(page, "公厕")
    expect(page.locator("#finder-list .name").first).to_have_text("东头公厕")
    press(page, "无障碍")
    press(page, "有纸")
    expect(page.locator("#finder-list .name").first).to_have_text("西头公厕")
    assert taps(page) == 3
    assert names(page)[:10] == nearest(("toilet",), "accessible", "paper")[:10]
    expect(page.get_by_role("button", name="有纸", exact=True)).to_be_focused()
    assert "with=accessible,paper" in page.url
    press(page, "母婴")
    expect(page).to_have_url(re.compile("with=accessible,paper,baby"))
    wanted = nearest(("toilet",), "accessible", "paper", "baby")
    expect(page.locator("#finder-list .found")).to_have_count(min(40, len(wanted)))
    assert names(page)[:10] == wanted[:10]
    press(page, "母婴")
    press(page, "含已关闭、时间不明")
    expect(page.locator("#finder-list .name").first).to_have_text("关着的公厕")
    expect(page.locator("#finder-list .found").first).to_contain_text("已关闭")
    page.reload()
    expect(page.locator("#finder-list .name").first).to_have_text("关着的公厕")


def test_r03_where_batteries_go(visit: Begin) -> None:
    page = counted(visit(PHONE)).open(f"/map{FIELD}")  # no position given: the middle of the map serves, and it says so
    press(page, "垃圾投放")
    press(page, "有害垃圾")
    wanted = nearest(("bin", "collection-point", "recycling"), "hazardous", only_open=False)
    expect(page.locator("#finder-list .name").first).to_have_text(wanted[0])
    assert taps(page) == 2
    assert names(page)[:5] == wanted[:5]
    assert "电池回收箱" in names(page)
    assert "四分类投放点" not in names(page)
    expect(page.locator(".finder-note").first).to_contain_text("没有取得您的位置，距离从地图中心算起")
    page.locator("#finder .close").click()
    expect(page).not_to_have_url(re.compile("show="))
    stood = page.url.partition("#")[2]
    press(page, "列表")
    assert names(page)
    page.locator("#finder .close").click()
    expect(page).not_to_have_url(re.compile("show="))
    (zoom, lat, _), (zoomed, lowered, _) = (map(float, one.split("/")) for one in (stood, page.url.partition("#")[2]))
    assert (zoom, lat) == (zoomed, pytest.approx(lowered, abs=0.0002)), "a list that came and went leaves the map there"


@pytest.mark.parametrize("asked", ["?show=list", "?show=toilet", f"?show=list{FIELD}", f"?show=works{FIELD}"])
def test_a_link_to_a_list_leaves_a_phones_map_where_it_is(visit: Begin, asked: str) -> None:
    """The map is up while the list lies over it; address, memory and the map behind the list know nothing of that."""
    view = visit(PHONE)
    where = asked.partition("#")[2]
    stood = pytest.approx(middle(view.open(f"/map{'#' if where else ''}{where}")), abs=0.0002)
    page = view.open(f"/map{asked}")
    for again in range(3):
        assert names(page)
        assert middle(page) == stood, again
        page.goto("about:blank")
        page = view.open(f"/map{asked}")
    page.reload()
    assert names(page)
    page.locator("#finder-list .found").first.click()
    expect(page.locator("#card h2")).not_to_be_empty()
    page.go_back()
    expect(page.locator("#card")).to_be_hidden()
    page.locator("#finder .close").click()
    expect(page).not_to_have_url(re.compile("show="))
    assert middle(page) == stood
    page.goto("about:blank")
    assert middle(view.open("/map")) == stood, "as it is remembered"


def middle(page: Page) -> list[float]:
    """Zoom, latitude and longitude that the address holds."""
    return [float(part) for part in page.url.partition("#")[2].split("/")]


def test_r04_markets_open_tomorrow_at_seven(visit: Begin) -> None:
    page = counted(visit(DESK)).open(f"/map{FIELD}")
    press(page, "市场")
    press(page, "明天 07:00")
    assert taps(page) == 2
    at = datetime.combine(localdate() + timedelta(days=1), datetime.min.time().replace(hour=7), CITY)
    expect(page).to_have_url(re.compile(at.strftime("at=%Y-%m-%dT07:00")))
    expect(page.get_by_text("试验早市")).to_be_visible()
    fixed = {row.name for row in Facility.objects.filter(kind="market") if is_open(row, at)}
    held = FenceVersion.objects.filter(state="published", valid__contains=at.date(), recorded__contains=now())
    held = held.filter(purpose__in=("temporary-market", "vending"))
    temporary = {row.name for row in held if not row.hours or Schedule.parse(row.hours).in_force(at)}
    assert set(names(page)) == fixed | temporary
    assert "试验夜市" not in names(page)
    expect(page.locator(".found", has_text="试验早市")).to_contain_text("余 8 个摊位")
    expect(page.locator("path.market.open")).to_have_count(len(temporary))
    press(page, "含已关闭、时间不明")
    expect(page.locator("path.market.shut").first).to_be_attached()
    expect(page.locator(".pin.shut").first).to_be_attached()
    press(page, "含已关闭、时间不明")
    expect(page.locator("path.market.shut")).to_have_count(0)
    slider = page.locator("#clock-hour")
    slider.focus()
    for _ in range(24):
        page.keyboard.press("ArrowRight")
    expect(page.get_by_text("试验夜市")).to_be_visible()
    expect(page.get_by_text("试验早市")).to_be_hidden()


def test_r05_may_one_sell_here_and_where_instead(visit: Begin) -> None:
    page = visit(PHONE).open(f"/map#18.00/{LAT + 0.00425}/{LON}")
    hold(page, 195, 422)
    card = page.locator("#card")
    expect(card.locator(".verdict strong")).to_have_text("此刻不可以摆摊")
    expect(card.locator(".verdict")).to_contain_text("禁摆试验区")
    instead = card.locator(".here-group", has_text="可以去这些地方").locator(".found")
    at = Point(LON, LAT + 0.00425, srid=4490)
    offered = near(Asked(at=now(), point=at, kinds=tuple(ALLOW), only_open=True, limit=3), RESIDENT)["items"]
    assert offered == [] or instead.locator(".name").all_inner_texts() == [one["title"] for one in offered]
    assert instead.count(), "where no market is open at this hour, the next that will be is named"
    expect(card.locator(".verdict")).to_contain_text(instead.locator(".name").first.inner_text())
    assert "here=" in page.url
    page.reload()
    expect(card.locator(".verdict strong")).to_have_text("此刻不可以摆摊")
    expect(card.locator("h2")).to_be_focused()
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    page.locator("#map").focus()
    page.keyboard.press("h")
    expect(card.locator(".verdict strong")).to_have_text("此刻不可以摆摊")


def test_r13_works_on_my_street_by_date(visit: Begin) -> None:
    page = counted(visit(DESK)).open(f"/map{FIELD}")
    press(page, "施工封路")
    page.locator("#works-road").click()
    page.keyboard.insert_text(ROAD)
    page.keyboard.press("Enter")
    expect(page.get_by_text("试验路挖掘")).to_be_visible()
    assert taps(page) == 2
    today = localdate()
    period = DateRange(today, today + timedelta(days=31), "[]")
    rows = Works.objects.filter(road=ROAD, period__overlap=period).order_by("period")
    assert names(page) == [row.name for row in rows] == ["试验路封闭", "试验路挖掘"]
    first = page.locator("#finder-list .found").first
    expect(first).to_contain_text(f"{today - timedelta(days=3)} – {today + timedelta(days=2)}")
    expect(first).to_contain_text("绕行南路")
    expect(first).to_contain_text("021-0000-0000")
    expect(page.locator(".pin")).to_have_count(2)
    expect(page.locator("#works-from + .day-told")).to_have_text(str(today))
    assert page.eval_on_selector("#works-from", "box => getComputedStyle(box).color") == "rgba(0, 0, 0, 0)", "said once"
    page.fill("#works-to", str(today + timedelta(days=3)))
    expect(page.get_by_text("试验路挖掘")).to_be_hidden()
    assert names(page) == ["试验路封闭"]
    page.fill("#works-road", "没有这条路")
    page.keyboard.press("Enter")
    expect(page.locator("#finder [role=status]")).to_have_text("这里没有找到，可以移动地图或减少条件。")


def test_r15_by_keyboard_and_the_names_that_a_screen_reader_reads(visit: Begin) -> None:
    page = visit(DESK, **POSITION).open(f"/map{FIELD}")
    page.keyboard.press("l")
    expect(page.locator("#finder-title")).to_be_focused()
    expect(page.locator("#finder [role=status]")).to_contain_text("找到")
    expect(page.get_by_role("list", name="当前视野中的地点").get_by_role("button").first).to_be_visible()
    drawn = page.locator(".pin path").evaluate_all("(paths) => paths.map((path) => path.getAttribute('d'))")
    assert len(set(drawn)) > 1, "each has the glyph that it has on the map"
    page.keyboard.press("Escape")
    expect(page.locator("#finder")).to_be_hidden()
    page.locator("#search-box").focus()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="公厕", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#finder-title")).to_be_focused()
    rows = page.get_by_role("region", name="附近的公厕").get_by_role("listitem")
    expect(rows.first).to_contain_text("东头公厕")
    for _ in range(STEPS):
        page.keyboard.press("Tab")
        if "found" in page.evaluate("document.activeElement.className"):
            break
    expect(page.locator("#finder-list .found").first).to_be_focused()
    expect(page.locator(".pin.lit")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator("#card h2")).to_be_focused()
    expect(page.locator("#card h2")).to_have_text("东头公厕")
    page.keyboard.press("Escape")
    expect(page.locator("#finder-list .found").first).to_be_focused()


@pytest.mark.parametrize("size", [PHONE, (320, 640), DESK], ids=["phone", "small", "desk"])
def test_r16_large_type_holds_the_layout(visit: Begin, size: tuple[int, int]) -> None:
    """R16 is R06 in large type, and R06 is not there yet: what a resident can do now is done instead."""
    page = counted(visit(size, **POSITION)).open(f"/map?type=large{FIELD}")
    assert page.evaluate("getComputedStyle(document.body).fontSize") == "18.75px"
    press(page, "公厕")
    names(page)
    assert spilling(page) == []
    page.locator("#finder-list .found").first.click()
    expect(page.locator("#card .origin")).to_be_visible()
    assert taps(page) == 2
    assert spilling(page) == []
    page.goto(f"{page.url.partition('?')[0]}?show=works{FIELD}")
    expect(page.locator("#works-road")).to_be_visible()
    first, last = (page.locator(f"#works-{end}").bounding_box() for end in ("from", "to"))
    assert first and last and (first["x"] + first["width"] < last["x"] or first["y"] + first["height"] < last["y"])
    assert spilling(page) == []
    page.goto(page.url.partition("?")[0])
    assert page.evaluate("getComputedStyle(document.body).fontSize") == "18.75px", "it is remembered"


SPILLING = """() => {
  const found = document.documentElement.scrollWidth > innerWidth ? ["the page"] : [];
  for (const part of document.querySelectorAll(".sheet:not([hidden]) *, #search *, .tools button")) {
    const box = part.getBoundingClientRect();
    const unseen = !box.width || getComputedStyle(part).visibility === "hidden";
    if (unseen || part.closest(".unseen, #results, .chips")) continue;
    if (box.right > innerWidth + 1 || box.left < -1) found.push(part.outerHTML.slice(0, 80));
  }
  return found;
}"""


def spilling(page: Page) -> list[str]:
    """What reaches beyond the window."""
    return list(page.evaluate(SPILLING))


def test_r17_a_place_is_shared_and_opens_again(visit: Begin) -> None:
    page = counted(visit(PHONE, **POSITION)).open("/map?show=toilet")
    page.evaluate("() => { navigator.share = async (what) => { window.shared = what; }; }")
    page.locator("#finder-list .found").first.click()
    press(page, "分享")
    shared = page.evaluate("window.shared")
    assert taps(page) == 2
    assert shared["title"] == "东头公厕"
    assert "/p/" in shared["url"]
    preview = page.request.get(shared["url"]).text()
    assert re.search(r'property="og:title" content="[^"]*东头公厕', preview)
    picture = re.search(r'property="og:image" content="([^"]+)"', preview)
    assert picture and page.request.get(picture[1]).body().startswith(b"\x89PNG")
    other = visit(PHONE)
    other.page.goto(shared["url"])
    expect(other.page.locator("h1")).to_have_text("东头公厕")
    other.page.get_by_role("link", name="在地图上打开").click()
    expect(other.page.locator("#card h2")).to_have_text("东头公厕")
    market = FenceVersion.objects.get(name="试验早市")
    other.open(f"/map?sel=fences:{market.pk}")
    other.page.evaluate("() => { navigator.share = async (what) => { window.shared = what; }; }")
    press(other.page, "分享")
    link = other.page.evaluate("window.shared")["url"]
    assert 'content="试验早市' in other.page.request.get(link).text()
    other.page.goto(link)
    other.page.get_by_role("link", name="在地图上打开").click()
    expect(other.page.locator("#card h2")).to_have_text("试验早市")


def test_the_card_leads_on(visit: Begin) -> None:
    view = visit(PHONE, **POSITION)
    page = view.open("/map?show=toilet")
    page.locator("#finder-list .found").first.click()
    card = page.locator("#card")
    expect(card.locator(".handover a")).to_have_count(3)
    assert [text.replace("\n", " ") for text in card.locator(".handover a").all_inner_texts()] == [
        "高德地图 GCJ-02", "百度地图 BD-09", "腾讯地图 GCJ-02",
    ]  # fmt: skip
    card.locator(".follow summary").click()
    feed = card.locator(".follow a").get_attribute("href")
    assert feed and re.fullmatch(r"/follow/.+\.atom", feed)
    told = page.request.get(card.locator(".follow a").evaluate("(link) => link.href")).text()
    assert re.findall(r"<title>([^<]+)</title>", told)[0].startswith("东头公厕")
    assert "试验路封闭" in told, "works a hundred metres off"
    page.evaluate("() => { navigator.clipboard.writeText = async (text) => { window.copied = text; }; }")
    card.locator(".follow").get_by_role("button", name="复制链接").click()  # a browser shows a feed as source
    assert page.evaluate("window.copied") == f"{view.site}{feed}"
    expect(card.locator(".origin")).to_contain_text("来源 试验 · 测绘日期未知")
    page.route("**/report.js", lambda route: route.abort(), times=1)
    card.locator(".report summary").click()
    card.locator(".report").get_by_role("button", name="重试").click()
    view.complaints[:] = [said for said in view.complaints if "ERR_FAILED" not in said]  # of what did not come
    sentence = card.locator(".report-text").inner_text()
    assert re.search(r"东头公厕.+北纬 \d+\.\d{5}°、东经 \d+\.\d{5}°（CGCS2000）\nhttp.+/p/.+\n问题：", sentence)
    assert card.get_by_role("link", name="拨打 12345").get_attribute("href") == "tel:12345"
    page.evaluate("() => { navigator.clipboard.writeText = async (text) => { window.copied = text; }; }")
    press(page, "复制这段话")
    assert page.evaluate("window.copied").strip() == sentence.strip()
    page.goto(page.evaluate("window.copied").split("\n")[1])
    page.evaluate("() => { navigator.clipboard.writeText = async (text) => { window.copied = text; }; }")
    press(page, "复制这段话")
    assert page.evaluate("window.copied").strip() == sentence.strip(), "card and page tell the same"
    expect(page.get_by_role("button", name="已复制")).to_be_visible()


def test_r19_slow_and_old_within_its_bytes(visit: Begin) -> None:
    """Its bytes; how long they take and how smoothly the map moves is measured by `python -m bench.page`, not here."""
    view = visit(PHONE)
    wire = view.page.context.new_cdp_session(view.page)
    wire.send("Network.enable")
    slow = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 93_750}
    wire.send("Network.emulateNetworkConditions", slow)
    wire.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    loaded: list[float] = []
    wire.on("Network.loadingFinished", lambda event: loaded.append(event["encodedDataLength"]))
    page = counted(view).open("/map")
    assert sum(loaded) <= 300_000
    print(json.dumps({"bytes": sum(loaded), "requests": len(loaded)}))
    press(page, "公厕")
    assert names(page)
    assert taps(page) == 1


def test_what_is_pressed_too_early_is_done_later(visit: Begin) -> None:
    view = visit(PHONE)
    view.page.goto(view.site + "/map", wait_until="commit")
    view.page.locator("[data-topic=toilet]").click()
    expect(view.page.locator("#finder-title")).to_have_text("附近的公厕", timeout=30_000)


def test_a_key_struck_too_early_is_heard_later(visit: Begin) -> None:
    view = visit(DESK, **POSITION)
    held: list[Route] = []
    view.page.route("**/frontend/page.js", lambda route: held.append(route))
    view.page.goto(f"{view.site}/map{FIELD}", wait_until="commit")
    while not held:
        view.page.wait_for_timeout(50)
    view.page.keyboard.press("l")
    held[0].continue_()
    expect(view.page.locator("#finder-title")).to_be_focused()


def test_a_list_that_fails_is_tried_again(visit: Begin) -> None:
    view = visit(PHONE)
    view.page.route("**/api/near*", lambda route: route.abort())
    page = view.open(f"/map?show=toilet{FIELD}")
    expect(page.get_by_role("alert")).to_contain_text("列表没有载入")
    page.unroute("**/api/near*")
    press(page, "重试")
    assert names(page)
    view.complaints.clear()


def test_r20_downloads_open_with_their_chinese(visit: Begin) -> None:
    page = counted(visit(DESK)).open(f"/map?show=toilet{FIELD}")
    assert names(page), "the links stand below the list: until it is there they move under the hand"
    held = download(page, page.locator("#finder"), "表格 CSV")
    assert taps(page) == 1
    assert held.startswith(b"\xef\xbb\xbf"), "Excel takes the file for GBK without this"
    rows = list(csv.DictReader(io.StringIO(held.decode("utf-8-sig"))))
    assert {row["种类"] for row in rows} == {"公共厕所"}
    assert len(rows) == Facility.objects.filter(kind="toilet").count()
    assert "东头公厕" in {row["名称"] for row in rows}
    found = json.loads(download(page, page.locator("#finder"), "地图数据 GeoJSON"))
    assert {feature["properties"]["kind"] for feature in found["features"]} == {"toilet"}
    assert len(found["features"]) == len(rows)
    layer = page.locator("[data-layer=facilities]")
    layer.locator(".opener").click()
    whole = list(csv.DictReader(io.StringIO(download(page, layer, "表格 CSV").decode("utf-8-sig"))))
    assert len(whole) == rows_of(registry.get("facilities", RESIDENT)).count() > len(rows)
    for about in page.locator("#layers .layer").all():
        if not about.locator(".about").is_visible():
            about.locator(".opener").click()
        told = about.locator(".sources li")
        if about.locator(".count").inner_text() != "无":
            assert told.count() and all(re.search(r"测绘|更新|测绘日期未知", row) for row in told.all_inner_texts())


def download(page: Page, part: Locator, name: str) -> bytes:
    """The file that a link gives."""
    with page.expect_download() as started:
        part.get_by_role("link", name=name, exact=True).click()
    return bytes(started.value.path().read_bytes())


def test_a_link_to_what_is_gone_or_not_public_says_so_and_leads_on(visit: Begin) -> None:
    draft = FenceVersion.objects.filter(state="draft")[0]
    told = set()
    for gone in ("fences:999999", f"fences:{draft.pk}", "rooms:1", "nothing:1"):
        view = visit(PHONE)
        page = view.open(f"/map?sel={gone}{FIELD}")
        expect(page.locator("#card p").first).to_have_text("它可能已撤销、已到期，也可能不公开。")
        assert violations(page) == []
        told.add(page.locator("#card").inner_text())
        view.complaints[:] = [said for said in view.complaints if "404" not in said]
    assert len(told) == 1, "nobody learns whether there is something"
    expect(page.locator("#card a", has_text="工作人员登录")).to_have_attribute("href", re.compile("next="))
    page.locator("#card button", has_text="看这一带有什么").tap()
    expect(page.locator("#finder-title")).to_have_text("当前视野中的地点")
    page.go_back()
    page.locator("#card button", has_text="搜别的地点").tap()
    expect(page.locator("#search-box")).to_be_focused()
    expect(page.locator("#card")).to_be_hidden()
    view.complaints[:] = [said for said in view.complaints if "404" not in said]


def test_what_changed_lately(visit: Begin) -> None:
    page = visit(DESK).open(f"/map{FIELD}")
    press(page, "最近变化")
    expect(page.locator("#finder-list")).to_contain_text("试验路封闭")
    expect(page.locator("#finder-list")).to_contain_text(str(localdate() - timedelta(days=3)))


def test_themes_are_kept_and_printing_lays_out_a_sheet(visit: Begin) -> None:
    page = visit(DESK).open(f"/map{FIELD}")
    page.locator("#theme").select_option("dark")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.reload()
    page.wait_for_selector("body[data-ready]")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.evaluate("() => { window.print = () => { window.printed = true; }; }")
    page.locator("#print").click()
    page.fill("#print-title", "今天的试验田")
    page.get_by_role("dialog").get_by_role("button", name="打印").click()
    expect(page.locator("body.printing")).to_be_attached()
    until(page, "window.printed")
    page.emulate_media(media="print")
    expect(page.locator("#paper h1")).to_have_text("今天的试验田")
    expect(page.locator("#paper .paper-foot").first).to_contain_text("CGCS2000")
    expect(page.locator("#paper .paper-foot").first).to_contain_text("比例尺约 1:7,700，上方为北")
    expect(page.locator("#finder, #layers, .tools").first).to_be_hidden()
    assert len(page.pdf(prefer_css_page_size=True)) > 10_000
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    expect(page.locator("#paper")).to_have_count(0)

    # tiles that never come: the sheet is printed without them, and says so
    page.emulate_media(media="screen")
    page.route("**/tiles/**", lambda route: None)
    shorten = "window.setTimeout = (act, ms, ...more) => plain(act, ms === 20_000 ? 100 : ms, ...more);"
    page.evaluate(f"(() => {{ const plain = window.setTimeout; {shorten} window.printed = false; }})()")
    page.locator("#print").click()
    page.locator("#print-scale").select_option("500")
    page.get_by_role("dialog").get_by_role("button", name="打印").click()
    until(page, "window.printed")
    expect(page.locator("#map .paper-lost")).to_have_text("部分地图没有载入")
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    expect(page.locator(".paper-lost")).to_have_count(0)


# stretched a little; laid out larger than the page
SHEETS = ((2_000, "A4", "landscape", (297, 210)), (10_000, "A4", "portrait", (210, 297)))


def test_at_a_fixed_scale_a_length_on_the_ground_has_its_millimetres_on_paper(visit: Begin) -> None:
    view = visit(DESK)
    view.page.add_init_script(HOLD)
    page = view.open("/map#15.00/31.27000/120.03000")
    for scale, paper, turn, sides in SHEETS:
        sheet = printed(page, scale, paper, turn)
        assert f"1:{scale:,}" in sheet.extract_text()
        pins = {round(colour[0] * 5): at for colour, at in squares(sheet) if colour[1:] == (1, 0)}
        for one, other in ((0, 2), (1, 3)):
            assert math.dist(pins[one], pins[other]) / 72 * 25.4 == pytest.approx(100, rel=0.005), scale
        size = [float(side) / 72 * 25.4 for side in (sheet.mediabox.width, sheet.mediabox.height)]
        assert size == pytest.approx(sides, abs=0.5)
        large = [width for width, _ in pictures(sheet) if width > 500]
        assert len(large) == 1, "of several tiles, a hair of the paper shows between any two"
        assert large[0] / size[0] * 25.4 > 150, "pixels to an inch"
        assert "#15.00/31.27000/120.03000" in page.url


def printed(page: Page, scale: int, paper: str, turn: str) -> PageObject:
    """The sheet, with a pin 50 mm from the middle to the north, east, south and west."""
    ways = [Geod(ellps="GRS80").fwd(120.03, 31.27, way, scale / 20)[:2] for way in (0, 90, 180, 270)]
    page.evaluate(
        """(spots) => {
          window.print = () => { window.printed = true; };
          window.printed = false;
          window.pins?.remove();
          window.pins = L.featureGroup(spots.map(([lon, lat]) => L.marker([lat, lon],
            { icon: L.divIcon({ className: "", iconSize: [4, 4] }) }))).addTo(held._map);
          pins.getLayers().forEach((pin, i) => { pin.getElement().style.background = `rgb(${i * 51}, 255, 0)`; });
        }""",
        ways,
    )
    page.locator("#print").click()
    for name, value in {"scale": str(scale), "size": paper, "turn": turn}.items():
        page.select_option(f"#print-{name}", value)
    page.get_by_role("dialog").get_by_role("button", name="打印").click()
    until(page, "window.printed")
    [sheet] = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True))).pages
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    return sheet


def test_coordinates_are_told_and_copied_in_the_datum_that_is_chosen(visit: Begin) -> None:
    page = visit(DESK).open("/map#16.00/31.27000/120.03000")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    for datum, shifted in (("GCJ-02", wgs84_to_gcj02), ("BD-09", wgs84_to_bd09), ("CGCS2000", lambda *at: at)):
        page.select_option("#datum", datum)
        lon, lat = (float(one) for one in shifted(120.03, 31.27))
        expect(page.locator("#position")).to_have_text(f"{lat:.5f}, {lon:.5f}")
        page.locator("#position").click()
        until(page, f"navigator.clipboard.readText().then((text) => text === '{lat:.5f}, {lon:.5f} {datum}')")
    page.mouse.move(700, 300)
    expect(page.locator("#position")).not_to_have_text("31.27000, 120.03000")
    page.locator("#position").click()
    until(page, "navigator.clipboard.readText().then((text) => text === '31.27000, 120.03000 CGCS2000')")
    page.fill("#search-box", "31.27000, 120.03000 CGCS2000")
    expect(page.locator("#results")).to_contain_text("按回车前往此坐标")


def test_a_layer_is_found_among_many_by_keyboard(visit: Begin) -> None:
    page = visit(DESK).open(f"/map{FIELD}")
    shown = page.locator("#layer-list [data-layer]:visible")
    all_of_them = shown.count()
    page.locator("#find-layer").focus()
    page.keyboard.type("严禁")
    expect(shown).to_have_count(1)
    expect(shown).to_contain_text("街面分区")
    expect(page.locator("#layer-list h3:visible")).to_have_text(["街面管理"])
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.locator("#on-zoning")).not_to_be_checked()
    page.locator("#find-layer").fill("没有的")
    expect(page.locator("#layers [role=status]")).to_have_text("没有这样的图层")
    page.locator("#find-layer").press("Escape")
    expect(shown).to_have_count(all_of_them)
    expect(page.locator("#layers")).to_be_visible()
