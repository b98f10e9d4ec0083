"""The front of the server: what is kept is answered by the loop alone, whatever may wait goes to the threads."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from threading import Event
from typing import Any

import pytest

from config.crew import MOST_WAITING
from config.management.commands.serve import choices
from config.rsgi import Front
from config.slow import SMALL
from gis.errand import Errand
from gis.models import Building
from layers.models import Epoch
from layers.scope import COOKIE, Audience, Bearer, Role, sign
from tests.client import ask
from tests.factories import STEP, WEST, make, square, tile_at
from tests.rsgi import Got, Protocol, got, scope
from tiles.server import Server
from tiles.server import make as make_server

PATH = f"/tiles/buildings/{tile_at(16)}.mvt"
GZIP = {"accept-encoding": "gzip"}
PLANNER = {"cookie": f"{COOKIE}={sign(Audience(Role.PLANNER), Bearer(account=7))}", **GZIP}


@pytest.fixture
def server(transactional_db: None) -> Iterator[Server]:
    """A server that reads the news when it is told to."""
    make(Building, geom=square())
    made = make_server(interval_s=3600)
    made.supply.generations.hear()
    yield made
    made.supply.forget()


@pytest.fixture
def front(server: Server) -> Front:
    """Threads that would answer 418."""

    def teapot(_: object, start_response: Any) -> list[bytes]:
        start_response("418 I'm a teapot", [])
        return [b"threads"]

    return Front(teapot, server)


def asked(front: Front, path: str = PATH, method: str = "GET", **headers: str) -> Got:
    """What a request gets."""
    [answer] = got(front, [scope(path, method, headers=[(key.replace("_", "-"), headers[key]) for key in headers])])
    return answer


def test_a_kept_tile_is_answered_by_the_loop_as_the_threads_would(server: Server, front: Front) -> None:
    assert asked(front, **GZIP)[0] == 418
    whole = ask(server, PATH)
    assert asked(front, **GZIP) == (200, whole.headers, whole.sent)
    tag = whole.headers["ETag"]
    assert asked(front, if_none_match=tag, **GZIP)[0] == 418
    assert ask(server, PATH, IF_NONE_MATCH=tag).status == 304
    status, headers, body = asked(front, if_none_match=tag, **GZIP)
    assert (status, headers["ETag"], body) == (304, tag, b"")


def test_what_is_out_of_the_ordinary_goes_to_the_threads(server: Server, front: Front) -> None:
    ask(server, PATH)
    assert asked(front, **GZIP)[0] == 200
    assert asked(front, method="HEAD", **GZIP)[0] == 418
    assert asked(front)[0] == 418
    assert asked(front, authorization="Bearer x", **GZIP)[0] == 418
    assert asked(front, path="/healthz", **GZIP)[0] == 418


class Leaving(Protocol):
    """A client that has gone."""

    async def client_disconnect(self) -> None:
        """At once."""


def test_what_waits_for_a_thread_is_not_begun_for_who_has_left(server: Server, monkeypatch: Any) -> None:
    begun, go, gone = [], Event(), Event()

    class Known(Errand):
        def leave(self) -> None:
            super().leave()
            gone.set()

    def counted(_: object, start_response: Any) -> list[bytes]:
        begun.append(1)
        go.wait(20)
        start_response("204 No Content", [])
        return []

    async def two() -> None:
        stays = asyncio.ensure_future(front.__rsgi__(scope("/a"), Protocol()))  # type: ignore[arg-type]  # all it calls
        leaves = asyncio.ensure_future(front.__rsgi__(scope("/b"), Leaving()))  # type: ignore[arg-type]  # all it calls
        assert await asyncio.to_thread(gone.wait, 20)
        go.set()
        await asyncio.gather(stays, leaves)

    monkeypatch.setattr("config.rsgi.Errand", Known)
    front = Front(counted, server, threads=1)
    asyncio.run(two())
    assert len(begun) == 1


def test_who_comes_when_too_many_wait_is_told_so_at_once(server: Server, monkeypatch: Any) -> None:
    go = Event()

    def slow(_: object, start_response: Any) -> list[bytes]:
        go.wait(20)
        start_response("204 No Content", [])
        return []

    async def one(path: str) -> int:
        protocol: Any = Protocol()
        await front.__rsgi__(scope(path), protocol)
        return int(protocol.answer[0])

    async def crowd() -> tuple[list[int], list[int]]:
        first = [asyncio.ensure_future(one(f"/{n}")) for n in range(4)]
        await asyncio.sleep(0)  # each has asked for a thread: one has it, three wait
        late = [await one("/late") for _ in range(2)]
        go.set()
        return late, await asyncio.gather(*first)

    monkeypatch.setattr("config.rsgi.MOST_WAITING", 3)
    front = Front(slow, server, threads=1)
    assert asyncio.run(crowd()) == ([503, 503], [204] * 4)


def test_granian_takes_no_more_connections_than_may_wait() -> None:
    assert choices()["backpressure"] <= MOST_WAITING
    assert MOST_WAITING * SMALL <= 128 * 2**20, "and their bodies, which need no room"


def test_news_sends_it_to_the_threads(server: Server, front: Front) -> None:
    ask(server, PATH)
    make(Building, geom=square(WEST + 6 * STEP))
    assert asked(front, **GZIP)[0] == 200
    server.supply.generations.hear()
    assert asked(front, **GZIP)[0] == 418


def test_while_the_database_is_away_nothing_is_certain(server: Server, front: Front) -> None:
    ask(server, PATH)
    server.supply.generations.away = True
    assert asked(front, **GZIP)[0] == 418


def test_a_pass_counts_until_it_is_withdrawn(server: Server, front: Front) -> None:
    for _ in range(2):
        answer = ask(server, PATH, COOKIE=PLANNER["cookie"])
    assert asked(front, **PLANNER) == (200, answer.headers, answer.sent)
    assert asked(front, **{**PLANNER, "cookie": f"{COOKIE}=forged"})[0] == 418
    Epoch.objects.create(account=7, number=1)
    server.supply.generations.hear()
    assert asked(front, **PLANNER)[0] == 418
    ask(server, PATH, COOKIE=PLANNER["cookie"])
    assert asked(front, **PLANNER)[1]["Cache-Control"].startswith("public")
