"""Questions about what is guarded: answered for a named purpose, and every one is kept."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser, User

from gis.errors import Invalid, NotAllowed
from layers.layer import Layer
from layers.models import Inquiry

Reader = User | AnonymousUser | None
ON_THE_MAP, BY_ITS_CODE, ON_PLATES, ON_CHECKS = "图上点选查看", "扫码或链接查看", "打印标牌", "检查普查成果"
"""The purposes of a look at one row, on the map or by its link, code or plate, of printing plates and of reading the
report of a survey: the page that was opened is what for, no words are asked."""
TAKEN = "导出资料"
"""Of who takes rows that tell of a flat home in a file or a large page (``layers.taken``)."""
BROWSED = "图上浏览"
"""The purpose of who has the layer drawn."""
LONGEST = 200


def inquire(layer: Layer, reader: Reader, purpose: str, question: str, rows: int) -> Inquiry | None:
    """Keep who is told how many rows of a layer, to which question and what for, when the layer is guarded. What a
    program asks for is the name of its token, unless it says.

    ``Invalid`` without a purpose, ``NotAllowed`` without an account: then nothing may be told.
    """
    if not layer.guarded:
        return None
    if not isinstance(reader, User):
        raise NotAllowed(f"查询{layer.title}须登录 (sign in to ask about {layer.id})")
    said = purpose.strip() or by_token(reader)
    if not said or len(said) > LONGEST:
        raise Invalid(
            f"查询{layer.title}须写明目的，不超过 {LONGEST} 字"
            f" / name a purpose for asking about {layer.id}, at most {LONGEST} characters"
        )
    return keep(layer, reader, said, question, rows)


def keep(layer: Layer, reader: User, purpose: str, question: str, rows: int) -> Inquiry:
    """Keep that somebody was told so many rows of a layer, and by which token if a program asked for him."""
    said = {"purpose": purpose, "question": question[:LONGEST], "token": by_token(reader)}
    return Inquiry.objects.create(reader=reader, layer=layer.id, rows=rows, **said)


def by_token(reader: User) -> str:
    """The name of the token by which a program of somebody's asks (``frontend.passport`` hangs it on him), or none."""
    return getattr(reader, "token", "")
