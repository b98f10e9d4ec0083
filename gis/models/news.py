"""Which tables changed in which transaction; written by statement triggers, read by whoever keeps copies."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class News(models.Model):
    """One row a table and transaction. Their count and greatest id change with every commit that touched the table."""

    table = models.CharField(max_length=63, db_column="table_name")
    transaction = models.BigIntegerField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = verbose_name_plural = "变更记录"
        constraints = [models.UniqueConstraint(fields=("table", "transaction"), name="news_once")]

    def __str__(self) -> str:
        return f"{self.table} @ {self.transaction}"
