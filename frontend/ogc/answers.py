"""How answers leave: in which form, with which links, and who may keep them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from isal import igzip

from gis.errors import Invalid
from layers.scope import Audience
from tiles.server import LONGEST_HEADER, accepts_gzip

ROOT = "/ogc"
JSON, HTML, GEOJSON, SCHEMA = "application/json", "text/html", "application/geo+json", "application/schema+json"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
PLAIN = {"json": JSON, "html": HTML}
FORMS = {
    "json": GEOJSON,
    "html": HTML,
    "csv": "text/csv",
    "geojsonl": "application/geo+json-seq",
    "gpkg": "application/geopackage+sqlite3",
    "shp": "application/zip",
    "fgb": "application/flatgeobuf",
}
"""Of items; from CSV on they are files of all of them."""
TITLES = {
    JSON: "JSON",
    HTML: "网页 Page",
    GEOJSON: "GeoJSON",
    "text/csv": "CSV (Excel)",
    "application/geo+json-seq": "GeoJSON-seq",
    "application/geopackage+sqlite3": "GeoPackage",
    "application/zip": "Shapefile (zip)",
    "application/flatgeobuf": "FlatGeobuf",
}
"""What people call the forms; links bear it."""
REL = "http://www.opengis.net/def/rel/ogc/1.0/"
FRESH_S = 30
Answer = TypeVar("Answer", bound=HttpResponseBase)
Link = dict[str, Any]


def form_of(request: HttpRequest, forms: Mapping[str, str]) -> str:
    """Return the form asked for: by ``f``, else by Accept, else the first; ``Invalid`` for an ``f`` there is not."""
    if "f" in request.GET:
        asked = request.GET["f"]
        if asked not in forms:
            known = " ".join(forms)
            raise Invalid(f"参数 f：没有“{asked[:30]}”，有 {known} / parameter f: no {asked[:30]!r}; there are {known}")
        return asked
    first = next(iter(forms))
    if request.META.get("HTTP_ACCEPT", "*/*") == "*/*":
        return first
    preferred = request.get_preferred_type([*forms.values(), JSON])
    return next((form for form, kind in forms.items() if kind == preferred), first)


def url(request: HttpRequest, path: str = "", **query: str) -> str:
    """Return an absolute URL below the root of the API."""
    words = f"?{urlencode(query)}" if query else ""
    return request.build_absolute_uri(f"{ROOT}{path}{words}")


def link(href: str, rel: str, kind: str, title: str = "") -> Link:
    """Return a link as OGC API writes it."""
    return {"href": href, "rel": rel, "type": kind, **({"title": title} if title else {})}


def links(request: HttpRequest, form: str, forms: Mapping[str, str]) -> list[Link]:
    """Return the links to this answer and to its other forms."""
    here = again(request)
    names = [form, *(name for name in forms if name != form)]
    kinds = [(name, "alternate" if at else "self", forms[name]) for at, name in enumerate(names)]
    return [link(f"{here}f={name}", rel, kind, TITLES[kind]) for name, rel, kind in kinds]


def again(request: HttpRequest, **changed: str) -> str:
    """Return the absolute URL of the same question with other words in it, to which the form is still to be added."""
    asked = request.META.get("QUERY_STRING", "").encode("latin-1").decode(errors="replace")  # as WSGI has it
    kept = [part for part in asked.split("&") if part and part.partition("=")[0] not in ("f", *changed)]
    words = [*kept, *([urlencode(changed)] if changed else [])]
    return request.build_absolute_uri(f"{request.path}?{''.join(f'{word}&' for word in words)}")


def written(request: HttpRequest, who: Audience, value: Any, kind: str = JSON) -> HttpResponse:
    """Return a value as JSON, with Chinese as it is."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return kept(HttpResponse(text, content_type=kind), who)


def shown(request: HttpRequest, who: Audience, template: str, context: dict[str, Any]) -> HttpResponse:
    """Return a page; its head has a form with a token, so that nobody keeps it."""
    response = render(request, f"frontend/ogc/{template}.html", context)
    patch_cache_control(response, private=True, no_store=True)
    return response


def packed(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Return an answer gzipped, where the asker takes that: at a third of the cost at which the middleware does."""
    response["Vary"] += ", Accept-Encoding"
    if accepts_gzip(request.META.get("HTTP_ACCEPT_ENCODING", "")[:LONGEST_HEADER]):
        response.content = igzip.compress(response.content, 1)
        response["Content-Encoding"] = "gzip"
    return response


def kept(response: Answer, who: Audience) -> Answer:
    """Let proxies keep for a moment what strangers see, and pages of other sites read it; nothing else."""
    response["Vary"] = "Accept, Cookie"
    response["Cache-Control"] = f"public, max-age={FRESH_S}" if who.public else "private, no-store"
    if who.public:
        response["Access-Control-Allow-Origin"] = "*"
    return response
