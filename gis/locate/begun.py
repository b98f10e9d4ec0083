"""What a line that is still being typed may become: names that begin so (in characters, pinyin or initials), doors."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from gis.locate import plain
from gis.locate.meaning import door
from gis.locate.names import asked, like
from gis.locate.parse import parse
from gis.locate.store import FIELDS, Row, Store, fetch

MOST_NAMES, MOST_ROWS = 200, 20
LATIN = re.compile(r"^[A-Za-z' ]{2,60}$")
NAMES = "SELECT term, tally FROM spatial_placename WHERE term ~>=~ %s AND term ~<~ %s LIMIT %s"
READ = """
(SELECT term, tally FROM spatial_placename WHERE initials ~>=~ %s AND initials ~<~ %s LIMIT %s) UNION
(SELECT term, tally FROM spatial_placename WHERE pinyin ~>=~ %s AND pinyin ~<~ %s LIMIT %s)"""
"""As LIKE with % behind would be planned, if the beginning were known then."""
LAST = "\U0010ffff"
FIRST = """
SELECT {fields} FROM unnest(%s::text[]) AS t(term) CROSS JOIN LATERAL (
  SELECT * FROM spatial_place p WHERE p.term = t.term AND p.kind <> 'cross' AND ({seen})
   ORDER BY p.number LIMIT 2) AS p"""
DOORS = """
SELECT {fields} FROM (
  SELECT * FROM spatial_place p WHERE p.term = %s AND p.number LIKE %s AND ({seen}) ORDER BY p.main LIMIT %s) AS p"""


@dataclass(frozen=True, slots=True)
class Begun:
    """A row that what was typed may become, and how well it fits: 0 the whole name, 1 its beginning. ``door`` when it
    is the very door that was typed: nothing else is meant by that."""

    row: Row
    match: int
    door: bool = False


def begun(typed: str, store: Store) -> list[Begun]:
    """Rows for what was typed so far, commonest names first, a few of each name."""
    said = parse(typed)
    street = next((street for street in said.streets if street.name and street.number), None)
    if street:
        number, _ = door(street.number)
        rows = _doors(store, street.name, number)
        return [Begun(row, int(row.number != number), row.number == number) for row in rows]
    word = plain.name(typed)
    key = re.sub(r"[^a-z]", "", typed.lower()) if LATIN.match(typed) else ""
    terms = sorted(_names(word, key), key=lambda found: -found[1])[:MOST_ROWS]
    return [Begun(row, int(row.term != word)) for row in _first(store, [term for term, _ in terms])]


def _names(word: str, key: str) -> list[tuple[Any, ...]]:
    if not word:
        return []
    if key:
        return asked(READ, [key, key + LAST, MOST_NAMES, key, key + LAST, MOST_NAMES])
    return asked(NAMES, [word, word + LAST, MOST_NAMES])


def _first(store: Store, terms: list[str]) -> list[Row]:
    if not terms:
        return []
    return fetch(FIRST.format(fields=FIELDS, seen=store.seen), [terms])


def _doors(store: Store, name: str, number: str) -> list[Row]:
    return fetch(DOORS.format(fields=FIELDS, seen=store.seen), [name, f"{like(number)}%", MOST_ROWS])
