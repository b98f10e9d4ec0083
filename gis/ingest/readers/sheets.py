"""Workbooks (xlsx, xls, ods, et): a sheet is a layer, its header is looked for, every value becomes text."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError

from gis.errors import Invalid
from gis.ingest.readers.plain import cut
from gis.ingest.readers.source import ROWS, Ask, Source
from gis.ingest.readers.table import SURVEYED, called, table

TOP = 30
"""Rows in which the header is looked for, under titles and remarks."""
WIDEST = 2_000
LARGEST = 1 << 30
"""Bytes that the parts of a workbook may come to."""
DOCTYPE, HEAD, MOST = b"<!DOCTYPE", 1 << 12, 1000
"""What declares entities, how far into a part it is looked for, and in how many: calamine expands none anyway."""
ENDS = {"起点点号", "起始点号", "起点编号", "起点号", "起点", "上点号", "s_exp", "start"}
"""Columns by which a table of survey lines is known."""
ODS = ("mimetype", "META-INF/manifest.xml", "content.xml")
GAP = re.compile(rb"(</?table:[^>]*>|</text:p>)\s+(?=<)")
Merged = list[tuple[tuple[int, int], tuple[int, int]]]


@contextmanager
def opened(path: Path, ask: Ask) -> Iterator[Source]:
    """Open one sheet; Invalid when there are several with a header and none was named."""
    with workbook(path) as book:
        names = filled(book)
        found = {name: Sheet(book.get_sheet_by_name(name)) for name in ([ask.layer] if ask.layer in names else names)}
        found = {name: sheet for name, sheet in found.items() if sheet.fields}
        name = chosen(path, found, ask)
        sheet = found[name]
        yield table(name, sheet.fields, ask, sheet.first, sheet.blocks(), sheet.count)


def layers(path: Path) -> list[str]:
    """The sheets that have a header and rows."""
    with workbook(path) as book:
        return [name for name in filled(book) if Sheet(book.get_sheet_by_name(name)).fields]


@contextmanager
def workbook(path: Path) -> Iterator[CalamineWorkbook]:
    """The workbook, whatever its suffix says it is; Invalid when it is none, damaged, swollen or locked."""
    swollen(path)
    try:
        yield parsed(path)
    except PasswordError as error:
        raise Invalid(f"{path.name} 有密码，请去掉密码后再导入。 {path.name} has a password; remove it.") from error
    except (CalamineError, OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise cut(path, str(error)[:200]) from error


def parsed(path: Path) -> CalamineWorkbook:
    """The workbook by calamine, which stumbles over line breaks between cells, as GDAL writes an .ods for QGIS."""
    try:
        with path.open("rb") as file:
            return CalamineWorkbook.from_filelike(file)
    except CalamineError:
        if (closed := gapless(path)) is None:
            raise
    return CalamineWorkbook.from_filelike(closed)


def gapless(path: Path) -> io.BytesIO | None:
    """An .ods without white space between its cells; None for what is no .ods."""
    if not zipfile.is_zipfile(path):
        return None
    out = io.BytesIO()
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(out, "w") as copy:
        if not set(ODS) <= set(archive.namelist()):
            return None
        for name in ODS:
            copy.writestr(name, GAP.sub(rb"\1", archive.read(name)))
    out.seek(0)
    return out


def swollen(path: Path) -> None:
    """Refuse a workbook (a zip, unless it is an old .xls) that unpacks to more than a sheet can need, or that declares
    entities: no office program writes any."""
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        total = sum(info.file_size for info in archive.infolist())
        parts = [info for info in archive.infolist() if info.filename.lower().endswith((".xml", ".rels"))]
        declares = any(DOCTYPE in beginning(archive, info) for info in parts[:MOST])
    if declares:
        raise Invalid(f"{path.name} 里定义了 XML 实体，没有读取。 {path.name} declares XML entities; it was not read.")
    if total > LARGEST:
        raise Invalid(
            f"{path.name} 解压后有 {total >> 20} MB，超过 {LARGEST >> 20} MB，请拆开或另存为 CSV。 "
            f"{path.name} unpacks to {total >> 20} MB, over {LARGEST >> 20} MB: split it, or save it as CSV."
        )


def beginning(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """The first bytes of a part: a document type stands before anything else."""
    with archive.open(info) as part:
        return part.read(HEAD)


def filled(book: CalamineWorkbook) -> list[str]:
    """The names of the sheets of cells (not of charts)."""
    return [sheet.name for sheet in book.sheets_metadata if "WorkSheet" in str(sheet.typ)]


def chosen(path: Path, found: dict[str, Sheet], ask: Ask) -> str:
    """The sheet asked for, the only one, or the one of a survey's two tables that fits the subject."""
    if ask.layer in found:
        return str(ask.layer)
    survey = {"pipe-nodes": [], "pipes": []} if ask.layer is None else {}  # type: dict[str, list[str]]
    if ask.subject in survey:
        for name, sheet in found.items():
            words = set(called(sheet.fields))
            survey["pipes" if words & ENDS else "pipe-nodes" if words & SURVEYED else "pipes"].append(name)
        if len(survey[ask.subject]) == 1:
            return survey[ask.subject][0]
    if len(found) == 1 and ask.layer is None:
        return next(iter(found))
    if not found:
        raise Invalid(f"{path.name} 没有表头和数据。 {path.name} has no header row with data below it.")
    listed = "、".join(found)
    raise Invalid(
        f"{path.name} 有工作表：{listed}；请用 --layer 指定一个。 "
        f"{path.name} has sheets {listed}; name one with --layer."
    )


class Sheet:
    """A sheet with its header found: the fields, where the data begin, and the rows below."""

    def __init__(self, sheet: CalamineSheet) -> None:
        self.rows: Iterator[list[Any]] = iter(sheet.iter_rows()) if sheet.height and sheet.width <= WIDEST else iter(())
        down, right = sheet.start or (0, 0)
        merged = [((a - down, b - right), (c - down, d - right)) for (a, b), (c, d) in sheet.merged_cell_ranges or []]
        top = [[text(cell) for cell in row] for row in islice(self.rows, TOP)]
        self.depth, names = header(top, merged)
        self.columns = [index for index, name in enumerate(names) if name]
        self.fields = tuple(once(names[index] for index in self.columns))
        self.top = top[self.depth :]
        self.count = max(sheet.height - self.depth, 0)
        self.first_row = down + self.depth + 1
        self.first = [row for row in map(self.cut, self.top) if any(row)]

    def cut(self, row: Sequence[str]) -> list[str]:
        """The cells of a row that stand under a header."""
        return [row[index] if index < len(row) else "" for index in self.columns]

    def blocks(self) -> Iterator[tuple[int, list[list[str]]]]:
        """Rows without gaps, with the number of the first as the spreadsheet shows it; empty rows are left out."""
        block: list[list[str]] = []
        number = self.first_row
        for row in self.everything():
            if not any(row) or len(block) == ROWS:
                if block:
                    yield number - len(block), block
                block = []
            if any(row):
                block.append(row)
            number += 1
        if block:
            yield number - len(block), block

    def everything(self) -> Iterator[list[str]]:
        """All rows below the header."""
        yield from map(self.cut, self.top)
        for row in self.rows:
            yield self.cut([text(cell) for cell in row])


def header(top: list[list[str]], merged: Merged) -> tuple[int, list[str]]:
    """How many rows the header and what stands over it take, and the name of each column ("" for none).

    The header is the first row with nearly as many different words as any row has. A second line of it, under merged
    or empty cells, joins the first: 坐标 over X and Y gives 坐标/X and 坐标/Y.
    """
    rows = spread(top, merged)
    scores = [len({cell for cell in row if cell and not numeric(cell)}) for row in rows]
    best = max(scores, default=0)
    if best < 2:
        return 0, []
    at = next(index for index, score in enumerate(scores) if score >= max(2, 0.6 * best))
    names = [" ".join(cell.split()) for cell in rows[at]]
    if at + 1 < len(rows) and second(top, at, merged):
        names = [joined(one, other) for one, other in zip(names, rows[at + 1], strict=True)]
        at += 1
    return at + 1, names


def spread(top: list[list[str]], merged: Merged) -> list[list[str]]:
    """The rows with the text of merged cells in every cell they cover, all of one width."""
    width = max(map(len, top), default=0)
    rows = [row + [""] * (width - len(row)) for row in top]
    for (up, left), (down, right) in merged:
        if 0 <= up < len(rows) and 0 <= left < width:
            for row in rows[up : down + 1]:
                row[left : right + 1] = [rows[up][left]] * (min(right + 1, width) - left)
    return rows


def second(top: list[list[str]], at: int, merged: Merged) -> bool:
    """Whether the row after `at` goes on with the header: all words, and something of the first line spans it."""
    below = [cell for cell in top[at + 1] if cell]
    if not below or any(numeric(cell) for cell in below):
        return False
    wide = any(up == at == down and right > left for (up, left), (down, right) in merged)
    tall = any(up <= at < down for (up, _), (down, _) in merged)
    gap = not merged and any(not one and other for one, other in zip(top[at], top[at + 1], strict=False))
    return wide or tall or gap


def joined(parent: str, child: str) -> str:
    """A name out of two lines."""
    child = " ".join(child.split())
    return f"{parent}/{child}" if parent and child and parent != child else parent or child


def once(names: Iterator[str]) -> Iterator[str]:
    """The names, a repeated one numbered."""
    seen: dict[str, int] = {}
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        yield name if seen[name] == 1 else f"{name} {seen[name]}"


FIGURE = re.compile(r"(?=.*\d)[-+.:\s\d]+(?:[eE][-+]?\d+)?")


def numeric(cell: str) -> bool:
    """Whether a cell holds a number or a date rather than a word."""
    return FIGURE.fullmatch(cell) is not None


def text(cell: Any) -> str:
    """A cell as text: 1.0 is 1, a date is ISO, and a number too long for Excel to keep says so (3.1e+17)."""
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        if abs(cell) >= 1e15:
            return f"{cell:.15e}"
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ", "seconds")
    return cell.isoformat() if isinstance(cell, date | time) else str(cell)
