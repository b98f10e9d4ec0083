"""Surfaces asked about: which of them hold a point, what lies within one, how much of one others cover, how many."""

from __future__ import annotations

from math import cos, inf, nan, radians
from typing import Any

from django.contrib.gis.db.models import GeometryField
from django.contrib.gis.gdal import GDALException
from django.contrib.gis.geos import GEOSException, GEOSGeometry
from django.db import connection
from django.db.models import Aggregate, BooleanField, Count, F, FloatField, Func, Value

from gis.errors import Invalid
from gis.models.located import STORED
from gis.queries import Box, Rows, Touches, Where, constant, inside, made_of, spot

MOST_VERTICES = 10_000
QUARTER = 32  # corners of a quarter of a circle: it lacks less than a part in a thousand
SHORTEST_DEGREE_M = 110_500
"""Of latitude, at the equator."""
SIDES = ("Polygon", "MultiPolygon")
DEGREES = (None, STORED, 4326)
HALF_ROUND = 180.0
"""Degrees from which on nobody knows which way round an edge goes: PostGIS fails, or takes the surface for none."""

WRONG = {
    "Self-intersection": "边线自相交",
    "Too few points": "角点不够",
    "Hole lies outside": "洞在面外",
    "Nested": "环互相套叠",
    "Duplicate Rings": "环重复",
    "Interior is disconnected": "面被切断",
    "Invalid Coordinate": "坐标无效",
}
"""What GEOS calls wrong with a surface."""


class Meets(Func):
    """Whether two geometries share a point."""

    function = "ST_Intersects"
    output_field = BooleanField()


class Surface(Func):
    """Square metres of a surface of degrees, on the ellipsoid."""

    template = "ST_Area((%(expressions)s)::geography)"
    output_field = FloatField()


def holding(rows: Rows, point: Where) -> Rows:
    """Rows whose geometry holds a point, its border included."""
    return rows.filter(Touches(F("shape"), made_of(point, spot)), Meets(F("geom"), constant(point)))


def within(rows: Rows, shape: GEOSGeometry) -> Rows:
    """Rows that lie in a shape of degrees or reach into it."""
    return inside(rows, Box(*shape.extent)).filter(Meets(F("geom"), constant(shape)))


class Union(Aggregate):
    """One surface of many, as an aggregate."""

    function = "ST_Union"
    output_field = GeometryField(srid=STORED)


def covered_share(rows: Rows, shape: GEOSGeometry) -> float:
    """The part of a surface that the rows cover together, 0 to 1: what two of them cover counts once."""
    clipped = Func(F("geom"), constant(shape), function="ST_Intersection", output_field=GeometryField(srid=STORED))
    surfaces = Func(Union(clipped), Value(3), function="ST_CollectionExtract", output_field=GeometryField(srid=STORED))
    covered = within(rows, shape).order_by().aggregate(covered=Surface(surfaces))["covered"] or 0.0
    whole = square_metres(shape)
    return min(1.0, covered / whole) if whole else 0.0


def square_metres(shape: GEOSGeometry) -> float:
    """How large a surface of degrees is, on the ellipsoid."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT ST_Area(ST_GeomFromEWKB(%s)::geography)", [bytes(shape.ewkb)])
        return float(cursor.fetchone()[0])


def widened(shape: GEOSGeometry, metres: float) -> GEOSGeometry:
    """All that lies within so many metres of a geometry of degrees; ``Invalid`` where that goes beyond a pole or the
    date line: PostGIS makes a belt round the world of it, which would hold the whole city."""
    west, south, east, north = shape.extent
    lat = metres / SHORTEST_DEGREE_M
    farthest = max(-south, north) + lat
    lon = lat / cos(radians(farthest)) if farthest < 90 else inf
    if west - lon <= -180 or east + lon >= 180:
        raise Invalid("参数 reach：范围越过极点或 180° 经线 / parameter reach: it goes beyond a pole or the date line")
    with connection.cursor() as cursor:
        sql = "SELECT ST_AsEWKB(ST_Buffer(ST_GeomFromEWKB(%s)::geography, %s, %s)::geometry)"
        cursor.execute(sql, [bytes(shape.ewkb), metres, QUARTER])
        wide = GEOSGeometry(memoryview(cursor.fetchone()[0]))
    wide.srid = STORED
    return wide


def counts(rows: Rows, by: str, shape: GEOSGeometry | None = None) -> dict[Any, int]:
    """How many rows there are of each value of a column, in a shape or everywhere; the most first."""
    some = rows if shape is None else within(rows, shape)
    told = some.order_by().values(by).annotate(rows_=Count("pk")).order_by("-rows_", by)
    return {row[by]: row["rows_"] for row in told}


def surface(text: str) -> GEOSGeometry:
    """Read a polygon of degrees from GeoJSON or WKT; ``Invalid`` says what is wrong with it."""
    try:
        shape = GEOSGeometry(text)
    except (GEOSException, GDALException, ValueError, TypeError) as wrong:
        raise Invalid("shape 应为 GeoJSON 或 WKT 面 / shape is a polygon in GeoJSON or WKT") from wrong
    if shape.srid not in DEGREES:
        raise Invalid(f"shape 应为经纬度，不是 EPSG:{shape.srid} / shape is of degrees, not of EPSG:{shape.srid}")
    shape.srid = STORED
    if shape.geom_type not in SIDES:
        raise Invalid(f"shape 应为面，不是 {shape.geom_type} / shape is a polygon, not {shape.geom_type}")
    if shape.num_coords > MOST_VERTICES:
        raise Invalid(f"shape 的顶点超过 {MOST_VERTICES} / shape has more than {MOST_VERTICES} vertices")
    Box(*(shape.extent if not shape.empty else (nan,) * 4))
    west, south, east, north = shape.extent
    if east - west >= HALF_ROUND or north - south >= HALF_ROUND:
        raise Invalid("shape 须小于半个地球 / shape should be smaller than half of the earth")
    if not shape.valid:
        reason = shape.valid_reason
        raise Invalid(f"shape 无效：{_in_chinese(reason)} / shape is not valid: {reason}")
    return shape


def _in_chinese(reason: str) -> str:
    """What GEOS says is wrong with a surface."""
    what, _, place = reason.rstrip("]").partition("[")
    zh = next((zh for en, zh in WRONG.items() if en in what), what)
    return f"{zh}（{', '.join(place.split())} 处）" if place else zh
