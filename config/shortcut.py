"""Questions that come often are answered by their views without Django's middleware, which takes longer than they do.

Who asks is told by the signed pass, as for tiles. What a view raises is answered as anywhere, and nothing is asked
twice. Whatever is out of the ordinary before that goes the whole way, where it is refused, renewed or recorded as ever:
another method or form, a foreign host, a session whose pass has lapsed.
"""

import re
from collections.abc import Callable, Iterable
from functools import cache, partial
from typing import cast
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import DisallowedHost
from django.core.handlers.wsgi import WSGIRequest
from django.db import close_old_connections
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.log import log_response
from django.utils.module_loading import import_string

from config.errors import answered
from frontend import api, locate, places
from frontend.ogc import items
from frontend.ogc.answers import FORMS, form_of
from frontend.passport import signed
from tiles import server
from tiles.cache import pack
from tiles.pool import Busy

View = Callable[[HttpRequest], HttpResponse | None]
"""Gives nothing where it wants the middleware after all."""
PATHS: dict[str, View] = {
    "/api/at": places.at,
    "/api/locate": locate.locate,
    "/api/reverse": locate.reverse,
    "/api/search": api.find,
}
ITEMS = re.compile(r"/ogc/collections/([a-z-]+)/items")
SETTING = (
    "django.middleware.security.SecurityMiddleware",
    "config.security.permissions_policy",
    "config.security.ContentPolicy",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
)
"""The middleware that only sets headers, the same in all answers."""
VARYING = server.VARYING.split(", ")
PACKET = 1_000
"""Bytes that leave in one packet with their headers, packed or not; to pack them took as long as to rank them."""


def shortened(whole: WSGIApplication) -> WSGIApplication:
    """`whole`, but for the questions that can be answered without it."""

    def handle(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        view = _view(environ.get("PATH_INFO", "")) if environ["REQUEST_METHOD"] == "GET" else None
        response = _answer(environ, view) if view else None
        if response is None:
            return whole(environ, start_response)
        if "Vary" in response:
            patch_vary_headers(response, VARYING)
        else:
            response["Vary"] = server.VARYING
        body = response.content
        takes = server.accepts_gzip(environ.get("HTTP_ACCEPT_ENCODING", "")[: server.LONGEST_HEADER])
        if takes and len(body) > PACKET and "Content-Encoding" not in response:
            response["Content-Encoding"], body = "gzip", pack(body).gzip
        response["Content-Length"] = str(len(body))
        start_response(f"{response.status_code} {response.reason_phrase}", [*_common(), *response.items()])
        return [body]

    return handle


def _view(path: str) -> View | None:
    found = ITEMS.fullmatch(path)
    return partial(_features, layer_id=found[1]) if found else PATHS.get(path)


def _features(request: HttpRequest, layer_id: str) -> HttpResponse | None:
    """Features as maps and GIS programs ask for them; pages and files of them are another matter."""
    return cast("HttpResponse", items.listing(request, layer_id)) if form_of(request, FORMS) == "json" else None


def _answer(environ: WSGIEnvironment, view: View) -> HttpResponse | None:
    """What a view says to who holds a pass, and to strangers; nothing where the whole way has more to say."""
    cookies = environ.get("HTTP_COOKIE", "")
    request = WSGIRequest(environ)
    close_old_connections()
    try:
        request.get_host()
        proof = server.application.supply.gate.proof(cookies)
    except (DisallowedHost, Busy):
        return None
    lapsed = proof.audience.public and settings.SESSION_COOKIE_NAME in cookies
    if lapsed or "%00" in environ.get("QUERY_STRING", ""):
        return None
    user = User(pk=proof.bearer.account) if proof.bearer.account else None  # for whom nobody looked into the database
    try:
        return view(signed(request, proof, user))
    except Exception as error:
        response = answered(request, error)
        log_response("%s: %s", response.reason_phrase, request.path, response=response, request=request)
        return response


@cache
def _common() -> list[tuple[str, str]]:
    """What the middleware would set."""

    def answer(_: HttpRequest) -> HttpResponse:
        return HttpResponse()

    for name in reversed(SETTING):
        answer = import_string(name)(answer)
    return [(name, value) for name, value in answer(HttpRequest()).items() if name != "Content-Type"]
