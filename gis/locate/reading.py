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
    last: Label | None = None
    """What the piece before is, hints and noise aside."""
    text: str = ""

    def __post_init__(self) -> None:
        self.text = self.source.text

    def has(self, *labels: Label) -> bool:
        """Whether something was called one of these."""
        return not self.called.isdisjoint(labels)

    def take(self, label: Label, end: int) -> None:
        """Call the text up to ``end`` so; noise behind noise is one."""
        start = self.at
        if label is Label.NOISE and self.found and self.found[-1][0] is Label.NOISE:
            _, start, _ = self.found.pop()
        self.found.append((label, start, end))
        self.called.add(label)
        if label is not Label.NOISE and label is not Label.HINT:
            self.last = label
        self.at = end
