"""What every mapped thing carries: where it is, which register said so, and since when."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.contrib.gis.db import models
from django.contrib.gis.db.models.functions import Transform
from django.contrib.postgres.indexes import GistIndex
from django.db.models.functions import Now

STORED = 4490
TILES = 3857
MANUAL = "手工录入"
UNSOUND = "图形自相交、为空或超出范围, 请重画 (the shape crosses itself, is empty or lies off the map)"


@models.GeometryField.register_lookup
class ShapeArea(models.Transform):
    """``shape__area``: surface in square map units, to tell what is large enough to be seen at a zoom."""

    lookup_name = "area"
    function = "ST_Area"
    output_field = models.FloatField()


class Sound(models.Func):
    """True for a geometry that is valid, not empty and within the web map's latitudes (SQL ``spatial_sound``)."""

    function = "spatial_sound"
    output_field = models.BooleanField()


def new_source_id() -> str:
    """Return an identifier for a thing drawn by hand, which no register has named."""
    return uuid4().hex


def tile_shape(
    field: str = "geom", kind: type[models.GeometryField[Any, Any]] = models.GeometryField, turned: bool = False
) -> models.GeneratedField:
    """Return the stored EPSG:3857 copy of a geometry, from which tiles are cut without transforming; ``turned`` has its
    rings run the way that tiles want them, too."""
    copy: Any = Transform(field, TILES)
    return models.GeneratedField(
        expression=models.Func(copy, function="ST_ForcePolygonCW") if turned else copy,
        output_field=kind(srid=TILES),
        db_persist=True,
        verbose_name="切片图形",
    )


def tile_clearance(field: str = "geom") -> models.GeneratedField:
    """Return by how many metres of EPSG:3857 a corner must move at least to make a geometry invalid, 0 where it touches
    itself: to be known before corners are rounded."""
    expression = models.Func(Transform(field, TILES), function="ST_MinimumClearance")
    return models.GeneratedField(
        expression=expression, output_field=models.FloatField(), db_persist=True, verbose_name="最小间隙(米)"
    )


def stored_surface(field: str = "geom") -> models.GeneratedField:
    """Return the surface of a geometry in square degrees: to tell the larger of two neighbours, over and over, without
    reckoning it each time."""
    return models.GeneratedField(
        expression=models.Func(field, function="ST_Area"),
        output_field=models.FloatField(),
        db_persist=True,
        verbose_name="面积(平方度)",
    )


class Sourced(models.Model):
    """Where a row came from; ``source`` and ``source_id`` together name it for re-import."""

    source = models.CharField("数据来源", max_length=100, default=MANUAL)
    source_id = models.CharField("来源编号", max_length=200, default=new_source_id)
    surveyed_at = models.DateField("测绘日期", null=True, blank=True)
    updated_at = models.DateTimeField("更新时间", auto_now=True, db_default=Now())

    class Meta:
        abstract = True
        constraints = [models.UniqueConstraint(fields=("source", "source_id"), name="%(class)s_source")]


class Located(Sourced):
    """A sourced row with a sound geometry ``geom`` (EPSG:4490, lon/lat) and its tile copy ``shape``."""

    class Meta:
        abstract = True
        constraints = [
            *Sourced.Meta.constraints,
            models.CheckConstraint(condition=Sound("geom"), name="%(class)s_sound", violation_error_message=UNSOUND),
        ]
        indexes = [GistIndex(fields=("shape",), name="%(class)s_shape")]
