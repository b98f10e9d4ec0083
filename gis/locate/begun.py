"""What a line that is still being typed may become: names that begin so (in characters, pinyin or initials), doors."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gis.locate import english, plain
from gis.locate.meaning import door
from gis.locate.names import like
from gis.locate.parse import parse
from gis.locate.parts import Street
from gis.locate.store import FIELDS, Row, Store, fetch

MOST_ROWS = 20
LATIN = re.compile(r"^[A-Za-z' ]{2,60}$")
BEFORE = re.compile(r"^\s*(?:no\.?|#)?\s*[0-9-]+\s*[,\s]\s*(?=[a-z])", re.IGNORECASE)
"""The number that English has before the street."""
BEGINNING = "(SELECT term, tally FROM spatial_placename WHERE {0} ~>=~ %s AND {0} ~<~ %s LIMIT 200)"
"""As LIKE with % behind would be planned, if the beginning were known then."""
NAMES = BEGINNING.format("term")
READ = f"{BEGINNING.format('initials')} UNION {BEGINNING.format('pinyin')}"
LAST = "\U0010ffff"
FIRST = f"""
SELECT {FIELDS} FROM (
  SELECT term FROM ({{names}}) AS n ORDER BY tally DESC, term LIMIT {MOST_ROWS}) AS t CROSS JOIN LATERAL (
  SELECT * FROM spatial_place p WHERE p.term = t.term AND p.kind <> 'cross' AND ({{seen}})
   ORDER BY p.number, array_position(ARRAY['roads', 'areas', 'facilities', 'buildings'], p.layer::text){{nearest}}
   LIMIT 2) AS p"""
"""Two of each name, rather the market than its hall, and that rather than its ground; of a chain those near by."""
NEAREST = ", p.geom <-> ST_SetSRID(ST_Point(%s, %s), 4490)"
DOORS = f"""
SELECT {FIELDS} FROM spatial_place p
 WHERE p.term = %s AND p.number LIKE %s AND ({{seen}}) ORDER BY p.main LIMIT {MOST_ROWS}"""


@dataclass(frozen=True, slots=True)
class Begun:
    """A row that what was typed may become, and how well it fits: 0 the whole name, 1 its beginning. ``door`` when it
    is the very door that was typed: nothing else is meant by that."""

    row: Row
    match: int
    door: bool = False


def begun(typed: str, store: Store) -> list[Begun]:
    """Rows for what was typed so far, commonest names first, a few of each name."""
    if street := _numbered(typed, store):
        number, _ = door(street.number)
        rows = fetch(DOORS.format(seen=store.seen), [street.name, f"{like(number)}%"])
        return [Begun(row, int(row.number != number), row.number == number) for row in rows]
    return _names(typed, store) or ((without := BEFORE.sub("", typed)) != typed and _names(without, store)) or []


def _numbered(typed: str, store: Store) -> Street | None:
    """The street of which a number is typed, in Chinese or English."""
    line = english.read(typed)
    several = english.meanings(line, store) if line and line.number else [parse(typed)]
    return next((street for said in several for street in said.streets if street.name and street.number), None)


def _names(typed: str, store: Store) -> list[Begun]:
    if not (word := plain.name(typed)):
        return []
    if LATIN.match(typed) and (key := re.sub(r"[^a-z]", "", typed.lower())):
        names, ends = READ, [key, key + LAST] * 2
    else:
        names, ends = NAMES, [word, word + LAST]
    first = FIRST.format(names=names, seen=store.seen, nearest=NEAREST if store.near else "")
    return [Begun(row, int(row.term != word)) for row in fetch(first, [*ends, *map(str, store.near or ())])]
