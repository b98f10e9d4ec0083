"""Files as city offices hand them over: titles, gaps, merged cells, capitals, other suffixes, several encodings."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyogrio
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gis.errors import Invalid
from gis.ingest import survey
from gis.ingest.placing import require_places
from gis.ingest.readers import INSTEAD, Ask, Batch, cell, layers, markup, opened, sheets, table
from gis.ingest.readers.grid import grouped, header, letters
from gis.ingest.readers.likeness import KINDS, likeness
from gis.ingest.readers.places import both, number
from gis.ingest.seen import everything
from gis.ingest.survey import looked
from tests.gis.ingest.conftest import Desk

TITLED = (
    "某区公厕登记台账,,,,,\n填报单位：城管局,,填报日期：2024年3月1日,,,\n序号,公厕名称,类别,经度,纬度,\n"
    "1,甲,公厕,120.02,31.29,\n,,,,,\n2,乙,公厕,120.03,31.29,\n\n3,丙,公厕,120.04,31.29,\n"
)


def read(path: Path, reader: Any = table, layer: str | None = None) -> tuple[Any, list[Batch]]:
    """A file by its reader, here and not in a cell."""
    with reader.opened(path, Ask("facilities", layer)) as source:
        return source, list(source.batches)


def placed(path: Path) -> list[tuple[float, float]]:
    _, batches = read(path)
    points = shapely.from_wkb([wkb for batch in batches for wkb in batch.wkb])
    return [(round(point.x, 6), round(point.y, 6)) for point in points]


# --- tables of text --------------------------------------------------------------------------------------------------


def test_titles_gaps_and_empty_columns_of_a_spreadsheet_saved_as_csv(desk: Desk) -> None:
    source, (batch,) = read(desk.text(TITLED, "台账.csv", "gbk"))
    assert source.fields == ("序号", "公厕名称", "类别", "经度", "纬度")
    assert (source.places, source.crs, batch.broken) == (("经度", "纬度"), "EPSG:4326", {})
    assert [batch.row(at) for at in range(len(batch))] == [4, 6, 8], "as the spreadsheet shows them"
    assert batch.columns["公厕名称"] == ["甲", "乙", "丙"]


@pytest.mark.django_db
def test_a_refused_row_below_a_gap_bears_the_number_that_the_spreadsheet_shows(desk: Desk) -> None:
    done = desk.load("facilities", desk.text(TITLED.replace("120.04", "百度"), "台账.csv"))
    assert (done.rows, done.added) == (3, 2)
    assert [(row["row"], row["field"], row["value"]) for row in desk.refused] == [("8", "经度", "百度")]


def test_every_row_of_a_table_with_gaps_is_counted_at_the_first_look(desk: Desk) -> None:
    (found,) = looked(desk.text(TITLED, "台账.csv"), "台账.csv")
    assert (found.rows, found.geometry, found.error) == (3, ("Point",), "")


def test_a_header_of_two_lines_of_words_with_breaks_and_repeats(desk: Desk) -> None:
    words = '物探点号,坐标,,"管径\n(mm)",备注,备注,\n,X,Y,,,,\nA1,1,2,3,甲,乙,丙\n'
    source, (batch,) = read(desk.text(words, "a.csv"))
    assert source.fields == ("物探点号", "坐标/X", "坐标/Y", "管径 (mm)", "备注", "备注 2")
    assert batch.first_row == 3
    assert source.notes[-1].startswith("G 列没有列名")


def test_a_row_of_words_below_a_nameless_column_is_no_second_header() -> None:
    top = [["名称", "类别", ""], ["东方公厕", "公厕", "新"]]
    assert header(top, []) == (1, ["名称", "类别", ""])
    assert grouped(["点号", "坐标", ""], ["", "X", "Y"])
    assert [letters(at) for at in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


def test_a_comma_too_many_at_the_end_costs_no_row_and_a_cell_too_many_does(desk: Desk) -> None:
    words = "kind,lon,lat\na,120,30,\nb,120,30,x\nc,120\nd,120,\ne,,30\n"
    _, (batch,) = read(desk.text(words, "a.csv"))
    assert batch.broken == {
        1: ("", "row_length", ""), 2: ("", "row_length", ""), 3: ("lat", "empty_geometry", ""),
        4: ("lon", "empty_geometry", ""),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"1,,500000,3320000,4.5\n2,,500001,3320000,4.5\n", "第一行就是数据"),
        (b"\n\n", "没有表头"),
        ("名称,lon,lat\n东方路公厕,120,30\n".encode() * 3 + "浦东".encode("gbk") + b",1\xff", "第 7 行有读不出的字"),
        ("名称,lon,lat\n东方路公厕,120,30\n".encode() * 9 + "浦东,1,1\n".encode("gbk"), "第 19 行有读不出的字"),
        ("名称,lon,lat\n东方路公厕".encode("utf-16")[:-1], "不完整或已损坏"),
        (b"PK\x03\x04", "看来是 .xlsx"),
    ],
)
def test_a_table_that_cannot_be_read_says_where_and_why(desk: Desk, content: bytes, said: str) -> None:
    path = desk.folder / "a.csv"
    path.write_bytes(content)
    with pytest.raises(Invalid, match=said):
        read(path)


# --- where a row lies ------------------------------------------------------------------------------------------------


@given(st.integers(70, 136), st.integers(0, 59), st.integers(0, 59999))
def test_degrees_minutes_and_seconds_are_degrees(whole: int, minutes: int, thousandths: int) -> None:
    seconds = thousandths / 1000
    for form in ("{}°{}′{}″", "东经{}度{}分{}秒", "{}° {}' {}\" E", "{}º{}’{}”", "Ｅ{}°{}＇{}＂"):
        assert number(form.format(whole, minutes, seconds)) == pytest.approx(whole + minutes / 60 + seconds / 3600)
    assert number(f"{whole}°{minutes}′") == pytest.approx(whole + minutes / 60)


@pytest.mark.parametrize("words", ["", "东经一百二十度", "120°61′", "121,4944", "-", "W120°"])
def test_what_is_no_number_is_none(words: str) -> None:
    assert number(words) != number(words)


@given(st.text(max_size=120))
def test_no_text_breaks_the_coordinates(words: str) -> None:
    assert isinstance(number(words), float)
    both(words)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("类别,经纬度\n公厕,\"120.02,31.29\"\n", (120.02, 31.29)),
        ("类别,坐标\n公厕,31.29 120.02\n", (120.02, 31.29)),
        ("类别;坐标\n公厕;东经120°1′12″，北纬31°17′24″\n", (120.02, 31.29)),
        ("类别,中心点经度,中心点纬度\n公厕,120.02,31.29\n", (120.02, 31.29)),
        ("类别,gps_lng,gps_lat\n公厕,１２０．０２,31.29N\n", (120.02, 31.29)),
        ("类别,经度(E),纬度(N)\n公厕,E120.02,N31.29\n", (120.02, 31.29)),
        ("类别,坐标\n公厕,POINT(120.02 31.29)\n", (120.02, 31.29)),
    ],
)  # fmt: skip
def test_coordinates_as_offices_write_them(desk: Desk, words: str, expected: tuple[float, float]) -> None:
    assert placed(desk.text(words, "a.csv")) == [expected]


@pytest.mark.django_db
def test_a_table_whose_coordinates_nobody_knows_says_what_it_has(desk: Desk) -> None:
    """Two pairs of columns, each as good as the other, and words where coordinates might stand: nothing is guessed."""
    words = "类别,WGS84经度,WGS84纬度,高德经度,高德纬度,坐标\n公厕,120.02,31.29,120.025,31.288,见图\n"
    path = desk.text(words, "a.csv")
    with pytest.raises(Invalid, match=r"没有认出坐标列（现有：类别、WGS84经度、.*\[places\]"):
        desk.load("facilities", path)
    done = desk.load("facilities", path, '[places]\nx = "WGS84经度"\ny = "WGS84纬度"')
    assert (done.added, done.places, done.crs) == (1, ("WGS84经度", "WGS84纬度"), "EPSG:4326")


def test_who_needs_no_shape_is_not_asked_for_places(desk: Desk) -> None:
    source, _ = read(desk.text("部门编码,部门名称,经度,纬度\nA,甲,—,—\n", "a.csv"))
    require_places("a.csv", source)


# --- workbooks -------------------------------------------------------------------------------------------------------


def test_a_cell_merged_downwards_counts_for_every_row_it_spans(desk: Desk) -> None:
    book = openpyxl.Workbook()
    sheet: Any = book.active
    for row in (["所属街道", "种类", "lon", "lat"], ["甲街道", "路灯", 120, 31], [None, "井盖", 120, 31], [],
                ["乙街道", "路灯", 120, 31], ["合计", None, None, None], ["", "路灯", 1, 1]):  # fmt: skip
        sheet.append(row)
    for merged in ("A2:A4", "A6:D6"):
        sheet.merge_cells(merged)
    book.save(desk.folder / "a.xlsx")
    _, (batch,) = read(desk.folder / "a.xlsx", sheets)
    assert batch.columns["所属街道"] == ["甲街道", "甲街道", "乙街道", "合计", ""]
    assert [batch.row(at) for at in range(len(batch))] == [2, 3, 5, 6, 7]


# --- other suffixes --------------------------------------------------------------------------------------------------

BEGINNINGS = (
    b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1", b"\x1f\x8b\x08", b"Rar!\x1a", b"SQLite format 3\0",
    b"AutoCAD Binary DXF\r\n", b"AC1027", b"II*\0", b"\x89PNG\r\n", b"%PDF-1.7", b"\0\0\x27\x0a\0", b'{"type": 1}',
    b'<?xml version="1.0"?><kml>', b"<svg xmlns='x'><script>alert(1)</script></svg>", "类别,lon\n".encode(),
    b"<html xmlns:o='urn:schemas-microsoft-com:office:office'><table>",
)  # fmt: skip


def test_what_a_file_looks_like_is_said_of_every_kind() -> None:
    assert [likeness(one) for one in BEGINNINGS] == [(zh, en) for _, zh, en in KINDS]
    assert likeness(b"\0\1\2") == likeness(b"") == ("", "")


@pytest.mark.parametrize("name", ["a.xls", "a.xlsx", "a.csv", "a.tif", "a.geojson", "a.kml", "a.dxf", "a.gpkg"])
@pytest.mark.parametrize("content", [b"<html><body><table><tr><td>1</td></tr></table>", b"<svg><a/></svg>"])
def test_a_web_page_or_drawing_by_another_name_is_told(desk: Desk, name: str, content: bytes) -> None:
    path = desk.folder / name
    path.write_bytes(content)
    reader = "images" if name == "a.tif" else None
    with pytest.raises(Invalid, match=r"与后缀.*看来是"):
        if reader:
            cell.told(path, reader, "describe")
        else:
            layers(path)
            with opened(path, Ask("facilities")):
                pass


def test_an_empty_file_is_called_one(desk: Desk) -> None:
    for name in ("a.csv", "a.geojson", "a.xlsx", "a.kml"):
        with pytest.raises(Invalid, match=r"是空文件（0 字节）"), opened(desk.text("", name), Ask("facilities")):
            pass


def test_what_is_not_read_says_what_to_hand_over_instead(desk: Desk) -> None:
    folder = desk.folder / "交付"
    for name in ("库.gdb/a01.gdbtable", "库.gdb/gdb", "图.dwg", "说明.docx", "孤.dbf", "轨迹.gpx"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")
    found = {one.file: one.error for one in everything(folder)}
    assert found.keys() == {"库.gdb", "图.dwg", "说明.docx", "孤.dbf", "轨迹.gpx"}, "a geodatabase is one thing"
    assert all(INSTEAD[Path(name).suffix][0] in error for name, error in found.items())
    packed = desk.folder / "a.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("图纸/一.dwg", b"AC1027")
    (one,) = looked(packed, "a.zip")
    assert "有：图纸/一.dwg" in one.error and "DWG 请另存为 DXF" in one.error


def test_a_message_does_not_tell_where_the_server_keeps_its_files(desk: Desk) -> None:
    with pytest.raises(Invalid) as caught, opened(desk.text("{", "a.geojson"), Ask("facilities")):
        pass
    assert "不完整或已损坏" in str(caught.value) and str(desk.folder) not in str(caught.value)


# --- files of other tools --------------------------------------------------------------------------------------------


def test_a_shapefile_in_capitals_without_prj_in_a_zip_of_an_old_packer(desk: Desk) -> None:
    data = pa.table({"MC": ["甲楼"], "geom": pa.array(shapely.to_wkb([shapely.box(500000, 3320000, 500010, 3320010)]))})
    pyogrio.write_arrow(data, desk.folder / "a.shp", driver="ESRI Shapefile", geometry_name="geom",
                        geometry_type="Polygon", crs="EPSG:4549", layer_options={"ENCODING": "GBK"})  # fmt: skip
    packed = desk.folder / "b.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for part in ("SHP", "SHX", "DBF", "CPG"):
            archive.write(desk.folder / f"a.{part.lower()}", f"AAAA/JZ.{part}")
    packed.write_bytes(packed.read_bytes().replace(b"AAAA", "建筑".encode("gbk")))
    with opened(packed, Ask("buildings")) as source:
        (batch,) = source.batches
    assert (source.crs, batch.columns["MC"], shapely.from_wkb(batch.wkb[0]).area) == (None, ["甲楼"], 100)


def test_a_kml_in_gbk_with_a_track_of_a_phone(desk: Desk) -> None:
    track = "<gx:coord>120 31 3</gx:coord><gx:coord>121 31 3</gx:coord>"
    words = (
        '<?xml version="1.0" encoding="GB2312"?><kml xmlns:gx="x"><Document><Placemark><name>轨迹</name><gx:MultiTrack>'
        f"<gx:Track>{track}</gx:Track></gx:MultiTrack></Placemark></Document></kml>"
    )
    _, (batch,) = read(desk.text(words, "a.kml", "gbk"), markup)
    assert batch.columns["name"] == ["轨迹"] and shapely.from_wkb(batch.wkb[0]).geom_type == "LineString"
    with pytest.raises(Invalid, match="不完整或已损坏"):
        read(desk.text(words[:-20], "a.kml", "gbk"), markup)


# --- more than anybody means -----------------------------------------------------------------------------------------


def test_more_columns_than_any_register_has_are_refused(desk: Desk) -> None:
    path = desk.text(",".join(f"a/{n}" for n in range(200_000)) + "\n1\n", "a.csv")
    with pytest.raises(Invalid, match="超过 2000 列"), opened(path, Ask("facilities")):
        pass


def test_of_a_crowd_of_layers_some_are_looked_at_and_the_rest_is_said(desk: Desk, monkeypatch: Any) -> None:
    monkeypatch.setattr(survey, "MANY", 2)
    mark = "<Folder><name>{}</name><Placemark><Point><coordinates>120,30</coordinates></Point></Placemark></Folder>"
    path = desk.text(f"<kml>{''.join(mark.format(n) for n in range(5))}</kml>", "a.kml")
    *seen, rest = looked(path, "a.kml")
    assert [one.layer for one in seen] == ["0", "1"] and "有 5 个图层" in rest.error


def test_what_an_archive_holds_beside_its_data_is_named(desk: Desk) -> None:
    packed = desk.folder / "交付.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("数据/公厕.csv", "类别,lon,lat\n公厕,120,31\n")
        for name in ("数据/地形.dwg", "数据/Thumbs.db", "README.txt"):
            archive.writestr(name, b"x")
    data, rest = looked(packed, "交付.zip")
    assert (data.subject, data.rows) == ("facilities", 1)
    assert "还有 1 个文件没有读：数据/地形.dwg；DWG 请另存为 DXF" in rest.error


def test_a_workbook_of_nothing_says_so(desk: Desk) -> None:
    openpyxl.Workbook().save(desk.folder / "空.xlsx")
    (one,) = everything(desk.folder)
    assert one.error.startswith("空.xlsx 里没有数据")


def test_a_guess_that_says_nothing_leaves_the_form_open(desk: Desk) -> None:
    mark = "<Placemark><name>1</name><Point><coordinates>120,30</coordinates></Point></Placemark>"
    desk.text(f"<kml>{mark}</kml>", "我的标注.kml")
    (one,) = everything(desk.folder)
    assert (one.subject, one.kinds) == ("", ["Point"])
