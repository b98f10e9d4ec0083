"""The question that is asked most, all of a layer in a box, is written once for a layer and an audience, planned once.

It is that of `layers.paging` with places for the numbers of the box; what the box means is said in `layers.filters`.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from operator import itemgetter

from django.db.models import FloatField, Value

from gis.crs_served import Box, Served, around
from gis.message import Question, literal, question
from gis.models.located import TILES
from gis.prepared import NOTHING, Given, prepared
from layers.filters.places import Envelope, meets, reached, srid_of
from layers.geojson import whole
from layers.layer import Layer
from layers.paging import BOUNDS, FOUND, Way
from layers.properties import Property
from layers.scope import Audience


def way(
    layer: Layer, audience: Audience, told: tuple[Property, ...], crs: Served, system: Served, box: Box
) -> Way | None:
    """Return how the features of a box are found; None for a box that has no inside, or lies across the date line."""
    west, south, east, north = box
    asked = _written(layer, audience, told, crs, srid_of(system))
    if asked is None or not (west < east and south < north):
        return None
    return Way(asked, (*reached(around(system, box)), *box))


@lru_cache(maxsize=512)
def _written(layer: Layer, audience: Audience, told: tuple[Property, ...], crs: Served, srid: int) -> Question | None:
    near, drawn = _place(0, TILES), _place(4, srid)
    rows = prepared(layer.rows_for(audience).order_by().filter(meets(layer, srid, near, drawn)).values("pk"))
    if rows is NOTHING:
        return None
    constant = literal(*whole(layer, audience, told, crs))  # names of properties, of which nobody could tell the type
    sql = FOUND.format(rows=rows.sql, whole=constant.replace("%", "%%"))
    return question(replace(rows, sql=sql), *(itemgetter(at) for at in range(8, 8 + BOUNDS)))


def _place(first: int, srid: int) -> Envelope:
    """A box whose four numbers are given with each asking, from the first on; drawn once, not for each row."""
    numbers = [Given(itemgetter(at), FloatField()) for at in range(first, first + 4)]
    return Envelope(*numbers, Value(srid), template="(SELECT %(function)s(%(expressions)s))")
