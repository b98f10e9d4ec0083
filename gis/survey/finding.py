"""A check is a value: its name, how grave it is, which rule it cites, and the SQL that finds what breaks it."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TextIO

from django.db import connection

from gis.ingest.refusals import harmless
from gis.survey import outline

Grade = Literal["error", "warning"]
Scope = Mapping[str, Any]
"""What a check is told: `source` (None: all of them) and the limits by name."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that breaks a rule: the feature (layer and id), a point on it (lon/lat, EPSG:4490), and the facts; of
    ground that is no feature, such as a gap, also the polygon (WKB)."""

    check: str
    layer: str
    id: int
    code: str
    lon: float
    lat: float
    value: str
    ground: bytes = b""

    @property
    def link(self) -> str:
        """Where the map shows it: the feature chosen, or the ground drawn."""
        shown = f"shape={outline.told(self.ground)}" if self.ground else f"sel={self.layer}:{self.id}"
        return f"/map?{shown}#18.00/{self.lat:.6f}/{self.lon:.6f}"


@dataclass(frozen=True, slots=True)
class Check:
    """A rule: `sql` answers rows of (layer, id, code, place, value); `search` does, where SQL alone cannot."""

    number: int
    id: str
    title: str
    title_en: str
    grade: Grade
    cites: str
    sql: str = ""
    search: Callable[[Scope], Iterable[Finding]] | None = None

    def find(self, scope: Scope, before: str = "") -> list[Finding]:
        """What breaks the rule, by layer and id; `before` is the WITH clause that names the tables of `sql`."""
        if self.search is not None:
            return list(self.search(scope))
        with connection.cursor() as cursor:
            cursor.execute(
                f"{before} SELECT layer, id, code, ST_X(place), ST_Y(place), value FROM ({self.sql}) found"
                " ORDER BY layer, id, value",
                dict(scope),
            )
            return [Finding(self.id, *row) for row in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class Report:
    """What a run of checks found, in the order of the checks."""

    checks: tuple[Check, ...]
    findings: tuple[Finding, ...]

    @property
    def counts(self) -> Counter[str]:
        """How many findings each check has."""
        return Counter(finding.check for finding in self.findings)

    def of(self, check: str) -> tuple[Finding, ...]:
        """The findings of one check."""
        return tuple(finding for finding in self.findings if finding.check == check)

    def kept(self, visible: Callable[[str], set[int] | None]) -> Report:
        """Only what lies on features that `visible` names by layer; None names them all."""
        seen = {layer: visible(layer) for layer in {finding.layer for finding in self.findings}}
        return Report(self.checks, tuple(one for one in self.findings if _among(seen[one.layer], one.id)))

    def rows(self) -> Iterator[list[Any]]:
        """The report as a table, its head first."""
        yield ["number", "check", "grade", "title", "title_en", "layer", "id", "code", "lon", "lat", "value", "link"]
        checks = {check.id: check for check in self.checks}
        for one in self.findings:
            check = checks[one.check]
            about = [check.number, check.id, check.grade, check.title, check.title_en]
            texts = harmless(one.code), f"{one.lon:.7f}", f"{one.lat:.7f}", harmless(one.value), one.link
            yield [*about, one.layer, one.id, *texts]

    def write(self, file: TextIO) -> None:
        """Write the report as CSV; codes that a spreadsheet would run as formulas are quoted."""
        csv.writer(file).writerows(self.rows())


def _among(seen: set[int] | None, ident: int) -> bool:
    return seen is None or ident in seen


def run(checks: tuple[Check, ...], scope: Scope, before: str = "") -> Report:
    """Every check in turn."""
    return Report(checks, tuple(finding for check in checks for finding in check.find(scope, before)))
