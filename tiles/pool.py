"""Connections for tiles alone: few, read-only, bounded in waiting and time, and back by themselves after a restart.

They read as a role of the database that sees no more than residents, or staff, are shown (``tiles.wall``).
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from threading import Lock
from typing import Any

from django.conf import settings
from django.db import connections
from psycopg import Connection, OperationalError, RawCursor
from psycopg import Error as DatabaseError
from psycopg.conninfo import make_conninfo
from psycopg.errors import QueryCanceled
from psycopg_pool import ConnectionPool, PoolTimeout, TooManyRequests

from gis import errand, libpq

SIZE = 6
WAITING = 64
PATIENCE_S = 2.0
STATEMENT_MS = 5000
OURS = ("context", "cursor_factory", "prepare_threshold", "options", "application_name")
ROLES = {True: "chengtu_public", False: "chengtu_staff"}
"""By whether it reads for residents."""
log = logging.getLogger(__name__)


class Busy(Exception):
    """The database is away, all connections are taken, or a statement took too long: worth another try later."""


class Pool:
    """Runs prepared statements on at most ``size`` connections for residents and as many for staff, opened when first
    needed; ``Busy`` when it cannot."""

    def __init__(self, size: int = SIZE, patience_s: float = PATIENCE_S, statement_ms: int = STATEMENT_MS) -> None:
        self._size, self._patience_s, self._statement_ms = size, patience_s, statement_ms
        self._pools: dict[bool, ConnectionPool[Connection[tuple[Any, ...]]]] = {}
        self._lock = Lock()

    def rows(self, sql: bytes, parameters: Sequence[Any] = (), public: bool = False) -> list[tuple[Any, ...]]:
        """Run one statement with ``$n`` parameters. A connection that a restart has cut is replaced, once."""
        try:
            return self._rows(sql, parameters, public)
        except (QueryCanceled, PoolTimeout, TooManyRequests) as late:
            errand.stay()
            raise Busy from late
        except OperationalError:
            self._opened(public).check()
        try:
            return self._rows(sql, parameters, public)
        except OperationalError as away:  # PoolTimeout, TooManyRequests and QueryCanceled are kinds of it
            raise Busy from away

    def close(self) -> None:
        """Close all connections; the next statement opens new ones."""
        with self._lock:
            pools, self._pools = self._pools, {}
        for pool in pools.values():
            pool.close()

    def _rows(self, sql: bytes, parameters: Sequence[Any], public: bool) -> list[tuple[Any, ...]]:
        with self._opened(public).connection() as connection, errand.through(connection):
            return libpq.rows(connection, sql, parameters)

    def _opened(self, public: bool = False) -> ConnectionPool[Connection[tuple[Any, ...]]]:
        opened = self._pools.get(public)
        if opened is None:
            with self._lock:
                opened = self._pools.get(public)
                if opened is None:
                    opened = self._pools[public] = self._open(public)
        return opened

    def _open(self, public: bool) -> ConnectionPool[Connection[tuple[Any, ...]]]:
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
            name=f"tiles-{ROLES[public]}",
            configure=lambda connection: _become(connection, ROLES[public]),
            open=True,
        )


def _become(connection: Connection[Any], role: str) -> None:
    """Give a new connection its role; where there is none it reads as before, and ``/readyz`` says so."""
    try:
        connection.execute(f"SET ROLE {role}".encode())
    except OperationalError:
        raise
    except DatabaseError as refused:
        log.warning("tiles are read without the second wall: %s", str(refused).splitlines()[0])
