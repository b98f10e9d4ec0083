"""Two servers before one Redis: what one cut the other need not, and neither shows what is no longer true."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from redis import Redis

from gis.models import Building
from layers.scope import Audience, Role
from tests.client import ask
from tests.factories import WEST, make, square, tile_at
from tests.tiles.test_shared import SECRET, Store, store  # noqa: F401  fixture
from tiles.cache import pack
from tiles.server import Server
from tiles.server import make as make_server
from tiles.shared import Shared
from tiles.supply import ASKED

PATH = f"/tiles/buildings/{tile_at(16)}.mvt"


@pytest.fixture
def pair(transactional_db: None, store: Store) -> Iterator[tuple[Server, Server]]:  # noqa: F811
    servers = [make_server(interval_s=0.0, shared=Shared(store.url, SECRET)) for _ in range(2)]
    yield servers[0], servers[1]
    for server in servers:
        server.supply.pool.close()
        if server.supply.shared:
            server.supply.shared.close()


def cuts() -> float:
    return float(ASKED.sums().get("miss", 0))


def test_what_one_cut_the_other_need_not(pair: tuple[Server, Server]) -> None:
    make(Building)
    before = cuts()
    answers = [ask(server, PATH) for server in pair]
    assert answers[0] == answers[1]
    assert cuts() == before + 1


def test_an_edit_is_shown_by_both(pair: tuple[Server, Server]) -> None:
    make(Building)
    for number in range(1, 4):
        for server in pair:
            assert len(ask(server, PATH).features("buildings")) == number
        make(Building, source_id=f"more {number}", geom=square(WEST + 0.00001 * number))


def test_a_value_put_back_is_found_old(pair: tuple[Server, Server], store: Store) -> None:  # noqa: F811
    make(Building)
    ask(pair[0], PATH)
    with Redis.from_url(store.url) as raw:
        [name] = raw.keys("*")
        old = raw.get(name)
        make(Building, source_id="new", geom=square(WEST + 0.00001))
        raw.set(name, old)
    assert [len(ask(server, PATH).features("buildings")) for server in pair] == [2, 2]


def test_a_number_that_was_never_told_here_is_of_another_history(pair: tuple[Server, Server], store: Store) -> None:  # noqa: F811
    """As of a database that is ahead of ours: it has told more, and a tile of it is in Redis by the same epoch."""
    make(Building)
    true = ask(pair[0], PATH)
    shared = pair[0].supply.shared
    assert shared
    with Redis.from_url(store.url) as raw:
        [name] = raw.keys("*")
    shared.put(name, pack(b"of rows that were never here"), pair[0].supply.generations.now().seq + 1)
    assert ask(pair[1], PATH).sent == true.sent


def test_audiences_share_nothing(pair: tuple[Server, Server]) -> None:
    make(Building)
    before = cuts()
    ask(pair[0], PATH)
    ask(pair[1], PATH, Audience(Role.ADMIN))
    assert cuts() == before + 2


def test_redis_lost_between_two_requests_changes_nothing(pair: tuple[Server, Server], store: Store) -> None:  # noqa: F811
    make(Building)
    first = ask(pair[0], PATH)
    store.stop()
    assert ask(pair[1], PATH).sent == first.sent
    store.start()


def test_rows_of_a_server_that_is_behind_are_numbered_by_themselves(pair: tuple[Server, Server]) -> None:
    """The news was read where more is known than where the rows were: such a tile is taken for old."""
    make(Building)
    supply = pair[0].supply
    known = supply.generations.now()
    ahead = replace(known, at=known.at + 5)
    supply.generations.now = lambda: ahead
    ask(pair[0], PATH)
    [kept] = [one for one in supply.cache._kept.values() if one.packed.gzip]
    assert kept.made == known.at
