"""What things were called before: the codes that rows gave up, so that old links and plates still lead to them."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class FormerCode(models.Model):
    """A code that a row of a table had. The database writes it, whoever changes the code (``sql/former.sql``).

    Of several rows that had it, the last counts. A row that bears the code now always comes before one that had it.
    """

    table = models.CharField("表", max_length=63)
    code = models.CharField("原编码", max_length=60)
    row = models.BigIntegerField("现编号")
    left_at = models.DateTimeField("停用时间", db_default=Now())

    class Meta:
        verbose_name = verbose_name_plural = "原编码"
        constraints = [models.UniqueConstraint(fields=("code", "table"), name="formercode_once")]
        indexes = [models.Index(fields=("table", "row"), name="formercode_row")]

    def __str__(self) -> str:
        return f"{self.code} → {self.table} {self.row}"
