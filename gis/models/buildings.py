"""Buildings, their units and rooms; a building answers to several code schemes at once."""

from __future__ import annotations

from django.contrib.gis.db import models
from django.contrib.postgres.indexes import GinIndex, GistIndex
from django.db.models import Q

from gis.models.located import STORED, Located, stored_surface, tile_clearance, tile_shape

TALL_M = 60


class Building(Located):
    """A footprint with floors and height (metres above ground); ``tall`` ones stand out on the map."""

    code = models.CharField("楼栋编码", max_length=30, blank=True, default="")
    name = models.CharField("名称", max_length=200, blank=True, default="")
    name_en = models.CharField("英文名", max_length=200, blank=True, default="")
    address = models.CharField("地址", max_length=300, blank=True, default="")
    use = models.CharField("用途", max_length=30, blank=True, default="")
    floors = models.SmallIntegerField("地上层数", null=True, blank=True)
    floors_below = models.SmallIntegerField("地下层数", null=True, blank=True)
    height_m = models.FloatField("高度(米)", null=True, blank=True)
    built_year = models.SmallIntegerField("建成年份", null=True, blank=True)
    tall = models.GeneratedField(
        expression=models.Case(models.When(height_m__gt=TALL_M, then=True), default=False),
        output_field=models.BooleanField(),
        db_persist=True,
        verbose_name="高层",
    )
    geom = models.MultiPolygonField("轮廓", srid=STORED)
    shape = tile_shape(kind=models.MultiPolygonField, turned=True)
    clearance = tile_clearance()
    surface = stored_surface()

    class Meta(Located.Meta):
        abstract = False
        verbose_name = verbose_name_plural = "建筑"
        constraints = [
            *Located.Meta.constraints,
            models.CheckConstraint(condition=Q(height_m__isnull=True) | Q(height_m__gte=0), name="building_height"),
        ]
        indexes = [
            *Located.Meta.indexes,
            GinIndex(fields=("name",), opclasses=("gin_trgm_ops",), name="building_name_trgm"),
            models.Index(fields=("code",), condition=~Q(code=""), name="building_code"),
            GistIndex(fields=("shape",), condition=~Q(name=""), name="building_named"),  # few are: words on the map
        ]

    def __str__(self) -> str:
        return self.name or self.address or f"建筑 {self.pk}"


class BuildingCode(models.Model):
    """A code of a building in one scheme (深圳 19 位, JGJ/T 246, 不动产单元, local …)."""

    building = models.ForeignKey(Building, models.CASCADE, related_name="codes", verbose_name="建筑")
    scheme = models.CharField("编码体系", max_length=30)
    code = models.CharField("编码", max_length=50)

    class Meta:
        verbose_name = verbose_name_plural = "建筑编码"
        constraints = [models.UniqueConstraint(fields=("scheme", "code"), name="buildingcode_once")]

    def __str__(self) -> str:
        return f"{self.scheme}:{self.code}"


class Unit(models.Model):
    """A stairway of a building (单元)."""

    building = models.ForeignKey(Building, models.CASCADE, related_name="units", verbose_name="建筑")
    name = models.CharField("单元", max_length=50)

    class Meta:
        verbose_name = verbose_name_plural = "单元"
        constraints = [models.UniqueConstraint(fields=("building", "name"), name="unit_once")]

    def __str__(self) -> str:
        return self.name


class Room(Located):
    """A room on a floor and column of a building; its geometry is a point or polygon inside the footprint."""

    building = models.ForeignKey(Building, models.CASCADE, related_name="rooms", verbose_name="建筑")
    unit = models.ForeignKey(Unit, models.CASCADE, null=True, blank=True, related_name="rooms", verbose_name="单元")
    code = models.CharField("房屋编码", max_length=40, blank=True, default="")
    number = models.CharField("室号", max_length=30)
    floor = models.SmallIntegerField("楼层", null=True, blank=True)
    column = models.SmallIntegerField("列", null=True, blank=True)
    use = models.CharField("用途", max_length=30, blank=True, default="")
    area_m2 = models.FloatField("建筑面积(平方米)", null=True, blank=True)
    geom = models.GeometryField("位置", srid=STORED)
    shape = tile_shape()

    class Meta(Located.Meta):
        abstract = False
        verbose_name = verbose_name_plural = "房屋"
        constraints = [
            *Located.Meta.constraints,
            models.UniqueConstraint(
                fields=("building", "unit", "number"), nulls_distinct=False, name="room_number_once"
            ),
        ]
        indexes = [*Located.Meta.indexes, models.Index(fields=("code",), condition=~Q(code=""), name="room_code")]

    def __str__(self) -> str:
        return self.number
