"""What an import subject is: one frozen value that names its table, its columns, its shapes and its checks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib.gis.db import models


@dataclass(frozen=True, slots=True)
class Column:
    """A column that a file may fill. `synonyms` are the names it goes by, the most telling first ("a+b": two joined);
    `kind` is a parser of gis.ingest.values, by default what the model's field asks for; `fill` stands in for a missing
    field in rows that are new; `values` translates, and so does the
    `vocabulary` of a shipped code list; `choices` limits; `positive` refuses zero and less, `least` what is less."""

    name: str
    synonyms: tuple[str, ...] = ()
    required: bool = False
    kind: str = ""
    fill: Any = None
    values: Mapping[str, Any] = field(default_factory=dict)
    vocabulary: str = ""
    choices: tuple[str, ...] = ()
    positive: bool = False
    least: float | None = None


@dataclass(frozen=True, slots=True)
class Ref:
    """A column that names a row of another table: looked up there `by` these columns in turn; those that meet `first`
    before others, and of these those of the same source."""

    column: str
    model: type[models.Model]
    by: tuple[str, ...]
    first: str = "true"


@dataclass(frozen=True, slots=True)
class Check:
    """Rows of the staging table `s` for which `where` holds are refused; `value` is the SQL of what to show."""

    reason: str
    column: str
    where: str
    value: str = "''"


@dataclass(frozen=True, slots=True)
class Subject:
    """A layer as the importer sees it.

    shapes: the geometry types the table takes; others are coerced where that loses nothing (a line to a multi-line, a
    polygon to its inner point for a table of points) and refused where it would; of a table without shapes there are
    none, and those of a file are not read. steps: SQL run on the staging table `stage` between the checks and the
    merge; `derived` are the columns they fill. latin: English columns that are filled from a street's Chinese name
    where the file leaves them (`gis.ingest.latin`), each with that of the name. split: a multi-line gives one row a
    part. fold: a line and its reverse are one row. z: the third dimension is kept. key: what a row is known by where
    its table has no source. named: the column that is the source id unless the mapping names another. english: what a
    table without shapes is called, which no layer gives a title.
    """

    id: str
    model: type[models.Model]
    shapes: frozenset[str]
    columns: tuple[Column, ...]
    refs: tuple[Ref, ...] = ()
    unique: tuple[tuple[str, ...], ...] = ()
    patterns: tuple[tuple[str, str], ...] = ()
    checks: tuple[Check, ...] = ()
    late_checks: tuple[Check, ...] = ()
    steps: tuple[str, ...] = ()
    derived: tuple[str, ...] = ()
    latin: tuple[tuple[str, str], ...] = ()
    shape_optional: bool = False
    split: bool = False
    fold: bool = False
    z: bool = False
    key: tuple[str, ...] = ()
    named: str = ""
    english: str = ""
    versions: type[models.Model] | None = None
    """The table of versions that holds most of the columns (fences)."""
