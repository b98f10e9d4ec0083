"""A doubt about datums, on streets and houses drawn here: each shift is named, and what is sound is left in peace."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis import crs
from gis.doubt import Scene, flat, judged, pieces, readings

CENTRE = (121.5, 31.2)
STREETS = ("道路", "roads")
HOUSES = ("建筑", "buildings")


def town(seed: int = 1) -> tuple[Any, Any]:
    """Crooked streets and the houses along them, within two kilometres, in degrees."""
    chance = np.random.default_rng(seed)
    marks = np.cumsum(chance.uniform(70, 160, 45)) - 2300
    lines = []
    for n, at in enumerate(marks):
        along = np.arange(-2300, 2300, 60.0)
        bend = at + np.cumsum(chance.normal(0, 4, len(along)))
        lines.append(shapely.linestrings(np.column_stack((along, bend) if n % 2 else (bend, along))))
    spots, sizes = chance.uniform(-2200, 2200, (6000, 2)), chance.uniform(8, 22, (6000, 2))
    houses = shapely.box(*(spots - sizes).T, *(spots + sizes).T)
    crossed = shapely.STRtree(pieces(np.array(lines))).query(houses, predicate="dwithin", distance=8.0)[0]
    return degrees(np.array(lines)), degrees(np.delete(houses, np.unique(crossed)))


def degrees(shapes: Any) -> Any:
    scale = 111_320 * math.cos(math.radians(CENTRE[1])), 111_320
    return shapely.transform(shapes, lambda pairs: pairs / scale + CENTRE)


def shifted(shapes: Any, move: Callable[[Any, Any], Any]) -> Any:
    return shapely.transform(shapes, lambda pairs: np.column_stack(move(pairs[:, 0], pairs[:, 1])))


ROADS, BUILDINGS = town()
SHIFTS = {"gcj02": crs.wgs84_to_gcj02, "bd09": crs.wgs84_to_bd09}


def near(shapes: Any, metres: float) -> Any:
    return shapes[shapely.dwithin(flat(shapes, CENTRE), shapely.Point(0, 0), metres)]


def corners(shapes: Any, most: int = 300) -> Any:
    pairs = shapely.get_coordinates(shapes)
    return shapely.points(np.random.default_rng(3).permutation(pairs)[:most])


def streets_on_streets(came: Any) -> Scene:
    return Scene("along", STREETS, CENTRE, corners(flat(came, CENTRE)), pieces(flat(ROADS, CENTRE)))


def doors_in_houses(came: Any) -> Scene:
    return Scene("inside", HOUSES, CENTRE, corners(flat(came, CENTRE)), flat(BUILDINGS, CENTRE))


def streets_among_houses(came: Any) -> Scene:
    points = corners(shapely.segmentize(flat(came, CENTRE), 8.0), 600)
    return Scene("clear", HOUSES, CENTRE, points, flat(BUILDINGS, CENTRE))


def rows_and_themselves(came: Any) -> Scene:
    points = shapely.centroid(flat(came, CENTRE))
    return Scene(
        "same", ("同编号要素", "same ids"), CENTRE, points, shapely.centroid(flat(near(BUILDINGS, 400), CENTRE))
    )


MAKERS = {
    "along": (streets_on_streets, near(ROADS, 900)),
    "inside": (doors_in_houses, shapely.centroid(near(BUILDINGS, 900))),
    "clear": (streets_among_houses, near(ROADS, 900)),
    "same": (rows_and_themselves, near(BUILDINGS, 400)),
}


@pytest.mark.parametrize("relation", MAKERS)
@pytest.mark.parametrize("datum", SHIFTS)
def test_a_shifted_file_is_noticed_and_the_option_named(relation: str, datum: str) -> None:
    make, came = MAKERS[relation]
    doubt = judged([make(shifted(came, SHIFTS[datum]))], readings("", degrees=True))
    assert doubt is not None
    assert (doubt.kind, doubt.crs) == ("datum", datum)
    assert f"--crs {datum}" in doubt.zh and f"--crs {datum}" in doubt.en
    assert doubt.after < doubt.before


@pytest.mark.parametrize("relation", MAKERS)
def test_a_sound_file_is_left_in_peace(relation: str) -> None:
    make, came = MAKERS[relation]
    assert judged([make(came)], readings("", degrees=True)) is None


@pytest.mark.parametrize("relation", ["along", "inside"])
def test_a_file_wrongly_called_gcj02_is_noticed(relation: str) -> None:
    make, came = MAKERS[relation]
    doubt = judged([make(shifted(came, crs.gcj02_to_wgs84))], readings("gcj02", degrees=True))
    assert doubt is not None
    assert doubt.crs == "EPSG:4490"


def test_what_is_there_may_be_the_wrong_one() -> None:
    doubt = judged([streets_on_streets(shifted(near(ROADS, 900), crs.gcj02_to_wgs84))], readings("", degrees=True))
    assert doubt is not None
    assert doubt.crs == ""
    assert "已有数据" in doubt.zh


def test_shifted_metres_cannot_be_mended_by_an_option() -> None:
    doubt = judged([streets_on_streets(shifted(near(ROADS, 900), crs.wgs84_to_gcj02))], readings("", degrees=False))
    assert doubt is not None
    assert doubt.crs == ""
    assert "--crs" not in doubt.zh


@pytest.mark.parametrize(("east", "north"), [(62.0, -38.0), (-110.0, 75.0)])
@pytest.mark.parametrize("relation", ["along", "same"])
def test_an_offset_that_nobody_named(relation: str, east: float, north: float) -> None:
    make, came = MAKERS[relation]
    moved = degrees(shapely.transform(flat(came, CENTRE), lambda pairs: pairs + np.array([east, north])))
    doubt = judged([make(moved)], readings("", degrees=True))
    assert doubt is not None
    assert (doubt.kind, doubt.crs) == ("offset", "")
    assert f"{math.hypot(east, north):.0f} m" in doubt.zh
    assert "1954" in doubt.zh


def test_coming_nearer_to_where_a_survey_has_been_is_no_proof() -> None:
    west = ROADS[shapely.bounds(flat(ROADS, CENTRE))[:, 2] < 0]
    came = flat(near(ROADS, 2000), CENTRE)
    came = came[shapely.bounds(came)[:, 0] > 150]
    scene = Scene("along", STREETS, CENTRE, corners(came), pieces(flat(west, CENTRE)))
    assert judged([scene], readings("", degrees=True)) is None


@settings(max_examples=10)
@given(st.integers(2, 10_000))
def test_another_town_is_no_doubt(seed: int) -> None:
    """Streets drawn by another chance lie anywhere: no datum brings them home."""
    chance = np.random.default_rng(seed)
    points = degrees(shapely.points(chance.uniform(-900, 900, (200, 2))))
    for make in (streets_on_streets, doors_in_houses):
        assert judged([make(points)], readings("", degrees=True)) is None


def test_too_few_points_say_nothing() -> None:
    few = corners(shifted(near(ROADS, 900), crs.wgs84_to_gcj02), 20)
    assert judged([streets_on_streets(few)], readings("", degrees=True)) is None
