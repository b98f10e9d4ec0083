"""Finding by name across every layer an audience may see, the best match first."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

from django.contrib.gis.db.models.functions import Distance
from django.contrib.gis.geos import Point
from django.db.models import Case, CharField, FloatField, IntegerField, Lookup, Q, Value, When

from gis.models import Code
from layers import registry
from layers.features import InsidePoint, choice, code_names
from layers.layer import Layer
from layers.scope import Audience

LONGEST = 60
SHORTEST = 2  # a single character is in too many words for kinds


@CharField.register_lookup
class Like(Lookup):
    """``name__like``: contains, whatever the case, in the form that trigram indexes serve (``icontains`` is not)."""

    lookup_name = "like"

    def get_prep_lookup(self) -> str:
        """Return the pattern; the user's own wildcards are letters."""
        escaped = str(self.rhs).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        return f"%{escaped}%"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """Return ``column ILIKE pattern``."""
        left, left_params = self.process_lhs(compiler, connection)
        right, right_params = self.process_rhs(compiler, connection)
        return f"{left}::text ILIKE {right}", (*left_params, *right_params)


def search(text: str, audience: Audience, near: Point | None = None, limit: int = 10) -> list[dict[str, Any]]:
    """Return up to ``limit`` features whose name, address or kind holds ``text``: exact, leading, then nearest."""
    words = plain(text)
    if not words or "\0" in words:
        return []
    layers = registry.visible(audience)
    kinds = meant(words, layers)
    found = [hit for layer in layers for hit in _hits(layer, words, kinds, audience, near, limit)]
    found.sort(key=lambda hit: (hit["match"], hit["distance"]))
    said = in_words(found[: limit * 5], audience)
    once: dict[tuple[str, str], dict[str, Any]] = {}
    for hit in said:
        once.setdefault((hit["layer"], hit["title"]), hit)
    return list(once.values())[:limit]


def plain(text: str) -> str:
    """Return what was typed without its accidents: full-width forms, blanks between Chinese words, excess length."""
    narrow = unicodedata.normalize("NFKC", text).strip()[:LONGEST]
    return re.sub(r"(?<=[^\x00-\x7f])\s+|\s+(?=[^\x00-\x7f])", "", narrow)


def meant(words: str, layers: Iterable[Layer]) -> dict[str, list[str]]:
    """Return by code list the codes that ``words`` name, in Chinese, English or another usual word."""
    lists = {field.codes for layer in layers for field in layer.fields if field.codes and field.name in layer.search}
    if len(words) < SHORTEST:
        return {}
    spoken = Q(name__like=words) | Q(name_en__like=words) | Q(attributes__also__contains=[words.lower()])
    codes: dict[str, list[str]] = {}
    for name, code in Code.objects.filter(spoken, list__in=lists).values_list("list", "code"):
        codes.setdefault(name, []).append(code)
    return codes


def in_words(hits: list[dict[str, Any]], audience: Audience) -> list[dict[str, Any]]:
    """Return the hits with their subtitles as people say them, Chinese and English, for one query in all."""
    layers = {hit["layer"]: registry.get(hit["layer"], audience) for hit in hits}
    lists = {
        layer.id: {field.name: field.codes for field in layer.fields}.get(layer.subtitle, "")
        for layer in layers.values()
    }
    names = code_names([(lists[hit["layer"]], str(hit["subtitle"])) for hit in hits if lists[hit["layer"]]])
    for hit in hits:
        layer, value = layers[hit["layer"]], hit["subtitle"]
        chosen = choice(layer.model, layer.subtitle, value) if layer.subtitle and value else None
        zh, en = names.get((lists[layer.id], str(value))) or chosen or (str(value), "")
        unnamed = {"title": zh} if hit["title"] == layer.title and zh else {}
        hit |= {"subtitle": zh, "subtitle_en": en or zh, **unnamed}
    return hits


def _hits(
    layer: Layer, words: str, kinds: dict[str, list[str]], audience: Audience, near: Point | None, limit: int
) -> list[dict[str, Any]]:
    fields = {field.name: field for field in layer.fields_for(audience)}
    seen = fields.keys()
    columns = [name for name in layer.search if name in seen and not fields[name].codes]
    matches = Q(pk__in=[])
    for name in layer.search:
        if name in columns:
            matches |= Q(**{f"{name}__like": words})
        elif name in seen and fields[name].codes in kinds:
            matches |= Q(**{f"{name}__in": kinds[fields[name].codes]})
    if not columns:
        return []
    rank = Case(
        When(**{f"{columns[0]}__iexact": words}, then=Value(0)),
        When(**{f"{columns[0]}__istartswith": words}, then=Value(1)),
        When(**{f"{columns[0]}__like": words}, then=Value(2)),
        default=Value(3),
        output_field=IntegerField(),
    )
    far = Distance(layer.geometry, near) if near else Value(0.0, output_field=FloatField())
    rows = layer.rows_for(audience).filter(matches).annotate(match=rank, far=far, pin=InsidePoint(layer.geometry))
    names = [name for name in (layer.name, layer.subtitle) if name in seen]
    top = rows.order_by("match", "far", *layer.order).values("pk", "match", "far", "pin", *names, *columns)
    return [_hit(layer, row, columns) for row in top[: limit * 3]]


def _hit(layer: Layer, row: dict[str, Any], columns: list[str]) -> dict[str, Any]:
    return {
        "layer": layer.id,
        "layer_title": layer.title,
        "layer_title_en": layer.title_en,
        "id": row["pk"],
        "title": row.get(layer.name) or next((row[name] for name in columns if row[name]), layer.title),
        "subtitle": row.get(layer.subtitle) or "",
        "lon": round(row["pin"].x, 7),
        "lat": round(row["pin"].y, 7),
        "match": row["match"],
        "distance": getattr(row["far"], "m", row["far"]),
    }
