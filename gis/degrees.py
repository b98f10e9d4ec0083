"""Degrees as metres, near enough within a neighbourhood; what must be exact is measured on the ellipsoid."""

from __future__ import annotations

import math

METRES = 111_320.0
"""In a degree of latitude, and in one of longitude on the equator."""


def metres(a: tuple[float, float], b: tuple[float, float]) -> float:
    """How far two places (lon, lat) lie apart."""
    east = (a[0] - b[0]) * math.cos(math.radians((a[1] + b[1]) / 2))
    return math.hypot(east, a[1] - b[1]) * METRES
