"""The fields of a layer as JSON Schema (OGC 23-058r1): what is told, what may be asked by, what may be ordered by."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from typing import Any

from gis.models import Code
from layers.layer import Layer
from layers.properties import ID, Property

Json = dict[str, Any]
DRAFT = "https://json-schema.org/draft/2020-12/schema"
MOST_WORDS = 300
KINDS: dict[str, Json] = {
    "string": {"type": "string"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
    "days": {"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 2},
    "moments": {"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 2},
    "strings": {"type": "array", "items": {"type": "string"}},
    "json": {"type": ["object", "array"]},
}
SHAPES = {"point": "point", "line": "any", "fill": "any"}


def schema(layer: Layer, about: Iterable[Property], uri: str, shape: bool, closed: bool = False) -> Json:
    """Return the schema of some properties, with or without the geometry; ``closed`` ones are all there are."""
    told: Json = {one.key: _one(one, at) for at, one in enumerate(about, 1)}
    _name_codes(layer, about, told)
    if shape:
        told["geometry"] = {
            "title": "图形 Geometry",
            "format": f"geometry-{SHAPES.get(layer.style.kind, 'any')}",
            "x-ogc-role": "primary-geometry",
        }
    closed_ = {"additionalProperties": False} if closed else {}
    return {"$schema": DRAFT, "$id": uri, "type": "object", "title": layer.title, "properties": told, **closed_}


def _one(one: Property, at: int) -> Json:
    if one is ID:
        return {"title": "编号 Number", "type": "integer", "x-ogc-role": "id"}
    field = one.field
    named = {"title": f"{field.title} {field.title_en}"} if field else {}
    unit = {"x-ogc-unit": field.unit} if field and field.unit else {}
    return {**named, **deepcopy(KINDS[one.kind]), **unit, "x-ogc-propertySeq": at}


def _name_codes(layer: Layer, about: Iterable[Property], told: Json) -> None:
    """Say which codes there are and what they mean, where these are few."""
    coded = [one for one in about if one.field and one.field.codes and one.kind in ("string", "integer", "strings")]
    lists = {one.field.codes for one in coded if one.field}
    words: dict[str, dict[str, str]] = {}
    for entry in Code.objects.filter(list__in=lists).order_by("edition") if lists else ():
        words.setdefault(entry.list, {})[entry.code] = f"{entry.name} {entry.name_en}".strip()
    for one in coded:
        known = words.get(one.field.codes if one.field else "", {})
        if not 0 < len(known) <= MOST_WORDS:
            continue
        named = [{"const": _const(one, code), "title": word} for code, word in known.items()]
        place = told[one.key]["items"] if one.kind == "strings" else told[one.key]
        place["anyOf"] = [*named, {"type": place["type"]}]  # imports bring codes that no list has
        # The type stays beside it: OGC 19-079 has each property of the queryables say one, or a format of geometry.


def _const(one: Property, code: str) -> str | int:
    return int(code) if one.kind == "integer" and code.lstrip("-").isdigit() else code
