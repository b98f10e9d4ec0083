"""Which language a page speaks: what its link says (``lang``), else the reader's cookie, else the browser."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.utils import translation

LANGUAGES = {"zh": "zh-hans", "en": "en"}


def in_language(request: HttpRequest, answer: Callable[[], HttpResponse]) -> HttpResponse:
    """Answer in the language that ``lang`` chooses, and keep the choice."""
    chosen = LANGUAGES.get(request.GET.get("lang", ""))
    if chosen is None:
        return answer()
    with translation.override(chosen):
        response = answer()
    response["Content-Language"] = chosen  # Django would name what the reader would have had without it
    response.set_cookie(settings.LANGUAGE_COOKIE_NAME, chosen, samesite="Lax", secure=settings.LANGUAGE_COOKIE_SECURE)
    return response


def language_of(request: HttpRequest) -> str:
    """Return the language for a request that may not have come as far as Django's own choice, or be what is wrong."""
    try:
        chosen = LANGUAGES.get(request.GET.get("lang", ""))
    except SuspiciousOperation:  # of more words than are read
        chosen = None
    return chosen or translation.get_language_from_request(request)
