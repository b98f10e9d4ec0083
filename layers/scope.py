"""Who is asking: a role and, for staff, the area whose rows and the grants whose fields they may see.

A signed cookie proves it to servers that ask no session. It names its bearer too, so that it can be withdrawn before it
ends: by the account's epoch, or by the end of the sitting in which it was given (``layers.models``).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from hashlib import sha256
from time import time
from typing import TYPE_CHECKING

from django.core import signing

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User

COOKIE = "audience"
TOKEN = "chengtu.token"
"""In the environment of a request: the name of the token that its pass was given for (``layers.tokens``)."""
LIFETIME_S = 900
NOWHERE = "0"  # the key of no area: staff without an account see no row of a layer that is kept to areas
LONGEST = 320
"""Of a token; ours are shorter, and what strangers send is remembered."""
VERSION = "2"
"""Of what a token says; others prove nothing."""
GRANTS = {"contacts": ("工作人员电话", "Phone numbers of staff")}
"""What an account may be given beyond its role, with words for it. An app with fields of its own adds to it."""
MOST_GRANTS = 6
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
PLANNERS = frozenset({Role.PLANNER, Role.ADMIN})
ADMINS = frozenset({Role.ADMIN})


@dataclass(frozen=True, slots=True)
class Audience:
    """A role, the code of its area (no code means the whole city) and the names of grants."""

    role: Role = Role.RESIDENT
    area: str = ""
    grants: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        """The same in every process, whatever the order of a set: what is kept between processes is named by it."""
        return f"Audience({self.role.value!r}, {self.area!r}, {sorted(self.grants)})"

    @property
    def public(self) -> bool:
        """Whether anyone at all may share in what this audience sees."""
        return self.role is Role.RESIDENT


RESIDENT = Audience()


@dataclass(frozen=True, slots=True)
class Bearer:
    """To whom a token was given: the key of the account, its epoch then, and a mark of the session."""

    account: int = 0
    epoch: int = 0
    sitting: str = ""


@dataclass(frozen=True, slots=True)
class Pass:
    """What a token proves."""

    audience: Audience = RESIDENT
    bearer: Bearer = Bearer()


STRANGER = Pass()


def audience_of(user: User | AnonymousUser) -> Audience:
    """Return the audience of a signed-in user; a user without a role is a resident.

    Of several groups the widest counts. Superusers are administrators of the whole city; to others the whole city is
    given on purpose, by an account without an area.
    """
    if not user.is_authenticated or not user.is_active:
        return RESIDENT
    if user.is_superuser:
        return Audience(Role.ADMIN, grants=frozenset(GRANTS))
    roles = roles_of(user)
    if not roles:
        return RESIDENT
    account = getattr(user, "account", None)
    if account is None:
        return Audience(roles[0], NOWHERE)
    return Audience(roles[0], account.area_code, frozenset(account.grants).intersection(GRANTS))


def roles_of(user: User) -> list[Role]:
    """Return the roles that a user's groups give, the widest first."""
    groups = set(user.groups.values_list("name", flat=True))
    return [role for role in reversed(Role) if role in groups]


def sitting_of(session_key: str | None) -> str:
    """A mark of a session that does not tell its key; the trigger ``layers_end_sitting`` makes the same."""
    return sha256(f"sitting {session_key}".encode()).hexdigest()[:16] if session_key else ""


def sign(audience: Audience, bearer: Bearer = STRANGER.bearer) -> str:
    """Return a token that proves the audience for ``LIFETIME_S`` seconds without asking the database."""
    said = (VERSION, audience.role, audience.area, ".".join(sorted(audience.grants)))
    whose = (str(bearer.account), str(bearer.epoch), bearer.sitting)
    return signing.TimestampSigner(salt=_SALT).sign("~".join((*said, *whose)))


def read(token: str) -> Pass:
    """Return what a token proves; a forged, expired or absent one proves a stranger."""
    proof, until = _prove(token) if 0 < len(token) <= LONGEST else (STRANGER, 0.0)
    return proof if time() < until else STRANGER


@lru_cache(maxsize=4096)
def _prove(token: str) -> tuple[Pass, float]:
    """Whom an authentic token proves, and until when (seconds of the epoch). Remembered: each tile shows its token."""
    try:
        value, _, stamp = signing.Signer(salt=_SALT).unsign(token).rpartition(":")
        version, role, area, grants, account, epoch, sitting = value.split("~")
        if version != VERSION:
            return STRANGER, 0.0
        audience = Audience(Role(role), area, frozenset(filter(None, grants.split("."))))
        return Pass(audience, Bearer(int(account), int(epoch), sitting)), signing.b62_decode(stamp) + LIFETIME_S
    except (signing.BadSignature, ValueError):
        return STRANGER, 0.0
