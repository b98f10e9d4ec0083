"""Features as GeoJSON (RFC 7946) written by PostGIS, a text a row: no geometry is ever a Python object."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db.models import F, Func, TextField, Value
from django.db.models.expressions import Combinable

from gis.crs_served import Served
from layers.layer import Layer, Rows
from layers.properties import Property
from layers.scope import Audience

PATTERN = '{"type":"Feature","id":%s,"geometry":%s,"properties":%s}'
ENDS = "json_build_array(COALESCE(to_json({first}), '\"..\"'::json), COALESCE(to_json({last}), '\"..\"'::json))"
SPANS = {
    "days": ENDS.format(first="lower(%(expressions)s)", last="upper(%(expressions)s) - 1"),
    "moments": ENDS.format(first="lower(%(expressions)s)", last="upper(%(expressions)s)"),
}


class Compiled(NamedTuple):
    """A statement and its parameters."""

    sql: str
    given: tuple[Any, ...]


class Text(Func):
    """Something that is text in SQL."""

    output_field = TextField()


def feature(layer: Layer, told: Iterable[Property], crs: Served) -> Text:
    """Return the expression of a whole feature."""
    return Text(Value(PATTERN), F("pk"), geometry(layer.geometry, crs), members(told), function="format")


def geometry(path: str, crs: Served) -> Combinable:
    """Return the GeoJSON of a geometry in a system, its numbers in the order of the authority."""
    form = "%(expressions)s" if crs.degrees else f"ST_Transform(%(expressions)s, {crs.srid})"
    if crs.north_first:
        form = f"ST_FlipCoordinates({form})"
    # Option 0: by default PostGIS adds a crs member to the GeoJSON of any SRID but 4326.
    return Text(F(path), template=f"COALESCE(ST_AsGeoJSON({form}, {crs.digits}, 0), 'null')")


def members(told: Iterable[Property]) -> Text:
    """Return the expression of the properties; their names are declared, so they may stand in the SQL."""
    given = list(told)
    parts = [part for one in given for part in (Value(one.key), _value(one))]
    return Text(*parts, template="json_build_object(%(expressions)s)")


def _value(one: Property) -> Combinable:
    if one.kind not in SPANS:
        return one.column
    return Text(one.column, template=f"CASE WHEN %(expressions)s IS NOT NULL THEN {SPANS[one.kind]} END")


@lru_cache(maxsize=512)
def whole(layer: Layer, audience: Audience, told: tuple[Property, ...], crs: Served) -> Compiled:
    """Return the statement of all features that an audience may see, number and text, compiled once.

    As with tiles, what depends on the day is SQL's own now, so that the statement of yesterday is that of today.
    """
    rows = layer.rows_for(audience).order_by().annotate(ogc_feature=feature(layer, told, crs))
    try:
        sql, given = rows.values_list("pk", "ogc_feature").query.sql_with_params()
    except EmptyResultSet:
        return Compiled("SELECT NULL::bigint, NULL::text WHERE false", ())
    return Compiled(sql, tuple(given))


def features(layer: Layer, rows: Rows, told: Iterable[Property], crs: Served, pks: Sequence[int]) -> list[str]:
    """Return the features of some rows, in the order of their numbers as given."""
    whole = rows.order_by().filter(pk__in=list(pks)).annotate(ogc_feature=feature(layer, told, crs))
    texts: dict[int, Any] = dict(whole.values_list("pk", "ogc_feature"))
    return [texts[pk] for pk in pks if pk in texts]
