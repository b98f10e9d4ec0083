"""Statements that are prepared answer what their querysets would, and really are prepared in the session."""

from typing import Any

import psycopg
import pytest
from django.contrib.gis.db.models import PointField
from django.contrib.gis.geos import Point
from django.db import connection, transaction
from django.db.models import CharField
from django.db.utils import DataError, OperationalError

from gis.covering import holding
from gis.message import rows
from gis.models import Address, FenceVersion
from gis.models.located import STORED
from gis.prepared import NOTHING, Given, ask, fetch, prepared
from gis.queries import around
from tests.factories import SOUTH, STEP, WEST, dot, make, square

pytestmark = pytest.mark.django_db
HERE = Given(lambda point: point, PointField(srid=STORED))
SPOT = Point(WEST, SOUTH, srid=STORED)
FAR = Point(WEST + 1, SOUTH, srid=STORED)


def prepared_here() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements")
        return int(cursor.fetchone()[0])


@pytest.fixture(params=["in a transaction", "in one message"])
def both(request: pytest.FixtureRequest) -> None:
    """A transaction keeps to psycopg; without one all goes in one message."""
    request.getfixturevalue("transactional_db" if request.param == "in one message" else "db")


def test_each_asking_brings_its_own_place(both: None) -> None:
    for step in range(3):
        make(Address, number=str(step), geom=dot(WEST + step * STEP))
    near = prepared(around(Address.objects.all(), HERE, 50).values("number", "geom", "updated_at", "metres"))
    told = around(Address.objects.all(), SPOT, 50).values("number", "geom", "updated_at", "metres")
    assert ask((near, SPOT), (near, FAR)) == [list(told), []]
    assert len(told) == 3


def test_columns_are_turned_as_the_orm_turns_them(both: None) -> None:
    make(FenceVersion, geom=square(WEST - STEP, SOUTH - STEP), hours={"always": True})
    rows = FenceVersion.objects.all()
    columns = ("name", "hours", "valid", "geom", "fence__surveyed_at")
    assert ask((prepared(holding(rows, HERE).values(*columns)), SPOT)) == [list(holding(rows, SPOT).values(*columns))]


def test_what_has_no_answer_is_not_asked(django_assert_num_queries: Any) -> None:
    assert prepared(Address.objects.none().values("pk")) is NOTHING
    some = prepared(Address.objects.values("pk"))
    with django_assert_num_queries(1):
        assert ask((NOTHING, None), (some, None), (NOTHING, None)) == [[], [], []]


def test_a_statement_is_planned_once_in_a_session(both: None) -> None:
    asked = prepared(Address.objects.filter(number=Given(lambda text: text, CharField())).values("pk"))
    before = prepared_here()
    for text in ("1", "2", "3"):
        ask((asked, text))
    assert prepared_here() == before + 1
    with connection.cursor() as cursor:
        for number in range(20):
            cursor.execute("SELECT %s", [number])
    assert prepared_here() == before + 1, "only what asks for it is prepared"


def test_a_broken_one_among_several_says_so_and_the_session_lives(transactional_db: None) -> None:
    with pytest.raises(DataError):
        fetch([("SELECT 1", []), ("SELECT 1 / %s::int", [0]), ("SELECT 2", [])])
    asked = [("SELECT 1", []), ("SELECT %s::int", [7])]
    assert fetch(asked) == [[(1,)], [(7,)]]
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
    assert fetch(asked) == [[(1,)], [(7,)]], "what the session forgot is prepared again"


def test_an_answer_larger_than_a_line_holds_arrives_whole(transactional_db: None) -> None:
    long = "长" * 300_000
    asked = [("SELECT %s::text || n FROM generate_series(1, 5) n", [long])] * 4
    assert fetch(asked) == [[(f"{long}{n}",) for n in range(1, 6)]] * 4


def test_texts_and_lists_arrive_as_they_are(transactional_db: None) -> None:
    texts = ["", "张'杨\"路", "a,b", "{c}", "\\", "NULL", "%s", "$1"]
    sql = "SELECT %s::text[], %s::text, %s::int + 1, '%%'"
    told = [(texts, "\\'\"", 8, "%")]
    before = prepared_here()
    assert rows(sql, [texts, "\\'\"", 7]) == rows(sql, [texts, "\\'\"", 7]) == told
    assert prepared_here() == before + 1
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
    assert rows(sql, [texts, "\\'\"", 7]) == told, "what the session forgot is prepared again"
    with transaction.atomic():
        assert rows(sql, [texts, "\\'\"", 7]) == told


@pytest.mark.parametrize("several", [0, 1, 3])
def test_a_restarted_database_costs_no_question(transactional_db: None, several: int) -> None:
    (((pid,),),) = fetch([("SELECT pg_backend_pid()", [])])
    with psycopg.connect(**plain_parameters(), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [pid])
        while other.execute("SELECT 1 FROM pg_stat_activity WHERE pid = %s", [pid]).fetchone():
            pass
    if several:
        assert fetch([("SELECT %s::int", [n]) for n in range(several)]) == [[(n,)] for n in range(several)]
    else:
        assert rows("SELECT %s::int", ["7"]) == [(7,)]


def test_a_database_out_of_reach_is_said_to_be(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    connection.close()
    with monkeypatch.context() as away:
        away.setitem(connection.settings_dict, "HOST", "/nowhere")
        for asked in (lambda: fetch([("SELECT 1", [])]), lambda: rows("SELECT %s::int", ["7"])):
            with pytest.raises(OperationalError):
                asked()
    assert rows("SELECT %s::int", ["7"]) == [(7,)]


def plain_parameters() -> dict[str, Any]:
    given = connection.get_connection_params()
    return {name: given[name] for name in ("host", "user", "dbname", "port", "password") if given.get(name)}
