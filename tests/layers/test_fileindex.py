"""GDAL finds by our index of a FlatGeobuf what lies in a box, and all that was written before."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest
import shapely

from layers.fileindex import index


@pytest.mark.parametrize("many", [1, 16, 17, 300])
def test_a_box_meets_what_it_should(many: int, tmp_path: Path) -> None:
    chance = np.random.default_rng(many)
    corners = chance.uniform((121, 31), (121.5, 31.2), (many, 2))
    shapes = shapely.box(*corners.T, *(corners + chance.uniform(0, 0.02, (many, 2))).T)
    shapes[0] = shapely.box(121.1, 31.1, 121.1001, 31.1)  # flat
    one, raw, bounds, made = (tmp_path / name for name in ("one.fgb", "raw.fgb", "bounds", "made.fgb"))
    write(one, shapes[:1])
    write(raw, shapes, SPATIAL_INDEX="NO")
    shapely.bounds(shapes).astype("<f8").tofile(bounds)
    index(raw, one, bounds, made)
    about = pyogrio.read_info(made)
    assert (about["features"], about["total_bounds"]) == (many, pytest.approx(shapely.total_bounds(shapes)))
    assert about["capabilities"]["fast_spatial_filter"]
    assert read(made) == {number: shape.wkt for number, shape in enumerate(shapes)}
    for west, south in ((121.05, 31.05), (121, 31), (121.3, 31.15), (122, 32)):
        box = (west, south, west + 0.1, south + 0.1)
        met = np.flatnonzero(shapely.intersects(shapes, shapely.box(*box)))
        assert read(made, bbox=box).keys() == set(met.tolist())


def test_what_does_not_fit_together_is_told_in_a_sentence(tmp_path: Path) -> None:
    """Bounds of three for two features; and a file whose header tells no number, for it has no feature."""
    one, raw, bounds, made, none = (
        tmp_path / name for name in ("one.fgb", "raw.fgb", "bounds", "made.fgb", "none.fgb")
    )
    shapes = shapely.box(np.array([121.0, 121.2]), 31, np.array([121.1, 121.3]), 31.1)
    write(one, shapes[:1])
    write(raw, shapes, SPATIAL_INDEX="NO")
    write(none, shapes[:0], SPATIAL_INDEX="NO")
    np.zeros((3, 4)).tofile(bounds)
    assert told(raw, one, bounds, made) == "no index: 2 features in the file, bounds of 3\n"
    shapely.bounds(shapes).astype("<f8").tofile(bounds)
    assert told(raw, none, bounds, made) == "no index: the header of the one feature has no features_count\n"


def told(*paths: Path) -> str:
    """What the program says that refuses these, and nothing else."""
    done = subprocess.run(
        [sys.executable, "-m", "layers.fileindex", *paths], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    return done.stderr


def write(path: Path, shapes: Any, **options: str) -> None:
    numbers = np.arange(len(shapes))
    how = {"geometry_type": "Polygon", "crs": "EPSG:4490", "driver": "FlatGeobuf", "layer": "houses"}
    pyogrio.raw.write(path, shapely.to_wkb(shapes), [numbers], ["number"], **how, **options)


def read(path: Path, **how: Any) -> dict[int, str]:
    _, _, shapes, [numbers] = pyogrio.raw.read(path, **how)
    return dict(zip(numbers.tolist(), (shape.wkt for shape in shapely.from_wkb(shapes)), strict=True))
