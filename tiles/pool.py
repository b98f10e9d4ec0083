"""Connections for tiles alone: few, read-only, bounded in waiting and time, and back by themselves after a restart.

They read as roles of the database that see no more than residents, or one kind of staff, are shown (``tiles.wall``).
"""

from __future__ import annotations

import logging
import os
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
from layers.scope import STAFF, Role

PLACES = max(2, min(4, os.cpu_count() or 2))
"""Heavy tiles at a time (``tiles.lanes``). More than there are cores would only make each slower, and the light ones
with them."""
SIZE = 6
SIZES: dict[Role | None, int] = {None: 2, Role.RESIDENT: SIZE, **dict.fromkeys(STAFF, PLACES + 1)}
"""Connections of a role: one is left for light tiles where heavy ones are all one role's."""
WAITING = 64
PATIENCE_S = 2.0
STATEMENT_MS = 5000
OURS = ("context", "cursor_factory", "prepare_threshold", "options", "application_name")
ROLES: dict[Role | None, str] = {
    None: "chengtu_staff",
    **{role: f"chengtu_{role}" for role in Role},
    Role.RESIDENT: "chengtu_public",
}
"""By whose tiles are read. As the first the server reads what it must know itself, news and passes; and tiles where the
database has not the role of a kind of staff: it sees what any of them is shown."""
log = logging.getLogger(__name__)


class Busy(Exception):
    """The database is away, all connections are taken, or a statement took too long: worth another try later."""


class Pool:
    """Runs prepared statements on at most ``size`` connections for residents and some for each kind of staff, opened
    when first needed; ``Busy`` when it cannot."""

    def __init__(self, size: int = SIZE, patience_s: float = PATIENCE_S, statement_ms: int = STATEMENT_MS) -> None:
        self._size, self._patience_s, self._statement_ms = size, patience_s, statement_ms
        self._pools: dict[Role | None, ConnectionPool[Connection[tuple[Any, ...]]]] = {}
        self._lock = Lock()

    def rows(self, sql: bytes, parameters: Sequence[Any] = (), role: Role | None = None) -> list[tuple[Any, ...]]:
        """Run one statement with ``$n`` parameters, for a role or for the server itself. A connection that a restart
        has cut is replaced, once."""
        try:
            return self._rows(sql, parameters, role)
        except (QueryCanceled, PoolTimeout, TooManyRequests) as late:
            errand.stay()
            raise Busy from late
        except OperationalError:
            self._opened(role).check()
        try:
            return self._rows(sql, parameters, role)
        except OperationalError as away:  # PoolTimeout, TooManyRequests and QueryCanceled are kinds of it
            raise Busy from away

    def close(self) -> None:
        """Close all connections; the next statement opens new ones."""
        with self._lock:
            pools, self._pools = self._pools, {}
        for pool in pools.values():
            pool.close()

    def _rows(self, sql: bytes, parameters: Sequence[Any], role: Role | None) -> list[tuple[Any, ...]]:
        with self._opened(role).connection() as connection, errand.through(connection):
            return libpq.rows(connection, sql, parameters)

    def _opened(self, role: Role | None = None) -> ConnectionPool[Connection[tuple[Any, ...]]]:
        opened = self._pools.get(role)
        if opened is None:
            with self._lock:
                opened = self._pools.get(role)
                if opened is None:
                    opened = self._pools[role] = self._open(role)
        return opened

    def _open(self, role: Role | None) -> ConnectionPool[Connection[tuple[Any, ...]]]:
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
            max_size=min(self._size, SIZES[role]),
            max_waiting=WAITING,
            timeout=self._patience_s,
            max_idle=300,
            reconnect_timeout=10,
            name=f"tiles-{ROLES[role]}",
            configure=lambda connection: _become(connection, ROLES[role]),
            open=True,
        )


def _become(connection: Connection[Any], role: str) -> None:
    """Give a new connection its role; where there is none, that of all staff; where neither is, it reads as before.
    ``/readyz`` says so."""
    for name in dict.fromkeys((role, ROLES[None])):
        try:
            connection.execute(f"SET ROLE {name}".encode())
            return
        except OperationalError:
            raise
        except DatabaseError as refused:
            log.warning("tiles are read without the second wall: %s", str(refused).splitlines()[0])
