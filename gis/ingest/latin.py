"""English names of the streets that a file names in Chinese alone: as the city has them on record, else by rule.

What the file says stays as it says it; and what a row is called already, by whomever, as long as its own name is the
same.
"""

from __future__ import annotations

from gis.ingest.keeping import quoted
from gis.ingest.stage import Stage
from gis.romanized import PARTS, written

KEPT = """
UPDATE stage s SET {english} = t.{english} FROM {table} t
 WHERE t.source = %(source)s AND t.source_id = s.id AND t.{name} = s.{name} AND t.{english} <> ''"""
UNNAMED = "SELECT DISTINCT {name} FROM stage WHERE {name} <> '' AND coalesce({english}, '') = ''"
ON_RECORD = """
SELECT name, min(name_en) FROM spatial_road WHERE name = ANY(%(parts)s) AND name_en <> '' GROUP BY 1"""
IN_FILE = "SELECT {name}, min({english}) FROM stage WHERE {name} = ANY(%(parts)s) AND {english} <> '' GROUP BY 1"
NAMED = """
UPDATE stage s SET {english} = o.english FROM unnest(%(names)s::text[], %(told)s::text[]) o(name, english)
 WHERE s.{name} = o.name AND coalesce(s.{english}, '') = ''"""


def name_streets(stage: Stage) -> None:
    """Fill the English columns of a subject that are filled from Chinese ones."""
    for english, name in stage.subject.latin:
        columns = {
            "english": quoted(english), "name": quoted(name), "table": quoted(stage.subject.model._meta.db_table),
        }  # fmt: skip
        if english not in stage.columns:
            stage.cursor.execute(KEPT.format(**columns), {"source": stage.source})
        stage.cursor.execute(UNNAMED.format(**columns))
        names = [text for (text,) in stage.cursor.fetchall()]
        known = on_record(stage, names, columns)
        told = {text: english for text in names if (english := written(text, known))}
        stage.cursor.execute(NAMED.format(**columns), {"names": list(told), "told": list(told.values())})


def on_record(stage: Stage, names: list[str], columns: dict[str, str]) -> dict[str, str]:
    """What roads of these names, or of names within them, are called in English: in the file, else in the table."""
    parts = {"parts": sorted({part for text in names for part in (text, *PARTS.split(text)) if part})}
    found: dict[str, str] = {}
    for statement in (ON_RECORD, IN_FILE):
        stage.cursor.execute(statement.format(**columns), parts)
        found.update(stage.cursor.fetchall())
    return found
