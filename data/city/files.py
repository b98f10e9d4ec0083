"""A drawing as files that a survey office could have handed over: FlatGeobuf in metres, one a subject, written in
portions so that a million houses need no more memory than ten thousand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyogrio

from data.city.drawing import Drawing
from data.city.plan import CRS, SURVEYED
from data.city.rows import FILES, Rows


def write(drawing: Drawing, folder: Path) -> list[tuple[str, Path]]:
    """Write every subject; the answer is (subject, file) in the order in which they can be imported."""
    folder.mkdir(parents=True, exist_ok=True)
    return [(subject, save(folder / f"{name}.fgb", shape, rows(drawing))) for name, subject, shape, rows in FILES]


def save(path: Path, shape: str, rows: Rows) -> Path:
    """Write portions of rows as one FlatGeobuf file."""
    first, wkb = next(rows)
    head = table(first, wkb)

    def portions() -> Iterator[pa.RecordBatch]:
        yield from head.to_batches()
        for columns, shapes in rows:
            yield from table(columns, shapes).cast(head.schema).to_batches()

    path.unlink(missing_ok=True)
    reader = pa.RecordBatchReader.from_batches(head.schema, portions())
    pyogrio.write_arrow(
        reader, path, driver="FlatGeobuf", geometry_name="wkb", geometry_type=shape, crs=CRS,
        layer_options={"SPATIAL_INDEX": "NO"},
    )  # fmt: skip
    return path


def table(columns: dict[str, list[Any]], wkb: Any) -> pa.Table:
    """Columns and shapes as one Arrow table; every row says when it was surveyed."""
    return pa.table({**columns, "surveyed_at": [SURVEYED] * len(wkb), "wkb": pa.array(list(wkb), pa.binary())})
