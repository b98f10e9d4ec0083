"""What is kept, for how long, and that a crowd costs one query."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.errand import Left
from gis.models import Area, Building, PipeNode, Water
from layers.scope import Audience, Role
from tests.client import ask
from tests.factories import make, square, tile_at
from tiles.cache import OVERHEAD, Cache, pack
from tiles.generations import NEWS, WHERE
from tiles.pool import Busy
from tiles.server import Server
from tiles.server import make as make_server
from tiles.supply import ASKED

PATH = f"/tiles/buildings/{tile_at(16)}.mvt"


@given(st.binary(max_size=5000))
def test_packing_loses_nothing(body: bytes) -> None:
    assert pack(body).plain() == body


def test_the_least_recently_used_leaves() -> None:
    cache = Cache(3 * (OVERHEAD + 40))
    for key in "abcd":
        cache.get_or_make(key, lambda key=key: key.encode())
        cache.get("a")
    assert cache.get("a")
    assert cache.get("b") is None
    assert cache.used <= 3 * (OVERHEAD + 40)


def test_what_is_larger_than_the_cache_is_answered_and_not_kept() -> None:
    cache = Cache(OVERHEAD + 10)
    assert cache.get_or_make("large", lambda: bytes(range(256)) * 9).plain() == bytes(range(256)) * 9
    assert cache.get("large") is None


def test_failure_is_shared_and_not_kept() -> None:
    cache, started, go = Cache(10_000), Event(), Event()

    def fail() -> bytes:
        started.set()
        go.wait(10)
        raise Busy

    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(cache.get_or_make, "key", fail)
        started.wait(10)
        second = threads.submit(cache.get_or_make, "key", fail)
        go.set()
        for waiting in (first, second):
            with pytest.raises(Busy):
                waiting.result(10)
    assert cache.get_or_make("key", lambda: b"well").plain() == b"well"


def test_who_leaves_takes_it_from_nobody_who_waits() -> None:
    cache, started, go = Cache(10_000), Event(), Event()

    def left() -> bytes:
        started.set()
        go.wait(10)
        raise Left

    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(cache.get_or_make, "tile", left)
        assert started.wait(10)
        second = threads.submit(cache.get_or_make, "tile", lambda: b"made for him")
        go.set()
        assert isinstance(first.exception(10), Left)
        assert second.result(10).plain() == b"made for him"


def test_a_hundred_requests_for_a_cold_tile_are_one_query(tiles: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    make(Building)
    asked: list[bytes] = []
    pool, run = tiles.supply.pool, tiles.supply.pool._rows

    def note(sql, *given):
        asked.append(sql)
        return run(sql, *given)

    monkeypatch.setattr(pool, "_rows", note)
    start = Barrier(100)

    def request(_: int) -> bytes:
        start.wait(30)
        return ask(tiles, PATH).body

    with ThreadPoolExecutor(100) as threads:
        bodies = set(threads.map(request, range(100)))
    assert len(bodies) == 1
    assert len([sql for sql in asked if sql not in (WHERE, NEWS)]) == 1


def test_an_edit_makes_the_next_tile_new(tiles: Server) -> None:
    building = make(Building)
    before = ask(tiles, PATH)
    building.name = "上海中心"
    building.save()
    [feature] = ask(tiles, PATH).features("buildings")
    assert feature["properties"]["name"] == "上海中心"
    building.delete()
    assert ask(tiles, PATH).status == 204
    assert before.status == 200


def test_an_edit_of_another_table_leaves_the_tile(tiles: Server) -> None:
    make(Building)
    ask(tiles, PATH)
    make(Water)
    hits = ASKED.sums().get("hit", 0)
    ask(tiles, PATH)
    assert ASKED.sums().get("hit", 0) == hits + 1


def test_a_new_area_moves_the_tiles_that_it_limits(transactional_db: None) -> None:
    server = make_server(interval_s=0.0)
    area = make(Area)
    make(PipeNode)
    who, path = Audience(Role.FIELD, str(area.pk)), f"/tiles/pipe-nodes/{tile_at(16)}.mvt"
    assert len(ask(server, path, who).features("pipe-nodes")) == 1
    area.geom = square(100, 30)
    area.save()
    assert ask(server, path, who).status == 204
    server.supply.pool.close()
