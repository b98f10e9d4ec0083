"""A question that goes to the database as one message, and how long it may take there."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, OperationalError, ProgrammingError, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.errors import InvalidSqlStatementName

from gis import libpq
from gis.prepared import Lines, Read, Statement, fetch, lost, session

TIMED = "SELECT set_config('statement_timeout', '{}', true); {}"
"""One transaction to PostgreSQL, which times the second by what the first has set."""
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """A statement of one row, and how to come by each of its parameters: numbers, all of them."""

    sql: str
    parameters: tuple[Read, ...]


def question(statement: Statement, *more: Read) -> Question:
    """Return a statement as a question: what is ``Given`` to it must be numbers, as ``more`` after them are.

    All else is written out, for PostgreSQL to know its type by.
    """
    known = ["%s" if callable(one) else literal("%s", [one]).replace("%", "%%") for one in statement.parameters]
    sql = statement.sql.replace("%%", "%%%%") % (*known, *["%s"] * len(more))
    return Question(sql, (*filter(callable, statement.parameters), *more))


def literal(sql: str, given: Sequence[Any]) -> str:
    """Return SQL with its parameters written out."""
    with connection.cursor() as cursor:
        text = cursor.mogrify(sql, given)
    return text if isinstance(text, str) else text.decode()


def ask(asked: Question, numbers: Sequence[float], most_ms: int) -> list[bytes | None]:
    """Return the row as PostgreSQL writes its values; it may only read."""
    return _once_more(partial(_answer, asked, numbers, most_ms))


def rows(sql: str, given: Sequence[str | int | Sequence[str]]) -> Lines:
    """Return the rows of a statement for texts, numbers and lists of texts; it may only read."""
    return _once_more(partial(_rows, sql, [one if isinstance(one, str) else _text(one) for one in given]))


def _text(value: int | Sequence[str]) -> str:
    """A number, or a list, as PostgreSQL reads it: psycopg takes longer to write one than to send it."""
    if isinstance(value, int):
        return str(value)
    quoted = (one.replace("\\", "\\\\").replace('"', '\\"') for one in value)
    return "{" + ",".join([f'"{one}"' for one in quoted]) + "}"


def _once_more(answer: Callable[[], _T]) -> _T:
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
            connection.close()  # as in ``gis.prepared``
        return answer()


def _answer(asked: Question, numbers: Sequence[float], most_ms: int) -> list[bytes | None]:
    given = [_number(read(numbers)) for read in asked.parameters]
    database = connections[DEFAULT_DB_ALIAS]  # looked up once, as in ``gis.prepared``
    with database.wrap_database_errors:
        held = session(database)
        if _lasts(database):
            name = libpq.name_of(held, _numbered(asked.sql, len(given)))
            text = f"EXECUTE {name}({', '.join(given)})"
        else:
            text = asked.sql % tuple(given)
        row = libpq.checked(held, held.pgconn.exec_(TIMED.format(most_ms, text).encode()))
        return [row.get_value(0, column) for column in range(row.nfields)]


def _rows(sql: str, given: list[str]) -> Lines:
    database = connections[DEFAULT_DB_ALIAS]
    if not _lasts(database):
        return fetch([(sql, given)])[0]
    with database.wrap_database_errors:
        return libpq.texts(session(database), _numbered(sql, len(given)), [one.encode() for one in given])


@lru_cache(maxsize=512)
def _numbered(sql: str, parameters: int) -> bytes:
    """A statement with PostgreSQL's ``$n`` for ``%s``."""
    return (sql % tuple(f"${at + 1}" for at in range(parameters))).encode()


def _lasts(database: BaseDatabaseWrapper) -> bool:
    """Whether what the session has prepared is there when it is asked for: a transaction does not outlive a name that
    is gone, and behind a pooler the next session knows none. Where queries are counted nothing is."""
    pooled = database.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS")
    return not (database.in_atomic_block or pooled or database.force_debug_cursor)


def _number(value: float) -> str:
    """A number as SQL writes it, ``TypeError`` for anything else; a box beyond its projection has no end."""
    return str(value) if math.isfinite(value) else f"'{value}'::float8"
