"""Tables of text: CSV and its kin as a grid; every value stays text, so a leading zero stays too."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import Any, TextIO

from gis.errors import Invalid
from gis.ingest.readers.grid import TOP, Grid, numeric
from gis.ingest.readers.likeness import LOOK, TEXT, likeness, misnamed
from gis.ingest.readers.places import Places, placed
from gis.ingest.readers.plain import cut
from gis.ingest.readers.source import Ask, Batch, Source

LONGEST = 1 << 26  # a WKT of a district's border is a long field
CHUNK = 1 << 20
SEPARATORS = ",;\t"


@contextmanager
def opened(path: Path, ask: Ask) -> Iterator[Source]:
    """Open a CSV, UTF-8 (with or without BOM) or GB18030, separated by comma, semicolon or tab."""
    csv.field_size_limit(LONGEST)
    check(path)
    with path.open(encoding=encoding(path), newline="") as file:
        grid = Grid(records(path, lines(path, file)), [], strict=True)
        if not grid.fields:
            raise Invalid(f"{path.name} 没有表头。 {path.name} has no header row.")
        if all(map(numeric, grid.fields)):
            raise Invalid(
                f"{path.name} 没有表头，第一行就是数据：{'、'.join(grid.fields)[:100]}；请在上面加一行列名。 "
                f"{path.name} has no header row, its first line is data: put a line of column names above it."
            )
        yield table(path.stem, grid, ask)


def layers(path: Path) -> list[str]:
    """A table is its own layer."""
    return [path.stem]


def check(path: Path) -> None:
    """Refuse what is no text, whatever it is called."""
    with path.open("rb") as file:
        head = file.read(LOOK)
    if head.lstrip()[:1] not in (b"[", b"{") and likeness(head) not in (("", ""), TEXT):
        raise misnamed(path)


def encoding(path: Path) -> str:
    """UTF-16 by its mark, UTF-8 when the whole file agrees, else GB18030 (which contains GBK and GB2312).

    Raises Invalid, with the line, where it is neither: half of a sign, or two files of two kinds in one.
    """
    with path.open("rb") as raw:
        head = raw.read(CHUNK)
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    line = 0
    for name in ("utf-8-sig",) if mostly_utf8(head) else ("utf-8-sig", "gb18030"):
        if (found := fault(path, name)) is None:
            return name
        line = max(line, found)  # the one that goes further is what it was meant to be
    raise Invalid(
        f"{path.name} 第 {line} 行有读不出的字（既不是 UTF-8 也不是 GBK，或被截断），没有导入任何内容；请重新导出。 "
        f"{path.name}: line {line} has signs that are neither UTF-8 nor GBK (or it is cut off); nothing was imported."
    )


def mostly_utf8(head: bytes) -> bool:
    """Whether bytes are UTF-8 but for a few: read as GBK they would be other signs, and nobody would be told."""
    text = head.decode("utf-8", "replace")
    odd = text.count("\ufffd")
    return sum(not sign.isascii() for sign in text) - odd > 10 * odd > 0


def fault(path: Path, name: str) -> int | None:
    """The line in which a file ceases to be in an encoding; None where it is throughout."""
    decoder, line = codecs.getincrementaldecoder(name)(), 1
    with path.open("rb") as file:
        while True:
            chunk = file.read(CHUNK)
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                return line + error.object[: error.start].count(b"\n")
            if not chunk:
                return None
            line += text.count("\n")


def lines(path: Path, file: TextIO) -> Iterator[str]:
    """The lines of a file; Invalid at one without end, which would be read into memory whole."""
    try:
        while line := file.readline(LONGEST):
            if len(line) == LONGEST:
                raise cut(
                    path, f"一行超过 {LONGEST >> 20} 兆字 a line is longer than {LONGEST >> 20} million characters"
                )
            yield line
    except UnicodeDecodeError as error:
        raise cut(path, error.reason) from error


def records(path: Path, whole: Iterator[str]) -> Iterator[list[str]]:
    """The rows, an empty line being an empty one; Invalid where a quotation is opened and goes on without end."""
    begun: list[str] = []
    for line in islice(whole, TOP):
        begun.append(line)
        if any(sign in line for sign in SEPARATORS):
            break
    separator = max(SEPARATORS, key=begun[-1].count) if begun else ","
    try:
        yield from csv.reader(chain(begun, whole), delimiter=separator)
    except csv.Error as error:
        raise cut(path, error) from error


def table(layer: str, grid: Grid, ask: Ask, count: int | None = None) -> Source:
    """A Source of the rows of a grid."""
    places = placed(grid.fields, ask.places, grid.first)
    return Source(
        layer=layer,
        crs="EPSG:4326" if places.degrees else None,
        fields=grid.fields,
        batches=(batch(numbers, grid.fields, block, places) for numbers, block in grid.blocks()),
        rows=count,
        notes=[*filter(None, [places.note]), *grid.notes],
        places=tuple(grid.fields[index] for index in places.columns),
        presumed=True,
    )


def batch(numbers: list[int], fields: Sequence[str], block: list[list[str]], places: Places) -> Batch:
    """Rows as columns."""
    width = len(fields)
    whole = [row[:width] for row in block]
    columns: list[list[Any]] = [list(column) for column in zip(*whole, strict=True)]
    shapes, broken = places.read(fields, columns)
    broken |= {index: ("", "row_length", "") for index, row in enumerate(block) if len(row) != width}
    rows = None if numbers[-1] - numbers[0] == len(numbers) - 1 else numbers
    return Batch(numbers[0], dict(zip(fields, columns, strict=True)), shapes, broken, rows=rows)
