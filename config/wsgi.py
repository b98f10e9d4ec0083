"""All that the server answers, as one WSGI callable: what must be quick or must not fail comes first, Django gets the
rest. Threads call it (``config.rsgi``)."""

import os
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from django.core.wsgi import get_wsgi_application

from config.env import Refused

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
try:
    django = get_wsgi_application()
except Refused as refused:
    raise SystemExit(str(refused)) from None

from config import health, measure, shortcut, slow
from config.door import Door
from tiles import live
from tiles import server as tiles

EXACT: dict[str, WSGIApplication] = {"/healthz": health.alive, "/readyz": health.ready, "/metrics": health.metrics}
PREFIXES: tuple[tuple[str, WSGIApplication], ...] = (("/tiles/", tiles.application), ("/live/", live.application))


def compose(rest: WSGIApplication) -> WSGIApplication:
    """The raw callables before `rest`; tests put a live server's handler there."""

    django = shortcut.shortened(slow.whole(rest))

    def dispatch(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        for prefix, raw in PREFIXES:
            if path.startswith(prefix):
                return raw(environ, start_response)
        return EXACT.get(path, django)(environ, start_response)

    return measure.measured(Door(dispatch, tiles.application.supply.gate))


application = compose(django)
