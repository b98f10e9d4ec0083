"""What takes too long is ended by the database, and told as something to ask less of."""

import pytest
from django.db import OperationalError, connection
from psycopg.errors import QueryCanceled

from config.errors import sentence_of, status_of
from gis.errors import Invalid
from gis.patience import TOO_LONG, patient

pytestmark = pytest.mark.django_db


def sleep(seconds: float) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(%s)", [seconds])


def test_a_long_statement_is_ended() -> None:
    with pytest.raises(Invalid, match="too long"), patient(30):
        sleep(30)
    sleep(0)


def test_several_parts_have_the_time_together() -> None:
    with pytest.raises(Invalid, match="too long"), patient(60) as further:
        for _ in range(1000):
            further()
            sleep(0.005)


def test_other_troubles_are_not_taken_for_it() -> None:
    with pytest.raises(OperationalError), patient():
        raise OperationalError


def test_the_bound_of_all_pages_is_told_in_words() -> None:
    ended = OperationalError()
    ended.__cause__ = QueryCanceled()
    assert (status_of(ended), sentence_of(ended)) == (503, TOO_LONG)
