"""A client that sends or takes its bytes slowly holds no thread: its request is read before, its answer left behind.

Nginx in front does the same; this is for a server that stands alone.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from granian.rsgi import Scope

from gis.errand import stay
from tiles.export.answer import Sending
from tiles.ready import Answer

if TYPE_CHECKING:
    from granian._granian import RSGIHTTPProtocol as HTTPProtocol

LARGEST = 10 * 2**20  # bytes of a body
SMALL = 2**16
"""Bytes up to which a body needs no room: all forms do, and as many as there can be connections are 128 MB."""
BODIES = 64 * 2**20
"""Bytes of larger bodies that are held at once."""
BODY_S = 120
"""Seconds for a body to arrive: the largest at 0.7 Mbit/s."""
LARGE = 32 * 2**20  # bytes of an answer that stay in memory
OPENED_S, PAUSE_S = 5.0, 0.2
"""Seconds in which Granian has opened a file, which it does at once; and between two looks whether it has."""
SENTENCES = {
    "408 Request Timeout": "请求未在时限内传完 / The request did not arrive in time",
    "413 Content Too Large": "请求过大 / The request is too large",
    "500 Internal Server Error": "服务器出错,已记录 / Something went wrong; it has been recorded",
    "503 Service Unavailable": "服务器繁忙,请稍后再试 / The server is busy; try again in a moment",
}


class Refused(Exception):
    """A body is not read; the status says why."""


class Bodies:
    """Bodies of requests, so many bytes at once. It belongs to the event loop."""

    def __init__(self, most: int = BODIES, largest: int = LARGEST, patience_s: float = BODY_S) -> None:
        self._most, self._largest, self._patience_s = most, largest, patience_s
        self._held = 0

    @contextmanager
    def room(self, scope: Scope) -> Iterator[int]:
        """Room for the body of a request until it is answered: its bytes. ``Refused`` where there is none."""
        length = _length(scope)
        if length > self._largest:
            raise Refused("413 Content Too Large")
        taken = length if length > SMALL else 0
        if self._held + taken > self._most:
            raise Refused("503 Service Unavailable")
        self._held += taken
        try:
            yield length
        finally:
            self._held -= taken

    async def read(self, protocol: HTTPProtocol, length: int) -> bytes:
        """Read a body. ``Refused`` when it does not arrive in time."""
        if not length:
            return b""
        try:
            async with asyncio.timeout(self._patience_s):
                return bytes(await protocol())
        except TimeoutError:
            raise Refused("408 Request Timeout") from None


def _length(scope: Scope) -> int:
    """Bytes that Django would read: of a body without a length it reads nothing."""
    if scope.method in ("GET", "HEAD"):
        return 0
    text = str(scope.headers.get("content-length") or "0")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else 0


def whole(application: WSGIApplication) -> WSGIApplication:
    """`application`, whose answers leave whole, so that who makes them waits for no reader."""

    def handle(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return _whole(application(environ, start_response))

    return handle


def _whole(parts: Iterable[bytes]) -> Iterable[bytes]:
    """All of an answer; what is larger than memory should hold waits on disk, and its maker is told to close only when
    the reader is through: until then it counts as one of the few large answers."""
    kept = SpooledTemporaryFile(LARGE)  # noqa: SIM115 (it may outlive this call)
    try:
        for part in parts:  # one by one: it looks at its size when a call ends, and `writelines` is one
            stay()
            kept.write(part)
        size = kept.tell()
        kept.seek(0)
        if size > LARGE:
            kept.flush()
            return Waiting(kept, size, parts)
        answer = [kept.read()]
    except BaseException:
        _close(kept, parts)
        raise
    _close(kept, parts)
    return answer


class Waiting:
    """A large answer on disk, handed out as fast as it is read."""

    first = 0

    def __init__(self, file: IO[bytes], length: int, parts: Iterable[bytes]) -> None:
        self.file, self.length, self.parts = file, length, parts

    def __iter__(self) -> Iterator[bytes]:
        """Yield it piece by piece, to a server that cannot take the file."""
        while piece := self.file.read(2**18):
            yield piece

    def close(self) -> None:
        """Let go of the file and of what made it."""
        _close(self.file, self.parts)


def _close(kept: IO[bytes], parts: Iterable[bytes]) -> None:
    kept.close()
    if hasattr(parts, "close"):
        parts.close()


async def read_through(part: Waiting | Sending) -> None:
    """Wait until the file of an answer may be closed: Granian, which was told where it is, has opened it, and, where
    nothing is left of it without a reader, has read it to its end or was left. It says nothing of either."""
    if isinstance(part, Sending):
        await asyncio.sleep(OPENED_S)
        return
    left, number = OPENED_S, part.file.fileno()
    while left > 0 and not _opened_again(number):
        left -= PAUSE_S
        await asyncio.sleep(PAUSE_S)
    while _opened_again(number):
        await asyncio.sleep(PAUSE_S)


def _opened_again(number: int) -> bool:
    file = os.fstat(number)
    for each in Path("/proc/self/fd").iterdir():
        try:
            if each.name != str(number) and os.path.samestat(each.stat(), file):
                return True
        except OSError:  # closed meanwhile
            continue
    return False


def failure(status: str) -> Answer:
    """What is said when there is no answer."""
    body = json.dumps({"error": SENTENCES[status], "status": int(status[:3])}, ensure_ascii=False).encode()
    return (
        status,
        [
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
            ("Retry-After", "5"),
            ("X-Content-Type-Options", "nosniff"),
        ],
        body,
    )
