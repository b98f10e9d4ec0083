"""Rows of any layer as facts: what a program reads, every value with its words, by right, with source and validity."""

from __future__ import annotations

from typing import Any

from django.db.backends.postgresql.psycopg_any import Range

from layers.features import words
from layers.items import CODES
from layers.layer import Layer, Rows
from layers.scope import Audience

Json = dict[str, Any]


def facts(layer: Layer, audience: Audience, rows: Rows, *more: str) -> list[Json]:
    """Return the rows as the audience may see them, in their order, with ``more`` columns as they are."""
    fields = layer.fields_for(audience)
    own = [name for name in more if name not in {field.name for field in fields}]
    found = list(rows.values("pk", *(field.name for field in fields), *own))
    return [_fact(layer, row, said, more) for row, said in zip(found, words(layer, fields, found), strict=True)]


def _fact(layer: Layer, row: Json, said: dict[str, Json], more: tuple[str, ...]) -> Json:
    origin = {key.rpartition("__")[2]: word["value"] for key, word in said.items()}
    return {
        "layer": layer.id,
        "id": row["pk"],
        "code": next((row[name] for name in CODES if row.get(name)), ""),
        "title": row.get(layer.name) or layer.title,
        **{name: _number(row[name]) for name in more},
        "facts": [word for word in said.values() if word["key"].rpartition("_")[2] != "recorded"],
        "source": origin.get("source", ""),
        "surveyed_at": origin.get("surveyed_at"),
        **_validity(row),
    }


def _number(value: Any) -> Any:
    return round(value, 2) if isinstance(value, float) else value


def _validity(row: Json) -> Json:
    """Return since when and until when a row holds (the day after the last), where its table keeps that."""
    span: Range[Any] | None = row.get("valid")
    if span is not None:
        return {"since": _day(span.lower), "until": _day(span.upper)}
    return {"since": _day(row.get("started_on")), "until": _day(row.get("ended_on"))}


def _day(value: Any) -> str | None:
    return value.isoformat() if value else None
