"""Our whole server with a cache that keeps nothing, so that PostGIS cuts every tile."""

from config.wsgi import application
from tiles import server
from tiles.cache import Cache

server.application.supply.cache = Cache(0)

__all__ = ["application"]
