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
from typing import IO, Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.csv
import shapely

Batch = Any
INDEXER = "layers.fileindex"
MEMORY = 2 << 30
"""Bytes of address space that this process may have."""
AT_ONCE = 20_000
"""Rows that are added to a shapefile together: they wait in memory, and each time all before them is looked through."""
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
    reader = pa.RecordBatchReader.from_batches(schema, rows)
    write(order, path, reader, layer=order["layer"], geometry_type=order["geometry"], layer_options=options | noted)


def write(order: dict[str, Any], path: Path, rows: Any, **told: Any) -> None:
    """Have GDAL write rows. pyogrio is imported late: `main` keeps from it what it can do without."""
    import pyogrio

    pyogrio.write_arrow(rows, path, driver=DRIVERS[order["form"]], crs=order["crs"], geometry_name=GEOM, **told)


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
    schema, rows = batches(names, [one["kind"] for one in order["columns"]], order["block"])
    sorted_out = Kinds(order, path.parent / "shp")
    sorted_out.write(schema, (part for batch in rows for part in by_kind(batch)))
    folder = sorted_out.folder
    explain(folder / "fields.csv", order, names, sorted_out.counts)
    if order["note"]:
        (folder / "NOTE.txt").write_text(f"{order['note']}\n", encoding="utf-8-sig")  # no shapefile has a place for it
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for file in sorted(folder.iterdir()):
            archive.write(file, file.name)


class Kinds:
    """A folder of shapefiles: rows of the kind that comes first run into theirs, others are added by and by."""

    def __init__(self, order: dict[str, Any], folder: Path, at_once: int = AT_ONCE) -> None:
        self.order, self.folder, self._at_once = order, folder, at_once
        self.counts: Counter[str] = Counter()
        """Name of a file → its rows; those that no shapefile holds have the name ""."""
        self._waiting: dict[str, list[Batch]] = {}
        folder.mkdir()

    def write(self, schema: Any, parts: Iterator[tuple[str, Batch]]) -> None:
        """Write all there is."""
        for kind, part in parts:
            if kind:
                self._put(
                    kind, pa.RecordBatchReader.from_batches(schema, self._same(kind, chain([(kind, part)], parts)))
                )
            else:
                self.counts[""] += len(part)
        for kind in self._waiting:
            self._add(kind)

    def _same(self, kind: str, parts: Iterator[tuple[str, Batch]]) -> Iterator[Batch]:
        for other, part in parts:
            if other == kind:
                self.counts[self._name(kind)] += len(part)
                yield part
            elif other:
                self._waiting.setdefault(other, []).append(part)
                if sum(map(len, self._waiting[other])) >= self._at_once:
                    self._add(other)
            else:
                self.counts[""] += len(part)

    def _add(self, kind: str) -> None:
        parts, self._waiting[kind] = self._waiting[kind], []
        if parts:
            self._put(kind, pa.Table.from_batches(parts), append=self._name(kind) in self.counts)
            self.counts[self._name(kind)] += sum(map(len, parts))

    def _put(self, kind: str, rows: Any, append: bool = False) -> None:
        path = self.folder / f"{self._name(kind)}.shp"
        write(self.order, path, rows, geometry_type=kind, encoding="UTF-8", append=append)

    def _name(self, kind: str) -> str:
        return f"{self.order['layer']}-{kind.replace(' ', '').lower()}"


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
    of_kind: dict[str, Any] = {}
    for code in np.unique(codes):
        name = KINDS.get(int(code) % 1000, "")
        name += " Z" if name and code >= 1000 else ""
        of_kind[name] = of_kind.get(name, False) | (codes == code)
    for name, those in of_kind.items():
        yield name, batch.filter(pa.array(those))


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
    sys.modules["pyproj"] = cast("Any", None)  # pyogrio would load it: 15 MB for what is not asked of it here
    warnings.simplefilter("ignore", RuntimeWarning)  # GDAL minds each name it would have cut and each instant as text
    order = json.loads(sys.argv[1])
    {"shp": shapefiles, "gpkg": geopackage, "fgb": flatgeobuf}[order["form"]](order, Path(order["path"]))
    os._exit(0)  # all is written and closed; Arrow's threads, on a busy machine, do not survive Python's own end


if __name__ == "__main__":
    main()
