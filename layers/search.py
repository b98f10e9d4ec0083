"""Finding by name across every layer an audience may see, the best match first."""

from __future__ import annotations

from typing import Any

from django.contrib.gis.db.models.functions import Distance
from django.contrib.gis.geos import Point
from django.db.models import Case, CharField, FloatField, IntegerField, Lookup, Q, Value, When

from layers import registry
from layers.features import InsidePoint, choice, code_names
from layers.layer import Layer
from layers.scope import Audience

LONGEST = 60


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
    """Return up to ``limit`` features whose name or address holds ``text``: exact, then leading, then nearest."""
    words = text.strip()[:LONGEST]
    if not words or "\0" in words:
        return []
    found = [hit for layer in registry.visible(audience) for hit in _hits(layer, words, audience, near, limit)]
    found.sort(key=lambda hit: (hit["match"], hit["distance"]))
    once: dict[tuple[str, str], dict[str, Any]] = {}
    for hit in found:
        once.setdefault((hit["layer"], hit["title"]), hit)
    return in_words(list(once.values())[:limit], audience)


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
        hit |= {"subtitle": zh, "subtitle_en": en or zh}
    return hits


def _hits(layer: Layer, words: str, audience: Audience, near: Point | None, limit: int) -> list[dict[str, Any]]:
    seen = {field.name for field in layer.fields_for(audience)}
    columns = [name for name in layer.search if name in seen]
    if not columns:
        return []
    matches = Q()
    for name in columns:
        matches |= Q(**{f"{name}__like": words})
    rank = Case(
        When(**{f"{columns[0]}__iexact": words}, then=Value(0)),
        When(**{f"{columns[0]}__istartswith": words}, then=Value(1)),
        default=Value(2),
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


def place(code: str, audience: Audience) -> dict[str, Any] | None:
    """Return layer, id, lon and lat of the place that bears a code, if the audience may see the code."""
    for layer in registry.visible(audience):
        if not any(field.name == "code" for field in layer.fields_for(audience)):
            continue
        rows = layer.rows_for(audience).filter(code=code).annotate(pin=InsidePoint(layer.geometry))
        row = rows.values("pk", "pin").first()
        if row:
            return {"layer": layer.id, "id": row["pk"], "lon": row["pin"].x, "lat": row["pin"].y}
    return None
