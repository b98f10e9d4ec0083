"""Connections for tiles alone: few, read-only, bounded in waiting and time, and back by themselves after a restart."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock
from typing import Any

from django.conf import settings
from django.db import connections
from psycopg import Connection, OperationalError, RawCursor
from psycopg.conninfo import make_conninfo
from psycopg.errors import QueryCanceled
from psycopg_pool import ConnectionPool, PoolTimeout, TooManyRequests

SIZE = 6
WAITING = 64
PATIENCE_S = 2.0
STATEMENT_MS = 5000
OURS = ("context", "cursor_factory", "prepare_threshold", "options", "application_name")


class Busy(Exception):
    """The database is away, all connections are taken, or a statement took too long: worth another try later."""


class Pool:
    """Runs prepared statements on at most ``size`` connections, opened when first needed; ``Busy`` when it cannot."""

    def __init__(self, size: int = SIZE, patience_s: float = PATIENCE_S, statement_ms: int = STATEMENT_MS) -> None:
        self._size, self._patience_s, self._statement_ms = size, patience_s, statement_ms
        self._pool: ConnectionPool[Connection[tuple[Any, ...]]] | None = None
        self._lock = Lock()

    def rows(self, sql: bytes, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run one statement with ``$n`` parameters. A connection that a restart has cut is replaced, once."""
        try:
            return self._rows(sql, parameters)
        except (QueryCanceled, PoolTimeout, TooManyRequests) as late:
            raise Busy from late
        except OperationalError:
            self._opened().check()
        try:
            return self._rows(sql, parameters)
        except OperationalError as away:  # PoolTimeout, TooManyRequests and QueryCanceled are kinds of it
            raise Busy from away

    def close(self) -> None:
        """Close all connections; the next statement opens new ones."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool:
            pool.close()

    def _rows(self, sql: bytes, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        with self._opened().connection() as connection:
            return connection.execute(sql, parameters, prepare=True, binary=True).fetchall()

    def _opened(self) -> ConnectionPool[Connection[tuple[Any, ...]]]:
        if self._pool is None:
            with self._lock:
                if self._pool is None:
                    self._pool = self._open()
        return self._pool

    def _open(self) -> ConnectionPool[Connection[tuple[Any, ...]]]:
        given = connections[settings.READS].get_connection_params()
        chosen = {
            "application_name": "chengtu-tiles",
            "options": f"-c statement_timeout={self._statement_ms} -c default_transaction_read_only=on -c jit=off",
            **{name: value for name, value in given.items() if name not in OURS},
        }
        return ConnectionPool(
            make_conninfo(**chosen),
            kwargs={"autocommit": True, "cursor_factory": RawCursor},
            min_size=1,
            max_size=self._size,
            max_waiting=WAITING,
            timeout=self._patience_s,
            max_idle=300,
            reconnect_timeout=10,
            name="tiles",
            open=True,
        )
