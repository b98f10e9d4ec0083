"""Tiles that several processes share in Redis: looked for after a process's own and before the database.

A value carries the database's number of the last change that its rows can hold, so who reads it decides whether it is
still true. It is signed together with its name: whoever can write to Redis can make us slow, never wrong. Redis that is
away or slow is not asked for a while. Nothing is lost with it.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from hashlib import blake2b
from hmac import compare_digest
from struct import Struct
from time import monotonic, sleep
from typing import Any, TypeVar

from prometheus_client import Counter
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as Gone
from redis.retry import Retry

from tiles.cache import Packed

TIMEOUT_S = 0.1  # of one question; cutting a tile takes less than waiting longer for it
PAUSE_S = 5.0  # without asking, after a failure
KEPT_S = 7 * 24 * 3600
LONGEST = 2 * 2**20  # bytes of a value that is read or written
MAKING_MS = 6000  # a little longer than a statement may take
WAIT_S = 2.0  # for another process that makes the same tile
STEP_S = 0.02
SIGNATURE = 16
HEAD = Struct(">qHH")  # the number of the change, lengths of the digest and of ``cut``
RELEASE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"

Made = tuple[Packed, int]
_T = TypeVar("_T")
_asked = Counter("chengtu_shared_tiles_total", "Tiles looked for in the shared cache", ["result"])
HIT, MISS, STALE, FORGED, AWAY = (_asked.labels(word) for word in ("hit", "miss", "stale", "forged", "away"))
log = logging.getLogger(__name__)


class Shared:
    """Values by name in Redis; without Redis everything is missed, and nothing is raised."""

    def __init__(self, url: str, secret: str) -> None:
        self._key = blake2b(secret.encode(), digest_size=32, person=b"tiles.shared").digest()
        retry: Any = Retry(NoBackoff(), 1, supported_errors=(Gone,))  # a restart cuts connections that wait in the pool
        self._redis: Any = Redis.from_url(
            url, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S, retry=retry, max_connections=64
        )
        self._silent_until = float("-inf")

    def name(self, *parts: object) -> bytes:
        """A name that tells nothing of its parts, and that nobody without the key can make."""
        text = "\0".join(part.hex() if isinstance(part, bytes) else str(part) for part in parts)
        return b"tile:" + blake2b(text.encode(), digest_size=20, key=self._key).hexdigest().encode()

    def get(self, name: bytes) -> Made | None:
        """Return a value and the number of the change that it holds; what is not ours or not whole is not there."""
        value = self._ask(lambda: self._redis.getrange(name, 0, LONGEST), b"")
        if not value:
            MISS.inc()
            return None
        found = self._opened(name, value)
        if found is None:
            FORGED.inc()
        return found

    def put(self, name: bytes, packed: Packed, number: int) -> None:
        """Keep a value for others."""
        digest, cut = packed.digest.encode(), packed.cut.encode()
        body = HEAD.pack(number, len(digest), len(cut)) + digest + cut + packed.gzip
        if len(body) + SIGNATURE <= LONGEST:
            self._ask(lambda: self._redis.set(name, self._sign(name, body) + body, ex=KEPT_S), None)

    def get_or_make(self, name: bytes, true: Callable[[int], bool], make: Callable[[], Made]) -> Made:
        """Return a value whose number is ``true`` still, else make it: one process does, the others wait a little."""
        lock, token = name + b":making", secrets.token_bytes(8)
        give_up = monotonic() + WAIT_S
        while (found := self._holding(name, true)) is None:
            if self._ask(lambda: self._redis.set(lock, token, nx=True, px=MAKING_MS), True) or monotonic() > give_up:
                break
            sleep(STEP_S)
        if found is not None:
            return found
        try:
            if found := self._holding(name, true):  # put there between our look and our lock
                return found
            made = make()
            self.put(name, *made)
        finally:
            self._ask(lambda: self._redis.eval(RELEASE, 1, lock, token), 0)
        return made

    def _holding(self, name: bytes, true: Callable[[int], bool]) -> Made | None:
        found = self.get(name)
        if found is None:
            return None
        holds = true(found[1])
        (HIT if holds else STALE).inc()
        return found if holds else None

    def close(self) -> None:
        """End the connections."""
        self._redis.close()

    def _sign(self, name: bytes, body: bytes) -> bytes:
        return blake2b(len(name).to_bytes(2) + name + body, digest_size=SIGNATURE, key=self._key).digest()

    def _opened(self, name: bytes, value: bytes) -> Made | None:
        signature, body = value[:SIGNATURE], value[SIGNATURE:]
        if not compare_digest(signature, self._sign(name, body)):
            return None
        number, digest, cut = HEAD.unpack_from(body)
        first, second = HEAD.size + digest, HEAD.size + digest + cut
        return Packed(body[second:], body[HEAD.size : first].decode(), body[first:second].decode()), number

    def _ask(self, question: Callable[[], _T], otherwise: _T) -> _T:
        if monotonic() < self._silent_until:
            AWAY.inc()
            return otherwise
        try:
            return question()
        except (RedisError, OSError):
            self._silent_until = monotonic() + PAUSE_S
            log.warning("the shared cache is away", exc_info=log.isEnabledFor(logging.DEBUG))
            return otherwise
