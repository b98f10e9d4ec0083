"""Slow clients, against the real server: who sends or takes bytes one by one keeps nobody else waiting."""

import socket
import tracemalloc
from collections.abc import Iterator
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from config import slow
from config.management.commands.serve import THREADS
from tests.config.front_door import folder, get, serving

MANY = THREADS + 8
LONG = "x" * 3_000_000


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    from django.conf import settings

    with folder() as var:
        static = var / "static" / Path(settings.STATIC_ROOT).name
        static.mkdir(parents=True)
        (static / "long.txt").write_text(LONG)
        with serving(VAR=str(var), DATABASE_URL="postgresql://nobody@127.0.0.1:1/none") as (url, _):
            yield url


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


def call(length: str, method: str = "POST", body: bytes = b"") -> tuple[str, bytes]:
    said: list[str] = []

    def echo(environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        return [environ["wsgi.input"].read(), b"!"]

    environ = {"REQUEST_METHOD": method, "CONTENT_LENGTH": length, "wsgi.input": BytesIO(body)}
    answer = slow.spared(echo)(environ, lambda status, headers, *_: said.append(status))  # type: ignore[arg-type,return-value]
    return said[0][:3], b"".join(answer)


def test_a_body_arrives_as_it_was_sent() -> None:
    assert call("3", body=b"abc") == ("200", b"abc!")
    assert call("", body=b"") == ("200", b"!")


@pytest.mark.parametrize("length", [str(slow.LARGEST + 1), "9" * 19])
def test_a_body_too_large_is_refused_unread(length: str) -> None:
    status, body = call(length)
    assert status == "413"
    assert "请求过大" in body.decode()


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
    answer: Any = slow.spared(lambda *_: made)(environ, lambda *_: None)  # type: ignore[arg-type,return-value]
    large = megabytes * 2**20 > slow.LARGE
    assert isinstance(answer, list) is not large
    assert made.closed == (not large)
    sizes = []
    for piece in answer:
        sizes.append(len(piece))
        assert not large or len(piece) <= slow.PIECE
    assert sum(sizes) == megabytes * 2**20
    if large:
        answer.close()
    assert made.closed == 1


def test_a_large_answer_is_never_in_memory_whole() -> None:
    tracemalloc.start()
    try:
        answer: Any = slow.spared(lambda *_: Made(80))({"REQUEST_METHOD": "GET"}, lambda *_: None)  # type: ignore[arg-type,return-value]
        assert tracemalloc.get_traced_memory()[1] < slow.LARGE + 2**23
        answer.close()
    finally:
        tracemalloc.stop()
