"""Finished answers kept in memory up to a number of bytes; what many ask for at once is made once."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass
from hashlib import blake2b
from threading import Lock

from cachetools import LRUCache
from isal import isal_zlib

from gis.errand import Left

LEVEL = 1  # of isal: the tile is 5 % larger than at zlib's 6, and made ten times faster
GZIP_CONTAINER = 31
OVERHEAD = 600  # bytes of key, entry and object headers


@dataclass(frozen=True, slots=True)
class Packed:
    """A body as gzip and the hash of its contents; no bytes at all when there is nothing in it. ``cut`` names the
    layers of which it does not hold all (``tiles.budget``); ``stale`` says that a newer one could not be had."""

    gzip: bytes
    digest: str
    cut: str = ""
    stale: bool = False

    def plain(self) -> bytes:
        """The body as it was."""
        return isal_zlib.decompress(self.gzip, GZIP_CONTAINER) if self.gzip else b""


def pack(body: bytes | Packed, cut: str = "") -> Packed:
    """Compress a body, unless it is."""
    if isinstance(body, Packed):
        return body
    if not body:
        return Packed(b"", "", cut)
    return Packed(isal_zlib.compress(body, LEVEL, GZIP_CONTAINER), blake2b(body, digest_size=10).hexdigest(), cut)


@dataclass(slots=True, eq=False)
class Kept:
    """A body, the moment of the news before which it was made, and that at which it was last found to be still true."""

    packed: Packed
    made: int = 0
    true: int = 0


class Cache:
    """Least recently used answers leave when ``size`` bytes are full. Safe for threads."""

    def __init__(self, size: int) -> None:
        self._kept: LRUCache[Hashable, Kept] = LRUCache(size, getsizeof=lambda one: len(one.packed.gzip) + OVERHEAD)
        self._making: dict[Hashable, Future[Kept]] = {}
        self._lock = Lock()

    @property
    def used(self) -> int:
        """Bytes in it now."""
        return int(self._kept.currsize)

    def find(self, key: Hashable) -> Kept | None:
        """Return what is kept, true or not."""
        with self._lock:
            return self._kept.get(key)

    def get(self, key: Hashable) -> Packed | None:
        """Return what is kept under a key that says all."""
        kept = self.find(key)
        return kept.packed if kept is not None else None

    def get_or_make(self, key: Hashable, make: Callable[[], bytes | Packed]) -> Packed:
        """Return what is kept under a key that says all, else make it."""
        return self.renew(key, lambda _: True, lambda: Kept(pack(make()))).packed

    def renew(
        self,
        key: Hashable,
        true: Callable[[Kept], bool],
        make: Callable[[], Kept],
        wait: Callable[[Future[Kept]], Kept] = Future.result,
    ) -> Kept:
        """Return what is kept and true, else make it. Who comes meanwhile waits for that, and shares its failure; what
        was begun too early to be true for him, or given up by who was to have it, is made once more."""
        while True:
            with self._lock:
                kept = self._kept.get(key)
                if kept is not None and true(kept):
                    return kept
                future = self._making.get(key)
                first = future is None
                if future is None:
                    future = self._making[key] = Future()
            if first:
                self._make(key, make, future)
            try:
                kept = future.result() if first else wait(future)
            except Left:
                if first:
                    raise
                continue
            if first or true(kept):
                return kept

    def clear(self) -> None:
        """Forget everything kept."""
        with self._lock:
            self._kept.clear()

    def _make(self, key: Hashable, make: Callable[[], Kept], future: Future[Kept]) -> None:
        try:
            kept = make()
        except BaseException as failure:
            with self._lock:
                del self._making[key]
            future.set_exception(failure)
            return
        with self._lock:
            if len(kept.packed.gzip) + OVERHEAD <= self._kept.maxsize:
                self._kept[key] = kept
            del self._making[key]
        future.set_result(kept)
