"""Errors become answers here and nowhere else: a status, a plain sentence, never a traceback or SQL."""

import logging
from collections.abc import Callable

from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, SuspiciousOperation
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.template import TemplateDoesNotExist
from django.template.loader import render_to_string

from gis.errors import ChengtuError, Conflict, Invalid, NotAllowed, NotFound

STATUSES: dict[type[Exception], int] = {
    NotFound: 404,
    Http404: 404,
    ObjectDoesNotExist: 404,
    Invalid: 400,
    SuspiciousOperation: 400,
    NotAllowed: 403,
    PermissionDenied: 403,
    Conflict: 409,
    OperationalError: 503,
}
SENTENCES = {
    400: "请求有误 / The request is not valid",
    403: "没有权限 / Not allowed",
    404: "找不到 / Not found",
    405: "不支持此方法 / Method not allowed",
    409: "与现有数据冲突 / In conflict with what is there",
    500: "服务器出错,已记录 / Something went wrong; it has been recorded",
    503: "数据库暂时不可用,请稍后再试 / The database is away; try again in a moment",
}
DATA_PREFIXES = ("/api/", "/ogc/")
log = logging.getLogger(__name__)
_Handler = Callable[[HttpRequest], HttpResponseBase]


def status_of(error: Exception) -> int:
    """The HTTP status of an exception, by the nearest class in the table; 500 for a stranger."""
    return next((STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES), 500)


def sentence_of(error: Exception) -> str:
    """What the visitor may read: our own errors speak for themselves, all others only name their status."""
    own = str(error) if isinstance(error, ChengtuError) else ""
    return own or SENTENCES[status_of(error)]


class answer_errors:  # noqa: N801 - Django names middleware by its factory, and process_exception needs a class
    """Django middleware: JSON below /api and /ogc, a designed page elsewhere."""

    def __init__(self, get_response: _Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Replace the bare error pages that Django makes itself (unknown URL, CSRF, a crash) by ours."""
        response = self.get_response(request)
        bare = response.status_code >= 400 and not getattr(response, "explained", False)
        if bare and _is_page(request, response):
            return explain(request, response.status_code, SENTENCES.get(response.status_code, SENTENCES[400]), response)
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse:
        """A view raised: answer by the table, and record what is our fault."""
        status = status_of(error)
        if status >= 500:
            log.error("%s %s", request.method, request.path, exc_info=error)
        return explain(request, status, sentence_of(error))


def explain(request: HttpRequest, status: int, sentence: str, bare: HttpResponseBase | None = None) -> HttpResponse:
    """The error as JSON or as a page. Headers of `bare` that matter (cookies, Allow) are kept."""
    if request.path.startswith(DATA_PREFIXES):
        response: HttpResponse = JsonResponse(
            {"error": sentence, "status": status}, status=status, json_dumps_params={"ensure_ascii": False}
        )
    else:
        response = HttpResponse(_page(status, sentence), status=status)
    response["Cache-Control"] = "no-store"
    response["Content-Length"] = str(len(response.content))
    if bare is not None:
        response.cookies = bare.cookies
        for name in ("Allow", "Retry-After"):
            if bare.has_header(name):
                response[name] = bare[name]
    response.explained = True  # type: ignore[attr-defined]
    return response


def _page(status: int, sentence: str) -> str:
    zh, _, en = sentence.partition(" / ")
    try:
        return render_to_string("config/error.html", {"status": status, "zh": zh, "en": en})
    except TemplateDoesNotExist:
        return f"{status} {sentence}"


def _is_page(request: HttpRequest, response: HttpResponseBase) -> bool:
    """True for an answer with nothing of its own to say; a view's own JSON or form page stays."""
    if response.streaming or getattr(response, "template_name", None):
        return False
    if request.path.startswith(DATA_PREFIXES):
        return not response.get("Content-Type", "").startswith("application/")
    return response.status_code in (400, 403, 404, 405, 500)
