"""``/tiles/export/{name}.pmtiles`` over WSGI: whole or by range (RFC 9110), a piece at a time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO
from wsgiref.types import StartResponse, WSGIEnvironment

from gis.errors import NotFound
from tiles.export.shelf import found
from tiles.pool import Busy

PREFIX = "/tiles/export/"
KIND = "application/vnd.pmtiles"
PIECE = 1 << 18
AT_ONCE = 1 << 20
"""Bytes that are sent as one; more is read while it is sent."""
ANY_PAGE = ("Access-Control-Allow-Origin", "*")
"""For what strangers see: a page of another site may read it. Browsers refuse it to a request with cookies."""
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)

Headers = list[tuple[str, str]]
Answer = tuple[str, Headers, Iterable[bytes]]
Failure = Callable[[str], tuple[str, Headers, bytes]]
Span = tuple[int, int]


def respond(environ: WSGIEnvironment, start_response: StartResponse, failure: Failure) -> Iterable[bytes]:
    """WSGI: GET and HEAD of an archive; ``failure`` makes the answer of a status line."""
    method = environ["REQUEST_METHOD"]
    sent: Iterable[bytes]
    try:
        if method not in ("GET", "HEAD"):
            status, headers, said = failure("405 Method Not Allowed")
            sent = [said]
        else:
            status, headers, sent = answer(environ["PATH_INFO"], environ)
    except (NotFound, Busy) as error:
        busy = isinstance(error, Busy)
        status, headers, said = failure("503 Service Unavailable" if busy else "404 Not Found")
        sent = [] if method == "HEAD" else [said]
    start_response(status, headers)
    return sent


def answer(path: str, environ: WSGIEnvironment) -> Answer:
    """Status, headers and body by the request's Range, If-Range and If-None-Match."""
    if not path.endswith(".pmtiles"):
        raise NotFound(path)
    receipt = found(path.removeprefix(PREFIX).removesuffix(".pmtiles"))
    etag = f'"{receipt.digest}"'
    headers = [
        ("ETag", etag),
        ("Accept-Ranges", "bytes"),
        ("Cache-Control", "public, max-age=300"),
        ANY_PAGE,
        ("X-Content-Type-Options", "nosniff"),
    ]
    if receipt.digest in environ.get("HTTP_IF_NONE_MATCH", ""):
        return "304 Not Modified", headers, []
    same = environ.get("HTTP_IF_RANGE", etag) == etag
    span = asked(environ.get("HTTP_RANGE", ""), receipt.size) if same else None
    if span == NOWHERE:
        beyond = [*headers, ("Content-Range", f"bytes */{receipt.size}"), ("Content-Length", "0")]
        return "416 Range Not Satisfiable", beyond, []
    first, last = span or (0, receipt.size - 1)
    headers += [("Content-Type", KIND), ("Content-Length", str(last - first + 1))]
    if span:
        headers.append(("Content-Range", f"bytes {first}-{last}/{receipt.size}"))
    status = "206 Partial Content" if span else "200 OK"
    return status, headers, [] if environ["REQUEST_METHOD"] == "HEAD" else body(receipt.path, first, last - first + 1)


NOWHERE = (-1, -1)


def asked(header: str, size: int) -> Span | None:
    """First and last byte of a range; ``NOWHERE`` when it lies beyond the end, None when there is none to go by.

    Several ranges, other units and nonsense are passed over, as the standard allows: the whole is sent.
    """
    if not (match := _RANGE.fullmatch(header.replace(" ", "")[:200])) or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        return (max(0, size - int(last)), size - 1) if int(last) else NOWHERE
    if last and int(last) < int(first):
        return None
    return (int(first), min(int(last or size), size - 1)) if int(first) < size else NOWHERE


def body(path: Path, first: int, length: int) -> Iterable[bytes]:
    """The bytes from an open file: one that is exchanged meanwhile stays as it was; ``Busy`` where it was exchanged
    before it was open."""
    try:
        file = path.open("rb")
    except FileNotFoundError as exchanged:
        raise Busy from exchanged
    if length <= AT_ONCE:
        with file:
            file.seek(first)
            return [file.read(length)]
    return Sending(file, first, length)


class Sending:
    """A long body, handed out as fast as it is taken: so many bytes of an open file, from the first on."""

    def __init__(self, file: IO[bytes], first: int, length: int) -> None:
        self.file, self.first, self.length = file, first, length

    def __iter__(self) -> Iterator[bytes]:
        """Yield it piece by piece, to a server that cannot take the file."""
        self.file.seek(self.first)
        left = self.length
        while left and (piece := self.file.read(min(PIECE, left))):
            left -= len(piece)
            yield piece

    def close(self) -> None:
        """Let go of the file."""
        self.file.close()
