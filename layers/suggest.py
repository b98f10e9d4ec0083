"""The index of places as the search box sees it: what is being typed may become a name or a door, or is an address."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

from django.contrib.gis.geos import Point
from django.db.models import BigIntegerField, F

from gis.locate import index
from gis.locate.begun import begun
from gis.locate.store import Row
from gis.prepared import Given, Statement, ask, prepared
from gis.queries import Among
from layers import registry
from layers.layer import Layer
from layers.locate import locate, store_of
from layers.scope import Audience

METRES = 111_320.0
PKS = Given(lambda pks: pks, BigIntegerField())
Hit = dict[str, Any]


MOST = 16
ENGLISH = "name_en"


def suggested(words: str, audience: Audience, near: Point | None) -> list[Hit]:
    """Rows whose name begins so, or doors whose number does: the whole name first, then the nearest."""
    index.glance()
    found = sorted(begun(words, store_of(audience)), key=lambda one: (one.match, _metres(one.row, near)))
    hits = [
        {
            "layer": one.row.layer,
            "id": one.row.row,
            "title": one.row.title,
            "areas": f"{one.row.district}{one.row.town}",
            "lon": one.row.lon,
            "lat": one.row.lat,
            "match": one.match,
            "distance": _metres(one.row, near),
            "door": one.door,
        }
        for one in found[:MOST]
    ]
    return _told(hits, audience)


def addressed(words: str, audience: Audience) -> list[Hit]:
    """What the line leads to as an address, where that is a thing on record."""
    hits = [
        {"layer": one.layer, "id": one.row, "title": one.title, "areas": "", "lon": one.lon, "lat": one.lat,
         "match": 2 + place, "distance": 0.0}
        for place, one in enumerate(locate(words, audience).candidates)
        if one.layer
    ]  # fmt: skip
    return _told(hits, audience)


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
    return {"subtitle": row.get(layer.subtitle) or "", "title_en": (row.get(ENGLISH) or "") if named else ""}


@lru_cache(maxsize=512)
def _subtitles(layer: Layer, audience: Audience) -> Statement:
    """The subtitles of some rows of a layer and their names, as far as the audience may see them."""
    seen = {field.name for field in layer.fields_for(audience)}
    own = [name for name in dict.fromkeys((layer.subtitle, layer.name, ENGLISH)) if name in seen]
    return prepared(layer.rows_for(audience).filter(Among(F("pk"), PKS)).values("pk", *own))


def _metres(row: Row, near: Point | None) -> float:
    if near is None:
        return 0.0
    return math.hypot((row.lon - near.x) * math.cos(math.radians(near.y)), row.lat - near.y) * METRES
