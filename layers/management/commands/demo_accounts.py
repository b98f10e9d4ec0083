"""`manage.py demo_accounts`: one account a role for trying things out, on this machine only, passwords said once."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.timezone import localdate

from gis.models import Area, Level
from layers.models import Account
from layers.roles import grant
from layers.scope import Role

# Accounts with this address are ours; a user without it is somebody.
MARK = "@demo.invalid"
ACCOUNTS = {"planner1": Role.PLANNER, "field1": Role.FIELD, "manager1": Role.MANAGER, "admin1": Role.ADMIN}
DESK = {Role.PLANNER, Role.MANAGER, Role.ADMIN}  # who may open the admin


class Command(BaseCommand):
    """Make the accounts, or say where their passwords are."""

    help = "建立演示账号（仅限本机演示模式） / make the demo accounts (demo mode on this machine only)"

    def handle(self, *args: Any, **options: Any) -> None:
        """CommandError outside demo mode and on a reachable address; nothing is done where real people work."""
        refuse_elsewhere()
        kept = Path(settings.VAR) / "secrets" / "demo-accounts.txt"
        if kept.is_file() and User.objects.filter(username__in=ACCOUNTS).count() == len(ACCOUNTS):
            self.stdout.write(
                f"演示账号已建立，口令见 {kept}。 The demo accounts exist; their passwords are in that file."
            )
            return
        if staffed():
            self.stdout.write("已有真实账号，不建立演示账号。 Real accounts exist, so there are no demo accounts.")
            return
        passwords = {name: secrets.token_urlsafe(12) for name in ACCOUNTS}
        with transaction.atomic():
            grant()
            for name, role in ACCOUNTS.items():
                make(name, role, passwords[name])
            keep(kept, "".join(f"{name} {password}\n" for name, password in passwords.items()))
        self.stdout.write("演示账号（口令只显示这一次） demo accounts (the passwords are shown this once):")
        for name, password in passwords.items():
            self.stdout.write(f"  {name:<9} {password}")
        self.stdout.write(f"  另存于 also kept in {kept}")


def refuse_elsewhere() -> None:
    """Raise CommandError unless this is demo mode on an address that only this machine reaches."""
    if not settings.DEMO:
        raise CommandError(
            "演示账号只在演示模式下建立（DEMO=1）。 Demo accounts are made in demo mode only (DEMO=1)."
        )  # fmt: skip
    if not settings.ENV.private:
        where = f"HOST={settings.ENV.host} ALLOWED_HOSTS={','.join(settings.ENV.allowed_hosts)}"
        raise CommandError(
            f"{where} 对外可达，不建立演示账号。 {where} is reachable from outside, so there are no demo accounts."
        )


def staffed() -> bool:
    """Whether real people have accounts here: a server at work gets no demo accounts."""
    return User.objects.exclude(email__endswith=MARK).exists()


def make(name: str, role: Role, password: str) -> None:
    """One account in its group; the field worker answers for one community."""
    user, _ = User.objects.get_or_create(username=name, defaults={"email": name + MARK})
    user.set_password(password)
    user.is_staff, user.is_superuser = role in DESK, role is Role.ADMIN
    user.save()
    user.groups.set([Group.objects.get(name=role.value)])
    today = Area.objects.filter(level=Level.COMMUNITY, valid__contains=localdate())
    area = today.order_by("code", "pk").first() if role is Role.FIELD else None
    Account.objects.update_or_create(user=user, defaults={"area": area, "grants": ["contacts"]})


def keep(path: Path, text: str) -> None:
    """Write a file that nobody but its owner has ever been able to read."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
