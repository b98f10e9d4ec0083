"""Tokens: what a program shows where a person signs in. One is exchanged for a pass; behind that nobody knows of it.

A token is 256 random bits: nobody guesses it, so a plain digest is enough to keep. What it opens is decided anew at
each exchange, from what its owner may see then.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import NamedTuple

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.timezone import localdate, now

from gis.errors import Conflict, Invalid, NotAllowed, Unproven
from layers.models import Epoch, Token
from layers.scope import Audience, Bearer, Pass, Role, audience_of, sitting_of

PREFIX = "ct_"
"""What a search for secrets that were left lying about can look for."""
LONGEST_DAYS = 365
LONGEST_NAME = 60
MOST = 20
"""Of one user."""
WORTHLESS = (
    "令牌无效、已过期或已撤销，请在账号页面另生成一个"
    " / The token is unknown, expired or revoked; make another on your account page"
)
RIGHTLESS = "令牌的账号已停用或没有角色 / The account of the token is closed or has no role"


class Proof(NamedTuple):
    """What a token is worth: the pass, the token's name, and until when."""

    proof: Pass
    name: str
    until: datetime


def make(user: User, name: str, days: int) -> str:
    """Make a token of a user; return its text, which nobody can tell again.

    ``NotAllowed`` for residents, ``Invalid`` for a name or a time that cannot be, ``Conflict`` for too many or a name
    twice.
    """
    if audience_of(user).public:
        raise NotAllowed("只有工作人员可以生成令牌 / Only staff can make tokens")
    name = name.strip()
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise Invalid(f"名称须为 1 至 {LONGEST_NAME} 个字 / a name has 1 to {LONGEST_NAME} signs")
    if not 1 <= days <= LONGEST_DAYS:
        raise Invalid(f"有效期须为 1 至 {LONGEST_DAYS} 天 / a token lasts 1 to {LONGEST_DAYS} days")
    text = PREFIX + secrets.token_urlsafe(32)
    with transaction.atomic():
        held = set(User.objects.select_for_update().get(pk=user.pk).tokens.values_list("name", flat=True))
        if name in held:
            raise Conflict(f"已有名为“{name}”的令牌 / there is a token {name!r} already")
        if len(held) >= MOST:
            raise Conflict(f"至多 {MOST} 个令牌，请先撤销不用的 / at most {MOST} tokens; revoke one first")
        Token.objects.create(user=user, name=name, digest=digest(text), expires_at=now() + timedelta(days=days))
    return text


def digest(text: str) -> str:
    """What is kept of a token."""
    return sha256(text.encode()).hexdigest()


def prove(kept: str) -> Proof:
    """Return what the token of a digest is worth now, and note that it was used today; ``Unproven`` if nothing."""
    token = Token.objects.filter(digest=kept, expires_at__gt=now()).first()
    if token is None:
        raise Unproven(WORTHLESS)
    # Before the rights: a change in between makes a pass that is refused, never one too wide.
    epoch = Epoch.objects.filter(account=token.user_id).values_list("number", flat=True).first()
    who = lessened(audience_of(User.objects.select_related("account").get(pk=token.user_id)))
    if who.public:
        raise Unproven(RIGHTLESS)
    if token.used_on != localdate():
        Token.objects.filter(pk=token.pk).update(used_on=localdate())
    return Proof(Pass(who, Bearer(token.user_id, epoch or 0, sitting_of(kept))), token.name, token.expires_at)


def lessened(who: Audience) -> Audience:
    """Return what a program of somebody's may see: an administrator's what a manager sees."""
    return replace(who, role=Role.MANAGER) if who.role is Role.ADMIN else who
