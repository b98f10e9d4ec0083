"""What is kept is answered in Granian's own thread, which has just read the request: no loop hears of it.

Granian hands each request to the event loop: another thread is woken, and a task made, for an answer that is there
already. Its hook is a private name of 2.8, held by a test with the real server (decision 0075).
"""

from __future__ import annotations

import logging
from asyncio import AbstractEventLoop
from collections.abc import Callable
from contextvars import Context
from typing import TYPE_CHECKING, Any, Protocol

from granian import _futures
from granian.rsgi import Scope

if TYPE_CHECKING:
    from granian._granian import RSGIHTTPProtocol as HTTPProtocol

log = logging.getLogger(__name__)


class Quick(Protocol):
    """An application that may know an answer without waiting."""

    def at_once(self, scope: Scope, protocol: HTTPProtocol) -> bool:
        """Answer, or say that it takes longer. Never waits; called by any thread."""


class Watcher(Protocol):
    """A request as Granian's thread knows it."""

    scope: Scope
    proto: HTTPProtocol

    def done(self) -> None:
        """It is answered."""


Schedule = Callable[[Watcher], None]
_usual: Callable[[AbstractEventLoop, Context, Callable[[Watcher], Any]], Schedule] = _futures._cbsched_aioschedule


def answer_at_once(application: Quick) -> None:
    """Have the workers of this process ask an application first, before they hand a request to its loop."""

    def schedule_of(loop: AbstractEventLoop, context: Context, call: Callable[[Watcher], Any]) -> Schedule:
        later = _usual(loop, context, call)

        def schedule(watcher: Watcher) -> None:
            if _answered(application, watcher):
                watcher.done()
            else:
                later(watcher)

        return schedule

    _futures._cbsched_aioschedule = schedule_of


def _answered(application: Quick, watcher: Watcher) -> bool:
    try:
        return application.at_once(watcher.scope, watcher.proto)
    except Exception:  # Granian's thread has nobody to tell it to; the loop will meet it again, and answer 500
        log.exception("%s %r", watcher.scope.method, watcher.scope.path)
        return False
