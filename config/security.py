"""What neither Django nor django-csp does: a response header, the policy of answers that carry no script written once,
and the refusal of a sign that no text here can hold."""

from collections.abc import Callable

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from config.errors import DATA_PREFIXES, SENTENCES, explain

POLICY = "geolocation=(self), camera=(), microphone=(), payment=(), usb=()"
_Handler = Callable[[HttpRequest], HttpResponseBase]


class ContentPolicy(CSPMiddleware):
    """django-csp, which writes the same policy anew for each answer: a tenth of the time of a short one.

    An answer that has taken no nonce has the policy of all others like it; a view that sets its own keeps it.
    """

    _plain = ""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Set the header."""
        if settings.DEBUG or getattr(request, "_csp_nonce", None) or HEADER in response or _own(response):
            return super().process_response(request, response)
        if not self._plain:
            self._plain = super().process_response(request, response).headers[HEADER]
        response.headers[HEADER] = self._plain
        return response


def _own(response: HttpResponseBase) -> bool:
    return any(name.startswith("_csp") for name in vars(response))


def permissions_policy(get_response: _Handler) -> _Handler:
    """Django middleware: a page may ask where the phone is, and nothing else."""

    def handle(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        response.headers.setdefault("Permissions-Policy", POLICY)
        return response

    return handle


def refuse_nul(get_response: _Handler) -> _Handler:
    """Django middleware: 400 for NUL in path, query or cookies. PostgreSQL takes it in no text; Django lets it pass
    to the database from paths, from the admin's filters and, written as \\000, from cookies."""

    def handle(request: HttpRequest) -> HttpResponseBase:
        query = request.META.get("QUERY_STRING", "")
        if "\0" in request.path or "%00" in query or any("\0" in text for text in (query, *request.COOKIES.values())):
            return explain(request, 400, _named(request))
        return get_response(request)

    return handle


def _named(request: HttpRequest) -> str:
    """Which parameter of a question has it; nothing where it stands elsewhere."""
    if not request.path.startswith(DATA_PREFIXES):
        return ""
    of = next((name for name, values in request.GET.lists() if any("\0" in text for text in (name, *values))), "")
    name = of.replace("\0", "")[:60]
    zh, _, en = SENTENCES[400].partition(" / ")
    return f"{zh}：参数 {name} 含空字符 / {en}: parameter {name} has a zero character" if name else ""
