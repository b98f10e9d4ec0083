"""Tables with two coordinate columns or one of WKT; every value stays text, so a leading zero stays too."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import shapely

from gis.crs_guess import guess
from gis.errors import Invalid
from gis.ingest.readers.plain import cut
from gis.ingest.readers.source import ROWS, Ask, Batch, Source
from gis.ingest.values import COMMA

EAST = ("lon", "lng", "longitude", "经度", "东经", "x", "x坐标", "坐标x", "point_x", "东坐标", "横坐标", "easting")
NORTH = ("lat", "latitude", "纬度", "北纬", "y", "y坐标", "坐标y", "point_y", "北坐标", "纵坐标", "northing")
WKT = ("wkt", "geom", "geometry", "the_geom", "几何", "图形")
DEGREES = {"lon", "lng", "longitude", "经度", "东经"}
SURVEYED = {"物探点号", "图上点号", "管点编号", "管线点号", "管点号", "点号"}
"""Columns of a pipe survey, whose X runs north as surveyors have it."""
UNIT = re.compile(r"[（(\[【].*?[)）\]】]")
LONGEST = 1 << 26  # a WKT of a district's border is a long field
DEEPEST = 8  # collections in collections; GEOS reads them by recursion, and without end falls over


@contextmanager
def opened(path: Path, ask: Ask) -> Iterator[Source]:
    """Open a CSV, UTF-8 (with or without BOM) or GB18030, separated by comma, semicolon or tab."""
    csv.field_size_limit(LONGEST)
    with path.open(encoding=encoding(path), newline="") as file:
        fields, rows = header(path, file)
        first = list(islice(rows, ROWS))
        yield table(path.stem, fields, ask, first, blocks(chain(first, rows)))


def layers(path: Path) -> list[str]:
    """A table is its own layer."""
    return [path.stem]


def encoding(path: Path) -> str:
    """UTF-16 by its mark, UTF-8 when the whole file agrees, else GB18030 (which contains GBK and GB2312)."""
    with path.open("rb") as raw:
        if raw.read(2) in (b"\xff\xfe", b"\xfe\xff"):
            return "utf-16"
    try:
        with path.open(encoding="utf-8-sig") as file:
            while file.read(1 << 20):
                pass
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8-sig"


def header(path: Path, file: TextIO) -> tuple[list[str], Iterator[list[str]]]:
    """The column names and the rows after them."""
    whole = lines(path, file)
    line = next(whole, "")
    separator = max(",;\t", key=line.count)
    fields = next(csv.reader([line], delimiter=separator), [])
    names = [name.strip() for name in fields]
    if not any(names):
        raise Invalid(f"{path.name} 没有表头。 {path.name} has no header row.")
    if twice := {name for name in names if names.count(name) > 1}:
        listed = "、".join(sorted(twice))
        raise Invalid(f"{path.name} 的列名重复：{listed}。 {path.name} has a column twice: {listed}.")
    return names, filter(None, records(path, csv.reader(whole, delimiter=separator)))


def lines(path: Path, file: TextIO) -> Iterator[str]:
    """The lines of a file; Invalid at one without end, which would be read into memory whole."""
    while line := file.readline(LONGEST):
        if len(line) == LONGEST:
            raise cut(path, f"一行超过 {LONGEST >> 20} 兆字 a line is longer than {LONGEST >> 20} million characters")
        yield line


def records(path: Path, rows: Iterator[list[str]]) -> Iterator[list[str]]:
    """The rows; Invalid where a quotation is opened and goes on without end."""
    try:
        yield from rows
    except csv.Error as error:
        raise cut(path, error) from error


def called(fields: Sequence[str]) -> list[str]:
    """The names of fields as they are compared: X坐标(m) is x坐标, 坐标/X is x if no other ends so."""
    plain = [UNIT.sub("", unicodedata.normalize("NFKC", name)).strip().lower() for name in fields]
    last = [name.rpartition("/")[2] for name in plain]
    return [short if last.count(short) == 1 else name for name, short in zip(plain, last, strict=True)]


def places(fields: Sequence[str], asked: tuple[str, ...]) -> tuple[int, ...]:
    """Where the coordinates are: the index of a WKT column, of east and north, or nothing."""
    if asked:
        lower = [name.strip().lower() for name in fields]
        missing = [name for name in asked if name.lower() not in lower]
        if missing:
            raise Invalid(f"没有坐标列 {missing[0]}。 There is no coordinate column {missing[0]}.")
        return tuple(lower.index(name.lower()) for name in asked)
    lower = called(fields)
    for name in WKT:
        if name in lower:
            return (lower.index(name),)
    for east, north in zip(EAST[:5], NORTH[:4], strict=False):
        if east in lower and north in lower:
            return lower.index(east), lower.index(north)
    found = [next((lower.index(name) for name in names if name in lower), None) for names in (EAST, NORTH)]
    return () if None in found else tuple(index for index in found if index is not None)


def degrees(fields: Sequence[str], place: tuple[int, ...]) -> bool:
    """Whether the coordinate columns are called longitude and latitude."""
    return len(place) == 2 and called(fields)[place[0]] in DEGREES


def turned(fields: Sequence[str], rows: list[list[str]], place: tuple[int, ...]) -> str:
    """A sentence when columns X, Y are north, east, as Chinese survey tables have them; else nothing."""
    if len(place) != 2 or degrees(fields, place):
        return ""
    numbers = [numeric(row[index] if index < len(row) else "" for row in rows) for index in place]
    looks = guess(*numbers)
    names = called(fields)
    if looks.kind == "unknown" and names[place[0]][:1] == "x" and SURVEYED & set(names):
        return (
            "坐标列按“先北后东”读取：物探点表的 X 为北。 Coordinates read north first: X of a survey table runs north."
        )
    if not looks.northing_first or looks.kind == "unknown":
        return ""
    return f"坐标列按“先北后东”读取：{looks.zh}。 Coordinates read north first: {looks.en}."


def table(
    layer: str,
    fields: Sequence[str],
    ask: Ask,
    first: list[list[str]],
    blocks: Iterator[tuple[int, list[list[str]]]],
    count: int | None = None,
) -> Source:
    """A Source of blocks of rows (with the number of each block's first row); `first` are rows to judge by."""
    place = places(fields, ask.places)
    crooked = turned(fields, first, place) if place and not ask.places else ""
    place = place[::-1] if crooked else place
    return Source(
        layer=layer,
        crs="EPSG:4326" if degrees(fields, place) else None,
        fields=tuple(fields),
        batches=(batch(number, fields, block, place) for number, block in blocks),
        rows=count,
        notes=[crooked] if crooked else [],
        places=tuple(fields[index] for index in place),
        presumed=True,
    )


def blocks(rows: Iterator[list[str]]) -> Iterator[tuple[int, list[list[str]]]]:
    """The rows of a CSV by thousands; row 1 is the header, as a spreadsheet counts."""
    number = 2
    while block := list(islice(rows, ROWS)):
        yield number, block
        number += len(block)


def batch(number: int, fields: Sequence[str], block: list[list[str]], place: tuple[int, ...]) -> Batch:
    """Rows as columns."""
    width = len(fields)
    whole = [row[:width] + [""] * (width - len(row)) for row in block]
    columns: list[list[Any]] = [list(column) for column in zip(*whole, strict=True)]
    broken = commas(fields, columns, place)
    broken |= {index: ("", "row_length", "") for index, row in enumerate(block) if len(row) != width}
    return Batch(number, dict(zip(fields, columns, strict=True)), shapes(columns, place), broken)


def commas(fields: Sequence[str], columns: list[list[Any]], place: tuple[int, ...]) -> dict[int, tuple[str, str, str]]:
    """The rows with a coordinate such as 121,4944, which is no number here."""
    found = ((index, row, text) for index in place if len(place) == 2 for row, text in enumerate(columns[index]))
    return {row: (fields[index], "decimal_comma", text) for index, row, text in found if COMMA.fullmatch(text.strip())}


def shapes(columns: list[list[Any]], place: tuple[int, ...]) -> list[bytes | None]:
    """WKB a row; a number or WKT that cannot be read gives an empty shape, a blank one none."""
    if not place:
        return [None] * len(columns[0])
    if len(place) == 1:
        return [drawn(text) for text in columns[place[0]]]
    east, north = columns[place[0]], columns[place[1]]
    points = shapely.to_wkb(shapely.points(numeric(east), numeric(north)))
    blank = [not str(x).strip() and not str(y).strip() for x, y in zip(east, north, strict=True)]
    return [None if none else wkb for none, wkb in zip(blank, points, strict=True)]


def drawn(text: str) -> bytes | None:
    """One WKT (or EWKT without its SRID) as WKB; b"" when it is no readable geometry."""
    words = text.partition(";")[2] if text.upper().startswith("SRID=") else text
    if not words.strip():
        return None
    if words.upper().count("COLLECTION") > DEEPEST:
        return b""
    try:
        return bytes(shapely.to_wkb(shapely.from_wkt(words)))
    except (shapely.errors.GEOSException, NotImplementedError):
        return b""


def numeric(texts: Any) -> Any:
    """Texts as floats, NaN for what is no number."""

    def number(text: Any) -> float:
        try:
            return float(unicodedata.normalize("NFKC", str(text)).strip())
        except ValueError:
            return float("nan")

    return np.array([number(text) for text in texts], dtype=float)
