"""What stands on the plates of places: a name, a code and the link of each; chosen by code, or by grid or area."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from gis.errors import Invalid, NotFound
from gis.queries import Pin, listed
from layers import registry
from layers.items import CODES, columns, items
from layers.layer import Layer, Rows
from layers.onward import name_of
from layers.places import shared
from layers.scope import Audience

MOST = 200
AREAS = {"grid": "grids", "area": "areas"}
"""What a sheet may be of, and the layer that knows its code."""


@dataclass(frozen=True, slots=True)
class Plate:
    """One plate; ``path`` is the link, as a path. Words in Chinese and English."""

    title: str
    what: str
    what_en: str
    code: str
    path: str


def plates(layer: Layer, audience: Audience, rows: Rows, at: datetime) -> list[Plate]:
    """Return a plate a row, by code. Raises ``NotFound`` where there is no row, ``Invalid`` for more than ``MOST``."""
    found, more = listed(rows.order_by(*_order(layer, audience)), columns(layer, audience), MOST)
    if more:
        raise Invalid(f"一次最多 {MOST} 块标牌，请按网格或编码缩小范围 / at most {MOST} plates a file: ask for less")
    if not found:
        raise NotFound(f"这里没有{layer.title} (there are none of this layer here)")
    names = [name_of(layer, row) for row in found]
    twice = shared(names, audience)
    made = [
        Plate(line["title"], line["kind_title"], line["kind_title_en"], line["code"],
              f"/p/{layer.id}:{line['id']}" if name in twice else f"/p/{name}")
        for line, name in zip(items(layer, audience, found, at), names, strict=True)
    ]  # fmt: skip
    return list({plate.path: plate for plate in reversed(made)}.values())[::-1]  # the versions of a fence are one


def _order(layer: Layer, audience: Audience) -> tuple[str, ...]:
    seen = {field.name for field in layer.fields_for(audience)}
    return (*(name for name in (*CODES, layer.name) if name in seen), "pk")


def bearing(layer: Layer, audience: Audience, codes: Iterable[str]) -> Rows:
    """Return the rows of these codes (or ``layer:number``); ``NotFound`` names the first that is not theirs."""
    wanted = list(dict.fromkeys(codes))
    column = next((name for name in CODES if name in {f.name for f in layer.fields_for(audience)}), "")
    numbers = {code: int(rest) for code in wanted if (rest := _number(layer, code))}
    rows = layer.rows_for(audience)
    which = Q(pk__in=numbers.values())
    if column:
        which |= Q(**{f"{column}__in": [code for code in wanted if code not in numbers]})
    there: set[Any] = {value for row in rows.filter(which).values_list("pk", *[column] * bool(column)) for value in row}
    for code in wanted:
        if numbers.get(code, code) not in there:
            raise NotFound(f"没有编码为「{code[:60]}」的{layer.title} (no such code: {code[:60]!r})")
    return rows.filter(which)


def _number(layer: Layer, code: str) -> str:
    layer_id, _, number = code.partition(":")
    return number if layer_id == layer.id and number.isascii() and number.isdigit() and len(number) < 19 else ""


def lying_in(layer: Layer, audience: Audience, kind: str, code: str) -> Rows:
    """Return the rows in a grid or an area, each in one of two neighbours only; ``NotFound`` for an unknown code."""
    area = registry.get(AREAS[kind], audience).rows_for(audience).filter(code=code).exclude(code="").first()
    if area is None:
        raise NotFound(f"没有编码为「{code[:60]}」的区域 (no such {kind})")
    near = layer.rows_for(audience).filter(shape__intersects=area.shape)
    inside: Rows = near.alias(inner=Pin(layer.geometry)).filter(inner__coveredby=area.geom)
    return inside
