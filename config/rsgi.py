"""The server before Granian: a kept tile is answered at once; all that may wait is done by threads.

Thirty-two threads that answered kept tiles too stood in each other's way: who waits for Python's lock is passed by
those who come later (decision 0001). One thread answers them in turn and never waits: Granian's, which read the
request, or else the loop's (`config.at_once`, decision 0075).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from time import perf_counter
from typing import TYPE_CHECKING, Any
from wsgiref.types import WSGIApplication

from granian.rsgi import Scope

from config import measure
from config.crew import MOST_WAITING, Crew
from config.environ import environ
from config.slow import Bodies, Refused, Waiting, failure, read_through
from config.wsgi import application as whole
from gis.errand import Errand, Left
from tiles import server as tiles
from tiles.export.answer import Sending
from tiles.ready import Headers

if TYPE_CHECKING:
    from granian._granian import RSGIHTTPProtocol as HTTPProtocol

THREADS = 32
"""They wait for PostgreSQL rather than compute (decision 0001). At most 12 wait for heavy tiles and 8 for images (0039,
0035): the rest is always there for what is light."""
InFile = Waiting | Sending
"""An answer that is left to Granian to read."""
SAFE = ("GET", "HEAD")
LONG_S, AGAIN_S = 0.1, 0.5
"""Seconds after which it is asked whether a client is still there, and from one cancelling to the next."""
log = logging.getLogger(__name__)


class Front:
    """RSGI before a WSGI application and a server of tiles."""

    def __init__(self, application: WSGIApplication, server: tiles.Server, threads: int = THREADS) -> None:
        self._application, self._server = application, server
        self._crew = Crew(threads)
        self._bodies = Bodies()

    async def __rsgi__(self, scope: Scope, protocol: HTTPProtocol) -> None:
        """Answer one request."""
        if self.at_once(scope, protocol):
            return
        try:
            with self._bodies.room(scope) as length:
                body = await self._bodies.read(protocol, length)
                waiting = await self._done(scope, protocol, body)
        except Refused as refusal:
            _send(protocol, *failure(str(refusal)))
            return
        if waiting:
            await read_through(waiting)
            self._crew.do(waiting.close)

    def at_once(self, scope: Scope, protocol: HTTPProtocol) -> bool:
        """Answer if it is about a tile that is kept and certain to be true. Never waits."""
        path = scope.path
        if not path.startswith("/tiles/") or scope.method != "GET":
            return False
        headers = scope.headers
        if "authorization" in headers:
            return False
        began = perf_counter()
        given = self._server.kept(
            path, headers.get("cookie", ""), headers.get("if-none-match", ""), headers.get("accept-encoding", "")
        )
        if given is None:
            return False
        _send(protocol, *given)
        measure.count("tiles", given[0][:3], perf_counter() - began)
        return True

    async def _done(self, scope: Scope, protocol: HTTPProtocol, body: bytes) -> InFile | None:
        """Have one of the threads answer; what is too large to be sent at once is returned. ``Refused`` where too many
        wait for one."""
        if self._crew.waiting >= MOST_WAITING:
            raise Refused("503 Service Unavailable")
        loop, errand = asyncio.get_running_loop(), Errand()
        done: asyncio.Future[InFile | None] = loop.create_future()

        def work() -> None:
            waiting = None
            try:
                if not errand.left:  # before a thread was free
                    with errand.under_way():
                        waiting = _answered(self._application, scope, protocol, body)
            finally:
                loop.call_soon_threadsafe(_settle, done, waiting)

        self._crew.do(work)
        if scope.method not in SAFE:  # who saves something and leaves has saved it
            return await done
        watching: list[asyncio.Task[None]] = []  # not at once: a task costs what a quick answer does
        watch = loop.call_later(LONG_S, lambda: watching.append(loop.create_task(_leave(protocol, errand))))
        try:
            return await done
        finally:
            watch.cancel()
            for task in watching:
                task.cancel()


async def _leave(protocol: HTTPProtocol, errand: Errand) -> None:
    """Once the client has left, end what is asked for him, until the thread sees it."""
    await protocol.client_disconnect()
    while True:
        await asyncio.to_thread(errand.leave)
        await asyncio.sleep(AGAIN_S)


def _settle(done: asyncio.Future[InFile | None], waiting: InFile | None) -> None:
    if not done.done():
        done.set_result(waiting)


def _answered(application: WSGIApplication, scope: Scope, protocol: HTTPProtocol, body: bytes) -> InFile | None:
    """Call a WSGI application and send what it says."""
    status, headers = "", Headers()

    def start_response(line: str, given: Headers, exc_info: object = None) -> Any:
        nonlocal status, headers
        status, headers = line, given

    try:
        parts = application(environ(scope, body), start_response)
        if isinstance(parts, Waiting | Sending):
            _send_file(protocol, status, headers, parts)
            return parts
        _send(protocol, status, headers, _joined(parts))
    except Left:
        log.info("%s %r: nobody waits for it any more", scope.method, scope.path)
    except Exception:
        log.exception("%s %r", scope.method, scope.path)
        _send(protocol, *failure("500 Internal Server Error"))
    return None


def _send_file(protocol: HTTPProtocol, status: str, headers: Headers, part: InFile) -> None:
    """By a path that leads to what is open here: it may have no name, or another file have its name by now."""
    others = [(name, value) for name, value in headers if name != "Content-Length"]
    told = [*others, ("Content-Length", str(part.length))]
    path = f"/proc/self/fd/{part.file.fileno()}"
    protocol.response_file_range(int(status[:3]), told, path, part.first, part.first + part.length)


def _joined(parts: Iterable[bytes]) -> bytes:
    try:
        return b"".join(parts)
    finally:
        if hasattr(parts, "close"):
            parts.close()


def _send(protocol: HTTPProtocol, status: str, headers: Headers, body: bytes) -> None:
    if body:
        protocol.response_bytes(int(status[:3]), headers, body)
    else:
        protocol.response_empty(int(status[:3]), headers)


application = Front(whole, tiles.application)
