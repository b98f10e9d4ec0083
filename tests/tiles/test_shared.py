"""Tiles in a real Redis: shared by processes, and never believed further than their signature and their number."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Barrier, Thread

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis import Redis

from tests.config.front_door import folder, free_port
from tiles import shared as module
from tiles.cache import Packed, pack
from tiles.shared import Made, Shared

REDIS = shutil.which("redis-server")
SECRET = "a key of this project " * 3
TILE = pack(b"a tile " * 50, "buildings")


class Store:
    """A Redis of our own on a loopback port, ended by its process number."""

    def __init__(self, base: Path) -> None:
        assert REDIS
        self.base, self.port = base, free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.process: subprocess.Popen[bytes]
        self.start()

    def start(self) -> None:
        words = ["--bind", "127.0.0.1", "--port", str(self.port), "--save", "", "--dir", str(self.base)]
        self.process = subprocess.Popen([str(REDIS), *words], stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                with Redis.from_url(self.url) as probe:
                    probe.ping()
                return
            except OSError:
                time.sleep(0.05)
            except Exception:
                time.sleep(0.05)
        raise AssertionError("redis-server does not answer")

    def stop(self) -> None:
        self.process.kill()
        self.process.wait(20)


@pytest.fixture
def store() -> Iterator[Store]:
    if REDIS is None:
        pytest.skip("redis-server is not installed")
    with folder() as base:
        running = Store(base)
        yield running
        running.stop()


@pytest.fixture
def raw(store: Store) -> Iterator[Redis]:
    with Redis.from_url(store.url) as client:
        yield client


@pytest.fixture
def node(store: Store) -> Iterator[Shared]:
    one = Shared(store.url, SECRET)
    yield one
    one.close()


@pytest.fixture
def other(store: Store) -> Iterator[Shared]:
    one = Shared(store.url, SECRET)
    yield one
    one.close()


def make_nothing() -> Made:
    raise AssertionError("nobody should make this")


def test_what_one_puts_the_other_gets_whole(node: Shared, other: Shared) -> None:
    name = node.name(b"stamp", "epoch", 1, 2, 3)
    assert other.name(b"stamp", "epoch", 1, 2, 3) == name
    node.put(name, TILE, 41)
    assert other.get(name) == (TILE, 41)
    node.put(name, Packed(b"", ""), -1)
    assert other.get(name) == (Packed(b"", ""), -1)
    assert other.get(node.name(b"stamp", "epoch", 1, 2, 4)) is None


def test_a_flushed_store_only_misses(node: Shared, raw: Redis) -> None:
    name = node.name("a")
    node.put(name, TILE, 1)
    raw.flushall()
    assert node.get(name) is None
    assert node.get_or_make(name, lambda number: True, lambda: (TILE, 2)) == (TILE, 2)
    assert node.get(name) == (TILE, 2)


def test_a_value_under_another_name_is_nobodys(node: Shared, raw: Redis) -> None:
    staff, public = node.name("staff", "pipes"), node.name("public", "pipes")
    node.put(staff, TILE, 1)
    raw.rename(staff, public)
    assert node.get(public) is None


def test_another_installations_tiles_are_not_believed(node: Shared, store: Store) -> None:
    stranger = Shared(store.url, "another key " * 6)
    assert stranger.name("a") != node.name("a")
    stranger.put(node.name("a"), TILE, 1)
    assert node.get(node.name("a")) is None
    stranger.close()


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_what_was_changed_in_the_store_is_not_there(node: Shared, raw: Redis, data: st.DataObject) -> None:
    name = node.name("a")
    node.put(name, TILE, 7)
    value = bytearray(raw.get(name))
    what = data.draw(st.sampled_from(["cut", "flip", "more", "noise"]))
    at = data.draw(st.integers(0, len(value) - 1))
    if what == "cut":
        value = value[:at]
    elif what == "flip":
        value[at] ^= data.draw(st.integers(1, 255))
    elif what == "more":
        value += bytes([at % 256])
    else:
        value = bytearray(data.draw(st.binary(max_size=200)))
    raw.set(name, bytes(value))
    assert node.get(name) is None


def test_a_value_of_another_kind_or_a_huge_one_is_not_there(
    node: Shared, raw: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = node.name("a")
    raw.setrange(name, 64 * 2**20, b"end")
    assert node.get(name) is None
    node.put(name, Packed(bytes(module.LONGEST), ""), 1)
    assert raw.strlen(name) > module.LONGEST  # what is too large was not written
    monkeypatch.setattr(module, "PAUSE_S", 0.0)
    raw.delete(name)
    raw.lpush(name, b"a list")
    assert node.get(name) is None
    assert node.get_or_make(name, lambda number: True, lambda: (TILE, 2)) == (TILE, 2)


def test_an_old_value_is_made_anew(node: Shared, other: Shared) -> None:
    name = node.name("a")
    node.put(name, TILE, 3)
    newer = pack(b"another")
    assert other.get_or_make(name, lambda number: number >= 5, lambda: (newer, 5)) == (newer, 5)
    assert node.get_or_make(name, lambda number: number >= 5, make_nothing) == (newer, 5)


def test_one_process_makes_what_many_want(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TIMEOUT_S", 5.0)  # eight threads on a busy machine are not a slow Redis
    monkeypatch.setattr(module, "WAIT_S", 10.0)
    made: list[int] = []
    nodes = [Shared(store.url, SECRET) for _ in range(8)]
    ready, answers = Barrier(len(nodes)), []

    def make() -> Made:
        made.append(1)
        time.sleep(0.3)
        return TILE, 9

    def ask(one: Shared) -> None:
        ready.wait()
        answers.append(one.get_or_make(one.name("cold"), lambda number: number >= 9, make))

    threads = [Thread(target=ask, args=(one,)) for one in nodes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert answers == [(TILE, 9)] * len(nodes)
    assert len(made) == 1


def test_what_another_put_between_a_look_and_the_lock_is_not_made_again(
    node: Shared, other: Shared, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, look = node.name("a"), other.get

    def look_a_moment_early(asked: bytes) -> Made | None:
        found = look(asked)
        if found is None:
            node.put(name, TILE, 9)
        return found

    monkeypatch.setattr(other, "get", look_a_moment_early)
    assert other.get_or_make(name, lambda number: number >= 9, make_nothing) == (TILE, 9)


def test_a_failure_is_not_shared_and_frees_the_way(node: Shared, other: Shared, raw: Redis) -> None:
    def fail() -> Made:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        node.get_or_make(node.name("a"), lambda number: True, fail)
    assert raw.dbsize() == 0
    assert other.get_or_make(node.name("a"), lambda number: True, lambda: (TILE, 1)) == (TILE, 1)


def test_who_died_making_it_holds_nobody_up_for_long(node: Shared, raw: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WAIT_S", 0.2)
    name = node.name("a")
    raw.set(name + b":making", b"somebody else")
    assert node.get_or_make(name, lambda number: True, lambda: (TILE, 1)) == (TILE, 1)
    assert raw.get(name + b":making") == b"somebody else"  # only one's own way is cleared


def test_without_a_store_everything_is_made(node: Shared, store: Store) -> None:
    name = node.name("a")
    node.put(name, TILE, 1)
    store.stop()
    for number in range(3):
        assert node.get_or_make(name, lambda _: True, lambda n=number: (TILE, n)) == (TILE, number)
    assert node.get(name) is None
    store.start()


def test_a_store_that_hangs_is_not_waited_for_twice(
    node: Shared, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = node.name("a")
    node.put(name, TILE, 1)
    asked: list[int] = []
    os.kill(store.process.pid, signal.SIGSTOP)
    try:
        ask = node._redis.getrange
        monkeypatch.setattr(node._redis, "getrange", lambda *words: asked.append(1) or ask(*words))
        for _ in range(50):
            assert node.get(name) is None
    finally:
        os.kill(store.process.pid, signal.SIGCONT)
    assert asked == [1]
    node._silent_until = 0.0  # the pause is over
    assert node.get(name) == (TILE, 1)


def test_a_restarted_store_is_used_at_once(node: Shared, store: Store) -> None:
    node.put(node.name("a"), TILE, 1)
    store.stop()
    store.start()
    node.put(node.name("b"), TILE, 2)
    assert node.get(node.name("b")) == (TILE, 2)


def test_names_and_values_tell_nothing_of_what_is_asked(node: Shared, raw: Redis) -> None:
    node.put(node.name("pipes", "staff", 15, 2, 3), TILE, 1)
    [name] = raw.keys("*")
    assert b"pipes" not in name
    assert 0 < raw.ttl(name) <= module.KEPT_S
