"""GeoJSON, GeoPackage, Shapefile and FlatGeobuf through GDAL, as Arrow batches: no feature passes alone."""

from __future__ import annotations

import json
import re
import sqlite3
import struct
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError

from gis.errors import Invalid
from gis.ingest.readers.likeness import misnamed
from gis.ingest.readers.plain import cut
from gis.ingest.readers.source import ROWS, Ask, Batch, Source

JUDGED = 1 << 26  # bytes of a refused file that are read again to say why
EVERYTHING = "*"
BESIDE = {"layer_styles", "qgis_projects"}  # what QGIS keeps in a GeoPackage beside the data
MANY = 50  # layers that a message lists
HARMLESS = re.compile("features with id")  # repeated ids are the importer's own business


@contextmanager
def opened(path: Path, ask: Ask) -> Iterator[Source]:
    """Open one layer; Invalid when the file is cut off or damaged, or when it holds several and none was named."""
    with drawn(path, chosen_layer(path, ask.layer, layers(path))) as source:
        yield source


@contextmanager
def drawn(path: Path, layer: str, **more: Any) -> Iterator[Source]:
    """Read a layer that GDAL knows; `more` are further words to pyogrio (columns, where)."""
    try:
        info = pyogrio.read_info(path, layer=layer, force_feature_count="where" not in more, encoding=encoding(path))
        with pyogrio.open_arrow(
            path, layer=layer, use_pyarrow=True, batch_size=ROWS, encoding=encoding(path), **more
        ) as (meta, reader):
            shape = meta["geometry_name"] or "wkb_geometry"
            fields = tuple(str(name) for name in meta["fields"])
            notes: list[str] = []
            count = int(info["features"])
            yield Source(
                layer, meta["crs"], fields, batches(path, reader, shape, notes), count if count >= 0 else None, notes
            )
    except (DataSourceError, DataLayerError) as error:
        raise foreign(path) or cut(path, error) from error


def foreign(path: Path) -> Invalid | None:
    """The refusal of a JSON that is whole and yet no GeoJSON; None for everything else."""
    if path.suffix.lower() not in (".json", ".geojson") or path.stat().st_size > JUDGED:
        return None
    try:
        said = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        return None
    if isinstance(said, dict) and str(said.get("type")).startswith("Feature"):
        return None
    return Invalid(
        f"{path.name} 是 JSON，但不是 GeoJSON（应为 FeatureCollection），没有导入任何内容。 "
        f"{path.name} is JSON but no GeoJSON (a FeatureCollection is wanted); nothing was imported."
    )


def batches(path: Path, reader: Any, shape: str, notes: list[str]) -> Iterator[Batch]:
    """Arrow record batches as ours; what GDAL finds broken on the way ends the import, what it minds is noted."""
    row = 1
    while True:
        try:
            with warnings.catch_warnings(record=True) as minded:
                warnings.simplefilter("always")
                record = reader.read_next_batch()
            notes += [f"GDAL: {one.message}" for one in minded if not HARMLESS.search(str(one.message))]
        except StopIteration:
            return
        except (DataSourceError, DataLayerError, OSError, ValueError) as error:
            raise cut(path, error) from error
        try:
            record.validate(full=True)
        except pa.ArrowInvalid as error:
            raise Invalid(
                f"{path.name} 的文字不是 UTF-8 编码，请另存为 UTF-8。 {path.name} is not in UTF-8; save it as UTF-8."
            ) from error
        columns = {name: record.column(name) for name in record.schema.names if name != shape}
        known = shape in record.schema.names
        yield Batch(row, columns, record.column(shape) if known else pa.nulls(record.num_rows, pa.large_binary()))
        row += record.num_rows


def drivers(path: Path) -> list[str]:
    """The formats that GDAL is left with here, whatever the file."""
    return sorted(pyogrio.list_drivers())


def layers(path: Path) -> list[str]:
    """The names of the layers; Invalid when GDAL cannot open the file."""
    check_head(path)
    check_length(path)
    try:
        found = [str(name) for name, _ in pyogrio.list_layers(path) if name not in BESIDE]
    except (DataSourceError, DataLayerError) as error:
        raise foreign(path) or cut(path, error) from error
    if not found:
        raise cut(path, "没有图层 no layer")
    return found


def chosen_layer(path: Path, asked: str | None, names: list[str]) -> str:
    """The layer asked for, or the only one."""
    if asked is None and len(names) == 1:
        return names[0]
    if asked in names:
        return str(asked)
    listed = "、".join(names[:MANY]) + ("…" if len(names) > MANY else "")
    raise Invalid(
        f"{path.name} 有图层：{listed}；请用 --layer 指定一个。 {path.name} has layers {listed}; name one with --layer."
    )


def encoding(path: Path) -> str | None:
    """How a Shapefile without .cpg is written: UTF-8 when every byte agrees, else GB18030; None lets GDAL decide."""
    table = beside(path, ".dbf")
    if path.suffix.lower() != ".shp" or beside(path, ".cpg").exists() or not table.exists():
        return None
    content = table.read_bytes()
    if content[29:30] not in (b"", b"\0"):  # the language mark of the table itself
        return None
    # Texts are cut at their byte width and may end in half a character: the reading with fewer breaks is right.
    return min(("UTF-8", "GB18030"), key=lambda name: content[32:].decode(name, "replace").count("\ufffd"))


HEADS = {".gpkg": b"SQLite format 3", ".shp": b"\x00\x00\x27\x0a", ".fgb": b"fgb"}


def check_head(path: Path) -> None:
    """Refuse a file that is not what its suffix says: GDAL goes by content, and some formats it knows (VRT) are
    nothing but the names of other files and of addresses on the network."""
    if "!" in str(path):  # what stands behind it would be taken for a name in an archive
        raise Invalid(f"请去掉文件名里的“!”：{path.name}。 Take the ! out of the name of {path.name}.")
    with path.open("rb") as file:
        head = file.read(64)
    wanted = HEADS.get(path.suffix.lower())
    fits = head.startswith(wanted) if wanted else head.lstrip(b"\xef\xbb\xbf\x1e \t\r\n")[:1] in (b"{", b"[", b"")
    if not fits:
        raise misnamed(path)


def check_length(path: Path) -> None:
    """Refuse a file shorter than its own header says: GDAL would read what is left and say nothing."""
    suffix = path.suffix.lower()
    if suffix == ".shp":
        for part in (".shx", ".dbf"):
            if not beside(path, part).exists():
                raise Invalid(f"{path.name} 缺少同名的 {part} 文件。 {path.name} comes without its {part} file.")
        short(path, 2 * header(path, ">24xI"))
        short(beside(path, ".dbf"), dbf_length(beside(path, ".dbf")))
    elif suffix == ".gpkg":
        pages = header(path, ">28xI")
        size = header(path, ">16xH")
        short(path, pages * (65536 if size == 1 else size))
        check_tables(path)


def beside(path: Path, suffix: str) -> Path:
    """The file of that suffix that belongs to another: what wrote A.SHP wrote A.DBF."""
    upper = path.with_suffix(suffix.upper())
    return upper if upper.exists() else path.with_suffix(suffix)


def check_tables(path: Path) -> None:
    """Refuse a GeoPackage with virtual tables that are no index: they are programs, or doors to other files."""
    wanted = "SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL%' AND sql NOT LIKE '%USING%rtree%'"
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as base:
            found = [str(name) for (name,) in base.execute(wanted)]
    except sqlite3.Error as error:
        raise cut(path, error) from error
    if found:
        raise Invalid(
            f"{path.name} 含有虚拟表 {found[0]}，不予读取。 "
            f"{path.name} has a virtual table, {found[0]}, and is not read."
        )


def header(path: Path, form: str) -> int:
    """One number of a binary header; a file too short for it is cut off."""
    with path.open("rb") as file:
        try:
            return int(struct.unpack(form, file.read(struct.calcsize(form)))[0])
        except struct.error as error:
            raise cut(path, error) from error


def dbf_length(path: Path) -> int:
    """Bytes the table must have: its header and its records."""
    with path.open("rb") as file:
        try:
            records, head, record = struct.unpack("<4xIHH", file.read(12))
        except struct.error as error:
            raise cut(path, error) from error
    return int(head + records * record)


def short(path: Path, length: int) -> None:
    """Refuse when the file is shorter than `length` bytes."""
    if path.stat().st_size < length:
        raise cut(path, f"{path.stat().st_size} < {length} bytes")
