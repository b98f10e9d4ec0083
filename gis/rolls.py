"""The one way to people's data: a named purpose, a logged reading, a masked answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from gis.errors import Invalid, NotAllowed
from gis.models import Roll, RollReading, Room

if TYPE_CHECKING:
    from django.contrib.auth.models import User


@dataclass(frozen=True, slots=True)
class Resident:
    """A person of a room as shown: name, identity and phone masked."""

    name: str
    identity: str
    phone: str
    relation: str


def mask(text: str, head: int, tail: int) -> str:
    """Return ``text`` with all but its first ``head`` and last ``tail`` characters starred; short text wholly."""
    hidden = len(text) - head - tail
    if hidden <= 0:
        return "*" * len(text)
    return text[:head] + "*" * hidden + text[len(text) - tail :]


@transaction.atomic
def read_roll(room: Room, reader: User, purpose: str) -> list[Resident]:
    """Return the masked roll of a room and log the reading.

    Raises ``NotAllowed`` without the permission ``spatial.read_roll`` and ``Invalid`` without a purpose.
    """
    if not reader.has_perm("spatial.read_roll"):
        raise NotAllowed("无权查阅住户名册 (you may not read resident rolls)")
    if not purpose.strip():
        raise Invalid("查阅住户名册须写明目的 (name a purpose for reading the roll)")
    RollReading.objects.create(reader=reader, room=room, purpose=purpose.strip())
    return [
        Resident(
            name=mask(str(roll.name), 1, 0),
            identity=mask(str(roll.identity), 3, 2),
            phone=mask(str(roll.phone), 3, 2),
            relation=roll.relation,
        )
        for roll in Roll.objects.filter(room=room).order_by("pk")
    ]
