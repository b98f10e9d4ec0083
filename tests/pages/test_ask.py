"""A shape on the map and what lies in it, judged by SQL; another day; by mouse, finger, keys and link; for whom."""

from __future__ import annotations

import csv
import io
import math
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from django.contrib.auth.models import User
from django.db import connection, connections
from playwright.sync_api import Page, expect

from gis.models import Area, Facility, Road, Zoning
from layers.models import Account
from tests.pages.conftest import DESK, PASSWORD, PHONE, Visit, until
from tests.pages.test_axe import ANOTHER_DAY, LOOKS, SIZES, violations

pytestmark = pytest.mark.django_db
Begin = Callable[..., Visit]
CENTRE = "#16.00/31.27000/120.03000"
BOX = "poly:31.26900,120.02800,0,400,300,0,0,-400"
WKT = "POLYGON((120.028 31.269,120.032 31.269,120.032 31.272,120.028 31.272,120.028 31.269))"
HOMES = "poly:31.27400,120.02000,0,1200,600,0,0,-1200"
ROOMY = "POLYGON((120.02 31.274,120.032 31.274,120.032 31.28,120.02 31.28,120.02 31.274))"
COUNTED = {
    "facilities": "SELECT count(*) FROM spatial_facility WHERE kind NOT IN ('camera')",
    "rooms": "SELECT count(*) FROM spatial_room WHERE true",
    "buildings": "SELECT count(*) FROM spatial_building WHERE true",
    "zoning": "SELECT count(*) FROM spatial_zoning WHERE recorded @> now() AND valid @> %s::date",
}
SHOTS = os.environ.get("SHOTS", "")


def shot(page: Page, name: str) -> None:
    """A picture for the guide, when somebody wants one."""
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"))


def by_hand(layer: str, day: str = "today", shape: str = WKT) -> int:
    sql = COUNTED[layer] + " AND ST_Intersects(geom, ST_GeomFromText(%s, 4490))"
    with connection.cursor() as cursor:
        cursor.execute(sql, [*([day] if "%s::date" in COUNTED[layer] else []), shape])
        return int(cursor.fetchone()[0])


def counts(page: Page) -> dict[str, int]:
    """Layer → number, as the sheet says it."""
    expect(page.locator(".region-total")).to_contain_text(re.compile("共|things"), timeout=15_000)
    heads = page.locator(".region-head")
    names, figures = heads.locator(".name").all_inner_texts(), heads.locator(".figure").all_inner_texts()
    return {name: int(figure.replace(",", "")) for name, figure in zip(names, figures, strict=True)}


def shape_of(page: Page) -> str:
    return re.search(r"shape=([^&#]+)", unquote(page.url)).group(1)


def wkt(text: str) -> str:
    """The polygon of an address: each corner by what it differs from the one before."""
    first, second, *steps = [float(part) for part in text.removeprefix("poly:").split(",")]
    corners = [(second, first)]
    for up, across in zip(steps[::2], steps[1::2], strict=True):
        corners.append((corners[-1][0] + across / 1e5, corners[-1][1] + up / 1e5))
    return f"POLYGON(({','.join(f'{lon:.5f} {lat:.5f}' for lon, lat in [*corners, corners[0]])}))"


def sign_in(view: Visit) -> None:
    view.page.goto(f"{view.site}/accounts/login/?next=/map")
    view.page.fill("#id_username", "officer")
    view.page.fill("#id_password", PASSWORD)
    view.page.locator(".login form button").click()


@pytest.fixture(scope="module", autouse=True)
def whole_city(town: None, django_db_blocker: Any) -> Iterator[None]:
    """The officer may see the rooms of the whole city."""
    with django_db_blocker.unblock():
        account = Account.objects.create(user=User.objects.get(username="officer"))
        connections.close_all()
    yield
    with django_db_blocker.unblock():
        account.delete()
        connections.close_all()


@pytest.fixture
def rezoned(town: None) -> Iterator[Zoning]:
    """A stretch whose zone was another one until some day."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT old.id FROM spatial_zoning old JOIN spatial_zoning new ON new.segment_id = old.segment_id"
            " AND new.side = old.side AND new.recorded @> now() AND new.valid @> current_date AND new.zone <> old.zone"
            " AND new.from_m < old.to_m AND new.to_m > old.from_m"
            " WHERE old.recorded @> now() AND upper(old.valid) < current_date AND lower(old.valid) IS NOT NULL"
            " ORDER BY old.id LIMIT 1"
        )
        found = cursor.fetchone()
    assert found, "the invented town has a past"
    yield Zoning.objects.get(pk=found[0])


def test_a_box_drawn_by_mouse_is_counted_as_by_hand(visit: Begin) -> None:
    page = visit().open(f"/map{CENTRE}")
    page.locator("#ask-shape").click()
    page.wait_for_selector("#lasso")
    page.mouse.move(800, 400)
    page.mouse.down()
    page.mouse.move(900, 500)
    page.mouse.move(1100, 650)
    expect(page.locator(".lasso-measure")).to_contain_text("×")
    shot(page, "ask-drawing-desk")
    page.mouse.up()
    told = counts(page)
    drawn = wkt(shape_of(page))
    assert told["公共设施"] == by_hand("facilities", shape=drawn) > 0
    assert told["建筑"] == by_hand("buildings", shape=drawn) > 0
    assert page.locator("#card").is_hidden(), "the click that ends a drag opens nothing"


def test_the_link_restores_the_answer_and_closing_forgets_it(visit: Begin) -> None:
    page = visit().open(f"/map?shape={BOX}{CENTRE}")
    told = counts(page)
    assert told["公共设施"] == by_hand("facilities")
    assert told["街面分区"] == by_hand("zoning")
    kinds = [
        int(text.replace(",", ""))
        for text in page.locator(".region-layer").first.locator(".region-kind .figure").all_text_contents()
    ]
    assert kinds == sorted(kinds, reverse=True)
    assert sum(kinds) == told["公共设施"]
    expect(page.locator(".asked-shape")).to_have_count(1)
    shot(page, "ask-desk")
    page.reload()
    assert counts(page) == told
    page.locator("#region .close").click()
    until(page, "() => !location.search.includes('shape')")
    expect(page.locator(".asked-shape")).to_have_count(0)


def test_a_manager_is_told_more(visit: Begin) -> None:
    resident = counts(visit().open(f"/map?shape={HOMES}{CENTRE}"))
    view = visit()
    sign_in(view)
    officer = counts(view.open(f"/map?shape={HOMES}{CENTRE}"))
    assert "房屋" not in resident
    assert officer["房屋"] == by_hand("rooms", shape=ROOMY) > 0
    guarded = view.page.locator(".region-counts > .aside").last
    expect(guarded).to_have_text(re.compile("^未统计地下管线、.+：这些资料只按写明的用途逐处查看"))
    shot(view.page, "ask-officer")


def test_a_day_has_the_zoning_of_that_day(visit: Begin, rezoned: Zoning) -> None:
    day = str(rezoned.valid.upper.replace(day=1)) if rezoned.valid.upper.day > 1 else str(rezoned.valid.lower)
    spot = rezoned.geom.point_on_surface
    page = visit().open(f"/map?here={spot.y:.5f},{spot.x:.5f}")
    card = page.locator("#card")
    expect(card.locator("#card-day")).to_be_visible()
    assert card.locator(".day-bar").count() == 0
    today = card.inner_text()
    first = page.get_attribute("#card-day", "min")
    assert first is not None
    assert first <= day
    page.fill("#card-day", day)
    expect(card.locator(".day-bar strong")).to_have_text(f"以 {day} 为准")
    assert f"day={day}" in page.url
    assert card.inner_text() != today
    shot(page, "day-desk")
    page.reload()
    expect(card.locator(".day-bar strong")).to_have_text(f"以 {day} 为准")
    card.locator(".day-bar button").click()
    expect(card.locator(".day-bar")).to_have_count(0)
    assert "day=" not in page.url


def test_a_shape_is_counted_on_another_day(visit: Begin, rezoned: Zoning) -> None:
    day = str(rezoned.valid.lower)
    page = visit().open(f"/map?shape={BOX}&day={day}{CENTRE}")
    assert counts(page)["街面分区"] == by_hand("zoning", day)
    expect(page.locator("#region .day-bar strong")).to_have_text(f"以 {day} 为准")
    expect(page.locator(".region-layer", has_text="建筑").first).to_contain_text("按现状")


def test_by_keys_alone(visit: Begin) -> None:
    page = visit().open(f"/map{CENTRE}")
    page.locator("#locate").focus()
    page.keyboard.press("Tab")
    expect(page.locator("#ask-shape")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#lasso-cross")).to_be_visible()
    page.keyboard.press("Space")
    for key in ("ArrowRight", "ArrowRight", "ArrowDown"):
        page.keyboard.press(key)
        page.wait_for_timeout(400)
    page.keyboard.press("Space")
    assert counts(page)
    expect(page.locator("#region-title")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#region")).to_be_hidden()
    page.keyboard.press("s")
    expect(page.locator("#lasso")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#lasso")).to_have_count(0)


def test_a_circle_and_a_polygon_by_finger(visit: Begin) -> None:
    page = visit(PHONE).open(f"/map{CENTRE}")
    page.locator("#ask-shape").tap()
    page.locator("[data-kind=circle]").tap()
    page.touchscreen.tap(195, 300)
    page.touchscreen.tap(295, 300)
    counts(page)
    assert re.fullmatch(r"circle:[\d.]+,[\d.]+,\d+", shape_of(page))
    expect(page.locator("#region-title")).to_contain_text("半径")
    shot(page, "ask-phone")
    page.locator("#region .close").tap()
    page.locator("#ask-shape").tap()
    page.locator("[data-kind=line]").tap()
    for x, y in ((100, 200), (300, 200), (300, 400)):
        page.touchscreen.tap(x, y)
        page.wait_for_timeout(350)
    said = re.fullmatch(r"(\d+) 米", page.locator(".lasso-measure").inner_text())
    a_pixel = 40_075_017 * math.cos(math.radians(31.27)) / 2 ** (16 + 8)
    assert said and abs(int(said[1]) / (400 * a_pixel) - 1) < 0.01
    expect(page.locator("#lasso .primary")).to_be_hidden()
    page.locator("[data-kind=polygon]").tap()
    for x, y in ((100, 200), (300, 220), (260, 400), (120, 380)):
        page.touchscreen.tap(x, y)
        page.wait_for_timeout(350)
    expect(page.locator(".lasso-measure")).to_contain_text("平方")
    shot(page, "ask-drawing-phone")
    page.locator("#lasso .primary").tap()
    counts(page)
    assert shape_of(page).count(",") == 7


def test_the_ground_of_a_card(visit: Begin) -> None:
    area = Area.objects.filter(level=5).order_by("pk")[0]
    page = visit().open(f"/map?sel=areas:{area.pk}")
    page.locator("#card button", has_text="用这个范围").click()
    told = counts(page)
    assert shape_of(page) == f"of:areas:{area.pk}"
    expect(page.locator("#region-title")).to_have_text(re.compile(area.name))
    assert told["建筑"] == by_hand("buildings", shape=area.geom.wkt)
    road = (
        Road.objects.exclude(name="").filter(source__startswith="云汀").order_by("pk").first()
        or Road.objects.exclude(name="")[0]
    )
    page = visit().open(f"/map?sel=roads:{road.pk}")
    page.locator("#card button", has_text="用这个范围").click()
    counts(page)
    assert shape_of(page) == f"of:roads:{road.pk}:30"
    expect(page.locator("#region-title")).to_contain_text("周围 30 米")


def test_what_lies_around_a_point(visit: Begin) -> None:
    toilet = Facility.objects.filter(kind="toilet").exclude(source="OpenStreetMap").order_by("pk")[0]
    page = visit().open(f"/map?sel=facilities:{toilet.pk}")
    page.locator("#card button", has_text="周围有什么").click()
    told = counts(page)
    assert shape_of(page) == f"of:facilities:{toilet.pk}:100"
    expect(page.locator("#region-title")).to_contain_text("周围 100 米")
    assert told["公共设施"] >= 1
    page = visit(PHONE).open("/map?here=31.27000,120.03000")
    page.locator("#card button", has_text="周围有什么").tap()
    counts(page)
    assert shape_of(page) == "circle:31.27000,120.03000,100"


def test_a_shape_that_crosses_itself_is_refused_in_the_readers_language(visit: Begin) -> None:
    crossed = "poly:31.26900,120.02800,300,400,0,-400,-300,400"
    for lang, words in (("zh", "自相交"), ("en", "Self-intersection")):
        view = visit()
        page = view.open(f"/map?lang={lang}&shape={crossed}{CENTRE}")
        expect(page.locator("#region .notice.danger")).to_contain_text(words)
        view.complaints[:] = [said for said in view.complaints if "400" not in said]


def test_a_count_leads_to_its_list_and_the_map_shows_it_alone(visit: Begin) -> None:
    page = visit().open(f"/map?shape={BOX}{CENTRE}")
    counts(page)
    kind = page.locator(".region-kind").first
    number = int(kind.locator(".figure").inner_text())
    kind.click()
    expect(page.locator("#region .found-list li")).to_have_count(number)
    assert "f=facilities." in page.url
    page.locator("#region .found-list .found").first.click()
    expect(page.locator("#card .handover")).to_be_visible()
    page.locator("#card .close").click()
    page.locator("#region button", has_text="回到统计").click()
    until(page, "() => !location.search.includes('f=')")
    expect(kind).to_be_visible()


def test_the_counts_are_taken_home(visit: Begin) -> None:
    page = visit().open(f"/map?shape={BOX}{CENTRE}")
    told = counts(page)
    with page.expect_download() as held:
        page.locator("#region button", has_text="下载 CSV").click()
    raw = Path(held.value.path()).read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf"), "Excel reads the Chinese"
    rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"))))
    whole = {row[0]: int(row[3]) for row in rows[2:] if not row[1]}
    assert whole == {name: number for name, number in told.items() if number}
    assert ["公共设施", "公共厕所"] in [row[:2] for row in rows]


@SIZES
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_axe_finds_nothing(visit: Begin, size: tuple[int, int], lang: str) -> None:
    view = visit(size, reduced_motion="reduce")
    page = view.open(f"/map?lang={lang}&shape={BOX}&day={ANOTHER_DAY}{CENTRE}")
    counts(page)
    for look in LOOKS:
        page.emulate_media(color_scheme=look)
        expect(page.locator(f"html[data-theme={look}]")).to_have_count(1)
        assert violations(page) == []
        shot(page, f"ask-{lang}-{look}-{size[0]}")
    page.locator(".region-kind").first.click()
    page.wait_for_selector("#region .found-list .found")
    assert violations(page) == []
    page.evaluate("() => document.querySelector('#region .close').click()")
    page.locator("#ask-shape").click()
    page.wait_for_selector("#lasso")
    assert violations(page) == []


def test_targets_on_a_phone_are_large_enough(visit: Begin) -> None:
    page = visit(PHONE).open(f"/map?type=large&shape={BOX}&day={ANOTHER_DAY}{CENTRE}")
    counts(page)
    sizes: Any = page.locator("#region button:visible:not(.handle), #region input").evaluate_all(
        "(all) => all.map((one) => [one.innerText, one.offsetWidth, one.offsetHeight])"
    )
    assert sizes
    assert [one for one in sizes if one[1] < 44 or one[2] < 44] == []
    shot(page, "ask-phone-large")


def test_paper_has_the_counts(visit: Begin) -> None:
    page = visit(DESK).open(f"/map?shape={BOX}{CENTRE}")
    told = counts(page)
    page.evaluate(
        "() => { window.print = () => { window.printed = document.querySelector('.paper-counts').innerText; }; }"
    )
    page.locator("#region button", has_text="打印").click()
    page.locator("#print-options .primary").click()
    until(page, "() => window.printed")
    text = page.evaluate("() => document.querySelector('.paper-counts').textContent")
    assert all(name in text for name, number in told.items() if number)
