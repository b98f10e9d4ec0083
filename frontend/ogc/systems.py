"""The coordinate systems of this city: the four of everywhere, and the Gauss-Krüger zone in which it lies."""

from __future__ import annotations

from cachetools import TTLCache, cached
from django.conf import settings

from gis.crs_served import Served, served
from gis.models import Area

FRESH_S = 60


@cached(TTLCache(maxsize=1, ttl=FRESH_S))
def systems() -> tuple[Served, ...]:
    """Return what is served, CRS84 first."""
    return served(_longitude())


def _longitude() -> float | None:
    if settings.CITY_BOUNDS:
        west, _, east, _ = settings.CITY_BOUNDS
        return (west + east) / 2
    smallest = Area.objects.order_by("-level", "pk").values_list("geom", flat=True).first()
    return smallest.centroid.x if smallest else None


def uris() -> list[str]:
    """Return their URIs."""
    return [one.uri for one in systems()]
