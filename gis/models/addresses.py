"""Standard addresses: the parts people say, tied to a point on a building, gate or kerb (GA/T 2000.32).

Registers of several offices describe one address in rows of their own. None is thrown away: ``same_as`` leads from a
copy to the row that stands for the address, and copies are not shown (`gis.registers`).
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.gis.db import models
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db.models import F, Q

from gis.models.buildings import Building
from gis.models.located import STORED, Located, tile_shape

CORNER = Q(number="", name__startswith=F("road")) & ~Q(road="")
"""Rows that name a corner of their road (云汀大道与听澜路路口) and no door."""

ESTATE_IN_ENGLISH = Q(unit="", room="") & ~Q(estate_en="")
"""Rows that tell anybody how an estate is called in English."""


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
    road_en = models.CharField("街路巷英文名", max_length=200, blank=True, default="", db_default="")
    number = models.CharField("门牌号", max_length=50, blank=True, default="")
    estate = models.CharField("小区", max_length=200, blank=True, default="")
    estate_en = models.CharField("小区英文名", max_length=200, blank=True, default="", db_default="")
    block = models.CharField("楼栋", max_length=50, blank=True, default="")
    unit = models.CharField("单元", max_length=30, blank=True, default="")
    room = models.CharField("室号", max_length=30, blank=True, default="")
    name = models.CharField("标志物", max_length=200, blank=True, default="")
    name_en = models.CharField("标志物英文名", max_length=200, blank=True, default="", db_default="")
    aliases = ArrayField(models.CharField(max_length=200), verbose_name="别名", default=list, blank=True)
    building = models.ForeignKey(
        Building, models.SET_NULL, null=True, blank=True, related_name="addresses", verbose_name="建筑"
    )
    score = models.FloatField("可信度", null=True, blank=True)
    same_as = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, editable=False, related_name="copies", verbose_name="同一地址"
    )
    doorplate = models.GeneratedField(
        expression=models.Func("road", "number", "estate", "block", function="spatial_doorplate"),
        output_field=models.CharField(max_length=500),
        db_persist=True,
        verbose_name="门牌地址",
    )
    doorplate_en = models.GeneratedField(
        expression=models.Func("road_en", "number", "estate_en", "block", "name_en", function="spatial_doorplate_en"),
        output_field=models.CharField(max_length=800),
        db_persist=True,
        verbose_name="英文地址",
    )
    geom = models.PointField("位置", srid=STORED)
    shape = tile_shape(kind=models.PointField)

    class Meta(Located.Meta):
        abstract = False
        verbose_name = verbose_name_plural = "地址"
        constraints = [
            *Located.Meta.constraints,
            models.CheckConstraint(
                condition=Q(same_as__isnull=True) | ~Q(same_as=F("id")), name="address_not_own_copy"
            ),
        ]
        indexes = [
            *Located.Meta.indexes,
            GinIndex(fields=("doorplate",), opclasses=("gin_trgm_ops",), name="address_doorplate_trgm"),
            GinIndex(fields=("name",), opclasses=("gin_trgm_ops",), name="address_name_trgm"),
            models.Index(fields=("code",), condition=~Q(code=""), name="address_code"),
            models.Index(fields=("estate",), condition=ESTATE_IN_ENGLISH, name="address_estate_en"),
        ]

    def __str__(self) -> str:
        return self.doorplate or self.name


class Verdict(models.TextChoices):
    """What a person said of two addresses that may be one."""

    OPEN = "open", "待定"
    SAME = "same", "同一地址"
    DIFFERENT = "different", "不同地址"


class AddressPair(models.Model):
    """Two rows of different registers that may be one address; a person decides. ``first`` has the smaller id."""

    first = models.ForeignKey(Address, models.CASCADE, related_name="+", verbose_name="地址甲")
    second = models.ForeignKey(Address, models.CASCADE, related_name="+", verbose_name="地址乙")
    score = models.FloatField("相似度")
    reasons = models.JSONField("依据", default=dict, blank=True)
    verdict = models.CharField("结论", max_length=10, choices=Verdict.choices, default=Verdict.OPEN)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="判定人"
    )
    decided_at = models.DateTimeField("判定时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "疑似重复地址"
        constraints = [
            models.UniqueConstraint(fields=("first", "second"), name="addresspair_once"),
            models.CheckConstraint(condition=Q(second__gt=F("first")), name="addresspair_in_order"),
            models.CheckConstraint(condition=Q(score__range=(0, 1)), name="addresspair_score"),
            models.CheckConstraint(condition=Q(verdict__in=Verdict.values), name="addresspair_verdict_known"),
        ]

    def __str__(self) -> str:
        return f"{self.first} / {self.second}"
