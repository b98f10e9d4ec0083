"""What a line that is still being typed may become: names that begin so (in characters, pinyin or initials), doors."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from gis import message
from gis.locate import english, plain
from gis.locate.inside import taken
from gis.locate.meaning import door
from gis.locate.names import like
from gis.locate.numerals import SIGNS
from gis.locate.parse import parse
from gis.locate.parts import Street
from gis.locate.store import FIELDS, Row, Store, row_of

MOST_ROWS = 20
LATIN = re.compile(r"^[A-Za-z' ]{2,60}$")
BEFORE = re.compile(r"^\s*(?:no\.?|#)?\s*[0-9-]+\s*[,\s]\s*(?=[a-z])", re.IGNORECASE)
"""The number that English has before the street."""
BEGINNING = "(SELECT term, tally FROM spatial_placename WHERE {0} ~>=~ %s AND {0} ~<~ %s LIMIT 200)"
"""As LIKE with % behind would be planned, if the beginning were known then."""
NAMES = BEGINNING.format("term")
SOUNDS = ("initials", "pinyin", "initials_too", "pinyin_too")
READ = " UNION ".join(map(BEGINNING.format, SOUNDS))
LAST = "\U0010ffff"
FIRST = f"""
SELECT {FIELDS}, {{told}} FROM (
  SELECT term FROM ({{names}}) AS n ORDER BY tally DESC, term LIMIT {MOST_ROWS}) AS t CROSS JOIN LATERAL (
  SELECT * FROM spatial_place p WHERE p.term = t.term AND p.kind <> 'cross' AND ({{seen}})
   ORDER BY p.number, array_position(ARRAY['roads', 'areas', 'facilities', 'buildings'], p.layer::text){{nearest}}
   LIMIT 2) AS p"""
"""Two of each name, rather the market than its hall, and that rather than its ground; of a chain those near by."""
NEAREST = ", p.geom <-> ST_SetSRID(ST_Point(%s, %s), 4490)"
DOORS = f"""
SELECT {FIELDS}, {{told}} FROM spatial_place p
 WHERE p.term = %s AND p.number LIKE %s AND ({{seen}}) ORDER BY p.main LIMIT {MOST_ROWS}"""


@dataclass(frozen=True, slots=True)
class Begun:
    """A row that what was typed may become, and how well it fits: 0 the whole name, 1 its beginning, half more a part
    of what bears the name. ``door`` when it is the very door that was typed: nothing else is meant by that. ``told``
    is what was asked of the row besides."""

    row: Row
    match: float
    door: bool = False
    told: str = ""


def begun(typed: str, store: Store, told: str = "''") -> list[Begun]:
    """Rows for what was typed so far, commonest names first, a few of each name; ``told`` is a text of each row ``p``,
    in SQL: what is asked of it besides comes by the same way."""
    if street := _numbered(typed, store):
        number, _ = door(street.number)
        rows = _fetched(_written(DOORS, store.seen, told), [street.name, f"{like(number)}%"])
        return [Begun(row, int(row.number != number), row.number == number, more) for row, more in rows]
    without = BEFORE.sub("", taken(typed).rest).strip() if typed.isascii() else typed
    return _names(typed, store, told) or (_names(without, store, told) if without != typed else [])


def _numbered(typed: str, store: Store) -> Street | None:
    """The street of which a number is typed, in Chinese or English."""
    if not any(sign.isnumeric() or sign in SIGNS for sign in typed):  # as with most; to take it apart takes long
        return None
    line = english.read(typed)
    if line and line.numbered:
        several = english.meanings(line, store)
        blocks = [Street(said.estate, said.block) for said in several if said.estate and said.block]
    else:
        several, blocks = [parse(typed)], []
    streets = (street for said in several for street in said.streets if street.name and street.number)
    return next(chain(blocks, streets), None)


def _names(typed: str, store: Store, told: str) -> list[Begun]:
    if not (word := plain.name(typed)):
        return []
    if LATIN.match(typed) and (key := re.sub(r"[^a-z]", "", typed.lower())):
        names, ends = READ, [key, key + LAST] * len(SOUNDS)
    else:
        names, ends = NAMES, [word, word + LAST]
    first = _written(FIRST, store.seen, told, names, NEAREST if store.near else "")
    rows = _fetched(first, [*ends, *map(str, store.near or ())])
    whole = {row.term for row, _ in rows if not row.number}  # an estate; then none of its blocks is meant
    return [Begun(row, (row.term != word) + _part(row, whole), told=more) for row, more in rows]


def _part(row: Row, whole: set[str]) -> float:
    return 0.5 if row.number and row.term in whole else 0.0


@lru_cache(maxsize=1024)
def _written(statement: str, seen: str, told: str, names: str = "", nearest: str = "") -> str:
    """A statement with the rights of who asks; the same text each time, of which the session knows the name."""
    return statement.format(seen=seen, told=told, names=names, nearest=nearest)


def _fetched(statement: str, given: list[str]) -> list[tuple[Row, str]]:
    return [(row_of(values), values[-1]) for values in message.rows(statement, given)]
