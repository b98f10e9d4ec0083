"""The large sheets: nothing stands in anything else's way, whatever the seed; the sizes are as large as they say."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from data.city import files, ground, houses, pipes, rules
from data.city.drawing import Drawing
from data.city.plan import SIZES, Size, names
from data.city.rows import FILES
from data.city.sheet import RIVER_HALF_M, Sheet, unroll
from data.city.streets import STREET_HALF_M

TRIAL = Size("试验", "9909", 8, (1, 2, 4), 0.9, 0.9)


@pytest.fixture(scope="module")
def drawing() -> Drawing:
    return Drawing(TRIAL, 7)


def everything(drawing: Drawing) -> tuple[np.ndarray, np.ndarray]:
    """All houses as shapes on the map, and their boxes on the sheet."""
    found = [(drawing.sheet.bend(part.outlines()), part.box) for part, _ in drawing.houses()]
    return np.concatenate([shapely.polygons(lines) for lines, _ in found]), np.concatenate([box for _, box in found])


def test_no_house_stands_in_another_nor_in_a_street_nor_in_the_river(drawing: Drawing) -> None:
    shapes, _ = everything(drawing)
    assert len(shapes) > 5_000 and shapely.is_valid(shapes).all()
    tree = shapely.STRtree(shapes)
    assert tree.query(shapes, predicate="overlaps").size == 0
    for street in drawing.streets:
        for _, line in street.stretches():
            road = shapely.LineString(drawing.sheet.bend(line))
            assert len(tree.query(road, predicate="dwithin", distance=0.5 * STREET_HALF_M[street.rank])) == 0
    river = shapely.Polygon(drawing.sheet.bend(ground.river(drawing.sheet)))
    assert len(tree.query(river, predicate="intersects")) == 0


@given(seed=st.integers(0, 10_000), u=st.floats(-1, 1), v=st.floats(-1, 1))
def test_the_sheet_is_bent_never_folded(seed: int, u: float, v: float) -> None:
    sheet: Sheet = unroll(TRIAL, np.random.default_rng(seed))
    here = np.array([u * sheet.us[-1], v * sheet.vs[-1]])
    east, north = (sheet.bend(here + step) - sheet.bend(here) for step in np.array([[10.0, 0], [0, 10.0]]))
    assert east[0] * north[1] - east[1] * north[0] > 0


def test_communities_and_grids_cover_the_sheet_once(drawing: Drawing) -> None:
    for level in (3, 4, 5):
        parts = [ground.outline(drawing.sheet, drawing.cells, s.span) for s in drawing.shares if s.level == level]
        whole = shapely.union_all(parts)
        assert whole.geom_type == "Polygon" and not whole.interiors
        assert sum(part.area for part in parts) == pytest.approx(whole.area, rel=1e-9)


def test_drains_run_downhill_and_every_category_is_there(drawing: Drawing) -> None:
    found = list(pipes.runs(drawing.sheet, drawing.streets))
    assert {run.main.category for run in found} == {"JS", "PS", "RQ", "RL", "DL", "TX", "GY", "QT"}
    for run in found:
        invert = run.ground - run.depth
        assert len(run.spots) == len(run.ground) == len(run.depth) and (run.depth > 0).all()
        if run.main.category == "PS":
            assert (np.diff(invert) < 0).all()


def test_the_same_seed_gives_the_same_files_and_another_seed_others(tmp_path: Path) -> None:
    small = SIZES["trial"]
    first, again, other = (
        files.write(Drawing(small, seed), tmp_path / name) for name, seed in (("a", 1), ("b", 1), ("c", 2))
    )
    assert [path.read_bytes() for _, path in first] == [path.read_bytes() for _, path in again]
    assert dict(first)["buildings"].read_bytes() != dict(other)["buildings"].read_bytes()
    assert all(pyogrio.read_info(path)["crs"] == "EPSG:4549" for _, path in first)


def test_the_sizes_are_what_they_say() -> None:
    district = Drawing(SIZES["district"], 20)
    assert sum(len(wkb) for *_, rows in FILES for _, wkb in rows(district)) >= 200_000
    city = Drawing(SIZES["city"], 20)
    assert sum(len(part) for part in houses.build(city.blocks, 21)) >= 1_000_000


def test_every_stretch_of_a_main_street_has_one_zoning_in_force(drawing: Drawing) -> None:
    found = list(rules.zones(drawing, date(2026, 1, 1)))
    stretches = [f"{s.code}{n:03d}" for s in drawing.streets if s.rank <= 3 for n, _ in s.stretches()]
    assert sorted(zone.segment for zone in found if zone.until is None) == sorted(stretches)
    assert {zone.zone for zone in found} == {"forbidden", "strict", "controlled"}
    ended = {zone.segment: zone.until for zone in found if zone.until}
    assert ended and all(
        zone.since == ended[zone.segment] for zone in found if zone.until is None and zone.segment in ended
    )


def test_names_do_not_repeat_before_they_must() -> None:
    assert len(set(names(1_500))) == 1_500
    assert len(set(names(30_000))) == 30_000


def test_no_house_reaches_the_water_on_the_sheet(drawing: Drawing) -> None:
    _, box = everything(drawing)
    assert (drawing.sheet.from_river(box[:, 0], box[:, 1]) > RIVER_HALF_M).all()
