"""A question that goes to the database as one message: how long it may take, and what the session has prepared for it.

psycopg gives Python's lock away and takes it back for every piece of an answer that arrives, and reads each value by
its type; a page of features took longer to fetch than to find. libpq's own call waits once, for all of it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from django.db import OperationalError, ProgrammingError, connection
from psycopg.errors import InvalidSqlStatementName, error_from_result
from psycopg.pq import ExecStatus

from gis.prepared import Read, Statement, session

TIMED = "SELECT set_config('statement_timeout', '{}', true); {}"
"""One transaction to PostgreSQL, which times the second by what the first has set."""
MOST = 100
"""Questions that a session keeps."""
Session = psycopg.Connection[Any]


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
    try:
        return _answer(asked, numbers, most_ms)
    except (OperationalError, ProgrammingError) as wrong:
        unknown = isinstance(wrong.__cause__, InvalidSqlStatementName)  # psycopg lets all names go after a rollback
        if connection.in_atomic_block or not (unknown or connection.connection.closed):
            raise
        if unknown:
            _names.pop(connection.connection, None)
        else:
            connection.close()  # as in ``gis.prepared``
        return _answer(asked, numbers, most_ms)


def _answer(asked: Question, numbers: Sequence[float], most_ms: int) -> list[bytes | None]:
    given = [_number(read(numbers)) for read in asked.parameters]
    with session() as held:
        if connection.in_atomic_block or connection.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS"):
            # A transaction does not outlive a name that is gone, and behind a pooler the next session knows none.
            text = asked.sql % tuple(given)
        else:
            text = f"EXECUTE {_name(held, asked)}({', '.join(given)})"
        row = _done(held, held.pgconn.exec_(TIMED.format(most_ms, text).encode()))
        return [row.get_value(0, column) for column in range(row.nfields)]


def _number(value: float) -> str:
    """A number as SQL writes it, ``TypeError`` for anything else; a box beyond its projection has no end."""
    return str(value) if math.isfinite(value) else f"'{value}'::float8"


_names: WeakKeyDictionary[Session, dict[Question, str]] = WeakKeyDictionary()
_numbers = count(1)


def _name(held: Session, asked: Question) -> str:
    """What the session calls a question; the oldest is let go when there are too many."""
    known = _names.setdefault(held, {})
    if asked not in known:
        if len(known) >= MOST:
            _done(held, held.pgconn.exec_(f"DEALLOCATE {known.pop(next(iter(known)))}".encode()))
        name, places = f"question_{next(_numbers)}", [f"${at + 1}" for at in range(len(asked.parameters))]
        _done(held, held.pgconn.prepare(name.encode(), (asked.sql % tuple(places)).encode()))
        known[asked] = name
    return known[asked]


def _done(held: Session, result: Any) -> Any:
    """A result, unless it is a refusal."""
    if held.closed:
        raise psycopg.OperationalError("the connection is lost")
    if result.status not in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK):
        raise error_from_result(result)
    return result
