"""A line while it is read: how far one has come, and what was called what until there."""

from __future__ import annotations

from dataclasses import dataclass, field

from gis.locate.gazetteer import Gazetteer
from gis.locate.parts import Label
from gis.locate.plain import Line


@dataclass(slots=True)
class Reading:
    """A line while it is read: what was found so far, as (label, start, end) in the text."""

    source: Line
    gazetteer: Gazetteer
    at: int = 0
    found: list[tuple[Label, int, int]] = field(default_factory=list)
    called: set[Label] = field(default_factory=set)
    text: str = ""

    def __post_init__(self) -> None:
        self.text = self.source.text

    def has(self, *labels: Label) -> bool:
        """Whether something was called one of these."""
        return not self.called.isdisjoint(labels)

    @property
    def last(self) -> Label | None:
        """What the piece before is, hints and noise aside."""
        return next((one for one, _, _ in reversed(self.found) if one not in (Label.NOISE, Label.HINT)), None)

    def take(self, label: Label, end: int) -> None:
        """Call the text up to ``end`` so."""
        self.found.append((label, self.at, end))
        self.called.add(label)
        self.at = end
