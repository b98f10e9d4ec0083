"""Underground pipelines as surveyed: nodes, three-dimensional segments and findings (CJJ 61-2017).

Categories and materials are stored by their letters (代号): category JS PS RQ RL DL TX GY QT, subcategory such as YS,
material such as PE, burial such as ZM; status by its digit. Names and colours are in the code lists.
"""

from __future__ import annotations

from django.contrib.gis.db import models
from django.db.models import F, Q

from gis.models.located import STORED, Located, tile_shape


class PipeNode(Located):
    """A survey point: a feature (弯头, 三通 …) or an appendage (阀门, 窨井 …); metres, 1985 height datum."""

    code = models.CharField("物探点号", max_length=60)
    map_code = models.CharField("图上点号", max_length=60, blank=True, default="")
    category = models.CharField("管线大类", max_length=4)
    subcategory = models.CharField("管线小类", max_length=4, blank=True, default="")
    feature_code = models.CharField("要素编码", max_length=8, blank=True, default="")
    feature = models.CharField("特征", max_length=30, blank=True, default="")
    appendage = models.CharField("附属物", max_length=30, blank=True, default="")
    ground_m = models.FloatField("地面高程(米)", null=True, blank=True)
    depth_m = models.FloatField("埋深(米)", null=True, blank=True)
    well_depth_m = models.FloatField("井深(米)", null=True, blank=True)
    owner = models.CharField("权属单位", max_length=100, blank=True, default="")
    built_year = models.SmallIntegerField("建设年代", null=True, blank=True)
    geom = models.PointField("位置", srid=STORED)
    shape = tile_shape(kind=models.PointField)

    class Meta(Located.Meta):
        abstract = False
        verbose_name = verbose_name_plural = "管点"
        constraints = [
            *Located.Meta.constraints,
            models.UniqueConstraint(fields=("source", "code"), name="pipenode_code_once"),
            models.CheckConstraint(condition=Q(feature="") | Q(appendage=""), name="pipenode_feature_xor_appendage"),
        ]
        indexes = [*Located.Meta.indexes, models.Index(fields=("code",), name="pipenode_code")]

    def __str__(self) -> str:
        return self.code


class PipeSegment(Located):
    """A pipe between two nodes; Z of ``geom`` is the elevation of the pipe where it is known, else 0."""

    code = models.CharField("管线段编号", max_length=60, blank=True, default="")
    start = models.ForeignKey(
        PipeNode, models.PROTECT, null=True, blank=True, related_name="outgoing", verbose_name="起点"
    )
    end = models.ForeignKey(
        PipeNode, models.PROTECT, null=True, blank=True, related_name="incoming", verbose_name="终点"
    )
    category = models.CharField("管线大类", max_length=4)
    subcategory = models.CharField("管线小类", max_length=4, blank=True, default="")
    feature_code = models.CharField("要素编码", max_length=8, blank=True, default="")
    material = models.CharField("材质", max_length=10, blank=True, default="")
    burial = models.CharField("埋设方式", max_length=6, blank=True, default="")
    status = models.CharField("使用状态", max_length=4, blank=True, default="")
    diameter_mm = models.FloatField("管径(毫米)", null=True, blank=True)
    section = models.CharField("断面尺寸", max_length=30, blank=True, default="")
    start_depth_m = models.FloatField("起点埋深(米)", null=True, blank=True)
    end_depth_m = models.FloatField("终点埋深(米)", null=True, blank=True)
    start_elevation_m = models.FloatField("起点高程(米)", null=True, blank=True)
    end_elevation_m = models.FloatField("终点高程(米)", null=True, blank=True)
    pressure = models.CharField("压力", max_length=20, blank=True, default="")
    owner = models.CharField("权属单位", max_length=100, blank=True, default="")
    built_year = models.SmallIntegerField("建设年代", null=True, blank=True)
    road = models.CharField("道路", max_length=200, blank=True, default="")
    geom = models.LineStringField("管线", srid=STORED, dim=3)
    shape = models.GeneratedField(
        expression=models.Func(F("geom"), template="ST_Force2D(ST_Transform(%(expressions)s, 3857))"),
        output_field=models.LineStringField(srid=3857),
        db_persist=True,
        verbose_name="切片图形",
    )

    class Meta(Located.Meta):
        abstract = False
        verbose_name = verbose_name_plural = "管线段"
        constraints = [
            *Located.Meta.constraints,
            models.CheckConstraint(
                condition=Q(start__isnull=True) | Q(end__isnull=True) | ~Q(start=F("end")), name="pipesegment_two_ends"
            ),
            models.CheckConstraint(
                condition=Q(diameter_mm__isnull=True) | Q(diameter_mm__gt=0), name="pipesegment_diameter"
            ),
        ]
        indexes = [
            *Located.Meta.indexes,
            models.Index(fields=("code",), condition=~Q(code=""), name="pipesegment_code"),
        ]

    def __str__(self) -> str:
        return self.code or f"管线段 {self.pk}"


class PipeFinding(Located):
    """Something wrong underground: a blocked point (堵点) or a hazard (隐患)."""

    code = models.CharField("编号", max_length=60, blank=True, default="")
    kind = models.CharField("类别", max_length=20)
    severity = models.CharField("等级", max_length=20, blank=True, default="")
    state = models.CharField("状态", max_length=20, blank=True, default="")
    found_on = models.DateField("发现日期", null=True, blank=True)
    note = models.CharField("说明", max_length=500, blank=True, default="")
    segment = models.ForeignKey(
        PipeSegment, models.SET_NULL, null=True, blank=True, related_name="findings", verbose_name="管线段"
    )
    geom = models.PointField("位置", srid=STORED)
    shape = tile_shape(kind=models.PointField)

    class Meta(Located.Meta):
        abstract = False
        verbose_name = verbose_name_plural = "管线堵点隐患"

    def __str__(self) -> str:
        return self.code or self.kind
