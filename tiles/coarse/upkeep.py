"""Keeping up while the server runs: after news a thread of its own catches up, and ends when nothing is left to do.

What takes minutes, a city's blocks after an import, is done by a process apart, which yields to others: in the server
it held Python's lock, and kept tiles came half as quickly.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path
from threading import Event, Lock, Thread

from django.db import connections

from gis.locate import index
from tiles.coarse.keeping import Large, catch_up

PAUSE_S = 0.2  # between two rounds: what is edited meanwhile is caught up together
MORE_S = 2.0
"""Between two rounds of a large change, a redistricting or an import: who asks meanwhile goes before it."""
RETRY_S = 5.0
MANY = 20_000
"""Rows that the server reads itself, which takes a second or two."""
YIELDING = ["setpriv", "--pdeathsig", "TERM", "nice", "-n", "10"]
"""What goes before a command that gives way to others, and ends with the process that began it, killed or not."""
APART = [*YIELDING, sys.executable, "-m", "django", "generalise"]
ROOT = Path(__file__).resolve().parents[2]
log = logging.getLogger(__name__)


class Upkeep:
    """Safe to be told from any thread, as often as one likes."""

    def __init__(self) -> None:
        self._wanted, self._ended = Event(), Event()
        self._guard = Lock()
        self._thread: Thread | None = None

    def nudge(self) -> None:
        """There may be something to do. Returns at once."""
        with self._guard:
            self._wanted.set()
            if self._thread is None:
                self._ended.clear()
                self._thread = Thread(target=self._run, name="upkeep", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """Begin nothing more, and wait for what is under way."""
        with self._guard:
            thread = self._thread
            self._ended.set()
        if thread is not None:
            thread.join(60)

    def _run(self) -> None:
        try:
            while self._more():
                try:
                    self._catch_up()
                    more = index.catch_up(index.AFTER_NEWS) >= index.AFTER_NEWS
                    if more:
                        self._wanted.set()
                    self._ended.wait(MORE_S if more else PAUSE_S)
                except Exception as failure:  # the database is away or read-only: the next news or round tries again
                    log.warning("generalisations and names wait, next try in %.0f s: %s", RETRY_S, failure)
                    self._wanted.set()
                    self._ended.wait(RETRY_S)
        finally:
            connections.close_all()

    def _catch_up(self) -> None:
        try:
            catch_up(most=MANY)
        except Large as large:
            self._apart(large.layers)
            if large.__cause__:
                raise large.__cause__ from None

    def _apart(self, layers: list[str]) -> None:
        """Have a process make some layers; it is ended with the upkeep, and what it had begun is as it was."""
        environ = {"DJANGO_SETTINGS_MODULE": "config.settings"} | os.environ
        command = [*APART, *(f"--layer={layer}" for layer in layers)]
        connections.close_all()  # it takes minutes, and needs one of its own
        with subprocess.Popen(command, cwd=ROOT, env=environ, stdin=-3, stdout=-3, start_new_session=True) as process:
            while process.poll() is None:
                if self._ended.wait(PAUSE_S):
                    process.terminate()
                    return
        if process.returncode:
            raise ChildProcessError(f"{' '.join(command)} ended with {process.returncode}")

    def _more(self) -> bool:
        """Whether to go on; the thread that is told no has left, and the next nudge begins another."""
        with self._guard:
            if self._ended.is_set() or not self._wanted.is_set():
                self._thread = None
                return False
            self._wanted.clear()
            return True
