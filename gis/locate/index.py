"""Keeps the index of places: rows that triggers noted as changed are read anew, by the parser that reads questions.

A small import does it at its end, the server after news of edits, the queue of the import page when it has nothing
else to do, a question for a few rows that nobody has come to yet, ``manage.py index_places`` for all. What is gone is
forgotten with it; nothing is lost when nobody comes, only later.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.db import connection, transaction
from django.db.utils import InternalError

from gis.locate.entries import entries
from gis.locate.gazetteer import Gazetteer
from gis.locate.grounds import spread
from gis.locate.parts import Label
from gis.locate.sources import SOURCES, Source
from gis.locate.spelling import also, initials, near, pinyin
from gis.models import Area, Level
from gis.patience import UNHURRIED
from gis.prepared import fetch
from gis.today import TODAY

BATCH = 5_000
AT_ONCE, AFTER_NEWS, MEANWHILE = 1_000, 500, 20
"""Rows read anew at the end of an import, by the server after news of changes, and in the course of a question, which
waits for them: a millisecond or two for three."""
EVERY_S = 1.0
WAITING = "SELECT EXISTS (SELECT FROM spatial_placedue)"
LABELS = {
    Level.PROVINCE: Label.PROVINCE,
    Level.CITY: Label.CITY,
    Level.DISTRICT: Label.DISTRICT,
    Level.STREET: Label.TOWN,
}
LOCK = 7_114
COLUMNS = (
    "layer", "row", "kind", "term", "number", "main", "block", "unit", "floor", "room", "names", "district", "town",
    "title",
)  # fmt: skip
COPY = f"COPY spatial_place ({', '.join(chr(34) + name + chr(34) for name in COLUMNS)}, geom) FROM STDIN"
TAKE = """
DELETE FROM spatial_placedue
 WHERE id <= (SELECT max(id) FROM (SELECT id FROM spatial_placedue ORDER BY id LIMIT %s) AS first)
RETURNING layer, "row"
"""
"""One bound, found once: a list is looked up anew for every row by a planner who takes the table for empty."""
NAMES = """
INSERT INTO spatial_placename AS n (term, shown, pinyin, initials, pinyin_too, initials_too, near, tally)
SELECT term, shown, pinyin, initials, pinyin_too, initials_too, string_to_array(near, '|'), tally
  FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::int[])
       AS t(term, shown, pinyin, initials, pinyin_too, initials_too, near, tally)
 ORDER BY term
    ON CONFLICT (term) DO UPDATE SET tally = n.tally + excluded.tally"""
AREA = f"""
LEFT JOIN LATERAL (SELECT max(a.name) FILTER (WHERE a.level = 3) AS in_district,
                          max(a.name) FILTER (WHERE a.level = 4) AS in_town FROM spatial_area a
                    WHERE a.level IN (3, 4) AND a.valid @> {TODAY} AND a.shape && r.shape
                      AND ST_Intersects(a.shape, ST_PointOnSurface(r.shape))) i ON {{when}}"""


def catch_up(limit: int | None = None) -> int:
    """Read anew what is due, also around areas that changed, at most ``limit`` rows of it; returns how many were."""
    spread()
    return _catch_up(limit)


def _catch_up(limit: int | None = None) -> int:
    done = 0
    while limit is None or done < limit:
        read = _batch(min(BATCH, limit - done) if limit else BATCH)
        done += read
        if not read:
            break
    return done


def at_once() -> None:
    """Read anew what is due if it is little; of a large import all is left to the queue: a part of it helps nobody."""
    spread()
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM spatial_placedue OFFSET %s)", [AT_ONCE])
        [(more,)] = cursor.fetchall()
    if not more:
        _catch_up()


def due() -> int:
    """How many rows wait."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM spatial_placedue")
        return int(cursor.fetchone()[0])


def city() -> Gazetteer:
    """The names of the areas on record, with and without their endings."""
    rows = Area.objects.filter(level__in=LABELS).order_by("level").values_list("level", "name").distinct()
    return Gazetteer.of((LABELS[Level(level)], name) for level, name in rows)


@transaction.atomic
def _batch(size: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(UNHURRIED)
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return 0  # somebody is at it
        cursor.execute(TAKE, [size])
        due: dict[str, list[int]] = {}
        for layer, row in cursor.fetchall():
            due.setdefault(layer, []).append(row)
        gazetteer = city()  # after the rows were taken: they may be due because it is another now
        for layer, rows in due.items():
            _replace(cursor, SOURCES[layer], rows, gazetteer)
    return sum(map(len, due.values()))


def _replace(cursor: Any, source: Source, rows: list[int], gazetteer: Gazetteer) -> None:
    """Put the ways to ask for some rows of a layer in place of those that were."""
    cursor.execute(
        'DELETE FROM spatial_place WHERE layer = %s AND "row" = ANY(%s) RETURNING term, kind', [source.layer, rows]
    )
    tally: Counter[str] = Counter()
    for term, kind in cursor.fetchall():
        tally[term] -= kind != "cross"
    found = [entry for row in _read(cursor, source, rows) for entry in entries(source.layer, row, gazetteer)]
    with cursor.copy(COPY) as copy:
        for entry in found:
            values = [getattr(entry, name) for name in COLUMNS]
            copy.write_row([*(_cut(value) for value in values), f"SRID=4490;POINT({entry.lon} {entry.lat})"])
    tally.update(entry.term for entry in found if entry.kind != "cross")
    _name(cursor, {entry.term: entry.shown for entry in reversed(found)}, tally)


def _cut(value: Any) -> Any:
    """A register that writes a story into a column does not stop the index."""
    return value[:200] if isinstance(value, str) else value


def _read(cursor: Any, source: Source, rows: list[int]) -> Iterable[dict[str, Any]]:
    columns = ", ".join(f"r.{name}" for name in source.columns)
    cursor.execute(
        f"SELECT r.id, {columns}, ST_X({source.point}) AS lon, ST_Y({source.point}) AS lat, in_district, in_town"
        f" FROM {source.table} r {AREA.format(when=source.located)} WHERE r.id = ANY(%s)", [rows],
    )  # fmt: skip
    names = [column.name for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _name(cursor: Any, shown: dict[str, str], tally: Counter[str]) -> None:
    """Count names up and down; a new one gets its spellings, one that nothing bears any more goes."""
    terms = [term for term, change in tally.items() if change]
    told = [(shown.get(term) or term)[:200] for term in terms]
    too = [also(text) for text in told]
    columns = (
        terms, told, [pinyin(text)[:600] for text in told], [initials(text)[:200] for text in told],
        [sound and sound[:600] for sound, _ in too], [first and first[:200] for _, first in too],
        ["|".join(near(term)) for term in terms], [tally[term] for term in terms],
    )  # fmt: skip
    cursor.execute(NAMES, columns)
    cursor.execute("DELETE FROM spatial_placename WHERE term = ANY(%s) AND tally <= 0", [terms])


_looked = 0.0


def glance() -> None:
    """Once a second read anew a few rows that are due, if there are; where nothing may be written, leave it."""
    global _looked
    now = time.monotonic()
    if now < _looked + EVERY_S:
        return
    _looked = now
    try:
        if fetch([(WAITING, [])])[0][0][0]:
            _catch_up(MEANWHILE)
    except InternalError:  # a standby, which only reads
        connection.close_if_unusable_or_obsolete()
