"""Statements asked through libpq itself answer as psycopg does, are refused alike, and are kept in bounds."""

import os
import socket
from collections.abc import Callable, Iterator
from datetime import date

import psycopg
import pytest
from django.db import connection
from psycopg import RawCursor

from gis import libpq

pytestmark = pytest.mark.django_db
TYPES = b"SELECT $1::float8 * 2, $2::text || '!', $3::date + 1, $4::int[], $5::bytea, $6::bool, $7::numeric, $8::text"
GIVEN = (1.5, "闵行'\\", date(2026, 2, 28), [1, None, 3], b"\x00\xff", True, 12.25, None)


@pytest.fixture
def session() -> Iterator[psycopg.Connection]:
    """A session of its own: from Django's a rollback takes what is prepared."""
    connection.ensure_connection()
    with psycopg.connect(**{**connection.get_connection_params(), "cursor_factory": RawCursor}) as held:
        yield held


def test_every_type_is_read_as_psycopg_reads_it(session: psycopg.Connection) -> None:
    with RawCursor(session) as cursor:
        plain = cursor.execute(TYPES, GIVEN, binary=True).fetchall()
    assert libpq.rows(session, TYPES, GIVEN) == plain
    assert libpq.rows(session, TYPES, GIVEN) == plain  # by what is prepared now


def test_a_statement_may_be_asked_with_values_of_other_types(session: psycopg.Connection) -> None:
    ask = b"SELECT pg_typeof($1)::text"
    assert [libpq.rows(session, ask, [one]) for one in (1.5, True)] == [[("double precision",)], [("boolean",)]]


def test_a_session_keeps_a_bounded_number_of_statements(session: psycopg.Connection) -> None:
    first, used = (libpq.name_of(session, sql) for sql in (b"SELECT -1", b"SELECT -2"))
    for number in range(libpq.MOST):
        assert libpq.rows(session, b"SELECT %d" % number, ()) == [(number,)]
        assert libpq.name_of(session, b"SELECT -2") == used, "what is asked again and again is planned once"
    kept = {name for (name,) in libpq.rows(session, b"SELECT name FROM pg_prepared_statements", ())}
    assert first not in kept
    assert len([name for name in kept if name.startswith("question_")]) <= libpq.MOST
    assert libpq.rows(session, b"SELECT -1", ()) == [(-1,)]


def test_a_refusal_is_the_error_that_psycopg_raises(session: psycopg.Connection) -> None:
    with pytest.raises(psycopg.errors.UndefinedTable, match="nowhere"):
        libpq.rows(session, b"SELECT * FROM nowhere", ())


def ended(session: psycopg.Connection) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [session.info.backend_pid])


def cut(session: psycopg.Connection) -> None:
    """As when the machine of the database is lost: nobody says why."""
    with socket.socket(fileno=os.dup(session.fileno())) as line:
        line.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("asked", [b"SELECT 1", b"SELECT 2"], ids=["known", "new"])
@pytest.mark.parametrize("lose", [ended, cut])
def test_a_lost_connection_says_so(
    session: psycopg.Connection, lose: Callable[[psycopg.Connection], None], asked: bytes
) -> None:
    libpq.rows(session, b"SELECT 1", ())
    lose(session)
    with pytest.raises(psycopg.OperationalError):
        libpq.rows(session, asked, ())
