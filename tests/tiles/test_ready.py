"""An answer is given again only while it would be made again: for the same headers and audience, without news."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gis.models import Building
from layers.scope import COOKIE, Audience, Role, sign
from tests.client import Answer, ask
from tests.factories import STEP, WEST, make, square, tile_at
from tiles.ready import ENTRY, LONGEST, Ready
from tiles.server import Server
from tiles.server import make as make_server

PATH = f"/tiles/buildings/{tile_at(16)}.mvt"
PLANNER = Audience(Role.PLANNER)


@pytest.fixture
def server(transactional_db: None) -> Iterator[Server]:
    """A server that reads the news when it is told to."""
    make(Building, geom=square())
    made = make_server(interval_s=3600)
    yield made
    made.supply.forget()


@pytest.fixture
def ways(server: Server, monkeypatch: pytest.MonkeyPatch) -> list[Audience]:
    """Whoever's tile went the whole way."""
    gone: list[Audience] = []
    whole = server.supply.tile

    def tile(layers: object, audience: Audience, place: object, english: bool) -> object:
        gone.append(audience)
        return whole(layers, audience, place, english)  # type: ignore[arg-type]

    monkeypatch.setattr(server.supply, "tile", tile)
    ask(server, f"/tiles/water/{tile_at(16)}.mvt")  # so that the news is read
    gone.clear()
    return gone


def same(one: Answer, other: Answer) -> bool:
    return (one.status, one.headers, one.sent) == (other.status, other.headers, other.sent)


def test_the_second_time_is_one_look_up(server: Server, ways: list[Audience]) -> None:
    assert same(ask(server, PATH), ask(server, PATH))
    assert len(ways) == 1


def test_news_of_anything_sends_it_the_whole_way(server: Server, ways: list[Audience]) -> None:
    before = ask(server, PATH)
    make(Building, geom=square(WEST + 6 * STEP))
    server.supply.generations.hear()
    assert ask(server, PATH).body != before.body
    assert len(ways) == 2


def test_headers_that_change_the_answer_are_part_of_the_question(server: Server, ways: list[Audience]) -> None:
    packed = ask(server, PATH)
    for _ in range(2):
        plain = ask(server, PATH, ACCEPT_ENCODING="identity")
        assert "Content-Encoding" not in plain.headers
        assert plain.body == packed.body
    for _ in range(2):
        assert ask(server, PATH, IF_NONE_MATCH=packed.headers["ETag"]).status == 304
    assert ask(server, PATH).status == 200
    assert len(ways) == 4


def test_each_audience_has_its_own(server: Server, ways: list[Audience]) -> None:
    ask(server, PATH, PLANNER)
    assert ask(server, PATH).headers["Cache-Control"].startswith("public")
    assert ask(server, PATH, PLANNER).headers["Cache-Control"].startswith("private")
    assert [audience.role for audience in ways] == [Role.PLANNER, Role.RESIDENT, Role.PLANNER][: len(ways)]


def test_a_pass_that_ends_is_asked_about_each_time(
    server: Server, ways: list[Audience], monkeypatch: pytest.MonkeyPatch
) -> None:
    cookie = f"{COOKIE}={sign(PLANNER)}"
    assert ask(server, PATH, COOKIE=cookie).headers["Cache-Control"].startswith("private")
    monkeypatch.setattr("layers.scope.time", lambda: 9e12)
    assert ask(server, PATH, COOKIE=cookie).headers["Cache-Control"].startswith("public")


def test_what_strangers_send_is_one_answer_or_none(server: Server, ways: list[Audience]) -> None:
    """Cookies that are not ours make no other answer; a body that only we would unpack is not kept at all."""
    ask(server, PATH)
    used = server.ready.used
    for number in range(20):
        ask(server, PATH, COOKIE=f"stranger={number}; session={number}")
    assert (server.ready.used, len(ways)) == (used, 1)
    for number in range(20):
        ask(server, PATH, COOKIE=f"{COOKIE}={number}", ACCEPT_ENCODING="identity")
    ask(server, PATH, COOKIE=f"{COOKIE}={'x' * (LONGEST + 1)}")
    assert server.ready.used == used


def test_what_is_kept_is_bounded_by_its_bytes(server: Server) -> None:
    """Each of these is another question, with a body of its own: the bytes of all that is held stay below the bound."""
    body = len(ask(server, PATH).sent)
    server.ready = Ready(server.supply.generations, server.supply.gate, most=10 * (body + ENTRY))
    for number in range(40):
        ask(server, PATH, IF_NONE_MATCH=f"{number:040}")
        assert held(server.ready) <= server.ready.used <= 10 * (body + ENTRY)
    assert held(server.ready) > body


def test_news_lets_go_of_all_that_was_kept(server: Server) -> None:
    for number in range(5):
        ask(server, PATH, IF_NONE_MATCH=str(number))
    before = server.ready.used
    make(Building, geom=square(WEST + 6 * STEP))
    server.supply.generations.hear()
    ask(server, f"/tiles/water/{tile_at(16)}.mvt")
    assert held(server.ready) < server.ready.used < before / 3


def held(ready: Ready) -> int:
    """Bytes of the bodies."""
    return sum(len(given.answer[2]) for given in ready._shelf.given.values())
