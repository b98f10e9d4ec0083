"""The index of places as the search box sees it: what is being typed may become a name or a door, or is an address."""

from __future__ import annotations

import math
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django.contrib.gis.geos import Point
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.backends.postgresql.psycopg_any import mogrify
from django.db.models import BigIntegerField, F

from gis.degrees import METRES, metres
from gis.locate import index
from gis.locate.begun import Begun, begun
from gis.locate.meaning import count
from gis.locate.parts import Understood
from gis.locate.sources import SOURCES
from gis.locate.store import FIELDS, Row, fetch
from gis.prepared import Given, Statement, ask, prepared
from gis.queries import Among
from gis.schedule import BEIJING
from layers import registry
from layers.features import whole
from layers.layer import Layer
from layers.locate import areas_en, locate, store_of
from layers.scope import Audience

AROUND_M = 600
"""So far from where one looks a house may be that is named by nothing but its number in its estate."""
HOUSES, ROOMS = "buildings", "rooms"
BETWEEN = "\x1f"
"""Between texts that come as one."""
NUMBERED = f"""
SELECT {FIELDS} FROM spatial_building b JOIN spatial_place p ON p.layer = '{HOUSES}' AND p."row" = b.id
 WHERE b.geom && ST_MakeEnvelope(%s, %s, %s, %s, 4490) AND p.block = %s AND ({{seen}})"""
PKS = Given(lambda pks: pks, BigIntegerField())
Hit = dict[str, Any]


MOST = 16


def suggested(words: str, audience: Audience, near: Point | None) -> list[Hit]:
    """Rows whose name begins so, or doors whose number does: the whole name first, then the nearest."""
    index.glance()
    told = _own(audience, datetime.now(BEIJING).date())
    found = sorted(begun(words, store_of(audience, near), told), key=lambda one: (one.match, _metres(one.row, near)))
    seen = {layer.id: layer for layer in registry.visible(audience)}
    return [_suggested(one, near, seen[one.row.layer]) for one in found[:MOST]]


def _suggested(one: Begun, near: Point | None, layer: Layer) -> Hit:
    columns = _columns(layer)
    own = dict(zip(columns, one.told.split(BETWEEN, len(columns) - 1), strict=True))
    return _worded(_hit(one.row, one.match, near) | {"door": one.door}, layer, own)


@lru_cache(maxsize=256)
def _own(audience: Audience, _day: date) -> str:
    """What a row's layer says of it to an audience, in SQL as ``layers.locate.seen``: it is asked with the row."""
    cases = []
    for layer in registry.visible(audience):
        if layer.id not in SOURCES or layer.guarded:
            continue
        own = _readable(layer, audience)
        try:
            rows = mogrify(*layer.rows_for(audience).values("pk", *own).query.sql_with_params(), connection)
        except EmptyResultSet:
            continue
        texts = (f"coalesce(own.\"{name}\"::text, '')" if name in own else "''" for name in _columns(layer))
        told = f"SELECT concat_ws('{BETWEEN}', {', '.join(texts)}) FROM ({rows}) AS own WHERE own.pk = p.\"row\""
        cases.append(f"WHEN '{layer.id}' THEN ({told})")
    return f"CASE p.layer {' '.join(cases)} END".replace("%", "%%") if cases else "''"


def _columns(layer: Layer) -> tuple[str, str, str, str]:
    return layer.subtitle, layer.name, layer.name_en, layer.subtitle_en


def _readable(layer: Layer, audience: Audience) -> list[str]:
    seen = {field.name for field in layer.fields_for(audience)}
    return [name for name in dict.fromkeys(_columns(layer)) if name in seen]


def addressed(words: str, audience: Audience, near: Point | None) -> list[Hit]:
    """What the line leads to as an address, where that is a thing on record."""
    hits = [
        {"layer": one.layer, "id": one.row, "title": one.title, "lon": one.lon, "lat": one.lat,
         "match": 2 + place, "distance": 0.0}
        for place, one in enumerate(locate(words, audience, near=near).candidates)
        if one.layer
    ]  # fmt: skip
    return _told(hits, audience)


def numbered(words: str, audience: Audience, near: Point | None) -> list[Hit]:
    """Houses around that bear a number in their estate, as who stands there says it: 3号楼, 3号楼502. With a room those
    that have it, if one does and the asker may know."""
    asked = locate(words, audience).understood
    if near is None or not asked.block or asked.places or asked.streets:
        return []
    up = AROUND_M / METRES
    across = up / math.cos(math.radians(near.y))
    box = [f"{edge:.6f}" for edge in (near.x - across, near.y - up, near.x + across, near.y + up)]
    rows = fetch(NUMBERED.format(seen=store_of(audience).seen), [*box, asked.block])
    houses = {row.row: row for row in rows}
    having = _with_room(list(houses), asked, audience) if asked.room else []
    found = sorted((houses[pk] for pk in having or houses), key=lambda row: _metres(row, near))
    return _told([_hit(row, 2, near) for row in found[:MOST]], audience)


def _with_room(houses: list[int], asked: Understood, audience: Audience) -> list[int]:
    layer = next((one for one in registry.visible(audience) if one.id == ROOMS), None)
    if layer is None:
        return []
    rows = layer.rows_for(audience).filter(building_id__in=houses, number=asked.room)
    told = rows.values_list("building_id", "unit__name")
    return list(dict.fromkeys(house for house, unit in told if asked.unit in ("", count(unit or ""))))


def _hit(row: Row, match: float, near: Point | None) -> Hit:
    return {
        "layer": row.layer,
        "id": row.row,
        "title": row.title,
        "areas": f"{row.district}{row.town}",
        "areas_en": areas_en(row.district, row.town),
        "lon": row.lon,
        "lat": row.lat,
        "match": match,
        "distance": _metres(row, near),
    }


def _told(hits: list[Hit], audience: Audience) -> list[Hit]:
    """The hits with what their layers say of them, one query a layer; what may not be seen is not among them."""
    seen = {layer.id: layer for layer in registry.visible(audience)}
    wanted: dict[str, list[int]] = {}
    for hit in hits:
        if hit["layer"] in seen:
            wanted.setdefault(hit["layer"], []).append(hit["id"])
    rows = ask(*((_subtitles(seen[name], audience), pks) for name, pks in wanted.items()))
    told = {(name, row["pk"]): row for name, some in zip(wanted, rows, strict=True) for row in some}
    return [
        _worded(hit, seen[hit["layer"]], told[hit["layer"], hit["id"]])
        for hit in hits
        if (hit["layer"], hit["id"]) in told
    ]


def _worded(hit: Hit, layer: Layer, own: dict[str, Any]) -> Hit:
    """A hit with what its row says besides; its English name, where it was found by its name and not by a door."""
    name = own.get(layer.name)
    named = hit["title"] in (name, whole(name or "", own.get(layer.subtitle)))
    return {
        **hit,
        "layer_title": layer.title,
        "layer_title_en": layer.title_en,
        "subtitle": own.get(layer.subtitle) or "",
        "subtitle_en": own.get(layer.subtitle_en) or "",
        "title_en": (own.get(layer.name_en) or "") if named else "",
        "lon": round(hit["lon"], 7),
        "lat": round(hit["lat"], 7),
    }


@lru_cache(maxsize=512)
def _subtitles(layer: Layer, audience: Audience) -> Statement:
    """The subtitles of some rows of a layer and their names, as far as the audience may see them."""
    own = _readable(layer, audience)
    return prepared(layer.rows_for(audience).filter(Among(F("pk"), PKS)).values("pk", *own))


def _metres(row: Row, near: Point | None) -> float:
    return metres((row.lon, row.lat), (near.x, near.y)) if near else 0.0
