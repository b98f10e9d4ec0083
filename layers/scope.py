"""Who is asking: a role and, for staff, the area whose rows they may see."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from time import time
from typing import TYPE_CHECKING

from django.core import signing

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User

COOKIE = "audience"
LIFETIME_S = 900
NOWHERE = "0"  # the key of no area: staff without an account see no row of a layer that is kept to areas
LONGEST = 200
"""Of a token; ours are shorter, and what strangers send is remembered."""
_SALT = "layers.scope.audience"


class Role(StrEnum):
    """The kinds of people the system knows; staff roles are named like their Django groups."""

    RESIDENT = "resident"
    FIELD = "field"
    PLANNER = "planner"
    MANAGER = "manager"
    ADMIN = "admin"


EVERYONE = frozenset(Role)
STAFF = EVERYONE - {Role.RESIDENT}


@dataclass(frozen=True, slots=True)
class Audience:
    """A role and the code of its area; no code means the whole city."""

    role: Role = Role.RESIDENT
    area: str = ""

    @property
    def public(self) -> bool:
        """Whether anyone at all may share in what this audience sees."""
        return self.role is Role.RESIDENT


RESIDENT = Audience()


def audience_of(user: User | AnonymousUser) -> Audience:
    """Return the audience of a signed-in user; a user without a role is a resident.

    Of several groups the widest counts. Superusers are administrators of the whole city; to others the whole city is
    given on purpose, by an account without an area.
    """
    if not user.is_authenticated or not user.is_active:
        return RESIDENT
    if user.is_superuser:
        return Audience(Role.ADMIN)
    groups = set(user.groups.values_list("name", flat=True))
    roles = [role for role in reversed(Role) if role in groups]
    if not roles:
        return RESIDENT
    account = getattr(user, "account", None)
    return Audience(roles[0], account.area_code if account else NOWHERE)


def sign(audience: Audience) -> str:
    """Return a token that proves the audience for ``LIFETIME_S`` seconds without asking the database."""
    return signing.TimestampSigner(salt=_SALT).sign(f"{audience.role}~{audience.area}")


def read(token: str) -> Audience:
    """Return the audience a token proves; a forged, expired or absent one proves a resident."""
    audience, until = _prove(token) if 0 < len(token) <= LONGEST else (RESIDENT, 0.0)
    return audience if time() < until else RESIDENT


@lru_cache(maxsize=4096)
def _prove(token: str) -> tuple[Audience, float]:
    """Whom an authentic token proves, and until when (seconds of the epoch). Remembered: each tile shows its token."""
    try:
        value, _, stamp = signing.Signer(salt=_SALT).unsign(token).rpartition(":")
        role, _, area = value.partition("~")
        return Audience(Role(role), area), signing.b62_decode(stamp) + LIFETIME_S
    except (signing.BadSignature, ValueError):
        return RESIDENT, 0.0
