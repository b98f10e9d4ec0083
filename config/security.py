"""The response headers that neither Django nor django-csp sets."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

POLICY = "geolocation=(self), camera=(), microphone=(), payment=(), usb=()"
_Handler = Callable[[HttpRequest], HttpResponseBase]


def permissions_policy(get_response: _Handler) -> _Handler:
    """Django middleware: a page may ask where the phone is, and nothing else."""

    def handle(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        response.headers.setdefault("Permissions-Policy", POLICY)
        return response

    return handle
