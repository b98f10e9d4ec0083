"""Nearest, around and which side: held against what a plain computation over all rows says."""

import math

import pytest
from django.contrib.gis.geos import LineString, Point
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from gis import queries
from gis.models import Facility
from gis.queries import NORTH, Apart, Box, around, constant, foot, inside, listed, mercator, nearest, on_map, stretch
from tests.factories import SOUTH, STEP, WEST

HERE = Point(WEST, SOUTH, srid=4490)


def scatter(count: int) -> list[Facility]:
    """Facilities on a spiral around HERE, so that no two are equally far."""
    return Facility.objects.bulk_create(
        Facility(kind="toilet", name=str(n), source_id=str(n), geom=Point(
            WEST + STEP * n * math.cos(n), SOUTH + STEP * n * math.sin(n), srid=4490))
        for n in range(1, count + 1)
    )  # fmt: skip


def true_order() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name FROM spatial_facility ORDER BY ST_Distance(geom::geography, %s::geography)",
            [f"SRID=4490;POINT({WEST} {SOUTH})"],
        )
        return [name for (name,) in cursor.fetchall()]


@pytest.mark.django_db
class TestNearest:
    def test_it_is_in_the_order_of_true_distance(self) -> None:
        scatter(150)
        found, more = nearest(Facility.objects.all(), HERE, ("pk", "name"), 40)
        assert [row["name"] for row in found] == true_order()[:40]
        assert more
        assert found[0]["metres"] == pytest.approx(10.0, rel=0.2)

    def test_what_is_decided_in_python_is_looked_for_farther_out(self) -> None:
        scatter(300)
        found, more = nearest(Facility.objects.all(), HERE, ("pk", "name"), 3, lambda row: int(row["name"]) % 97 == 0)
        assert [row["name"] for row in found] == ["97", "194", "291"]
        assert not more

    def test_who_filters_away_more_than_are_looked_at_is_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        scatter(150)
        rows, far = Facility.objects.order_by("pk"), lambda row: int(row["name"]) > 140
        for look in (lambda: nearest(rows, HERE, ("pk", "name"), 3, far), lambda: listed(rows, ("pk", "name"), 3, far)):
            found, more = look()
            assert ([int(row["name"]) > 140 for row in found], more) == ([True] * 3, True)
            with monkeypatch.context() as patch:
                patch.setattr(queries, "MOST", 100)
                assert look() == ([], True)

    def test_around_is_a_circle_of_true_metres(self) -> None:
        scatter(60)
        near = {row.name for row in around(Facility.objects.all(), HERE, 200)}
        every, _ = nearest(Facility.objects.all(), HERE, ("pk", "name"), 60)
        assert near == {row["name"] for row in every if row["metres"] <= 200}
        assert 5 < len(near) < 60

    def test_a_box_holds_what_is_inside(self) -> None:
        scatter(60)
        box = Box(WEST, SOUTH, WEST + 20 * STEP, SOUTH + 20 * STEP)
        names = {row.name for row in inside(Facility.objects.all(), box)}
        assert names == {
            row.name for row in Facility.objects.all()
            if box.west <= row.geom.x <= box.east and box.south <= row.geom.y <= box.north
        }  # fmt: skip

    def test_the_index_answers(self) -> None:
        scatter(3000)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE spatial_facility")
        ordered = Facility.objects.annotate(apart=Apart("shape", constant(on_map(HERE)))).order_by("apart")[:10]
        assert "facility_shape" in ordered.explain()
        box = inside(Facility.objects.all(), Box(WEST, SOUTH, WEST + STEP, SOUTH + STEP))
        assert "facility_shape" in box.explain()


STREET = LineString((WEST, SOUTH), (WEST + 10 * STEP, SOUTH), (WEST + 10 * STEP, SOUTH + 10 * STEP), srid=4490)


@pytest.mark.parametrize(
    ("dx", "dy", "side", "way"),
    [(5, 1, "left", "北"), (5, -1, "right", "南"), (11, 5, "right", "东"), (9, 5, "left", "西"), (5, 0, "", "北")],
)
def test_the_side_of_a_street_and_where_that_is(dx: float, dy: float, side: str, way: str) -> None:
    where = foot(STREET, Point(WEST + dx * STEP, SOUTH + dy * STEP, srid=4490), 200)
    assert (where.side, NORTH[where.way]) == (side, way)


@given(st.floats(-180, 180), st.floats(-90, 90))
def test_every_place_has_a_place_on_the_map(lon: float, lat: float) -> None:
    x, y = mercator(lon, lat)
    assert math.isfinite(x)
    assert math.isfinite(y)
    assert stretch(lat) >= 1
