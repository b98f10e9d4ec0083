"""Which area a member of staff answers for; the role is the Django group."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from gis.models import Area


class Account(models.Model):
    """A user's area; without one the whole city. ``area_code`` is what the audience carries."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="account", verbose_name="用户")
    area = models.ForeignKey(Area, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="辖区")

    class Meta:
        verbose_name = verbose_name_plural = "工作人员"

    def __str__(self) -> str:
        return f"{self.user}"

    @property
    def area_code(self) -> str:
        """The key of the area's rows in an audience; empty for the whole city."""
        return "" if self.area_id is None else str(self.area_id)
