"""The account page: who one is here, and the tokens of one's programs. A token is shown once, to whoever made it."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.timezone import now
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from frontend.passport import audience
from gis.errors import ChengtuError, Invalid, NotFound
from gis.models import Area
from layers import tokens
from layers.models import Token
from layers.scope import GRANTS, NOWHERE, Audience, Role

PAGE = "/accounts/"
DAYS = (30, 90, 180, 365)
ROLES = {
    Role.RESIDENT: _("居民"),
    Role.FIELD: _("外勤"),
    Role.PLANNER: _("规划"),
    Role.MANAGER: _("管理"),
    Role.ADMIN: _("管理员"),
}


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """The page; what is sent to it makes a token, which the answer shows."""
    if request.method != "POST":
        return render(request, "frontend/account.html", shown(request))
    try:
        assert isinstance(request.user, User), "who is not signed in does not come here"
        text = tokens.make(request.user, request.POST.get("name", ""), lasting(request.POST.get("days", "")))
    except ChengtuError as wrong:
        return render(request, "frontend/account.html", shown(request) | {"wrong": in_language(wrong)}, status=400)
    return render(request, "frontend/account.html", shown(request) | {"text": text})


@login_required
@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Take one of one's own tokens back; the passes given for it end with it."""
    if not Token.objects.filter(user=request.user.pk, pk=pk).delete()[0]:
        raise NotFound("没有这个令牌 / there is no such token")
    return redirect(PAGE)


def shown(request: HttpRequest) -> dict[str, Any]:
    """Return what the page tells of its reader."""
    who = audience(request)
    return {
        "role": ROLES[who.role],
        "where": where(who),
        "grants": [GRANTS[name][get_language() == "en"] for name in sorted(who.grants)],
        "lessened": tokens.lessened(who) != who,
        "tokens": Token.objects.filter(user=request.user.pk).order_by("-made_at"),
        "days": DAYS,
        "now": now(),
        "may": not who.public,
    }


def where(who: Audience) -> Any:
    """Return the name of the area that somebody answers for."""
    if who.area == NOWHERE:
        return _("未指定辖区")
    return Area.objects.get(pk=who.area).name if who.area else _("全市")


def lasting(text: str) -> int:
    """Return for how many days a token is asked."""
    if text not in map(str, DAYS):
        raise Invalid("请选择有效期 / choose how long it lasts")
    return int(text)


def in_language(wrong: ChengtuError) -> str:
    """Return a refusal in the reader's language."""
    zh, _, en = str(wrong).partition(" / ")
    return en if en and get_language() == "en" else zh


urlpatterns: list[URLPattern] = [path("accounts/", account), path("accounts/tokens/<int:pk>", revoke)]
