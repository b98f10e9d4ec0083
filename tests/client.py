"""Tiles as a client gets them: from a server of their own, over WSGI."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from types import SimpleNamespace
from typing import Any
from wsgiref.types import WSGIApplication

import mapbox_vector_tile
import pytest
from django.test import Client
from django.test.client import ClientHandler
from isal import isal_zlib

from config.door import Door
from layers.scope import COOKIE, RESIDENT, Audience, read, sign
from tiles.server import Server, make


@dataclass(frozen=True)
class Answer:
    """Status, headers and body (as sent)."""

    status: int
    headers: dict[str, str]
    sent: bytes

    @property
    def body(self) -> bytes:
        """The body without its gzip."""
        return isal_zlib.decompress(self.sent, 31) if self.headers.get("Content-Encoding") == "gzip" else self.sent

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    def features(self, layer: str) -> list[dict[str, Any]]:
        """The features of a layer of the tile, in tile units with y down; none when it is not there."""
        decoded = mapbox_vector_tile.decode(self.body, default_options={"y_coord_down": True})
        return list(decoded.get(layer, {"features": []})["features"])


def ask(
    server: WSGIApplication,
    path: str,
    audience: Audience = RESIDENT,
    method: str = "GET",
    query: str = "",
    body: bytes = b"",
    kind: str = "",
    **headers: str,
) -> Answer:
    """Send a request to a server; headers are named like in the environment, without ``HTTP_``."""
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path.encode().decode("latin-1"),  # as WSGI has it
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(body),
        "CONTENT_LENGTH": str(len(body)),
        "CONTENT_TYPE": kind,
        "HTTP_ACCEPT_ENCODING": "gzip",
        **({} if audience.public else {"HTTP_COOKIE": f"csrftoken=x; {COOKIE}={sign(audience)}"}),
        **{f"HTTP_{name}": value for name, value in headers.items()},
    }
    begun: list[Any] = []
    # What start_response returns is a writer that no server of ours uses.
    body = b"".join(server(environ, lambda status, sent, *_: begun.extend((status, sent))))  # type: ignore[arg-type,return-value]
    return Answer(int(begun[0][:3]), dict(begun[1]), body)


GATE = SimpleNamespace(proof=lambda cookies: read(cookies.partition("=")[2]))
"""At which nothing is withdrawn: a real one looks for that outside the transaction of a test."""


class Admitting(ClientHandler):
    """Django behind a door."""

    def __init__(self, door: Door) -> None:
        super().__init__(enforce_csrf_checks=True)
        self.door = door

    def __call__(self, environ: dict[str, Any]) -> Any:
        """Answer one request."""
        self.door.admit(environ)
        return super().__call__(environ)


def program(token: str, gate: Any) -> Client:
    """A program with a token, which has no session."""
    client = Client(headers={"authorization": f"Bearer {token}"})
    client.handler = Admitting(Door(client.handler, gate))
    return client


@pytest.fixture
def tiles(transactional_db: None) -> Iterator[Server]:
    """A server that reads the news at every request."""
    made = make(interval_s=0.0)
    yield made
    made.supply.pool.close()


@pytest.fixture
def get(tiles: Server) -> Callable[..., Answer]:
    """``get(path, audience, **headers)`` from the server."""

    def send(path: str, audience: Audience = RESIDENT, **headers: str) -> Answer:
        return ask(tiles, path, audience, **headers)

    return send


@pytest.fixture
def kept_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two requests a connection that is in a transaction would be closed; Django's client sees to that too."""
    for module in ("door", "shortcut"):
        monkeypatch.setattr(f"config.{module}.close_old_connections", lambda: None)
