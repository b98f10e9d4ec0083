"""OGC API Tiles: every collection as tiles of WebMercatorQuad, described; the tiles are those of `/tiles`."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from frontend.ogc.answers import JSON, PLAIN, REL, Link, form_of, link, links, shown, url, written
from frontend.parameters import only
from frontend.passport import audience
from gis.crs_served import CRS84, WEB, by_code
from gis.errors import NotFound
from layers import registry
from layers.layer import Layer
from layers.manifest import holdings
from layers.properties import kind_of
from layers.schemas import KINDS
from layers.scope import Audience
from tiles.cover import Cover

QUAD = "WebMercatorQuad"
QUAD_URI = "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad"
MVT = "application/vnd.mapbox-vector-tile"
EDGE_M, PIXEL_M, SIDE, ZOOMS = 20037508.3427892, 0.00028, 256, range(23)
GRAIN = 1e-7
"""Degrees, a centimetre: what is one point has a box all the same."""
Json = dict[str, Any]


@require_safe
def sets(request: HttpRequest) -> HttpResponse:
    """The tile matrix sets: one."""
    only(request.GET, "f")
    who, form = audience(request), form_of(request, PLAIN)
    one = {"id": QUAD, "title": "Google Maps Compatible for the World", "uri": QUAD_URI, "crs": by_code(WEB).uri}
    one["links"] = [link(url(request, f"/tileMatrixSets/{QUAD}"), "self", JSON)]
    told = {"tileMatrixSets": [one], "links": links(request, form, PLAIN)}
    return _said(request, who, form, QUAD, told)


@require_safe
def matrix_set(request: HttpRequest, name: str) -> HttpResponse:
    """The definition of WebMercatorQuad (OGC 17-083r4)."""
    only(request.GET, "f")
    _known(name)
    who, form = audience(request), form_of(request, PLAIN)
    widest = 2 * EDGE_M / SIDE
    told = {
        "id": QUAD,
        "title": "Google Maps Compatible for the World",
        "uri": QUAD_URI,
        "crs": by_code(WEB).uri,
        "orderedAxes": ["E", "N"],
        "wellKnownScaleSet": "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible",
        "tileMatrices": [
            {
                "id": str(zoom),
                "scaleDenominator": widest / 2**zoom / PIXEL_M,
                "cellSize": widest / 2**zoom,
                "cornerOfOrigin": "topLeft",
                "pointOfOrigin": [-EDGE_M, EDGE_M],
                "tileWidth": SIDE,
                "tileHeight": SIDE,
                "matrixWidth": 2**zoom,
                "matrixHeight": 2**zoom,
            }
            for zoom in ZOOMS
        ],
    }
    return _said(request, who, form, QUAD, told)


@require_safe
def listing(request: HttpRequest, layer_id: str) -> HttpResponse:
    """The tilesets of a collection: one."""
    who = audience(request)
    layer = registry.get(layer_id, who)
    only(request.GET, "f")
    form = form_of(request, PLAIN)
    one = _head(request, layer)
    one["links"] = [link(url(request, f"/collections/{layer.id}/tiles/{QUAD}"), "self", JSON), *one["links"]]
    told = {"tilesets": [one], "links": links(request, form, PLAIN)}
    return _said(request, who, form, layer.title, told)


@require_safe
def tileset(request: HttpRequest, layer_id: str, name: str) -> HttpResponse:
    """The tileset of a collection (OGC 17-083r4, tileset metadata)."""
    who = audience(request)
    layer = registry.get(layer_id, who)
    only(request.GET, "f")
    _known(name)
    form = form_of(request, PLAIN)
    head = _head(request, layer)
    told = head | _holds(layer, who) | {"links": [*links(request, form, PLAIN), *head["links"]]}
    return _said(request, who, form, layer.title, told)


def _said(request: HttpRequest, who: Audience, form: str, title: str, told: Json) -> HttpResponse:
    if form == "html":
        text = json.dumps(told, ensure_ascii=False, indent=2)
        return shown(request, who, "told", {"title": title, "text": text})
    return written(request, who, told)


def _known(name: str) -> None:
    if name != QUAD:
        raise NotFound(f"没有瓦片方案“{name[:40]}”，有 {QUAD} (no such tile matrix set)")


def _head(request: HttpRequest, layer: Layer) -> Json:
    here = request.build_absolute_uri(f"/tiles/{layer.id}")
    template: Link = link(here + "/{tileMatrix}/{tileCol}/{tileRow}.mvt", "item", MVT, layer.title)
    return {
        "title": f"{layer.title} {layer.title_en}",
        "dataType": "vector",
        "crs": by_code(WEB).uri,
        "tileMatrixSetURI": QUAD_URI,
        "links": [
            template | {"templated": True},
            link(url(request, f"/tileMatrixSets/{QUAD}"), REL + "tiling-scheme", JSON),
            link(f"{here}.json", "describedby", JSON, "TileJSON"),
            link(url(request, f"/collections/{layer.id}"), "collection", JSON, layer.title),
            link(url(request, f"/collections/{layer.id}"), REL + "geodata", JSON, layer.title),
        ],
    }


def _limits(layer: Layer, bounds: list[float]) -> list[Json]:
    """Between which rows and columns there is anything: programs look there and not all over the world."""
    west, south, east, north = bounds
    box = max(west - GRAIN, -180), max(south - GRAIN, -90), min(east + GRAIN, 180), min(north + GRAIN, 90)
    cover = Cover(*box, layer.min_zoom, layer.max_zoom)
    names = ("minTileCol", "maxTileCol", "minTileRow", "maxTileRow")
    zooms = range(cover.first, cover.last + 1)
    return [{"tileMatrix": str(zoom), **dict(zip(names, cover.span(zoom), strict=True))} for zoom in zooms]


def _holds(layer: Layer, who: Audience) -> Json:
    bounds = holdings(layer, who)["bounds"]
    corners = {"lowerLeft": bounds[:2], "upperRight": bounds[2:], "crs": CRS84.uri} if bounds else {}
    return {
        **({"boundingBox": corners, "tileMatrixSetLimits": _limits(layer, bounds)} if corners else {}),
        "layers": [
            {
                "id": layer.id,
                "title": layer.title,
                "dataType": "vector",
                "minTileMatrix": str(layer.min_zoom),
                "maxTileMatrix": str(layer.max_zoom),
                "propertiesSchema": {
                    "type": "object",
                    "properties": {
                        field.key: {"title": field.title, **KINDS[kind_of(layer, field.name)]}
                        for field in layer.tile_fields(who)
                    },
                },
            }
        ],
    }
