"""A request as WSGI wants it (PEP 3333), made of one as Granian's RSGI tells it.

Text is what the bytes would be in Latin-1. A header whose name has an underscore is left out: it would pass for the one
with hyphens, which a proxy may have set.
"""

from __future__ import annotations

import sys
from io import BytesIO
from wsgiref.types import WSGIEnvironment

from granian.rsgi import Scope

UNPREFIXED = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}
_names: dict[str, str] = {}
MOST_NAMES, LONGEST_NAME = 500, 60
"""Names that are remembered, and the characters of one; strangers can think of more, and longer."""


def environ(scope: Scope, body: bytes) -> WSGIEnvironment:
    """Return the environ of a request whose body has been read."""
    made: WSGIEnvironment = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": _latin(scope.path),
        "QUERY_STRING": _latin(scope.query_string),
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": _address(scope.client)[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    made["SERVER_NAME"], made["SERVER_PORT"] = _address(scope.server)
    for header, value in scope.headers.items():
        if "_" in header:
            continue
        name = _names.get(header) or _name(header)
        before = made.get(name)
        made[name] = value if before is None else f"{before}{'; ' if header == 'cookie' else ','}{value}"
    return made


def _name(header: str) -> str:
    name = UNPREFIXED.get(header) or f"HTTP_{header.upper().replace('-', '_')}"
    if len(_names) < MOST_NAMES and len(header) <= LONGEST_NAME:
        _names[header] = name
    return name


def _latin(text: str) -> str:
    return text if text.isascii() else text.encode().decode("latin-1")


def _address(told: str) -> tuple[str, str]:
    """Host and port; an address of IPv6 without its brackets."""
    host, _, port = told.rpartition(":")
    return host.strip("[]"), port
