"""What every page says at its head: the name of the city, and the doors that are open to the reader."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import is_valid_path
from django.utils.translation import gettext_lazy as _

from frontend.passport import roles
from layers.scope import STAFF, Role

Words = Any  # a lazy translation


@dataclass(frozen=True, slots=True)
class Door:
    """A page in the navigation; ``roles`` None opens it to everyone."""

    path: str
    title: Words
    icon: str
    roles: frozenset[Role] | None = None
    here: bool = False


DOORS = (
    Door("/map", _("地图"), "map"),
    Door("/field", _("外勤"), "navigate", STAFF),
    Door("/import", _("导入"), "upload", frozenset({Role.PLANNER, Role.ADMIN})),
    Door("/checks", _("检查"), "check", frozenset({Role.PLANNER, Role.MANAGER, Role.ADMIN})),
)
ACCOUNT = Door("/accounts/", _("账号"), "person")
BACK = Door("/admin/", _("后台"), "table")
SIGN_IN = Door("/accounts/login/", _("工作人员登录"), "person")


def masthead(request: HttpRequest) -> dict[str, str | Callable[[], list[Door]]]:
    """Template context: ``city`` and ``doors``; the reader is only asked for where the doors are shown."""
    return {"city": settings.CITY_NAME, "doors": lambda: doors(request)}


def doors(request: HttpRequest) -> list[Door]:
    """Return the pages that the reader may enter, and which of them this is."""
    held = roles(request)
    open_ = [door for door in DOORS if (door.roles is None or held & door.roles) and is_valid_path(door.path)]
    if not request.user.is_authenticated:
        open_.append(SIGN_IN)
    else:
        open_ += [BACK, ACCOUNT] if getattr(request.user, "is_staff", False) else [ACCOUNT]
    return [
        Door(door.path, door.title, door.icon, door.roles, here=request.path.startswith(door.path)) for door in open_
    ]
