"""A client that sends or takes its bytes slowly holds a thread only as long as others can spare one.

Nginx in front does the same and better; this is for a server that stands alone.
"""

import json
from collections.abc import Iterable, Iterator
from io import BytesIO
from tempfile import SpooledTemporaryFile
from threading import BoundedSemaphore
from typing import IO
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

SENDERS = 6  # of the server's 32 threads
LARGEST = 10 * 2**20  # bytes of a body; they are all in memory at once
LARGE = 32 * 2**20  # bytes of an answer that stay in memory
PIECE = 2**18
REFUSALS = {
    "413 Content Too Large": "请求过大 / The request is too large",
    "503 Service Unavailable": "服务器繁忙,请稍后再试 / The server is busy; try again in a moment",
}


def spared(application: WSGIApplication) -> WSGIApplication:
    """`application`, which finds the body read and whose answer leaves whole, so that no thread waits for a reader."""
    senders = BoundedSemaphore(SENDERS)

    def handle(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        length = _length(environ)
        if length > LARGEST:
            return _refused(start_response, "413 Content Too Large")
        if length:
            if not senders.acquire(blocking=False):
                return _refused(start_response, "503 Service Unavailable")
            try:
                environ["wsgi.input"] = BytesIO(environ["wsgi.input"].read(length))
            finally:
                senders.release()
        return _whole(application(environ, start_response))

    return handle


def _length(environ: WSGIEnvironment) -> int:
    """Bytes that Django would read: of a body without a length it reads nothing."""
    if environ["REQUEST_METHOD"] in ("GET", "HEAD"):
        return 0
    text = str(environ.get("CONTENT_LENGTH") or "0")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else 0


def _whole(parts: Iterable[bytes]) -> Iterable[bytes]:
    """All of an answer: Granian takes a list at once; an iterator it asks no faster than the client reads. What is
    larger than a list should be waits on disk, and its maker is told to close only when the reader is through."""
    kept = SpooledTemporaryFile(LARGE)  # noqa: SIM115 (it may outlive this call)
    try:
        for part in parts:  # one by one: it looks at its size when a call ends, and `writelines` is one
            kept.write(part)
        size = kept.tell()
        kept.seek(0)
        if size > LARGE:
            return Waiting(kept, parts)
        answer = [kept.read()]
    except BaseException:
        _close(kept, parts)
        raise
    _close(kept, parts)
    return answer


class Waiting:
    """A large answer on disk, handed out as fast as it is read."""

    def __init__(self, kept: IO[bytes], parts: Iterable[bytes]) -> None:
        self.kept, self.parts = kept, parts

    def __iter__(self) -> Iterator[bytes]:
        """Yield it piece by piece."""
        while piece := self.kept.read(PIECE):
            yield piece

    def close(self) -> None:
        """Let go of the file and of what made it."""
        _close(self.kept, self.parts)


def _close(kept: IO[bytes], parts: Iterable[bytes]) -> None:
    kept.close()
    if hasattr(parts, "close"):
        parts.close()


def _refused(start_response: StartResponse, status: str) -> list[bytes]:
    body = json.dumps({"error": REFUSALS[status], "status": int(status[:3])}, ensure_ascii=False).encode()
    start_response(
        status,
        [
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
            ("Retry-After", "5"),
            ("X-Content-Type-Options", "nosniff"),
        ],
    )
    return [body]
