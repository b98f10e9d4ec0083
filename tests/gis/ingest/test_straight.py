"""The short way of a new source, and the detours from it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from conftest import Desk, line, square
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gis.ingest import load as loading
from gis.ingest.arrays import column
from gis.ingest.readers import Batch, Source
from gis.ingest.wire import binary, text
from gis.models import Building, ImportRun, RunAdded
from gis.prepared import fetch

pytestmark = pytest.mark.django_db


def houses(desk: Desk, *ids: Any, heights: dict[int, float] | None = None) -> Any:
    rows = [(square(120 + i / 100), {"id": one, "height_m": (heights or {}).get(i)}) for i, one in enumerate(ids)]
    return desk.geojson(*rows)


@pytest.fixture
def ways(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Which ways were tried: short or not."""
    tried: list[bool] = []
    attempt = loading.attempt

    def noted(order: Any, refusals: Any, tell: Any, claim: Any, short: bool) -> Any:
        tried.append(short)
        return attempt(order, refusals, tell, claim, short)

    monkeypatch.setattr(loading, "attempt", noted)
    return tried


def test_a_new_source_goes_straight_and_leaves_what_an_undo_needs(desk: Desk, ways: list[bool]) -> None:
    done = desk.load("buildings", houses(desk, "a", "b", "c", heights={1: -3.0}))
    assert (done.added, done.refused, done.ids, ways) == (2, 1, "kept", [True])
    assert desk.refused[0]["id"] == "b" and desk.refused[0]["field"] == "height_m"
    assert set(Building.objects.values_list("source_id", flat=True)) == {"a", "c"}
    kept = RunAdded.objects.get()
    assert kept.run_id == done.run == ImportRun.objects.get().pk
    assert set(kept.ids) == set(Building.objects.values_list("pk", flat=True))


@pytest.mark.parametrize("ids", [("a", "b", "a"), ("a", None, "b"), (None, None, None)])
def test_what_only_the_whole_file_tells_makes_a_detour(desk: Desk, ways: list[bool], ids: tuple[Any, ...]) -> None:
    done = desk.load("buildings", houses(desk, *ids))
    assert (done.rows, done.added, ways) == (3, 3, [True, False])
    assert Building.objects.count() == 3 and ImportRun.objects.count() == 1
    again = desk.load("buildings", houses(desk, *ids))
    assert (again.added, again.changed, again.unchanged) == (0, 0, 3)


def test_a_detour_tells_each_refusal_once(desk: Desk, ways: list[bool]) -> None:
    rows = [(square(), {"id": "a"}), (square(), {"id": "a"}), (line((120, 30), (121, 30)), {"id": "b"})]
    done = desk.load("buildings", desk.geojson(*rows))
    assert (done.added, done.refused, ways) == (1, 2, [True, False])
    assert sorted(row["row"] for row in desk.refused) == ["2", "3"]


def test_a_new_source_of_several_batches_is_added_once_each(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = loading.opened

    @contextmanager
    def small(*asked: Any, **more: Any) -> Iterator[Source]:
        with whole(*asked, **more) as source:
            yield replace(source, batches=(pair for batch in source.batches for pair in pairs(batch)))

    def pairs(batch: Batch) -> Iterator[Batch]:
        for at in range(0, len(batch), 2):
            columns = {name: values[at : at + 2] for name, values in batch.columns.items()}
            yield Batch(batch.first_row + at, columns, batch.wkb[at : at + 2])

    monkeypatch.setattr(loading, "opened", small)
    path = houses(desk, *(str(i) for i in range(11)), heights={i: -1.0 for i in range(11) if i % 3})
    done = desk.load("buildings", path)
    assert (done.rows, done.added, done.refused) == (11, 4, 7)
    assert set(Building.objects.values_list("source_id", flat=True)) == {"0", "3", "6", "9"}
    assert done.run == ImportRun.objects.get().pk


def test_rows_that_others_give_the_source_meanwhile_are_not_this_runs(desk: Desk, ways: list[bool]) -> None:
    path = houses(desk, "a", "b")

    def tell(done: Any, rows: int | None) -> None:
        if ways == [True]:
            Building.objects.create(
                source=done.source, source_id="z", geom="SRID=4490;MULTIPOLYGON(((1 1,2 1,2 2,1 1)))"
            )

    done = desk.load("buildings", path, tell=tell)
    assert (done.added, ways) == (2, [True, False])
    assert len(RunAdded.objects.get().ids) == 2


def test_columns_that_the_file_does_not_have_get_their_defaults(desk: Desk, ways: list[bool]) -> None:
    desk.load("buildings", houses(desk, "a"))
    row = Building.objects.get()
    assert (row.name, row.use, row.floors, row.height_m, row.tall, ways) == ("", "", None, None, False, [True])
    assert row.updated_at and row.geom.srid == 4490


TABLE = st.lists(
    st.tuples(
        st.none() | st.text(st.characters(codec="utf-8", exclude_characters="\0")), st.none() | st.integers(-9, 9),
        st.none() | st.floats(allow_nan=False, allow_infinity=False), st.none() | st.dates(), st.none() | st.booleans(),
    ),
    min_size=1,
)  # fmt: skip
KINDS = ("text", "whole", "real", "day", "flag")
TYPES = ("text", "bigint", "double precision", "date", "boolean")


@given(TABLE)
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_both_wires_carry_the_same_values(rows: list[tuple[Any, ...]]) -> None:
    columns = [column(kind, [row[place] for row in rows])[0] for place, kind in enumerate(KINDS)]
    expected = list(zip(*(one.to_pylist() for one in columns), strict=True))
    with loading.raw_cursor() as cursor:
        for form, content in (("binary", binary(columns, TYPES)), ("csv", text(columns))):
            cursor.execute("DROP TABLE IF EXISTS carried")
            cursor.execute("CREATE TEMP TABLE carried (a text, b bigint, c double precision, d date, e boolean)")
            with cursor.copy(f"COPY carried FROM STDIN (FORMAT {form})") as copy:
                copy.write(content)
            cursor.execute("SELECT * FROM carried")
            assert cursor.fetchall() == expected, form


def test_an_import_is_planned_for_what_it_finds_whatever_its_session_was_asked_before(desk: Desk) -> None:
    fetch([("SELECT 1", [])])
    seen = set()

    def tell(*_: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('plan_cache_mode'), current_setting('statement_timeout')")
            seen.add(cursor.fetchone())

    desk.load("buildings", desk.geojson((square(), {"id": "a"})), tell=tell)
    assert seen == {("auto", "0")}
