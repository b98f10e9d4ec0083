"""What a city may set otherwise in the checks of surveys: SURVEY_LIMITS, once, for pages, imports and commands.

Nothing of Django is read before a check runs: the environment is judged by these names.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TypeVar

from django.conf import settings


@dataclass(frozen=True, slots=True)
class PipeLimits:
    """Metres and degrees. The defaults are those of CJJ 61 practice, or generous."""

    deepest_m: float = 15.0
    tolerance_m: float = 0.05
    shortest_m: float = 0.05
    longest_m: float = 75.0
    slope_deg: float = 30.0
    gravity_slope_deg: float = 10.0
    rise_m: float = 0.02
    apart_m: float = 0.1
    near_m: float = 1000.0


@dataclass(frozen=True, slots=True)
class AreaLimits:
    """Square metres below which a fault of a coverage does not count, and metres below which it is a sliver."""

    smallest_m2: float = 0.5
    sliver_m: float = 1.0


NAMES = tuple(field.name for kind in (PipeLimits, AreaLimits) for field in fields(kind))
Kind = TypeVar("Kind", PipeLimits, AreaLimits)


def of_city(kind: type[Kind]) -> Kind:
    """The limits of this deployment: what it sets, and the defaults."""
    said = settings.SURVEY_LIMITS
    return kind(**{field.name: said[field.name] for field in fields(kind) if field.name in said})
