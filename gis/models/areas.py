"""The city as nested areas: 省 › 市 › 区 › 街道 › 社区 › 单元网格 (GB/T 2260, GB/T 30428.1)."""

from __future__ import annotations

from django.contrib.gis.db import models
from django.contrib.postgres.fields import DateRangeField
from django.contrib.postgres.indexes import GinIndex
from django.db.models import F, Q

from gis.models.located import STORED, Located, tile_shape


class Level(models.IntegerChoices):
    """Administrative level of an area, from the province down."""

    PROVINCE = 1, "省"
    CITY = 2, "市"
    DISTRICT = 3, "区县"
    STREET = 4, "街道"
    COMMUNITY = 5, "社区"


def valid_days() -> models.GeneratedField:
    """The days from ``started_on`` up to ``ended_on``, which is the first on which it no longer holds."""
    return models.GeneratedField(
        expression=models.Func(F("started_on"), F("ended_on"), function="daterange"),
        output_field=DateRangeField(),
        db_persist=True,
        verbose_name="有效期",
    )


ENDS_LATER = Q(started_on__isnull=True) | Q(ended_on__isnull=True) | Q(ended_on__gt=F("started_on"))


class Area(Located):
    """An administrative area; ``code`` may be blank where the register gives none, or where another has it by now."""

    level = models.SmallIntegerField("层级", choices=Level.choices)
    code = models.CharField("区划代码", max_length=12, blank=True, default="")
    name = models.CharField("名称", max_length=100)
    name_en = models.CharField("英文名", max_length=200, blank=True, default="", db_default="")
    full_name = models.CharField("全称", max_length=300, blank=True, default="")
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name="上级"
    )
    started_on = models.DateField("启用日期", null=True, blank=True)
    ended_on = models.DateField("终止日期", null=True, blank=True)
    valid = valid_days()
    geom = models.MultiPolygonField("范围", srid=STORED, spatial_index=True)
    shape = tile_shape(kind=models.MultiPolygonField)

    class Meta(Located.Meta):
        abstract = False
        verbose_name = verbose_name_plural = "行政区域"
        constraints = [
            *Located.Meta.constraints,
            models.UniqueConstraint(fields=("code",), condition=~Q(code=""), name="area_code_once"),
            models.CheckConstraint(condition=Q(level__range=(1, 5)), name="area_level_known"),
            models.CheckConstraint(condition=ENDS_LATER, name="area_ends_after_start"),
        ]
        indexes = [
            *Located.Meta.indexes,
            GinIndex(fields=("name",), opclasses=("gin_trgm_ops",), name="area_name_trgm"),
        ]

    def __str__(self) -> str:
        return self.full_name or self.name


class Grid(Located):
    """A unit grid (单元网格, about 10,000 m²); the grids in force on one day never overlap (database trigger)."""

    code = models.CharField("网格编码", max_length=20)
    name = models.CharField("名称", max_length=100, blank=True, default="")
    name_en = models.CharField("英文名", max_length=200, blank=True, default="", db_default="")
    community = models.ForeignKey(
        Area, models.PROTECT, null=True, blank=True, related_name="grids", verbose_name="所属社区"
    )
    person = models.CharField("责任人", max_length=50, blank=True, default="")
    phone = models.CharField("责任人电话", max_length=30, blank=True, default="")
    land_use = models.CharField("用地类别", max_length=20, blank=True, default="")
    grade = models.CharField("管理等级", max_length=20, blank=True, default="")
    started_on = models.DateField("启用日期", null=True, blank=True)
    ended_on = models.DateField("终止日期", null=True, blank=True)
    valid = valid_days()
    geom = models.MultiPolygonField("范围", srid=STORED)
    shape = tile_shape(kind=models.MultiPolygonField)

    class Meta(Located.Meta):
        abstract = False
        verbose_name = verbose_name_plural = "单元网格"
        constraints = [
            *Located.Meta.constraints,
            models.UniqueConstraint(fields=("code",), name="grid_code_once"),
            models.CheckConstraint(condition=ENDS_LATER, name="grid_ends_after_start"),
        ]

    def __str__(self) -> str:
        return self.name or self.code
