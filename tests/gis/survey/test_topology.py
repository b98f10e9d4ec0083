"""Coverages drawn in a test, and random ones against shapely's own answer, pair by pair and face by face."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import combinations
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
import shapely
from django.contrib.gis.geos import GEOSGeometry, MultiPolygon
from django.db import connection
from django.utils.timezone import localdate
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from gis.models import Area, Grid, GridInspector
from gis.survey import outline, topology
from gis.survey.finding import Finding
from gis.survey.limits import AreaLimits
from gis.survey.topology import check_areas, mention

pytestmark = pytest.mark.django_db
WEST, SOUTH, STEP = 121.5, 31.2, 0.001


def shape(*cells: tuple[float, float, float, float]) -> Any:
    """Boxes (west, south, east, north) in steps, as one shapely shape in degrees."""
    return shapely.union_all(
        [box(WEST + w * STEP, SOUTH + s * STEP, WEST + e * STEP, SOUTH + n * STEP) for w, s, e, n in cells]
    )


def stored(whole: Any) -> MultiPolygon:
    geom = GEOSGeometry(whole.wkt, srid=4490)
    return geom if isinstance(geom, MultiPolygon) else MultiPolygon(geom, srid=4490)


def area(name: str, *cells: tuple[float, float, float, float], level: int = 5, parent: Area | None = None) -> Area:
    return Area.objects.create(name=name, level=level, parent=parent, geom=stored(shape(*cells)))


def street() -> Area:
    return area("街道", (0, 0, 4, 2), level=4)


def halves(parent: Area | None) -> None:
    area("西", (0, 0, 2, 2), parent=parent)
    area("东", (2, 0, 4, 2), parent=parent)


def found(*checks: str) -> list[Finding]:
    return [one for one in check_areas().findings if one.check in (checks or {check.id for check in topology.SHAPES})]


def test_a_sound_coverage_has_no_finding() -> None:
    halves(street())
    assert check_areas().findings == ()
    assert mention() == ""


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12"])
def test_in_force_is_what_holds_on_the_city_s_day_in_a_session_of_any_zone(zone: str) -> None:
    """Whatever the hour, it is another day than here in one of these."""
    halves(street())
    Area.objects.update(started_on=localdate(), ended_on=localdate() + timedelta(days=1))
    area("昨日", (0, 0, 4, 2))
    Area.objects.filter(name="昨日").update(ended_on=localdate())
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('TimeZone', %s, true)", [zone])
    assert found() == []
    Area.objects.filter(name="东").delete()
    assert [one.check for one in found()] == ["gap"]


DRAWN: list[tuple[str, str, list[tuple[str, tuple[float, float, float, float]]]]] = [
    ("overlap", "东", [("西", (0, 0, 2, 2)), ("东", (1.5, 0, 4, 2))]),
    ("gap", "", [("西", (0, 0, 2, 2)), ("东", (2.5, 0, 4, 2))]),
    ("outside", "街道", [("西", (0, 0, 2, 2)), ("东", (2, 0, 4.5, 2))]),
    ("sliver", "重叠", [("西", (0, 0, 2.005, 2)), ("东", (2, 0, 4, 2))]),
    ("sliver", "缝隙", [("西", (0, 0, 1.995, 2)), ("东", (2, 0, 4, 2))]),
    ("sliver", "越界", [("西", (0, 0, 2, 2.005)), ("东", (2, 0, 4, 2))]),
]


@pytest.mark.parametrize(("check", "word", "parts"), DRAWN, ids=[f"{check}{word}" for check, word, _ in DRAWN])
def test_each_fault_alone(check: str, word: str, parts: list[tuple[str, tuple[float, float, float, float]]]) -> None:
    parent = street()
    for name, cells in parts:
        area(name, cells, parent=parent)
    (one,) = check_areas().findings
    assert one.check == check
    assert word in one.value
    assert "check_areas" in mention()
    ground, drawn = shapely.from_wkb(one.ground), region(one.link)
    assert drawn.buffer(1e-7).covers(ground)
    assert ground.buffer((8 if check == "sliver" else 1) / 111_320).covers(drawn)  # a sliver is drawn as a band


def region(link: str) -> Any:
    """What the map draws for `shape=poly:…` (shapes.js): a place, then what each corner differs by, in 0.00001°."""
    kind, _, text = parse_qs(urlsplit(link).query)["shape"][0].partition(":")
    assert kind == "poly"
    assert re.fullmatch(r"[\w.,:-]{1,1500}", f"{text}")
    lat, lon, *steps = text.split(",")
    corners = np.array([[float(lat) * 1e5, float(lon) * 1e5], *np.reshape(np.array(steps, float), (-1, 2))])
    return shapely.Polygon(np.cumsum(corners, axis=0)[:, ::-1] / 1e5)


def test_ground_that_an_address_cannot_tell_is_ringed() -> None:
    """A star of many points: too many corners for a link, and another shape with fewer."""
    angle = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    far = np.where(np.arange(400) % 2, 0.02, 0.002)
    star = shapely.Polygon(np.stack([WEST + far * np.cos(angle), SOUTH + far * np.sin(angle)], axis=1))
    kind, _, text = outline.told(bytes(shapely.to_wkb(star))).partition(":")
    lat, lon, reach = map(float, text.split(","))
    assert kind == "circle"
    assert star.covers(shapely.Point(lon, lat))
    assert shapely.Point(lon, lat).buffer(reach / 111_320, 64).buffer(1e-5).covers(star)


def test_a_hole_is_a_gap_without_a_parent_too() -> None:
    ring = ((0, 0, 3, 1), (0, 2, 3, 3), (0, 1, 1, 2), (2, 1, 3, 2))
    area("环", *ring)
    (one,) = found()
    assert (one.check, one.code) == ("gap", "环")
    assert (one.lon, one.lat) == pytest.approx((WEST + 1.5 * STEP, SOUTH + 1.5 * STEP), abs=STEP / 2)


def test_levels_do_not_disturb_each_other() -> None:
    parent = street()
    halves(parent)
    area("区", (0, 0, 4, 2), level=3)
    assert found() == []
    assert [one.code for one in found("no-parent")] == ["街道"]
    Area.objects.filter(pk=parent.pk).update(ended_on=localdate())
    area("新街道", (0, 0, 4, 2), level=4)
    assert {one.code for one in found("no-parent")} >= {"西", "东"}, "theirs is over"


def grid(code: str, cells: tuple[float, float, float, float], community: Area | None, **more: Any) -> Grid:
    return Grid.objects.create(code=code, community=community, geom=stored(shape(cells)), **more)


def test_grids_fill_their_community_and_have_somebody() -> None:
    community = area("社区", (0, 0, 4, 2))
    grid("G1", (0, 0, 2, 2), community, person="某人")
    second = grid("G2", (2, 0, 4, 2), community)
    assert [(one.check, one.code) for one in check_areas().findings] == [("nobody", "G2")]
    GridInspector.objects.create(grid=second, name="某人")
    assert check_areas().findings == ()
    Grid.objects.filter(code="G1").update(ended_on="2020-01-01", started_on="2019-01-01")
    assert [one.check for one in check_areas().findings] == ["gap"]
    Grid.objects.filter(code="G2").update(community=None)
    assert [one.check for one in check_areas().findings] == ["no-parent", "undivided"]


def test_no_persons_name_is_in_a_report() -> None:
    community = area("社区", (0, 0, 4, 2))
    grid("G1", (0, 0, 3, 2), community, person="张三丰", phone="13900000000")
    said = "".join(map(str, check_areas().findings))
    assert said
    assert "张三丰" not in said
    assert "1390000" not in said


span = st.tuples(st.integers(0, 7), st.integers(1, 8)).map(lambda s: (min(s[0], s[1] - 1), max(s[0] + 1, s[1])))
boxes = st.lists(
    st.tuples(span, span).map(lambda both: (both[0][0], both[1][0], both[0][1], both[1][1])), min_size=1, max_size=6
)


@settings(max_examples=25)
@given(boxes)
def test_random_coverages_agree_with_shapely(cells: list[tuple[int, int, int, int]]) -> None:
    for level in (5, 4):
        Area.objects.filter(level=level).delete()
    parent = area("街道", (1, 1, 7, 7), level=4)
    rows = {f"C{n}": shape(cell) for n, cell in enumerate(cells)}
    for n, cell in enumerate(cells):
        area(f"C{n}", cell, parent=parent)
    report = check_areas(AreaLimits(sliver_m=0))
    whole = shape((1, 1, 7, 7))
    pairs = {(a, b) for a, b in combinations(rows, 2) if rows[a].intersection(rows[b]).area > 0}
    assert {(one.code, one.value.split("; ")[1]) for one in report.of("overlap")} == pairs
    faces(report.of("outside"), [row.difference(whole) for row in rows.values()])
    faces(report.of("gap"), [whole.difference(shapely.union_all(list(rows.values())))])
    assert parent.pk


def faces(found: tuple[Finding, ...], expected: list[Any]) -> None:
    """As many faces, as large, and each point on one of them."""
    polygons = [part for whole in expected for part in shapely.get_parts(whole) if part.area > 0]
    scale = 111_320 * 111_320 * 0.8554  # m² in a square degree at this latitude, roughly
    sizes: Callable[[Any], float] = lambda one: float(one.value.split("; ")[-2].removesuffix(" m²").replace(",", ""))  # noqa: E731
    assert sorted(map(sizes, found)) == pytest.approx(sorted(part.area * scale for part in polygons), rel=0.02)
    places = shapely.points([(one.lon, one.lat) for one in found]) if found else []
    assert all(any(part.intersects(place) for part in polygons) for place in places)


def test_a_planner_that_takes_the_table_for_empty_has_no_union_made_twice() -> None:
    """So it was for a city's streets: five minutes for a second."""
    for place in range(8):
        parent = area(f"街道{place}", (4 * place, 0, 4 * place + 4, 2), level=4)
        area("西", (4 * place, 0, 4 * place + 2, 2), parent=parent)
    sql = " UNION ALL ".join(f"({part.format(cover=topology.AREAS)})" for part in topology.PARTS)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE pg_class SET relpages = 1, reltuples = 0 WHERE relname = 'spatial_area'")
        for way in ("hashjoin", "mergejoin", "material"):
            cursor.execute(f"SET LOCAL enable_{way} = off")
        told = f"EXPLAIN (ANALYZE, FORMAT JSON) {topology.MEASURED.format(parts=sql)}"
        cursor.execute(told, {"smallest_m2": 1})
        [[[plan]]] = cursor.fetchall()
    unions = [node for node in nodes(plan["Plan"]) if node["Node Type"] == "Aggregate"]
    assert [node["Actual Loops"] for node in unions] == [1] * 2


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)
