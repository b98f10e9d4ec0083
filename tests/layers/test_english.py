"""What a place is called in English is looked up by indexes, however many addresses a city has."""

from __future__ import annotations

from django.db import connection

from layers.english import ON_RECORD


def test_an_estate_is_looked_up_by_its_index(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {ON_RECORD}", [["丁香苑3幢"]])
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "address_estate_en" in plan
