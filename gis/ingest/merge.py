"""From the staging table into the model in one statement: what is new is added, what differs changed, the rest left."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.contrib.gis.db import models
from django.db import connection

from gis.ingest.stage import Stage, quoted


@dataclass(frozen=True, slots=True)
class Counts:
    """What a merge did; `absent` rows of the source are in the table and not in the file, and stay."""

    added: int
    changed: int
    unchanged: int
    absent: int


@dataclass(frozen=True, slots=True)
class Target:
    """One column of the model: what to insert, and what an existing row gets (None: it keeps its own)."""

    name: str
    insert: str
    update: str | None


def merge(stage: Stage) -> Counts:
    """Merge by (source, source_id). A column that the file does not fill keeps its value in rows that exist."""
    table = quoted(stage.subject.model._meta.db_table)
    found = targets(stage)
    names = ", ".join(quoted(target.name) for target in found)
    values = ", ".join(target.insert for target in found)
    updates = [(quoted(target.name), target.update) for target in found if target.update]
    before = ", ".join(f"t.{name}" for name, _ in updates)
    after = ", ".join(update for _, update in updates)
    assign = ", ".join(f"{name} = {update}" for name, update in updates)
    stage.cursor.execute(
        f"WITH merged AS (INSERT INTO {table} AS t (source, source_id, updated_at, {names})"
        f" SELECT %(source)s, s.id, now(), {values} FROM stage s ORDER BY s.row, s.part"
        f" ON CONFLICT (source, source_id) DO UPDATE SET updated_at = now(), {assign}"
        f" WHERE ROW({before}) IS DISTINCT FROM ROW({after}) RETURNING xmax = 0 AS new)"
        " SELECT count(*) FILTER (WHERE new), count(*) FILTER (WHERE NOT new), (SELECT count(*) FROM stage)"
        " FROM merged",
        {"source": stage.source},
    )
    added, changed, staged = stage.cursor.fetchone()
    return Counts(added, changed, staged - added - changed, absent(stage))


def absent(stage: Stage) -> int:
    """How many rows of this source the file no longer names; after the merge every staged row is in the table."""
    table = quoted(stage.subject.model._meta.db_table)
    stage.cursor.execute(
        f"SELECT (SELECT count(*) FROM {table} WHERE source = %(source)s) - (SELECT count(*) FROM stage)",
        {"source": stage.source},
    )
    return int(stage.cursor.fetchone()[0])


def targets(stage: Stage) -> list[Target]:
    """Every column of the model that an insert must name."""
    subject = stage.subject
    refs = {ref.column for ref in subject.refs}
    made: list[Target] = []
    for found in subject.model._meta.concrete_fields:
        name = str(found.column)
        if found.generated or found.primary_key or name in ("source", "source_id", "updated_at"):
            continue
        here = f"s.{quoted(name)}"
        if name == "geom":
            made.append(Target(name, here, "excluded.geom"))
        elif found.is_relation:
            named = found.name in refs and found.name in stage.columns
            if named or name in subject.derived or found.name in refs:
                kept = f"excluded.{quoted(name)}" if named else f"coalesce(excluded.{quoted(name)}, t.{quoted(name)})"
                made.append(Target(name, here, kept))
        elif found.name in stage.columns or name in subject.derived:
            made.append(Target(name, filled(found, here), f"excluded.{quoted(name)}"))
        elif not found.null:
            made.append(Target(name, default(found), None))
    return made


def filled(found: models.Field[Any, Any], here: str) -> str:
    """A staged value as the column's own type, its default where the table takes no NULL."""
    value = f"{here}::{found.db_type(connection)}"
    if found.null or not (found.has_default() or found.empty_strings_allowed):
        return value
    return f"coalesce({value}, {default(found)})"


def default(found: models.Field[Any, Any]) -> str:
    """The model's default as an SQL literal."""
    value = found.get_default()
    if isinstance(value, list | dict):
        value = "{}" if isinstance(value, list) else json.dumps(value)
    if value is None:
        value = ""
    if isinstance(value, bool | int | float):
        return str(value).lower()
    return "'" + str(value).replace("'", "''").replace("%", "%%") + f"'::{found.db_type(connection)}"
