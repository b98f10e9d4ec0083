"""An import that is written stands: the planner knows its rows at once, and what fails afterwards does not undo it."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from gis.models import Facility

ROWS = 80


def places(desk: Any) -> Any:
    spots = [{"type": "Point", "coordinates": [121.5 + n / 1000, 31.2]} for n in range(ROWS)]
    return desk.geojson(*((spot, {"id": n, "kind": "toilet", "name": f"公厕{n}"}) for n, spot in enumerate(spots)))


def known() -> int:
    """How many facilities the planner believes in."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE relname = 'spatial_facility'")
        return int(cursor.fetchone()[0])


@pytest.mark.django_db
def test_many_rows_are_known_to_the_planner_when_the_import_ends(desk: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE spatial_facility")
    assert known() == 0
    desk.load("facilities", places(desk), dry_run=True)
    assert known() == 0
    assert desk.load("facilities", places(desk)).added == ROWS
    assert known() == ROWS


@pytest.mark.django_db(transaction=True)
def test_rows_that_the_search_cannot_take_are_written_and_said_to_wait(desk: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE spatial_placename ADD CONSTRAINT never CHECK (false)")
    try:
        done = desk.load("facilities", places(desk))
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE spatial_placename DROP CONSTRAINT never")
    assert done.added == Facility.objects.count() == ROWS
    assert "搜索" in done.notes[-1]
