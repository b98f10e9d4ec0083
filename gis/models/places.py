"""The index of the geocoder: every name and number by which a row can be asked for, made from the rows themselves.

Triggers note in ``PlaceDue`` which rows changed, whoever changed them; ``gis.locate.index`` reads these anew. Nothing
here says who may see what: an answer goes through the rows of its layer.
"""

from __future__ import annotations

from django.contrib.gis.db import models
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db.models import F

from gis.models.located import STORED, TILES


class Place(models.Model):
    """One way to ask for one row of a layer: a name with a number (a road's door, an estate's block) or without."""

    layer = models.CharField(max_length=20)
    row = models.BigIntegerField()
    kind = models.CharField(max_length=8)
    term = models.CharField(max_length=200)
    number = models.CharField(max_length=60, default="")
    main = models.IntegerField(null=True)
    block = models.CharField(max_length=60, default="")
    unit = models.CharField(max_length=60, default="")
    floor = models.CharField(max_length=60, default="")
    room = models.CharField(max_length=60, default="")
    names = models.TextField(default="")
    district = models.CharField(max_length=50, default="")
    town = models.CharField(max_length=100, default="")
    title = models.CharField(max_length=500, default="")
    geom = models.PointField(srid=STORED, spatial_index=False)

    class Meta:
        verbose_name = verbose_name_plural = "地点索引"
        indexes = [
            models.Index(fields=("term", "number"), name="place_asked"),
            models.Index(fields=("term", "main"), name="place_along"),
            models.Index(fields=("layer", "row"), name="place_row"),
        ]

    def __str__(self) -> str:
        return f"{self.term}{self.number}"


class PlaceName(models.Model):
    """A name once, with all by which it is found half typed or mistyped: forms of ``near`` lack one character each. The
    few whose words leave two readings open (知行路) have the other one, too."""

    term = models.CharField(max_length=200, unique=True)
    shown = models.CharField(max_length=200)
    pinyin = models.CharField(max_length=600, default="")
    initials = models.CharField(max_length=200, default="")
    pinyin_too = models.CharField(max_length=600, null=True)
    initials_too = models.CharField(max_length=200, null=True)
    near = ArrayField(models.TextField(), default=list)
    tally = models.IntegerField(default=0)

    class Meta:
        verbose_name = verbose_name_plural = "地名索引"
        indexes = [
            # Django gives a unique term an index for its beginnings (``~>=~``) unasked.
            models.Index(OpClass(F("initials"), "varchar_pattern_ops"), name="placename_initials"),
            models.Index(OpClass(F("pinyin"), "varchar_pattern_ops"), name="placename_pinyin"),
            *(
                models.Index(
                    OpClass(F(too), "varchar_pattern_ops"),
                    name=f"placename_{too}",
                    condition=models.Q((f"{too}__isnull", False)),
                )
                for too in ("pinyin_too", "initials_too")
            ),
            GinIndex(fields=("near",), name="placename_near", fastupdate=False),
            GinIndex(OpClass(F("term"), "gin_trgm_ops"), name="placename_trgm", fastupdate=False),
        ]

    def __str__(self) -> str:
        return self.shown


class PlaceDue(models.Model):
    """A row that changed since the index read it, or ``around`` which an area did. The two are noted apart, so that who
    notes what lies in an area never waits for who is writing these rows, nor they for him."""

    layer = models.CharField(max_length=20)
    row = models.BigIntegerField()
    around = models.BooleanField(default=False, db_default=False)

    class Meta:
        verbose_name = verbose_name_plural = "待更新地点"
        constraints = [models.UniqueConstraint(fields=("layer", "row", "around"), name="placedue_once")]

    def __str__(self) -> str:
        return f"{self.layer}:{self.row}"


class AreaDue(models.Model):
    """Ground of an area as it was and as it is: what lies in only one of them is to be read anew, from a ``day`` on. Or
    the first two characters of a ``name`` that came or went: what speaks of it is; all do of the empty one."""

    day = models.DateField(null=True)
    was = models.MultiPolygonField(srid=TILES, null=True, spatial_index=False)
    now = models.MultiPolygonField(srid=TILES, null=True, spatial_index=False)
    name = models.CharField(max_length=2, null=True)

    class Meta:
        verbose_name = verbose_name_plural = "待更新区域"

    def __str__(self) -> str:
        return self.name or f"{self.pk}"
