"""Which images there are for an audience: rows of the layer ``rasters``, through the door and scope of any layer."""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import date
from threading import Lock

from cachetools import LRUCache

from gis.crs import Crs, configured_grids
from gis.errors import Invalid, NotFound
from gis.ingest.pyramids import served
from layers import registry
from layers.scope import Audience
from tiles.generations import Generations
from tiles.pool import Pool
from tiles.raster.rows import COLUMNS, registered
from tiles.statement import NOTHING
from tiles.tile import HALF_WORLD_M, MAX_ZOOM, Box, lonlat

LAYER = "rasters"
HEIGHT = "高程"
MOST_LISTED = 200
SMALLEST = 16
"""Pixels of the map's that the longer side of an image has when it is first shown."""


@dataclass(frozen=True, slots=True)
class Image:
    """A registered image: what is needed to draw and describe it. ``box`` is in metres of EPSG:3857."""

    id: int
    name: str
    kind: str
    sha256: str
    crs: str
    width: int
    height: int
    bands: int
    dtype: str
    source: str
    surveyed_at: date | None
    box: Box

    @property
    def is_height(self) -> bool:
        """Whether the register calls it a height model."""
        return self.kind == HEIGHT

    @property
    def styles(self) -> tuple[str, ...]:
        """The ways in which it can be drawn."""
        return ("photo", "shade", "height") if self.bands == 1 and self.dtype != "uint8" else ("photo",)

    @property
    def zooms(self) -> tuple[int, int]:
        """From the zoom at which it can be made out to that at which it shows each of its pixels."""
        west, south, east, north = self.box
        side = max(east - west, north - south)
        world = 2 * HALF_WORLD_M / 256
        deepest = math.ceil(math.log2(world * max(self.width, self.height) / side))
        first = math.floor(math.log2(world * SMALLEST / side))
        return min(MAX_ZOOM, max(0, first)), min(MAX_ZOOM, max(0, deepest))

    @property
    def bounds(self) -> tuple[float, ...]:
        """West, south, east, north in degrees."""
        west, south, east, north = self.box
        return tuple(round(degrees, 6) for degrees in (*lonlat(west, south), *lonlat(east, north)))

    @property
    def ready(self) -> bool:
        """Whether there is a copy of it to be drawn."""
        try:
            return served(self.sha256).is_file()
        except Invalid:
            return False

    def system(self, own: str) -> Crs:
        """Its coordinate system: by its name, or as the file itself writes it, where no name of ours fits."""
        try:
            return Crs.parse(self.crs, configured_grids())
        except Invalid:
            return Crs(self.crs, own)


class Register:
    """Looks images up, and remembers what it found until a table changes."""

    def __init__(self, pool: Pool, generations: Generations) -> None:
        self._pool, self._generations = pool, generations
        self._known: LRUCache[Hashable, tuple[Image, ...]] = LRUCache(4096)
        self._lock = Lock()

    def get(self, number: int, audience: Audience) -> Image:
        """An image; ``NotFound`` when there is none, or none for this audience."""
        found = self._found(audience, None, (number,))
        if not found:
            raise NotFound(f"没有影像 {number} (no such image)")
        return found[0]

    def listed(self, audience: Audience) -> tuple[Image, ...]:
        """The newest images an audience may see, at most ``MOST_LISTED``; none where it may not see the layer."""
        try:
            return tuple(image for image in self._found(audience, MOST_LISTED, ()) if image.ready)
        except NotFound:
            return ()

    def _found(self, audience: Audience, limit: int | None, parameters: tuple[int, ...]) -> tuple[Image, ...]:
        statement = registered(registry.get(LAYER, audience), audience, COLUMNS, limit)
        if statement is NOTHING:
            return ()
        # The generation is read before the rows, as for tiles.
        key = (audience, limit, parameters, self._generations.generation(statement.tables))
        with self._lock:
            known = self._known.get(key)
        if known is None:
            rows = self._pool.rows(statement.sql, (*parameters, *statement.constants), statement.role)
            known = tuple(Image(**dict(zip(COLUMNS, row[:-4], strict=True)), box=row[-4:]) for row in rows)
            with self._lock:
                self._known[key] = known
        return known
