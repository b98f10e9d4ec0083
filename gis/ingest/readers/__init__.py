"""A reader a format family; the suffix of the file chooses it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from gis.errors import Invalid
from gis.ingest.readers import network, osm, table, vector
from gis.ingest.readers.plain import plain
from gis.ingest.readers.source import Ask, Batch, Source

__all__ = ["Ask", "Batch", "Source", "opened"]

Reader = Callable[[Path, Ask], AbstractContextManager[Source]]

READERS: dict[str, Reader] = {
    ".geojson": vector.opened,
    ".json": vector.opened,
    ".geojsonl": vector.opened,
    ".gpkg": vector.opened,
    ".shp": vector.opened,
    ".fgb": vector.opened,
    ".csv": table.opened,
    ".txt": table.opened,
    ".osm": osm.opened,
    ".pbf": osm.opened,
    ".inp": network.opened,
}

SHEETS = (".xlsx", ".xls", ".xlsm", ".et", ".ods")


@contextmanager
def opened(path: Path, ask: Ask) -> Iterator[Source]:
    """Open a file, packed (.gz, .zip) or not, as a Source; Invalid when it is missing, unknown or cut off."""
    if not path.is_file():
        raise Invalid(f"没有这个文件：{path}。 No such file: {path}.")
    with plain(path, tuple(READERS)) as unpacked:
        reader = READERS.get(unpacked.suffix.lower())
        if reader is None:
            known = " ".join(READERS)
            if unpacked.suffix.lower() in SHEETS:
                raise Invalid(
                    f"{path.name} 是电子表格：请先把编码列设为文本，再“另存为 CSV”后导入。 "
                    f"{path.name} is a spreadsheet: set its columns of codes to text, save it as CSV and import that."
                )
            raise Invalid(
                f"{path.name}：不认识这种文件，可用 {known}，也可压成 .gz 或 .zip。 "
                f"{path.name}: unknown kind of file; known are {known}, also packed as .gz or .zip."
            )
        with reader(unpacked, ask) as source:
            yield source
