"""The restricted roll of a room: people's data in a table apart, encrypted at rest, every reading logged."""

from __future__ import annotations

from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.db import models

from gis.errors import Invalid
from gis.models.buildings import Room


def _cipher() -> Fernet:
    return Fernet(settings.FIELD_KEY)


class EncryptedText(models.BinaryField):  # type: ignore[type-arg]  # generic in the stubs only
    """Text stored as a Fernet token; the key is ``settings.FIELD_KEY``."""

    def get_prep_value(self, value: Any) -> bytes:
        """Encrypt a string for the database."""
        return _cipher().encrypt(str(value or "").encode())

    def from_db_value(self, value: Any, *_: Any) -> str:
        """Decrypt what the database gave; ``Invalid`` when the key does not fit."""
        try:
            return _cipher().decrypt(bytes(value)).decode()
        except InvalidToken as wrong:
            raise Invalid("密钥不匹配, 无法解密住户信息 (FIELD_KEY does not decrypt this roll)") from wrong


class Roll(models.Model):
    """A person registered in a room; read only through ``gis.rolls``."""

    room = models.ForeignKey(Room, models.CASCADE, related_name="rolls", verbose_name="房屋")
    name = EncryptedText("姓名")
    identity = EncryptedText("证件号码")
    phone = EncryptedText("联系电话")
    relation = models.CharField("与户主关系", max_length=20, blank=True, default="")
    updated_at = models.DateTimeField("更新时间", auto_now=True)

    class Meta:
        verbose_name = verbose_name_plural = "住户名册"
        default_permissions = ("add", "change", "delete")
        permissions = [("read_roll", "查阅住户名册")]

    def __str__(self) -> str:
        return f"住户 {self.pk}"


class RollReading(models.Model):
    """Who read which room's roll, when and for which purpose; kept as written for three years (个人信息保护法 56)."""

    reader = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="查阅人")
    room = models.ForeignKey(Room, models.SET_NULL, null=True, related_name="+", verbose_name="房屋")
    purpose = models.CharField("目的", max_length=200)
    at = models.DateTimeField("时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "名册查阅记录"
        default_permissions = ("view",)
        constraints = [models.CheckConstraint(condition=~models.Q(purpose=""), name="rollreading_has_purpose")]

    def __str__(self) -> str:
        return f"{self.reader} {self.at:%Y-%m-%d %H:%M}"
