"""The geometry forms of the admin show the city under what is drawn, and keep what was moved."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.contrib.gis.geos import Point
from playwright.sync_api import Page, expect

from gis.models import Building, Facility
from tests.pages.conftest import COURTYARD, PASSWORD, Visit, until
from tests.pages.test_map import paints

pytestmark = pytest.mark.django_db
Begin = Callable[..., Visit]
EDITS = True


def open_form(window: Visit, path: str) -> Page:
    """Sign the clerk in and wait for the map of an admin form."""
    page = window.page
    page.goto(f"{window.site}/accounts/login/?next=/admin/spatial/{path}")
    page.fill("#id_username", "clerk")
    page.fill("#id_password", PASSWORD)
    page.click("button.primary")
    page.wait_for_selector("canvas.leaflet-tile")
    until(page, "document.querySelectorAll('canvas.leaflet-tile[width]').length > 0")
    page.wait_for_load_state("networkidle")
    return page


def test_an_empty_form_opens_on_the_city(visit: Begin) -> None:
    paints(open_form(visit(), "grid/add/"), "#b9d8e8")


def test_a_moved_marker_is_saved_with_the_form_and_its_neighbours_are_shown(visit: Begin) -> None:
    """The form's own button keeps what was dragged, though the drawing toolbar was not asked to."""
    toilet = Facility.objects.exclude(source="OpenStreetMap").first()
    assert toilet
    before = toilet.geom.coords
    window = visit()
    asked: list[str] = []
    window.page.on("request", lambda request: asked.append(request.url))
    page = open_form(window, f"facility/{toilet.pk}/change/")
    assert any(re.search(r"/tiles/[^/]*facilities", url) for url in asked)
    expect(page.locator(".leaflet-draw-edit-edit")).to_have_attribute("title", "移动或修改图形")
    page.click(".leaflet-draw-edit-edit")
    box = page.locator(".leaflet-marker-icon").bounding_box()
    assert box
    page.mouse.move(box["x"] + 12, box["y"] + 12)
    page.mouse.down()
    page.mouse.move(box["x"] + 72, box["y"] + 12, steps=6)
    page.mouse.up()
    with page.expect_navigation():
        page.click("input[name=_continue]")
    expect(page.locator(".messagelist .success")).to_be_visible()
    toilet.refresh_from_db()
    assert toilet.geom.coords[0] > before[0]
    Facility.objects.filter(pk=toilet.pk).update(geom=Point(before, srid=4490))


def test_a_courtyard_survives_when_its_building_is_edited(visit: Begin) -> None:
    block = Building.objects.get(name=COURTYARD)
    window = visit()
    page = open_form(window, f"building/{block.pk}/change/")
    page.click(".leaflet-draw-edit-edit")
    corner = page.locator(".leaflet-editing-icon").first.bounding_box()
    assert corner
    page.mouse.move(corner["x"] + 4, corner["y"] + 4)
    page.mouse.down()
    page.mouse.move(corner["x"] - 20, corner["y"] + 24, steps=6)
    page.mouse.up()
    with page.expect_navigation():
        page.click("input[name=_continue]")
    saved = Building.objects.get(pk=block.pk).geom
    assert saved != block.geom
    assert [len(part) for part in saved] == [2], "outer ring and courtyard"
    # Leaflet-draw itself calls what Leaflet has renamed.
    window.complaints[:] = [complaint for complaint in window.complaints if "_flat" not in complaint]


def test_who_may_enter_the_back_office_finds_its_door_on_the_map(visit: Begin) -> None:
    window = visit()
    open_form(window, "grid/add/")
    page = window.open("/map")
    page.locator(".account").get_by_role("link", name="后台").click()
    expect(page).to_have_url(f"{window.site}/admin/")
