"""A question that goes to the database as one message, and how long it may take there."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections

from gis import libpq
from gis.prepared import Lines, Read, Statement, fetch, lasts, numbered, once_more, session

TIMED = "SELECT set_config('statement_timeout', '{}', true); {}"
"""One transaction to PostgreSQL, which times the second by what the first has set."""


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
    return once_more(partial(_answer, asked, numbers, most_ms))


def rows(sql: str, given: Sequence[str | int | Sequence[str]]) -> Lines:
    """Return the rows of a statement for texts, numbers and lists of texts; it may only read."""
    return once_more(partial(_rows, sql, [one if isinstance(one, str) else _text(one) for one in given]))


def _text(value: int | Sequence[str]) -> str:
    """A number, or a list, as PostgreSQL reads it: psycopg takes longer to write one than to send it."""
    if isinstance(value, int):
        return str(value)
    quoted = (one.replace("\\", "\\\\").replace('"', '\\"') for one in value)
    return "{" + ",".join([f'"{one}"' for one in quoted]) + "}"


def _answer(asked: Question, numbers: Sequence[float], most_ms: int) -> list[bytes | None]:
    given = [_number(read(numbers)) for read in asked.parameters]
    database = connections[DEFAULT_DB_ALIAS]  # looked up once, as in ``gis.prepared``
    with database.wrap_database_errors:
        held = session(database)
        if lasts(database):
            name = libpq.name_of(held, numbered(asked.sql, len(given)))
            text = f"EXECUTE {name}({', '.join(given)})"
        else:
            text = asked.sql % tuple(given)
        row = libpq.checked(held, held.pgconn.exec_(TIMED.format(most_ms, text).encode()))
        return [row.get_value(0, column) for column in range(row.nfields)]


def _rows(sql: str, given: list[str]) -> Lines:
    database = connections[DEFAULT_DB_ALIAS]
    if not lasts(database):
        return fetch([(sql, given)])[0]
    with database.wrap_database_errors:
        return libpq.texts(session(database), numbered(sql, len(given)), [one.encode() for one in given])


def _number(value: float) -> str:
    """A number as SQL writes it, ``TypeError`` for anything else; a box beyond its projection has no end."""
    return str(value) if math.isfinite(value) else f"'{value}'::float8"
