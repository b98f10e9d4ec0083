"""The raw WSGI callable that answers ``/tiles`` before Django.

A tile that is kept costs a few dictionary look-ups: no middleware, no ORM, no database. Access is decided here: the
signed cookie says who asks, the registry says what exists for them.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple
from wsgiref.types import StartResponse, WSGIEnvironment

from django.conf import settings
from django.http.request import split_domain_port, validate_host
from psycopg import Error as DatabaseError

from gis.errors import NotFound
from layers import registry
from layers.layer import Layer
from layers.scope import TOKEN, Audience
from tiles import style, tile
from tiles.cache import Packed, pack
from tiles.export import answer as export
from tiles.gate import shown
from tiles.generations import INTERVAL_S
from tiles.pool import Busy, Pool
from tiles.raster import answer as raster
from tiles.raster.supply import Images
from tiles.ready import Answer, Given, Headers, Ready, question
from tiles.supply import ASKED, Supply
from tiles.tile import Tile
from tiles.witness import Witness

if TYPE_CHECKING:
    from tiles.shared import Shared

MVT = "application/vnd.mapbox-vector-tile"
JSON = "application/json"
MOST_LAYERS = 24
LONGEST_PATH = 600  # all layers at the deepest zoom need less; what is longer is not remembered
LONGEST_HEADER = 200
CACHING = {True: "public, max-age=0, s-maxage=1, must-revalidate", False: "private, no-cache"}
VARYING = "Cookie, Authorization, Accept-Encoding"
ALWAYS_ASK = ("X-Accel-Expires", "@1")
"""For nginx, which takes it out again: keep it, but ask each time whether it is still true (decision 0037)."""
READABLE = ("Access-Control-Expose-Headers", "X-Tile-Cut, X-Tile-Stale")
"""What a script on a page of another site may read besides the tile."""
SENTENCES = {
    "400 Bad Request": "请求的域名无效 / The host of the request is not one of ours",
    "404 Not Found": "找不到 / Not found",
    "405 Method Not Allowed": "不支持此方法 / Method not allowed",
    "500 Internal Server Error": "服务器出错,已记录 / Something went wrong; it has been recorded",
    "503 Service Unavailable": "服务器正忙或数据库不可用,请稍后再试 / Busy, or no database; try again in a moment",
}
EXTRA = {"405 Method Not Allowed": [("Allow", "GET, HEAD")], "503 Service Unavailable": [("Retry-After", "2")]}
log = logging.getLogger(__name__)

ENGLISH = "/tiles/en/"
"""Tiles with English names lie apart by their path: it is all that every cache on the way goes by."""


class Route(NamedTuple):
    """What a path asks for: of which layers, which tile, whether in English."""

    kind: str
    ids: tuple[str, ...] = ()
    place: Tile | None = None
    english: bool = False


class BadHost(Exception):
    """The Host header names a domain that is not ours."""


class Server:
    """Answers requests from one supply."""

    def __init__(self, supply: Supply) -> None:
        self.supply = supply
        self.images = Images(supply)
        self.ready = Ready(supply.generations, supply.gate)
        self.witness = Witness()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """WSGI: GET and HEAD; every failure is JSON with a sentence, and never names what the database said."""
        method = environ["REQUEST_METHOD"]
        if environ["PATH_INFO"].startswith(export.PREFIX):
            return export.respond(environ, start_response, failure)
        if method != "GET" and method != "HEAD":
            status, headers, body = failure("405 Method Not Allowed")
        else:
            status, headers, body = self._answer(environ)
        start_response(status, headers)
        return [] if method == "HEAD" else [body]

    def kept(self, path: str, cookies: str, tag: str, takes: str) -> Answer | None:
        """Return the answer to a GET that is remembered and certain to be true still; else nothing. It never waits: a
        path, and headers of what is shown, held and accepted, are all it looks at."""
        if len(takes) > LONGEST_HEADER or not accepts_gzip(takes):
            return None
        given = self.ready.find((path, shown(cookies), tag))
        if given is not None:
            ASKED.add("hit")
        return given

    def _answer(self, environ: WSGIEnvironment) -> Answer:
        try:
            return self._found(environ)
        except NotFound:
            return failure("404 Not Found")
        except BadHost:
            return failure("400 Bad Request")
        except Busy:
            return failure("503 Service Unavailable")
        except DatabaseError:
            log.exception("%r", environ["PATH_INFO"])
            return failure("500 Internal Server Error")

    def _found(self, environ: WSGIEnvironment) -> Answer:
        path = environ["PATH_INFO"]
        if len(path) > LONGEST_PATH:
            raise NotFound("路径过长 (the path is too long)")
        asked = question(environ) if takes_gzip(environ) else None
        given = self.ready.find(asked) if asked is not None else None
        if given is not None:
            ASKED.add("hit")
            return given
        known = self.supply.generations.certain()
        proof = self.supply.gate.proof(environ.get("HTTP_COOKIE", ""))
        audience = proof.audience
        if path.startswith(raster.PREFIX):
            return raster.answer(self.images, path, audience, _origin(environ), environ.get("HTTP_IF_NONE_MATCH"))
        kind, ids, place, english = route(path)
        if place is not None:
            layers = admitted(ids, audience)
            self.witness.see(proof, layers, place, environ.get(TOKEN, ""))
            packed = self.supply.tile(layers, audience, place, english)
            answer = _reply(environ, audience, MVT, packed)
            if asked is not None and known is not None and not packed.stale:
                self.ready.keep(asked, Given(answer, audience, known))
            return answer
        url = f"{_origin(environ)}/tiles"
        if kind == "style":
            images = [image.id for image in self.images.register.listed(audience)]
            body = json.dumps(style.document(registry.visible(audience), url, images), ensure_ascii=False).encode()
            return _reply(environ, audience, JSON, pack(body))
        layers = admitted(ids, audience)
        told = self.supply.tilejson(layers, audience, f"{url}{'/en' if english else ''}/{','.join(ids)}")
        return _reply(environ, audience, JSON, pack(told))


@lru_cache(maxsize=8192)
def route(path: str) -> Route:
    """Read ``/tiles/{ids}/{z}/{x}/{y}.mvt`` or ``/tiles/{ids}.json``, both with ``en/`` before the ids too, or
    ``/tiles/style.json``; ``NotFound`` otherwise."""
    english = path.startswith(ENGLISH)
    match path.removeprefix(ENGLISH if english else "/tiles/").split("/"):
        case ["style.json"] if not english:
            return Route("style")
        case [name] if name.endswith(".json"):
            return Route("tilejson", named(name.removesuffix(".json")), None, english)
        case [ids, z, x, name] if name.endswith(".mvt"):
            return Route("tile", named(ids), tile.parse(z, x, name.removesuffix(".mvt")), english)
    raise NotFound(path)


def named(text: str) -> tuple[str, ...]:
    """The ids of a list, in one order whatever was asked, so that the same layers share their tiles."""
    ids = tuple(sorted(set(text.split(","))))
    if len(ids) > MOST_LAYERS:
        raise NotFound(text)
    return ids


def admitted(ids: tuple[str, ...], audience: Audience) -> tuple[Layer, ...]:
    """The layers of these ids; ``NotFound`` when one of them does not exist for the audience."""
    return tuple([registry.get(layer_id, audience) for layer_id in ids])


def _reply(environ: WSGIEnvironment, audience: Audience, kind: str, packed: Packed) -> Answer:
    caching = "no-store" if packed.stale else CACHING[audience.public]
    headers = [("Cache-Control", caching), ("Vary", VARYING), ("X-Content-Type-Options", "nosniff")]
    if audience.public:
        headers += [export.ANY_PAGE, READABLE]
    if audience.public and not packed.stale:  # nginx would keep it against `no-store`, and its mark for good
        headers.append(ALWAYS_ASK)
    if packed.cut:
        headers.append(("X-Tile-Cut", packed.cut))
    if packed.stale:
        headers.append(("X-Tile-Stale", "1"))
    if not packed.gzip:  # MapLibre and protomaps-leaflet both read "no content" as an empty tile
        return "204 No Content", headers, b""
    etag = f'W/"{packed.digest}"'  # weak: gzip and plain are the same tile
    headers.append(("ETag", etag))
    # A 304 has a proxy show its own copy, without the mark.
    asked = None if packed.stale else environ.get("HTTP_IF_NONE_MATCH")
    if asked is not None and (packed.digest in asked or asked.strip() == "*"):
        return "304 Not Modified", headers, b""
    headers.append(("Content-Type", kind))
    if takes_gzip(environ):
        headers.append(("Content-Encoding", "gzip"))
        body = packed.gzip
    else:
        body = packed.plain()
    headers.append(("Content-Length", str(len(body))))
    return "200 OK", headers, body


def takes_gzip(environ: WSGIEnvironment) -> bool:
    """Whether we may send gzip to who asks."""
    header = environ.get("HTTP_ACCEPT_ENCODING", "")
    return len(header) <= LONGEST_HEADER and accepts_gzip(header)


@lru_cache(maxsize=256)
def accepts_gzip(header: str) -> bool:
    """Whether an Accept-Encoding header lets us send gzip."""
    for choice in header.lower().split(","):
        coding, _, quality = choice.replace(" ", "").partition(";q=")
        if coding in ("gzip", "*"):
            return quality.strip("0.") != "" or quality == ""
    return False


def _origin(environ: WSGIEnvironment) -> str:
    host = str(environ.get("HTTP_HOST") or f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}")
    domain, _ = split_domain_port(host[: LONGEST_HEADER + 1])
    if len(host) > LONGEST_HEADER or not (domain and validate_host(domain, settings.ALLOWED_HOSTS)):
        raise BadHost
    header, secure = settings.SECURE_PROXY_SSL_HEADER or ("", "")
    scheme = "https" if header and environ.get(header) == secure else environ["wsgi.url_scheme"]
    return f"{scheme}://{host}"


def failure(status: str, sentence: str = "") -> Answer:
    """The answer that says what went wrong."""
    told = {"error": sentence or SENTENCES[status], "status": int(status[:3])}
    body = json.dumps(told, ensure_ascii=False).encode()
    headers: Headers = [
        ("Content-Type", JSON),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
        *EXTRA.get(status, []),
    ]
    return status, headers, body


def make(**choices: Any) -> Server:
    """Return a server with a supply of its own: ``size`` in bytes, ``interval_s`` between readings of the news."""
    return Server(Supply(Pool(), **choices))


def shared() -> Shared | None:
    """The cache that processes share, where the settings name one; who has none need not wait for its driver."""
    if not settings.REDIS_URL:
        return None
    from tiles.shared import Shared

    return Shared(settings.REDIS_URL, settings.SECRET_KEY)


# A call comes from the primary, and a replica may not have its rows yet: it is asked more often.
application = make(hearing=True, shared=shared(), interval_s=INTERVAL_S if settings.READS == settings.HELD else 0.25)
