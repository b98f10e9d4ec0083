"""Streets as roads, measured segments and their zoning: three classes by three zones (三类三区), in two times."""

from __future__ import annotations

from django.contrib.gis.db import models
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, DateTimeRangeField, RangeOperators
from django.contrib.postgres.indexes import GinIndex, GistIndex
from django.db.models import F, Q

from gis.models.located import STORED, Located, tile_shape


class Road(Located):
    """A road as people name it; ``rank`` orders importance, 1 the greatest."""

    code = models.CharField("道路编码", max_length=50, blank=True, default="")
    name = models.CharField("道路名称", max_length=200, blank=True, default="")
    name_en = models.CharField("英文名", max_length=200, blank=True, default="")
    kind = models.CharField("道路类别", max_length=30)
    rank = models.SmallIntegerField("重要程度", default=6)
    oneway = models.BooleanField("单行", default=False)
    tunnel = models.BooleanField("隧道", default=False)
    bridge = models.BooleanField("桥梁", default=False)
    model_road = models.BooleanField("示范路", default=False)
    geom = models.MultiLineStringField("中心线", srid=STORED)
    shape = tile_shape(kind=models.MultiLineStringField)

    class Meta(Located.Meta):
        abstract = False
        verbose_name = verbose_name_plural = "道路"
        indexes = [
            *Located.Meta.indexes,
            GinIndex(fields=("name",), opclasses=("gin_trgm_ops",), name="road_name_trgm"),
        ]

    def __str__(self) -> str:
        return self.name or self.kind


class Segment(Located):
    """A stretch of street between crossings, a line with measure in metres from its first point."""

    code = models.CharField("路段编码", max_length=50, blank=True, default="")
    name = models.CharField("路段名称", max_length=200, blank=True, default="")
    name_en = models.CharField("英文名", max_length=200, blank=True, default="", db_default="")
    road = models.ForeignKey(
        Road, models.SET_NULL, null=True, blank=True, related_name="segments", verbose_name="所属道路"
    )
    kind = models.CharField("道路类别", max_length=30, blank=True, default="")
    rank = models.SmallIntegerField("重要程度", default=6)
    geom = models.LineStringField("中心线", srid=STORED)
    shape = tile_shape(kind=models.LineStringField)
    length_m = models.GeneratedField(
        expression=models.Func(
            F("geom"), template="ST_Length((%(expressions)s)::geography)", output_field=models.FloatField()
        ),
        output_field=models.FloatField(),
        db_persist=True,
        verbose_name="长度(米)",
    )

    class Meta(Located.Meta):
        abstract = False
        verbose_name = verbose_name_plural = "路段"
        constraints = [
            *Located.Meta.constraints,
            models.UniqueConstraint(fields=("code",), condition=~Q(code=""), name="segment_code_once"),
        ]
        indexes = [
            *Located.Meta.indexes,
            GinIndex(fields=("name",), opclasses=("gin_trgm_ops",), name="segment_name_trgm"),
        ]

    def __str__(self) -> str:
        return self.name or self.code or f"路段 {self.pk}"


class SegmentHead(models.Model):
    """One of the five people who answer for a segment (五级段长), from the leader (1) to the patrol (5)."""

    segment = models.ForeignKey(Segment, models.CASCADE, related_name="heads", verbose_name="路段")
    level = models.SmallIntegerField("级别")
    title = models.CharField("职务", max_length=50)
    name = models.CharField("姓名", max_length=50)
    phone = models.CharField("电话", max_length=30, blank=True, default="")

    class Meta:
        verbose_name = verbose_name_plural = "路段段长"
        constraints = [
            models.UniqueConstraint(fields=("segment", "level"), name="segmenthead_level_once"),
            models.CheckConstraint(condition=Q(level__range=(1, 5)), name="segmenthead_level_known"),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.name}"


class Side(models.TextChoices):
    """Side of a segment, seen from its first point to its last."""

    LEFT = "left", "左侧"
    RIGHT = "right", "右侧"
    BOTH = "both", "两侧"


class Zone(models.TextChoices):
    """What a zone lets happen on the pavement, strictest first."""

    FORBIDDEN = "forbidden", "严禁区"
    STRICT = "strict", "严控区"
    CONTROLLED = "controlled", "控制区"


def _side_span() -> models.Func:
    # Both sides overlap each single side; a range says so to the exclusion constraint.
    return models.Func(F("side"), function="spatial_side_span")


class Zoning(models.Model):
    """A rule on a stretch and side of a segment: class and zone, while ``valid``, as known while ``recorded``.

    Rows are never changed, only closed (``recorded`` gets its end) and followed by a new one; a trigger holds that.
    ``geom`` is the stretch itself, cut from the segment by the database.
    """

    segment = models.ForeignKey(Segment, models.PROTECT, related_name="zonings", verbose_name="路段")
    side = models.CharField("侧", max_length=5, choices=Side.choices, default=Side.BOTH)
    from_m = models.DecimalField("起点(米)", max_digits=9, decimal_places=2)
    to_m = models.DecimalField("终点(米)", max_digits=9, decimal_places=2)
    street_class = models.SmallIntegerField("街面等级", choices=[(1, "一类"), (2, "二类"), (3, "三类")])
    zone = models.CharField("管控分区", max_length=10, choices=Zone.choices)
    hours = models.JSONField("生效时段", null=True, blank=True)
    basis = models.CharField("依据", max_length=300, blank=True, default="")
    valid = DateRangeField("有效期")
    recorded = DateTimeRangeField("记录期")
    geom = models.LineStringField("图形", srid=STORED, editable=False, null=True)
    shape = tile_shape(kind=models.LineStringField)

    class Meta:
        verbose_name = verbose_name_plural = "街面分区"
        indexes = [GistIndex(fields=("shape",), name="zoning_shape")]
        constraints = [
            models.CheckConstraint(
                condition=Q(from_m__gte=0, to_m__gt=F("from_m")),
                name="zoning_runs_forward",
                violation_error_message="起点须小于终点 (a stretch runs from a smaller to a greater measure)",
            ),
            models.CheckConstraint(condition=Q(street_class__range=(1, 3)), name="zoning_class_known"),
            models.CheckConstraint(condition=Q(zone__in=Zone.values), name="zoning_zone_known"),
            models.CheckConstraint(condition=Q(side__in=Side.values), name="zoning_side_known"),
            models.CheckConstraint(
                condition=Q(valid__isempty=False, recorded__isempty=False), name="zoning_times_not_empty"
            ),
            ExclusionConstraint(
                name="zoning_never_overlaps",
                violation_error_message="同一路段、同侧、同一时期已有分区 (a zoning already holds here then)",
                expressions=[
                    ("segment", RangeOperators.EQUAL),
                    (_side_span(), RangeOperators.OVERLAPS),
                    (models.Func(F("from_m"), F("to_m"), function="numrange"), RangeOperators.OVERLAPS),
                    ("valid", RangeOperators.OVERLAPS),
                    ("recorded", RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.segment} {self.get_zone_display()}"
