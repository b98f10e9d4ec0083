"""``/tiles/raster/…`` over WSGI: paths read, tiles and TileJSON answered with their conditions.

``/tiles/raster/{id}/{z}/{x}/{y}.webp`` and ``.png``, twice as fine with ``@2x`` before the dot, and
``/tiles/raster/{id}.json``; ``{id}-shade``, ``-height`` or ``-photo`` names a style.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from gis.errors import NotFound
from layers.scope import Audience
from tiles import tile
from tiles.export.answer import ANY_PAGE
from tiles.raster.mesh import Frame
from tiles.raster.supply import Images, Wanted

PREFIX = "/tiles/raster/"
CACHING = {True: "public, max-age=0, s-maxage=1, must-revalidate", False: "private, no-cache"}
VARYING = "Cookie, Authorization"
_IMAGE = r"/tiles/raster/([0-9]{1,9})(?:-(photo|shade|height))?"
_TILE = re.compile(_IMAGE + r"/([0-9]{1,7})/([0-9]{1,7})/([0-9]{1,7})(@2x)?\.(png|webp)", re.ASCII)
_TILEJSON = re.compile(_IMAGE + r"\.json", re.ASCII)

Headers = list[tuple[str, str]]
Answer = tuple[str, Headers, bytes]


@dataclass(frozen=True, slots=True)
class Asked:
    """A path understood; without a frame it asks for the TileJSON."""

    number: int
    style: str
    frame: Frame | None = None
    form: str = ""


@lru_cache(maxsize=8192)
def route(path: str) -> Asked:
    """Read a path; ``NotFound`` for any other."""
    if found := _TILE.fullmatch(path):
        number, style, z, x, y, twice, form = found.groups()
        return Asked(int(number), style or "", Frame(tile.parse(z, x, y), 2 if twice else 1), form)
    if found := _TILEJSON.fullmatch(path):
        return Asked(int(found[1]), found[2] or "")
    raise NotFound(path)


def answer(images: Images, path: str, audience: Audience, origin: str, condition: str | None) -> Answer:
    """Status, headers and body; ``condition`` is the request's If-None-Match."""
    asked = route(path)
    image = images.image(asked.number, audience, asked.style)
    stale = images.stale
    headers = kept_how(audience, stale)
    if asked.frame is None:
        body = images.tilejson(image, f"{origin}{path.removesuffix('.json')}")
        return "200 OK", [*headers, ("Content-Type", "application/json"), ("Content-Length", str(len(body)))], body
    wanted = Wanted(image, asked.style, asked.frame, asked.form)
    # The tag follows from what is asked: a browser that has the tile is answered without looking for it. Of what may be
    # old it gets none: a 304 would have a proxy show its own copy, without the mark.
    tagged = headers if stale else [*headers, ("ETag", f'"{wanted.digest}"')]
    if condition is not None and wanted.digest in condition and not stale:
        return "304 Not Modified", tagged, b""
    packed = images.tile(wanted)
    if not packed.gzip:
        return "204 No Content", headers, b""
    body = packed.plain()
    return "200 OK", [*tagged, ("Content-Type", f"image/{asked.form}"), ("Content-Length", str(len(body)))], body


def kept_how(audience: Audience, stale: bool) -> Headers:
    """Who may keep it, and how: as with other tiles."""
    caching = "no-store" if stale else CACHING[audience.public]
    headers = [("Cache-Control", caching), ("Vary", VARYING), ("X-Content-Type-Options", "nosniff")]
    if audience.public:
        headers.append(ANY_PAGE)
    if audience.public and not stale:
        headers.append(("X-Accel-Expires", "@1"))  # nginx asks each time
    if stale:
        headers.append(("X-Tile-Stale", "1"))
    return headers
