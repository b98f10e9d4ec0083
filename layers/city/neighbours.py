"""What lies by a place: what it is within, what it runs along, what it holds, what is beside it; each with its link."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.contrib.gis.geos import Point
from django.db.models import Q
from django.utils.timezone import localdate

from gis.queries import around, listed, nearest, on_map
from layers import registry
from layers.items import columns, items
from layers.layer import Layer, Rows
from layers.onward import name_of
from layers.scope import Audience

STREET_M, DOOR_M, NEAR_M = 60, 80, 150
FEW, SEVERAL, MANY = 3, 12, 40
RELATIONS = {
    "within": ("位于", "Within"),
    "along": ("相接", "Joined to"),
    "beside": ("旁边", "Beside"),
    "holds": ("其中有", "Holds"),
}
WIDE = ("areas", "grids")

Json = dict[str, Any]
Wanted = tuple[str, str, Q | float, int]
"""Relation, layer, which of its rows (a condition, or how many metres away at most), how many."""


def neighbours(layer: Layer, row: Any, point: Point, audience: Audience, at: datetime) -> list[Json]:
    """Return lines as ``items`` makes them, with ``relation`` and ``link``; only what the audience may see."""
    found: list[Json] = []
    seen = {there.id: there for there in registry.visible(audience)}
    for relation, layer_id, which, most in (*_within(layer, row, point), *_joined(layer, row), *_beside(layer)):
        if there := seen.get(layer_id):
            rows = there.rows_for(audience)
            others = rows.exclude(pk=row.pk) if there is layer else rows
            told = _found(there, audience, others, which, point, most)
            found += [_with_link(line, relation, there, name) for line, name in _lines(there, audience, told, at)]
    return sorted(found, key=lambda line: list(RELATIONS).index(line["relation"]))


def _within(layer: Layer, row: Any, point: Point) -> Iterator[Wanted]:
    """What it lies in today: who draws areas and grids also sees those on the way."""
    here = Q(shape__contains=on_map(point))
    today = here & Q(valid__contains=localdate())
    if layer.id == "areas":
        yield "within", "areas", today & Q(level__lt=row.level), MANY
        yield "holds", "areas", Q(parent=row.pk), MANY
        yield "holds", "grids", Q(community=row.pk), MANY
        return
    yield "within", "areas", today, MANY
    if layer.id != "grids":
        yield "within", "grids", today, FEW
    if layer.id == "rooms":
        yield "within", "buildings", Q(pk=row.building_id), 1
    elif layer.id not in ("grids", "buildings"):
        yield "within", "buildings", here, 1


def _joined(layer: Layer, row: Any) -> Iterator[Wanted]:
    touching = Q(shape__intersects=row.shape)
    if layer.id == "segments":
        yield "along", "segments", touching, SEVERAL
    elif layer.id == "zoning":
        yield "along", "segments", Q(pk=row.segment_id), 1
    elif layer.id == "pipes":
        yield "along", "pipe-nodes", Q(pk__in=[row.start_id, row.end_id]), 2
    elif layer.id == "pipe-nodes":
        yield "along", "pipes", Q(start=row.pk) | Q(end=row.pk), SEVERAL
    elif layer.id == "pipe-findings":
        yield "along", "pipes", Q(pk=row.segment_id), 1
    elif layer.id == "grids":
        yield "beside", "grids", touching, SEVERAL
        yield "holds", "segments", touching, SEVERAL
    elif layer.id == "buildings":
        yield "holds", "rooms", Q(building=row.pk), MANY


def _beside(layer: Layer) -> Iterator[Wanted]:
    if layer.id in WIDE:
        return
    if layer.id not in ("segments", "zoning", "roads"):
        yield "beside", "segments", STREET_M, 1
    if layer.id not in ("addresses", "segments", "zoning", "roads"):
        yield "beside", "addresses", DOOR_M, 1
    if layer.id not in ("rooms", "pipes", "pipe-nodes", "pipe-findings"):
        yield "beside", "facilities", NEAR_M, FEW


def _found(
    layer: Layer, audience: Audience, rows: Rows, which: Q | float, point: Point, most: int
) -> list[dict[str, Any]]:
    names = columns(layer, audience)
    if isinstance(which, Q):
        return listed(rows.filter(which).order_by(*layer.order), names, most)[0]
    return nearest(around(rows, point, which), point, names, most)[0]


def _lines(layer: Layer, audience: Audience, rows: list[Json], at: datetime) -> Iterator[tuple[Json, str]]:
    return zip(items(layer, audience, rows, at), [name_of(layer, row) for row in rows], strict=True)


def _with_link(line: Json, relation: str, layer: Layer, name: str) -> Json:
    zh, en = RELATIONS[relation]
    return line | {
        "layer_title": layer.title,
        "layer_title_en": layer.title_en,
        "relation": relation,
        "relation_title": zh,
        "relation_title_en": en,
        "link": f"/p/{name}",
    }
