"""What a program sends as a feature becomes values of columns; what cannot be is refused, and its property named."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, NoReturn

import numpy as np
import shapely
from django.contrib.gis.geos import GEOSGeometry
from django.core.exceptions import ValidationError
from django.db.backends.postgresql.psycopg_any import DateRange, DateTimeTZRange
from django.utils import translation
from shapely.geometry import shape as shapely_shape

from gis.crs_served import STORED, Served, degrees
from gis.errors import Invalid, Unfit
from gis.models import Code
from gis.schedule import Schedule
from layers.layer import Layer
from layers.properties import Kind, Property, moment, properties
from layers.scope import Audience

GEOMETRY = "geometry"
MOST_VERTICES = 20_000
KEPT = ("source", "source_id", "updated_at")
"""Columns of where a row is from: the register's, or ours, never the asker's."""
HOURS = "hours"
OPEN = ".."
MANY = {"Point": "MultiPoint", "LineString": "MultiLineString", "Polygon": "MultiPolygon"}
TYPES: dict[Kind, tuple[tuple[type, ...], str, str]] = {
    "string": ((str,), "文字", "a text"),
    "integer": ((int,), "整数", "a whole number"),
    "number": ((int, float), "数字", "a number"),
    "boolean": ((bool,), " true 或 false", "true or false"),
    "date": ((str,), "日期，例 2026-11-22", "a day, such as 2026-11-22"),
    "datetime": ((str,), "时刻，例 2026-11-22T07:00:00Z", "an instant, such as 2026-11-22T07:00:00Z"),
    "days": ((list,), "起止两日，开放的一端写 ..", "first and last day, .. where it is open"),
    "moments": ((list,), "起止两刻，开放的一端写 ..", "two instants, .. where it is open"),
    "strings": ((list,), "文字列表", "a list of texts"),
    "json": ((dict, list), "对象或列表", "an object or a list"),
}

TIMETABLE = ((dict, str), "时段，例 每日06:00-22:00", "hours, such as Mo-Su 06:00-22:00")


def writable(layer: Layer, audience: Audience) -> dict[str, Property]:
    """Return what an audience that may edit can set: columns of the row itself that it is told of."""
    told = properties(layer, audience)
    return {key: one for key, one in told.items() if "__" not in one.path and _own(layer, one.path)}


def _own(layer: Layer, path: str) -> bool:
    column: Any = layer.model._meta.get_field(path)
    return column.editable and not column.generated and path not in KEPT


def refuse(key: str, zh: str, en: str) -> NoReturn:
    """Say which property is wrong, and what would be right."""
    raise Unfit(f"属性 {key}：{zh} / property {key}: {en}")


def fill(row: Any, layer: Layer, audience: Audience, given: Mapping[str, Any], told: Mapping[str, Any]) -> list[str]:
    """Set the properties of a row, those left out to what they are without a word; return the keys of what differs
    from what was told of it. What cannot be set is left as it is, what is not told of is refused as not there."""
    known, mine = properties(layer, audience), writable(layer, audience)
    for key in given.keys() - known.keys():
        refuse(key[:60], f"没有这个属性，有 {' '.join(mine)}", f"there is none; there are {' '.join(mine)}")
    changed = [key for key in mine if told.get(key, None) != given.get(key, None) or (not told and key in given)]
    for key in changed:
        setattr(row, mine[key].path, _value(row, mine[key], given.get(key)))
    return changed


def _value(row: Any, one: Property, given: Any) -> Any:
    column = row._meta.get_field(one.path)
    if given is None:
        return column.get_default()
    types, zh, en = TIMETABLE if one.path == HOURS else TYPES[one.kind]
    if not isinstance(given, types) or (isinstance(given, bool) and one.kind != "boolean"):
        refuse(one.key, f"应为{zh}", f"should be {en}")
    try:
        value = _read(one, given)
    except (ValueError, TypeError, OverflowError):
        refuse(one.key, f"应为{zh}", f"should be {en}")
    _listed(one, value)
    return value


def _read(one: Property, given: Any) -> Any:
    if one.path == HOURS:
        return _hours(one, given)
    if one.kind == "number" and not math.isfinite(given):
        raise ValueError(given)
    if one.kind == "strings" and not all(isinstance(part, str) for part in given):
        raise ValueError(given)
    if one.kind in ("date", "datetime"):
        return date.fromisoformat(given) if one.kind == "date" else moment(given)
    if one.kind not in ("days", "moments"):
        return given
    read: Any = moment if one.kind == "moments" else date.fromisoformat
    first, last = (None if end == OPEN else read(end) for end in given)
    if one.kind == "moments":
        return DateTimeTZRange(first, last)
    return DateRange(first, last + timedelta(days=1) if last else None)


def _hours(one: Property, given: Any) -> Any:
    try:
        return Schedule.parse(given).to_json()
    except Invalid as wrong:
        refuse(one.key, *_halves(wrong))


def _halves(wrong: Invalid) -> tuple[str, str]:
    zh, _, en = str(wrong).partition(" / ")
    return zh, en or zh


def _listed(one: Property, value: Any) -> None:
    """Refuse a code that its list does not have, as the back office does; a list that was never loaded has all."""
    codes = one.field.codes if one.field else ""
    wanted = {str(part) for part in (value if isinstance(value, list) else [value]) if part not in ("", None)}
    if not codes or not wanted:
        return
    known = set(Code.objects.filter(list=codes).values_list("code", flat=True))
    for code in sorted(wanted - known) if known else ():
        few = " ".join(sorted(known)[:40])
        refuse(one.key, f"代码表中没有“{code[:40]}”，有 {few}", f"{code[:40]!r} is not on its list; there are {few}")


def shape(layer: Layer, given: Any, crs: Served) -> GEOSGeometry:
    """Return a geometry of GeoJSON, in a system and the order of its authority, as the column has it (EPSG:4490)."""
    column: Any = layer.model._meta.get_field(layer.geometry)
    try:
        drawn = shapely_shape(given)
        drawn = drawn if column.dim == 3 else shapely.force_2d(drawn)
        wanted = MANY.get(drawn.geom_type)
        if wanted and wanted.upper() == column.geom_type:
            drawn = getattr(shapely, wanted)([drawn])
    except (TypeError, ValueError, KeyError, IndexError, AttributeError, shapely.errors.ShapelyError):
        refuse(GEOMETRY, "不是 GeoJSON 几何", "no GeoJSON geometry")
    if column.geom_type not in (drawn.geom_type.upper(), "GEOMETRY") or drawn.geom_type == "GeometryCollection":
        refuse(GEOMETRY, f"应为 {column.geom_type}", f"should be {column.geom_type}")
    if drawn.is_empty or shapely.get_num_coordinates(drawn) > MOST_VERTICES:
        refuse(GEOMETRY, f"应有 1 到 {MOST_VERTICES} 个顶点", f"has 1 to {MOST_VERTICES} vertices")
    return GEOSGeometry(memoryview(shapely.to_wkb(_carried(drawn, crs))), srid=STORED)


def _carried(drawn: Any, crs: Served) -> Any:
    def move(places: Any) -> Any:
        return np.array([(*degrees(crs, *crs.pair(*place[:2])), *place[2:]) for place in places.tolist()])

    try:
        return shapely.transform(drawn, move, include_z=drawn.has_z)
    except Invalid as wrong:
        refuse(GEOMETRY, *_halves(wrong))


def merged(target: Any, patch: Any) -> Any:
    """Return a JSON value with a merge patch applied (RFC 7396): null takes away, objects are merged."""
    if not isinstance(patch, dict):
        return patch
    whole = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            whole.pop(key, None)
        else:
            whole[key] = merged(whole.get(key), value)
    return whole


def spoken(wrong: ValidationError, layer: Layer) -> Unfit:
    """Return what a model says against a row, property by property."""
    keys = {one.name: one.key for one in layer.fields} | {layer.geometry: GEOMETRY}
    parts = []
    for language, head in (("zh-hans", "属性 {}："), ("en", "property {}: ")):
        with translation.override(language):
            told = wrong.message_dict if hasattr(wrong, "error_dict") else {"__all__": wrong.messages}
        sentences = [
            (head.format(keys.get(name, name)) if name != "__all__" else "") + " ".join(map(str, said))
            for name, said in told.items()
        ]
        parts.append("；".join(sentences))
    return Unfit(" / ".join(parts))
