"""What lies in an upload, as the desk remembers it: the survey's datasets as plain values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from gis.errors import Invalid
from gis.ingest.placing import stated
from gis.ingest.readers import RASTERS, READERS, Ask, instead, table
from gis.ingest.subjects import BROUGHT, IMAGES
from gis.ingest.survey import PARTS, Found, survey

BY_SUBJECT = (".osm", ".pbf", ".inp")
"""Files of which the subject decides what is read."""
HARDLY = 0.4
"""The score below which a guess would rather mislead: a form filled in wrongly is worse than one left open."""
TABLES = ("table", "sheets")
"""The readers of files that any column may place."""


@dataclass(slots=True)
class Seen:
    """One dataset of an upload. `path` is below its folder, `file` its name for people; `subject` is the likeliest,
    `fixed` where the file leaves no choice; `asked` are the columns of coordinates that a person chose, of a table;
    `error` says why it cannot be imported here."""

    path: str
    file: str
    layer: str = ""
    subject: str = ""
    fixed: bool = False
    fields: list[str] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    rows: int | None = None
    crs: str = ""
    crs_name: str = ""
    presumed: bool = False
    encoding: str = ""
    size: int = 0
    tabular: bool = False
    asked: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    error: str = ""

    @property
    def ask(self) -> Ask:
        """How to open it."""
        return Ask(self.subject, self.layer or None, tuple(self.asked))


def everything(folder: Path) -> Iterator[Seen]:
    """The datasets below a folder. Whatever else was brought and cannot be read says so."""
    found = survey(folder)
    for one in found:
        yield seen(one, folder)
    known = {one.path for one in found}
    silent = (*READERS, *RASTERS, *PARTS) if found else ()
    rest = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix.lower() not in silent]
    # A File Geodatabase is a folder of dozens of files, of which each by itself means nothing.
    yield from (unreadable(path, folder) for path in dict.fromkeys(map(geodatabase, rest)) if path not in known)


def geodatabase(path: Path) -> Path:
    """The geodatabase that a file is a part of, else the file."""
    return next((one for one in path.parents if one.suffix.lower() == ".gdb"), path)


def unreadable(path: Path, folder: Path) -> Seen:
    """A file that is no data, with what would be."""
    name, known = str(path.relative_to(folder)), " ".join((*READERS, *RASTERS))
    zh, en = instead(name)
    return Seen(
        name, name, size=path.stat().st_size,
        error=f"不认识这种文件{f'（{zh}）' if zh else ''}，可用 {known}，也可压成 .zip。 "
        f"Unknown kind of file{f' ({en})' if en else ''}; known are {known}, also in a .zip.",
    )  # fmt: skip


def seen(found: Found, folder: Path) -> Seen:
    """A dataset of the survey."""
    made = Seen(
        str(found.path.relative_to(folder)), found.file, found.layer or "",
        likely(found.subject, found.score), fixed(found),
        list(found.fields), list(found.geometry), rows=found.rows, crs=found.crs or "", encoding=encoding(found.path),
        size=found.path.stat().st_size, tabular=READERS.get(Path(found.file).suffix.lower()) in TABLES,
        notes=list(found.notes), error=found.error,
    )  # fmt: skip
    name_crs(made)
    return made


def likely(subject: str, score: float) -> str:
    """A subject that a form may begin with, else none."""
    return subject if subject in BROUGHT and score >= HARDLY else ""


def fixed(found: Found) -> bool:
    """Whether the file leaves no choice of a subject."""
    return found.subject == IMAGES.id or Path(found.file).suffix.lower() in BY_SUBJECT


def name_crs(one: Seen) -> None:
    """Give the CRS that a file states the name by which it can be chosen."""
    if not one.crs:
        return
    try:
        one.crs_name = stated(one.crs, one.file).name
    except Invalid as error:
        one.notes.append(str(error))


def encoding(path: Path) -> str:
    """How the texts of a plain table are written."""
    if READERS.get(path.suffix.lower()) != "table":
        return ""
    try:
        return {"utf-8-sig": "UTF-8", "gb18030": "GBK"}.get(found := table.encoding(path), found)
    except Invalid:  # which the survey has said already
        return ""
