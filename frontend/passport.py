"""Gives a signed-in browser the signed audience cookie that the tile server reads without the database."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control

from layers.models import Epoch
from layers.scope import (
    COOKIE,
    LIFETIME_S,
    Audience,
    Bearer,
    Pass,
    Role,
    audience_of,
    read,
    roles_of,
    sign,
    sitting_of,
)

FRESH = ("/map", "/field", "/api/manifest")
"""What is asked for at the start of a page of tiles: the cookie given with it lasts as long as one can."""
Answer = Callable[[HttpRequest], HttpResponse]


def audience(request: HttpRequest) -> Audience:
    """Return who is asking, from the session; a request asks the database once, and again when it signed in or out."""
    user = request.user.pk
    known: tuple[int | None, Audience] | None = getattr(request, "asked_by", None)
    if known is None or known[0] != user:
        known = user, audience_of(request.user)
        request.asked_by = known  # type: ignore[attr-defined]  # requests carry what middleware hangs on them
    return known[1]


def roles(request: HttpRequest) -> frozenset[Role]:
    """Return every role of who asks: a manager who is a planner as well may enter what is for planners."""
    widest = audience(request)
    if widest.public or not isinstance(request.user, User):  # whoever is a resident now has no role left
        return frozenset({widest.role})
    return frozenset({widest.role, *roles_of(request.user)})


def bearer(request: HttpRequest) -> Bearer:
    """Return to whom a cookie is given now."""
    account = request.user.pk
    if not account:
        return Bearer()
    epoch = Epoch.objects.filter(account=account).values_list("number", flat=True).first()
    return Bearer(account, epoch or 0, sitting_of(request.session.session_key))


def sitting(request: HttpRequest) -> str:
    """A mark of the sitting and of the rights in it: what a phone keeps goes with either."""
    whose = bearer(request)
    return f"{whose.sitting}.{whose.epoch}"


def issue(get_response: Answer) -> Answer:
    """Middleware: set, renew or take back the cookie so that it says what the session says."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        known = request.COOKIES.keys() & {settings.SESSION_COOKIE_NAME, COOKIE}
        if known or request.user.is_authenticated:
            renew(request, response)
            if COOKIE in response.cookies:  # who is let in is for nobody's cache, whatever else the answer is
                patch_cache_control(response, private=True)
        return response

    return answer


def renew(request: HttpRequest, response: HttpResponse) -> None:
    """Bring the cookie in line with the session; a page that asks for the manifest gets a fresh one in time."""
    whose = bearer(request)  # before the rights: a change in between makes a cookie that is refused, never one too wide
    current = audience_of(request.user)  # as it is after the answer, which may have changed it
    if current.public:
        if COOKIE in request.COOKIES:
            response.delete_cookie(COOKIE)
    elif request.path in FRESH or read(request.COOKIES.get(COOKIE, "")) != Pass(current, whose):
        token = sign(current, whose)
        response.set_cookie(
            COOKIE, token, LIFETIME_S, httponly=True, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
        )
