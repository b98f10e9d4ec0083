"""One row of every model with sensible defaults: a test names only what it is about."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date, timedelta
from itertools import count
from typing import Any

from django.contrib.gis.geos import GEOSGeometry, LineString, MultiLineString, MultiPolygon, Point, Polygon
from django.db.backends.postgresql.psycopg_any import DateRange, DateTimeTZRange
from django.db.models import Model
from django.utils import timezone

from gis import models

WEST, SOUTH = 121.4998, 31.2397
STEP = 0.0001  # degrees, about ten metres
_number = count(1)


def tile_at(zoom: int, lon: float = WEST, lat: float = SOUTH) -> str:
    """``z/x/y`` of the tile over a point."""
    side = 2**zoom
    row = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * side
    return f"{zoom}/{int((lon + 180) / 360 * side)}/{int(row)}"


def square(lon: float = WEST, lat: float = SOUTH, side: float = 5 * STEP) -> MultiPolygon:
    """A square from its south-western corner; lon/lat, EPSG:4490."""
    return MultiPolygon(Polygon.from_bbox((lon, lat, lon + side, lat + side)), srid=4490)


def dot(lon: float = WEST, lat: float = SOUTH) -> Point:
    """A point, EPSG:4490."""
    return Point(lon, lat, srid=4490)


def line(lon: float = WEST, lat: float = SOUTH, length: float = 10 * STEP) -> LineString:
    """A line to the east, EPSG:4490."""
    return LineString((lon, lat), (lon + length, lat), srid=4490)


def _area(**given: Any) -> Model:
    return models.Area.objects.create(**{"level": 4, "name": "陆家嘴街道", "geom": square()} | given)


def _grid(geom: MultiPolygon | None = None, **given: Any) -> Model:
    n = next(_number)
    place = geom or square(WEST + n * 6 * STEP)  # grids never overlap
    return models.Grid.objects.create(**{"code": f"31011500100{n:04}", "name": f"网格{n}", "geom": place} | given)


def _road(**given: Any) -> Model:
    geom = MultiLineString(line(), srid=4490)
    return models.Road.objects.create(**{"name": "世纪大道", "kind": "primary", "rank": 1, "geom": geom} | given)


def _segment(**given: Any) -> Model:
    return models.Segment.objects.create(**{"name": "世纪大道一段", "rank": 1, "geom": line()} | given)


def _zoning(geom: LineString | None = None, **given: Any) -> Model:
    segment = given.pop("segment", None) or _segment(geom=geom or line())
    usual = {"side": "left", "from_m": 0, "to_m": 50, "street_class": 1, "zone": "forbidden", **_times()}
    return models.Zoning.objects.create(segment=segment, **usual | given)


def _fence_version(**given: Any) -> Model:
    fence = given.pop("fence", None) or models.Fence.objects.create(code=f"WL{next(_number):05}")
    usual = {"name": "禁停区", "purpose": "no-parking", "state": "published", "geom": square(), **_times()}
    return models.FenceVersion.objects.create(fence=fence, **usual | given)


def _building(**given: Any) -> Model:
    return models.Building.objects.create(**{"name": "金茂大厦", "height_m": 420.5, "geom": square()} | given)


def _room(**given: Any) -> Model:
    building = given.pop("building", None) or _building()
    return models.Room.objects.create(building=building, **{"number": f"{next(_number)}", "geom": dot()} | given)


def _address(**given: Any) -> Model:
    return models.Address.objects.create(**{"road": "世纪大道", "number": "88", "geom": dot()} | given)


def _pipe_node(**given: Any) -> Model:
    usual = {"code": f"J{next(_number)}", "category": "JS", "geom": dot()}
    return models.PipeNode.objects.create(**usual | given)


def _pipe_segment(geom: LineString | None = None, **given: Any) -> Model:
    flat = geom or line()
    deep = LineString(*[(x, y, -1.5) for x, y, *_ in flat.coords], srid=4490)
    usual = {"code": f"JS{next(_number)}", "category": "JS", "burial": "ZM", "diameter_mm": 300, "geom": deep}
    return models.PipeSegment.objects.create(**usual | given)


def _pipe_finding(**given: Any) -> Model:
    usual = {"code": "YH1", "kind": "hazard", "severity": "high", "geom": dot()}
    return models.PipeFinding.objects.create(**usual | given)


def _facility(**given: Any) -> Model:
    return models.Facility.objects.create(**{"name": "陆家嘴公厕", "kind": "toilet", "geom": dot()} | given)


def _landuse(**given: Any) -> Model:
    return models.Landuse.objects.create(**{"name": "陆家嘴绿地", "kind": "park", "geom": square()} | given)


def _water(**given: Any) -> Model:
    return models.Water.objects.create(**{"name": "黄浦江", "kind": "river", "geom": square()} | given)


def _works(**given: Any) -> Model:
    usual = {"name": "世纪大道燃气管线施工", "kind": "pipeline", "effect": "half", "state": "active", "geom": square()}
    today = timezone.localdate()
    return models.Works.objects.create(**usual | {"period": DateRange(today, today + timedelta(days=9))} | given)


def _times() -> dict[str, Any]:
    """Valid since new year, recorded an hour ago, both open."""
    since = timezone.now() - timedelta(hours=1)
    return {"valid": DateRange(date(2020, 1, 1), None), "recorded": DateTimeTZRange(since, None)}


MAKERS: dict[type[Model], Callable[..., Model]] = {
    models.Area: _area,
    models.Grid: _grid,
    models.Road: _road,
    models.Segment: _segment,
    models.Zoning: _zoning,
    models.FenceVersion: _fence_version,
    models.Building: _building,
    models.Room: _room,
    models.Address: _address,
    models.PipeNode: _pipe_node,
    models.PipeSegment: _pipe_segment,
    models.PipeFinding: _pipe_finding,
    models.Facility: _facility,
    models.Landuse: _landuse,
    models.Water: _water,
    models.Works: _works,
}


def make(model: type[Model], **given: Any) -> Any:
    """Store a row of a model; one that has no maker gets a word, a number or a place for what it needs."""
    if model in MAKERS:
        return MAKERS[model](**given)
    return model._default_manager.create(**_needs(model) | given)


def _needs(model: type[Model]) -> dict[str, Any]:
    needed = [
        field
        for field in model._meta.concrete_fields
        if not (field.null or field.has_default() or field.generated or field.primary_key)
    ]
    usual = {"CharField": f"x{next(_number)}", "IntegerField": 1, "SmallIntegerField": 1, "FloatField": 1.0}
    return {
        field.name: _shape_of(model, WEST, SOUTH) if field.name == "geom" else usual[field.get_internal_type()]
        for field in needed
        if field.name == "geom" or field.get_internal_type() in usual
    }


def make_at(model: type[Model], lon: float, lat: float, **given: Any) -> Any:
    """Store a row of a model at a place, in the kind of geometry that the model has."""
    return make(model, geom=_shape_of(model, lon, lat), **given)


def _shape_of(model: type[Model], lon: float, lat: float) -> GEOSGeometry:
    kind = model._meta.get_field("geom").geom_type
    small = STEP / 4
    if kind == "LINESTRING":
        return line(lon, lat, small)
    if kind == "MULTILINESTRING":
        return MultiLineString(line(lon, lat, small), srid=4490)
    if kind == "POLYGON":
        return square(lon, lat, small)[0]
    if kind == "MULTIPOLYGON" or model is models.FenceVersion:
        return square(lon, lat, small)
    return dot(lon, lat)
