"""Questions about what is guarded: answered for a named purpose, and every one is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gis.errors import Invalid
from layers.layer import Layer
from layers.models import Inquiry

if TYPE_CHECKING:
    from django.contrib.auth.models import User

ON_THE_MAP, BY_ITS_CODE, ON_PLATES = "图上点选查看", "扫码或链接查看", "打印标牌"
"""The purposes of a look at one row, on the map or by its link or plate, and of printing plates: no words are asked."""
LONGEST = 200


def inquire(layer: Layer, reader: User, purpose: str, question: str, rows: int) -> None:
    """Keep who was told how many rows of a guarded layer, to which question and what for; ``Invalid`` without that."""
    said = purpose.strip()
    if not said or len(said) > LONGEST:
        raise Invalid(
            f"查询{layer.title}须写明目的，不超过 {LONGEST} 字"
            f" / name a purpose for asking about {layer.id}, at most {LONGEST} characters"
        )
    Inquiry.objects.create(reader=reader, layer=layer.id, purpose=said, question=question[:LONGEST], rows=rows)
