"""Errors become answers here and nowhere else: a status, a plain sentence, never a traceback or SQL."""

import logging
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, SuspiciousOperation
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.template import TemplateDoesNotExist
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.text import capfirst
from psycopg.errors import QueryCanceled

from frontend.language import language_of
from gis.errand import stay
from gis.errors import (
    Busy,
    ChengtuError,
    Conflict,
    Invalid,
    NoRoom,
    NotAllowed,
    NotFound,
    Stale,
    TooLarge,
    TooMany,
    Unconditional,
    Unfit,
    UnknownForm,
    Unproven,
)
from gis.patience import TOO_LONG

STATUSES: dict[type[Exception], int] = {
    NotFound: 404,
    Http404: 404,
    ObjectDoesNotExist: 404,
    Invalid: 400,
    SuspiciousOperation: 400,
    Unproven: 401,
    NotAllowed: 403,
    PermissionDenied: 403,
    Conflict: 409,
    Stale: 412,
    TooLarge: 413,
    UnknownForm: 415,
    Unfit: 422,
    Unconditional: 428,
    TooMany: 429,
    NoRoom: 507,
    Busy: 503,
    OperationalError: 503,
}
SENTENCES = {
    400: "请求有误 / The request is not valid",
    401: "令牌无效 / The token is not valid",
    403: "没有权限 / Not allowed",
    404: "找不到 / Not found",
    405: "不支持此方法 / Method not allowed",
    409: "与现有数据冲突 / In conflict with what is there",
    412: "已被他人修改 / Changed by somebody else",
    413: "请求过大 / The request is too large",
    415: "不支持此格式 / The form is not supported",
    422: "内容不合规定 / What it says cannot be",
    428: "须写明修改的是哪一版 / Say which state is to be changed",
    500: "服务器出错,已记录 / Something went wrong; it has been recorded",
    503: "数据库暂时不可用,请稍后再试 / The database is away; try again in a moment",
}
LATER_S = {429: 300, 503: 10}
"""Seconds after which it is worth asking again."""
OGC = "/ogc"
TOKENLESS = "修改须带 CSRF 令牌（请求头 X-CSRFToken） / A change needs the CSRF token (header X-CSRFToken)"
PROBLEM = "application/problem+json"
DATA_PREFIXES = ("/api/", OGC)
log = logging.getLogger(__name__)
_Handler = Callable[[HttpRequest], HttpResponseBase]


def status_of(error: Exception) -> int:
    """The HTTP status of an exception, by the nearest class in the table; 500 for a stranger."""
    return next((STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES), 500)


def sentence_of(error: Exception) -> str:
    """What the visitor may read: our own errors speak for themselves, all others only name their status."""
    if isinstance(error.__cause__, QueryCanceled):
        return TOO_LONG
    own = str(error) if isinstance(error, ChengtuError) else ""
    return own or SENTENCES[status_of(error)]


class Brief(logging.Filter):
    """One line for a request that Django refuses (`django.security.*`): strangers send bad hosts at will."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Drop the stack trace of a refusal; every record passes."""
        if record.name.startswith("django.security."):
            record.exc_info = record.exc_text = None
        return True


class answer_errors:  # noqa: N801 - Django names middleware by its factory, and process_exception needs a class
    """Django middleware: JSON below /api, /ogc (but for its pages) and for what ends in .json, else a designed page."""

    def __init__(self, get_response: _Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Give a refusal without words (a 405 of Django's) ours; what a view says itself stays."""
        response = self.get_response(request)
        if response.status_code >= 400 and isinstance(response, HttpResponse) and not response.content:
            spoken = explain(request, response.status_code)
            if "Allow" in response:
                spoken["Allow"] = response["Allow"]
            return spoken
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse:
        """A view raised."""
        return answered(request, error)


def answered(request: HttpRequest, error: Exception) -> HttpResponse:
    """Answer an error by the table, and record what is our fault; nothing where it is that the asker has left."""
    stay()
    status = status_of(error)
    if status >= 500:
        log.error("%s %r", request.method, request.path, exc_info=error)
    return explain(request, status, sentence_of(error))


def explain(request: HttpRequest, status: int, sentence: str = "") -> HttpResponse:
    """The error as JSON or as a page."""
    sentence = sentence or SENTENCES.get(status, SENTENCES[400])
    if (request.path.startswith(DATA_PREFIXES) or request.path.endswith(".json")) and not _is_page(request):
        answer = _problem(status, sentence) if request.path.startswith(OGC) else {"error": sentence, "status": status}
        kind = PROBLEM if request.path.startswith(OGC) else "application/json"
        response: HttpResponse = JsonResponse(
            answer, status=status, json_dumps_params={"ensure_ascii": False}, content_type=kind
        )
    else:
        response = _page(request, status, sentence)
    response["Cache-Control"] = "no-store"
    if status in LATER_S:
        response["Retry-After"] = str(LATER_S[status])
    response["Content-Length"] = str(len(response.content))
    return response


def _is_page(request: HttpRequest) -> bool:
    """Whether somebody reads the API in a browser: what he mistyped in a form is told on a page."""
    if not request.path.startswith(OGC):
        return False
    try:
        asked = request.GET.get("f")
    except SuspiciousOperation:  # of more words than are read; that may be the very error
        asked = None
    return (asked or ("html" if "text/html" in request.META.get("HTTP_ACCEPT", "") else "")) == "html"


def _problem(status: int, sentence: str) -> dict[str, str | int]:
    """The error as RFC 9457 wants it."""
    return {"type": "about:blank", "title": SENTENCES.get(status, SENTENCES[400]), "status": status, "detail": sentence}


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler400: a refused host, a malformed upload."""
    return explain(request, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None, reason: str = "") -> HttpResponse:
    """Django's handler403 and its answer to a forged form."""
    return explain(request, 403, TOKENLESS if reason and request.path.startswith(OGC) else "")


def unknown(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler404: no such URL."""
    return explain(request, 404)


def broken(request: HttpRequest) -> HttpResponse:
    """Django's handler500: a fault outside the views."""
    return explain(request, 500)


def _page(request: HttpRequest, status: int, sentence: str) -> HttpResponse:
    """The page in its reader's language, made without asking the database who that is: that may be what is wrong."""
    language = language_of(request)
    said, also = _both(sentence)
    unknown_reader = settings.SESSION_COOKIE_NAME not in request.COOKIES
    about = {
        "status": status,
        "said": capfirst(also) if language == "en" and also else said,
        "also": said if language == "en" else also,
        "city": settings.CITY_NAME,
        "CSP_NONCE": getattr(request, "csp_nonce", ""),
        "enter": request.path if unknown_reader and status in (403, 404) else "",
    }
    with translation.override(language):
        try:
            page: str = render_to_string("config/error.html", about)
        except TemplateDoesNotExist:
            page = f"{status} {sentence}"
    return HttpResponse(page, status=status, headers={"Content-Language": language})


def _both(sentence: str) -> tuple[str, str]:
    """A sentence in Chinese and in English, as our errors say both; nothing in English where there is none."""
    zh, _, en = sentence.partition(" / ")
    if not en:
        zh, _, en = sentence.removesuffix(")").partition(" (")
    return zh, en
