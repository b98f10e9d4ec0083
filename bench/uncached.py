"""Our whole server with a cache that keeps nothing and shares nothing, so that PostGIS cuts a tile for each request."""

from collections.abc import Callable, Hashable
from concurrent.futures import Future

from config.rsgi import application
from tiles import server
from tiles.cache import Cache, Kept
from tiles.ready import Answer, Question, Ready


class NoCache(Cache):
    """Makes what is asked for, each time; requests in flight are not joined, which would flatter us."""

    def renew(
        self,
        key: Hashable,
        true: Callable[[Kept], bool],
        make: Callable[[], Kept],
        wait: Callable[[Future[Kept]], Kept] = Future.result,
    ) -> Kept:
        """Make it."""
        return make()


class NoReady(Ready):
    """Has no answer ready."""

    def find(self, question: Question) -> Answer | None:
        """Find nothing."""


server.application.supply.cache = NoCache(0)
server.application.ready = NoReady(server.application.supply.generations, server.application.supply.gate)

__all__ = ["application"]
