"""Counts and times every request by its class of route; few classes, so that the figures stay few."""

from collections.abc import Iterable
from functools import lru_cache
from time import perf_counter
from types import TracebackType
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from prometheus_client import Counter, Histogram

CLASSES = ("tiles", "live", "api", "ogc", "static", "admin", "accounts", "p")
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
REQUESTS = Counter("chengtu_requests_total", "Requests answered", ["route", "status"])
SECONDS = Histogram("chengtu_request_seconds", "Seconds until the answer started", ["route"], buckets=BUCKETS)
_observers = {name: SECONDS.labels(name) for name in (*CLASSES, "page")}
_counted = lru_cache(maxsize=1024)(REQUESTS.labels)  # finding a counter by its labels costs more than a kept tile


def route_class(path: str) -> str:
    """The class of a path: its first segment when that is a known one, else `page`."""
    first = path[1:].partition("/")[0]
    return first if first in CLASSES else "page"


def measured(application: WSGIApplication) -> WSGIApplication:
    """`application`, counted. Time runs until it returns; a streamed body is not waited for."""

    def handle(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        status = "500"

        def note(
            line: str,
            headers: list[tuple[str, str]],
            exc_info: tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None] | None = None,
        ) -> Any:
            nonlocal status
            status = line[:3]
            return start_response(line, headers, exc_info) if exc_info else start_response(line, headers)

        route, began = route_class(environ.get("PATH_INFO", "")), perf_counter()
        try:
            return application(environ, note)
        finally:
            _observers[route].observe(perf_counter() - began)
            _counted(route, status).inc()

    return handle
