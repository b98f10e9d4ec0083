"""What a file says of itself that not everybody may have: its class, who took it out, when, what for, and under which
number that is kept.

The class is no field of a layer: it follows from who may see what the file tells. It is no grade of state secrets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.utils.timezone import localtime

from layers.inquiry import Reader, by_token
from layers.layer import Layer, Rows, everything
from layers.models import Inquiry
from layers.properties import Property
from layers.scope import RESIDENT


@dataclass(frozen=True, slots=True)
class Note:
    """The class in a word for file names, Chinese and English, and all in one line; empty of what is public."""

    grade: str = ""
    grade_en: str = ""
    text: str = ""


PUBLIC = Note()


def note(layer: Layer, reader: Reader, rows: Rows, told: Sequence[Property], kept: Inquiry | None) -> Note:
    """Return the note of rows that somebody takes out: restricted what leaves a line in the log (``kept``), internal
    what residents may not see."""
    if kept is not None:
        return restricted(layer, kept)
    if not isinstance(reader, User) or _is_public(layer, rows, told):
        return PUBLIC
    who, at = named(reader, by_token(reader)), f"{localtime():%Y-%m-%d %H:%M}"
    text = (
        f"内部资料，仅供工作使用：{layer.title}，{who} 于 {at} 取出 / Internal: {layer.id}, taken out by {who} on {at}"
    )
    return Note("内部", "internal", text)


def restricted(layer: Layer, kept: Inquiry) -> Note:
    """Return the note of what a line in the log was kept for."""
    who, at = named(kept.reader, kept.token), f"{localtime():%Y-%m-%d %H:%M}"
    text = (
        f"受限资料，不得外传：{layer.title}，{who} 于 {at} 取出，目的：{kept.purpose}，受限数据查询记录第 {kept.pk} 号"
        f" / Restricted: {layer.id}, taken out by {who} on {at}, for: {kept.purpose}, inquiry {kept.pk}"
    )
    return Note("受限", "restricted", text)


def named(reader: User, token: str) -> str:
    """Return the account, and the token by which a program asked for it."""
    return f"{reader.get_username()}（令牌 {token}）" if token else reader.get_username()


def _is_public(layer: Layer, rows: Rows, told: Sequence[Property]) -> bool:
    """Whether residents are told of these rows as much."""
    seen = {field.name for field in layer.fields_for(RESIDENT)}
    if not layer.visible_to(RESIDENT) or any(one.field and one.field.name not in seen for one in told):
        return False
    if layer.select is everything:
        return True
    theirs = layer.rows_for(RESIDENT).order_by().values("pk")
    taken = layer.model._default_manager.filter(pk__in=rows.values("pk"))
    return not taken.exclude(pk__in=theirs).exists()
