"""What the search answers: places with how exact and how sure they are, the likeliest first, or none."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from gis.locate.parts import Understood


class Precision(StrEnum):
    """How exactly a place answers what was asked."""

    ROOM = "room"
    BUILDING = "building"
    NUMBER = "number"
    GATE = "gate"
    INTERPOLATED = "interpolated"
    CROSSING = "crossing"
    ROAD = "road"
    AREA = "area"


SURE = 0.8
"""From this confidence on an answer may be used without asking back."""
LEAST = 0.1
"""Below it an answer would be a guess, and is not given."""
DOOR, NAME, CROSSING, BETWEEN, BESIDE, STREET, AREA = 0.97, 0.93, 0.95, 0.75, 0.6, 0.9, 0.9
"""How often a faultless answer of each way was right on the half of the Shanghai addresses that we tuned on."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place (lon/lat, EPSG:4490): ``confidence`` is the share of such answers that are right; ``layer`` and ``row``
    say what stands there, if that is on record; ``assumed`` what had to be supposed, in codes."""

    title: str
    lon: float
    lat: float
    precision: Precision
    confidence: float
    layer: str = ""
    row: int = 0
    assumed: tuple[str, ...] = ()
    term: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was understood, and where that may be."""

    understood: Understood
    candidates: tuple[Candidate, ...] = ()
    unused: tuple[str, ...] = field(default=())
    """Parts that were understood and are not on record there: a room, a block."""

    @property
    def sure(self) -> bool:
        """Whether the first may be used without asking back."""
        return bool(self.candidates) and self.candidates[0].confidence >= SURE
