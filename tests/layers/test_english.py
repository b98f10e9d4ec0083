"""What a place is called in English is looked up by indexes, however many addresses a city has."""

from __future__ import annotations

from django.db import connection

from layers.english import ON_RECORD, PLACES, places


def test_an_estate_is_looked_up_by_its_index(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {ON_RECORD}", [["丁香苑3幢"]])
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "address_estate_en" in plan


def test_nothing_is_asked_of_an_empty_text() -> None:
    """Indexes of trigrams would be read whole for it: most of what a question takes in a city."""
    assert places([(PLACES, "")]) == []
    assert places([(PLACES, ""), (PLACES, "听澜路"), ("phrase", "有")]) == [(ON_RECORD, [["听澜路"]])]
