"""Questions that are asked again and again: written in SQL once, planned once in a session, several sent at a time.

The ORM takes longer to write a statement than PostgreSQL to answer it, and PostgreSQL longer to plan it. A queryset
with ``Given`` in place of what differs from one asking to the next is compiled once, and asked each time with its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar
from weakref import WeakSet

import psycopg
from django.contrib.gis.db.backends.postgis.adapter import PostGISAdapter
from django.contrib.gis.geos import GEOSGeometry
from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, OperationalError, ProgrammingError, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Expression, Field, QuerySet
from psycopg.errors import InvalidSqlStatementName

from gis import libpq

Read = Callable[[Any], Any]
Lines = list[tuple[Any, ...]]
_T = TypeVar("_T")
ON_ASKING = 1_000_000
"""Times that a statement is asked before it is prepared of itself: only what asks for it is."""


class Given(Expression):
    """A value that comes with each asking: ``read`` takes it from what is asked about."""

    def __init__(self, read: Read, output_field: Field[Any, Any]) -> None:
        super().__init__(output_field=output_field)
        self.read = read

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """Return the place of a parameter, and how to come by it."""
        return "%s", (self.read,)


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """A queryset of ``values`` in SQL; its parameters are values, or say how to come by them (``Given.read``)."""

    sql: str
    parameters: tuple[Any, ...]
    names: tuple[str, ...]
    turned: tuple[tuple[str, tuple[Any, ...], Any], ...]
    """Columns that Django turns into other values, by which functions."""

    def given(self, about: Any, known: dict[tuple[Read, int], Any]) -> list[Any]:
        """The parameters of an asking; ``known`` keeps what several statements read in the same way: the point of a
        question is a parameter of each, and to write it for PostgreSQL takes longer than to find what is there."""
        return [_value(each, about, known) if callable(each) else each for each in self.parameters]

    def rows(self, lines: Lines) -> list[dict[str, Any]]:
        """The answer as ``values`` gives it."""
        rows = [dict(zip(self.names, line, strict=True)) for line in lines]
        for row in rows:
            for name, converters, expression in self.turned:
                for convert in converters:
                    row[name] = convert(row[name], expression, connection)
        return rows


_settled: WeakSet[psycopg.Connection[Any]] = WeakSet()
NOTHING = Statement("", (), (), ())
"""What is known to have no answer without asking."""


def prepared(rows: QuerySet[Any, Any]) -> Statement:
    """Write a queryset of ``values`` in SQL."""
    compiler = rows.query.get_compiler(connection=connection)
    try:
        sql, parameters = compiler.as_sql()
    except EmptyResultSet:
        return NOTHING
    selected = rows.query.selected
    names = tuple(selected or (*rows.query.values_select, *rows.query.annotation_select))
    converters = compiler.get_converters([column for column, _, _ in compiler.select[: compiler.col_count]])
    turned = tuple((names[place], tuple(some), expression) for place, (some, expression) in converters.items())
    return Statement(sql, tuple(parameters), names, turned)


def ask(*asked: tuple[Statement, Any]) -> list[list[dict[str, Any]]]:
    """Return the rows of each statement for what it is asked about; all are sent before the first is answered."""
    known: dict[tuple[Read, int], Any] = {}
    wanted = [(one.sql, one.given(about, known)) for one, about in asked if one is not NOTHING]
    answers = iter(fetch(wanted))
    return [[] if one is NOTHING else one.rows(next(answers)) for one, _ in asked]


def fetch(statements: Sequence[tuple[str, list[Any]]]) -> list[Lines]:
    """Return the answers to some statements, prepared in the session; they may only read.

    A pooler gives each transaction another session: there, and where queries are counted, they are asked one by one. A
    transaction does not outlive a name that is gone: there psycopg keeps the names.
    """
    if not statements:
        return []
    database = connections[DEFAULT_DB_ALIAS]  # looked up once: what stands for it looks it up at each touch
    if lasts(database):
        return once_more(lambda: _at_once(database, statements))
    if database.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS") or database.force_debug_cursor:
        return [_plainly(sql, parameters) for sql, parameters in statements]
    return _together(database, statements)


def lasts(database: BaseDatabaseWrapper) -> bool:
    """Whether what the session has prepared is there when it is asked for: a transaction does not outlive a name that
    is gone, and behind a pooler the next session knows none. Where queries are counted nothing is."""
    pooled = database.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS")
    return not (database.in_atomic_block or pooled or database.force_debug_cursor)


def once_more(answer: Callable[[], _T]) -> _T:
    """An answer, asked for again where the session had forgotten the question or the database was restarted."""
    try:
        return answer()
    except (OperationalError, ProgrammingError) as wrong:
        unknown = isinstance(wrong.__cause__, InvalidSqlStatementName)  # psycopg lets all names go after a rollback
        if connection.in_atomic_block or not (unknown or lost(connections[DEFAULT_DB_ALIAS])):
            raise
        if unknown:
            libpq.forget(connection.connection)
        else:
            connection.close()  # a restarted database costs no request; to look beforehand would cost each a way there
        return answer()


@lru_cache(maxsize=1024)
def numbered(sql: str, parameters: int) -> bytes:
    """A statement with PostgreSQL's ``$n`` for ``%s``."""
    return (sql % tuple(f"${at + 1}" for at in range(parameters))).encode()


def _at_once(database: BaseDatabaseWrapper, statements: Sequence[tuple[str, list[Any]]]) -> list[Lines]:
    with database.wrap_database_errors:
        asked = [(numbered(sql, len(parameters)), parameters) for sql, parameters in statements]
        return libpq.together(session(database), asked)


def _plainly(sql: str, parameters: list[Any]) -> Lines:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())


def _together(database: BaseDatabaseWrapper, statements: Sequence[tuple[str, list[Any]]]) -> list[Lines]:
    with database.wrap_database_errors:
        held = session(database)
        cursors = [psycopg.Cursor(held) for _ in statements]
        held.prepare_threshold = ON_ASKING  # Django forbids to prepare anything, even what asks for it
        try:
            with held.pipeline() if len(statements) > 1 else nullcontext():
                for cursor, (sql, parameters) in zip(cursors, statements, strict=True):
                    cursor.execute(sql, parameters, prepare=True)
            return [cursor.fetchall() for cursor in cursors]
        finally:
            held.prepare_threshold = None


def session(database: BaseDatabaseWrapper) -> psycopg.Connection[Any]:
    """The session of Django's connection, in which PostgreSQL plans once what is prepared: it would plan anew each
    time, for fear of arrays longer than they are. What Django asks has its values in the text and is planned by them as
    ever; beside ours only triggers and foreign keys keep plans, and look up by keys."""
    database.ensure_connection()
    held: psycopg.Connection[Any] = database.connection
    if held not in _settled:
        held.execute("SET plan_cache_mode = force_generic_plan")
        _settled.add(held)
    return held


def lost(database: BaseDatabaseWrapper) -> bool:
    """Whether a connection that was there is gone; where none could be made, another try makes none."""
    return database.connection is not None and database.connection.closed


def _value(read: Read, about: Any, known: dict[tuple[Read, int], Any]) -> Any:
    key = read, id(about)
    if key not in known:
        value = read(about)
        known[key] = PostGISAdapter(value) if isinstance(value, GEOSGeometry) else value
    return known[key]
