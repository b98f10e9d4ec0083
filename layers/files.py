"""Features as a file of GIS programs: PostgreSQL copies the rows into a process apart, which writes them by GDAL.

Neither the rows nor the file are ever in the server's memory. What a file says and of which rows is decided by whoever
calls; coordinates are east before north, as files have them whatever the order of their authority.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any, cast

from django.conf import settings
from django.core.exceptions import EmptyResultSet
from django.db import connections, transaction
from django.db.models import BinaryField, DateField, DateTimeField, F, Func, IntegerField, Max, TextField, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast

from gis.crs_served import STORED, Served
from gis.errand import stay
from gis.errors import NoRoom
from gis.ingest.readers import gdal
from layers.export import Words
from layers.geojson import Text
from layers.layer import Layer, Rows
from layers.properties import Property

FORMS = ("gpkg", "shp", "fgb")
WRITER = [sys.executable, "-m", "layers.filewriter"]
ROOT = Path(__file__).resolve().parents[1]
PATIENCE_MS = 600_000
FORGOTTEN_S = 6 * 3600
"""A folder that is older was left by a server that was killed."""
LITTLE = 64 << 20
"""Bytes of a disk that is full, or as good as."""
THRIFT = {
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": str(1 << 18),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 20),
    "OGR_GPKG_MAX_RAM_USAGE_RTREE": str(4 << 20),
}
"""What the writer gives back is given back to the system, and the boxes of rows for the index of a GeoPackage are not
all held: GDAL would hold as many as a tenth of the machine's memory takes. It writes more slowly so."""
PIECE = 1 << 18
BLOCK = 1 << 17
"""Bytes of rows that are read at once; more where one row has more."""
HEX, PACKED = 2, 4
"""How much longer a shape is in hexadecimal digits, and how much it is packed at the very most where it is stored."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a file: its name, which kind of value it has, what it means to people, its value in SQL."""

    name: str
    kind: str
    title: str
    sql: Combinable


def columns(layer: Layer, told: Sequence[Property]) -> list[Column]:
    """Return the columns of some properties: spans as two, lists as words between commas, codes with their names."""
    words = Words(layer, [one.field for one in told if one.field])
    found = [Column("id", "integer", "编号 Number", F("pk"))]
    for one in told:
        title = f"{one.field.title} {one.field.title_en}" if one.field else one.key
        found += _values(one, title)
        named = words.known(one.field) if one.field and one.plain else {}
        if named:
            found.append(Column(f"{one.key}_title", "string", title, _spoken(one, named)))
    return found


_SPAN = {
    "days": ("date", DateField, "lower(%(expressions)s)", "(upper(%(expressions)s) - 1)"),
    "moments": ("datetime", DateTimeField, "lower(%(expressions)s)", "upper(%(expressions)s)"),
}
_FLAT = {"strings": "array_to_string(%(expressions)s, ',')", "json": "(%(expressions)s)::text"}


def _values(one: Property, title: str) -> list[Column]:
    if one.kind in _SPAN:
        kind, field, first, last = _SPAN[one.kind]
        ends = (("from", "起 from", first), ("to", "止 to", last))
        return [
            Column(f"{one.key}_{end}", kind, f"{title} {word}", Func(one.column, template=sql, output_field=field()))
            for end, word, sql in ends
        ]
    if one.kind in _FLAT:
        return [Column(one.key, "string", title, Text(one.column, template=_FLAT[one.kind]))]
    return [Column(one.key, one.kind, title, one.column)]


def _spoken(one: Property, named: dict[str, str]) -> Combinable:
    """The name of a code; PostgreSQL reads the table of them once."""
    table = Value(json.dumps(named), output_field=TextField())
    return Text(table, Cast(one.path, TextField()), template="(%(expressions)s)", arg_joiner="::jsonb ->> ")


def shape(path: str, crs: Served) -> Func:
    """Return the expression of a geometry as WKB in hexadecimal digits."""
    form = "%(expressions)s" if crs.srid == STORED else f"ST_Transform(%(expressions)s, {crs.srid})"
    return Func(F(path), template=f"encode(ST_AsBinary({form}, 'NDR'), 'hex')", output_field=BinaryField())


@contextmanager
def packed(
    layer: Layer, rows: Rows, told: Sequence[Property], crs: Served, form: str, note: str = ""
) -> Iterator[Path]:
    """Write rows to a file, which is there as long as the context lasts; it bears the ``note``. ``NoRoom`` when the
    disk is full."""
    shelf = Path(settings.VAR) / "parcels"
    shelf.mkdir(parents=True, exist_ok=True)
    _clear(shelf)
    with TemporaryDirectory(dir=shelf) as folder:
        path = Path(folder) / (f"{layer.id}.zip" if form == "shp" else f"{layer.id}.{form}")
        given = columns(layer, told)
        order = {
            "form": form, "path": str(path), "layer": layer.id, "title": layer.title, "crs": f"EPSG:{crs.srid}",
            "geometry": _kind(layer), "block": _block(layer, rows), "note": note,
            "columns": [{"name": one.name, "kind": one.kind, "title": one.title} for one in given],
        }  # fmt: skip
        _write(order, rows, [*(one.sql for one in given), shape(layer.geometry, crs)])
        yield path


def pieces(
    layer: Layer, rows: Rows, told: Sequence[Property], crs: Served, form: str, note: str = ""
) -> Iterator[bytes]:
    """Yield a file piece by piece; it is removed at the end, and when nobody asks for more."""
    with packed(layer, rows, told, crs, form, note) as path, path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


def _write(order: dict[str, Any], rows: Rows, values: list[Combinable]) -> None:
    """Let the rows run from the database into the process that writes."""
    said = Path(order["path"]).with_name("said")
    command = [*WRITER, json.dumps(order)]
    with (
        said.open("wb") as heard,
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stderr=heard, cwd=ROOT, env=gdal.environment() | THRIFT
        ) as writer,
    ):
        try:
            with suppress(BrokenPipeError):  # it ended, and has said why
                _copy(rows, values, cast("IO[bytes]", writer.stdin))
            writer.communicate()
        except BaseException:
            writer.kill()
            raise
    if writer.returncode:
        if shutil.disk_usage(said.parent).free < LITTLE:
            raise NoRoom("磁盘已满，无法生成文件 / The disk is full; no file can be made")
        raise RuntimeError(f"a file was not written ({writer.returncode}): {said.read_text()[-2000:]}")


def _copy(rows: Rows, values: list[Combinable], into: IO[bytes]) -> None:
    names = [f"file_{at}" for at in range(len(values))]
    told = rows.annotate(**dict(zip(names, values, strict=True))).values_list(*names)
    try:
        sql, given = told.query.sql_with_params()
    except EmptyResultSet:
        return
    reads = connections[settings.READS]
    with reads.wrap_database_errors, transaction.atomic(using=reads.alias), reads.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = {PATIENCE_MS}")
        with cursor.copy(f"COPY ({sql}) TO STDOUT (FORMAT csv)", given) as copy:
            for block in copy:
                stay()
                into.write(block)


def _block(layer: Layer, rows: Rows) -> int:
    """Bytes in which any row has room."""
    stored = Func(F(layer.geometry), function="pg_column_size", output_field=IntegerField())
    if getattr(layer.model._meta.get_field(layer.geometry), "geom_type", "") == "POINT":
        return BLOCK
    largest = rows.order_by().using(settings.READS).aggregate(most=Max(stored))["most"] or 0
    return BLOCK + HEX * PACKED * int(largest)


def _kind(layer: Layer) -> str:
    """What GDAL calls the geometry of a layer; shapefiles are told by what comes."""
    column: Any = layer.model._meta.get_field(layer.geometry)
    names = {"POINT": "Point", "LINESTRING": "LineString", "POLYGON": "Polygon", "MULTIPOINT": "MultiPoint",
             "MULTILINESTRING": "MultiLineString", "MULTIPOLYGON": "MultiPolygon"}  # fmt: skip
    return names.get(column.geom_type, "Unknown") + (" Z" if column.dim == 3 else "")


def _clear(shelf: Path) -> None:
    for left in shelf.iterdir():
        if time.time() - left.stat().st_mtime > FORGOTTEN_S:
            shutil.rmtree(left, ignore_errors=True)
