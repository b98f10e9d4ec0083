"""The geometry forms of the admin show the city under what is drawn."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.pages.conftest import PASSWORD, Visit
from tests.pages.test_map import colours

pytestmark = pytest.mark.django_db
Begin = Callable[..., Visit]


def test_an_empty_form_opens_on_the_city(visit: Begin) -> None:
    window = visit()
    page = window.page
    page.goto(f"{window.site}/accounts/login/?next=/admin/spatial/grid/add/")
    page.fill("#id_username", "clerk")
    page.fill("#id_password", PASSWORD)
    page.click("button.primary")
    page.wait_for_selector("canvas.leaflet-tile")
    page.wait_for_function("document.querySelectorAll('canvas.leaflet-tile[width]').length > 0")
    page.wait_for_load_state("networkidle")
    assert "#b9d8e8" in colours(page)
