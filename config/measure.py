"""Counts and times every request by its class of route; few classes, so that the figures stay few.

The counts are a ``Tally``: those of the library take three locks a request, where kept tiles wait (0039).
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import accumulate
from time import perf_counter
from types import TracebackType
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from prometheus_client import REGISTRY
from prometheus_client.metrics_core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from gis.errand import Left
from tiles.tally import Tally

CLASSES = ("tiles", "live", "api", "ogc", "static", "admin", "accounts", "p")
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
LEFT = "499"
"""Who asked has gone; as nginx counts it."""
_answered = Tally[tuple[str, str, int]]()
"""(route, status, index of the bucket) → requests."""
_seconds = Tally[str]()
"""Route → seconds until the answer started."""


class Requests(Collector):
    """Shows the tallies as a counter and a histogram."""

    def collect(self) -> Iterator[Metric]:
        """Called at each look at ``/metrics``."""
        counter = CounterMetricFamily("chengtu_requests", "Requests answered", labels=["route", "status"])
        histogram = HistogramMetricFamily(
            "chengtu_request_seconds", "Seconds until the answer started", labels=["route"]
        )
        by_status: dict[tuple[str, str], float] = defaultdict(float)
        by_bucket: dict[str, list[float]] = defaultdict(lambda: [0.0] * (len(BUCKETS) + 1))
        for (route, status, bucket), count in _answered.sums().items():
            by_status[route, status] += count
            by_bucket[route][bucket] += count
        for labels, count in sorted(by_status.items()):
            counter.add_metric(labels, count)
        seconds = _seconds.sums()
        for route, counts in sorted(by_bucket.items()):
            edges = [*map(floatToGoString, BUCKETS), "+Inf"]
            steps = list(zip(edges, accumulate(counts), strict=True))
            histogram.add_metric([route], steps, seconds.get(route, 0.0))
        yield counter
        yield histogram


REGISTRY.register(Requests())


def route_class(path: str) -> str:
    """The class of a path: its first segment when that is a known one, else `page`."""
    first = path[1:].partition("/")[0]
    return first if first in CLASSES else "page"


def count(route: str, status: str, took: float) -> None:
    """Count an answer that took so many seconds to begin."""
    _seconds.add(route, took)
    _answered.add((route, status, bisect_left(BUCKETS, took)))


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
        except Left:
            status = LEFT
            raise
        finally:
            count(route, status, perf_counter() - began)

    return handle
