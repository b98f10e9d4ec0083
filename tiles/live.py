"""``GET /live/changes?since=&layers=&bbox=``: where layers changed since a page last asked, answered from memory.

``{"at": "<epoch>.<seq>-<day>", "layers": {id: "all" | [[west, south, east, north], …]}}``, boxes in whole metres of
EPSG:3857, to be compared with any tile of any zoom; a fifth number is the deepest zoom that a box matters to. ``at`` is
the next ``since``. ``"reload": true`` when what was missed cannot be told. A layer of which this audience sees only
some rows is told of as a whole: boxes would say where the others are. So is one whose rows hold for days, when the
database has another day than the page that asks.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl
from wsgiref.types import StartResponse, WSGIEnvironment

from gis.errors import Invalid, NotFound
from gis.models import Coarse
from gis.queries import mercator
from layers.coarse import counts_of
from layers.layer import Layer, everything
from layers.scope import Audience
from tiles import server
from tiles.generations import Known
from tiles.marks import Marks
from tiles.pool import Busy
from tiles.ready import Answer
from tiles.statement import statement
from tiles.supply import Supply
from tiles.tile import HALF_WORLD_M, MAX_ZOOM, Box

LONGEST_QUERY = 1000
LONGEST_SINCE = 40
MOST = 500
"""Boxes of a layer in an answer; more are "all"."""
EVERYWHERE = [math.floor(-HALF_WORLD_M), math.floor(-HALF_WORLD_M), math.ceil(HALF_WORLD_M), math.ceil(HALF_WORLD_M)]
NOW = b"STATEMENT_TIMESTAMP()"
"""By which PostgreSQL says what is in force."""
STORED = Coarse._meta.db_table
PATH = "/live/changes"
Told = list[list[int]] | str


class Live:
    """Answers from what the tiles' supply knows of the news."""

    def __init__(self, supply: Supply) -> None:
        self.supply = supply

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """WSGI: GET and HEAD. Layers that do not exist for who asks are 404, as their tiles are."""
        method = environ["REQUEST_METHOD"]
        if method not in ("GET", "HEAD"):
            status, headers, body = server.failure("405 Method Not Allowed")
        else:
            status, headers, body = self._answer(environ)
        start_response(status, headers)
        return [] if method == "HEAD" else [body]

    def _answer(self, environ: WSGIEnvironment) -> Answer:
        try:
            return reply(self._changes(environ))
        except NotFound:
            return server.failure("404 Not Found")
        except Invalid as wrong:
            return server.failure("400 Bad Request", str(wrong))
        except Busy:
            return server.failure("503 Service Unavailable")

    def _changes(self, environ: WSGIEnvironment) -> dict[str, Any]:
        if environ["PATH_INFO"] != PATH:
            raise NotFound(environ["PATH_INFO"][:LONGEST_QUERY])
        asked = question(environ.get("QUERY_STRING", ""))
        audience = self.supply.gate.asker(environ.get("HTTP_COOKIE", ""))
        layers = server.admitted(server.named(asked.get("layers", "")), audience)
        box = window(asked["bbox"]) if asked.get("bbox") else None
        known = self.supply.generations.now()
        at = known.name
        since, day = moment(asked.get("since", ""), known)
        if since is None:
            return {"at": at, "reload": True, "layers": {}}
        told = {layer.id: changes(layer, audience, known, since, box) for layer in layers}
        if day != known.day:
            told |= {layer.id: "all" for layer in layers if dated(layer, audience)}
        return {"at": at, "layers": {name: where for name, where in told.items() if where}}


def question(text: str) -> dict[str, str]:
    """Read a query string; ``Invalid`` when it is too long or no such thing."""
    if len(text) > LONGEST_QUERY:
        raise Invalid("查询过长 (the query is too long)")
    try:
        return dict(parse_qsl(text, max_num_fields=8))
    except ValueError:
        raise Invalid("查询无法读取 (the query cannot be read)") from None


def moment(text: str, known: Known) -> tuple[int | None, int]:
    """The moment that a page names by ``<epoch>.<seq>-<day>``, and its day; None when nobody can tell what since."""
    epoch, _, rest = text[:LONGEST_SINCE].partition(".")
    number, _, day = rest.partition("-")
    if epoch != known.epoch or not all(part.isascii() and part.isdecimal() for part in (number, day)):
        return None, 0
    at = known.base + int(number)
    return at if known.start <= at <= known.at else None, int(day)


def window(text: str) -> Box:
    """Read west,south,east,north in degrees, as metres of EPSG:3857."""
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        west = south = east = north = math.nan
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise Invalid("bbox 应为 西,南,东,北(度) / bbox is west,south,east,north in degrees")
    return (*mercator(west, south), *mercator(east, north))


def changes(layer: Layer, audience: Audience, known: Known, since: int, box: Box | None) -> Told:
    """Where a layer changed for an audience since a moment; nothing when it did not."""
    found: list[list[int]] = []
    for marks, exact, last in known_of(layer, audience, known):
        if marks.last <= since:
            continue
        far = [last] if last < MAX_ZOOM else []
        within = marks.within(box, since).tolist()
        if exact and marks.floor <= since and not narrowed(layer, audience) and len(found) + len(within) <= MOST:
            found += [[math.floor(w), math.floor(s), math.ceil(e), math.ceil(n), *far] for w, s, e, n in within]
        elif far:
            found.append([*EVERYWHERE, *far])
        else:
            return "all"
    return found


def known_of(layer: Layer, audience: Audience, known: Known) -> Iterator[tuple[Marks, bool, int]]:
    """What is known of each table that a layer's tiles read, and of zooms of it that were purged: whether its rows are
    shown only where they are, and the deepest zoom that it matters to."""
    for table, exact, last in read_by(layer, audience):
        yield stored(layer, known) if table == STORED else known.marks(table), exact, last
        yield from ((marks, exact, zoom) for (name, zoom), marks in known.purged.items() if name == table)


def stored(layer: Layer, known: Known) -> Marks:
    """The changes of what is stored for a layer. Boxes of the table would tell of all layers, of rows that others hide
    too; that it changed as a whole tells no place."""
    whole, own = known.marks(STORED).floor, known.marks(f"{STORED}:{layer.id}")
    return replace(own, last=max(own.last, whole), floor=max(own.floor, whole))


@lru_cache(maxsize=1024)
def read_by(layer: Layer, audience: Audience) -> tuple[tuple[str, bool, int], ...]:
    """The tables that a layer's tiles read, whether their rows are shown only where they are, and the deepest zoom at
    which they are read: what stands for rows far out matters to nobody who is near."""
    found: dict[str, tuple[bool, int]] = {}
    for zoom in range(MAX_ZOOM + 1):
        cut = statement((layer,), audience, zoom)
        for table in cut.tables:
            found[table] = found.get(table, (True, 0))[0] and table in cut.own, zoom
    deepest = max((zoom for _, zoom in found.values()), default=0)
    return tuple((table, exact, zoom if zoom < deepest else MAX_ZOOM) for table, (exact, zoom) in found.items())


@lru_cache(maxsize=1024)
def dated(layer: Layer, audience: Audience) -> bool:
    """Whether a layer shows other rows on another day, though nobody changed any."""
    return any(NOW in statement((layer,), audience, zoom).sql for zoom in range(MAX_ZOOM + 1))


def narrowed(layer: Layer, audience: Audience) -> bool:
    """Whether the layer's table has rows that this audience never sees, or cells of few that are not told."""
    counts = counts_of(layer.coarse)
    return (
        layer.select is not everything
        or bool(counts and counts.least > 1)
        or bool(layer.by_area and audience.area)
        or any(below > layer.max_zoom for below, _ in layer.thin)
    )


def reply(body: dict[str, Any]) -> Answer:
    """The answer as JSON that nobody keeps."""
    content = json.dumps(body, separators=(",", ":")).encode()
    headers = [
        ("Content-Type", server.JSON),
        ("Content-Length", str(len(content))),
        ("Cache-Control", "no-store"),
        ("Vary", "Cookie, Authorization"),
        ("X-Content-Type-Options", "nosniff"),
    ]
    return "200 OK", headers, content


def at() -> str:
    """The moment of the news that a page made now is as new as; empty when nobody has read any yet: that page, the
    first of a new process, is told to ask for all its tiles once more, and misses nothing."""
    known = application.supply.generations.known
    return known.name if known else ""


application = Live(server.application.supply)
