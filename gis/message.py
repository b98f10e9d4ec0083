"""A question that goes to the database as one message: how long it may take, and what the session has prepared for it.

psycopg gives Python's lock away and takes it back for every piece of an answer that arrives, and reads each value by
its type; a page of features took longer to fetch than to find. libpq's own call waits once, for all of it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import psycopg
from django.db import DEFAULT_DB_ALIAS, OperationalError, ProgrammingError, connection, connections
from psycopg.adapt import Transformer
from psycopg.errors import InvalidSqlStatementName, error_from_result
from psycopg.pq import ExecStatus

from gis.prepared import Lines, Read, Statement, fetch, session

TIMED = "SELECT set_config('statement_timeout', '{}', true); {}"
"""One transaction to PostgreSQL, which times the second by what the first has set."""
MOST = 100
"""Questions that a session keeps."""
Session = psycopg.Connection[Any]
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
        if connection.in_atomic_block or not (unknown or connection.connection.closed):
            raise
        if unknown:
            _names.pop(connection.connection, None)
        else:
            connection.close()  # as in ``gis.prepared``
        return answer()


def _answer(asked: Question, numbers: Sequence[float], most_ms: int) -> list[bytes | None]:
    given = [_number(read(numbers)) for read in asked.parameters]
    with session() as held:
        if _lasts():
            text = f"EXECUTE {_name(held, asked.sql, len(given))}({', '.join(given)})"
        else:
            text = asked.sql % tuple(given)
        row = _done(held, held.pgconn.exec_(TIMED.format(most_ms, text).encode()))
        return [row.get_value(0, column) for column in range(row.nfields)]


def _rows(sql: str, given: list[str]) -> Lines:
    if not _lasts():
        return fetch([(sql, given)])[0]
    with session() as held:
        name = _name(held, sql, len(given)).encode()
        answer = _done(held, held.pgconn.exec_prepared(name, [one.encode() for one in given]))
        reading = Transformer(held)
        reading.set_pgresult(answer)
        return reading.load_rows(0, answer.ntuples, tuple)


def _lasts() -> bool:
    """Whether what the session has prepared is there when it is asked for: a transaction does not outlive a name that
    is gone, and behind a pooler the next session knows none. Where queries are counted nothing is."""
    database = connections[DEFAULT_DB_ALIAS]  # looked up once, as in ``gis.prepared``
    pooled = database.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS")
    return not (database.in_atomic_block or pooled or database.force_debug_cursor)


def _number(value: float) -> str:
    """A number as SQL writes it, ``TypeError`` for anything else; a box beyond its projection has no end."""
    return str(value) if math.isfinite(value) else f"'{value}'::float8"


_names: WeakKeyDictionary[Session, dict[str, str]] = WeakKeyDictionary()
_numbers = count(1)


def _name(held: Session, sql: str, parameters: int) -> str:
    """What the session calls a statement; the oldest is let go when there are too many."""
    known = _names.setdefault(held, {})
    if sql not in known:
        if len(known) >= MOST:
            _done(held, held.pgconn.exec_(f"DEALLOCATE {known.pop(next(iter(known)))}".encode()))
        name, places = f"question_{next(_numbers)}", [f"${at + 1}" for at in range(parameters)]
        _done(held, held.pgconn.prepare(name.encode(), (sql % tuple(places)).encode()))
        known[sql] = name
    return known[sql]


def _done(held: Session, result: Any) -> Any:
    """A result, unless it is a refusal."""
    if held.closed:
        raise psycopg.OperationalError("the connection is lost")
    if result.status not in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK):
        raise error_from_result(result)
    return result
