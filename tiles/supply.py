"""Where tiles come from: the cache while they are true, else one query for all who ask."""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterator
from dataclasses import replace
from time import perf_counter
from typing import TYPE_CHECKING, Any

from prometheus_client import REGISTRY, Gauge, Histogram
from prometheus_client.metrics_core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

from layers.layer import Layer
from layers.scope import Audience
from tiles.cache import Cache, Kept, Packed, pack
from tiles.coarse.upkeep import Upkeep
from tiles.cutter import Cutter
from tiles.gate import Gate
from tiles.generations import INTERVAL_S, Generations, Known
from tiles.hearing import Hearing
from tiles.lanes import Lanes
from tiles.pool import Busy, Pool
from tiles.statement import NOTHING, Statement, holdings, statement
from tiles.tally import Tally
from tiles.tile import Tile, lonlat
from tiles.tilejson import document

if TYPE_CHECKING:
    from tiles.shared import Shared

CACHE_BYTES = 128 * 2**20
EMPTY = Packed(b"", "")

NEVER = -1
"""The number of a tile that holds for nobody after."""

SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
CUT = Histogram("chengtu_tile_query_seconds", "Seconds PostGIS took to cut a tile", buckets=SECONDS)
KEPT = Gauge("chengtu_tile_cache_bytes", "Bytes of tiles kept in memory")
ASKED = Tally[str]()
"""``hit``: tiles answered from memory; ``miss``: those that were made."""

Layers = tuple[Layer, ...]


class Asked(Collector):
    """Shows the tally."""

    def collect(self) -> Iterator[Metric]:
        """Called at each look at ``/metrics``."""
        counter = CounterMetricFamily("chengtu_tile_cache", "Tiles answered from memory or made", labels=["result"])
        sums = ASKED.sums()
        for result in ("hit", "miss"):
            counter.add_metric([result], sums.get(result, 0))
        yield counter


REGISTRY.register(Asked())


class Supply:
    """Tiles and TileJSON of layers that the audience may see (the caller has asked the door)."""

    def __init__(
        self,
        pool: Pool,
        size: int = CACHE_BYTES,
        interval_s: float = INTERVAL_S,
        hearing: bool = False,
        shared: Shared | None = None,
    ) -> None:
        self.pool, self.shared = pool, shared
        self.cutter = Cutter(pool)
        self.cache = Cache(size)
        self.upkeep = Upkeep()
        self.hearing = Hearing(self._told) if hearing else None
        self.lanes = Lanes()
        self.generations = Generations(pool.rows, interval_s, self.hearing.wake if self.hearing else None)
        self.gate = Gate(pool.rows, self.generations)
        KEPT.set_function(lambda: self.cache.used)

    def tile(self, layers: Layers, audience: Audience, tile: Tile, english: bool = False) -> Packed:
        """Return a tile; ``Busy`` when it is not kept and the database cannot make it now."""
        cut = statement(layers, audience, tile.z, english)
        if cut is NOTHING:
            return EMPTY
        known = self.generations.now()
        key = (cut.stamp, tile, known.day)
        kept = self.cache.find(key)
        if kept is not None and still(kept, known, cut, tile):
            ASKED.add("hit")
            return replace(kept.packed, stale=True) if self.generations.away else kept.packed
        try:
            return self._renewed(key, known, cut, tile)
        except Busy:
            if kept is None:
                raise
            return replace(kept.packed, stale=True)

    def _told(self) -> None:
        """There is news: what stands for many rows is made from it, which is news again."""
        self.generations.hear()
        self.upkeep.nudge()

    def tilejson(self, layers: Layers, audience: Audience, url: str) -> bytes:
        """Return the TileJSON of layers whose tiles are below ``url``."""
        rows = [row for layer in layers if (row := self._held(layer, audience))]
        sources = sorted({source for *_, each in rows for source in each if source})
        bounds = None
        if rows:
            west, south, east, north = zip(*(row[:4] for row in rows), strict=True)
            bounds = (*lonlat(min(west), min(south)), *lonlat(max(east), max(north)))
        return json.dumps(document(layers, audience, url, bounds, sources), ensure_ascii=False).encode()

    def forget(self) -> None:
        """Drop everything kept, as when the database was exchanged."""
        if self.hearing:
            self.hearing.stop()
        self.upkeep.stop()
        self.pool.close()
        self.cache.clear()
        self.generations.forget()

    def _renewed(self, key: Hashable, known: Known, cut: Statement, tile: Tile) -> Packed:
        kind = (cut.stamp, tile.z)
        heavy = self.lanes.heavy(key, kind)

        def make() -> Kept:
            began = perf_counter()
            made = self._made(cut, tile)
            self.lanes.learn(key, kind, perf_counter() - began)
            return made

        with self.lanes.place(heavy):
            return self.cache.renew(
                key, lambda one: still(one, known, cut, tile), make, lambda other: self.lanes.wait(other, placed=heavy)
            ).packed

    def _made(self, cut: Statement, tile: Tile) -> Kept:
        # The news is read before the rows: an edit in between makes the tile newer than it is taken for, never older.
        known = self.generations.now()
        if self.shared is None:
            packed, number = self._cut(known, cut, tile)
        else:
            name = self.shared.name(known.epoch, known.day, cut.stamp, tile)
            packed, number = self.shared.get_or_make(
                name, lambda one: self._holds(one, known, cut, tile), lambda: self._cut(known, cut, tile)
            )
        at = known.base + number
        return Kept(packed, at, at)

    def _holds(self, number: int, known: Known, cut: Statement, tile: Tile) -> bool:
        """Whether a tile that another process cut at a number of the news is still true. What was not told here even
        now is of a database that is ahead of the one that we read, or was lost before it told this one."""
        if number > known.seq:
            self.generations.hear()
        now = self.generations.now()
        told = (now.epoch, now.base) == (known.epoch, known.base) and number <= now.seq
        return told and not now.touched(cut, tile, now.base + number)

    def _cut(self, known: Known, cut: Statement, tile: Tile) -> tuple[Packed, int]:
        """The tile, and the number of the news that its rows hold for certain: a connection may lead to a replica that
        is behind the one where the news was read, or in which it is another day."""
        began = perf_counter()
        made = self.cutter.cut(cut, tile)
        CUT.observe(perf_counter() - began)
        ASKED.add("miss")
        packed = pack(made.body, made.short)
        if made.day.toordinal() != known.day:
            return replace(packed, stale=True), NEVER
        return packed, min(known.seq, made.number)

    def _held(self, layer: Layer, audience: Audience) -> list[Any] | None:
        """Where a layer has rows and from which registers. That takes the whole table, so it is kept for each layer
        alone: no host and no choice of layers that somebody can think of has it asked again."""
        cut = holdings(layer, audience)
        if cut is NOTHING:
            return None
        key = ("held", layer, audience, self.generations.generation(cut.tables))
        kind = ("held", layer.id)

        def read() -> bytes:
            began = perf_counter()
            [row] = self.pool.rows(cut.sql, cut.constants, cut.role)
            self.lanes.learn(kind, kind, perf_counter() - began)
            return json.dumps(row if row[0] is not None else None).encode()

        packed = self.cache.get(key)
        if packed is None:
            with self.lanes.place(self.lanes.heavy(kind, kind)):
                packed = self.cache.get_or_make(key, read)
        found: list[Any] | None = json.loads(packed.plain())
        return found


def still(kept: Kept, known: Known, cut: Statement, tile: Tile) -> bool:
    """Whether a kept tile is what would be cut now. Found true once, it need be asked again only after other news."""
    if kept.true >= known.at:
        return True
    if known.touched(cut, tile, kept.true):
        return False
    kept.true = known.at
    return True
