"""Facilities: city components (部件) and the services people look for, one table by kind."""

from __future__ import annotations

from django.contrib.gis.db import models
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db.models import Q

from gis.models.located import STORED, Located, tile_shape


class Facility(Located):
    """A component or service; ``class_code`` has meaning only with its ``edition`` of the component standard.

    ``features`` are codes of the list ``facility-feature``: what a toilet offers, which waste a bin takes.
    """

    code = models.CharField("部件标识码", max_length=30, blank=True, default="")
    edition = models.CharField("分类版本", max_length=30, blank=True, default="")
    class_code = models.CharField("大小类代码", max_length=4, blank=True, default="")
    kind = models.CharField("种类", max_length=40)
    name = models.CharField("名称", max_length=200, blank=True, default="")
    name_en = models.CharField("英文名", max_length=200, blank=True, default="")
    address = models.CharField("地址", max_length=300, blank=True, default="")
    phone = models.CharField("服务电话", max_length=50, blank=True, default="")
    hours = models.JSONField("开放时间", null=True, blank=True)
    state = models.CharField("状态", max_length=20, blank=True, default="")
    capacity = models.IntegerField("容量", null=True, blank=True)
    owner = models.CharField("权属单位", max_length=100, blank=True, default="")
    features = ArrayField(models.CharField(max_length=30), verbose_name="服务", default=list, blank=True)
    extra = models.JSONField("其他属性", default=dict, blank=True)
    geom = models.PointField("位置", srid=STORED)
    shape = tile_shape(kind=models.PointField)

    class Meta(Located.Meta):
        abstract = False
        verbose_name = verbose_name_plural = "设施"
        constraints = [
            *Located.Meta.constraints,
            models.UniqueConstraint(fields=("code",), condition=~Q(code=""), name="facility_code_once"),
        ]
        indexes = [
            *Located.Meta.indexes,
            GinIndex(fields=("name",), opclasses=("gin_trgm_ops",), name="facility_name_trgm"),
            models.Index(fields=("kind",), name="facility_kind"),
            GinIndex(fields=("features",), name="facility_features"),
        ]

    def __str__(self) -> str:
        return self.name or self.kind
