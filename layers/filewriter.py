"""`python -m layers.filewriter`: a process apart that writes a file of a GIS program from rows that come as CSV.

GDAL holds Python's lock while it writes and sorts, and a server has tiles to answer meanwhile. What is to be written
stands in the one argument as JSON; nothing of the project is imported, and memory ends with the process.
"""

from __future__ import annotations

import csv
import io
import json
import os
import resource
import sys
import warnings
import zipfile
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyogrio
import shapely

Batch = Any
INDEXER = "layers.fileindex"
MEMORY = 2 << 30
"""Bytes of address space that this process may have."""
AT_ONCE = 40_000
"""Rows that are added to a shapefile together."""
SHORT, CELL = 10, 254
"""Bytes of a name and of a text in a DBF table."""
GEOM = "geom"
TYPES = {
    "string": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "datetime": pa.timestamp("us", tz="UTC"),
}
DRIVERS = {"gpkg": "GPKG", "fgb": "FlatGeobuf", "shp": "ESRI Shapefile"}
KINDS = {1: "Point", 2: "LineString", 3: "Polygon", 4: "MultiPoint", 5: "LineString", 6: "Polygon"}
"""What a shapefile calls the kinds of WKB; it holds one of them, parts of a line or surface included."""


def batches(names: list[str], kinds: list[str], block: int) -> tuple[Any, Iterator[Batch]]:
    """The schema of what comes in, and its rows a block of so many bytes at a time, the geometry as WKB."""
    plain = {name: TYPES[kind] for name, kind in zip(names, kinds, strict=True)}
    schema = pa.schema([*(pa.field(name, kind) for name, kind in plain.items()), pa.field(GEOM, pa.binary())])
    source = io.BufferedReader(io.FileIO(0))
    if not source.peek(1):
        return schema, iter(())
    reader = pyarrow.csv.open_csv(
        pa.input_stream(source),
        pyarrow.csv.ReadOptions(use_threads=False, block_size=block, column_names=[*names, GEOM]),
        pyarrow.csv.ParseOptions(newlines_in_values=True),
        pyarrow.csv.ConvertOptions(
            column_types={**plain, GEOM: pa.string()}, null_values=[""], true_values=["t"], false_values=["f"],
            strings_can_be_null=True, quoted_strings_can_be_null=False,
        ),
    )  # fmt: skip
    rows = (pa.record_batch([*batch.columns[:-1], unhexed(batch.columns[-1])], schema=schema) for batch in reader)
    return schema, rows


def unhexed(column: Any) -> Any:
    """Hexadecimal texts as the bytes they mean, a whole column at once."""
    missing, offsets, content = column.buffers()
    ends = np.frombuffer(offsets, np.int32)[column.offset : column.offset + len(column) + 1]
    first, last = int(ends[0]), int(ends[-1])
    data = bytes.fromhex(content.to_pybytes()[first:last].decode("ascii")) if content else b""
    halves = pa.py_buffer(((ends - first) // 2).astype(np.int32))
    return pa.BinaryArray.from_buffers(pa.binary(), len(column), [missing, halves, pa.py_buffer(data)])


def geopackage(order: dict[str, Any], path: Path) -> None:
    """Write a GeoPackage, all of it in one layer."""
    layer(order, path, *every(order), IDENTIFIER=order["title"])


def every(order: dict[str, Any]) -> tuple[Any, Iterator[Batch]]:
    """The schema of what is ordered, and its rows."""
    names, kinds = ([one[key] for one in order["columns"]] for key in ("name", "kind"))
    return batches(names, kinds, order["block"])


def layer(order: dict[str, Any], path: Path, schema: Any, rows: Iterator[Batch], **options: str) -> None:
    """Write rows as a file of one layer, which bears the note as its description."""
    noted = {"DESCRIPTION": order["note"]} if order["note"] else {}
    path.parent.mkdir(exist_ok=True)
    pyogrio.write_arrow(
        pa.RecordBatchReader.from_batches(schema, rows), path, driver=DRIVERS[order["form"]], layer=order["layer"],
        crs=order["crs"], geometry_name=GEOM, geometry_type=order["geometry"], layer_options=options | noted,
    )  # fmt: skip


def flatgeobuf(order: dict[str, Any], path: Path) -> None:
    """Write a FlatGeobuf without an index, and go on as the program that gives it one (``layers.fileindex``)."""
    schema, rows = every(order)
    first = next(rows, None)
    if first is None:
        layer(order, path, schema, iter(()))
        return
    one, raw, bounds = path.parent / "one" / path.name, path.parent / "raw" / path.name, path.parent / "bounds"
    layer(order, one, schema, iter([first.slice(0, 1)]))
    with bounds.open("wb") as file:
        layer(order, raw, schema, bounded(chain([first], rows), file), SPATIAL_INDEX="NO")
    os.execv(sys.executable, [sys.executable, "-m", INDEXER, *map(str, (raw, one, bounds, path))])


def bounded(rows: Iterator[Batch], file: IO[bytes]) -> Iterator[Batch]:
    """The rows as they are; west, south, east and north of each go into a file."""
    for batch in rows:
        shapes = shapely.from_wkb(batch.column(GEOM).to_numpy(zero_copy_only=False))
        file.write(shapely.bounds(shapes).astype("<f8").tobytes())
        yield batch


def shapefiles(order: dict[str, Any], path: Path) -> None:
    """Write a zip of shapefiles, one for each kind of geometry that comes, and a table of what their names mean."""
    names = short([one["name"] for one in order["columns"]])
    _, rows = batches(names, [one["kind"] for one in order["columns"]], order["block"])
    folder = path.parent / "shp"
    folder.mkdir()
    counts: Counter[str] = Counter()
    waiting: dict[str, list[Batch]] = {}
    for batch in rows:
        for kind, part in by_kind(batch):
            waiting.setdefault(kind, []).append(part)
            if sum(map(len, waiting[kind])) >= AT_ONCE:
                add(folder, order, kind, waiting.pop(kind), counts)
    for kind, parts in waiting.items():
        add(folder, order, kind, parts, counts)
    explain(folder / "fields.csv", order, names, counts)
    if order["note"]:
        (folder / "NOTE.txt").write_text(f"{order['note']}\n", encoding="utf-8-sig")  # no shapefile has a place for it
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for file in sorted(folder.iterdir()):
            archive.write(file, file.name)


def add(folder: Path, order: dict[str, Any], kind: str, parts: list[Batch], counts: Counter[str]) -> None:
    """Add rows to the shapefile of their kind; each time one is opened it is read through to its end."""
    name = f"{order['layer']}-{kind.replace(' ', '').lower()}" if kind else ""
    if name:
        pyogrio.write_arrow(
            pa.Table.from_batches(parts), folder / f"{name}.shp", driver=DRIVERS["shp"], crs=order["crs"],
            geometry_name=GEOM, geometry_type=kind, encoding="UTF-8", append=name in counts,
        )  # fmt: skip
    counts[name] += sum(map(len, parts))


def by_kind(batch: Batch) -> Iterator[tuple[str, Batch]]:
    """Yield the rows of each kind of geometry; "" for what no shapefile holds."""
    shapes = batch.column(GEOM)
    _, offsets, content = shapes.buffers()
    starts = np.frombuffer(offsets, np.int32)[: len(shapes)]
    lengths = np.diff(np.frombuffer(offsets, np.int32)[: len(shapes) + 1])
    data = np.frombuffer(content, np.uint8)
    codes = np.zeros(len(shapes), np.int64)
    there = lengths > 0
    for place in range(4):  # PostGIS writes little-endian here: an order of bytes, then four of the kind
        codes[there] |= data[starts[there] + 1 + place].astype(np.int64) << (8 * place)
    for code in np.unique(codes):
        deep = " Z" if code >= 1000 else ""
        name = KINDS.get(int(code) % 1000, "")
        yield name and name + deep, batch.filter(pa.array(codes == code))


def short(names: list[str]) -> list[str]:
    """Names of at most ten bytes, each once whatever the case of its letters."""
    found: list[str] = []
    for name in names:
        cut, number = name[:SHORT], 1
        while cut in found:
            number += 1
            cut = f"{name[: SHORT - 1 - len(str(number))]}_{number}"
        found.append(cut)
    return found


def explain(path: Path, order: dict[str, Any], names: list[str], counts: Counter[str]) -> None:
    """Write down what each short name stands for, and what is in which file."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file)
        table.writerow(("字段 field", "属性 property", "名称 title"))
        table.writerows((name, one["name"], one["title"]) for name, one in zip(names, order["columns"], strict=True))
        table.writerow(())
        table.writerow(("文件 file", "要素数 features", f"文字超过 {CELL} 字节的被截断 longer texts are cut"))
        table.writerows((name or "不能写入的图形 left out: no shapefile holds them", n) for name, n in counts.items())


def main() -> None:
    """Write what the argument asks for; the kernel ends a process that wants too much."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    warnings.simplefilter("ignore", RuntimeWarning)  # GDAL minds each name it would have cut and each instant as text
    order = json.loads(sys.argv[1])
    {"shp": shapefiles, "gpkg": geopackage, "fgb": flatgeobuf}[order["form"]](order, Path(order["path"]))
    os._exit(0)  # all is written and closed; Arrow's threads, on a busy machine, do not survive Python's own end


if __name__ == "__main__":
    main()
