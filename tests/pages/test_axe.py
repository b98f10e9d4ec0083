"""axe finds nothing against WCAG 2 AA: the map, its sheets, large, dark, and the pages beside it; phone and desk."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.utils.timezone import localdate
from playwright.sync_api import Page, expect

from gis.models import Building, Facility
from tests.factories import make
from tests.pages.conftest import DESK, PASSWORD, PHONE, Visit, until
from tests.pages.test_import import drop, toilets

pytestmark = pytest.mark.django_db
Begin = Callable[..., Visit]
AXE = Path(__file__).parent / "vendor" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
CENTRE = "#16.00/31.27000/120.03000"
ANOTHER_DAY = localdate() - timedelta(days=300)
SHAPE = f"?shape=circle:31.27,120.03,150&day={ANOTHER_DAY}"
ASKED = ["", "?show=toilet", "?show=markets", "?show=works", "?show=list", "?here=31.27,120.03", SHAPE]
LOOKS = ("light", "dark")
TALL = (DESK[0], 1080)  # all of the panel is in the window: axe takes what is scrolled half away for covered
SIZES = pytest.mark.parametrize("size", [PHONE, TALL], ids=["phone", "desk"])
RUN = """async (tags) => {
  const { violations } = await axe.run(document, { runOnly: { type: "tag", values: tags } });
  const told = ({ html, failureSummary }) => `${html} ${failureSummary}`;
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(told).join(" | ")}`);
}"""


def violations(page: Page) -> list[str]:
    """What axe says against the page; put in by the browser's own hand, for the page's policy forbids it."""
    wire = page.context.new_cdp_session(page)
    wire.send("Runtime.evaluate", {"expression": AXE.read_text(encoding="utf-8")})
    found: list[Any] = page.evaluate(RUN, RULES)
    return [str(one) for one in found]


@SIZES
@pytest.mark.parametrize("asked", ASKED)
def test_the_map_and_its_sheets(visit: Begin, size: tuple[int, int], asked: str) -> None:
    view = visit(size, reduced_motion="reduce")  # else colours are read while they turn
    page = view.open(f"/map{asked}{CENTRE}")
    assert page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--motion')") == "0ms"
    told = ".region-kind, .found:not(.region-head), .finder-nothing:not([hidden]), .verdict"
    page.wait_for_selector(told if asked else "#search")
    for look in LOOKS:
        page.emulate_media(color_scheme=look)
        expect(page.locator(f"html[data-theme={look}]")).to_have_count(1)
        assert violations(page) == []
    if not asked:
        page.locator("#quick-more").click()
        expect(page.locator("#quick-more")).to_have_attribute("aria-expanded", "true")
        page.fill("#search-box", "云汀")
        page.wait_for_selector("#results [role=option]")
        assert violations(page) == []


@SIZES
def test_layers_large_type_and_a_card(visit: Begin, size: tuple[int, int]) -> None:
    view = visit(size)
    page = view.open(f"/map?type=large{CENTRE}")
    if size == PHONE:
        page.locator("#open-layers").click()
    page.locator("[data-layer=facilities] .opener").click()
    assert violations(page) == []
    toilet = Facility.objects.filter(kind="toilet").values_list("pk", flat=True)[0]
    page = view.open(f"/map?sel=facilities:{toilet}&show=toilet")
    page.wait_for_selector("#card .handover")
    page.locator("#card .follow summary").click()
    page.locator("#card .report summary").click()
    page.wait_for_selector(".report-text")
    assert violations(page) == []


@SIZES
def test_english_and_the_dialog_of_printing(visit: Begin, size: tuple[int, int]) -> None:
    page = visit(size).open(f"/map?lang=en&show=changes{CENTRE}")
    page.wait_for_selector(".found, .finder-nothing:not([hidden])")
    if size == TALL:
        page.locator("#print").click()
    assert violations(page) == []


STAFF = ("/import", "/checks", "/checks/pipes", "/checks/areas", "/checks/addresses", "/accounts/")
TWINS = "B-7"


@pytest.fixture(scope="module")
def twins(town: None, django_db_blocker: Any) -> Iterator[None]:
    """Two places of one code, as registers have them: whoever follows it chooses."""
    with django_db_blocker.unblock():
        kept = [make(Building, code=TWINS, source=TWINS, source_id=number) for number in "12"]
        connections.close_all()
    yield
    with django_db_blocker.unblock():
        Building.objects.filter(pk__in=[one.pk for one in kept]).delete()
        connections.close_all()


@SIZES
def test_pages_of_staff_a_choice_of_places_and_an_error(visit: Begin, twins: None, size: tuple[int, int]) -> None:
    view = visit(size, reduced_motion="reduce")
    page = view.page
    page.goto(f"{view.site}/accounts/login/?next=/import")
    page.fill("#id_username", "clerk")
    page.fill("#id_password", PASSWORD)
    page.locator(".login form button").click()
    page.wait_for_url("**/import")
    found = {}
    for path in (*STAFF, f"/p/{TWINS}", "/p/nowhere"):
        page.goto(f"{view.site}{path}")
        assert page.locator(".list a").count() == 2 or path != f"/p/{TWINS}"
        for look in LOOKS if size == PHONE else LOOKS[:1]:
            page.emulate_media(color_scheme=look)
            expect(page.locator(f"html[data-theme={look}]")).to_have_count(1)
            until(page, "!document.getAnimations().length")
            found[path, look] = violations(page)
    page.goto(f"{view.site}/import")
    page.wait_for_selector("body[data-ready]")
    drop(page, "一座公厕.geojson", toilets("一座公厕"))
    found["/import", "a dataset"] = violations(page)
    view.complaints[:] = [one for one in view.complaints if not re.search(r"status of 404", one)]
    assert not any(found.values()), {where: said for where, said in found.items() if said}


@SIZES
@pytest.mark.parametrize("look", LOOKS)
def test_pages_beside_the_map(visit: Begin, size: tuple[int, int], look: str) -> None:
    view = visit(size, color_scheme=look)
    view.page.goto(f"{view.site}/accounts/login/")
    turn = "(all) => all.map((one) => getComputedStyle(one).transitionDuration)"
    assert set(view.page.locator("[aria-pressed]").evaluate_all(turn)) == {"0s"}, "unreadable while it turns"
    assert violations(view.page) == []
    code = Facility.objects.filter(kind="toilet").exclude(code="").values_list("code", flat=True)[0]
    view.page.goto(f"{view.site}/p/{code}")
    assert violations(view.page) == []
