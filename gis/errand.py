"""Work for somebody who may leave: then the statement that runs for him is ended, and no further one is begun."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from threading import Lock, local
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import Connection, Error
from psycopg.pq import TransactionStatus

Session = Connection[Any]
CANCEL_S = 2.0
"""Seconds that the database may take to hear of it."""
_here = local()
log = logging.getLogger(__name__)


class Left(BaseException):
    """Nobody waits for the answer any more. No error that anybody should answer or report."""


class Errand:
    """Belongs to the thread that does the work; anybody may say that it is no longer wanted."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._sessions: Sequence[BaseDatabaseWrapper] = ()
        self._others: list[Session] = []
        self.left = False

    @contextmanager
    def under_way(self) -> Iterator[None]:
        """While the work is done by this thread, with its connections of Django's."""
        _here.errand, self._sessions = self, connections.all()
        try:
            yield
        finally:
            _here.errand = None
            with self._lock:  # a call that is on its way to the database must not end the next asker's statement
                self._sessions = ()

    def leave(self) -> None:
        """End the statement that runs for it now. What is computed meanwhile ends where it next asks ``stay``."""
        self.left = True
        with self._lock:
            for held in (*(session.connection for session in self._sessions), *self._others):
                if held is None or held.closed or held.pgconn.transaction_status != TransactionStatus.ACTIVE:
                    continue
                try:
                    held.cancel_safe(timeout=CANCEL_S)
                except Error as failed:
                    log.warning("a question could not be cancelled: %s", failed)

    @contextmanager
    def through(self, session: Session) -> Iterator[None]:
        """While a statement of it may run on a connection that is not Django's."""
        with self._lock:
            self._others.append(session)
        try:
            yield
        finally:
            with self._lock:
                self._others.remove(session)


def through(session: Session) -> AbstractContextManager[None]:
    """While this thread's errand, if it is on one, may wait for a connection that is not Django's."""
    errand: Errand | None = getattr(_here, "errand", None)
    return nullcontext() if errand is None else errand.through(session)


def stay() -> None:
    """Go on only if somebody still waits for this thread's work; ``Left`` otherwise."""
    errand: Errand | None = getattr(_here, "errand", None)
    if errand is not None and errand.left:
        raise Left
