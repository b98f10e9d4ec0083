"""Our whole server with a cache that keeps nothing and shares nothing, so that PostGIS cuts a tile for each request."""

from collections.abc import Callable, Hashable

from config.wsgi import application
from tiles import server
from tiles.cache import Cache, Packed, pack


class NoCache(Cache):
    """Makes what is asked for, each time; requests in flight are not joined, which would flatter us."""

    def get_or_make(self, key: Hashable, make: Callable[[], bytes | Packed]) -> Packed:
        """Make it."""
        return pack(make())


server.application.supply.cache = NoCache(0)

__all__ = ["application"]
