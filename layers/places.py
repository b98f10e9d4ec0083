"""Which places a code means to whom: those that bear it now; where there is none, those that bore it once.

What has no code of its own is named by layer and number, ``facilities:17``. A code that the asker may not see, or that
lies on a row he may not see, means nothing to him.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.db.models import Case, IntegerField, Q, Value, When
from django.db.models.functions import Now, TruncDate

from gis.models import FenceState, FormerCode
from layers import registry
from layers.features import InsidePoint
from layers.items import CODES, columns
from layers.layer import Layer, Rows
from layers.onward import name_of
from layers.scope import Audience

LONGEST = 100
LONGEST_NUMBER = 19  # digits that certainly fit a bigint
MOST = 20

Place = dict[str, Any]


def places(code: str, audience: Audience) -> list[Place]:
    """Return layer, id, lon and lat of every place that bears a code now, at most ``MOST`` a layer.

    The code is taken as it is, and in its plain form (``３１`` for ``31``) where nothing bears it so.
    """
    for text in dict.fromkeys((code, plain(code))):
        if found := list(_bearing(text, audience)):
            return found
    return []


def place(code: str, audience: Audience) -> Place | None:
    """Return the first of the places that bear a code."""
    return next(iter(places(code, audience)), None)


def former(code: str, audience: Audience) -> list[Place]:
    """Return the places that bore a code once and bear another now."""
    text = plain(code)
    rows = dict(FormerCode.objects.filter(code=text).values_list("table", "row")) if 0 < len(text) <= LONGEST else {}
    found = []
    for layer, column in _coded(audience):
        table, key = _owner(layer, column)
        if table in rows:
            found += _places(layer, audience, column, **{key: rows[table]})
    return found


def left(layer: Layer, audience: Audience, pk: int) -> list[tuple[str, datetime]]:
    """Return the codes that a row bore once with when it gave up each, the last first; not one that it bears again."""
    found: list[tuple[str, datetime]] = []
    for column in (column for coded, column in _coded(audience) if coded == layer):
        table, key = _owner(layer, column)
        bearer = layer.rows_for(audience).filter(pk=pk).values_list(key, column).first()
        if bearer:
            known = FormerCode.objects.filter(table=table, row=bearer[0]).exclude(code=bearer[1])
            found += known.order_by("-left_at", "-pk").values_list("code", "left_at")[:MOST]
    return found


def plain(code: str) -> str:
    """Return a code as registers write it: narrow digits and letters, no blanks."""
    return "".join(unicodedata.normalize("NFKC", code).split())


def link(there: Place, audience: Audience) -> str:
    """Return what a link calls a place."""
    layer = registry.get(there["layer"], audience)
    return name_of(layer, layer.rows_for(audience).values(*columns(layer, audience)).get(pk=there["id"]))


def shared(codes: Iterable[str], audience: Audience) -> set[str]:
    """Return those of the codes that several places bear, as far as the audience may see them."""
    bearers: Counter[str] = Counter()
    wanted = set(codes)
    for layer, column in _coded(audience):
        _, key = _owner(layer, column)
        rows = layer.rows_for(audience).filter(**{f"{column}__in": wanted})
        bearers.update(code for code, _ in rows.order_by().values_list(column, key).distinct())
    return {code for code, number in bearers.items() if number > 1}


def _coded(audience: Audience) -> Iterator[tuple[Layer, str]]:
    """Layers with the column of their code, as far as the audience may see it."""
    for layer in registry.visible(audience):
        for column in sorted({*CODES} & {field.name for field in layer.fields_for(audience)}):
            yield layer, column


def _owner(layer: Layer, column: str) -> tuple[str, str]:
    """The table whose rows bear the code, and what a row of the layer calls such a row."""
    path = column.rpartition("__")[0]
    model: Any = layer.model._meta.get_field(path).related_model if path else layer.model
    return model._meta.db_table, path or "pk"


def _bearing(code: str, audience: Audience) -> Iterator[Place]:
    layer_id, _, number = code.partition(":")
    if number.isascii() and number.isdigit() and len(number) < LONGEST_NUMBER:
        named = [layer for layer in registry.visible(audience) if layer.id == layer_id]
        for layer in named:
            yield from _places(layer, audience, "", pk=int(number))
    elif 0 < len(code) <= LONGEST and "\0" not in code:
        for layer, column in _coded(audience):
            yield from _places(layer, audience, column, **{column: code})


def _places(layer: Layer, audience: Audience, column: str, **which: Any) -> list[Place]:
    rows = layer.rows_for(audience).filter(**which)
    versions = column == "fence__code"  # those of a fence are one place
    ordered = _holding_first(rows) if versions else rows.order_by("pk")
    told = ordered.annotate(pin=InsidePoint(layer.geometry)).values("pk", "pin")[: 1 if versions else MOST]
    return [{"layer": layer.id, "id": row["pk"], "lon": row["pin"].x, "lat": row["pin"].y} for row in told]


def _holding_first(rows: Rows) -> Rows:
    """The version in force, else the one that comes next, else the last."""
    today = TruncDate(Now())
    order = Case(
        When(Q(state=FenceState.PUBLISHED, valid__contains=today), then=Value(0)),
        When(Q(valid__startswith__gt=today), then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    ordered: Rows = rows.alias(order=order).order_by("order", "-valid", "pk")
    return ordered
