"""What is asked of an import, and what came of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from gis.doubt import Doubt
from gis.ingest.mapping import Mapping, Plan
from gis.ingest.placing import Mover
from gis.ingest.readers import Ask, Source
from gis.ingest.subject import Subject


@dataclass(frozen=True, slots=True)
class Order:
    """What the operator asked for."""

    path: Path
    subject: Subject
    plan: Plan
    crs: str | None = None
    source: str | None = None
    layer: str | None = None
    constants: dict[str, str] = field(default_factory=dict)
    dry_run: bool = False
    by: int | None = None
    """The id of the user who asked for it; None for the operator's command line."""

    @property
    def ask(self) -> Ask:
        """What the reader should give."""
        return Ask(self.subject.id, self.layer, self.plan.places)

    @property
    def named_source(self) -> str:
        """The source asked for, or the name of the file, with that of its layer: two layers may count alike."""
        return self.source or self.plan.source or default_source(self.path, self.layer)

    def mover(self, source: Source) -> Mover:
        """What brings the shapes of an opened file to where they are stored."""
        return Mover(self.path.name, self.crs or self.plan.crs, source)


@dataclass(slots=True)
class Outcome:
    """What came of it: added + changed + unchanged + refused + skipped + folded = rows + parts (of split rows)."""

    file: str
    subject: str
    source: str
    crs: str = ""
    mapping: Mapping | None = None
    unused: list[str] = field(default_factory=list)
    places: tuple[str, ...] = ()
    rows: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    skipped: int = 0
    folded: int = 0
    parts: int = 0
    repaired: int = 0
    curves: int = 0
    outside: int = 0
    absent: int = 0
    ids: str = "kept"
    reasons: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)
    strange: dict[str, Counter[str]] = field(default_factory=dict)
    filled: Counter[str] = field(default_factory=Counter)
    allowed: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    run: int = 0
    """The id of the log entry; of a trial, or a run that took no row, there is none of that id."""
    moment: datetime | None = None

    @property
    def mostly_strange(self) -> list[str]:
        """The columns more than half of whose values are on no code list."""
        return [name for name, found in self.strange.items() if found.total() * 2 > self.filled[name]]

    @property
    def fruitless(self) -> bool:
        """Whether rows were refused and not one was taken: such a run leaves nothing behind."""
        return self.refused > 0 and not self.added + self.changed + self.unchanged


Tell = Callable[[Outcome, int | None], None]


def default_source(path: Path, layer: str | None) -> str:
    """What a file without a source of its own is known by."""
    return "/".join(filter(None, (plain_name(path), layer)))[:100]


def plain_name(path: Path) -> str:
    """The file's name without its packing and its format."""
    return path.name.removesuffix(".gz").removesuffix(".zip").rpartition(".")[0] or path.name
