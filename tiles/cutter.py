"""A tile out of the database: everything that is wanted where it fits, as it mostly does, else as much as may be.

To choose what is left out, all rows are held and weighed one by one, which takes a third longer than to encode them as
they come. So that is done only where it must be, and at once where it had to be last time, or, for a tile that was not
cut before, where the last one of its kind had to be: light and heavy tiles share a statement.
"""

from __future__ import annotations

from collections.abc import Hashable
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
        self._full: dict[Hashable, bool] = {}

    def cut(self, asked: Statement, tile: Tile) -> Cut:
        """Return the tile; ``Busy`` as the pool says it."""
        given, kind = asked.parameters(tile), (asked.stamp, tile.z)
        key = (*kind, tile.x, tile.y)
        if not self._full.get(key, self._full.get(kind, False)):
            [(body, fits, *at)] = self._pool.rows(SEEN % asked.sql, given, asked.role)
            if fits:
                self._remember(key, kind, full=False)
                return Cut(bytes(body), "", *at)
        [(body, short, *at)] = self._pool.rows(SEEN % asked.fitted, given, asked.role)
        self._remember(key, kind, full=bool(short))
        return Cut(bytes(body), short, *at)

    def _remember(self, *keys: Hashable, full: bool) -> None:
        if len(self._full) >= REMEMBERED:
            self._full.clear()
        self._full.update(dict.fromkeys(keys, full))
