"""The question that is asked most, all of a layer in a box, is written once for a layer and an audience, planned once.

It is that of `layers.paging` with places for the numbers of the box; what the box means is said in `layers.filters`.
"""

from __future__ import annotations

from functools import lru_cache
from operator import itemgetter
from typing import Any

from django.db import connection
from django.db.models import FloatField, Value

from gis.crs_served import Box, Served, around
from gis.models.located import TILES
from gis.prepared import NOTHING, Given, Statement, prepared
from layers.filters.places import Envelope, meets, reached, srid_of
from layers.geojson import whole
from layers.layer import Layer
from layers.paging import FOUND, Way
from layers.properties import Property
from layers.scope import Audience


def way(
    layer: Layer, audience: Audience, told: tuple[Property, ...], crs: Served, system: Served, box: Box
) -> Way | None:
    """Return how the features of a box are found; None for a box that has no inside, or lies across the date line."""
    west, south, east, north = box
    statement = _written(layer, audience, told, crs, srid_of(system))
    if statement is NOTHING or not (west < east and south < north):
        return None
    return Way(statement.sql, statement.given((*reached(around(system, box)), *box)))


@lru_cache(maxsize=512)
def _written(layer: Layer, audience: Audience, told: tuple[Property, ...], crs: Served, srid: int) -> Statement:
    near, drawn = _place(0, TILES), _place(4, srid)
    rows = prepared(layer.rows_for(audience).order_by().filter(meets(layer, srid, near, drawn)).values("pk"))
    if rows is NOTHING:
        return NOTHING
    sql = FOUND.format(rows=rows.sql, whole=_constant(*whole(layer, audience, told, crs)))
    return Statement(sql, rows.parameters, (), ())


def _place(first: int, srid: int) -> Envelope:
    """A box whose four numbers are given with each asking, from the first on."""
    numbers = [Given(itemgetter(at), FloatField()) for at in range(first, first + 4)]
    return Envelope(*numbers, Value(srid))


def _constant(sql: str, given: tuple[Any, ...]) -> str:
    """A statement with its parameters written out: names of properties, of which PostgreSQL could not tell the type."""
    with connection.cursor() as cursor:
        text = cursor.mogrify(sql, given)
    return (text if isinstance(text, str) else text.decode()).replace("%", "%%")
