"""The staging table of a run: rows arrive by COPY, then checks in SQL take out what must not go on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from django.contrib.gis.db import models
from django.db import connection

from gis.ingest import wire
from gis.ingest.arrays import Array
from gis.ingest.keeping import quoted
from gis.ingest.refusals import Refusal
from gis.ingest.subject import Check, Ref, Subject

Cursor = Any
"""A psycopg cursor: Django's own hides COPY."""


def model_field(subject: Subject, name: str) -> models.Field[Any, Any] | None:
    """The model's field behind a column, None for a column that only the importer knows."""
    for model in (subject.model, subject.versions):
        for found in model._meta.concrete_fields if model else ():
            if found.name == name:
                return found
    return None


def sql_type(subject: Subject, name: str, kind: str) -> str:
    """The type a column has in the staging table."""
    found = model_field(subject, name)
    if found is None or found.is_relation:
        return {"day": "date", "real": "double precision", "whole": "bigint", "json": "jsonb", "items": "text[]"}.get(
            kind, "text"
        )
    wide = {"smallint": "bigint", "integer": "bigint"}  # a number too large is refused by us, not by COPY
    made = str(found.db_type(connection))
    if made.startswith("numeric"):
        return "double precision"
    if made.endswith("[]"):
        return "text[]"
    return wide.get(made, "text" if made.startswith("varchar") else made)


def send(cursor: Cursor, table: str, names: Iterable[str], form: str, content: bytes) -> None:
    """COPY some rows into a table."""
    listed = ", ".join(map(quoted, names))
    with cursor.copy(f"COPY {quoted(table)} ({listed}) FROM STDIN (FORMAT {form})") as copy:
        copy.write(content)


@dataclass(frozen=True, slots=True)
class Stage:
    """The temporary table `stage`: row, part, id, the columns of the file, a text and an id a reference, geom."""

    cursor: Cursor
    subject: Subject
    source: str
    columns: tuple[str, ...]
    kinds: dict[str, str]
    run: int = 0
    """The number that the log entry of this run will have."""
    assumed: frozenset[str] = frozenset()
    """Columns that the file does not have, with a value for rows that are new."""
    straight: bool = False
    """Whether rows go into the model batch by batch: its table then has those of this very run."""
    types: dict[str, str] = field(default_factory=dict)
    """The SQL types of the staged columns, once the table is made."""
    clerk: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))
    waiting: list[Future[None]] = field(default_factory=list)

    def make(self) -> None:
        """Create the table for this transaction."""
        types = {name: sql_type(self.subject, name, self.kinds[name]) for name in self.columns}
        for column in self.subject.columns:  # checks and steps may name any column, mapped or not
            types.setdefault(column.name, sql_type(self.subject, column.name, column.kind))
        for ref in self.subject.refs:
            types[f"{ref.column}_id"] = "bigint"
        for name in self.subject.derived:
            types.setdefault(name, "bigint")
        self.types.update({"row": "bigint", "part": "int", "id": "text"} | types | {"geom": "geometry"})
        fields = ", ".join(f"{quoted(name)} {kind}" for name, kind in self.types.items())
        self.cursor.execute("DROP TABLE IF EXISTS pg_temp.stage")  # an enclosing transaction keeps it past our commit
        self.cursor.execute(f"CREATE TEMP TABLE stage ({fields}) ON COMMIT DROP")

    def prepared(self, columns: list[Array]) -> Callable[[], None]:
        """What will COPY a batch: row, part, id, the columns, geom."""
        names = ("row", "part", "id", *self.columns, "geom")
        types = [self.types[name] for name in names]
        quick = wire.binary_can(types)
        form, content = ("binary", wire.binary(columns, types)) if quick else ("csv", wire.text(columns))
        return lambda: send(self.cursor, "stage", names, form, content)

    def later(self, task: Callable[[], None]) -> None:
        """Let the clerk do something with the connection while the caller goes on; before it is used for anything
        else, `settle`."""
        self.settle()
        self.waiting.append(self.clerk.submit(task))

    def settle(self) -> None:
        """Wait until what was copied has arrived; what went wrong with it is raised here."""
        while self.waiting:
            self.waiting.pop().result()

    def close(self) -> None:
        """Wait and end the thread, whatever came of it."""
        self.clerk.shutdown()

    def settle_ids(self, guessed: bool) -> str:
        """Give every row a source id. Answers "kept", "none" (no ids in the file) or "repeated".

        A guessed id that repeats is followed by a hash of the row; one that says almost nothing is left out.
        Parts of a split row are numbered.
        """
        how = "kept"
        self.cursor.execute(  # by a hash table: count(DISTINCT) would sort the texts, by the rules of a language
            "SELECT sum(rows)::bigint, (sum(rows) FILTER (WHERE id IS NOT NULL))::bigint, count(id) FROM"
            " (SELECT id, count(*) AS rows FROM stage WHERE part < 2 GROUP BY id) AS o"
        )
        rows, given, distinct = (number or 0 for number in self.cursor.fetchone())
        if guessed and distinct < given:
            how = "repeated" if distinct * 2 >= given else "none"
            if how == "none":
                self.cursor.execute("UPDATE stage SET id = NULL")
        elif not given and rows:
            how = "none"
        content = "md5(ROW(" + ", ".join(f"s.{quoted(name)}" for name in (*self.columns, "geom")) + ")::text)"
        self.cursor.execute(f"UPDATE stage s SET id = left({content}, 16) WHERE id IS NULL")
        if how == "repeated":
            self.cursor.execute(
                f"UPDATE stage s SET id = s.id || '~' || left({content}, 8) FROM (SELECT id FROM stage"
                " WHERE part < 2 GROUP BY id HAVING count(*) > 1) o WHERE o.id = s.id"
            )
        self.cursor.execute("UPDATE stage SET id = id || '#' || part WHERE part > 0")
        return how

    def refuse(self, check: Check) -> list[Refusal]:
        """Take out the rows a check finds, and say which."""
        self.cursor.execute(
            f"SELECT s.row, s.id, {check.value} FROM stage s WHERE {check.where} ORDER BY s.row",
            {"source": self.source},
        )
        found = [
            Refusal(row, ident or "", check.column, "" if value is None else str(value), check.reason)
            for row, ident, value in self.cursor.fetchall()
        ]
        self._drop(found)
        return found

    def _drop(self, found: list[Refusal]) -> None:
        if found:
            rows = list({refusal.row for refusal in found})
            self.cursor.execute("DELETE FROM stage s WHERE s.row = ANY(%s)", [rows])

    def duplicates(self, explicit: bool) -> list[Refusal]:
        """Rows whose id an earlier row has: the same row twice, or an id that the mapping wrongly calls unique."""
        earlier = "EXISTS (SELECT FROM first_of f WHERE f.id = s.id AND f.row < s.row)"
        self.cursor.execute(
            "CREATE TEMP TABLE first_of ON COMMIT DROP AS SELECT id, min(row) AS row FROM stage GROUP BY id"
            " HAVING count(*) > 1"
        )
        found = self.refuse(Check("duplicate_id" if explicit else "twice", "id", earlier, "s.id"))
        self.cursor.execute("DROP TABLE first_of")
        return found

    def check_unique(self) -> Iterator[Refusal]:
        """What the table's unique constraints would stop: refused row by row instead of stopping the import."""
        table = quoted(self.subject.model._meta.db_table)
        for names in self.subject.unique:
            own = [name for name in names if name != "source"]
            if not set(own) & set(self.columns):
                continue
            filled = " AND ".join(f"s.{quoted(name)} IS NOT NULL" for name in own)
            keys = ", ".join(f"s.{quoted(name)}" for name in own)
            listed = ", ".join(quoted(name) for name in own)
            order = f"(SELECT row, row_number() OVER (PARTITION BY {listed} ORDER BY row) AS place FROM stage) o"
            again = f"{filled} AND s.row IN (SELECT row FROM {order} WHERE place > 1)"
            same = " AND ".join(f"t.{quoted(name)} = s.{quoted(name)}" for name in own)
            scope = "t.source = %(source)s AND" if "source" in names else ""
            taken = (
                f"{filled} AND EXISTS (SELECT FROM {table} t WHERE {scope} {same}"
                " AND (t.source, t.source_id) <> (%(source)s, s.id))"
            )
            yield from self.refuse(Check("duplicate", own[0], again, f"concat_ws(' ', {keys})"))
            yield from self.refuse(Check("taken", own[0], taken, f"concat_ws(' ', {keys})"))

    def resolve(self, ref: Ref) -> Iterator[Refusal]:
        """Fill `<column>_id` from what the file calls the thing: what is meant first and of this source, then any, if
        only one answers."""
        if ref.column not in self.columns:
            return
        table, here, ident = quoted(ref.model._meta.db_table), quoted(ref.column), quoted(f"{ref.column}_id")
        for key in ref.by:
            for meant, whose in product(dict.fromkeys((ref.first, "true")), ("source = %(source)s", "true")):
                known = f"FROM {table} WHERE {meant} AND {whose} GROUP BY 1 HAVING count(*) = 1"
                one = f"SELECT {quoted(key)} AS key, min(id) AS id {known}"
                self.cursor.execute(
                    f"UPDATE stage s SET {ident} = o.id FROM ({one}) o WHERE s.{ident} IS NULL AND o.key = s.{here}",
                    {"source": self.source},
                )
        lost = f"s.{here} IS NOT NULL AND s.{ident} IS NULL"
        several = " OR ".join(f"EXISTS (SELECT FROM {table} t WHERE t.{quoted(key)} = s.{here})" for key in ref.by)
        yield from self.refuse(Check("ambiguous_ref", ref.column, f"{lost} AND ({several})", f"s.{here}"))
        yield from self.refuse(Check("unknown_ref", ref.column, lost, f"s.{here}"))

    def fold(self) -> int:
        """Lay a line upon its reverse: of several that are one stretch under one name, the least id stays."""
        line = "ST_GeometryN(geom, 1)"
        ends = f"least(ST_AsBinary({line}), ST_AsBinary(ST_Reverse({line})))"
        self.cursor.execute(
            "DELETE FROM stage s USING (SELECT row, part, row_number() OVER (PARTITION BY"
            f" coalesce(name, ''), {ends} ORDER BY length(id), id) AS place FROM stage"
            " WHERE ST_NumGeometries(geom) = 1) o WHERE o.row = s.row AND o.part = s.part AND o.place > 1"
        )
        return int(self.cursor.rowcount)
