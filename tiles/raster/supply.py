"""Where tiles of images come from: the cache, asked after the register, else the served copy, a few at a time."""

from __future__ import annotations

import json
import logging
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from threading import BoundedSemaphore, Lock

from cachetools import LRUCache
from prometheus_client import Histogram
from rasterio.errors import RasterioError

from gis.errors import Invalid, NotFound
from gis.ingest.pyramids import served
from layers.scope import Audience
from tiles.cache import Packed
from tiles.pool import Busy
from tiles.raster import draw
from tiles.raster.mesh import Frame
from tiles.raster.register import Image, Register
from tiles.raster.window import Unreadable
from tiles.supply import SECONDS, Supply

LOOK = 1
"""Raise it when images are drawn differently, so that browsers ask anew."""
DRAWING = 2
PLACES = 8
"""Of the server's 32 threads: vector tiles and pages need the others."""
PATIENCE_S = 4.0
DRAWN = Histogram("chengtu_raster_tile_seconds", "Seconds it took to draw a tile of an image", buckets=SECONDS)
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Wanted:
    """One tile of an image in a style and a format."""

    image: Image
    style: str
    frame: Frame
    form: str

    @property
    def key(self) -> Hashable:
        """Everything that the bytes depend on; who asks is no part of it."""
        tile = self.frame.tile
        place = (tile.z, tile.x, tile.y, self.frame.scale)
        return ("raster", LOOK, self.image.sha256, self.image.crs, self.image.kind, self.style, place, self.form)

    @property
    def digest(self) -> str:
        """The key as an ETag."""
        return blake2b(repr(self.key).encode(), digest_size=10).hexdigest()


class Images:
    """Tiles and TileJSON of images; who asks is checked at each request, before anything kept is handed out."""

    def __init__(self, supply: Supply, drawing: int = DRAWING, places: int = PLACES) -> None:
        self.register = Register(supply.pool, supply.generations)
        self._cache, self._generations = supply.cache, supply.generations
        self._drawing, self._places = BoundedSemaphore(drawing), BoundedSemaphore(places)
        self._lost: LRUCache[str, bool] = LRUCache(1000)
        self._lock = Lock()

    @property
    def stale(self) -> bool:
        """Whether nobody can tell now what the register says: the database is away."""
        return self._generations.away

    def image(self, number: int, audience: Audience, style: str) -> Image:
        """An image that can be drawn so; ``NotFound`` for what does not exist for this audience."""
        image = self.register.get(number, audience)
        if style and style not in image.styles:
            raise NotFound(f"影像 {number} 没有样式「{style}」 (no such style)")
        return image

    def tile(self, wanted: Wanted) -> Packed:
        """Draw a tile, or hand out the one kept; ``Busy`` when too many wait, ``NotFound`` for a file that is lost."""
        kept = self._cache.get(wanted.key)
        if kept is not None:
            return kept
        with self._place():
            return self._cache.get_or_make(wanted.key, lambda: self._drawn(wanted))

    def tilejson(self, image: Image, url: str) -> bytes:
        """The TileJSON of an image whose tiles are below ``url``."""
        if not image.ready:
            raise self._lost_image(image, FileNotFoundError())
        first, deepest = image.zooms
        told = {
            "tilejson": "3.0.0",
            "name": image.name,
            "tiles": [f"{url}/{{z}}/{{x}}/{{y}}.webp"],
            "bounds": image.bounds,
            "minzoom": first,
            "maxzoom": deepest,
            "attribution": image.source,
            "styles": image.styles,
        }
        return json.dumps(told, ensure_ascii=False).encode()

    @contextmanager
    def _place(self) -> Iterator[None]:
        if not self._places.acquire(blocking=False):
            raise Busy
        try:
            yield
        finally:
            self._places.release()

    def _drawn(self, wanted: Wanted) -> bytes:
        if not self._drawing.acquire(timeout=PATIENCE_S):
            raise Busy
        try:
            with DRAWN.time():
                return draw.tile(served(wanted.image.sha256), wanted.image, wanted.style, wanted.frame, wanted.form)
        except (RasterioError, OSError, Unreadable, Invalid) as error:
            raise self._lost_image(wanted.image, error) from error
        finally:
            self._drawing.release()

    def _lost_image(self, image: Image, error: Exception) -> NotFound:
        """Say once that a file is broken or gone; to whoever asks it is as if it did not exist."""
        with self._lock:
            said, self._lost[image.sha256] = image.sha256 in self._lost, True
        if not said:
            log.error("image %s (%s) cannot be read: %s", image.id, image.name, type(error).__name__)
        return NotFound(f"影像 {image.id} 无法读取 (the image cannot be read)")
