"""Where and when a zoning holds, as a box of sides, metres and days: do two overlap, and what is left of one?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import pairwise

Span = tuple[int, int]
SIDES: dict[str, Span] = {"left": (0, 1), "right": (1, 2), "both": (0, 2)}
NAMES = {span: side for side, span in SIDES.items()}
EVER, NEVER = date.min, date.max
"""No first day, no end."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a segment for a time: its side, metres and days, each from … to before."""

    side: Span
    start: Decimal
    end: Decimal
    since: date
    until: date

    def overlaps(self, other: Stretch) -> bool:
        """Whether the two have a place and a day in common."""
        return (
            self.side[0] < other.side[1] and other.side[0] < self.side[1]
            and self.start < other.end and other.start < self.end
            and self.since < other.until and other.since < self.until
        )  # fmt: skip

    def minus(self, other: Stretch) -> Iterator[Stretch]:
        """What of this one the other leaves, in few pieces: first the days before and after, then the metres, then the
        other side of the street."""
        if not self.overlaps(other):
            yield self
            return
        days = max(self.since, other.since), min(self.until, other.until)
        metres = max(self.start, other.start), min(self.end, other.end)
        for since, until in ((self.since, days[0]), (days[1], self.until)):
            if since < until:
                yield replace(self, since=since, until=until)
        here = replace(self, since=days[0], until=days[1])
        for start, end in ((self.start, metres[0]), (metres[1], self.end)):
            if start < end:
                yield replace(here, start=start, end=end)
        sides = sorted({*self.side, *(edge for edge in other.side if self.side[0] < edge < self.side[1])})
        for side in pairwise(sides):
            if not (other.side[0] <= side[0] and side[1] <= other.side[1]):
                yield replace(here, start=metres[0], end=metres[1], side=side)


def rest(whole: Stretch, taken: Iterable[Stretch]) -> list[Stretch]:
    """What several leave of one."""
    pieces = [whole]
    for one in taken:
        pieces = [piece for part in pieces for piece in part.minus(one)]
    return pieces
