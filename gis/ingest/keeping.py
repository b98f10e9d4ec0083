"""What a run leaves behind so that it can be undone: marks of the rows it added, images of the rows it changed.

A mark is a 64-bit hash of what a row holds (`updated_at`, and columns that no person fills, aside): whoever looks at
the row later sees whether it still is as the run left it, however it was touched, and also after a dump and restore.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from django.contrib.gis.db import models
from django.db import connection

from gis.models import ImportRun, RunAdded, RunChanged

CHUNK = 10_000
"""Ids in one row of `spatial_runadded`, about."""


def quoted(name: str) -> str:
    """A name as SQL wants it."""
    return '"' + name.replace('"', '""') + '"'


def held(model: type[models.Model]) -> Iterator[models.Field[Any, Any]]:
    """The fields that say what a row holds: not its id, nothing generated, nothing that only machines fill."""
    for field in model._meta.concrete_fields:
        if not (field.primary_key or field.generated) and field.editable:
            yield field


def mark(model: type[models.Model]) -> str:
    """SQL of the mark of row `t`. The hash of a geometry has 32 bits and knows its box only: its bytes are hashed."""
    columns = [
        f"t.{quoted(str(field.column))}" + ("::bytea" if isinstance(field, models.GeometryField) else "")
        for field in held(model)
    ]
    return f"hash_record_extended(ROW({', '.join(columns)}), 0)"


def image(model: type[models.Model], names: list[str]) -> str:
    """SQL of the JSON of some columns of row `t`. A geometry as text is EWKB: cast to JSON it would be rounded."""
    shapes = {str(f.column) for f in model._meta.concrete_fields if isinstance(f, models.GeometryField)}
    pairs = [f"'{name}', t.{quoted(name)}" + ("::text" if name in shapes else "") for name in names]
    return f"jsonb_build_object({', '.join(pairs)})"


def added(model: type[models.Model], insert: str) -> str:
    """An INSERT (into `t`) that also keeps ids and marks, and answers with their number."""
    return (
        f"WITH merged AS ({insert} RETURNING t.id, {mark(model)} AS mark),"
        " kept AS (INSERT INTO spatial_runadded (run_id, ids, marks)"
        f" SELECT %(run)s, array_agg(id), array_agg(mark) FROM merged GROUP BY id / {CHUNK})"
        " SELECT count(*) FROM merged"
    )


def present(model: type[models.Model]) -> str:
    """Keep ids and marks of all rows of a source, and answer with their number."""
    table = quoted(model._meta.db_table)
    return (
        "WITH kept AS (INSERT INTO spatial_runadded (run_id, ids, marks)"
        f" SELECT %(run)s, array_agg(t.id), array_agg({mark(model)}) FROM {table} t WHERE t.source = %(source)s"
        f" GROUP BY t.id / {CHUNK} RETURNING cardinality(ids) AS rows)"
        " SELECT coalesce(sum(rows), 0) FROM kept"
    )


def changed(model: type[models.Model], update: str, names: list[str], rows: str) -> str:
    """An UPDATE (of `t`) that also keeps what some columns of the `rows` (SQL of ids) held; answers with their number.

    All parts of one statement see the table as it was before it.
    """
    table = quoted(model._meta.db_table)
    return (
        f"WITH old AS MATERIALIZED (SELECT t.id, {image(model, names)} AS before"
        f" FROM {table} t WHERE t.id IN ({rows})),"
        f" changed AS ({update} RETURNING t.id, {mark(model)} AS mark),"
        " kept AS (INSERT INTO spatial_runchanged (run_id, row, before, mark)"
        " SELECT %(run)s, id, before, mark FROM changed JOIN old USING (id))"
        " SELECT count(*) FROM changed"
    )


def note(run: ImportRun, model: type[models.Model], row: int, before: dict[str, Any] | None) -> None:
    """Keep one row that a run added, or what it held before (`picture`) where the run changed it."""
    table = quoted(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {mark(model)} FROM {table} t WHERE t.id = %s", [row])
        [now] = cursor.fetchone()
    if before is None:
        RunAdded.objects.create(run=run, ids=[row], marks=[now])
    else:
        RunChanged.objects.create(run=run, row=row, before=before, mark=now)


def picture(model: type[models.Model], row: int) -> dict[str, Any]:
    """What a row holds, as `RunChanged.before` has it."""
    names = [str(field.column) for field in held(model)]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {image(model, names)} FROM {quoted(model._meta.db_table)} t WHERE t.id = %s", [row])
        [found] = cursor.fetchone()
    return dict(json.loads(found) if isinstance(found, str) else found)
