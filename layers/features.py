"""One feature as a card: what it is, where it belongs, what is known of it and from where."""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import takewhile
from typing import Any

from django.contrib.gis.db.models import Extent, PointField
from django.contrib.gis.db.models.functions import AsGeoJSON
from django.contrib.gis.geos import Point
from django.db.backends.postgresql.psycopg_any import Range
from django.db.models import Func, Model
from django.utils.timezone import localdate, localtime

from gis.errors import Invalid, NotFound
from gis.models import Area, Grid
from gis.prepared import fetch
from gis.schedule import Schedule
from layers.english import PHRASES, places
from layers.layer import Field, Layer
from layers.scope import Audience

DIGITS = 7
PROVENANCE = ("source", "surveyed_at", "updated_at")
NAMED = "SELECT list, code, name, name_en FROM spatial_code WHERE list = ANY(%s) AND code = ANY(%s) ORDER BY edition"


class InsidePoint(Func):
    """A point certainly on the geometry, for the pin of a card."""

    function = "ST_PointOnSurface"
    output_field = PointField(srid=4490)


def whole(title: str, subtitle: Any) -> str:
    """Return what a row is called: a title that only begins its subtitle, a road of its corner, is not all of it."""
    return subtitle if title and isinstance(subtitle, str) and subtitle.startswith(title) else title


def card(layer: Layer, audience: Audience, pk: int) -> dict[str, Any]:
    """Return the feature for people and its geometry (GeoJSON, lon/lat); ``NotFound`` when it is not theirs."""
    fields = layer.fields_for(audience)
    rows = layer.rows_for(audience).filter(pk=pk)
    # Option 0: by default PostGIS adds a crs member to the GeoJSON of any SRID but 4326.
    shown = rows.annotate(
        card_json=AsGeoJSON(layer.geometry, precision=DIGITS, options=0), card_point=InsidePoint(layer.geometry)
    )
    found = shown.values(*[field.name for field in fields], "card_json", "card_point").first()
    if found is None:
        raise NotFound(f"没有编号为 {pk} 的{layer.title} (no such feature)")
    point: Point = found["card_point"]
    said = in_words(layer, fields, found, code_names(list(spoken(fields, [found]))))
    origin = said.get(layer.source or "source", {"value": "", "value_en": ""})
    return {
        "layer": layer.id,
        "layer_title": layer.title,
        "layer_title_en": layer.title_en,
        "id": pk,
        "title": whole(found.get(layer.name) or layer.title, found.get(layer.subtitle)),
        "title_en": found.get(layer.name_en) or ("" if found.get(layer.name) else layer.title_en),
        "subtitle": said.get(layer.subtitle, {}).get("value", ""),
        "subtitle_en": said.get(layer.subtitle, {}).get("value_en", ""),
        "rows": [row for key, row in said.items() if key.rpartition("__")[2] not in PROVENANCE],
        "provenance": {key.rpartition("__")[2]: row["value"] for key, row in said.items() if _tells_origin(key)}
        | ({"source_en": origin["value_en"]} if origin["value_en"] != origin["value"] else {}),
        "lon": round(point.x, DIGITS),
        "lat": round(point.y, DIGITS),
        "bounds": rows.aggregate(box=Extent(layer.geometry))["box"],
        "geometry": json.loads(found["card_json"]),
        "within": list(takewhile(lambda wider: (wider["layer"], wider["id"]) != (layer.id, pk), within(point))),
    }


def within(point: Point, day: date | None = None) -> list[dict[str, Any]]:
    """Return the areas and the grid that held a point on a day, or do today, from the widest to the smallest."""
    held = {"geom__contains": point, "valid__contains": day or localdate()}
    areas = Area.objects.filter(**held).order_by("level").values("pk", "name", "name_en", "code")
    grids = Grid.objects.filter(**held).values("pk", "name", "name_en", "code")
    return [
        {"layer": layer, "id": row["pk"], "title": row["name"] or row["code"], "title_en": row["name_en"]}
        for layer, rows in (("areas", areas), ("grids", grids))
        for row in rows
    ]


def _tells_origin(key: str) -> bool:
    return key.rpartition("__")[2] in PROVENANCE


Names = dict[tuple[str, str], tuple[str, str]]


def words(layer: Layer, fields: tuple[Field, ...], rows: list[dict[str, Any]]) -> list[dict[str, dict[str, Any]]]:
    """Return for each row what is filled in, in words: by field name, in the order declared; one query for all."""
    names = code_names(list(spoken(fields, rows)))
    return [in_words(layer, fields, row, names) for row in rows]


def spoken(fields: tuple[Field, ...], rows: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """Yield the codes that rows are told in words for, with their lists."""
    for field in fields:
        if field.told_by:
            yield from ((field.told_by, code) for row in rows for code in codes(row[field.name]))


def in_words(layer: Layer, fields: tuple[Field, ...], found: dict[str, Any], names: Names) -> dict[str, dict[str, Any]]:
    """Return what is filled in of a row, in words."""
    rows: dict[str, dict[str, Any]] = {}
    for field in fields:
        value = found[field.name] if field.card else None
        if value in (None, "", [], {}):
            continue
        listed = several(field, value, names) if isinstance(value, list) else names.get((field.told_by, str(value)))
        zh, en = listed or choice(layer.model, field.name, value) or plain(value)
        unit, unit_en = field.unit_of(found)
        rows[field.name] = {
            "key": field.key,
            "title": field.title,
            "title_en": field.title_en,
            "value": zh,
            "value_en": en or zh,
            "raw": value if field.codes else None,
            "unit": unit,
            "unit_en": unit_en,
        }
    return rows


def codes(value: Any) -> list[str]:
    """Return the codes a column holds: one, or those of a list."""
    return [str(code) for code in value] if isinstance(value, list) else [str(value)]


def several(field: Field, value: list[Any], names: dict[tuple[str, str], tuple[str, str]]) -> tuple[str, str]:
    """Return a list as people write it, its codes in words."""
    said = [names.get((field.codes, str(code)), (str(code), "")) for code in value]
    return "、".join(zh for zh, _ in said), ", ".join(en or zh for zh, en in said)


def in_english(phrases: list[str]) -> list[str]:
    """Return what phrases are in English, in their order; nothing for what the list does not have."""
    names = code_names([(PHRASES, phrase) for phrase in phrases if phrase])
    return [names.get((PHRASES, phrase), ("", ""))[1] for phrase in phrases]


def code_names(wanted: list[tuple[str, str]]) -> Names:
    """Return names (zh, en) of codes in a query, of places in another; of several editions the last by name counts."""
    if not wanted:
        return {}
    lists, codes = (sorted(set(part)) for part in zip(*wanted, strict=True))
    answers = fetch([(NAMED, [lists, codes]), *places(wanted)])
    return {(name, code): (zh, en) for entries in answers for name, code, zh, en in entries}


def choice(model: type[Model], path: str, value: Any) -> tuple[str, str] | None:
    """Return the label of a value whose model field has choices."""
    found = labels(model, path)
    return (str(found[value]), "") if found and isinstance(value, Hashable) and value in found else None


@lru_cache(maxsize=1024)
def labels(model: type[Model], path: str) -> dict[Any, Any]:
    """Return the labels of all values of a model field that has choices; kept, nobody changes it."""
    owner: Any = model
    for part in path.split("__"):
        field = owner._meta.get_field(part)
        owner = field.related_model
    return dict(getattr(field, "flatchoices", ()) or ())


def plain(value: Any) -> tuple[str, str]:
    """Return a value as people write it, Chinese and English."""
    if isinstance(value, str):  # most are, and a text is none of these
        return value, ""
    if isinstance(value, bool):
        return ("是", "yes") if value else ("否", "no")
    if isinstance(value, datetime):
        return localtime(value).strftime("%Y-%m-%d %H:%M"), ""
    if isinstance(value, Decimal | float):
        return f"{value:.2f}".rstrip("0").rstrip("."), ""
    if isinstance(value, Range):
        return period(value)
    if isinstance(value, dict):
        return hours(value)
    return str(value), ""


def period(span: Range[Any]) -> tuple[str, str]:
    """Return a range of dates or moments in words; an open end means until further notice."""
    last = span.upper
    if isinstance(last, date) and not isinstance(last, datetime):
        last -= timedelta(days=1)  # people name the last day, PostgreSQL the one after
    start, end = _moment(span.lower), _moment(last)
    if not start and end:
        return f"至 {end}", f"until {end}"
    if not end:
        return f"{start} 起", f"since {start}"
    return f"{start} 至 {end}", f"{start} to {end}"


def _moment(value: date | datetime | None) -> str:
    return plain(value)[0] if value else ""


def hours(value: dict[str, Any]) -> tuple[str, str]:
    """Return stored hours in words, or as stored when they are of a form we do not know."""
    try:
        times = Schedule.parse(value)
    except Invalid:
        return json.dumps(value, ensure_ascii=False), ""
    return times.text("zh"), times.text("en")
