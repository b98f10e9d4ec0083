"""Collections: every layer that the asker may see, described by its declaration and by what it holds."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from frontend.ogc.answers import FORMS, HTML, JSON, PLAIN, REL, SCHEMA, form_of, link, links, shown, url, written
from frontend.ogc.changes import editor, permitted
from frontend.ogc.systems import systems, uris
from frontend.parameters import only
from frontend.passport import audience
from gis.crs_served import CRS84
from layers import registry
from layers.incoming import writable
from layers.layer import Layer
from layers.manifest import GROUPS, holdings
from layers.properties import ID, properties, queryables, sortables
from layers.schemas import schema
from layers.scope import Audience

GROUP = {name: f"{zh} {en}" for name, zh, en in GROUPS}
SCHEMAS = {"json": SCHEMA, "html": HTML}


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """All collections."""
    only(request.GET, "f")
    who, form = audience(request), form_of(request, PLAIN)
    told = [describe(request, layer, who) for layer in registry.visible(who)]
    if form == "html":
        return shown(request, who, "collections", {"collections": told})
    return written(request, who, {"links": links(request, form, PLAIN), "collections": told, "crs": uris()})


@require_safe
def one(request: HttpRequest, layer_id: str) -> HttpResponse:
    """One collection."""
    who = audience(request)
    layer = registry.get(layer_id, who)
    only(request.GET, "f")
    form, told = form_of(request, PLAIN), describe(request, layer, who)
    if form == "html":
        return shown(request, who, "collection", {"about": told, "layer": layer, "fields": properties(layer, who)})
    told["links"] = [*links(request, form, PLAIN), *told["links"]]
    return written(request, who, told)


def describe(request: HttpRequest, layer: Layer, who: Audience) -> dict[str, Any]:
    """Return what a collection is."""
    held = holdings(layer, who)
    sources = "、".join(str(one["source"]) for one in held["sources"])
    extent = {"extent": {"spatial": {"bbox": [held["bounds"]], "crs": CRS84.uri}}} if held["bounds"] else {}
    return {
        "id": layer.id,
        "title": f"{layer.title} {layer.title_en}",
        "description": GROUP.get(layer.group, layer.group),
        **({"attribution": sources} if sources else {}),
        **extent,
        "itemType": "feature",
        "crs": uris(),
        "storageCrs": systems()[1].uri,
        "defaultSortOrder": [ID.key],
        "links": _ways(request, layer),
    }


def _ways(request: HttpRequest, layer: Layer) -> list[dict[str, Any]]:
    here = f"/collections/{layer.id}"
    return [
        link(url(request, here), "collection", JSON, layer.title),
        *(link(url(request, f"{here}/items", f=form), "items", kind, layer.title) for form, kind in FORMS.items()),
        link(url(request, f"{here}/queryables"), REL + "queryables", SCHEMA, "可查询属性 Queryables"),
        link(url(request, f"{here}/sortables"), REL + "sortables", SCHEMA, "可排序属性 Sortables"),
        link(url(request, f"{here}/schema"), REL + "schema", SCHEMA, "属性 Schema"),
        link(url(request, f"{here}/tiles"), REL + "tilesets-vector", JSON, "矢量瓦片 Vector tiles"),
    ]


@require_safe
def told_by(request: HttpRequest, layer_id: str, kind: str) -> HttpResponse:
    """The schema of a collection: all properties, or those to ask or to order by."""
    who = audience(request)
    layer = registry.get(layer_id, who)
    only(request.GET, "f")
    form = form_of(request, SCHEMAS)
    about = {"schema": properties, "queryables": queryables, "sortables": sortables}[kind](layer, who)
    uri = url(request, f"/collections/{layer.id}/{kind}")
    told = schema(layer, list(about.values()), uri, shape=kind != "sortables", closed=kind != "schema")
    if kind == "schema" and permitted(layer, editor(request)):
        for key in about.keys() - writable(layer, who).keys():
            told["properties"][key]["readOnly"] = True
    if form == "html":
        return shown(request, who, "schema", {"layer": layer, "about": about, "kind": kind})
    return written(request, who, told, SCHEMA)
