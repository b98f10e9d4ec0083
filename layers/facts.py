"""Rows of any layer as facts: what a program reads, every value with its words, by right, with source and validity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.backends.postgresql.psycopg_any import Range

from layers.features import code_names, in_words, spoken, whole
from layers.items import CODES
from layers.layer import Layer, Rows
from layers.scope import Audience

Json = dict[str, Any]


def facts(layer: Layer, audience: Audience, rows: Rows, *more: str) -> list[Json]:
    """Return the rows as the audience may see them, in their order, with ``more`` columns as they are."""
    found = Found(layer, list(rows.values(*columns(layer, audience, *more))), more)
    return told(audience, [found])[0]


@dataclass(frozen=True, slots=True)
class Found:
    """Rows of a layer with their ``columns``."""

    layer: Layer
    rows: list[Json]
    more: tuple[str, ...] = ()


def columns(layer: Layer, audience: Audience, *more: str) -> tuple[str, ...]:
    """Return the columns that facts are told from: those the audience may see, the days on which a row holds, and
    ``more``."""
    seen = [field.name for field in layer.fields_for(audience)]
    also = (layer.times, *more) if layer.times else more
    return ("pk", *seen, *(name for name in also if name not in seen))


def told(audience: Audience, several: Sequence[Found]) -> list[list[Json]]:
    """Return what was found in words, one query for the words of all."""
    fields = {found.layer: found.layer.fields_for(audience) for found in several}
    names = code_names([code for found in several for code in spoken(fields[found.layer], found.rows)])
    return [
        [_fact(one.layer, row, in_words(one.layer, fields[one.layer], row, names), one.more) for row in one.rows]
        for one in several
    ]


def _fact(layer: Layer, row: Json, said: dict[str, Json], more: tuple[str, ...]) -> Json:
    origin = {key.rpartition("__")[2]: word for key, word in said.items()}
    source, surveyed = (origin.get(name, {}) for name in ("source", "surveyed_at"))
    return {
        "layer": layer.id,
        "id": row["pk"],
        "code": next((row[name] for name in CODES if row.get(name)), ""),
        "title": whole(row.get(layer.name) or layer.title, row.get(layer.subtitle)),
        "title_en": row.get(layer.name_en) or ("" if row.get(layer.name) else layer.title_en),
        **{name: number(row[name]) for name in more},
        "facts": [word for word in said.values() if word["key"].rpartition("_")[2] != "recorded"],
        "source": source.get("value", ""),
        "source_en": source.get("value_en", ""),
        "surveyed_at": surveyed.get("value"),
        **_validity(layer, row),
    }


def number(value: Any) -> Any:
    """Return a length as it is told: to the centimetre."""
    return round(value, 2) if isinstance(value, float) else value


def _validity(layer: Layer, row: Json) -> Json:
    """Return since when and until when a row holds (the day after the last), where its table keeps that."""
    span: Range[Any] | None = row[layer.times] if layer.times else None
    return {"since": _day(span.lower), "until": _day(span.upper)} if span else {"since": None, "until": None}


def _day(value: Any) -> str | None:
    return value.isoformat() if value else None
