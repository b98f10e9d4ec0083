"""What every reader gives: a header that says what the file is, and its rows in batches of columns."""

from __future__ import annotations

from collections.abc import Iterator
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


@dataclass(frozen=True, slots=True)
class Batch:
    """Some consecutive rows. `first_row` is the number of the first as its file counts (a CSV's header is row 1);
    `columns` holds a list of plain Python values a field; `wkb` the shapes, None where a row has none. Inside a cell
    both may be Arrow arrays."""

    first_row: int
    columns: dict[str, Any]
    wkb: Any
    broken: dict[int, tuple[str, str, str]] = field(default_factory=dict)
    """What the reader itself refuses, by offset: (field, reason, value)."""

    def __len__(self) -> int:
        return len(self.wkb)


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
