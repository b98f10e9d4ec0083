"""Requests as Granian's RSGI tells them, and what they get: the server's front without a socket."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

from config.rsgi import Front

Got = tuple[int, dict[str, str], bytes]


class Protocol:
    """Takes what is answered, as Granian does."""

    answer: Got
    body = b""

    async def __call__(self) -> bytes:
        """What is sent with the request."""
        return self.body

    async def client_disconnect(self) -> None:
        """Nobody leaves."""
        await asyncio.Event().wait()

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        """An answer with a body."""
        self.answer = status, dict(headers), body

    def response_empty(self, status: int, headers: list[tuple[str, str]]) -> None:
        """An answer without."""
        self.answer = status, dict(headers), b""


class Sent:
    """Headers, of which some come more than once: the first is the one that is looked up. What has other characters
    than ASCII is there, but cannot be read."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._names, self._pairs = set[str](), []
        for name, value in pairs:
            self._names.add(name)
            self._pairs += [(name, value)] if value.isascii() else []

    def __contains__(self, name: str) -> bool:
        return name in self._names

    def get(self, name: str, default: str | None = None) -> str | None:
        """The first of a name."""
        return next((value for one, value in self._pairs if one == name), default)

    def items(self) -> list[tuple[str, str]]:
        """All of them."""
        return self._pairs


def scope(path: str, method: str = "GET", query: str = "", headers: Iterable[tuple[str, str]] = ()) -> Any:
    """A request as Granian tells it."""
    told = {"method": method, "path": path, "query_string": query, "http_version": "1.1", "scheme": "http"}
    return SimpleNamespace(**told, client="127.0.0.1:1", server="127.0.0.1:2", headers=Sent(headers))


def got(front: Front, scopes: Iterable[Any]) -> list[Got]:
    """What requests get, one after another, in one event loop."""

    async def all_of_them() -> list[Got]:
        answers = []
        for each in scopes:
            protocol: Any = Protocol()
            await front.__rsgi__(each, protocol)
            answers.append(protocol.answer)
        return answers

    return asyncio.run(all_of_them())
