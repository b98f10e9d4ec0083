"""A reader a format family; the suffix of the file chooses it, and a cell apart runs it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from gis.errors import Invalid
from gis.ingest.readers import cell
from gis.ingest.readers.plain import unpacked
from gis.ingest.readers.source import Ask, Batch, Source

__all__ = ["RASTERS", "READERS", "Ask", "Batch", "Source", "layers", "opened", "parts", "unpacked"]

READERS = {
    ".geojson": "vector",
    ".json": "vector",
    ".geojsonl": "vector",
    ".gpkg": "vector",
    ".shp": "vector",
    ".fgb": "vector",
    ".kml": "markup",
    ".dxf": "drawing",
    ".csv": "table",
    ".txt": "table",
    ".xlsx": "sheets",
    ".xlsm": "sheets",
    ".xls": "sheets",
    ".et": "sheets",
    ".ods": "sheets",
    ".osm": "osm",
    ".pbf": "osm",
    ".inp": "network",
}
"""The module of this package that reads a kind of file."""
RASTERS = (".tif", ".tiff")
_GIS = "请在原软件里导出为 GeoPackage 或 Shapefile", "export it as a GeoPackage or a Shapefile"
_PICTURE = "图片不含坐标，影像请输出为 GeoTIFF", "a picture holds no coordinates; save an image as a GeoTIFF"
_WORDS = "文档里的表格请另存为 .xlsx", "save the tables of a document as .xlsx"
_ALONE = "Shapefile 的 .shp、.shx、.dbf、.prj 请一起交", "bring the .shp, .shx, .dbf and .prj of a Shapefile together"
INSTEAD = {
    ".dwg": ("DWG 请另存为 DXF（文本格式）", "save a DWG as DXF (text)"),
    ".gdb": _GIS, ".gdbtable": _GIS, ".mdb": _GIS, ".accdb": _GIS, ".tab": _GIS, ".mif": _GIS, ".gml": _GIS,
    ".wt": _GIS, ".wl": _GIS, ".wp": _GIS, ".mpj": _GIS, ".mxd": _GIS, ".qgz": _GIS, ".lyr": _GIS,
    ".gpx": ("GPX 请转成 KML 或 GeoJSON", "turn a GPX into KML or GeoJSON"),
    ".dat": ("请加一行列名，另存为 .csv", "put a line of column names above it and save it as .csv"),
    ".doc": _WORDS, ".docx": _WORDS, ".wps": _WORDS, ".pdf": _WORDS,
    ".shx": _ALONE, ".dbf": _ALONE, ".prj": _ALONE,
    ".jpg": _PICTURE, ".jpeg": _PICTURE, ".png": _PICTURE, ".bmp": _PICTURE, ".svg": _PICTURE,
}  # fmt: skip
"""What offices hand over that is not read, and what to do about it."""


@contextmanager
def parts(path: Path) -> Iterator[list[tuple[Path, str]]]:
    """The files in a path that can be read, unpacked where they are packed, each with its name in the archive."""
    if not path.is_file():
        raise Invalid(f"没有这个文件：{path}。 No such file: {path}.")
    with unpacked(path) as files:
        known = [(file, name) for file, name in files if file.suffix.lower() in READERS]
        data = [(file, name) for file, name in known if file.suffix.lower() != ".txt"]
        yield data or known  # a README.txt is not what it describes


def layers(file: Path) -> list[str]:
    """The names of the layers of a plain file."""
    return [str(name) for name in cell.told(file, READERS[file.suffix.lower()], "layers")]


@contextmanager
def opened(path: Path, ask: Ask, most: int | None = None) -> Iterator[Source]:
    """Open a file, packed (.gz .zip .kmz) or not, as a Source of at most `most` batches.

    Of several files in an archive `ask.layer` names one: `folder/name.shp`, or `name.gpkg|layer`.
    Raises Invalid when the file is missing, unknown, harmful or cut off.
    """
    with parts(path) as files:
        if not files:
            raise unknown(path)
        file, layer = chosen(path, files, ask.layer)
        with cell.opened(file, READERS[file.suffix.lower()], replace(ask, layer=layer), most) as source:
            yield source


def chosen(path: Path, files: list[tuple[Path, str]], asked: str | None) -> tuple[Path, str | None]:
    """The file that is asked for, and the layer in it."""
    head, bar, layer = (asked or "").partition("|")
    for alike in (lambda name: name, lambda name: name.rpartition("/")[2], stem):
        named = [file for file, name in files if alike(name) == head]
        if head and len(named) == 1 and (len(files) > 1 or bar):
            return named[0], layer or None
    if len(files) == 1:
        return files[0][0], asked
    listed = "、".join(name for _, name in files)
    raise Invalid(
        f"{path.name} 里有多个可导入的文件：{listed}；请用 --layer 指定一个。 "
        f"{path.name} holds several files to import: {listed}; name one with --layer."
    )


def stem(name: str) -> str:
    """A file's name without its folders and its format."""
    return name.rpartition("/")[2].rpartition(".")[0]


def unknown(path: Path) -> Invalid:
    """The refusal of a file that no reader reads."""
    if path.suffix.lower() in RASTERS:
        return Invalid(
            f"{path.name} 是影像：请用 manage.py import rasters 登记。 "
            f"{path.name} is an image: register it with manage.py import rasters."
        )
    known, (zh, en) = " ".join(READERS), instead(path.name)
    return Invalid(
        f"{path.name}：不认识这种文件{f'（{zh}）' if zh else ''}，可用 {known}，也可压成 .gz 或 .zip。 "
        f"{path.name}: unknown kind of file{f' ({en})' if en else ''}; known are {known}, also packed as .gz or .zip."
    )


def instead(name: str) -> tuple[str, str]:
    """What to hand over in place of a file that no reader reads; blank where there is nothing to say of its kind."""
    suffixes = [f".{suffix.lower()}" for suffix in name.replace("/", ".").split(".")[1:]]
    return next((said for suffix in reversed(suffixes) if (said := INSTEAD.get(suffix))), ("", ""))
