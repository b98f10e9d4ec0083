"""Whatever kinds of geometry come, in whatever order, each shapefile holds those of its kind, in their order."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyogrio
import shapely
from hypothesis import given
from hypothesis import strategies as st

from layers import filewriter

SHAPES = {
    "p": "POINT (121 31)",
    "l": "LINESTRING (121 31, 121.1 31)",
    "L": "MULTILINESTRING ((121 31, 121.1 31))",
    "a": "POLYGON ((121 31, 121.1 31, 121.1 31.1, 121 31))",
    "z": "POINT Z (121 31 4)",
    "-": None,
    "c": "GEOMETRYCOLLECTION (POINT (121 31))",
}
FILES = {"p": "x-point", "l": "x-linestring", "L": "x-linestring", "a": "x-polygon", "z": "x-pointz", "-": "", "c": ""}
SCHEMA = pa.schema([pa.field("id", pa.int64()), pa.field("geom", pa.binary())])
ORDER = {"form": "shp", "crs": "EPSG:4490", "layer": "x"}


def wkb(shape: str | None) -> bytes | None:
    """As PostGIS tells it."""
    return shape and shapely.to_wkb(shapely.from_wkt(shape), flavor="iso")


@given(st.lists(st.text("plLaz-c", min_size=1, max_size=6), max_size=6))
def test_each_kind_has_its_file_and_the_rest_is_counted(blocks: list[str]) -> None:
    """A text is a batch of rows, a letter of it a row."""
    wanted: dict[str, list[int]] = {}
    batches, number = [], 0
    for block in blocks:
        numbers = list(range(number, number + len(block)))
        number += len(block)
        for each, letter in zip(numbers, block, strict=True):
            wanted.setdefault(FILES[letter], []).append(each)
        shapes = [wkb(SHAPES[letter]) for letter in block]
        batches.append(pa.record_batch([pa.array(numbers, pa.int64()), pa.array(shapes, pa.binary())], schema=SCHEMA))
    with TemporaryDirectory() as base:
        kinds = filewriter.Kinds(ORDER, Path(base) / "shp", at_once=2)
        kinds.write(SCHEMA, (part for batch in batches for part in filewriter.by_kind(batch)))
        found = {path.stem: pyogrio.raw.read(path)[3][0].tolist() for path in kinds.folder.glob("*.shp")}
    assert kinds.counts == {name: len(ids) for name, ids in wanted.items()}
    assert found == {name: ids for name, ids in wanted.items() if name}
