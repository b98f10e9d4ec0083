"""What the search asks of the index: each question one statement by an index, of rows the asker may see only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from gis import message
from gis.locate.names import Names

MOST = 240
BESIDE, BESIDE_EACH = 6, 60
"""Doors on each side of a number; where it matters which of the streets of a name is near, some of every one."""
NEAREST = f"ORDER BY p.geom <-> ST_SetSRID(ST_Point(%s, %s), 4490) LIMIT {4 * MOST}"


class Row(NamedTuple):
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
    WHERE p.term = t.term AND p.main >= %s AND p.kind = 'door' AND ({seen}) ORDER BY p.main LIMIT {most})
  UNION ALL
  (SELECT * FROM spatial_place p
    WHERE p.term = t.term AND p.main < %s AND p.kind = 'door' AND ({seen}) ORDER BY p.main DESC LIMIT {most})
) AS p"""


@dataclass(frozen=True, slots=True)
class Store:
    """The index as somebody may see it in one question: ``seen`` is a condition on ``p`` in SQL, as statements with
    parameters have it (``%%``), ``rooms`` says whether rooms may be told, ``near`` where they are (lon, lat)."""

    seen: str = "true"
    rooms: bool = False
    near: tuple[float, float] | None = None
    names: Names = field(default_factory=Names, compare=False)

    def doors(self, terms: Sequence[str], numbers: Sequence[str]) -> list[Row]:
        """Rows of these names with one of these numbers."""
        return self._rows("p.term = ANY(%s) AND p.number = ANY(%s)", [terms, numbers])

    def named(self, terms: Sequence[str], kinds: Sequence[str]) -> list[Row]:
        """Rows of these names, of certain kinds."""
        return self._rows("p.term = ANY(%s) AND p.kind = ANY(%s)", [terms, kinds])

    def along(self, terms: Sequence[str], main: int) -> list[Row]:
        """The doors next to a number on streets of these names, on both sides of it."""
        asked = ALONG.format(fields=FIELDS, seen=self.seen, most=BESIDE_EACH if self.near else BESIDE)
        return fetch(asked, [list(terms), main, main])

    def _rows(self, where: str, parameters: list[Any]) -> list[Row]:
        found = "spatial_place"
        if self.near:  # of a chain with a thousand shops those around
            found, where = f"(SELECT * FROM spatial_place p WHERE {where} {NEAREST})", "true"
            parameters = [*parameters, *map(str, self.near)]
        return fetch(f"SELECT {FIELDS} FROM {found} p WHERE {where} AND ({self.seen}) LIMIT {MOST}", parameters)


def fetch(statement: str, parameters: list[Any]) -> list[Row]:
    """The rows of a statement that selects ``FIELDS``."""
    return [row_of(values) for values in message.rows(statement, parameters)]


def row_of(values: tuple[Any, ...]) -> Row:
    """The row that the columns of ``FIELDS`` are, which come first."""
    return Row._make((*values[:10], tuple(filter(None, values[10].split("|"))), *values[11:16]))
