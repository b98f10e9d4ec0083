"""The public map in a real browser: it draws, switches, finds, tells, remembers, and fails with words."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from gis.models import Works
from tests.pages.conftest import DESK, HANGS, PASSWORD, PHONE, PIXELS, Visit, until
from tests.town import DATA

# The rows are committed once for all tests; the mark has the test database made.
pytestmark = pytest.mark.django_db
Begin = Callable[..., Visit]
CENTRE = "#17.00/31.27000/120.03000"
LUJIAZUI = "#16.00/31.23850/121.49600"
BUDGET = 300_000
MIDDLE = (DESK[0] / 2, DESK[1] / 2)

COLOURS = """() => {
  const pixels = PIXELS;
  const seen = new Set();
  for (const canvas of document.querySelectorAll("canvas.leaflet-tile")) {
    if (!canvas.width) continue;
    let last;
    for (const one of new Uint32Array(pixels(canvas).buffer)) {
      if (one !== last && one >>> 24 === 255) seen.add(one); // most pixels are as the one before
      last = one;
    }
  }
  const parts = (one) => [one & 255, (one >> 8) & 255, (one >> 16) & 255];
  return [...seen].map((one) => "#" + parts(one).map((part) => part.toString(16).padStart(2, "0")).join(""));
}""".replace("PIXELS", PIXELS)

# How many of a hundred pixels are painted: of the canvases' parts in the window, and of those beyond its edges.
PAINTED = """() => {
  const [pixels, hangs] = [PIXELS, HANGS];
  const found = { inside: [0, 0], beyond: [0, 0] };
  for (const canvas of document.querySelectorAll("canvas.leaflet-tile")) {
    if (!canvas.width) continue;
    const { left, top, scale } = hangs(canvas);
    const data = pixels(canvas);
    for (let i = 0; i < data.length; i += 4 * 7) {
      const [column, row] = [(i / 4) % canvas.width, Math.floor(i / 4 / canvas.width)];
      const [x, y] = [column, row].map((pixel, k) => [left, top][k] + (pixel + 0.5) / scale);
      const where = x > 0 && y > 0 && x < innerWidth && y < innerHeight ? found.inside : found.beyond;
      where[0] += data[i + 3] > 0;
      where[1] += 1;
    }
  }
  return Object.fromEntries(Object.entries(found).map(([name, [painted, all]]) => [name, (100 * painted) / all]));
}""".replace("PIXELS", PIXELS).replace("HANGS", HANGS)


# How many bitmaps were laid on the canvases beside the page from here on.
PLATES = """() => {
  [window.laid, window.written] = [0, 0];
  const { drawImage: draw, strokeText: write } = OffscreenCanvasRenderingContext2D.prototype;
  OffscreenCanvasRenderingContext2D.prototype.strokeText = function (...what) {
    window.written += !("ready" in document.body.dataset);
    return write.apply(this, what);
  };
  OffscreenCanvasRenderingContext2D.prototype.drawImage = function (what, ...where) {
    window.laid += what instanceof ImageBitmap;
    return draw.call(this, what, ...where);
  };
}"""


PRINTED = "performance.getEntriesByName('map:printed').length"


def picture(page: Page) -> Any:
    """What the window shows beside the panel, as rows of colours."""
    width = page.locator("#layers").bounding_box()["x"]
    seen = page.screenshot(clip={"x": 0, "y": 140, "width": width, "height": 500}, animations="disabled")
    return np.asarray(Image.open(BytesIO(seen)).convert("RGB")).astype(int)


def colours(page: Page) -> set[str]:
    """Every opaque colour on the canvases of the map."""
    return set(page.evaluate(COLOURS))


def paints(page: Page, *wanted: str) -> None:
    """Wait until the map has these colours: on a busy machine a tile may come after the others are drawn."""
    until(
        page, f"(wanted) => {{ const seen = ({COLOURS})(); return wanted.every((one) => seen.includes(one)); }}", wanted
    )


def state(page: Page) -> str:
    return page.evaluate("location.search + location.hash")


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_the_town_is_drawn_as_declared(visit: Begin, size: tuple[int, int]) -> None:
    page = visit(size).open(f"/map{CENTRE}")
    paints(page, "#b9d8e8", "#dcead0", "#fff4d6", "#e6dfd3", "#c62828", "#0b6e69")
    assert page.evaluate("performance.getEntriesByName('map:meaningful').length") == 1
    expect(page.locator("#credit")).to_contain_text("示例")
    expect(page.locator("#approval")).to_contain_text("示例 0000")


def test_what_is_in_the_window_is_painted_first_and_the_rest_without_being_asked(visit: Begin) -> None:
    view = visit()
    page = view.open(f"/map{CENTRE}")
    first = page.evaluate(PAINTED)
    until(page, f"({PAINTED})().beyond > 80")
    assert page.evaluate(PAINTED)["inside"] == pytest.approx(first["inside"], abs=0.1)
    assert first["inside"] > 90
    page.locator("#on-roads").uncheck()
    page.mouse.move(400, 500)
    page.mouse.down()
    page.mouse.move(250, 400, steps=4)  # at once, while the switch is being painted
    page.mouse.up()
    view.settle()
    page.wait_for_timeout(1000)
    assert "#fff4d6" not in colours(page), "what was painted before the switch is nowhere left"


def test_a_switch_takes_its_layer_away_and_the_address_says_so(visit: Begin) -> None:
    view = visit()
    page = view.open(f"/map{CENTRE}")
    expect(page.locator("[data-layer=zoning] .far")).to_have_count(0)
    page.locator("#on-zoning").uncheck()
    view.settle()
    assert "#e08a00" not in colours(page)
    assert "zoning" not in state(page)
    page.go_back()
    expect(page.locator("#on-zoning")).to_be_checked()
    view.settle()
    page.wait_for_timeout(300)
    paints(page, "#e08a00")


def test_what_was_painted_ahead_is_laid_down_and_looks_like_a_page_opened_so(visit: Begin) -> None:
    view = visit()
    page = view.open(f"/map{CENTRE}")
    page.evaluate(PLATES)
    until(page, PRINTED)
    page.locator("#on-landuse").uncheck()
    view.settle()
    assert page.evaluate("laid") > 0
    others = page.evaluate("written")
    assert any(_written(view, page, "#on-zoning") < others / 4 for _ in range(5)), "words that stay were written anew"
    switched, opened = picture(page), picture(visit().open(f"/map{state(page)}"))
    differs = np.abs(switched - opened).max(axis=2) > 8
    assert differs.mean() < 0.02, "words may stand elsewhere; a surface left over or missing is more"


def _written(view: Visit, page: Page, switch: str) -> int:
    """How many halos are drawn for a switch, once all is printed for it: the pointer is on the panel."""
    until(page, PRINTED)
    page.evaluate("written = 0, performance.clearMarks('map:printed')")
    page.locator(switch).click()
    view.settle()
    return int(page.evaluate("written"))


def test_opacity_and_a_layer_that_was_off(visit: Begin) -> None:
    view = visit()
    page = view.open(f"/map?on=water:0.5{CENTRE}")
    assert "#b9d8e8" not in colours(page)
    expect(page.locator("#on-roads")).not_to_be_checked()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.locator("#on-roads").check()
    view.settle()
    paints(page, "#fff4d6")
    tiles = {name for url in asked if ".mvt" in url for name in url.split("/")[4].split(",")}
    assert "roads" in tiles, "for what is there already only news is a reason to ask"
    assert "on=water:0.5,roads" in state(page)


def test_what_a_switch_may_want_is_asked_for_while_the_switches_are_read(visit: Begin) -> None:
    view = visit(PHONE)
    page = view.open(f"/map?on=water{CENTRE}")
    with page.expect_request_finished(lambda request: ",roads" in request.url and ".mvt" in request.url):
        page.locator("#open-layers").tap()
    page.wait_for_timeout(600)  # the last of a few tiles
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.locator("#on-roads").check()
    view.settle()
    paints(page, "#fff4d6")
    assert not [url for url in asked if ".mvt" in url]


def test_a_tap_tells_what_is_there_and_reload_keeps_it(visit: Begin) -> None:
    view = visit()
    page = view.open(f"/map{CENTRE}")
    page.mouse.click(*MIDDLE)
    card = page.locator("#card")
    expect(card.locator(".origin")).to_contain_text("来源")
    expect(card.locator(".within")).to_contain_text("云汀区")
    title, address = card.locator("h2").inner_text(), state(page)
    assert re.search(r"sel=[a-z-]+:\d+", address)
    page.reload()
    view.settle()
    expect(card.locator("h2")).to_have_text(title)
    assert state(page) == address
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    expect(page).not_to_have_url(re.compile("sel="))


def test_a_card_put_away_before_it_was_filled_stays_away(visit: Begin) -> None:
    page = visit().open(f"/map{CENTRE}")
    page.evaluate("""() => {
      const at = { bubbles: true, clientX: innerWidth / 2, clientY: innerHeight / 2, view: window };
      document.querySelector("#map").dispatchEvent(new MouseEvent("click", at));
      if (document.querySelector("#card").hidden) throw new Error("nothing lies there");
      document.querySelector("#card .close").click();
    }""")
    page.wait_for_timeout(300)
    expect(page.locator("#card")).to_be_hidden()
    assert "sel=" not in state(page)


def test_back_and_forward_close_and_open_the_card_and_closing_piles_nothing_up(visit: Begin) -> None:
    page = visit().open(f"/map{CENTRE}")
    card = page.locator("#card")
    for away in ("Escape", "Escape", ""):
        page.mouse.click(*MIDDLE)
        expect(card.locator(".origin")).to_contain_text("来源")
        expect(page).to_have_url(re.compile("sel="))
        if away:
            page.keyboard.press(away)
            expect(card).to_be_hidden()
            expect(page).not_to_have_url(re.compile("sel="))
    title, entries = card.locator("h2").inner_text(), page.evaluate("history.length")
    page.go_back()
    expect(card).to_be_hidden()
    page.go_forward()
    expect(card.locator("h2")).to_have_text(title)
    page.locator("#card .close").click()
    expect(card).to_be_hidden()
    expect(page).not_to_have_url(re.compile("sel="))
    assert page.evaluate("history.length") == entries == 3  # about:blank, the map, the card


def test_a_phone_on_its_side_shows_the_map(visit: Begin) -> None:
    page = visit((844, 390)).open(f"/map{CENTRE}")
    expect(page.locator("#layers")).to_be_hidden()


def test_search_by_keyboard(visit: Begin) -> None:
    view = visit()
    page = view.open(f"/map{CENTRE}")
    page.keyboard.press("/")
    page.keyboard.type("莲塘公园")
    expect(page.locator("#results [role=option]").first).to_contain_text("莲塘公园")
    far = page.locator("#results [role=option]").first.locator(".far")
    expect(far).to_have_text(re.compile(r"^约 [\d.]+ (米|公里)$"))
    page.keyboard.press("ArrowDown")
    expect(page.locator("#search-box")).to_have_attribute("aria-activedescendant", "result-0")
    page.keyboard.press("Enter")
    expect(page.locator("#card h2")).to_have_text("莲塘公园")
    expect(page.locator("#card h2")).to_be_focused()
    view.settle()
    page.keyboard.press("Escape")
    expect(page.locator("#card")).to_be_hidden()
    expect(page.locator("#search-box")).to_be_focused()
    page.locator("#open-layers").focus()
    page.keyboard.press("/")
    page.keyboard.press("Control+A")
    page.keyboard.type("120.0300, 31.2650")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/31.26500/120.03000$"))
    page.locator("#search-box").fill("没有这样的地方")
    expect(page.locator("#results")).to_contain_text("没有找到")


def test_a_door_on_no_record_is_found_between_its_neighbours(visit: Begin) -> None:
    view = visit()
    view.page.add_init_script(  # typed before there is anything that hears it
        "document.addEventListener('readystatechange', () => {"
        "  const box = document.getElementById('search-box');"
        "  if (!box.value) { box.focus(); box.value = '听澜路207号'; } });"
    )
    page = view.open(f"/map{CENTRE}")
    expect(page.locator("#results [role=option]").first).to_contain_text("按相邻门牌推算")
    page.keyboard.press("Enter")
    expect(page.locator("#card .verdict")).to_be_visible()
    page.locator("#search-box").fill("No. 207, Tinglan Road")
    expect(page.locator("#results .second").first).to_contain_text("No. 207 Tinglan Road")
    expect(page).to_have_url(re.compile("here="))
    expect(page.locator("path.selected")).to_be_in_viewport()


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_a_link_to_a_place_without_a_view_goes_there(visit: Begin, size: tuple[int, int]) -> None:
    view = visit(size)
    work = Works.objects.order_by("pk").last()
    assert work
    page = view.open(f"/map?sel=works:{work.pk}")
    expect(page.locator("#card h2")).to_have_text(work.name)
    view.settle()
    spot = page.locator(".selected").first
    expect(spot).to_be_in_viewport(ratio=0.2)
    seen, card = spot.bounding_box(), page.locator("#card").bounding_box()
    assert seen and card
    assert max(seen["width"], seen["height"]) > 100, "as large as the window lets it be"
    if size == PHONE:
        assert seen["y"] < card["y"]


def test_a_link_to_one_kind_shows_it_only(visit: Begin) -> None:
    page = visit(PHONE).open(f"/map?f=facilities.0{CENTRE}")
    page.wait_for_timeout(300)
    paints(page, "#0b6e69")
    assert "#1f6fb2" not in colours(page)


def test_a_round_button_puts_one_kind_on_the_map_as_pins(visit: Begin) -> None:
    view = visit(PHONE)
    page = view.open(f"/map{CENTRE}")
    button = page.get_by_role("button", name="公厕", exact=True)
    button.click()
    expect(page.locator(".pin.toilet").first).to_be_visible()
    view.settle()
    assert "show=toilet" in state(page)
    assert "#1f6fb2" not in colours(page)
    button.click()
    expect(page.locator(".pin")).to_have_count(0)
    assert "show=" not in state(page)


def test_sheets_on_a_phone(visit: Begin) -> None:
    view = visit(PHONE)
    page = view.open(f"/map{CENTRE}")
    layers = page.locator("#layers")
    until(page, "document.querySelector('#layers.laid')")  # laid out ahead, and out of sight and reach all the same
    expect(layers).to_be_hidden()
    assert page.evaluate("document.elementFromPoint(195, 700).closest('#map, #layers').id") == "map"
    assert page.evaluate("document.querySelector('#layers .close').focus() ?? document.activeElement === document.body")
    page.locator("#open-layers").click()
    expect(layers.get_by_text("严禁区")).to_be_visible()
    handle = layers.locator(".handle")
    half = layers.bounding_box()
    assert half
    handle.focus()
    page.keyboard.press("ArrowUp")
    height = "document.querySelector('#layers').getBoundingClientRect().height"
    until(page, f"(half) => {height} > half + 100", half["height"])
    expect(layers.locator("#position")).to_have_text("31.27000, 120.03000")  # not over the names at the map's foot
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    layers.get_by_role("button", name="复制链接").click()
    until(page, "navigator.clipboard.readText().then((text) => text === location.href)")
    layers.get_by_role("button", name="打印").click()
    expect(page.locator("#print-options")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#print-options")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(layers).to_be_hidden()


def test_where_nothing_is_the_page_leads_back(visit: Begin) -> None:
    view = visit(PHONE)
    page = view.open("/map#16.00/25.00000/100.00000")
    expect(page.locator("#empty")).to_be_visible()
    page.locator("#empty button").click()
    expect(page).not_to_have_url(re.compile("/25.00000/"))
    view.settle()
    expect(page.locator("#empty")).to_be_hidden()


def test_no_position_is_said_quietly(visit: Begin) -> None:
    page = visit(PHONE).open(f"/map{CENTRE}")
    page.locator("#locate").click()
    expect(page.locator("#mention")).to_contain_text("未能取得位置")


def test_a_position_is_shown(visit: Begin) -> None:
    here = {"geolocation": {"latitude": 31.27, "longitude": 120.031}, "permissions": ["geolocation"]}
    page = visit(PHONE, **here).open(f"/map{CENTRE}")
    page.locator("#locate").click()
    expect(page.locator("path.here")).to_be_visible()


def test_a_rough_position_is_shown_as_wide_as_it_is(visit: Begin) -> None:
    here = {"latitude": 31.27, "longitude": 120.031, "accuracy": 3000}
    page = visit(PHONE, geolocation=here, permissions=["geolocation"]).open(f"/map{CENTRE}")
    page.locator("#locate").click()
    expect(page.locator("#mention")).to_contain_text("约 3 公里")
    expect(page).to_have_url(re.compile(r"#1[0-3]\.00/"))


def test_an_empty_map_says_why(visit: Begin) -> None:
    view = visit(PHONE)
    page = view.open(f"/map?on={CENTRE}")
    expect(page.locator("#empty")).to_contain_text("所有图层都已关闭")
    page.locator("#empty button").click()
    expect(page.locator("#layers")).to_be_visible()
    page = view.open("/map?on=facilities#8.00/31.27000/120.03000")
    page.reload()
    view.settle()
    expect(page.locator("#empty")).to_contain_text("放大以查看")


# What is Chinese in parts of the page, to read or to be read out.
CHINESE = r"""(parts) => [...document.querySelectorAll(parts)].flatMap((part) => [part, ...part.querySelectorAll("*")])
  .filter((one) => !one.closest("#other-language") && one.getClientRects().length)
  .flatMap((one) => [...["aria-label", "title", "placeholder"].map((name) => one.getAttribute(name)),
    ...[...one.childNodes].filter(({ nodeType }) => nodeType === 3).map(({ data }) => data)])
  .filter((text) => /[\u4e00-\u9fff]/.test(text ?? ""))"""


def test_english(visit: Begin) -> None:
    page = visit().open(f"/map?lang=en{CENTRE}")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("#layers")).to_contain_text("Street zoning")
    expect(page.locator("#credit")).to_contain_text("Sample data (invented)")
    assert page.evaluate(CHINESE, ".top, #layers, .tools, #credit, .legal > button") == []
    page.get_by_role("button", name="Toilets", exact=True).click()
    first = page.locator("#finder-list:not([aria-busy]) .found").first
    expect(first.locator(".name")).to_have_text(re.compile(r"^[ -~]+ Public Toilet( \d)?$"))
    name = first.locator(".name").inner_text()
    first.click()
    expect(page.locator("#card h2")).to_have_text(name)
    assert (
        page.evaluate(CHINESE, "#finder .sheet-head, #finder .finder-controls, #finder .finder-note, #card header")
        == []
    )
    expect(page.locator("#card dl")).to_contain_text("公厕")  # as it is written on the spot
    expect(page.locator("#card .origin")).to_contain_text("Sample data (invented)")
    links = page.locator(".exports a, #card .follow a").evaluate_all("(all) => all.map(({ href }) => href)")
    assert len(links) > 10
    assert [href for href in links if "lang=en" not in href] == [], "what is taken home or followed is in English, too"
    page.fill("#search-box", "Dukou Street")
    expect(page.locator("#results .name").first).to_have_text("Dukou Street")
    page.fill("#search-box", "渡口街")
    expect(page.locator("#results .name").first).to_have_text("Dukou Street")
    page.locator("#other-language").click()
    expect(page.locator("#layers")).to_contain_text("街面分区")
    assert "lang=zh" in state(page)


def test_failing_tiles_are_told_and_tried_again(visit: Begin) -> None:
    view = visit(PHONE)
    view.page.route("**/tiles/**", lambda route: route.abort())
    page = view.open(f"/map{CENTRE}")
    bar = page.locator("#bar")
    expect(bar).to_contain_text("部分地图没有载入")
    page.unroute("**/tiles/**")
    bar.get_by_role("button", name="重试").click()
    expect(bar).to_be_hidden()
    page.wait_for_timeout(500)
    view.settle()
    paints(page, "#fff4d6")
    assert view.complaints, "the browser itself notes each request that was cut off"
    view.complaints.clear()


def test_offline_is_told(visit: Begin) -> None:
    view = visit(PHONE)
    page = view.open(f"/map{CENTRE}")
    page.context.set_offline(True)
    expect(page.locator("#bar")).to_contain_text("网络已断开")
    page.context.set_offline(False)
    expect(page.locator("#bar")).to_be_hidden()
    view.settle()


def test_without_webgl(visit: Begin) -> None:
    view = visit(PHONE)
    view.page.add_init_script(
        "const get = HTMLCanvasElement.prototype.getContext;"
        "HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {"
        "  if (kind.startsWith('webgl')) throw new Error('no WebGL here');"
        "  return get.call(this, kind, ...rest); };"
    )
    paints(view.open(f"/map{CENTRE}"), "#fff4d6")


def test_staff_see_more_and_residents_nothing_of_it(visit: Begin) -> None:
    page = visit().open(f"/map{CENTRE}")
    assert page.locator("[data-layer=pipes]").count() == 0
    assert "pipes" not in page.evaluate("fetch('/api/manifest').then((answer) => answer.text())")
    view = visit()
    page = view.open(f"/map{CENTRE}")
    page.locator("#sign-in").click()
    page.fill("#id_username", "officer")
    page.fill("#id_password", PASSWORD)
    page.locator(".login form button").click()
    view.settle()
    expect(page.locator("[data-layer=pipes]")).to_be_visible()
    expect(page.locator(".account")).to_contain_text("officer")
    expect(page.get_by_role("link", name="后台")).to_have_count(0)
    assert CENTRE in state(page)


@pytest.mark.skipif(not DATA.is_dir(), reason="the shared real data are not here")
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_real_streets_and_bytes_to_first_paint(visit: Begin, size: tuple[int, int]) -> None:
    view = visit(size)
    wire = view.page.context.new_cdp_session(view.page)
    wire.send("Network.enable")
    loaded: list[float] = []
    wire.on("Network.loadingFinished", lambda event: loaded.append(event["encodedDataLength"]))
    page = view.open(f"/map{LUJIAZUI}")
    paints(page, "#b9d8e8", "#fff4d6", "#e6dfd3", "#0b6e69")
    expect(page.locator("#credit")).to_contain_text("© OpenStreetMap contributors")
    print(json.dumps({"bytes": sum(loaded), "requests": len(loaded), "size": size}))
    if size == PHONE:
        assert sum(loaded) <= BUDGET
