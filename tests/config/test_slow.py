"""Slow clients, against the real server: who sends or takes bytes one by one keeps nobody else waiting."""

import asyncio
import http.client
import json
import socket
import tracemalloc
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from time import monotonic, sleep
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest

from config import slow
from config.rsgi import THREADS
from layers import registry
from layers.scope import RESIDENT
from tests.config.front_door import folder, get, serving
from tiles.export.answer import AT_ONCE
from tiles.export.shelf import shown

MANY = THREADS + 8
LONG = "x" * 3_000_000
ARCHIVE = np.arange(700_000, dtype=">u4").tobytes()
HUGE = slow.LARGE + 2**20


def archive(shelf: Path) -> None:
    """An exported archive of some megabytes, each byte of which tells where it is."""
    water = shown([registry.get("water", RESIDENT)])
    receipt = {"layers": ["water"], "size": len(ARCHIVE), "digest": "0123", "shown": water}
    shelf.mkdir()
    (shelf / "long.json").write_text(json.dumps(receipt))
    (shelf / "long.0123.pmtiles").write_bytes(ARCHIVE)


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[str, int]]:
    from django.conf import settings

    with folder() as var:
        static = var / "static" / Path(settings.STATIC_ROOT).name
        static.mkdir(parents=True)
        (static / "long.txt").write_text(LONG)
        with (static / "huge.txt").open("wb") as huge:
            huge.truncate(HUGE)
        archive(var / "exports")
        with serving(VAR=str(var), DATABASE_URL="postgresql://nobody@127.0.0.1:1/none") as (url, process):
            yield url, process.pid


@pytest.fixture
def base(server: tuple[str, int]) -> str:
    return server[0]


def half_open(stack: ExitStack, base: str, request: str) -> None:
    """A connection that says this and then nothing, and takes nothing either."""
    link = stack.enter_context(socket.socket())
    link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    link.connect(("127.0.0.1", urlsplit(base).port))
    link.sendall(request.encode())


def test_who_never_ends_a_form_blocks_no_reader(base: str) -> None:
    form = "POST /accounts/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: csrftoken=" + "a" * 32
    form += "\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100000\r\n\r\na=1"
    with ExitStack() as stack:
        for _ in range(MANY):
            half_open(stack, base, form)
        assert [get(base + "/healthz").status for _ in range(3)] == [200] * 3


def test_who_never_reads_the_answer_blocks_no_reader(base: str) -> None:
    from django.conf import settings

    path = f"{settings.STATIC_URL}long.txt"
    assert len(get(base + path).body) == len(LONG)
    with ExitStack() as stack:
        for _ in range(MANY):
            half_open(stack, base, f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert [get(base + "/healthz").status for _ in range(3)] == [200] * 3


def unnamed(parent: int) -> int:
    """How many files without a name the workers of a server have open: large answers that wait for a reader."""
    workers = [int(found) for found in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]
    links = [link for worker in workers for link in Path(f"/proc/{worker}/fd").iterdir()]
    return sum(" (deleted)" in str(link.readlink()) for link in links if link.is_symlink())


def test_a_huge_answer_waits_on_disk_until_it_is_read_or_its_reader_left(server: tuple[str, int]) -> None:
    from django.conf import settings

    url, parent = server
    before = unnamed(parent)
    for most in (HUGE, 2**20):
        link = http.client.HTTPConnection("127.0.0.1", urlsplit(url).port, timeout=30)
        link.request("GET", f"{settings.STATIC_URL}huge.txt")
        answer = link.getresponse()
        assert (answer.status, answer.headers["Content-Length"]) == (200, str(HUGE))
        assert sum(len(answer.read(2**20)) for _ in range(most // 2**20)) == most
        assert most == HUGE or unnamed(parent) > before
        link.close()
        until = monotonic() + 20
        while unnamed(parent) > before and monotonic() < until:
            sleep(0.05)
        assert unnamed(parent) == before


def test_an_archive_is_read_where_it_lies(base: str) -> None:
    long = f"{base}/tiles/export/long.pmtiles"
    whole = get(long)
    assert (whole.status, whole.headers["Content-Length"]) == (200, str(len(ARCHIVE)))
    assert whole.body == ARCHIVE
    for first, last in (
        (0, AT_ONCE),
        (5, AT_ONCE + 4),
        (6, AT_ONCE + 6),
        (len(ARCHIVE) - AT_ONCE - 1, len(ARCHIVE) - 1),
    ):
        part = get(long, Range=f"bytes={first}-{last}")
        assert (part.status, part.headers["Content-Range"]) == (206, f"bytes {first}-{last}/{len(ARCHIVE)}")
        assert part.body == ARCHIVE[first : last + 1]


def asking(method: str, **headers: str) -> Any:
    return SimpleNamespace(method=method, headers={name.replace("_", "-"): said for name, said in headers.items()})


def test_a_body_is_read_whole() -> None:
    async def protocol() -> bytes:
        return b"abc"

    bodies = slow.Bodies()
    with bodies.room(asking("POST", content_length="3")) as length:
        assert asyncio.run(bodies.read(lambda: protocol(), length)) == b"abc"  # type: ignore[arg-type]  # it is called only


def test_a_body_without_a_length_and_one_of_a_question_are_not_read() -> None:
    for scope in (asking("POST"), asking("POST", content_length="x"), asking("GET", content_length="5")):
        with slow.Bodies().room(scope) as length:
            assert length == 0


@pytest.mark.parametrize("length", [str(slow.LARGEST + 1), "9" * 19])
def test_a_body_too_large_is_refused_unread(length: str) -> None:
    with pytest.raises(slow.Refused, match="413"), slow.Bodies().room(asking("POST", content_length=length)):
        pass
    assert "请求过大" in slow.failure("413 Content Too Large")[2].decode()


def test_bodies_have_room_for_so_many_bytes_at_once_and_again_after_them() -> None:
    large, form = asking("PUT", content_length=f"{slow.SMALL + 1}"), asking("POST", content_length=f"{slow.SMALL}")
    bodies = slow.Bodies(most=2 * slow.SMALL)
    for _ in range(2):
        with bodies.room(large), bodies.room(form), pytest.raises(slow.Refused, match="503"), bodies.room(large):
            pass


def test_a_body_that_does_not_arrive_is_given_up() -> None:
    async def never() -> bytes:
        await asyncio.Event().wait()
        return b""

    with pytest.raises(slow.Refused, match="408"):
        asyncio.run(slow.Bodies(patience_s=0.01).read(lambda: never(), 5))  # type: ignore[arg-type]  # it is called only


class Made:
    """An answer in pieces of a megabyte that counts how often it is closed."""

    def __init__(self, pieces: int) -> None:
        self.pieces, self.closed = pieces, 0

    def __iter__(self) -> Iterator[bytes]:
        for number in range(self.pieces):
            yield bytes([number]) * 2**20

    def close(self) -> None:
        self.closed += 1


@pytest.mark.parametrize("megabytes", [0, 3, 40])
def test_a_large_answer_waits_on_disk_and_its_maker_until_it_is_read(megabytes: int) -> None:
    made = Made(megabytes)
    environ = {"REQUEST_METHOD": "GET"}
    answer: Any = slow.whole(lambda *_: made)(environ, lambda *_: None)  # type: ignore[arg-type,return-value]
    large = megabytes * 2**20 > slow.LARGE
    assert isinstance(answer, list) is not large
    assert made.closed == (not large)
    sizes = []
    for piece in answer:
        sizes.append(len(piece))
        assert not large or len(piece) <= 2**18
    assert sum(sizes) == megabytes * 2**20
    if large:
        answer.close()
    assert made.closed == 1


def test_a_large_answer_is_never_in_memory_whole() -> None:
    tracemalloc.start()
    try:
        answer: Any = slow.whole(lambda *_: Made(80))({"REQUEST_METHOD": "GET"}, lambda *_: None)  # type: ignore[arg-type,return-value]
        assert tracemalloc.get_traced_memory()[1] < slow.LARGE + 2**23
        answer.close()
    finally:
        tracemalloc.stop()
