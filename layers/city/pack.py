"""What a phone takes along of a piece of the city, to be searched and read without the network: rows in words, the ways
to ask for them, crossings, who answers for the streets and, on demand, rooms.

It goes through the registry like every other answer: what somebody may not see is not in it, and of staff with an area
nothing beyond that area. What is guarded is never in it, and neither is any person who lives somewhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.contrib.gis.db.models import GeometryField
from django.contrib.gis.db.models.functions import AsGeoJSON
from django.db import connection
from django.db.models import F, Func, Max
from django.utils.timezone import localdate

from gis.along import meetings
from gis.covering import within
from gis.errors import Invalid
from gis.locate import plain
from gis.models import News, PlaceDue
from gis.models.located import STORED
from gis.queries import constant
from layers import registry
from layers.city.at import HELD, HUNG
from layers.city.heads import SEGMENTS, heads
from layers.city.nearby import ALSO, FACILITIES, FENCES, places
from layers.city.piece import AREAS, DIGITS, Piece
from layers.city.turns import turns
from layers.features import InsidePoint, words
from layers.items import GONE
from layers.layer import Layer, Rows
from layers.onward import APPS, naming
from layers.scope import Audience

MOST_ROWS = 40_000
HOURS = 48
"""How long a pack may be read; a night shift and the day after."""
BASE, BUILDINGS, ADDRESSES, ROOMS, ROADS = "base", "buildings", "addresses", "rooms", "roads"
KEYS = """
SELECT p."row", p.number, p.term, n.pinyin, n.initials, n.pinyin_too, n.initials_too
  FROM spatial_place p LEFT JOIN spatial_placename n USING (term)
 WHERE p.layer = %s AND p."row" = ANY(%s) AND p.kind <> 'cross' AND (%s OR p.unit = '' AND p.room = '')
 ORDER BY p.id"""

TOLD = frozenset(part.layer for part in (*HELD, *HUNG) if not part.bare)
"""The layers in whose words a spot is told of."""

Json = dict[str, Any]


def taken(audience: Audience) -> list[Layer]:
    """The layers of a pack: those that are on when the map opens or told of at a spot, and none that is guarded."""
    seen = registry.visible(audience)
    return [layer for layer in seen if not layer.guarded and (layer.shown or layer.id in TOLD)]


def drawn(audience: Audience) -> list[str]:
    """The layers whose tiles go with it: what the map opens with."""
    return [layer.id for layer in taken(audience) if layer.shown]


def has_rooms(audience: Audience) -> bool:
    """Whether rooms exist for somebody."""
    return any(layer.id == ROOMS for layer in registry.visible(audience))


def news(audience: Audience, rooms: bool) -> dict[str, int | None]:
    """Up to which change of each table a pack made now knows, and how many rows the index of places has yet to read."""
    layers = [*taken(audience), *([registry.get(ROOMS, audience)] if rooms else [])]
    tables = {layer.model._meta.db_table for layer in layers}
    told = News.objects.filter(table__in=tables).order_by("table").values_list("table").annotate(last=Max("seq"))
    return {**dict(told), "due": PlaceDue.objects.count()}


def fitting(audience: Audience, where: Piece) -> tuple[int, int]:
    """As ``size``; ``Invalid`` when there are too many."""
    rows, rooms = size(audience, where)
    if rows > MOST_ROWS or rooms > MOST_ROWS:
        raise Invalid(f"片区内超过 {MOST_ROWS} 条，请选小一些 / more than {MOST_ROWS} rows: choose a smaller piece")
    return rows, rooms


def size(audience: Audience, where: Piece) -> tuple[int, int]:
    """How many rows there are in a piece, and how many rooms beside."""
    rows = sum(rows_in(layer, audience, where, rooms=False).count() for layer in taken(audience))
    return rows, rooms_in(audience, where).count() if has_rooms(audience) else 0


def rows_in(layer: Layer, audience: Audience, where: Piece, rooms: bool) -> Rows:
    """The rows of a layer that go into a pack; of the ground only what has a name, flats only with the rooms."""
    rows = places(layer, audience, localdate()) if layer.id == FENCES else layer.rows_for(audience)
    if layer.id == FACILITIES:
        rows = rows.exclude(state__in=GONE)
    if layer.id == ADDRESSES and not rooms:
        rows = rows.filter(unit="", room="")
    if layer.group == BASE and layer.id != BUILDINGS:
        rows = rows.exclude(**{layer.name: ""})
    found: Rows = within(rows, where.inner).order_by("pk")
    return found


def rooms_in(audience: Audience, where: Piece) -> Rows:
    """The rooms of a piece; their number and floor are told, no more."""
    layer = registry.get(ROOMS, audience)
    rows: Rows = within(layer.rows_for(audience), where.inner).order_by("building", "floor", "number")
    return rows


def contents(audience: Audience, where: Piece, rooms: bool, at: datetime) -> Iterator[Json]:
    """Yield the parts of a pack; the last says that it is whole."""
    yield {"part": "also", "rows": {kind: sorted(more) for kind, more in ALSO.items()}}
    yield {"part": "apps", "rows": APPS}
    names: dict[str, int] = {}
    said: list[list[str]] = []
    total, ways = 0, []
    for layer in taken(audience):
        found = described(layer, audience, where, rooms, at)
        total += len(found["rows"])
        yield found
        ways.append(keys(layer, [row[0] for row in found["rows"]], rooms, names, said))
    met = crossings(audience, where, names, said)
    yield {"part": "names", "rows": said}
    yield from (way for way in ways if way["rows"])
    yield {"part": "crossings", "rows": met}
    yield responsible(audience, where)
    if rooms and has_rooms(audience):
        told = rooms_in(audience, where).values_list("building", "pk", "floor", "unit__name", "number")
        yield {"part": "rooms", "rows": [list(row) for row in told[:MOST_ROWS]]}
    yield {"part": "end", "rows": total}


def described(layer: Layer, audience: Audience, where: Piece, rooms: bool, at: datetime) -> Json:
    """A layer's rows: key, place, title, outline where a spot is looked for in it, and the fields in words; when they
    open and shut, and by which field a link names them."""
    fields = tuple(field for field in layer.fields_for(audience) if field.card)
    columns = dict.fromkeys([*(field.name for field in fields), layer.name])
    asked = rows_in(layer, audience, where, rooms).annotate(pin=InsidePoint(layer.geometry))
    if traced(layer):
        clipped = Func(F(layer.geometry), constant(where.shape.envelope), function="ST_ClipByBox2D",
                       output_field=GeometryField(srid=STORED))  # fmt: skip
        whole = clipped if layer.id == AREAS else F(layer.geometry)
        asked = asked.annotate(outline=AsGeoJSON(whole, precision=DIGITS, options=0))
        columns["outline"] = None
    held = list(asked.values("pk", "pin", *filter(None, columns))[: MOST_ROWS + 1])
    told = words(layer, fields, held)
    return {
        "part": "layer",
        "id": layer.id,
        "title": layer.title,
        "title_en": layer.title_en,
        "kind": layer.style.kind,
        "named": naming(layer, columns).replace("__", "_"),
        "turns": turns(layer, held, at),
        "fields": [[field.key, field.title, field.title_en, field.unit] for field in fields],
        "rows": [
            [row["pk"], round(row["pin"].x, DIGITS), round(row["pin"].y, DIGITS), row.get(layer.name) or "",
             json.loads(row["outline"]) if row.get("outline") else 0,
             [value(said.get(field.name), field.units is not None) for field in fields]]
            for row, said in zip(held, told, strict=True)
        ],
    }  # fmt: skip


def traced(layer: Layer) -> bool:
    """Whether its outlines go with it: what a spot lies in or beside."""
    return layer.style.kind != "point" and layer.id in TOLD


def value(word: Json | None, units: bool) -> Any:
    """A value as short as can be: 0 for none, its words, or words in both languages with the code; behind them the unit
    where the field has another for each kind."""
    if word is None:
        return 0
    alike = word["value"] == word["value_en"]
    own = [word["unit"], word["unit_en"]] if units and word["unit"] else []
    if alike and word["raw"] is None and not own:
        return word["value"]
    return [word["value"], word["value_en"], word["raw"], *own]


def keys(layer: Layer, rows: list[int], rooms: bool, names: dict[str, int], said: list[list[str]]) -> Json:
    """By which names and numbers the rows can be asked for: key of the row, place among the names, number."""
    with connection.cursor() as cursor:
        cursor.execute(KEYS, [layer.id, rows, rooms])
        found = cursor.fetchall()
    ways = [[row, _place(names, said, *name), number] for row, number, *name in found]
    return {"part": "keys", "id": layer.id, "rows": ways}


def _place(names: dict[str, int], said: list[list[str]], term: str, *sounds: str | None) -> int:
    """Which of the names it is, with its pinyin and initials; those of its other reading where it has one."""
    if term not in names:
        names[term] = len(said)
        own, other = sounds[:2], sounds[2:]
        said.append([term, *(sound or "" for sound in own), *filter(None, other)])
    return names[term]


def crossings(audience: Audience, where: Piece, names: dict[str, int], said: list[list[str]]) -> list[list[Any]]:
    """Where two streets of different names meet in the piece."""
    roads = rows_in(registry.get(ROADS, audience), audience, where, rooms=False)
    return [
        [_place(names, said, plain.name(one), "", ""), _place(names, said, plain.name(other), "", ""),
         round(lon, DIGITS), round(lat, DIGITS), f"{one}与{other}路口"]
        for one, other, lon, lat in meetings(roads, where.shape)
    ]  # fmt: skip


def responsible(audience: Audience, where: Piece) -> Json:
    """The heads of the segments, by segment."""
    segments = rows_in(registry.get(SEGMENTS, audience), audience, where, rooms=False)
    return {"part": "heads", "rows": list(heads(segments.values_list("pk", flat=True), audience).items())}
