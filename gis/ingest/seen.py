"""What lies in an upload, as the desk remembers it: the survey's datasets as plain values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from gis.errors import Invalid
from gis.ingest.placing import stated
from gis.ingest.readers import RASTERS, READERS, Ask, table
from gis.ingest.subjects import BROUGHT, IMAGES
from gis.ingest.survey import Found, survey

BY_SUBJECT = (".osm", ".pbf", ".inp")
"""Files of which the subject decides what is read."""


@dataclass(slots=True)
class Seen:
    """One dataset of an upload. `path` is below its folder, `file` its name for people; `subject` is the likeliest,
    `fixed` where the file leaves no choice; `error` says why it cannot be imported here."""

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
    notes: list[str] = field(default_factory=list)
    error: str = ""

    @property
    def ask(self) -> Ask:
        """How to open it."""
        return Ask(self.subject, self.layer or None)


def everything(folder: Path) -> Iterator[Seen]:
    """The datasets below a folder. Whatever else was brought and cannot be read says so."""
    found = survey(folder)
    for one in found:
        yield seen(one, folder)
    known = {one.path for one in found}
    if not found:
        yield from (unreadable(path, folder) for path in sorted(folder.rglob("*")) if path.is_file())
    for path in sorted(folder.rglob("*")) if found else ():
        if path.is_file() and path not in known and path.suffix.lower() not in (*READERS, *RASTERS, *PARTS):
            yield unreadable(path, folder)


PARTS = (".shx", ".dbf", ".prj", ".cpg", ".sbn", ".sbx", ".qix", ".qpj", ".qmd", ".xml", ".toml", ".md", ".pdf")
"""What comes with data and is none."""


def unreadable(path: Path, folder: Path) -> Seen:
    """A file that is no data, with what would be."""
    name, known = str(path.relative_to(folder)), " ".join((*READERS, *RASTERS))
    return Seen(
        name, name, size=path.stat().st_size,
        error=f"不认识这种文件，可用 {known}，也可压成 .zip。 Unknown kind of file; known are {known}, also in a .zip.",
    )  # fmt: skip


def seen(found: Found, folder: Path) -> Seen:
    """A dataset of the survey."""
    made = Seen(
        str(found.path.relative_to(folder)), found.file, found.layer or "",
        found.subject if found.subject in BROUGHT else "", fixed(found),
        list(found.fields), list(found.geometry), rows=found.rows, crs=found.crs or "", encoding=encoding(found.path),
        size=found.path.stat().st_size, notes=list(found.notes), error=found.error,
    )  # fmt: skip
    name_crs(made)
    return made


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
    return {"utf-8-sig": "UTF-8", "gb18030": "GBK"}.get(found := table.encoding(path), found)
