"""The ground the map is drawn on: land use and water."""

from __future__ import annotations

from django.contrib.gis.db import models
from django.contrib.postgres.indexes import GinIndex

from gis.models.located import STORED, Located, tile_shape


class Landuse(Located):
    """A piece of land and what it is used for."""

    kind = models.CharField("类别", max_length=30)
    name = models.CharField("名称", max_length=200, blank=True, default="")
    name_en = models.CharField("英文名", max_length=200, blank=True, default="", db_default="")
    geom = models.MultiPolygonField("范围", srid=STORED)
    shape = tile_shape(kind=models.MultiPolygonField)

    class Meta(Located.Meta):
        abstract = False
        verbose_name = verbose_name_plural = "用地"
        indexes = [
            *Located.Meta.indexes,
            GinIndex(fields=("name",), opclasses=("gin_trgm_ops",), name="landuse_name_trgm"),
        ]

    def __str__(self) -> str:
        return self.name or self.kind


class Water(Located):
    """Water as surface (polygon) or course (line)."""

    kind = models.CharField("类别", max_length=30)
    name = models.CharField("名称", max_length=200, blank=True, default="")
    name_en = models.CharField("英文名", max_length=200, blank=True, default="", db_default="")
    geom = models.GeometryField("范围", srid=STORED)
    shape = tile_shape()

    class Meta(Located.Meta):
        abstract = False
        verbose_name = verbose_name_plural = "水系"
        indexes = [
            *Located.Meta.indexes,
            GinIndex(fields=("name",), opclasses=("gin_trgm_ops",), name="water_name_trgm"),
        ]

    def __str__(self) -> str:
        return self.name or self.kind
