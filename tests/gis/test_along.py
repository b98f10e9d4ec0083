"""A street from its first metre to its last: what stands beside it, and where it meets another.

  3 ·          · 4              north
─────────────────────────►      the segment, ten steps of about ten metres to the east
  · 1   · 2            ·5  (past the end)
"""

import pytest
from django.contrib.gis.geos import GEOSGeometry, LineString, Point

from gis.along import Stretch, along, crossings
from gis.errors import Invalid
from gis.models import Facility, Segment
from gis.queries import mercator
from tests.factories import SOUTH, STEP, WEST, line, make


def at(east: float, north: float) -> Point:
    return Point(WEST + east * STEP, SOUTH + north * STEP, srid=4490)


@pytest.fixture
def street(db: None) -> Segment:
    for name, east, north in (("1", 1, -1), ("2", 4, -1), ("3", 1.5, 1), ("4", 8, 1), ("5", 11, -1), ("far", 5, 9)):
        make(Facility, name=name, geom=at(east, north))
    segment = make(Segment, geom=line())
    segment.refresh_from_db()
    return segment


def names(street: Segment, from_m: float, to_m: float, side: str = "both", limit: int = 9) -> list[str]:
    rows, _ = along(Facility.objects.all(), Stretch(street, from_m, to_m, side), 30, ("pk", "name"), limit)
    return [row["name"] for row in rows]


@pytest.mark.django_db
class TestAlong:
    def test_things_come_in_the_order_of_the_street(self, street: Segment) -> None:
        assert names(street, 0, street.length_m) == ["1", "3", "2", "4"]

    def test_each_side_has_its_own(self, street: Segment) -> None:
        assert names(street, 0, street.length_m, "left") == ["3", "4"]
        assert names(street, 0, street.length_m, "right") == ["1", "2"]

    def test_a_stretch_has_only_its_metres(self, street: Segment) -> None:
        assert names(street, 30, 60) == ["2"]

    def test_where_and_how_far(self, street: Segment) -> None:
        rows, more = along(Facility.objects.all(), Stretch(street, 0, street.length_m), 30, ("pk", "name"), 1)
        assert more
        assert rows[0]["metre"] == pytest.approx(street.length_m / 10, rel=0.01)
        assert rows[0]["metres"] == pytest.approx(11.1, rel=0.02)
        assert rows[0]["side"] == "right"

    @pytest.mark.parametrize(
        ("from_m", "to_m", "side"), [(5, 5, "both"), (-1, 5, "both"), (0, 999, "both"), (0, 5, "x")]
    )
    def test_what_is_not_on_the_street_is_refused(self, street: Segment, from_m: float, to_m: float, side: str) -> None:
        with pytest.raises(Invalid):
            Stretch(street, from_m, to_m, side)


def way(*spots: tuple[float, float]) -> GEOSGeometry:
    return LineString([mercator(WEST + x * STEP, SOUTH + y * STEP) for x, y in spots], srid=3857)


class TestCrossings:
    def test_two_streets_cross_once(self) -> None:
        (found,) = crossings(way((0, 0), (10, 0)), way((4, -5), (4, 5)))
        assert (found.x, found.y) == pytest.approx((WEST + 4 * STEP, SOUTH), abs=STEP / 100)
        assert found.srid == 4490

    def test_a_bow_crosses_twice(self) -> None:
        assert len(crossings(way((0, 0), (40, 0)), way((5, -5), (5, 5), (30, 5), (30, -5)))) == 2

    def test_streets_that_end_at_the_kerb_of_another_meet_it(self) -> None:
        (found,) = crossings(way((0, 0), (10, 0)), way((4, 1), (4, 9)))
        assert found.distance(at(4, 1)) < 3 * STEP

    def test_streets_far_apart_do_not(self) -> None:
        assert crossings(way((0, 0), (10, 0)), way((0, 9), (10, 9))) == []
