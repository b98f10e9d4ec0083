"""Standard addresses: the parts people say, tied to a point on a building, gate or kerb (GA/T 2000.32)."""

from __future__ import annotations

from django.contrib.gis.db import models
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex

from gis.models.buildings import Building
from gis.models.located import STORED, Located, tile_shape


class Address(Located):
    """An address down to the room; ``doorplate`` is the part that may be public (never a unit or room)."""

    code = models.CharField("地址编码", max_length=50, blank=True, default="")
    kind = models.CharField("类别", max_length=20, default="door")
    province = models.CharField("省", max_length=50, blank=True, default="")
    city = models.CharField("市", max_length=50, blank=True, default="")
    district = models.CharField("区县", max_length=50, blank=True, default="")
    street = models.CharField("街道", max_length=100, blank=True, default="")
    community = models.CharField("社区", max_length=100, blank=True, default="")
    road = models.CharField("街路巷", max_length=200, blank=True, default="")
    number = models.CharField("门牌号", max_length=50, blank=True, default="")
    estate = models.CharField("小区", max_length=200, blank=True, default="")
    block = models.CharField("楼栋", max_length=50, blank=True, default="")
    unit = models.CharField("单元", max_length=30, blank=True, default="")
    room = models.CharField("室号", max_length=30, blank=True, default="")
    name = models.CharField("标志物", max_length=200, blank=True, default="")
    aliases = ArrayField(models.CharField(max_length=200), verbose_name="别名", default=list, blank=True)
    building = models.ForeignKey(
        Building, models.SET_NULL, null=True, blank=True, related_name="addresses", verbose_name="建筑"
    )
    score = models.FloatField("可信度", null=True, blank=True)
    doorplate = models.GeneratedField(
        expression=models.Func("road", "number", "estate", "block", function="spatial_doorplate"),
        output_field=models.CharField(max_length=500),
        db_persist=True,
        verbose_name="门牌地址",
    )
    geom = models.PointField("位置", srid=STORED)
    shape = tile_shape(kind=models.PointField)

    class Meta(Located.Meta):
        abstract = False
        verbose_name = verbose_name_plural = "地址"
        indexes = [
            *Located.Meta.indexes,
            GinIndex(fields=("doorplate",), opclasses=("gin_trgm_ops",), name="address_doorplate_trgm"),
            GinIndex(fields=("name",), opclasses=("gin_trgm_ops",), name="address_name_trgm"),
        ]

    def __str__(self) -> str:
        return self.doorplate or self.name
