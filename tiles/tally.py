"""Sums that many threads add to without a lock: each adds to its own, and who asks for them adds those up.

A lock that is held while the interpreter passes to another thread makes a queue of all that answer kept tiles.
"""

from __future__ import annotations

import threading
import weakref
from collections import Counter
from collections.abc import Hashable
from typing import Generic, TypeVar

_Key = TypeVar("_Key", bound=Hashable)


class _Part(Generic[_Key]):
    """What one thread has added; it goes with its thread."""

    def __init__(self) -> None:
        self.sums: dict[_Key, float] = {}


class Tally(Generic[_Key]):
    """Sums by key."""

    def __init__(self) -> None:
        self._here = threading.local()
        self._lock = threading.Lock()
        self._living: dict[int, dict[_Key, float]] = {}
        self._gone: Counter[_Key] = Counter()

    def add(self, key: _Key, amount: float = 1) -> None:
        """Add to the sum of a key."""
        try:
            sums: dict[_Key, float] = self._here.part.sums
        except AttributeError:
            sums = self._begin()
        sums[key] = sums.get(key, 0) + amount

    def sums(self) -> dict[_Key, float]:
        """Return the sums of all threads, also of those that have ended."""
        with self._lock:
            total = Counter(self._gone)
            for sums in self._living.values():
                total.update(sums.copy())  # a copy is made at one stroke, while its thread goes on adding
        return dict(total)

    def _begin(self) -> dict[_Key, float]:
        part: _Part[_Key] = _Part()
        self._here.part = part
        with self._lock:
            self._living[id(part.sums)] = part.sums
        weakref.finalize(part, self._end, part.sums).atexit = False
        return part.sums

    def _end(self, sums: dict[_Key, float]) -> None:
        with self._lock:
            del self._living[id(sums)]
            self._gone.update(sums)
