"""Which area a member of staff answers for, what else they may see, the tokens of their programs, and which of their
passes are withdrawn; the role is the Django group."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from gis.models import Area


class Account(models.Model):
    """A user's area, without one the whole city, and grants. ``area_code`` is what the audience carries."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="account", verbose_name="用户")
    area = models.ForeignKey(Area, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="辖区")

    grants = ArrayField(
        models.CharField(max_length=20), default=list, db_default=[], blank=True, verbose_name="另可查看"
    )

    class Meta:
        verbose_name = verbose_name_plural = "工作人员"

    def __str__(self) -> str:
        return f"{self.user}"

    @property
    def area_code(self) -> str:
        """The key of the area's rows in an audience; empty for the whole city."""
        return "" if self.area_id is None else str(self.area_id)


class Inquiry(models.Model):
    """Who asked which guarded layer, what for, which question, and how many rows were told; kept at least three years
    (个人信息保护法 art. 56 for the like; 网络安全法 art. 21 asks for six months): until then a trigger lets nobody
    change or delete it (``kept.sql``)."""

    reader = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="查询人")
    layer = models.CharField("图层", max_length=50)
    purpose = models.CharField("目的", max_length=200)
    question = models.CharField("问题", max_length=200)
    rows = models.PositiveIntegerField("条数")
    at = models.DateTimeField("时间", db_default=Now())
    token = models.CharField("令牌", max_length=60, default="", db_default="", blank=True)
    """The name of the token by which a program asked; empty for a person."""

    class Meta:
        verbose_name = verbose_name_plural = "受限数据查询记录"
        default_permissions = ("view",)
        indexes = [models.Index(fields=("-at",), name="inquiry_at")]
        constraints = [models.CheckConstraint(condition=~models.Q(purpose=""), name="inquiry_has_purpose")]

    def __str__(self) -> str:
        return f"{self.reader} {self.layer} {self.at:%Y-%m-%d %H:%M}"


class Token(models.Model):
    """What a program of a user's shows instead of a cookie (``layers.tokens``). Only its digest is kept; a trigger ends
    the passes that were given for one that is deleted."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="tokens", verbose_name="用户")
    name = models.CharField("名称", max_length=60)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    made_at = models.DateTimeField("生成时间", db_default=Now())
    expires_at = models.DateTimeField("到期时间")
    used_on = models.DateField("最近使用", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "程序令牌"
        default_permissions = ("view", "delete")
        constraints = [
            models.UniqueConstraint(fields=("user", "name"), name="token_name_once"),
            models.CheckConstraint(condition=~models.Q(name=""), name="token_has_name"),
            models.CheckConstraint(
                condition=models.Q(expires_at__lte=models.F("made_at") + timedelta(days=366)), name="token_ends"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.name}"


class Epoch(models.Model):
    """How often what an account may see has changed; triggers count. A pass of another epoch is worth nothing."""

    account = models.BigIntegerField(primary_key=True)
    number = models.BigIntegerField()

    class Meta:
        verbose_name = verbose_name_plural = "权限变更"

    def __str__(self) -> str:
        return f"{self.account}: {self.number}"


class Ended(models.Model):
    """A session that ended of late, by its mark: signed out, deleted. A trigger writes it, and drops old ones."""

    sitting = models.CharField(max_length=16, primary_key=True)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = verbose_name_plural = "已退出的会话"

    def __str__(self) -> str:
        return self.sitting
