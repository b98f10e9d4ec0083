"""Registered images: aerial photographs and height models kept as files, known here by footprint and resolution."""

from __future__ import annotations

from django.contrib.gis.db import models
from django.db.models import Q

from gis.models.located import STORED, Located, tile_shape


class Raster(Located):
    """A GeoTIFF under ``$VAR/rasters``: ``geom`` is its outline, ``crs`` and ``resolution_m`` those of its pixels."""

    name = models.CharField("名称", max_length=200)
    kind = models.CharField("类别", max_length=30, blank=True, default="")
    file = models.CharField("文件", max_length=300)
    sha256 = models.CharField("文件指纹", max_length=64)
    crs = models.CharField("坐标系", max_length=60)
    width = models.IntegerField("列数")
    height = models.IntegerField("行数")
    bands = models.SmallIntegerField("波段数")
    dtype = models.CharField("数据类型", max_length=20)
    nodata = models.FloatField("无效值", null=True, blank=True)
    resolution_m = models.FloatField("分辨率(米)")
    geom = models.PolygonField("范围", srid=STORED)
    shape = tile_shape(kind=models.PolygonField)

    class Meta(Located.Meta):
        abstract = False
        verbose_name = verbose_name_plural = "影像"
        constraints = [
            *Located.Meta.constraints,
            models.CheckConstraint(condition=Q(width__gt=0, height__gt=0, bands__gt=0), name="raster_has_pixels"),
            models.CheckConstraint(condition=Q(resolution_m__gt=0), name="raster_resolution"),
        ]

    def __str__(self) -> str:
        return self.name
