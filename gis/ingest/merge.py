"""From the staging table into the model: what is new is added, what differs changed, the rest not touched."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.gis.db import models
from django.db import connection

from gis.ingest import keeping
from gis.ingest.keeping import quoted
from gis.ingest.stage import Stage

SOURCED = "t.source = %(source)s AND t.source_id = s.id"
ROW_ID = "row_id"
"""The staged column of ids given beforehand, of a table whose rows name each other."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What a merge did; `absent` rows of the source are in the table and not in the file, and stay."""

    added: int
    changed: int
    unchanged: int
    absent: int
    moment: datetime | None = None
    """When versions were recorded, of an import of fences."""


@dataclass(frozen=True, slots=True)
class Target:
    """One column of the model: what a new row `t` gets of staged row `s`, and what an existing one (None: its own)."""

    name: str
    insert: str
    update: str | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """How many rows are staged, how many of them the table has already, and how many of those differ there."""

    staged: int
    met: int
    different: int

    @property
    def nothing(self) -> bool:
        """Whether there is nothing to write."""
        return self.met == self.staged and not self.different


def compare(stage: Stage) -> Comparison:
    """See what a merge would have to do."""
    return Comparison(number(stage, "SELECT count(*) FROM stage"), *compared(stage, targets(stage)))


def merge(stage: Stage, seen: Comparison) -> Counts:
    """Merge by (source, source_id). A column that the file does not fill keeps its value in rows that exist.

    Where nothing is new or different nothing is written, not even a statement: tiles and caches stay.
    """
    found = targets(stage)
    changed = update(stage, found) if seen.different else 0
    added = insert(stage, found, unknown(stage, found) if seen.met else "") if seen.staged > seen.met else 0
    return Counts(added, changed, seen.staged - added - changed, absent(stage))


def number(stage: Stage, statement: str) -> int:
    """The number that a statement answers with."""
    stage.cursor.execute(statement, {"source": stage.source, "run": stage.run})
    return int(stage.cursor.fetchone()[0])


def compared(stage: Stage, found: list[Target]) -> tuple[int, int]:
    """How many staged rows the table has already, and how many of them differ there."""
    table = quoted(stage.subject.model._meta.db_table)
    if new(stage):
        return 0, 0
    stage.cursor.execute(
        f"SELECT count(*), count(*) FILTER (WHERE {differs(found)}) {both(table, same(stage, found))}",
        {"source": stage.source},
    )
    met, different = stage.cursor.fetchone()
    return int(met), int(different)


def new(stage: Stage) -> bool:
    """Whether the table has no row of the source."""
    table = quoted(stage.subject.model._meta.db_table)
    own = "" if stage.subject.key else " WHERE source = %(source)s"
    return not number(stage, f"SELECT count(*) FROM (SELECT FROM {table}{own} LIMIT 1) o")


def same(stage: Stage, found: list[Target]) -> str:
    """By what a staged row `s` knows the row `t` that it is about."""
    given = {target.name: target.insert for target in found}
    return " AND ".join(f"t.{quoted(name)} = {given[name]}" for name in stage.subject.key) or SOURCED


def both(table: str, on: str = SOURCED) -> str:
    """Staged rows beside those they are about."""
    return f"FROM stage s JOIN {table} t ON {on}"


def differs(found: list[Target]) -> str:
    """Whether a staged row would change the one it is about."""
    updates = [(quoted(target.name), target.update) for target in found if target.update]
    before, after = ", ".join(f"t.{name}" for name, _ in updates), ", ".join(update for _, update in updates)
    return f"ROW({before}) IS DISTINCT FROM ROW({after})"


def update(stage: Stage, found: list[Target]) -> int:
    """Change the rows that differ, and keep what they were."""
    model = stage.subject.model
    table = quoted(model._meta.db_table)
    stage.cursor.execute("DROP TABLE IF EXISTS pg_temp.different")
    stage.cursor.execute(
        f"CREATE TEMP TABLE different ON COMMIT DROP AS SELECT t.id, s.row, s.part {both(table, same(stage, found))}"
        f" WHERE {differs(found)} FOR UPDATE OF t",
        {"source": stage.source},
    )
    assigned = {target.name: target.update for target in found if target.update}
    assigned |= {} if stage.subject.key else {"updated_at": "now()"}
    assign = ", ".join(f"{quoted(name)} = {value}" for name, value in assigned.items())
    statement = (
        f"UPDATE {table} AS t SET {assign} FROM different d"
        " JOIN stage s ON s.row = d.row AND s.part = d.part WHERE t.id = d.id"
    )
    rows = "SELECT id FROM different"
    return number(stage, keeping.changed(model, statement, list(assigned), rows))


def unknown(stage: Stage, found: list[Target]) -> str:
    """Which staged rows the table does not have."""
    table = quoted(stage.subject.model._meta.db_table)
    return f" WHERE NOT EXISTS (SELECT FROM {table} t WHERE {same(stage, found)})"


def insert(stage: Stage, found: list[Target], which: str) -> int:
    """Add staged rows (all, or those of a WHERE), and keep which they are."""
    model = stage.subject.model
    table = quoted(model._meta.db_table)
    given = {} if stage.subject.key else {"source": "%(source)s", "source_id": "s.id", "updated_at": "now()"}
    given |= {target.name: target.insert for target in found}
    names = ", ".join(map(quoted, given))
    statement = f"INSERT INTO {table} AS t ({names}) SELECT {', '.join(given.values())} FROM stage s{which}"
    return number(stage, keeping.added(model, statement))


def absent(stage: Stage) -> int:
    """How many rows of this source the file no longer names; after the merge every staged row is in the table."""
    if stage.subject.key:
        return 0  # the table does not say which source a row came from
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
    made = [Target("id", f"s.{ROW_ID}", None)] if ROW_ID in subject.derived else []
    for found in subject.model._meta.concrete_fields:
        name = str(found.column)
        if found.generated or found.primary_key or name in ("source", "source_id", "updated_at"):
            continue
        here = f"s.{quoted(name)}"
        if name == "geom":
            made.append(Target(name, here, here))
        elif found.is_relation:
            named = found.name in stage.columns
            if named or name in subject.derived or found.name in refs:
                kept = here if named else f"coalesce({here}, t.{quoted(name)})"
                made.append(Target(name, here, kept))
        elif found.name in stage.columns or name in {*subject.derived, *dict(subject.latin)}:
            value = filled(found, here)
            made.append(Target(name, value, None if found.name in stage.assumed else value))
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
