"""What the database has told of its changes so far, read once in a while and at once when it calls.

Every transaction that changed a table leaves a number in commit order (``spatial_news.seq``) and the boxes that it
touched. Here they become one immutable ``Known``: whatever was made at an earlier one is still true for a tile if no
box since then reaches into it.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from threading import Lock
from time import monotonic
from typing import Any

from django.conf import settings

from tiles.marks import Change, Marks
from tiles.pool import Busy
from tiles.statement import Statement
from tiles.tile import Tile

INTERVAL_S = 1.0
HISTORY = 1000
"""Changes before the first reading that are read too: a page that is open while a server restarts misses none."""
MOST = 50_000
"""Boxes in one reading; a server that was away for more forgets everything it knew."""
TODAY = f"(statement_timestamp() AT TIME ZONE '{settings.TIME_ZONE}')::date".encode()
"""The day by which PostgreSQL says what is in force, which need not be the day of the machine that serves."""
WHERE = (
    b"""SELECT spatial_epoch(), coalesce(max(seq), 0)::bigint, EXISTS (SELECT FROM spatial_news WHERE seq = $1), %s
  FROM spatial_news"""
    % TODAY
)
NEWS = b"""SELECT n.seq, n.table_name, n.whole, t.west, t.south, t.east, t.north
  FROM spatial_news n LEFT JOIN spatial_touched t ON t.news_id = n.id WHERE n.seq > $1 ORDER BY n.seq LIMIT $2::int"""

PURGED = "purged "
"""Before the name of a table whose tiles are to be cut anew although no row changed: nothing is made of rows again. The
zooms may stand between, where it is not all of them: ``purged 9-12 spatial_building``."""

log = logging.getLogger(__name__)
Read = Callable[[bytes, Sequence[Any]], list[tuple[Any, ...]]]


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """All that is known at a moment.

    ``at`` counts changes within this process and never falls; ``base`` makes it of the database's numbers, which are
    worth something within an ``epoch`` only. Nothing is known of what was before ``start``. ``day`` is the database's
    calendar day, on which what is in force depends.
    """

    epoch: str
    base: int
    start: int
    at: int
    day: int
    tables: Mapping[str, Marks] = field(default_factory=dict)
    purged: Mapping[tuple[str, int], Marks] = field(default_factory=dict)
    """Of tables and zooms."""

    @property
    def seq(self) -> int:
        """The database's number of the last change."""
        return self.at - self.base

    @property
    def name(self) -> str:
        """The moment as others can name it, and the day that it was."""
        return f"{self.epoch}.{self.seq}-{self.day}"

    def marks(self, table: str) -> Marks:
        """The changes of a table."""
        return self.tables.get(table) or Marks(self.start, self.start)

    def last(self, table: str) -> int:
        """The last change of a table. Asked of each kept tile that staff get, so nothing is made for it."""
        marks = self.tables.get(table)
        return marks.last if marks else self.start

    def generation(self, tables: tuple[str, ...]) -> Hashable:
        """A value that differs after any change of the tables and on another day."""
        return (self.day, *(self.last(table) for table in tables))

    def touched(self, cut: Statement, tile: Tile, since: int) -> bool:
        """Whether a tile cut at ``since`` may be another now.

        Rows of a layer's own table show where they are. Those of any other table that its SQL reads can change what is
        shown anywhere.
        """
        for table in cut.tables:
            for marks in (self.marks(table), self.purged.get((table, tile.z))):
                if marks and marks.last > since and (table not in cut.own or marks.touch(tile, since)):
                    return True
        return False

    def after(self, rows: Sequence[tuple[Any, ...]], day: int) -> Known:
        """What is known with newer rows of the news."""
        changes: dict[Place, list[Change]] = defaultdict(list)
        last: dict[Place, int] = {}
        at = self.at
        for seq, name, whole, *box in rows:
            at = self.base + seq
            for place in places(name):
                last[place] = at
                if whole or box[0] is not None:
                    changes[place].append((at, None if whole else (box[0], box[1], box[2], box[3])))
        tables, purged, before = {**self.tables}, {**self.purged}, Marks(self.start, self.start)
        for (table, zoom), latest in last.items():
            found = changes[table, zoom]
            if zoom is None:
                tables[table] = tables.get(table, before).after(latest, found)
            else:
                purged[table, zoom] = purged.get((table, zoom), before).after(latest, found)
        return Known(self.epoch, self.base, self.start, at, day, tables, purged)


Place = tuple[str, int | None]


@lru_cache(maxsize=256)
def places(name: str) -> tuple[Place, ...]:
    """What a row of the news is about: a table or, where its tiles were purged at some zooms, it and each of these."""
    zooms, _, table = name.removeprefix(PURGED).rpartition(" ")
    if not zooms:
        return ((table, None),)
    first, _, last = zooms.partition("-")
    return tuple((table, zoom) for zoom in range(int(first), int(last) + 1))


class Generations:
    """Re-reads the news at most once in ``interval_s``, by whoever comes first; the others use the last known."""

    def __init__(self, read: Read, interval_s: float = INTERVAL_S, wake: Callable[[], None] | None = None) -> None:
        self._read, self._interval_s, self._wake = read, interval_s, wake
        self._reading = Lock()
        self._due = float("-inf")
        self.known: Known | None = None
        self.away = False
        """Whether the last reading failed: nobody can tell then what is still true."""

    def now(self) -> Known:
        """What is known; read it before the rows: an edit in between makes a copy newer than it is taken for, never
        older. ``Busy`` when the news was never read."""
        if monotonic() >= self._due or self.known is None:
            self._refresh()
        if self.known is None:
            raise Busy
        return self.known

    def certain(self) -> Known | None:
        """What is known while it need not be read anew; nothing when it is due or the database is away."""
        return self.known if monotonic() < self._due and not self.away else None

    def generation(self, tables: tuple[str, ...]) -> Hashable:
        """A value that differs after any change of the tables and on another day."""
        return self.now().generation(tables)

    def hear(self) -> None:
        """Read the news that was just told."""
        with self._reading:
            self._renew()

    def forget(self) -> None:
        """Have the next question read the news anew, from another database perhaps."""
        with self._reading:
            self._due, self.known = float("-inf"), None

    def _refresh(self) -> None:
        # Nobody can be answered before the first reading; after it nobody waits for another's.
        if not self._reading.acquire(blocking=self.known is None):
            return
        try:
            if monotonic() >= self._due or self.known is None:
                if self._wake:
                    self._wake()
                self._renew()
        finally:
            self._reading.release()

    def _renew(self) -> None:
        self._due = monotonic() + self._interval_s
        try:
            self.known = self._newer()
            self.away = False
        except Busy:  # what is known is all there is while the database is away
            self.away = True
            log.warning("the news cannot be read")

    def _newer(self) -> Known:
        known = self.known
        [(epoch, seq, continued, date)] = self._read(WHERE, (known.seq if known else 0,))
        day = date.toordinal()
        if known is None:
            start = max(0, seq - HISTORY)
            known = Known(epoch, 0, start, start, day)
        elif epoch != known.epoch or seq < known.seq or not (continued or known.seq == 0):
            known = fresh_start(known, epoch, seq, day)
        if seq == known.seq:
            return known if day == known.day else known.after((), day)
        rows = self._read(NEWS, (known.seq, MOST))
        return known.after(rows, day) if len(rows) < MOST else fresh_start(known, epoch, seq, day)


def fresh_start(known: Known, epoch: str, seq: int, day: int) -> Known:
    """Know nothing of the past: the database is another one, or has lost or told too much."""
    log.warning("the news does not continue at %d; all tiles are taken for old", known.seq)
    at = known.at + 1
    return Known(epoch, at - seq, at, at, day)
