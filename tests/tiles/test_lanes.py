"""Heavy tiles have few places, light ones have all; what was kept is better than a refusal, and says that it is old."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from threading import Event

import pytest
from django.db import connection
from psycopg import connect

from gis.models import Building
from tests.client import ask
from tests.factories import STEP, WEST, make, square, tile_at
from tiles.lanes import NEWEST, WAITING, Lanes
from tiles.pool import PLACES, Busy
from tiles.server import Server
from tiles.server import make as make_server

PATH = f"/tiles/buildings/{tile_at(16)}.mvt"


def test_a_tile_is_as_heavy_as_it_was() -> None:
    lanes = Lanes(heavy_s=0.1)
    assert not lanes.heavy("a", "kind")
    lanes.learn("a", "kind", 2.0)
    assert lanes.heavy("a", "kind")
    assert lanes.heavy("never cut", "kind")
    lanes.learn("b", "kind", 0.001)
    assert not lanes.heavy("b", "kind")


def test_one_heavy_tile_does_not_make_all_of_its_kind_heavy_for_ever() -> None:
    lanes = Lanes(heavy_s=0.1)
    lanes.learn("a", "kind", 1.0)
    for tile in range(10):
        lanes.learn(tile, "kind", 0.001)
    assert not lanes.heavy("never cut", "kind")


def test_on_a_busy_machine_what_all_take_is_not_heavy_and_what_takes_much_longer_is() -> None:
    lanes = Lanes(heavy_s=0.1)
    for tile in range(200):
        lanes.learn(tile, "kind", 0.15)
    assert not lanes.heavy(199, "kind")
    lanes.learn("slow", "another kind", 0.4)
    assert lanes.heavy("slow", "another kind")
    for tile in range(200):
        lanes.learn(("slow", tile), "another kind", 5.0)
    assert lanes.heavy(("slow", 199), "another kind"), "however many are slow"


def test_what_a_crowd_asks_for_again_and_again_is_not_usual_by_that() -> None:
    lanes = Lanes(heavy_s=0.1)
    for _ in range(200):
        lanes.learn("heap", "kind", 0.15)
        lanes.learn("another", "kind", 0.15)
    assert lanes.heavy("heap", "kind")


def test_where_most_are_quick_less_is_heavy() -> None:
    lanes = Lanes(heavy_s=0.1)
    lanes.learn("heap", "kind", 0.08)
    assert not lanes.heavy("heap", "kind"), "nobody knows yet"
    for tile in range(NEWEST):
        lanes.learn(tile, "kind", 0.002)
    assert lanes.heavy("heap", "kind")


def test_a_light_tile_that_once_met_with_a_bad_moment_is_light() -> None:
    lanes = Lanes(heavy_s=0.1)
    lanes.learn("a", "kind", 0.001)
    lanes.learn("a", "kind", 0.5)
    assert not lanes.heavy("a", "kind")
    lanes.learn("a", "kind", 0.5)
    assert lanes.heavy("a", "kind"), "twice: it has grown"


def test_heavy_places_are_few_and_light_ones_many() -> None:
    lanes = Lanes(places=1, waiting=0)
    with lanes.place(heavy=True):
        with pytest.raises(Busy), lanes.place(heavy=True):
            pass
        with lanes.place(heavy=False), lanes.place(heavy=False):
            pass
    with lanes.place(heavy=True):
        pass


def test_a_few_wait_until_a_place_is_free() -> None:
    lanes = Lanes(places=1, waiting=1)
    held, go = Event(), Event()

    def hold_place() -> None:
        with lanes.place(heavy=True):
            held.set()
            go.wait(10)

    def next_one() -> str:
        with lanes.place(heavy=True):
            return "in"

    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(hold_place)
        held.wait(10)
        second = threads.submit(next_one)
        while lanes._admitted._value:
            pass
        with pytest.raises(Busy), lanes.place(heavy=True):
            pass
        go.set()
        assert second.result(10) == "in"
        first.result(10)


def test_who_waits_long_needs_a_place_to_wait_in() -> None:
    lanes, future = Lanes(places=1, waiting=0, heavy_s=0.01), Future[str]()
    with lanes.place(heavy=True), pytest.raises(Busy):
        lanes.wait(future, placed=False)
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(lanes.wait, future, False)
        future.set_result("made")
        assert waiting.result(10) == "made"


def test_a_failure_reaches_who_waits_as_itself() -> None:
    future: Future[str] = Future()
    future.set_exception(ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        Lanes().wait(future, placed=False)


@pytest.fixture
def server(transactional_db: None) -> Iterator[Server]:
    made = make_server(interval_s=0)
    yield made
    made.supply.forget()


def test_a_crowd_before_a_heavy_tile_is_sent_away_and_light_ones_pass(server: Server) -> None:
    make(Building, geom=square())
    light = f"/tiles/water/{tile_at(16)}.mvt"
    assert ask(server, light).status in (200, 204)
    held, go = Event(), Event()
    with ThreadPoolExecutor(34) as threads:
        holder = threads.submit(hold, "spatial_building", held, go)
        assert held.wait(10)
        crowd = [threads.submit(ask, server, PATH) for _ in range(24)]
        lights = [threads.submit(ask, server, light) for _ in range(5)]
        assert all(one.result(10).status in (200, 204) for one in lights)
        while sum(one.done() for one in crowd) < len(crowd) - 1 - PLACES - WAITING:
            wait([one for one in crowd if not one.done()], 10, return_when=FIRST_COMPLETED)
        go.set()
        statuses = sorted(one.result(30).status for one in crowd)
        holder.result(10)
    assert set(statuses) == {200, 503}
    assert statuses.count(200) <= 1 + PLACES + WAITING  # who makes it, and who may wait for it


def test_a_kept_tile_is_answered_as_old_when_a_newer_cannot_be_had(server: Server) -> None:
    make(Building, geom=square())
    before = ask(server, PATH)
    make(Building, geom=square(WEST + 6 * STEP))
    held, go = Event(), Event()
    with ThreadPoolExecutor(2) as threads:
        holder = threads.submit(hold, "spatial_building", held, go)
        assert held.wait(10)
        old = ask(server, PATH, IF_NONE_MATCH=before.headers["ETag"])  # a 304 would have a proxy show its copy unmarked
        go.set()
        holder.result(10)
    assert old.status == 200
    assert old.headers["X-Tile-Stale"] == "1"
    assert old.headers["Cache-Control"] == "no-store"
    assert old.body == before.body
    new = ask(server, PATH)
    assert "X-Tile-Stale" not in new.headers
    assert new.body != before.body


def hold(table: str, held: Event, go: Event) -> None:
    """Keep readers of a table waiting until ``go``."""
    given = connection.get_connection_params()
    with connect(**{name: given[name] for name in ("dbname", "user", "host", "port") if name in given}) as line:
        line.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        held.set()
        go.wait(20)
        line.rollback()
