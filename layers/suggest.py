"""The index of places as the search box sees it: what is being typed may become a name or a door, or is an address."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

from django.contrib.gis.geos import Point
from django.db.models import BigIntegerField, F

from gis.degrees import METRES, metres
from gis.locate import index
from gis.locate.begun import begun
from gis.locate.meaning import count
from gis.locate.parts import Understood
from gis.locate.store import FIELDS, Row, fetch
from gis.prepared import Given, Statement, ask, prepared
from gis.queries import Among
from layers import registry
from layers.layer import Layer
from layers.locate import locate, store_of
from layers.scope import Audience

AROUND_M = 600
"""So far from where one looks a house may be that is named by nothing but its number in its estate."""
HOUSES, ROOMS = "buildings", "rooms"
NUMBERED = f"""
SELECT {FIELDS} FROM spatial_building b JOIN spatial_place p ON p.layer = '{HOUSES}' AND p."row" = b.id
 WHERE b.geom && ST_MakeEnvelope(%s, %s, %s, %s, 4490) AND p.block = %s AND ({{seen}})"""
PKS = Given(lambda pks: pks, BigIntegerField())
Hit = dict[str, Any]


MOST = 16


def suggested(words: str, audience: Audience, near: Point | None) -> list[Hit]:
    """Rows whose name begins so, or doors whose number does: the whole name first, then the nearest."""
    index.glance()
    found = sorted(begun(words, store_of(audience, near)), key=lambda one: (one.match, _metres(one.row, near)))
    return _told([_hit(one.row, one.match, near) | {"door": one.door} for one in found[:MOST]], audience)


def addressed(words: str, audience: Audience, near: Point | None) -> list[Hit]:
    """What the line leads to as an address, where that is a thing on record."""
    hits = [
        {"layer": one.layer, "id": one.row, "title": one.title, "areas": "", "lon": one.lon, "lat": one.lat,
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
        {**hit, "layer_title": seen[hit["layer"]].title, "layer_title_en": seen[hit["layer"]].title_en,
         **_own_words(seen[hit["layer"]], hit["title"], told[hit["layer"], hit["id"]]),
         "lon": round(hit["lon"], 7), "lat": round(hit["lat"], 7)}
        for hit in hits if (hit["layer"], hit["id"]) in told
    ]  # fmt: skip


def _own_words(layer: Layer, title: str, row: dict[str, Any]) -> dict[str, str]:
    """What a row says besides; its English name, where it is by its name that it was found and not by a door."""
    named = title == row.get(layer.name)
    return {"subtitle": row.get(layer.subtitle) or "", "title_en": (row.get(layer.name_en) or "") if named else ""}


@lru_cache(maxsize=512)
def _subtitles(layer: Layer, audience: Audience) -> Statement:
    """The subtitles of some rows of a layer and their names, as far as the audience may see them."""
    seen = {field.name for field in layer.fields_for(audience)}
    own = [name for name in dict.fromkeys((layer.subtitle, layer.name, layer.name_en)) if name in seen]
    return prepared(layer.rows_for(audience).filter(Among(F("pk"), PKS)).values("pk", *own))


def _metres(row: Row, near: Point | None) -> float:
    return metres((row.lon, row.lat), (near.x, near.y)) if near else 0.0
