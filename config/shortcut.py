"""Questions that come often are answered by their views without Django's middleware, which takes longer than they do.

Who asks is told by the signed pass, as for tiles. Whatever is out of the ordinary goes the whole way, where it is
refused, renewed or recorded as ever: another method, a foreign host, a session whose pass has lapsed, what a view
raises.
"""

from collections.abc import Callable, Iterable
from functools import cache
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.core.handlers.wsgi import WSGIRequest
from django.db import close_old_connections
from django.http import HttpRequest, HttpResponse
from django.urls import resolve
from django.utils.module_loading import import_string

from layers.scope import Pass
from tiles import server
from tiles.cache import pack

PATHS = frozenset({"/api/locate", "/api/reverse", "/api/search"})
SETTING = (
    "django.middleware.security.SecurityMiddleware",
    "config.security.permissions_policy",
    "config.security.ContentPolicy",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
)
"""The middleware that only sets headers, the same in all answers."""
Headers = list[tuple[str, str]]
View = Callable[[HttpRequest], HttpResponse]


def shortened(whole: WSGIApplication) -> WSGIApplication:
    """`whole`, but for the questions of ``PATHS`` that can be answered without it."""

    def handle(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        plain = environ.get("PATH_INFO") in PATHS and environ["REQUEST_METHOD"] == "GET"
        response = _answer(environ) if plain else None
        if response is None:
            return whole(environ, start_response)
        headers, body = [*_common(), *response.items()], response.content
        if server.accepts_gzip(environ.get("HTTP_ACCEPT_ENCODING", "")[: server.LONGEST_HEADER]):
            headers.append(("Content-Encoding", "gzip"))
            body = pack(body).gzip
        start_response("200 OK", [*headers, ("Content-Length", str(len(body)))])
        return [body]

    return handle


def _answer(environ: WSGIEnvironment) -> HttpResponse | None:
    """What a view says to who holds a pass, and to strangers; nothing where the whole way has more to say."""
    cookies = environ.get("HTTP_COOKIE", "")
    close_old_connections()
    try:
        proof = server.application.supply.gate.proof(cookies)
        if proof.audience.public and settings.SESSION_COOKIE_NAME in cookies:
            return None
        request = WSGIRequest(environ)
        request.get_host()
        response = _view(request.path)(_signed(request, proof))
    except Exception:  # it is raised again on the whole way, and answered there
        return None
    return response if response.status_code == 200 else None


def _signed(request: HttpRequest, proof: Pass) -> HttpRequest:
    """The request as a view expects it: with who asks, for whom nobody looked into the database (``passport``)."""
    request.user = User(pk=proof.bearer.account) if proof.bearer.account else AnonymousUser()
    request.asked_by = request.user.pk, proof.audience  # type: ignore[attr-defined]  # as the passport hangs it on them
    return request


@cache
def _view(path: str) -> View:
    found: View = resolve(path).func
    return found


@cache
def _common() -> Headers:
    """What the middleware would set."""

    def answer(_: HttpRequest) -> HttpResponse:
        return HttpResponse(headers={"Vary": "Cookie, Accept-Encoding"})

    for name in reversed(SETTING):
        answer = import_string(name)(answer)
    return [(name, value) for name, value in answer(HttpRequest()).items() if name != "Content-Type"]
