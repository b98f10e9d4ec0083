"""The OpenAPI 3.0 definition, made for whoever asks: the collections and parameters that exist for him, no other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from frontend.ogc.answers import FORMS, GEOJSON, HTML, JSON, OPENAPI, ROOT, SCHEMA
from frontend.ogc.asked import MOST, USUAL, parameters
from frontend.ogc.changes import FEATURE, PATCH, permitted
from frontend.ogc.systems import uris
from frontend.ogc.tiles import MVT
from layers import filters, registry
from layers.edits import Editor
from layers.layer import Layer
from layers.properties import Property, properties, sortables
from layers.schemas import KINDS
from layers.scope import Audience

Json = dict[str, Any]
PROBLEM = "application/problem+json"
SAID = {
    "POST": ("新增 create", "201", FEATURE),
    "PUT": ("替换 replace", "204", FEATURE),
    "PATCH": ("修改 update", "204", PATCH),
    "DELETE": ("删除 delete", "204", ()),
}
TOKEN = {scheme: {"type": "http", "scheme": scheme} for scheme in ("bearer", "basic")}
"""How a program shows a token (decision 0052); a stranger shows nothing."""
READING = (400, 401, 403, 404, 405, 429, 500, 503)
CHANGING = (*READING, 409, 412, 413, 415, 422, 428)
TILE = "/tiles/{}/{{tileMatrix}}/{{tileCol}}/{{tileRow}}.mvt"
"""Beside the root of the API: tiles are answered before Django (``tiles.server``)."""


def document(editor: Editor, url: str) -> Json:
    """Return the definition; ``url`` is the root of the API."""
    who = editor.audience
    layers = registry.visible(who)
    paths = {
        "/": _get("landing", "入口", "Landing page", [_form("json", "html")], JSON, HTML),
        "/conformance": _get("conformance", "符合的标准", "Conformance", [_form("json", "html")], JSON, HTML),
        "/api": _get("definition", "本文档", "This document", [_form("json", "html")], OPENAPI, HTML),
        "/collections": _get("collections", "图层", "Collections", [_form("json", "html")], JSON, HTML),
        "/tileMatrixSets": _get("sets", "瓦片方案", "Tile matrix sets", [_form("json", "html")], JSON, HTML),
        "/tileMatrixSets/WebMercatorQuad": _get("quad", "瓦片方案", "The set", [_form("json", "html")], JSON, HTML),
    }
    for layer in layers:
        paths |= _of(layer, who) | {TILE.format(layer.id): _tile(layer, url)}
        _add_changes(paths, layer, permitted(layer, editor))
    return {
        "openapi": "3.0.3",
        "info": {
            "title": f"{settings.CITY_NAME} · OGC API",
            "version": "1.0.0",
            "description": "OGC API Features 1–5; Tiles. 错误以 application/problem+json 说明。",
        },
        "servers": [{"url": url}],
        "tags": [{"name": layer.id, "description": f"{layer.title} {layer.title_en}"} for layer in layers],
        "paths": paths,
        "components": {"responses": {"Problem": _problem()}, "securitySchemes": TOKEN},
        "security": [{}, *({scheme: []} for scheme in TOKEN)],
    }


def spoken(told: Json) -> list[tuple[str, str, list[str]]]:
    """Return path, summary and names of parameters, for people."""
    return [
        (path, way["get"]["summary"], [one["name"] for one in way["get"]["parameters"]])
        for path, way in told["paths"].items()
    ]


def _of(layer: Layer, who: Audience) -> Json:
    here, tag, both = f"/collections/{layer.id}", layer.id, [_form("json", "html")]
    told = {
        here: _get(tag, layer.title, layer.title_en, both, JSON, HTML, tag=tag),
        f"{here}/items": _get(
            f"{tag}-items", f"{layer.title}：要素", "Features", _questions(layer, who), *FORMS.values(), tag=tag
        ),
        f"{here}/items/{{featureId}}": _get(
            f"{tag}-item", f"{layer.title}：一个要素", "A feature",
            [_id(), _crs("crs"), _names("properties", properties(layer, who)), *_purpose(layer), *both],
            GEOJSON, HTML, tag=tag,
        ),
        f"{here}/tiles": _get(f"{tag}-tiles", f"{layer.title}：瓦片", "Tilesets", both, JSON, HTML, tag=tag),
        f"{here}/tiles/WebMercatorQuad": _get(
            f"{tag}-tileset", f"{layer.title}：瓦片集", "Tileset", both, JSON, HTML, tag=tag
        ),
    }  # fmt: skip
    for kind, zh in (("schema", "属性"), ("queryables", "可查询属性"), ("sortables", "可排序属性")):
        told[f"{here}/{kind}"] = _get(f"{tag}-{kind}", f"{layer.title}：{zh}", kind, both, SCHEMA, HTML, tag=tag)
    return told


def _add_changes(paths: Json, layer: Layer, methods: list[str]) -> None:
    """Add the methods by which the asker may change features."""
    here = f"/collections/{layer.id}/items"
    for method in methods:
        words, answer, forms = SAID[method]
        paths[here if method == "POST" else f"{here}/{{featureId}}"][method.lower()] = {
            "operationId": f"{method.lower()}-{layer.id}-item",
            "summary": f"{layer.title}：{words}",
            "tags": [layer.id],
            "parameters": [_header("X-CSRFToken", "CSRF", False), *([] if method == "POST" else [_id(), *CONDITION])],
            **({"requestBody": {"required": True, "content": {form: {"schema": {"type": "object"}} for form in forms}}}
               if forms else {}),
            "responses": {answer: {"description": words}, **_refusals(CHANGING)},
        }  # fmt: skip


def _header(name: str, about: str, required: bool = True) -> Json:
    return {"name": name, "in": "header", "required": required, "schema": {"type": "string"}, "description": about}


def _get(name: str, zh: str, en: str, parameters: list[Json], *kinds: str, tag: str = "") -> Json:
    told: Json = {"operationId": f"get-{name}", "summary": f"{zh} {en}", "parameters": parameters}
    if tag:
        told["tags"] = [tag]
    content = {kind: {"schema": _body(kind)} for kind in kinds}
    told["responses"] = {"200": {"description": zh, "content": content}, **_refusals(READING)}
    return {"get": told}


def _refusals(statuses: tuple[int, ...]) -> Json:
    return {str(status): {"$ref": "#/components/responses/Problem"} for status in statuses}


def _tile(layer: Layer, url: str) -> Json:
    """A tile, at the path to which the template of the tileset leads."""
    numbers = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "integer", "minimum": 0}}
        for name in ("tileMatrix", "tileCol", "tileRow")
    ]
    kinds = {MVT: {"schema": _body(MVT)}}
    answers = {"200": {"description": "瓦片 a tile", "content": kinds}, "204": {"description": "空瓦片 nothing there"}}
    refused = {str(status): {"description": "拒绝 refused"} for status in (304, 400, 404, 503)}
    told = {"operationId": f"{layer.id}.collection.vector.getTile", "summary": f"{layer.title}：一张瓦片 A tile",
            "tags": [layer.id], "parameters": numbers, "responses": answers | refused}  # fmt: skip
    return {"servers": [{"url": url.removesuffix(ROOT)}], "get": told}


def _body(kind: str) -> Json:
    if "json" in kind and "seq" not in kind:
        return {"type": "object"}
    return {"type": "string"} if kind.startswith("text/") or "seq" in kind else {"type": "string", "format": "binary"}


def _questions(layer: Layer, who: Audience) -> list[Json]:
    simple = parameters(layer, who)
    box = {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 6}
    words = {"type": "string", "minLength": 1}
    return [
        _query("bbox", "西,南,东,北 west,south,east,north", box, style="form", explode=False),
        _crs("bbox-crs"),
        _query("datetime", "时刻或 起/止 an instant or an interval", words),
        _query(
            "limit",
            f"要素数，至多 {MOST}；number of features, above {MOST} is that",
            {"type": "integer", "minimum": 1, "default": USUAL},
        ),
        _query("filter", "CQL2", words),
        _query("filter-lang", "", {"type": "string", "enum": [*filters.LANGUAGES], "default": filters.LANGUAGES[0]}),
        _crs("filter-crs"),
        _crs("crs"),
        _names("sortby", sortables(layer, who), signed=True),
        _names("properties", properties(layer, who)),
        _query("after", "取自 next 链接 from a next link", words),
        *_purpose(layer),
        _form(*FORMS),
        *(_query(key, one.field.title if one.field else "编号", KINDS[one.kind]) for key, one in simple.items()),
    ]


def _query(name: str, about: str, schema: Json, **how: Any) -> Json:
    told = {"name": name, "in": "query", "required": False, "schema": schema, "style": "form", "explode": False, **how}
    return told | ({"description": about} if about else {})


def _form(*names: str) -> Json:
    return _query("f", "格式 form of the answer", {"type": "string", "enum": [*names]})


def _crs(name: str) -> Json:
    return _query(name, "坐标系 coordinate system", {"type": "string", "format": "uri", "enum": uris()})


def _names(name: str, known: Mapping[str, Property], signed: bool = False) -> Json:
    signs = ("", "+", "-") if signed else ("",)
    items = {"type": "string", "enum": [sign + key for key in known for sign in signs]}
    schema = {"type": "array", "items": items, **({"minItems": 1, "maxItems": 5} if signed else {})}
    return _query(name, "", schema, style="form", explode=False)


def _purpose(layer: Layer) -> list[Json]:
    schema = {"type": "string", "minLength": 1, "maxLength": 200}
    told = _query("purpose", "查询目的，会记录 what for; it is kept", schema)
    return [told | {"required": True}] if layer.guarded else []


CONDITION = [_header("If-Match", "所见的 ETag the ETag that was seen")]


def _id() -> Json:
    schema = {"type": "integer", "minimum": 0}
    return {"name": "featureId", "in": "path", "required": True, "schema": schema, "description": "编号 number"}


def _problem() -> Json:
    told = {"type": {"type": "string"}, "title": {"type": "string"}, "status": {"type": "integer"},
            "detail": {"type": "string"}}  # fmt: skip
    schema = {"type": "object", "required": ["title", "status"], "properties": told}
    return {
        "description": "哪里不对 what is wrong",
        "content": {PROBLEM: {"schema": schema}, HTML: {"schema": {"type": "string"}}},
    }
