"""Which tables changed in which transaction, and where; written by statement triggers, read by whoever keeps copies."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class News(models.Model):
    """One row a table and transaction.

    ``seq`` is given when the transaction ends, in the order in which transactions become visible; null until then.
    ``whole`` says that any row may have changed, else ``Touched`` has the places. Old rows of a table are folded into
    the newest of them, which stands for so many ``transactions``.
    """

    table = models.CharField(max_length=63, db_column="table_name")
    transaction = models.BigIntegerField()
    seq = models.BigIntegerField(null=True, unique=True)
    whole = models.BooleanField(default=False, db_default=False)
    transactions = models.BigIntegerField(default=1, db_default=1)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = verbose_name_plural = "变更记录"
        indexes = [models.Index(fields=("table",), name="news_table")]

    def __str__(self) -> str:
        return f"{self.table} @ {self.transaction}"


class Touched(models.Model):
    """A box in metres of EPSG:3857 in which rows changed: what was there before, or what is there now.

    A box may be larger than the change, never smaller.
    """

    news = models.ForeignKey(News, models.CASCADE, related_name="boxes", db_constraint=False)
    west = models.FloatField()
    south = models.FloatField()
    east = models.FloatField()
    north = models.FloatField()

    class Meta:
        verbose_name = verbose_name_plural = "变更范围"

    def __str__(self) -> str:
        return f"{self.west:.0f} {self.south:.0f} {self.east:.0f} {self.north:.0f}"
