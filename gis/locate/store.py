"""What the search asks of the index: each question one statement by an index, of rows the asker may see only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from gis import prepared

MOST = 240


@dataclass(frozen=True, slots=True)
class Seen:
    """Which rows of the index exist for somebody: a condition on ``p`` in SQL with its parameters."""

    sql: str = "true"
    parameters: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the index."""

    layer: str
    row: int
    kind: str
    term: str
    number: str
    main: int | None
    block: str
    unit: str
    floor: str
    room: str
    names: tuple[str, ...]
    district: str
    town: str
    title: str
    lon: float
    lat: float


FIELDS = (
    'p.layer, p."row", p.kind, p.term, p.number, p.main, p.block, p.unit, p.floor, p.room, p.names, p.district, p.town,'
    " p.title, ST_X(p.geom), ST_Y(p.geom)"
)
ALONG = """
SELECT {fields} FROM unnest(%s::text[]) AS t(term) CROSS JOIN LATERAL (
  (SELECT * FROM spatial_place p
    WHERE p.term = t.term AND p.main >= %s AND p.kind = 'door' AND ({seen}) ORDER BY p.main LIMIT 6)
  UNION ALL
  (SELECT * FROM spatial_place p
    WHERE p.term = t.term AND p.main < %s AND p.kind = 'door' AND ({seen}) ORDER BY p.main DESC LIMIT 6)
) AS p"""


@dataclass(frozen=True, slots=True)
class Store:
    """The index as somebody may see it; ``rooms`` says whether rooms may be told."""

    seen: Seen = Seen()
    rooms: bool = False

    def doors(self, terms: Sequence[str], numbers: Sequence[str]) -> list[Row]:
        """Rows of these names with one of these numbers."""
        return self._rows("p.term = ANY(%s) AND p.number = ANY(%s)", [list(terms), list(numbers)])

    def named(self, terms: Sequence[str], kinds: Sequence[str]) -> list[Row]:
        """Rows of these names, of certain kinds."""
        return self._rows("p.term = ANY(%s) AND p.kind = ANY(%s)", [list(terms), list(kinds)])

    def along(self, terms: Sequence[str], main: int) -> list[Row]:
        """The doors next to a number on streets of these names, on both sides of it."""
        seen, parameters = self.seen.sql, self.seen.parameters
        return fetch(ALONG.format(fields=FIELDS, seen=seen), [list(terms), main, *parameters, main, *parameters])

    def _rows(self, where: str, parameters: list[Any]) -> list[Row]:
        statement = f"SELECT {FIELDS} FROM spatial_place p WHERE {where} AND ({self.seen.sql}) LIMIT {MOST}"
        return fetch(statement, [*parameters, *self.seen.parameters])


def fetch(statement: str, parameters: list[Any]) -> list[Row]:
    """The rows of a statement that selects ``FIELDS``."""
    return [_row(values) for values in asked(statement, parameters)]


def asked(statement: str, parameters: list[Any]) -> list[tuple[Any, ...]]:
    """The answer to a statement, prepared in the session: to plan it takes thrice as long as to run it."""
    (lines,) = prepared.fetch([(statement, parameters)])
    return lines


def _row(values: tuple[Any, ...]) -> Row:
    whole = (*values[:10], tuple(filter(None, values[10].split("|"))), *values[11:])
    return Row(*whole)


RESEMBLING = """
SELECT term, tally FROM spatial_placename WHERE near && %s::text[] AND length(term) BETWEEN %s AND %s LIMIT 400"""


def known(terms: Iterable[str]) -> set[str]:
    """Which of these names there are."""
    return {term for (term,) in asked("SELECT term FROM spatial_placename WHERE term = ANY(%s)", [list(terms)])}


def resembling(forms: Sequence[str]) -> list[tuple[Any, ...]]:
    """Names that share a form (``spelling.near``), with how often they occur."""
    length = max(map(len, forms), default=0)
    return asked(RESEMBLING, [list(forms), length - 1, length + 1])


def ending_with(end: str, length: int) -> list[tuple[Any, ...]]:
    """Names that only have more before (三甲港人民塘路 for 人民塘路), of ``length`` at most, the commonest first."""
    return asked(
        "SELECT term, tally FROM spatial_placename WHERE term LIKE %s AND length(term) <= %s"
        " ORDER BY tally DESC LIMIT 8",
        [f"%{like(end)}", length],
    )


def holding(part: str) -> list[tuple[Any, ...]]:
    """Names that hold this, the shortest first; by trigrams, so of three characters at least."""
    return asked(
        "SELECT term, tally FROM spatial_placename WHERE term LIKE %s ORDER BY length(term), tally DESC LIMIT 12",
        [f"%{like(part)}%"],
    )


def like(text: str) -> str:
    """Text as LIKE takes it literally."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
