"""Works on the street: what takes road or pavement for a time, by which permit, and what is still open meanwhile."""

from __future__ import annotations

from django.contrib.gis.db import models
from django.contrib.postgres.fields import DateRangeField
from django.contrib.postgres.indexes import GistIndex
from django.db.models import Q

from gis.models.located import STORED, Located, tile_shape


class Works(Located):
    """Road works, a closure or an event: where, from which day to which, at what hours, under whose permit.

    ``kind``, ``effect`` and ``state`` are codes of the lists ``works-kind``, ``works-effect`` and ``works-state``.
    ``phone`` is a service line, never a person's.
    """

    code = models.CharField("许可证号", max_length=50, blank=True, default="")
    kind = models.CharField("类别", max_length=30)
    name = models.CharField("名称", max_length=200)
    name_en = models.CharField("英文名", max_length=200, blank=True, default="")
    road = models.CharField("道路", max_length=200, blank=True, default="")
    effect = models.CharField("影响", max_length=30, blank=True, default="")
    state = models.CharField("状态", max_length=20, blank=True, default="")
    applicant = models.CharField("申请单位", max_length=200, blank=True, default="")
    builder = models.CharField("施工单位", max_length=200, blank=True, default="")
    phone = models.CharField("咨询电话", max_length=50, blank=True, default="")
    conditions = models.CharField("许可条件", max_length=1000, blank=True, default="")
    detour = models.CharField("绕行提示", max_length=500, blank=True, default="")
    period = DateRangeField("起止日期")
    hours = models.JSONField("每日时段", null=True, blank=True)
    geom = models.GeometryField("范围", srid=STORED)
    shape = tile_shape()

    class Meta(Located.Meta):
        abstract = False
        verbose_name = verbose_name_plural = "占道施工与封闭"
        constraints = [
            *Located.Meta.constraints,
            models.UniqueConstraint(fields=("code",), condition=~Q(code=""), name="works_code_once"),
            models.CheckConstraint(condition=Q(period__isempty=False), name="works_period_not_empty"),
        ]
        indexes = [*Located.Meta.indexes, GistIndex(fields=("period",), name="works_period")]

    def __str__(self) -> str:
        return self.name
