"""Electronic fences: where something is allowed, forbidden or watched, with every version kept."""

from __future__ import annotations

from django.contrib.gis.db import models
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, DateTimeRangeField, RangeOperators
from django.contrib.postgres.indexes import GistIndex
from django.db.models import F, Q

from gis.models.located import STORED, UNSOUND, Sound, Sourced, tile_shape


class FenceState(models.TextChoices):
    """The life of a version."""

    DRAFT = "draft", "草稿"
    REVIEW = "review", "审核中"
    PUBLISHED = "published", "已发布"
    RETIRED = "retired", "已停用"


class Fence(Sourced):
    """A fence as a lasting thing; what it looks like and rules is in its versions."""

    code = models.CharField("围栏编码", max_length=50)

    class Meta(Sourced.Meta):
        abstract = False
        verbose_name = verbose_name_plural = "电子围栏"
        constraints = [
            *Sourced.Meta.constraints,
            models.UniqueConstraint(fields=("code",), name="fence_code_once"),
        ]

    def __str__(self) -> str:
        return self.code


class FenceVersion(models.Model):
    """One state of a fence: a polygon, or a line with ``width_m``; ``valid`` in the world, ``recorded`` by us.

    Rows are never changed, only closed (``recorded`` gets its end); a trigger holds that.
    """

    fence = models.ForeignKey(Fence, models.PROTECT, related_name="versions", verbose_name="围栏")
    name = models.CharField("名称", max_length=200)
    name_en = models.CharField("英文名", max_length=200, blank=True, default="", db_default="")
    purpose = models.CharField("用途", max_length=30)
    state = models.CharField("状态", max_length=10, choices=FenceState.choices, default=FenceState.DRAFT)
    width_m = models.FloatField("线宽(米)", null=True, blank=True)
    hours = models.JSONField("生效时段", null=True, blank=True)
    dwell_s = models.PositiveIntegerField("驻留(秒)", default=0)
    drift_m = models.FloatField("漂移容差(米)", default=0)
    scenes = ArrayField(models.CharField(max_length=30), verbose_name="识别场景", default=list, blank=True)
    priority = models.SmallIntegerField("优先级", default=0)
    clause = models.CharField("法规条款", max_length=300, blank=True, default="")
    valid = DateRangeField("有效期")
    recorded = DateTimeRangeField("记录期")
    geom = models.GeometryField("范围", srid=STORED)
    shape = tile_shape()

    class Meta:
        verbose_name = verbose_name_plural = "围栏版本"
        indexes = [GistIndex(fields=("shape",), name="fenceversion_shape")]
        constraints = [
            models.CheckConstraint(condition=Sound("geom"), name="fenceversion_sound", violation_error_message=UNSOUND),
            models.CheckConstraint(
                condition=models.Func(
                    F("geom"), F("width_m"), function="spatial_fence_body", output_field=models.BooleanField()
                ),
                name="fenceversion_has_body",
                violation_error_message="线状围栏须填线宽 (a line is a fence only with a width)",
            ),
            models.CheckConstraint(condition=Q(state__in=FenceState.values), name="fenceversion_state_known"),
            models.CheckConstraint(condition=Q(drift_m__gte=0), name="fenceversion_drift_positive"),
            models.CheckConstraint(
                condition=Q(valid__isempty=False, recorded__isempty=False), name="fenceversion_times_not_empty"
            ),
            ExclusionConstraint(
                name="fenceversion_one_at_a_time",
                expressions=[
                    ("fence", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                    ("recorded", RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return self.name
