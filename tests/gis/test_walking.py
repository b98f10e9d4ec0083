"""On foot along the streets: a river between two streets has one bridge, ten steps to the east.

    far ·                          one step is about ten metres
────┬───────────────┬───  north street
    │  the river    │ bridge
────┴───────────────┴───  south street      only the eastern crossing is a bridge; the western is none
  here ·      · near
"""

import math
from collections.abc import Iterator

import pytest
from django.contrib.gis.geos import LineString, Point
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gis import walking
from gis.models import Facility, Segment
from gis.queries import nearest
from tests.factories import SOUTH, STEP, WEST, make

pytestmark = pytest.mark.django_db
STREETS = (((0, 0), (10, 0)), ((10, 0), (20, 0)), ((0, 4), (10, 4)), ((10, 4), (20, 4)), ((10, 0), (10, 4)))


def at(east: float, north: float) -> Point:
    return Point(WEST + east * STEP, SOUTH + north * STEP, srid=4490)


def metres(east: float, north: float) -> float:
    """Of so many steps; a step to the east is shorter than one to the north."""
    return STEP * math.pi / 180 * 6378137 * math.hypot(east * math.cos(math.radians(SOUTH)), north)


@pytest.fixture
def streets(db: None) -> Iterator[None]:
    if not walking.prepare():
        pytest.skip("没有 pgRouting / pgRouting is not installed")
    for first, last in STREETS:
        make(Segment, geom=LineString(at(*first).coords, at(*last).coords, srid=4490))
    yield


@pytest.mark.usefixtures("streets")
class TestOnFoot:
    def test_the_way_leads_over_the_bridge(self) -> None:
        (over, along) = walking.walks(at(2, 0.5), [at(2, 4.5), at(5, -0.5)])
        assert over == pytest.approx(metres(0, 1) + 2 * metres(8, 0) + metres(0, 4), rel=0.01)
        assert along == pytest.approx(metres(0, 1) + metres(3, 0), rel=0.01)

    def test_the_nearest_on_foot_is_not_the_nearest_as_the_crow_flies(self) -> None:
        make(Facility, name="far", geom=at(2, 4.5))
        make(Facility, name="near", geom=at(8, -0.5))
        here = at(2, 0)
        straight, _ = nearest(Facility.objects.all(), here, ("pk", "name"), 1)
        on_foot, more = walking.nearest_on_foot(Facility.objects.all(), here, ("pk", "name"), 1)
        assert (straight[0]["name"], on_foot[0]["name"], more) == ("far", "near", True)
        assert on_foot[0]["walked"] == pytest.approx(metres(6, 0) + metres(0, 0.5), rel=0.01)

    def test_what_no_street_leads_to_comes_last(self) -> None:
        make(Segment, geom=LineString(at(0, 9).coords, at(5, 9).coords, srid=4490))
        assert walking.walks(at(2, 0), [at(2, 9)]) == [None]

    def test_a_lane_leads_into_a_street_between_its_crossings(self) -> None:
        make(Segment, geom=LineString(at(5, -3).coords, at(5, -0.05).coords, srid=4490))
        (found,) = walking.walks(at(5, -2), [at(8, 0)])
        assert found == pytest.approx(metres(0, 1.95) + metres(3, 0), rel=0.01)

    def test_streets_that_cross_without_an_end_there_do_not_meet(self) -> None:
        make(Segment, geom=LineString(at(4, -2).coords, at(4, -8).coords, srid=4490))
        make(Segment, geom=LineString(at(0, -5).coords, at(9, -5).coords, srid=4490))
        assert walking.walks(at(4, -7), [at(8, -5)]) == [None], "one is a bridge over the other"

    def test_who_is_cut_off_is_not_led_through_the_whole_city(self, monkeypatch: pytest.MonkeyPatch) -> None:
        asked: list[int] = []
        walks = walking.walks
        monkeypatch.setattr(walking, "walks", lambda start, goals: (asked.append(len(goals)), walks(start, goals))[1])
        make(Segment, geom=LineString(at(0, 9).coords, at(5, 9).coords, srid=4490))
        for number in range(200):
            make(Facility, name=str(number), geom=at(number % 20, -0.5))
        found, more = walking.nearest_on_foot(Facility.objects.all(), at(2, 9), ("pk",), 5)
        assert [row["walked"] for row in found] == [None] * 5
        assert more
        assert asked == [40, 160]

    def test_where_there_is_no_street_there_is_no_way(self) -> None:
        Segment.objects.all().delete()
        assert walking.walks(at(2, 0), [at(2, 9), at(3, 9)]) == [None, None]

    @settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.tuples(st.floats(0, 20), st.floats(-1, 5)), st.tuples(st.floats(0, 20), st.floats(-1, 5)))
    def test_it_is_what_one_adds_up_by_hand(self, here: tuple[float, float], there: tuple[float, float]) -> None:
        (found,) = walking.walks(at(*here), [at(*there)])
        ways = by_hand(here, there)
        assert any(found == pytest.approx(way, rel=0.01, abs=0.5) for way in ways), "midway either foot is the nearest"


def by_hand(here: tuple[float, float], there: tuple[float, float]) -> list[float]:
    """The way for each choice of feet that are (nearly) as near as the nearest."""
    return [
        metres(0, off) + metres(0, out) + apart((x, street), (u, other))
        for x, street, off in feet(*here)
        for u, other, out in feet(*there)
    ]


def feet(east: float, north: float) -> list[tuple[float, float, float]]:
    """Where one comes to a street: on the street (0, 4) or, by its height, on the bridge (-1); and how far that is."""
    ways = [(east, 0.0, abs(north)), (east, 4.0, abs(north - 4))]
    if 0 < north < 4:
        ways.append((10.0, north, abs(east - 10) * math.cos(math.radians(SOUTH))))
    least = min(off for _, _, off in ways)
    return [way for way in ways if way[2] <= least + 0.02]


def apart(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Along the streets from one foot to another: on one street straight on, else by the bridge."""
    if a[1] == b[1] and a[1] in (0, 4):
        return metres(abs(a[0] - b[0]), 0)
    return metres(abs(a[0] - 10), 0) + metres(abs(b[0] - 10), 0) + metres(0, abs(a[1] - b[1]))
