"""Places in a filter: GeoJSON shapes and boxes in the filter's system, and how they lie to a row's geometry.

Vertices are carried to EPSG:4490, where the relations are judged; the index of ``shape`` finds who can be concerned.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import shapely
from django.contrib.gis.db.models.functions import Transform
from django.contrib.gis.geos import GEOSGeometry
from django.db.models import F, FloatField, Func, Value
from django.db.models.expressions import Combinable
from shapely.geometry import shape as shapely_shape

from gis.crs_served import STORED, Box, Served, around, degrees
from gis.errors import Invalid
from gis.models.located import TILES
from gis.queries import constant, mercator
from layers.filters.refusing import refuse
from layers.filters.sql import Not, Yes, asked, joined
from layers.filters.terms import GEOMETRY, Scope, Term, Tree, listed, term
from layers.layer import Layer, Rows

PLACES = {
    "s_intersects": "ST_Intersects",
    "s_disjoint": "ST_Disjoint",
    "s_equals": "ST_Equals",
    "s_touches": "ST_Touches",
    "s_within": "ST_Within",
    "s_overlaps": "ST_Overlaps",
    "s_crosses": "ST_Crosses",
    "s_contains": "ST_Contains",
}
MOST_VERTICES = 5000
SLACK_M = 1.0  # of the index: boxes of degrees and of map metres are rounded differently


def places(operator: str, args: Any, where: str, scope: Scope) -> Yes:
    """Return how two places lie to each other."""
    given = listed(args, 2, where)
    left, right = (place(part, f"{where}[{at}]", scope) for at, part in enumerate(given))
    literal = next((one.literal for one in (left, right) if one.literal is not None), None)
    stored = any(one.literal is None for one in (left, right))
    if literal is None or not stored:
        return asked(PLACES[operator], left.sql, right.sql)
    near = joined("&&", F(scope.shape), reach(literal.extent))
    if operator == "s_disjoint":
        return Not(joined("AND", near, asked("ST_Intersects", left.sql, right.sql)))
    return joined("AND", near, asked(PLACES[operator], left.sql, right.sql))


def place(node: Tree, where: str, scope: Scope) -> Term:
    """Return a geometry: a literal, or that of the row."""
    if isinstance(node, dict) and ("bbox" in node or "type" in node):
        drawn = _box(node["bbox"], where) if "bbox" in node else _shape(node, where)
        found = _carried(drawn, where, scope)
        return Term(constant(found), GEOMETRY, found)
    one = term(node, where, scope)
    if one.kind != GEOMETRY:
        refuse(where, "此处应为几何", "a geometry belongs here")
    return one


def _box(numbers: Any, where: str) -> Any:
    if not isinstance(numbers, list) or len(numbers) not in (4, 6) or not all(map(_finite, numbers)):
        refuse(where, "BBOX 应有 4 或 6 个数字", "a BBOX has 4 or 6 numbers")
    half = len(numbers) // 2
    (x0, y0), (x1, y1) = numbers[:2], numbers[half : half + 2]
    return shapely.box(x0, y0, x1, y1)


def _finite(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _shape(node: Tree, where: str) -> Any:
    try:
        drawn = shapely.force_2d(shapely_shape(node))
    except (TypeError, ValueError, KeyError, IndexError, AttributeError, shapely.errors.ShapelyError):
        refuse(where, "不是 GeoJSON 几何", "no GeoJSON geometry")
    if drawn.is_empty or shapely.get_num_coordinates(drawn) > MOST_VERTICES:
        refuse(where, f"几何应有 1 到 {MOST_VERTICES} 个顶点", f"a geometry has 1 to {MOST_VERTICES} vertices")
    return drawn


def _carried(drawn: Any, where: str, scope: Scope) -> GEOSGeometry:
    """The geometry in EPSG:4490, mended if it crosses itself."""

    def move(pairs: Any) -> Any:
        return np.array([degrees(scope.crs, *scope.crs.pair(*pair)) for pair in pairs])

    try:
        moved = shapely.transform(drawn, move)
    except Invalid as wrong:
        zh, _, en = str(wrong).partition(" / ")
        refuse(where, zh, en)
    sound = moved if moved.is_valid else shapely.make_valid(moved)
    return GEOSGeometry(memoryview(shapely.to_wkb(sound)), srid=STORED)


class Envelope(Func):
    """A box from its four numbers and SRID: cheaper than one that is drawn here and read there."""

    function = "ST_MakeEnvelope"
    output_field = FloatField()  # nobody converts it


def envelope(box: Box, srid: int) -> Envelope:
    """Return a box in SQL."""
    return Envelope(*map(Value, box), Value(srid))


def reach(box: Box) -> Envelope:
    """The box in EPSG:3857 in which a geometry can be concerned by what lies in a box of degrees."""
    return envelope(reached(box), TILES)


def reached(box: Box) -> Box:
    """The numbers of the same."""
    west, south, east, north = box
    (x0, y0), (x1, y1) = mercator(west, south), mercator(east, north)
    return x0 - SLACK_M, y0 - SLACK_M, x1 + SLACK_M, y1 + SLACK_M


def within(rows: Rows, layer: Layer, system: Served, box: Box) -> Rows:
    """Rows whose geometry meets a box (least east, least north, most east, most north) of a system.

    A box of degrees whose west is greater than its east lies across the date line, as in RFC 7946.
    """
    west, south, east, north = box
    if system.degrees and west > east:
        parts = [
            _meets(layer, system, (west, south, 180.0, north)),
            _meets(layer, system, (-180.0, south, east, north)),
        ]
        return rows.filter(joined("OR", *parts))
    return rows.filter(_meets(layer, system, box))


def _meets(layer: Layer, system: Served, box: Box) -> Yes:
    srid = srid_of(system)
    return meets(layer, srid, reach(around(system, box)), _drawn(box, srid))


def srid_of(system: Served) -> int:
    """The SRID in which a box of a system is compared: degrees are those of the database."""
    return STORED if system.degrees else system.srid


def meets(layer: Layer, srid: int, near: Combinable, drawn: Combinable) -> Yes:
    """Whether a row's geometry meets what is drawn in a system; ``near`` finds by the index who can, where it is asked
    of what no index holds. To look in two indexes takes twice as long."""
    if srid in (STORED, TILES):
        return asked("ST_Intersects", F(layer.shape if srid == TILES else layer.geometry), drawn)
    near = joined("&&", F(layer.shape), near)
    return joined("AND", near, asked("ST_Intersects", Transform(layer.geometry, srid), drawn))


def _drawn(box: Box, srid: int) -> Combinable:
    """The box; one without width or height is a line or a point."""
    west, south, east, north = box
    if west < east and south < north:
        return envelope(box, srid)
    thin = shapely.Point(west, south) if (west, south) == (east, north) else shapely.LineString([box[:2], box[2:]])
    return constant(GEOSGeometry(memoryview(shapely.to_wkb(thin)), srid=srid))
