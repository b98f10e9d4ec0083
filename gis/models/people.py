"""Who answers for what: the departments of a city and the inspectors of its grids."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from gis.models.areas import Grid
from gis.models.located import Sourced


class Department(Sourced):
    """A body that takes cases or owns components; ``phone`` is its service line."""

    code = models.CharField("部门编码", max_length=30)
    name = models.CharField("部门名称", max_length=100)
    kind = models.CharField("类别", max_length=30, blank=True, default="")
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name="上级部门"
    )
    phone = models.CharField("服务电话", max_length=50, blank=True, default="")
    duties = models.CharField("职责", max_length=500, blank=True, default="")

    class Meta(Sourced.Meta):
        abstract = False
        verbose_name = verbose_name_plural = "部门"
        constraints = [
            *Sourced.Meta.constraints,
            models.UniqueConstraint(fields=("code",), name="department_code_once"),
            models.CheckConstraint(condition=~Q(name=""), name="department_named"),
        ]

    def __str__(self) -> str:
        return self.name


class GridInspector(models.Model):
    """A person who walks a grid (网格监督员); a grid may have several, one a shift."""

    grid = models.ForeignKey(Grid, models.CASCADE, related_name="inspectors", verbose_name="网格")
    name = models.CharField("姓名", max_length=50)
    phone = models.CharField("电话", max_length=30, blank=True, default="")
    shift = models.CharField("班次", max_length=30, blank=True, default="")

    class Meta:
        verbose_name = verbose_name_plural = "网格监督员"
        constraints = [models.UniqueConstraint(fields=("grid", "name", "shift"), name="gridinspector_once")]

    def __str__(self) -> str:
        return self.name
