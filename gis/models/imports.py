"""The log of imports: which file became rows of which subject, when, by whom and with what result."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models


class ImportRun(models.Model):
    """One finished import; ``refused`` rows are in the CSV named by ``report``. ``moment`` is when the fence versions
    of an import of fences were recorded: it tells them from all others. ``proof`` is by what a second import of the
    same file is known to change nothing (gis.ingest.proof)."""

    subject = models.CharField("主题", max_length=30)
    source = models.CharField("数据来源", max_length=100)
    file = models.CharField("文件", max_length=300)
    sha256 = models.CharField("文件指纹", max_length=64)
    crs = models.CharField("坐标系", max_length=60)
    added = models.IntegerField("新增", default=0)
    changed = models.IntegerField("变更", default=0)
    unchanged = models.IntegerField("未变", default=0)
    refused = models.IntegerField("拒绝", default=0)
    report = models.CharField("拒绝清单", max_length=300, blank=True, default="")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, verbose_name="操作人")
    at = models.DateTimeField("时间", auto_now_add=True)
    moment = models.DateTimeField("记录时刻", null=True, editable=False)
    proof = models.JSONField("凭据", null=True, editable=False)
    undone_at = models.DateTimeField("撤销时间", null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="撤销人"
    )

    class Meta:
        verbose_name = verbose_name_plural = "数据导入"
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.subject} {self.file}"


class RunAdded(models.Model):
    """Rows that a run added, some thousands at a time: their ids and, in the same order, a mark (64-bit hash) of what
    each held when the run left it."""

    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="+")
    ids = ArrayField(models.BigIntegerField())
    marks = ArrayField(models.BigIntegerField())

    class Meta:
        verbose_name = verbose_name_plural = "导入新增的行"
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.run} +{len(self.ids)}"


class RunChanged(models.Model):
    """A row that a run changed: what its columns held ``before`` (shapes as hexadecimal EWKB), a mark of what it held
    after."""

    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="+")
    row = models.BigIntegerField()
    before = models.JSONField()
    mark = models.BigIntegerField()

    class Meta:
        verbose_name = verbose_name_plural = "导入变更的行"
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.run} ~{self.row}"
