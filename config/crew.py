"""Threads for what may wait: the one that worked last works next, so that few are awake, with few connections open."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Lock, Thread

Task = Callable[[], None]
IDLE_S = 30.0
"""After which a thread ends, and its connection to the database with it."""
MOST_WAITING = 2048
"""Tasks that may wait for a thread, and connections that Granian takes (its ``--backpressure`` counts these). A
connection has one request at a time, but who leaves has left it here, and comes again."""
log = logging.getLogger(__name__)


class Crew:
    """At most ``most`` threads, begun when they are needed; more tasks than that wait their turn, however many: who has
    tasks of strangers looks at ``waiting`` first."""

    def __init__(self, most: int, idle_s: float = IDLE_S) -> None:
        self._most, self._idle_s = most, idle_s
        self._lock = Lock()
        self._working = 0
        self._idle: list[SimpleQueue[Task]] = []
        self._waiting: deque[Task] = deque()

    @property
    def waiting(self) -> int:
        """Tasks that wait for a thread."""
        return len(self._waiting)

    def do(self, task: Task) -> None:
        """Have it done soon by one of the threads. Safe from any thread, and never waits."""
        with self._lock:
            if self._idle:
                self._idle.pop().put(task)
            elif self._working < self._most:
                Thread(target=self._work, args=(task,), daemon=True).start()
                self._working += 1
            else:
                self._waiting.append(task)

    def _work(self, first: Task) -> None:
        desk: SimpleQueue[Task] = SimpleQueue()
        task: Task | None = first
        while task is not None:
            try:
                task()
            except Exception:
                log.exception("a task of the crew failed")
            task = self._next(desk)

    def _next(self, desk: SimpleQueue[Task]) -> Task | None:
        """What is to be done next; nothing when the thread may end."""
        with self._lock:
            if self._waiting:
                return self._waiting.popleft()
            self._idle.append(desk)
        try:
            return desk.get(timeout=self._idle_s)
        except Empty:
            pass
        with self._lock:
            if desk not in self._idle:  # a task was put there this moment
                return desk.get()
            self._idle.remove(desk)
            self._working -= 1
            return None
