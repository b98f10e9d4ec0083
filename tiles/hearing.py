"""The database's call that there is news, heard on a connection of its own; without it the news is read once a second.

The thread begins with the first request of a process, so it is never lost in a fork, and ends with it. It also has old
news folded, because it alone among those who serve may write.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from select import select
from threading import Event, Lock, Thread
from time import monotonic
from typing import Any

import psycopg
from django.conf import settings
from django.db import connections
from psycopg.conninfo import make_conninfo

from tiles.pool import OURS

PAUSE_S = 0.05
"""Between two readings: twenty a second, however many edits there are."""
SILENCE_S = 30.0
"""After which the line is tried, and what a day brings that nobody tells of is done."""
FIRST_RETRY_S, LAST_RETRY_S = 0.1, 5.0
FOLD_S = 3600.0
FOLD = "SELECT spatial_fold_news(100000, '7 days')"
LINE = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "connect_timeout": 5}

log = logging.getLogger(__name__)
Line = psycopg.Connection[tuple[Any, ...]]


class Hearing:
    """Calls ``told`` after every notice, after every new connection, before which something may have been said, and in
    a silence: the day turns without a word."""

    def __init__(self, told: Callable[[], None]) -> None:
        self._told = told
        self._thread: Thread | None = None
        self._ended = Event()
        self._guard = Lock()
        self._ear, self._mouth = -1, -1
        self._folded = float("-inf")

    def wake(self) -> None:
        """Begin to listen, unless somebody does."""
        if self._thread is not None and self._thread.is_alive():
            return
        with self._guard:
            if self._thread is None or not self._thread.is_alive():
                self._ended = Event()
                self._ear, self._mouth = os.pipe()
                self._thread = Thread(target=self._run, args=(self._ended, self._ear), name="news", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """End the thread and its connection."""
        with self._guard:
            thread, self._thread = self._thread, None
            if thread is None:
                return
            self._ended.set()
            os.write(self._mouth, b".")
            thread.join(10)
            os.close(self._mouth)
            os.close(self._ear)

    def _run(self, ended: Event, ear: int) -> None:
        wait = FIRST_RETRY_S
        while not ended.is_set():
            try:
                with _connect() as line:
                    line.execute("LISTEN news")
                    wait = FIRST_RETRY_S
                    self._listen(line, ended, ear)
            except Exception as failure:  # whatever it is: the thread must come back, and once a second still holds
                log.warning("nobody tells of news, next try in %.1f s: %s", wait, failure)
                select([ear], [], [], wait)
                wait = min(LAST_RETRY_S, wait * 2)

    def _listen(self, line: Line, ended: Event, ear: int) -> None:
        self._told()
        while not ended.is_set():
            self._fold(line)
            if any(True for _ in line.notifies(timeout=0)):
                self._told()
                ended.wait(PAUSE_S)
            elif not any(select([line.fileno(), ear], [], [], SILENCE_S)):
                line.execute("SELECT 1")
                self._told()

    def _fold(self, line: Line) -> None:
        if monotonic() - self._folded < FOLD_S:
            return
        self._folded = monotonic()
        try:
            line.execute(FOLD)
        except psycopg.Error as failure:  # a replica cannot; the primary's servers will
            log.info("old news is not folded: %s", failure)


def _connect() -> Line:
    """To the primary itself: a pooler passes no notices on, a replica has none."""
    given = connections["default"].get_connection_params()
    direct = settings.DIRECT if settings.POOLED else make_conninfo(**{k: v for k, v in given.items() if k not in OURS})
    return psycopg.connect(make_conninfo(direct, application_name="chengtu-news", **LINE), autocommit=True)
