"""Surfaces and what lies in them, held against sums done by hand.

┌────────┬───┐   the asked square is ten steps wide; «a» covers its western half, «b» its western quarter again,
│ b │  a │   │   and «out» touches nothing.
└────────┴───┘
"""

import pytest
from django.contrib.gis.geos import GEOSGeometry, MultiPolygon, Polygon

from gis.covering import counts, covered_share, holding, surface, within
from gis.errors import Invalid
from gis.models import Landuse
from tests.factories import SOUTH, STEP, WEST, dot, make, square


def box(west: float, south: float, east: float, north: float) -> MultiPolygon:
    corners = (WEST + west * STEP, SOUTH + south * STEP, WEST + east * STEP, SOUTH + north * STEP)
    return MultiPolygon(Polygon.from_bbox(corners), srid=4490)


@pytest.fixture
def fields(db: None) -> None:
    make(Landuse, name="a", kind="park", geom=box(0, 0, 5, 10))
    make(Landuse, name="b", kind="park", geom=box(0, 0, 2.5, 10))
    make(Landuse, name="out", kind="school", geom=box(20, 20, 25, 25))


ASKED = square(side=10 * STEP)


@pytest.mark.django_db
@pytest.mark.usefixtures("fields")
class TestSurfaces:
    def test_a_point_is_in_what_holds_it(self) -> None:
        assert {row.name for row in holding(Landuse.objects.all(), dot(WEST + STEP, SOUTH + STEP))} == {"a", "b"}
        assert {row.name for row in holding(Landuse.objects.all(), dot(WEST + 4 * STEP, SOUTH + STEP))} == {"a"}

    def test_within_is_what_reaches_in(self) -> None:
        assert {row.name for row in within(Landuse.objects.all(), ASKED)} == {"a", "b"}

    def test_what_two_cover_counts_once(self) -> None:
        assert covered_share(Landuse.objects.all(), ASKED) == pytest.approx(0.5, abs=1e-4)
        assert covered_share(Landuse.objects.filter(name="out"), ASKED) == 0
        assert covered_share(Landuse.objects.filter(name="a"), box(1, 1, 2, 2)) == pytest.approx(1)

    def test_counts_are_of_the_shape_asked(self) -> None:
        assert counts(Landuse.objects.all(), "kind", ASKED) == {"park": 2}
        assert counts(Landuse.objects.all(), "kind") == {"park": 2, "school": 1}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "GeoJSON"),
        ("POLYGON((", "GeoJSON"),
        ('{"type": "Polygon"}', "GeoJSON"),
        ("POINT(121 31)", "Point"),
        ("POLYGON((0 0, 1 1, 1 0, 0 1, 0 0))", "Self-intersection"),
        ("POLYGON((0 0, 1000 0, 1000 1, 0 0))", "bbox"),
        ("POLYGON((0 0, nan 0, 1 1, 0 0))", "/"),
        ("POLYGON EMPTY", "bbox"),
    ],
)
def test_a_bad_shape_is_named(text: str, reason: str) -> None:
    with pytest.raises(Invalid, match=reason):
        surface(text)


def test_a_shape_is_read_either_way() -> None:
    wkt = surface("POLYGON((121 31, 122 31, 122 32, 121 31))")
    json = surface(GEOSGeometry(wkt.wkt).json)
    assert wkt.equals(json)
    assert wkt.srid == 4490
