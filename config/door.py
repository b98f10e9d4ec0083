"""A program shows a token where a browser brings a cookie: at the door it is exchanged for the same signed pass.

Behind the door tiles, questions and pages read the pass as ever, and it is withdrawn as ever (``tiles.gate``). Whatever
else the request says of who asks is put aside. A token that is worth nothing is refused, on no account overlooked.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterable
from dataclasses import dataclass
from time import time
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from django.core.handlers.wsgi import WSGIRequest
from django.db import DatabaseError, close_old_connections

from config.errors import answered
from frontend.passport import PATHS
from gis.errors import Busy, Unproven
from layers import tokens
from layers.scope import COOKIE, STRANGER, TOKEN, sign
from tiles.gate import Gate
from tiles.pool import Busy as Unread

HEADER = "HTTP_AUTHORIZATION"
OPEN = (*PATHS, "/tiles/", "/live/")
"""Where tokens count; pages for people do not look at them."""
KEPT_S = 300
"""Seconds after which a token is exchanged anew: less than its pass lasts."""
MOST = 4096
LONGEST = 500
CHALLENGES = ('Bearer realm="chengtu"', 'Basic realm="chengtu", charset="UTF-8"')
FORMLESS = (
    "Authorization 须为 Bearer 令牌，或以令牌为口令的 Basic"
    " / Authorization should be Bearer with a token, or Basic with a token as the password"
)
LATE = "权限刚有变动，请稍后再试 / Rights have changed this moment; try again"


@dataclass(frozen=True, slots=True)
class Given:
    """A pass for a token, as a Cookie header; the token's name; and until when this is remembered."""

    cookie: str
    name: str
    until: float


class Door:
    """`application`, to which programs come with passes; a gate says which are withdrawn. Safe from any thread."""

    def __init__(self, application: WSGIApplication, gate: Gate) -> None:
        self._application, self._gate = application, gate
        self._given: dict[str, Given] = {}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """WSGI."""
        try:
            self.admit(environ)
        except (Unproven, Busy, DatabaseError) as refusal:
            return _refused(environ, start_response, refusal)
        return self._application(environ, start_response)

    def admit(self, environ: WSGIEnvironment) -> None:
        """Put a pass in the place of a token. ``Unproven`` when it is worth nothing, ``Busy`` when nobody can tell."""
        if HEADER not in environ or not environ.get("PATH_INFO", "").startswith(OPEN):
            return
        kept = tokens.digest(shown(environ[HEADER]))
        given = self._given.get(kept)
        if given is None or time() >= given.until or not self._counts(given):
            given = self._given[kept] = self._exchanged(kept)
        environ["HTTP_COOKIE"], environ[TOKEN] = given.cookie, given.name

    def _exchanged(self, kept: str) -> Given:
        close_old_connections()
        worth = tokens.prove(kept)
        cookie = f"{COOKIE}={sign(worth.proof.audience, worth.proof.bearer)}"
        given = Given(cookie, worth.name, min(time() + KEPT_S, worth.until.timestamp()))
        if not self._counts(given):  # the news of what has changed is still on its way
            raise Busy(LATE)
        if len(self._given) >= MOST:
            self._given.clear()
        return given

    def _counts(self, given: Given) -> bool:
        try:
            return self._gate.proof(given.cookie) != STRANGER
        except Unread as away:
            raise Busy(LATE) from away


def shown(header: str) -> str:
    """Return the token of an Authorization header: RFC 6750, or RFC 7617 with it as the password of any name."""
    scheme, _, said = header[:LONGEST].partition(" ")
    if scheme.lower() == "bearer":
        return said.strip()
    if scheme.lower() != "basic":
        raise Unproven(FORMLESS)
    try:
        return b64decode(said, validate=True).decode().partition(":")[2]
    except ValueError:
        raise Unproven(FORMLESS) from None


def _refused(environ: WSGIEnvironment, start_response: StartResponse, refusal: Exception) -> list[bytes]:
    response = answered(WSGIRequest(environ), refusal)
    headers = [*response.items(), ("X-Content-Type-Options", "nosniff")]
    if response.status_code == 401:
        headers += [("WWW-Authenticate", challenge) for challenge in CHALLENGES]
    start_response(f"{response.status_code} {response.reason_phrase}", headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [response.content]
