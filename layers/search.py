"""Finding by name across every layer an audience may see, the best match first."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.contrib.gis.db.backends.postgis.adapter import PostGISAdapter
from django.contrib.gis.db.models.functions import Distance
from django.contrib.gis.geos import Point
from django.db.models import Case, CharField, FloatField, Func, IntegerField, Lookup, Q, Value, When

from gis.models import Code
from gis.prepared import fetch
from layers import registry
from layers.features import InsidePoint, choice, code_names, whole
from layers.layer import Layer
from layers.likeliest import each_once, ordered
from layers.locate import ADDRESSES
from layers.places import places
from layers.scope import Audience
from layers.suggest import addressed, numbered, suggested

LONGEST = 60
SHORTEST = 2  # a single character is in too many words for kinds


GAP = "\ue000"  # of no script: stands for the words in a statement that is kept
HIT = ("pk", "match", "far", "pin_lon", "pin_lat")


def escaped(words: str) -> str:
    """Return words for a pattern; the user's own wildcards are letters."""
    return words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


@CharField.register_lookup
class Like(Lookup):
    """``name__like``: contains, whatever the case, in the form that trigram indexes serve (``icontains`` is not)."""

    lookup_name = "like"

    def get_prep_lookup(self) -> str:
        """Return the pattern."""
        return f"%{escaped(str(self.rhs))}%"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """Return ``column ILIKE pattern``."""
        left, left_params = self.process_lhs(compiler, connection)
        right, right_params = self.process_rhs(compiler, connection)
        return f"{left}::text ILIKE {right}", (*left_params, *right_params)


def search(text: str, audience: Audience, near: Point | None = None, limit: int = 10) -> list[dict[str, Any]]:
    """Return up to ``limit`` features whose name, address or kind holds ``text``: exact, leading, then nearest."""
    words = plain(text)
    if not words or "\0" in words:
        return []
    layers = tuple(layer for layer in registry.visible(audience) if not layer.guarded)
    found = suggested(words, audience, near)
    settled = sum(hit.pop("door") for hit in found)  # the very door that was typed: nobody looks for what holds it
    if not settled and len({(hit["layer"], hit["title"]) for hit in found}) < limit:
        kinds = meant(words, layers)
        others = [layer for layer in layers if layer.id != ADDRESSES]  # of these the index of places knows all
        found += _hits(others, words, kinds, audience, near, limit)
    found = found or addressed(words, audience, near) or numbered(words, audience, near)
    return each_once(in_words(ordered(found)[: limit * 5], audience))[:limit]


def by_code(text: str, audience: Audience) -> list[dict[str, Any]]:
    """Return rows of guarded layers that bear exactly this code: they are suggested to nobody who only tries."""
    layers = {layer.id: layer for layer in registry.visible(audience) if layer.guarded}
    bearing = places(text, audience) if layers and "\0" not in text and ":" not in text else []
    return [_coded(layers[one["layer"]], text, one) for one in bearing if one["layer"] in layers]


def _coded(layer: Layer, code: str, one: dict[str, Any]) -> dict[str, Any]:
    return {
        "layer": layer.id,
        "layer_title": layer.title,
        "layer_title_en": layer.title_en,
        "id": one["id"],
        "title": code,
        "title_en": "",
        "subtitle": "",
        "subtitle_en": "",
        "lon": round(one["lon"], 7),
        "lat": round(one["lat"], 7),
        "match": 0,
        "distance": 0.0,
    }


def plain(text: str) -> str:
    """Return what was typed without its accidents: full-width forms, blanks between Chinese words, excess length."""
    narrow = unicodedata.normalize("NFKC", text).strip()[:LONGEST]
    return re.sub(r"(?<=[^\x00-\x7f])\s+|\s+(?=[^\x00-\x7f])", "", narrow)


def meant(words: str, layers: Iterable[Layer]) -> dict[str, list[str]]:
    """Return by code list the codes that ``words`` name, in Chinese, English or another usual word."""
    lists = {field.codes for layer in layers for field in layer.fields if field.codes and field.name in layer.search}
    if len(words) < SHORTEST:
        return {}
    spoken = Q(name__like=words) | Q(name_en__like=words) | Q(attributes__also__contains=[words.lower()])
    codes: dict[str, list[str]] = {}
    for name, code in Code.objects.filter(spoken, list__in=lists).values_list("list", "code"):
        codes.setdefault(name, []).append(code)
    return codes


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
        unnamed = {"title": zh, "title_en": en} if hit["title"] == layer.title and zh else {}
        areas, areas_en = hit.pop("areas", ""), hit.pop("areas_en", "")  # when nothing more is said of a name
        areas_en, en = areas_en or areas, en or hit.get("subtitle_en", "")
        hit |= {"subtitle": zh or areas, "subtitle_en": en or zh or areas_en, **unnamed}
        if not layer.inside and whole(hit["title"], zh) != hit["title"]:  # room 3 is not all of house 35
            hit |= {"title": zh, "title_en": en or hit["title_en"], "subtitle": areas, "subtitle_en": areas_en}
    return hits


@dataclass(frozen=True)
class Statement:
    """One layer's question, compiled: the ORM takes ten times as long over it as PostgreSQL over the answer."""

    sql: str
    params: tuple[Any, ...]
    names: tuple[str, ...]
    columns: tuple[str, ...]
    fetched: tuple[str, ...]

    def given(self, words: str, near: Point | None) -> list[Any]:
        """Its parameters for these words, from here."""
        return [_filled(param, words, near) for param in self.params]


def _filled(param: Any, words: str, near: Point | None) -> Any:
    if isinstance(param, PostGISAdapter):
        return PostGISAdapter(near)
    if param == GAP or not isinstance(param, str):
        return words if param == GAP else param
    return param.replace(GAP, escaped(words))


def _hits(
    layers: list[Layer], words: str, kinds: dict[str, list[str]], audience: Audience, near: Point | None, limit: int
) -> list[dict[str, Any]]:
    """What each layer's own columns say, all layers asked together."""
    asked = []
    for layer in layers:
        coded = {field.codes for field in layer.fields} & kinds.keys()
        meant_here = tuple((name, *kinds[name]) for name in sorted(coded))
        if statement := _statement(layer, audience, meant_here, near is not None, limit):
            asked.append((layer, statement))
    found = fetch([(statement.sql, statement.given(words, near)) for _, statement in asked])
    return [_hit(*one, row) for one, rows in zip(asked, found, strict=True) for row in rows]


@lru_cache(maxsize=512)
def _statement(
    layer: Layer, audience: Audience, kinds: tuple[tuple[str, ...], ...], near: bool, limit: int
) -> Statement | None:
    """Compile the question for words yet to come; None when the audience may read no column of the layer's own."""
    fields = {field.name: field for field in layer.fields_for(audience)}
    columns = tuple(name for name in layer.search if name in fields and not fields[name].codes)
    if not columns:
        return None
    chosen = {name: codes for name, *codes in kinds}
    matches = Q(pk__in=[])
    for name in layer.search:
        if name in columns:
            matches |= Q(**{f"{name}__like": GAP})
        elif name in fields and fields[name].codes in chosen:
            matches |= Q(**{f"{name}__in": chosen[fields[name].codes]})
    rank = Case(
        When(**{f"{columns[0]}__iexact": GAP}, then=Value(0)),
        When(**{f"{columns[0]}__istartswith": GAP}, then=Value(1)),
        When(**{f"{columns[0]}__like": GAP}, then=Value(2)),
        default=Value(3),
        output_field=IntegerField(),
    )
    here = Point(0.0, 0.0, srid=4490)  # in whose place the real one comes
    far = Distance(layer.geometry, here) if near else Value(0.0, output_field=FloatField())
    names = tuple(name for name in (layer.name, layer.name_en, layer.subtitle, *layer.inside) if name in fields)
    rows = layer.rows_for(audience).filter(matches).annotate(match=rank, far=far)
    rows = rows.annotate(pin_lon=_ordinate("ST_X", layer), pin_lat=_ordinate("ST_Y", layer))
    wanted = dict.fromkeys((*HIT, *names, *columns))
    top = rows.order_by("match", "far", *layer.order).values_list(*wanted)[: limit * 3]
    sql, params = top.query.sql_with_params()
    return Statement(sql, params, names, columns, tuple(wanted)[len(HIT) :])


def _ordinate(function: str, layer: Layer) -> Func:
    return Func(InsidePoint(layer.geometry), function=function, output_field=FloatField())


def _hit(layer: Layer, asked: Statement, row: tuple[Any, ...]) -> dict[str, Any]:
    pk, match, far, lon, lat = row[: len(HIT)]
    values = dict(zip(asked.fetched, row[len(HIT) :], strict=True))
    named = values[layer.name] if layer.name in asked.names else None
    inside = " · ".join(dict.fromkeys(values[name] for name in layer.inside if values.get(name)))
    return {
        "layer": layer.id,
        "layer_title": layer.title,
        "layer_title_en": layer.title_en,
        "id": pk,
        "title": named or next((values[name] for name in asked.columns if values[name]), layer.title),
        "title_en": (values.get(layer.name_en) or "") if named else "",
        "subtitle": inside or (values[layer.subtitle] if layer.subtitle in asked.names else None) or "",
        "lon": round(lon, 7),
        "lat": round(lat, 7),
        "match": match,
        "distance": far,
    }
