"""A stranger's question for features is answered before Django finds out who somebody is.

Maps and GIS programs ask it by the hundred. Who brings no cookie is nobody: there is no session to read, no token to
check and no language to choose, which took as long as the question. The view, its rights and refusals are the same.
"""

import re
from collections.abc import Callable

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponseBase

from config.errors import answered
from frontend.ogc import items
from frontend.ogc.answers import FORMS, form_of

ASKED = re.compile(r"/ogc/collections/([^/]+)/items")
NOBODY = AnonymousUser()
_Handler = Callable[[HttpRequest], HttpResponseBase]


def answer_strangers(get_response: _Handler) -> _Handler:
    """Django middleware: features that are asked for as GeoJSON without a cookie; all else goes its usual way."""

    def handle(request: HttpRequest) -> HttpResponseBase:
        asked = ASKED.fullmatch(request.path_info)
        if asked is None or request.META.get("HTTP_COOKIE") or request.method not in ("GET", "HEAD"):
            return get_response(request)
        request.user = NOBODY
        try:
            if form_of(request, FORMS) == "json":
                return items.listing(request, asked[1])
        except Exception as error:  # Django tells of a view's to its middleware, and of ours to nobody
            return answered(request, error)
        return get_response(request)

    return handle
