"""A tile out of the database: everything that is wanted where it fits, as it mostly does, else as much as may be.

To choose what is left out, all rows are held and weighed one by one, which takes a third longer than to encode them as
they come. So that is done only where it must be, and at once where it had to be last time.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from tiles.generations import TODAY
from tiles.pool import Pool
from tiles.statement import Statement
from tiles.tile import Tile

SEEN = b"SELECT t.*, (SELECT coalesce(max(seq), 0)::bigint FROM spatial_news), " + TODAY + b" FROM (%s) AS t"
REMEMBERED = 5_000


class Cut(NamedTuple):
    """A tile, the layers that it could not hold whole, joined by commas, the number of the news it holds for certain,
    and the day in the database that it shows."""

    body: bytes
    short: str
    number: int
    day: date


class Cutter:
    """Cuts tiles in at most two statements, mostly one."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._full: set[bytes] = set()

    def cut(self, asked: Statement, tile: Tile) -> Cut:
        """Return the tile; ``Busy`` as the pool says it."""
        given = asked.parameters(tile)
        if asked.stamp not in self._full:
            [(body, fits, *at)] = self._pool.rows(SEEN % asked.sql, given, asked.public)
            if fits:
                return Cut(bytes(body), "", *at)
            self._remember(asked.stamp)
        [(body, short, *at)] = self._pool.rows(SEEN % asked.fitted, given, asked.public)
        if not short:
            self._full.discard(asked.stamp)
        return Cut(bytes(body), short, *at)

    def _remember(self, stamp: bytes) -> None:
        if len(self._full) >= REMEMBERED:
            self._full.clear()
        self._full.add(stamp)
