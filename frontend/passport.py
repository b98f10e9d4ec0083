"""Who asks: from the session of a browser, which is given the signed audience cookie that the tile server reads without
the database; or from the pass that a program was given for its token (``config.door``)."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control, patch_vary_headers

from layers.models import Epoch
from layers.scope import (
    COOKIE,
    LIFETIME_S,
    TOKEN,
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
PATHS = ("/ogc", "/api/", "/p/")
"""Of Django's, where a program may show a token."""
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
    every = list(Role)
    wider = every[every.index(widest.role) + 1 :]  # which a program of his has not
    return frozenset({widest.role, *roles_of(request.user)} - {*wider})


def signed(request: HttpRequest, proof: Pass, user: User | None) -> HttpRequest:
    """The request as views expect it, with who asks by a pass."""
    request.user = user or AnonymousUser()
    request.user.token = request.META.get(TOKEN, "")  # type: ignore[union-attr]  # for ``layers.inquiry``
    request.asked_by = request.user.pk, proof.audience  # type: ignore[attr-defined]  # as ``audience`` would
    return request


def bearer(request: HttpRequest) -> Bearer:
    """Return to whom a cookie is given now, or was for a token."""
    if TOKEN in request.META:
        return read(request.COOKIES[COOKIE]).bearer
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
    """Middleware: set, renew or take back the cookie so that it says what the session says; or know who has a token."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = by_token(request) if TOKEN in request.META else by_session(request)
        if request.path.startswith(PATHS):
            patch_vary_headers(response, ("Authorization",))
        return response

    def by_token(request: HttpRequest) -> HttpResponse:
        proof = read(request.COOKIES[COOKIE])
        signed(request, proof, User.objects.filter(pk=proof.bearer.account).first())
        # What protects forms guards against what browsers send by themselves, as they do a password of Basic that was
        # typed into them; but they say from which page.
        request._dont_enforce_csrf_checks = "HTTP_ORIGIN" not in request.META  # type: ignore[attr-defined]  # Django's own mark
        return get_response(request)

    def by_session(request: HttpRequest) -> HttpResponse:
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
