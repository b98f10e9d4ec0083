"""Shapes to ask about that nobody need draw: a circle of metres, the ground of a place, the corridor of a street."""

from __future__ import annotations

import json
from dataclasses import dataclass

from django.contrib.gis.geos import GEOSGeometry, Point

from gis.covering import MOST_VERTICES, SIDES, Union, square_metres, widened
from gis.errors import Invalid, NotFound
from gis.queries import around
from layers import registry
from layers.city.lately import STREET_M
from layers.facts import Json
from layers.features import DIGITS, whole
from layers.layer import Layer, Rows
from layers.scope import Audience

CORRIDOR_M = 30
"""To each side of a line, and around a point, where nothing is said."""
WHOLE = ("roads",)
"""Layers whose rows are pieces: a street is asked about with all the pieces of its name."""


@dataclass(frozen=True, slots=True)
class Region:
    """A surface of degrees, and what it is called where it has a name."""

    shape: GEOSGeometry
    title: str = ""


def circle(point: Point, metres: float) -> Region:
    """All that lies within so many metres of a point."""
    return Region(widened(point, metres))


def ground(code: str, audience: Audience, metres: float | None) -> Region:
    """The surface of a place, named as ``layer:number``, and so many metres around it: 30 around what is no surface.

    What is guarded is told of for a purpose only, so its shape is not for asking by.
    """
    layer_id, _, key = code.partition(":")
    layer = registry.get(layer_id, audience)
    if layer.guarded:
        raise Invalid("参数 place：受限图层的形状不能作范围 / parameter place: the layer is guarded")
    row = layer.rows_for(audience).filter(pk=int(key)).first() if key.isascii() and key.isdigit() else None
    if row is None or len(key) > 9:
        raise NotFound(f"没有地点“{code}” (no such place)")
    shape = _whole(layer, row, layer.rows_for(audience))
    reach = metres if metres is not None else 0 if shape.geom_type in SIDES else CORRIDOR_M
    return Region(_bounded(widened(shape, reach) if reach else shape), _title(layer, row, audience))


def _whole(layer: Layer, row: object, rows: Rows) -> GEOSGeometry:
    shape: GEOSGeometry = getattr(row, layer.geometry)
    name = getattr(row, layer.name, "") if layer.id in WHOLE else ""
    if not name:
        return shape
    pieces = around(rows.filter(**{layer.name: name}), shape.point_on_surface, STREET_M)
    found: GEOSGeometry = pieces.order_by().aggregate(all=Union(layer.geometry))["all"]
    return found


def _bounded(shape: GEOSGeometry) -> GEOSGeometry:
    if shape.geom_type not in SIDES:
        raise Invalid("参数 reach：须大于 0，此处没有面 / parameter reach: more than 0, the place is no surface")
    if shape.num_coords > MOST_VERTICES:
        raise Invalid(f"范围的顶点超过 {MOST_VERTICES} / the shape has more than {MOST_VERTICES} vertices")
    return shape


def _title(layer: Layer, row: object, audience: Audience) -> str:
    seen = [field.name for field in layer.fields_for(audience)]
    named = {path: _read(row, path) for path in (layer.name, layer.subtitle) if path in seen}
    return whole(named.get(layer.name) or layer.title, named.get(layer.subtitle))


def _read(row: object, path: str) -> str:
    for part in path.split("__"):
        row = getattr(row, part, None)
    return str(row or "")


def told(region: Region) -> Json:
    """Return how large a shape is, where it lies and its outline."""
    west, south, east, north = (round(degrees, DIGITS) for degrees in region.shape.extent)
    return {
        "title": region.title,
        "square_metres": round(square_metres(region.shape), 1),
        "bounds": [west, south, east, north],
        "geometry": json.loads(region.shape.geojson, parse_float=lambda text: round(float(text), DIGITS)),
    }
