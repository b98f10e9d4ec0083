"""Code lists as versioned data: an edition and a code name a class, and the patterns that codes must follow."""

from __future__ import annotations

from django.db import models


class Code(models.Model):
    """One entry of a list; the same code may mean another thing in another edition."""

    list = models.CharField("代码表", max_length=40)
    edition = models.CharField("版本", max_length=40)
    code = models.CharField("代码", max_length=40)
    parent = models.CharField("上级代码", max_length=40, blank=True, default="")
    name = models.CharField("名称", max_length=100)
    name_en = models.CharField("英文名", max_length=100, blank=True, default="")
    symbol = models.CharField("代号", max_length=20, blank=True, default="")
    color = models.CharField("颜色", max_length=9, blank=True, default="")
    attributes = models.JSONField("属性", default=dict, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "代码"
        constraints = [models.UniqueConstraint(fields=("list", "edition", "code"), name="code_once")]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class CodePattern(models.Model):
    """The form a city's codes take; triggers refuse a code that breaks its pattern."""

    scheme = models.CharField("编码体系", max_length=30, primary_key=True)
    pattern = models.CharField("正则表达式", max_length=200)
    title = models.CharField("名称", max_length=100)
    title_en = models.CharField("英文名", max_length=100, blank=True, default="")

    class Meta:
        verbose_name = verbose_name_plural = "编码规则"

    def __str__(self) -> str:
        return self.title
