"""Who leaves has his statement ended, and nobody else's: real sessions, real statements."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread

import psycopg
from django.db import OperationalError, connection

from gis.errand import Errand, Left, stay, through

PATIENCE_S = 30.0


def while_under_way(errand: Errand, work: Callable[[], object], then: Callable[[], object]) -> BaseException | None:
    """What a thread fails with that does some work on an errand while ``then`` happens beside it."""
    failed: list[BaseException] = []

    def do() -> None:
        try:
            with errand.under_way():
                work()
        except BaseException as failure:
            failed.append(failure)
        finally:
            connection.close()

    thread = Thread(target=do)
    thread.start()
    while thread.is_alive():
        then()
        thread.join(0.05)
    return failed[0] if failed else None


def sleeps() -> None:
    """A question that takes long."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(%s)", [PATIENCE_S])


def test_the_statement_of_who_left_is_ended(transactional_db: None) -> None:
    errand = Errand()
    failure = while_under_way(errand, sleeps, errand.leave)
    assert isinstance(failure, OperationalError)
    assert isinstance(failure.__cause__, psycopg.errors.QueryCanceled)


def test_one_on_a_connection_of_the_tiles_is_ended_too(transactional_db: None) -> None:
    errand = Errand()

    def sleeps_apart() -> None:
        with psycopg.connect(**connection.get_connection_params()) as apart, through(apart):
            apart.execute("SELECT pg_sleep(%s)", [PATIENCE_S])

    assert isinstance(while_under_way(errand, sleeps_apart, errand.leave), psycopg.errors.QueryCanceled)


def test_what_is_computed_ends_where_it_next_asks(transactional_db: None) -> None:
    errand, patience = Errand(), Event()

    def computes() -> None:
        while not patience.wait(0.01):
            stay()

    assert isinstance(while_under_way(errand, computes, errand.leave), Left)


def test_the_next_errand_of_a_thread_is_another_one(transactional_db: None) -> None:
    """However late somebody leaves, the statement that runs now is not his."""
    first, second = Errand(), Errand()

    def asks() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.3)")
        stay()

    def both() -> None:
        with first.under_way():
            pass
        asks()

    assert while_under_way(second, both, first.leave) is None


def test_without_an_errand_nobody_can_leave() -> None:
    stay()
    with through(None):  # type: ignore[arg-type]  # it is not looked at
        pass
