"""What somebody edits in the database is seen in an open page, at once and where it is; nothing else is asked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Page

from tests.pages.conftest import HANGS, PATIENCE_MS, PIXELS, database_url
from tests.pages.test_ask import sign_in
from tests.pages.test_map import CENTRE, Begin

# The rows are committed by a connection of our own; the mark has the test database made.
pytestmark = pytest.mark.django_db
LON, LAT, STEP = 120.01, 31.2875, 0.0008  # fields, with nothing on them
FIELDS = f"#17.00/{LAT:.5f}/{LON:.5f}"
BLUE = "#b9d8e8"
SEES = """([x, y, colour]) => {
  for (const canvas of document.querySelectorAll("canvas.leaflet-tile")) {
    if (!canvas.width) continue;
    const { left, top, scale } = (HANGS)(canvas);
    const [column, row] = [Math.floor((x - left) * scale), Math.floor((y - top) * scale)];
    if (column < 0 || row < 0 || column >= canvas.width || row >= canvas.height) continue;
    const seen = (PIXELS)(canvas, column, row, 1, 1);
    return "#" + [...seen.slice(0, 3)].map((part) => part.toString(16).padStart(2, "0")).join("") === colour;
  }
  return false;
}""".replace("PIXELS", PIXELS).replace("HANGS", HANGS)


DIG = """INSERT INTO spatial_water (source, source_id, name, kind, geom)
    VALUES ('test', 'pond', '', 'pond', ST_MakeEnvelope(%s, %s, %s, %s, 4490))"""
FILL = "DELETE FROM spatial_water WHERE source_id = 'pond'"
SOON_MS = 1500
AGO = re.compile("since=[^&]*")


@pytest.fixture
def database(site: str) -> Iterator[psycopg.Connection[Any]]:
    """Commits at once, as somebody elsewhere would; what it dug is filled at the end."""
    with psycopg.connect(database_url(), autocommit=True) as made:
        yield made
        made.execute(FILL)


def dig(database: psycopg.Connection[Any], east: float = 0.0) -> None:
    lon = LON + east
    database.execute(DIG, [lon - STEP, LAT - STEP, lon + STEP, LAT + STEP])


def sees(page: Page, colour: str = BLUE) -> list[Any]:
    return [*page.evaluate("() => [innerWidth / 2 + 9, innerHeight / 2 + 9]"), colour]


def wait(page: Page, true: Callable[[], bool]) -> None:
    """The page's own policy forbids Playwright's waiting for functions."""
    for _ in range(PATIENCE_MS // 50):
        if true():
            return
        page.wait_for_timeout(50)
    raise AssertionError("nothing came")


def test_an_edit_is_seen_without_a_reload(visit: Begin, database: psycopg.Connection[Any]) -> None:
    view = visit()
    page = view.open(f"/map{FIELDS}")
    page.wait_for_timeout(2000)
    assert not page.evaluate(SEES, sees(page))
    dig(database)
    wait(page, lambda: page.evaluate(SEES, sees(page)))
    database.execute(FILL)
    wait(page, lambda: not page.evaluate(SEES, sees(page)))
    misses_nothing(page, database)


def misses_nothing(page: Page, database: psycopg.Connection[Any]) -> None:
    """What came while the network was away is seen when it is back; and everything is asked for anew where the server
    cannot tell what came since, as after a restore."""
    page.context.set_offline(True)
    dig(database)
    page.wait_for_timeout(SOON_MS)
    assert not page.evaluate(SEES, sees(page))
    page.context.set_offline(False)
    wait(page, lambda: page.evaluate(SEES, sees(page)))
    page.route("**/live/changes*", lambda route: route.continue_(url=AGO.sub("since=another.1", route.request.url)))
    database.execute(FILL)
    with page.expect_response(lambda answer: "since=another.1" in answer.url) as told:
        wait(page, lambda: not page.evaluate(SEES, sees(page)))
    assert told.value.json()["reload"]
    page.unroute("**/live/changes*")


def test_a_second_visit_shows_what_was_edited_meanwhile(visit: Begin, database: psycopg.Connection[Any]) -> None:
    view = visit()
    page = view.open(f"/map{FIELDS}")
    assert not page.evaluate(SEES, sees(page))
    page.goto("about:blank")  # nobody listens; tiles and scripts stay in the browser's cache
    dig(database)
    page = view.open(f"/map{FIELDS}")
    wait(page, lambda: page.evaluate(SEES, sees(page)))


def test_what_was_edited_while_its_layer_was_off_is_there_when_it_is_on(
    visit: Begin, database: psycopg.Connection[Any]
) -> None:
    view = visit()
    page = view.open(f"/map{FIELDS}")
    page.wait_for_timeout(2000)
    page.locator("#on-water").uncheck()
    view.settle()
    with page.expect_response(lambda answer: ".mvt" in answer.url):
        dig(database)
    assert not page.evaluate(SEES, sees(page))
    page.locator("#on-water").check()
    wait(page, lambda: page.evaluate(SEES, sees(page)))


def test_who_is_signed_in_goes_on_seeing_edits_when_his_pass_has_ended(
    visit: Begin, database: psycopg.Connection[Any]
) -> None:
    """A pass lasts a quarter of an hour, and ends when rights change; a wall of screens is looked at all day."""
    view = visit()
    sign_in(view)
    page = view.open(f"/map{FIELDS}")
    page.evaluate("() => document.getElementById('on-pipes').click()")
    view.settle()
    page.wait_for_timeout(2000)
    page.context.clear_cookies(name="audience")
    dig(database)
    wait(page, lambda: page.evaluate(SEES, sees(page)))
    assert [cookie["name"] for cookie in page.context.cookies() if cookie["name"] == "audience"]
    view.complaints[:] = [said for said in view.complaints if "404" not in said]  # by which it was noticed


def test_only_touched_tiles_are_asked_for(visit: Begin, database: psycopg.Connection[Any]) -> None:
    view = visit()
    page = view.open(f"/map{CENTRE}")
    page.wait_for_timeout(3000)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    with page.expect_response(lambda answer: "/live/changes" in answer.url):
        dig(database, east=1)  # a hundred kilometres away
    page.wait_for_timeout(3000)
    assert [url for url in asked if "/live/changes" in url]
    assert [url for url in asked if ".mvt" in url] == []


def test_a_hidden_page_asks_nothing(visit: Begin) -> None:
    view = visit()
    page = view.open(f"/map{CENTRE}")
    page.evaluate(
        "() => { Object.defineProperty(document, 'hidden', { value: true, configurable: true });"
        " document.dispatchEvent(new Event('visibilitychange')); }"
    )
    page.wait_for_timeout(1500)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(2500)
    assert asked == []
    page.evaluate(
        "() => { Object.defineProperty(document, 'hidden', { value: false, configurable: true });"
        " document.dispatchEvent(new Event('visibilitychange')); }"
    )
    page.wait_for_timeout(1500)
    assert [url for url in asked if "/live/changes" in url]
