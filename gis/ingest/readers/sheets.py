"""Workbooks (xlsx, xls, ods, et): a sheet is a layer, its header is looked for, every value becomes text."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError

from gis.errors import Invalid
from gis.ingest.readers.grid import Grid
from gis.ingest.readers.likeness import LOOK, likeness, misnamed
from gis.ingest.readers.places import SURVEYED, called
from gis.ingest.readers.plain import cut
from gis.ingest.readers.source import Ask, Source
from gis.ingest.readers.table import table

WIDEST = 2_000
LARGEST = 1 << 30
"""Bytes that the parts of a workbook may come to."""
DOCTYPE, HEAD, MOST = b"<!DOCTYPE", 1 << 12, 1000
"""What declares entities, how far into a part it is looked for, and in how many: calamine expands none anyway."""
ENDS = {"起点点号", "起始点号", "起点编号", "起点号", "起点", "上点号", "s_exp", "start"}
"""Columns by which a table of survey lines is known."""
ODS = ("mimetype", "META-INF/manifest.xml", "content.xml")
GAP = re.compile(rb"(</?table:[^>]*>|</text:p>)\s+(?=<)")


@contextmanager
def opened(path: Path, ask: Ask) -> Iterator[Source]:
    """Open one sheet; Invalid when there are several with a header and none was named."""
    with workbook(path) as book:
        names = filled(book)
        wanted = [ask.layer] if ask.layer in names else names
        sheets = {name: book.get_sheet_by_name(name) for name in wanted if name}
        found = {name: rows for name, sheet in sheets.items() if (rows := grid(sheet)).fields}
        name = chosen(path, found, ask)
        rows = found[name]
        yield table(name, rows, ask, max(sheets[name].height - rows.depth, 0))


def layers(path: Path) -> list[str]:
    """The sheets that have a header and rows."""
    with workbook(path) as book:
        return [name for name in filled(book) if grid(book.get_sheet_by_name(name)).fields]


@contextmanager
def workbook(path: Path) -> Iterator[CalamineWorkbook]:
    """The workbook, whatever its suffix says it is; Invalid when it is none, damaged, swollen or locked."""
    swollen(path)
    try:
        yield parsed(path)
    except PasswordError as error:
        raise Invalid(f"{path.name} 有密码，请去掉密码后再导入。 {path.name} has a password; remove it.") from error
    except (CalamineError, OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise foreign(path) or cut(path, str(error)[:200]) from error


def foreign(path: Path) -> Invalid | None:
    """The refusal of a file that never was a workbook: web pages are often handed out as .xls."""
    with path.open("rb") as file:
        head = file.read(LOOK)
    if head.startswith((b"PK", b"\xd0\xcf\x11\xe0")) or not head.strip(b"\0 \r\n"):
        return None
    return misnamed(path) if likeness(head)[0] or b"\0" not in head else None


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


def chosen(path: Path, found: dict[str, Grid], ask: Ask) -> str:
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


def grid(sheet: CalamineSheet) -> Grid:
    """The rows of a sheet as a table."""
    cells = iter(sheet.iter_rows()) if sheet.height and sheet.width <= WIDEST else iter(())
    down, right = sheet.start or (0, 0)
    merged = [((a - down, b - right), (c - down, d - right)) for (a, b), (c, d) in sheet.merged_cell_ranges or []]
    return Grid(([text(cell) for cell in row] for row in cells), merged, down + 1)


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
