"""`/healthz`, `/readyz` and `/metrics` as raw WSGI callables: no middleware can block them."""

import json
import logging
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

from django.db import DatabaseError, close_old_connections, connection
from django.db.migrations.executor import MigrationExecutor
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest

from config.env import is_loopback
from tiles import wall

FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_VIA")
log = logging.getLogger(__name__)


def alive(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """200 as long as the process answers at all."""
    return _json(start_response, "200 OK", {"status": "ok"})


def ready(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """200 when the database answers and has every migration, else 503 with the reason. A second wall that is not whole
    is told, and hinders nothing."""
    close_old_connections()  # Django does this at the start of its own requests only
    reason = obstacle()
    if reason:
        return _json(start_response, "503 Service Unavailable", {"status": "not ready", "reason": reason})
    lacking = wall.lack()
    return _json(start_response, "200 OK", {"status": "ok", **({"wall": lacking} if lacking else {})})


def obstacle() -> str:
    """Why the server cannot work now, in a sentence; empty when it can."""
    try:
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        log.exception("readyz")
        return "数据库没有应答 / The database does not answer"
    if plan:
        return f"有 {len(plan)} 个迁移未执行 / {len(plan)} migrations are not applied"
    return ""


def metrics(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Prometheus text, for a scraper on this machine only; everybody else, also through a proxy, is told 404."""
    if not _is_local(environ):
        return _json(start_response, "404 Not Found", {"status": "not found"})
    body = generate_latest(REGISTRY)
    start_response(
        "200 OK",
        [
            ("Content-Type", CONTENT_TYPE_LATEST),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
        ],
    )
    return [body]


def _is_local(environ: WSGIEnvironment) -> bool:
    return is_loopback(environ.get("REMOTE_ADDR", "")) and not any(name in environ for name in FORWARDED)


def _json(start_response: StartResponse, status: str, answer: dict[str, str]) -> Iterable[bytes]:
    body = json.dumps(answer, ensure_ascii=False).encode()
    start_response(
        status,
        [
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
        ],
    )
    return [body]
