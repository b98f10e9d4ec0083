"""A made-up city of footprints, the same for the same number: the file that the import is measured with."""

from __future__ import annotations

from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyogrio
import shapely

from gis.crs import STORED

WEST, SOUTH, STEP = 117.0, 36.0, 0.0004
"""Degrees: where the first stands, and how far the next is; a building is smaller than a step, so none overlap."""
USES = ("residential", "apartments", "commercial", "office", "industrial", "school", "yes", "")
OUTLINES = (  # corners in shares of length and depth: a slab, a corner house, a house around an open court
    ((0, 0), (1, 0), (1, 1), (0, 1), (0, 0)),
    ((0, 0), (1, 0), (1, 0.4), (0.4, 0.4), (0.4, 1), (0, 1), (0, 0)),
    ((0, 0), (1, 0), (1, 1), (0.7, 1), (0.7, 0.4), (0.3, 0.4), (0.3, 1), (0, 1), (0, 0)),
)


def write(path: Path, count: int, seed: int = 1) -> Path:
    """A FlatGeobuf of `count` footprints (EPSG:4490) with eight fields, as a survey office would hand it over."""
    if path.exists():
        return path
    random = np.random.default_rng(seed)
    shapes = outlines(random, count)
    table = pa.table(fields(random, count) | {"geom": shapely.to_wkb(shapes)})
    unfinished = path.with_suffix(".part.fgb")
    pyogrio.write_arrow(
        table, unfinished, driver="FlatGeobuf", geometry_name="geom", geometry_type="Polygon", crs=f"EPSG:{STORED}",
        layer="buildings", SPATIAL_INDEX="NO",
    )  # fmt: skip
    unfinished.rename(path)
    return path


def outlines(random: np.random.Generator, count: int) -> Any:
    """Polygons, each turned and in a place of its own in a square of streets."""
    side = int(np.ceil(np.sqrt(count)))
    place = np.arange(count)
    corner = np.column_stack((WEST + STEP * (place % side), SOUTH + STEP * (place // side)))
    size = STEP * random.uniform(0.2, 0.6, (count, 2))
    turn = random.uniform(0, np.pi / 2, count)
    made = np.empty(count, dtype=object)
    kinds = random.choice(len(OUTLINES), count, p=(0.7, 0.2, 0.1))
    for kind, outline in enumerate(OUTLINES):
        chosen = np.flatnonzero(kinds == kind)
        east, north = np.moveaxis(np.array(outline)[None] * size[chosen, None], 2, 0)
        cos, sin = np.cos(turn[chosen])[:, None], np.sin(turn[chosen])[:, None]
        ring = np.stack((cos * east - sin * north, sin * east + cos * north), axis=2) + corner[chosen, None]
        made[chosen] = shapely.polygons(ring)
    return made


def fields(random: np.random.Generator, count: int) -> dict[str, Any]:
    """The eight fields; a third of the names, a tenth of the heights and most addresses are missing, as in life."""
    number = np.arange(count)
    floors = random.integers(1, 34, count).astype("int32")
    height = np.round(floors * 3.0 + random.uniform(0, 3, count), 1)
    names = joined("虚构里", number // 50, "号", number % 50, "楼")
    roads = joined("虚构路", number // 80, "弄", number % 80, "号")
    return {
        "source_id": pa.array(np.char.add("J", np.char.zfill(number.astype(str), 8))),
        "code": pa.array(np.char.add("3701", np.char.zfill(number.astype(str), 10))),
        "name": pa.array(names, mask=random.random(count) < 0.33),
        "address": pa.array(roads, mask=random.random(count) < 0.8),
        "building": pa.array(np.array(USES)[random.integers(0, len(USES), count)]),
        "floors": pa.array(floors),
        "height_m": pa.array(height, mask=random.random(count) < 0.1),
        "built_year": pa.array(random.integers(1950, 2026, count).astype("int32")),
    }


def joined(*words: Any) -> Any:
    """Texts put together of words and columns of numbers."""
    texts = [np.asarray(word).astype(str) for word in words]
    return reduce(np.char.add, texts)
