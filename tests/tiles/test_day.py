"""What is in force on a day is decided by PostgreSQL: its day names the tile, whatever the clock of the server says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange, DateTimeTZRange
from django.utils import timezone
from django.utils.timezone import localdate

from gis.models import FenceVersion, Zoning
from tests.client import ask
from tests.factories import make, square, tile_at
from tests.tiles.test_live import Page
from tiles.server import Server
from tiles.server import make as make_server

HERE, THERE = f"/tiles/fences/{tile_at(16)}.mvt", f"/tiles/fences/{tile_at(15)}.mvt"


def turn(days: float) -> None:
    """Set the clock of the test's database, as whoever asks without naming the catalogue sees it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE OR REPLACE FUNCTION public.statement_timestamp() RETURNS timestamptz LANGUAGE sql STABLE AS"
            f" $$ SELECT pg_catalog.statement_timestamp() + interval '{days} days' $$"
        )


@pytest.fixture
def server(transactional_db: None) -> Iterator[Server]:
    """A server whose connections see the clock that can be turned."""
    name = connection.settings_dict["NAME"]
    with connection.cursor() as cursor:
        cursor.execute(f'ALTER DATABASE "{name}" SET search_path = public, pg_catalog')
    turn(0)
    made = make_server(interval_s=3600)
    yield made
    made.supply.forget()
    with connection.cursor() as cursor:
        cursor.execute(f'ALTER DATABASE "{name}" RESET search_path')
        cursor.execute("DROP FUNCTION public.statement_timestamp()")


def test_a_fence_that_ends_today_ends_by_the_clock_that_says_so(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(FenceVersion, geom=square(), valid=DateRange(date(2020, 1, 1), localdate() + timedelta(days=1)))
    news = server.supply.generations
    assert ask(server, HERE).features("fences")

    monkeypatch.setattr("django.utils.timezone.localdate", lambda: date(2099, 1, 1))  # of the server alone
    news.hear()
    assert ask(server, HERE).features("fences")

    turn(1)
    news.hear()
    assert ask(server, HERE).status == 204

    turn(0)  # another replica, whose clock is late
    late = ask(server, THERE)
    assert late.features("fences")
    assert (late.headers["X-Tile-Stale"], late.headers["Cache-Control"]) == ("1", "no-store")
    turn(1)
    for _ in range(2):
        there = ask(server, THERE)
        assert (there.status, "X-Tile-Stale" in there.headers) == (204, False)


def test_an_open_page_is_told_that_the_day_has_turned(server: Server) -> None:
    """Nobody edits at midnight, and what a page shows is not in force any more."""
    make(FenceVersion, geom=square(), valid=DateRange(date(2020, 1, 1), localdate() + timedelta(days=1)))
    page = Page(server, "fences,water")
    assert page.ask()["layers"] == {}
    turn(1)
    server.supply.generations.hear()
    assert page.ask()["layers"] == {"fences": "all"}
    assert page.ask()["layers"] == {}


@pytest.mark.parametrize("path", [HERE, f"/tiles/zoning/{tile_at(16)}.mvt"])
def test_what_is_known_is_told_by_a_clock_that_is_behind_too(server: Server, path: str) -> None:
    """A replica's clock may be seconds late: what the primary recorded just now has begun there all the same. Else its
    tile would lack the row and be kept as true."""
    model = FenceVersion if "fences" in path else Zoning
    old = make(model, recorded=DateTimeTZRange(timezone.now(), None))
    turn(-1 / 1440)
    assert len(ask(server, path).features(path.split("/")[2])) == 1
    model.objects.filter(pk=old.pk).update(recorded=DateTimeTZRange(old.recorded.lower, timezone.now()))
    server.supply.generations.hear()
    assert ask(server, path).status == 204
