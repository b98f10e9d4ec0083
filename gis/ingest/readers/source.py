"""What every reader gives: a header that says what the file is, and its rows in batches of columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

ROWS = 10_000
"""Rows in a batch: large enough for column-wise work to pay, small enough to keep memory flat."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What the importer wants of a file: the subject decides what is extracted from OSM and network models."""

    subject: str
    layer: str | None = None
    places: tuple[str, ...] = ()
    """Column names of x (east) and y (north), or of one WKT column, when a mapping names them (CSV only)."""


class Fields(Mapping[str, list[Any]]):
    """Arrow arrays by their fields, each a list of plain Python values for whoever asks for it by name."""

    def __init__(self, arrays: dict[str, Any]) -> None:
        self.arrays = arrays
        self.lists: dict[str, list[Any]] = {}

    def __getitem__(self, name: str) -> list[Any]:
        if name not in self.lists:
            self.lists[name] = self.arrays[name].to_pylist()
        return self.lists[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.arrays)

    def __len__(self) -> int:
        return len(self.arrays)


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows in their order. `first_row` is the number of the first as its file counts (a CSV's header is row 1);
    `columns` holds a list of plain Python values a field (`Fields` from a cell; inside it Arrow arrays, or lists);
    `wkb` the shapes, None where a row has none (inside a cell an Arrow array, or a list)."""

    first_row: int
    columns: Mapping[str, Any]
    wkb: Any
    broken: dict[int, tuple[str, str, str]] = field(default_factory=dict)
    """What the reader itself refuses, by offset: (field, reason, value)."""
    came: Any = None
    """The shapes as the Arrow array that they came as, if they did."""
    rows: list[int] | None = None
    """The number of each row where empty ones between them were passed over."""

    def __len__(self) -> int:
        return len(self.wkb)

    def row(self, offset: int) -> int:
        """The number of a row as its file counts."""
        return self.first_row + offset if self.rows is None else self.rows[offset]

    def raw(self, name: str) -> Any:
        """A field as an Arrow array where it came as one, else as a list."""
        return self.columns.arrays[name] if isinstance(self.columns, Fields) else self.columns[name]


@dataclass(frozen=True, slots=True)
class Source:
    """An opened file. `crs` is what the file itself says (authority code or WKT), None when it says nothing."""

    layer: str
    crs: str | None
    fields: tuple[str, ...]
    batches: Iterator[Batch]
    rows: int | None = None
    notes: list[str] = field(default_factory=list)
    """Sentences for the user: what the reader decided or noticed by itself, also while it reads."""
    places: tuple[str, ...] = ()
    """The fields that became the shapes: east and north, or WKT (CSV only)."""
    presumed: bool = False
    """Whether `crs` is only what the names of those fields suggest."""
