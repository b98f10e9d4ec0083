"""The short way for a new source into a table whose rows stand alone: batches are copied right into the table.

No staging, no second writing, and COPY fills the table's pages by many rows at once. All is still one transaction. What
only the whole file can tell (ids that are missing or repeat) makes a detour: the transaction is given up and the file
taken again the long way, through checks on all that is staged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
import pyarrow as pa
import pyarrow.compute as pc
from django.contrib.gis.db import models
from django.db import connection
from psycopg import sql

from gis.ingest import keeping, merge, wire
from gis.ingest.arrays import Array
from gis.ingest.keeping import quoted
from gis.ingest.stage import Stage, send
from gis.ingest.subject import Subject

NAMES = {"varchar": "text", "integer": "int"}
"""What the wire calls a type that a model's column has."""


class Detour(Exception):
    """The file must go the long way."""


def alone(subject: Subject) -> bool:
    """Whether a row can be judged by itself: no code must be unique, no other row or table is asked or changed."""
    s = subject
    ties = (
        s.unique, s.patterns, s.refs, s.steps, s.checks, s.late_checks, s.fold, s.split, s.shape_optional, s.versions,
        s.key, s.latin,
    )  # fmt: skip
    return not any(ties) and wire.binary_can([kind(field) for field in written(subject.model)])


def written(model: type[models.Model]) -> list[models.Field[Any, Any]]:
    """The fields that an import says something of; `updated_at` has its default in the database."""
    return [f for f in model._meta.concrete_fields if not (f.generated or f.primary_key or f.column == "updated_at")]


def kind(field: models.Field[Any, Any]) -> str:
    """A field's SQL type, without its length."""
    name = str(field.db_type(connection)).partition("(")[0]
    return NAMES.get(name, name)


@dataclass(slots=True)
class Straight:
    """How many rows were copied so far; `stage` has no table here."""

    stage: Stage
    added: int = 0

    def prepared(self, columns: list[Array]) -> Callable[[], None]:
        """What will COPY a batch: row, part, id, the columns, geom."""
        _, _, ids, *values, shapes = columns
        if ids.null_count:
            raise Detour
        given = dict(zip(self.stage.columns, values, strict=True))
        given |= {"source": pa.scalar(self.stage.source), "source_id": ids, "geom": shapes}
        fields = [f for f in written(self.stage.subject.model) if f.name in given or not f.null]
        content = wire.binary([filled(f, given.get(f.name)) for f in fields], [kind(f) for f in fields], len(ids))
        self.added += len(ids)
        return lambda: self._send([str(f.column) for f in fields], content)

    def _send(self, names: list[str], content: bytes) -> None:
        try:
            send(self.stage.cursor, self.stage.subject.model._meta.db_table, names, "binary", content)
        except psycopg.errors.UniqueViolation as error:
            if not str(error.diag.constraint_name).endswith("_source"):
                raise
            raise Detour from error

    def keep(self) -> None:
        """Keep ids and marks of the rows; Detour if others have given the source rows meanwhile: they are not ours."""
        if merge.number(self.stage, keeping.present(self.stage.subject.model)) != self.added:
            raise Detour

    @contextmanager
    def shown(self) -> Iterator[None]:
        """What was added as if it were staged, for who looks at `stage`; rows are numbered by their ids."""
        names = ", ".join(f"t.{quoted(name)}" for name in ("geom", *self.stage.columns))
        table, cursor = quoted(self.stage.subject.model._meta.db_table), self.stage.cursor
        source = sql.Literal(self.stage.source).as_string(cursor)
        cursor.execute("DROP TABLE IF EXISTS pg_temp.stage")  # an enclosing transaction keeps that of another import
        cursor.execute(
            f"CREATE TEMP VIEW stage AS SELECT t.id AS row, 0 AS part, t.source_id AS id, {names} FROM {table} t"
            f" WHERE t.source || '' = {source}"  # by the index of sources all rows would be read, for a few in a box
        )
        yield
        cursor.execute("DROP VIEW pg_temp.stage")


def filled(field: models.Field[Any, Any], values: Any) -> Any:
    """A column as the table takes it, or the one value of all rows: the model's default where NULL is not taken."""
    if field.null or isinstance(values, pa.Scalar) or (values is not None and not values.null_count):
        return values
    default = field.get_default()
    if values is None:
        return pa.scalar("" if default is None else default)
    return values if default is None else pc.fill_null(values, default)
