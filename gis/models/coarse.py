"""What is drawn in place of too many rows, made from them and kept up with them (``tiles.coarse``)."""

from __future__ import annotations

from django.contrib.gis.db import models
from django.contrib.postgres.indexes import GistIndex

from gis.models.located import TILES


class Coarse(models.Model):
    """One part of a cell at one zoom of a layer, as one view of it shows: how many rows it stands for, its shape
    (EPSG:3857) and the properties that the style paints.

    ``cell`` is column · 2³² + row of a tile of a deeper zoom; of a simplified surface the key of its row.
    ``spot``, the middle of the cell, or of another where the part lies beside it, tells which tile counts it. ``tally``
    (rows by value) and ``covered`` (square map metres) add up to the next zoom's.
    """

    layer = models.CharField(max_length=30)
    view = models.CharField(max_length=10)
    zoom = models.SmallIntegerField()
    cell = models.BigIntegerField()
    part = models.IntegerField()
    number = models.IntegerField()
    painted = models.JSONField()
    tally = models.JSONField()
    covered = models.BigIntegerField(default=0)
    shape = models.GeometryField(srid=TILES, spatial_index=False)
    spot = models.PointField(srid=TILES, null=True, spatial_index=False)

    class Meta:
        verbose_name = verbose_name_plural = "概括图形"
        constraints = [models.UniqueConstraint(fields=("layer", "view", "zoom", "cell", "part"), name="coarse_once")]
        indexes = [GistIndex(fields=("layer", "view", "zoom", "shape"), name="coarse_shape")]

    def __str__(self) -> str:
        return f"{self.layer} z{self.zoom} {self.cell}.{self.part}: {self.number}"


class CoarseState(models.Model):
    """Up to which change a layer's coarse rows are made, and by which declaration."""

    layer = models.CharField(max_length=30, unique=True)
    seq = models.BigIntegerField(default=0)
    recipe = models.TextField(default="")

    class Meta:
        verbose_name = verbose_name_plural = "概括进度"

    def __str__(self) -> str:
        return f"{self.layer} @ {self.seq}"
