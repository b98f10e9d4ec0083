"""How new the tables are: a value that changes with every commit, so that a tile kept under it is never stale.

Statement triggers leave one row of ``spatial_news`` a table and transaction. Their number and greatest transaction
change with each commit, also when an older transaction commits after a younger one.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable
from threading import Lock
from time import monotonic
from typing import Any

from django.utils import timezone

from tiles.pool import Busy
from tiles.tile import Tile

INTERVAL_S = 1.0
NEWS = b"SELECT table_name, count(*), max(transaction) FROM spatial_news GROUP BY table_name"
NONE = (0, 0)

log = logging.getLogger(__name__)
Read = Callable[[bytes], list[tuple[Any, ...]]]


class Generations:
    """Re-reads the news at most once in ``interval_s``, by whoever comes first; the others use the last known."""

    def __init__(self, read: Read, interval_s: float = INTERVAL_S) -> None:
        self._read, self._interval_s = read, interval_s
        self._reading = Lock()
        self._due = float("-inf")
        self._known: dict[str, tuple[int, int]] | None = None
        self._today = timezone.localdate()
        self._answers: dict[tuple[str, ...], Hashable] = {}

    def generation(self, tables: tuple[str, ...], tile: Tile | None = None) -> Hashable:
        """Return the generation of what a statement reads; read it before the rows, and keep them under it.

        The calendar day is in it because what is in force depends on it. Today all tiles of a table share one; the
        tile is asked for so that each can have its own. ``Busy`` when the news was never read.
        """
        if self._known is None or monotonic() >= self._due:
            self._refresh()
        answers = self._answers  # before the news: a new answer may then land among old ones, never the reverse
        known = self._known
        if known is None:
            raise Busy
        found = answers.get(tables)
        if found is None:
            found = answers[tables] = (self._today.toordinal(), *(known.get(table, NONE) for table in tables))
        return found

    def forget(self) -> None:
        """Have the next question read the news again."""
        self._due, self._known = float("-inf"), None

    def _refresh(self) -> None:
        # Nobody can be answered before the first reading; after it nobody waits for another's.
        if not self._reading.acquire(blocking=self._known is None):
            return
        try:
            if monotonic() < self._due:
                return
            self._due = monotonic() + self._interval_s
            known = {table: (count, last) for table, count, last in self._read(NEWS)}
            today = timezone.localdate()
            if known != self._known or today != self._today:
                self._known, self._today, self._answers = known, today, {}
        except Busy:  # no reader, no writer: what is known stays true while the database is away
            log.warning("the news cannot be read")
        finally:
            self._reading.release()
