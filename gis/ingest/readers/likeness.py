"""What a file is whose suffix says something else, told by its first bytes, and what to do about it."""

from __future__ import annotations

import re
from pathlib import Path

from gis.errors import Invalid

LOOK = 2048
TEXT = ("是文本表格，请改后缀为 .csv", "a table of text: rename it to .csv")
KINDS: tuple[tuple[bytes, str, str], ...] = (
    (rb"PK\x03\x04", "是 .xlsx 工作簿或 .zip 压缩包，请改成它自己的后缀", "an .xlsx workbook or a .zip: rename it"),
    (rb"\xd0\xcf\x11\xe0", "是旧版 Excel 工作簿，请改后缀为 .xls", "an old Excel workbook: rename it to .xls"),
    (rb"\x1f\x8b", "是 gzip 压缩的，请在后缀后面加 .gz", "packed by gzip: add .gz to its name"),
    (rb"Rar!|7z\xbc\xaf", "是 .rar 或 .7z 压缩包，请解压后改用 .zip", "a .rar or .7z: pack it as .zip"),
    (rb"SQLite format 3", "是 GeoPackage 一类的数据库，请改后缀为 .gpkg", "a database such as a GeoPackage: .gpkg"),
    (rb"AutoCAD Binary DXF", "是二进制 DXF，请另存为文本（ASCII）DXF", "a binary DXF: save it as text (ASCII)"),
    (rb"AC10\d\d", "是 DWG 图，请另存为 DXF", "a DWG drawing: save it as DXF"),
    (rb"II[*+]\0|MM\0[*+]", "是 TIFF 影像，请改后缀为 .tif", "a TIFF image: rename it to .tif"),
    (rb"\x89PNG|\xff\xd8\xff|GIF8", "是图片，不含坐标", "a picture, which holds no coordinates"),
    (rb"%PDF", "是 PDF，请导出为数据文件", "a PDF: export the data themselves"),
    (rb"\0\0\x27\x0a", "是 Shapefile，请改后缀为 .shp，并带上 .shx、.dbf", "a Shapefile: .shp, with its .shx and .dbf"),
    (rb"\s*[{\[]", "是 JSON，请改后缀为 .geojson", "JSON: rename it to .geojson"),
    (rb"(?is)\s*<(?:.*<)?kml", "是 KML，请改后缀为 .kml", "KML: rename it to .kml"),
    (rb"(?is)\s*<(?:.*<)?svg", "是 SVG 图形，不含坐标", "an SVG drawing, which holds no coordinates"),
    (rb"[^<\0][^\0\r\n]*[,;\t][^\0]*\Z", *TEXT),
    (rb"(?is)\s*<.*(<table|<html|<head|<body|urn:schemas-microsoft-com:office)", "是网页形式的表格，请用 Excel 或 WPS "
     "打开后另存为 .xlsx", "a table as a web page: open it in Excel and save it as .xlsx"),
)  # fmt: skip
"""How a file of a kind begins, and what is to be said of it."""


def misnamed(path: Path) -> Invalid:
    """The refusal of a file whose content is another format, with what it looks like where that can be told."""
    with path.open("rb") as file:
        zh, en = likeness(file.read(LOOK))
    return Invalid(
        f"{path.name} 的内容与后缀 {path.suffix} 不符{f'：看来{zh}' if zh else ''}。 "
        f"{path.name} is not what its suffix {path.suffix} says{f': it looks like {en}' if en else ''}."
    )


def likeness(head: bytes) -> tuple[str, str]:
    """What a file looks like that begins so, in Chinese and English; blank when nothing is known of it."""
    head = head.removeprefix(b"\xef\xbb\xbf")
    return next(((zh, en) for form, zh, en in KINDS if re.match(form, head)), ("", ""))
