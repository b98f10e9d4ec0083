"""Where statements touched and in which order transactions became visible: told by the database, whoever writes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
import pytest
from django.contrib.gis.geos import LineString, MultiLineString, MultiPolygon
from django.db import connection, transaction

from gis.models import Area, Building, Facility, News, Road, Room, Touched, Water
from tests.factories import SOUTH, STEP, WEST, make, square

pytestmark = pytest.mark.django_db(transaction=True)
BUILDING = "spatial_building"


@contextmanager
def other() -> Iterator[psycopg.Connection[Any]]:
    """Another connection to the database."""
    given = connection.get_connection_params()
    del given["cursor_factory"], given["context"]
    with psycopg.connect(**given) as made:
        yield made


def last_seq() -> int:
    return News.objects.exclude(seq=None).order_by("-seq").values_list("seq", flat=True).first() or 0


def told(since: int, table: str = BUILDING) -> list[News]:
    return list(News.objects.filter(seq__gt=since, table=table).order_by("seq"))


def boxes(since: int, table: str = BUILDING) -> list[tuple[float, float, float, float]]:
    rows = Touched.objects.filter(news__seq__gt=since, news__table=table)
    return sorted(rows.values_list("west", "south", "east", "north"))


def box(thing: Any) -> tuple[float, float, float, float]:
    thing.refresh_from_db()
    return thing.shape.extent


def test_a_new_row_touches_its_box():
    since = last_seq()
    building = make(Building)
    [one] = told(since)
    assert not one.whole
    assert boxes(since) == [pytest.approx(box(building))]


def test_a_move_touches_the_old_place_and_the_new_and_nothing_between():
    building = make(Building)
    before, since = box(building), last_seq()
    building.geom = square(WEST + 1000 * STEP)
    building.save()
    assert boxes(since) == [pytest.approx(before), pytest.approx(box(building))]


def test_a_change_of_words_touches_the_place_once_and_no_change_nothing():
    building = make(Building)
    since = last_seq()
    Building.objects.update(name="楼")
    assert boxes(since) == [pytest.approx(box(building))]
    since = last_seq()
    Building.objects.update(name="楼")
    Building.objects.filter(pk=-1).update(name="无")
    assert told(since) == []


def test_a_deleted_row_touches_where_it_was():
    building = make(Building)
    was, since = box(building), last_seq()
    building.delete()
    assert boxes(since) == [pytest.approx(was)]


def test_raw_sql_and_a_cascade_of_the_database_are_told():
    with connection.cursor() as cursor:
        building, room = make(Building), make(Room)
        cursor.execute("UPDATE spatial_room SET unit_id = null, building_id = %s WHERE id = %s", [building.pk, room.pk])
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE conrelid = 'spatial_room'::regclass AND contype = 'f'"
            " AND confrelid = 'spatial_building'::regclass"
        )
        [(name,)] = cursor.fetchall()
        with transaction.atomic():
            since = last_seq()
            cursor.execute(f"ALTER TABLE spatial_room DROP CONSTRAINT {name}")
            cursor.execute(
                "ALTER TABLE spatial_room ADD FOREIGN KEY (building_id) REFERENCES spatial_building ON DELETE CASCADE"
            )
            was = box(room)
            cursor.execute("DELETE FROM spatial_building WHERE id = %s", [building.pk])
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            assert boxes(since, "spatial_room") == [pytest.approx(was)]
            transaction.set_rollback(True)


def test_a_bulk_copy_is_told_in_few_boxes_that_hold_every_row():
    since = last_seq()
    copying = "COPY spatial_water (source, source_id, name, kind, geom) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(copying) as copy:
        for n in range(4000):
            place = square(WEST + n % 200 * 0.001, SOUTH + n // 200 * 0.001, STEP)
            copy.write_row(("s", str(n), "", "river", place.hexewkb.decode()))
    found = boxes(since, "spatial_water")
    assert 500 < len(found) <= 1000
    assert [one.whole for one in told(since, "spatial_water")] == [False]
    outside = """SELECT count(*) FROM spatial_water w WHERE NOT EXISTS (
        SELECT FROM spatial_touched t JOIN spatial_news n ON n.id = t.news_id
         WHERE n.seq > %s AND ST_MakeEnvelope(west, south, east, north, 3857) && ST_Centroid(w.shape))"""
    with connection.cursor() as cursor:
        cursor.execute(outside, [since])
        assert cursor.fetchone() == (0,)
    covered = sum((east - west) * (north - south) for west, south, east, north in found)
    assert covered < 0.6 * 200 * 20 * 111 * 130, "neighbours lie in a pile"


def test_a_truncate_and_endless_small_statements_touch_the_whole_table():
    make(Water)
    since = last_seq()
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE spatial_water CASCADE")
        assert [one.whole for one in told(since, "spatial_water")] == [True]
        since = last_seq()
        with transaction.atomic():
            cursor.execute(
                "SELECT spatial_note('spatial_water', false, array_fill(0::float8, ARRAY[5000]), array_fill("
                "0::float8, ARRAY[5000]), array_fill(1::float8, ARRAY[5000]), array_fill(1::float8, ARRAY[5000]))"
            )
            make(Water)
        assert [one.whole for one in told(since, "spatial_water")] == [True]


def test_a_long_diagonal_is_told_in_boxes_that_lie_along_it():
    since = last_seq()
    line = LineString((WEST, SOUTH), (WEST + 0.1, SOUTH + 0.1), srid=4490)
    road = make(Road, geom=MultiLineString(line, srid=4490))
    west, south, east, north = box(road)
    found = boxes(since, "spatial_road")
    assert 10 < len(found) < 100
    assert sum((e - w) * (n - s) for w, s, e, n in found) < 0.1 * (east - west) * (north - south)
    assert all(max(e - w, n - s) < 1000 for w, s, e, n in found)
    for step in range(101):
        point = road.shape[0].interpolate_normalized(step / 100)
        assert any(w - 1 <= point.x <= e + 1 and s - 1 <= point.y <= n + 1 for w, s, e, n in found)


def test_the_middle_of_what_is_large_is_told_though_nothing_of_it_lies_there():
    """By it rows are gathered far out."""
    since = last_seq()
    apart = MultiPolygon(square()[0], square(WEST + 0.03, SOUTH + 0.03)[0], srid=4490)
    west, south, east, north = box(make(Building, geom=apart))
    at = (west + east) / 2, (south + north) / 2
    found = boxes(since)
    assert (*at, *at) in found
    assert sum((e - w) * (n - s) for w, s, e, n in found) < 0.1 * (east - west) * (north - south)


def test_what_is_stored_is_told_of_each_layer_too():
    """Who watches one learns nothing of another's rows."""
    since = last_seq()
    with connection.cursor() as cursor:
        for layer, place in (("buildings", 0), ("areas", 1000)):
            cursor.execute(
                "INSERT INTO spatial_coarse (layer, view, zoom, cell, part, number, painted, tally, covered, shape)"
                " VALUES (%s, '', 6, 1, 0, 1, '{}', '{}', 0, ST_MakeEnvelope(%s, 0, %s, 10, 3857))",
                [layer, place, place + 10],
            )
        cursor.execute("UPDATE spatial_coarse SET shape = ST_Translate(shape, 0, 50) WHERE layer = 'areas'")
        cursor.execute("DELETE FROM spatial_coarse")
    assert boxes(since, "spatial_coarse:buildings") == [(0, 0, 10, 10)] * 2
    assert set(boxes(since, "spatial_coarse:areas")) == {(1000, 0, 1010, 10), (1000, 50, 1010, 60)}
    assert len(boxes(since, "spatial_coarse")) >= 6


def test_a_surface_that_cannot_be_cut_is_told_as_its_box_and_the_edit_goes_on():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM spatial_pieces('SRID=3857;POLYGON((0 0, 9000 9000, 9000 0, 0 9000, 0 0))'::geometry)"
        )
        assert cursor.fetchone()[0] >= 1


def test_a_rollback_tells_nothing_and_a_savepoint_keeps_the_rest():
    since = last_seq()
    with transaction.atomic():
        make(Building)
        transaction.set_rollback(True)
    assert told(since) == []
    with transaction.atomic():
        try:
            with transaction.atomic():
                make(Building)
                raise ValueError
        except ValueError:
            kept = make(Building, geom=square(WEST + 50 * STEP))
    assert boxes(since) == [pytest.approx(box(kept))], "what was told within the savepoint went with it"


def test_what_is_told_as_a_whole_leaves_no_more_boxes_unless_its_savepoint_is_taken_back():
    since = last_seq()
    with transaction.atomic(), connection.cursor() as cursor:
        before = make(Building)
        with suppress(ValueError), transaction.atomic():
            whole(cursor)
            make(Building, geom=square(WEST + 100 * STEP))
            assert boxes_now(cursor) == 1, "the whole table is told: no boxes are worked out"
            raise ValueError
        after = make(Building, geom=square(WEST + 50 * STEP))
    assert boxes(since) == [pytest.approx(box(before)), pytest.approx(box(after))]
    assert [one.whole for one in told(since)] == [False]


def whole(cursor: Any) -> None:
    """Have this transaction tell of all buildings."""
    cursor.execute("SELECT spatial_note(%s, true, null, null, null, null)", [BUILDING])


def boxes_now(cursor: Any) -> int:
    """How many boxes this transaction has told of buildings; its news has no number yet."""
    cursor.execute(
        "SELECT count(*) FROM spatial_touched t JOIN spatial_news n ON n.id = t.news_id"
        " WHERE n.seq IS NULL AND n.table_name = %s",
        [BUILDING],
    )
    return int(cursor.fetchone()[0])


def test_numbers_follow_the_order_of_commits_not_of_beginnings():
    area, building = make(Area), make(Building)
    with other() as old, other() as young:
        since = last_seq()
        old.execute("UPDATE spatial_building SET name = '旧' WHERE id = %s", [building.pk])
        young.execute("UPDATE spatial_area SET name = '新' WHERE id = %s", [area.pk])
        young.commit()
        assert [one.table for one in News.objects.filter(seq__gt=since)] == ["spatial_area"]
        middle = last_seq()
        old.commit()
    assert [one.table for one in News.objects.filter(seq__gt=middle)] == [BUILDING], "a reader of `seq > last` sees it"


def test_constraints_checked_at_once_leave_the_order_right():
    building, area = make(Building), make(Area)
    with other() as first, other() as second:
        since = last_seq()
        first.execute("SET CONSTRAINTS ALL IMMEDIATE")
        first.execute("UPDATE spatial_building SET name = '甲' WHERE id = %s", [building.pk])
        second.execute("SET lock_timeout = '300ms'")
        second.execute("UPDATE spatial_area SET name = '乙' WHERE id = %s", [area.pk])
        with pytest.raises(psycopg.errors.LockNotAvailable):
            second.commit()
        first.commit()
    assert [one.table for one in News.objects.filter(seq__gt=since)] == [BUILDING]


def test_old_news_is_folded_and_still_says_that_something_was():
    make(Facility)
    for number in range(5):
        make(Building, geom=square(WEST + number * 50 * STEP))
    since, stand = last_seq() - 5, sum(News.objects.values_list("transactions", flat=True))
    with connection.cursor() as cursor:
        cursor.execute("SELECT spatial_fold_news(2, '7 days')")
        assert cursor.fetchone()[0] >= 2
    kept = told(since)
    assert [one.whole for one in kept] == [True, False, False]
    assert sum(News.objects.values_list("transactions", flat=True)) == stand
    assert Touched.objects.filter(news__table=BUILDING).count() == 2


def test_news_that_a_restored_copy_brought_hides_none_of_ours():
    """A restored database counts its transactions anew: one may have the number of an old row of news."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text::bigint")
        News.objects.create(table=BUILDING, transaction=cursor.fetchone()[0], seq=-1)
        make(Building)
    assert News.objects.filter(table=BUILDING, seq__gt=0).exists()
