"""Heavy tiles have few places, so that they never take all threads and connections from light ones.

What a tile costs is known from the last two times it was cut, or from those like it; on a machine where everything
takes long, it is how much longer than the others that counts. Who waits long for another's tile is found to wait for a
heavy one. A few may wait for a place; whoever comes after them is told to come back.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from threading import Lock, Semaphore
from typing import TypeVar

from cachetools import LRUCache

from tiles.pool import PATIENCE_S, PLACES, Busy

HEAVY_S = 0.25
"""Seconds from which on a tile is heavy while nobody knows what is usual, as in the first moments of a server."""
LEAST = 0.4
"""Where most are quick, a tile is heavy from this part of it on: a hundred users of one that takes 0.2 s are enough to
take all connections."""
TIMES = 4
"""On a busy machine: how many times as long as most; at most so many times ``HEAVY_S``."""
WAITING = 8
"""Who may wait for a place: a page asks for some six tiles at a time."""
REMEMBERED = 50_000
SHARE = 0.3  # of the newest cut in what is expected of tiles like it
NEWEST = 31
"""Of how many tiles, cut last, most tell what is usual: each once, however many ask for it, or a crowd before one heavy
tile would make it usual."""

_T = TypeVar("_T")


class Lanes:
    """Lets everybody make light tiles and ``places`` at a time make or await heavy ones; ``Busy`` for the others."""

    def __init__(self, places: int = PLACES, waiting: int = WAITING, heavy_s: float = HEAVY_S) -> None:
        self._heavy_s = heavy_s
        self._free = Semaphore(places)
        self._admitted = Semaphore(places + waiting)
        self._seconds: LRUCache[Hashable, tuple[float, float]] = LRUCache(REMEMBERED)  # the newest, the one before
        self._kinds: LRUCache[Hashable, float] = LRUCache(REMEMBERED)
        self._newest: dict[Hashable, float] = {}
        self._limit = heavy_s
        self._lock = Lock()

    def heavy(self, tile: Hashable, kind: Hashable) -> bool:
        """Whether this tile, or those of its kind when it was never cut, is expected to be heavy. Slow once is not: who
        met with a bad moment would have to wait among the heavy, and be refused with them, to be found light again."""
        with self._lock:
            seconds = self._seconds.get(tile)
            return (self._kinds.get(kind, 0.0) if seconds is None else min(seconds)) >= self._limit

    def learn(self, tile: Hashable, kind: Hashable, seconds: float) -> None:
        """Remember what a tile took."""
        with self._lock:
            self._seconds[tile] = seconds, self._seconds.get(tile, (seconds,))[0]
            self._kinds[kind] = (1 - SHARE) * self._kinds.get(kind, seconds) + SHARE * seconds
            self._limit = self._limit_beside(tile, seconds)

    def _limit_beside(self, tile: Hashable, seconds: float) -> float:
        """From what on a tile is heavy beside the newest, of which this is the last."""
        self._newest.pop(tile, None)
        self._newest[tile] = seconds
        if len(self._newest) > NEWEST:
            del self._newest[next(iter(self._newest))]
        if len(self._newest) <= NEWEST // 2:
            return self._heavy_s
        usual = sorted(self._newest.values(), reverse=True)[NEWEST // 2]
        return min(max(LEAST * self._heavy_s, TIMES * usual), TIMES * self._heavy_s)

    @contextmanager
    def place(self, heavy: bool) -> Iterator[None]:
        """A place to make a tile in; ``Busy`` when it is heavy, none is free, and enough wait or one waited long."""
        if not heavy:
            yield
            return
        with taken(self._admitted, 0), taken(self._free, PATIENCE_S):
            yield

    def wait(self, future: Future[_T], placed: bool) -> _T:
        """Await what another makes; ``Busy`` when it takes long and there is no place to await a heavy one in."""
        try:
            return future.result(PATIENCE_S if placed else max(self._heavy_s, self._limit))
        except TimeoutError as late:
            if placed or future.done():
                raise Busy from late
        with taken(self._admitted, 0):
            return self.wait(future, placed=True)


@contextmanager
def taken(places: Semaphore, patience_s: float) -> Iterator[None]:
    """One of the places while it is needed; ``Busy`` when none becomes free in time."""
    if not places.acquire(timeout=patience_s):
        raise Busy
    try:
        yield
    finally:
        places.release()
