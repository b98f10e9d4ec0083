"""Workbooks, drawings, KML, FlatGeobuf, archives of several files: read end to end."""

from __future__ import annotations

import zipfile
from datetime import date, datetime
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
from gis.ingest import subjects
from gis.ingest.mapping import by_name, plain
from gis.ingest.readers import Ask, layers, opened
from gis.ingest.readers.drawing import AREAL
from gis.ingest.readers.grid import header, joined
from gis.ingest.readers.sheets import text
from gis.ingest.values import Wrong, code, day, year
from gis.models import Building, Facility, PipeNode, PipeSegment, Road
from tests.gis.ingest import biff
from tests.gis.ingest.conftest import Desk, dot, square

pytestmark = pytest.mark.django_db


# --- workbooks -------------------------------------------------------------------------------------------------------


def survey(path: Path) -> Path:
    """A survey's two tables in one workbook, with a title, merged headers of two lines and empty rows at the end."""
    book = openpyxl.Workbook()
    points: Any = book.active
    points.title = "点表"
    for cell, words in {
        "A1": "某市地下管线普查点表", "A2": "物探点号", "B2": "坐标(m)", "B3": "X", "C3": "Y", "D2": "地面高程",
        "E2": "管线类别", "F2": "附属物", "G2": "测量日期",
    }.items():  # fmt: skip
        points[cell] = words
    for merged in ("A1:G1", "A2:A3", "B2:C2", "D2:D3", "E2:E3", "F2:F3", "G2:G3"):
        points.merge_cells(merged)
    points.append(["JS１", 3320000.5, 500000, 5.25, "给水", "阀门", date(2024, 3, 5)])
    points.append(["JS2", 3320050, 500100, 5.0, "给水", None, 45356])
    points.append([None] * 7)
    points["A90"] = " "
    lines: Any = book.create_sheet("线表")
    lines.append(["起点点号", "终点点号", "起点", "", "终点", "", "管径", "材质", "管线类别"])
    lines.append(["", "", "埋深", "高程", "埋深", "高程", "", "", ""])
    for merged in ("C1:D1", "E1:F1"):
        lines.merge_cells(merged)
    lines.append(["ＪＳ1", "JS2", 1.2, 4.05, 1.3, 3.7, 300, "PE", "给水"])
    book.create_sheet("说明")["A1"] = "说明文字"
    book.save(path)
    return path


def test_a_survey_of_points_and_lines_in_one_workbook(desk: Desk) -> None:
    path = survey(desk.folder / "普查.xlsx")
    assert layers(path) == ["点表", "线表"]
    done = desk.load("pipe-nodes", path, crs="EPSG:4549")
    assert (done.added, done.refused) == (2, 0)
    node = PipeNode.objects.get(code="JS1")
    assert (node.appendage, node.ground_m, node.surveyed_at) == ("阀门", 5.25, date(2024, 3, 5))
    assert node.geom.coords == pytest.approx((120.0, 30.0), abs=0.01)
    assert PipeNode.objects.get(code="JS2").surveyed_at == date(2024, 3, 5)
    assert "先北后东" in done.notes[0]
    desk.load("pipes", path)
    pipe = PipeSegment.objects.get()
    assert (pipe.start_id, pipe.end.code, pipe.diameter_mm, pipe.material) == (node.pk, "JS2", 300, "PE")
    assert (pipe.start_depth_m, pipe.end_depth_m) == (1.2, 1.3)
    assert [z for *_, z in pipe.geom] == [4.05, 3.7]


def test_workbooks_of_the_old_kind_of_wps_and_of_open_offices(desk: Desk) -> None:
    """An .et is an .xls by another name; the .ods is as QGIS writes it, by GDAL."""
    rows: list[list[str | float]] = [
        ["种类", "编码", "lon", "lat"],
        ["路灯", "007", 121, 31.5],
        ["井盖", "８", 121.25, 31],
    ]
    old = biff.workbook(["某区设施登记表"], [], *rows)
    for name in ("a.xls", "a.et"):
        (desk.folder / name).write_bytes(old)
    table = pa.table({name: [row[n] for row in rows[1:]] for n, name in enumerate(map(str, rows[0]))})
    pyogrio.write_arrow(table, desk.folder / "a.ods", driver="ODS", layer="设施", geometry_type=None)
    for name in ("a.xls", "a.et", "a.ods"):
        done = desk.load("facilities", desk.folder / name)
        assert (done.added, done.refused) == (2, 0)
        found = Facility.objects.order_by("code")
        assert [(one.code, one.kind, one.geom.coords) for one in found] == [
            ("007", "lamp", (121, 31.5)), ("8", "manhole", (121.25, 31)),
        ]  # fmt: skip
        Facility.objects.all().delete()
    assert layers(desk.folder / "a.ods") == ["设施"]


def test_rows_are_numbered_as_the_spreadsheet_shows_them(desk: Desk) -> None:
    book = openpyxl.Workbook()
    sheet: Any = book.active
    for row in (["设施表"], [], ["种类", "编码", "lon", "lat"], ["路灯", "1", 121, 31], [], ["路灯", "2", 121, "x"]):
        sheet.append(row)
    book.save(desk.folder / "a.xlsx")
    done = desk.load("facilities", desk.folder / "a.xlsx")
    assert (done.added, done.refused) == (1, 1)
    assert desk.refused[0]["row"] == "6"


def test_a_workbook_of_several_sheets_asks_which(desk: Desk) -> None:
    book = openpyxl.Workbook()
    for name in ("东", "西"):
        sheet = book.create_sheet(name)
        sheet.append(["种类", "lon", "lat"])
        sheet.append(["路灯", 121 if name == "东" else 120, 31])
    book.save(desk.folder / "a.xlsx")
    with pytest.raises(Invalid, match="有工作表：东、西"):
        desk.load("facilities", desk.folder / "a.xlsx")
    assert desk.load("facilities", desk.folder / "a.xlsx", layer="东").added == 1


def test_a_code_that_excel_has_rounded_is_refused(desk: Desk) -> None:
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.append(["种类", "编码", "lon", "lat"])
    sheet.append(["路灯", 310115001001001234, 121, 31])
    sheet.append(["路灯", "310115001001001235", 121, 31.1])
    sheet.append(["路灯", 12.0, 121, 31.2])
    book.save(desk.folder / "a.xlsx")
    done = desk.load("facilities", desk.folder / "a.xlsx")
    assert dict(done.reasons) == {"scientific": 1}
    assert set(Facility.objects.values_list("code", flat=True)) == {"310115001001001235", "12"}


def test_a_workbook_without_a_header(desk: Desk) -> None:
    openpyxl.Workbook().save(desk.folder / "a.xlsx")
    with pytest.raises(Invalid, match="没有表头"):
        desk.load("facilities", desk.folder / "a.xlsx")


WORD = st.text("东西南北编码XY/坐标", min_size=1, max_size=6)


@given(st.lists(WORD, min_size=2, max_size=8, unique=True), st.integers(0, 5), st.lists(st.lists(st.floats(0, 1e6))))
def test_a_header_is_found_under_any_number_of_titles(names: list[str], above: int, rows: list[list[float]]) -> None:
    top = [["标题"], *([] for _ in range(above)), names, *([str(value) for value in row] for row in rows)]
    depth, found = header(top, [])
    assert (depth, found[: len(names)]) == (above + 2, names)


@given(WORD, WORD)
def test_two_lines_of_a_header_are_joined_once(parent: str, child: str) -> None:
    assert joined(parent, child) == (parent if parent == child else f"{parent}/{child}")
    assert joined(parent, "") == joined("", parent) == parent


@given(st.integers(-(10**14), 10**14))
def test_whole_numbers_of_a_sheet_have_no_decimals(number: int) -> None:
    assert text(float(number)) == text(number) == str(number)


@given(st.floats(allow_nan=False, allow_infinity=False, max_value=1e14, min_value=-1e14))
def test_numbers_of_a_sheet_are_the_same_as_text(number: float) -> None:
    assert float(text(number)) == number


@given(st.datetimes(min_value=datetime(1950, 1, 1), max_value=datetime(2090, 1, 1)))
def test_dates_by_any_hand_are_one_date(moment: datetime) -> None:
    said = moment.date()
    serial = (said - date(1899, 12, 30)).days
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in f"{said:%Y%m%d}")
    for typed in (text(moment), text(said), f"{said:%Y年%m月%d日}", f"{said:%Y/%m/%d}", f"{said:%Y%m%d}", serial, wide):
        assert day(typed) == said.isoformat()
    assert year(wide[:4]) == str(said.year)


@given(st.text(max_size=30))
def test_no_text_breaks_the_parsers(words: str) -> None:
    for parse in (code, day, year):
        try:
            parse(words)
        except Wrong:
            continue


@given(st.text("ABCxyz019-_/.", min_size=1, max_size=12))
def test_full_width_codes_are_plain(words: str) -> None:
    wide = "".join(chr(ord(sign) + 0xFEE0) for sign in words)
    assert code(wide) == code(words)


@given(st.lists(st.text("XY坐标(m)起点埋深/", min_size=1, max_size=8), max_size=8))
def test_every_field_goes_by_its_own_name_first(fields: list[str]) -> None:
    named = by_name(fields)
    assert all(plain(named[plain(name)]) == plain(name) for name in fields)


def test_fields_go_by_the_second_line_of_a_header_and_without_their_unit() -> None:
    named = by_name(["坐标(m)/X", "坐标(m)/Y", "起点/埋深", "终点/埋深", "管径（mm）"])
    assert (named["x"], named["管径"], named["起点埋深"]) == ("坐标(m)/X", "管径（mm）", "起点/埋深")
    assert "埋深" not in named


# --- drawings --------------------------------------------------------------------------------------------------------

HEAD = "0\nSECTION\n2\nHEADER\n9\n$DWGCODEPAGE\n3\nANSI_936\n0\nENDSEC\n"
BLOCK = "0\nBLOCK\n8\n0\n2\nJING\n70\n0\n10\n0\n20\n0\n0\nCIRCLE\n8\n0\n10\n0\n20\n0\n40\n1\n0\nENDBLK\n8\n0\n"
OUTLINE = (
    "0\nLWPOLYLINE\n8\n{}\n90\n4\n70\n1\n10\n500000\n20\n3320000\n10\n500010\n20\n3320000\n10\n500010\n20\n3320010\n"
)
TEXT = "0\nTEXT\n8\n注记\n10\n500000\n20\n3320000\n40\n2.5\n1\n东方路\n"
INSERT = "0\nINSERT\n8\n井\n2\nJING\n10\n500005\n20\n3320005\n"


def drawing(desk: Desk) -> Path:
    entities = OUTLINE.format("建筑") + TEXT + INSERT
    words = f"{HEAD}0\nSECTION\n2\nBLOCKS\n{BLOCK}0\nENDSEC\n0\nSECTION\n2\nENTITIES\n{entities}0\nENDSEC\n0\nEOF\n"
    return desk.text(words, "图.dxf", "gbk")


def test_a_drawing_gives_its_layers(desk: Desk) -> None:
    path = drawing(desk)
    assert sorted(layers(path)) == sorted(["建筑", "注记", "井"])
    with pytest.raises(Invalid, match="请用 --layer"):
        desk.load("buildings", path)
    with pytest.raises(Invalid, match=r"没有写明坐标系.*高斯"):
        desk.load("buildings", path, layer="建筑")
    assert desk.load("buildings", path, layer="建筑", crs="EPSG:4549").added == 1
    assert Building.objects.get().geom.area > 0
    assert desk.load("roads", path, layer="建筑", crs="EPSG:4549", constants={"kind": "primary"}).added == 1
    assert Road.objects.get().geom.geom_type == "MultiLineString"
    mapping = 'crs = "EPSG:4549"\n[fields]\nname = "Text"\nkind = { value = "注记" }'
    assert desk.load("facilities", path, mapping, layer="注记").added == 1
    assert Facility.objects.get().name == "东方路"
    assert desk.load("facilities", path, layer="井", crs="EPSG:4549", constants={"kind": "井盖"}).added == 1


def test_the_subjects_whose_closed_lines_are_surfaces() -> None:
    assert {name for name, one in subjects.SUBJECTS.items() if {"Polygon", "MultiPolygon"} & one.shapes} == AREAL


# --- KML -------------------------------------------------------------------------------------------------------------


def test_a_kmz_of_folders(desk: Desk) -> None:
    mark = "<Placemark><name>{}</name><ExtendedData>{}</ExtendedData>{}</Placemark>"
    toilet = mark.format(
        "东路公厕",
        '<Data name="类别"><value>公厕</value></Data>',
        "<Point><coordinates>121.4,31.2,0</coordinates></Point>",
    )
    ring = "<LinearRing><coordinates>{}</coordinates></LinearRing>"
    outer = ring.format("121,31 121.1,31 121.1,31.1 121,31.1 121,31")
    inner = ring.format("121.02,31.02 121.04,31.02 121.04,31.04 121.02,31.02")
    house = mark.format(
        "甲楼", '<SchemaData><SimpleData name="层数">6</SimpleData></SchemaData>',
        f"<MultiGeometry><Polygon><outerBoundaryIs>{outer}</outerBoundaryIs><innerBoundaryIs>{inner}</innerBoundaryIs>"
        "</Polygon></MultiGeometry>",
    )  # fmt: skip
    track = mark.format("路线", "", "<gx:Track><gx:coord>121 31 0</gx:coord><gx:coord>121.1 31 0</gx:coord></gx:Track>")
    words = (
        '<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2" '
        'xmlns:gx="http://www.google.com/kml/ext/2.2"><Document><name>城</name>'
        f"<Folder><name>公厕</name>{toilet}</Folder>"
        f"<Folder><name>楼</name>{house}<Folder><name>路</name>{track}</Folder></Folder></Document></kml>"
    )
    path = desk.folder / "城.kmz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("doc.kml", words)
        archive.writestr("files/icon.png", b"")
    with pytest.raises(Invalid, match="公厕、楼、楼/路"):
        desk.load("facilities", path)
    assert desk.load("facilities", path, layer="公厕").added == 1
    assert (Facility.objects.get().name, Facility.objects.get().kind) == ("东路公厕", "toilet")
    assert desk.load("buildings", path, layer="楼").added == 1
    assert (Building.objects.get().floors, Building.objects.get().geom.num_points) == (6, 9)
    assert desk.load("roads", path, layer="楼/路", constants={"kind": "primary"}).added == 1


def test_a_placemark_that_cannot_be_drawn_is_refused_alone(desk: Desk) -> None:
    point = "<Point><coordinates>{}</coordinates></Point>"
    shapes = (point.format("120,30"), point.format("x,y"), "")
    marks = "".join(f"<Placemark><name>{n}</name>{shape}</Placemark>" for n, shape in enumerate(shapes))
    done = desk.load("facilities", desk.text(f"<kml>{marks}</kml>", "a.kml"), constants={"kind": "公厕"})
    assert (done.added, dict(done.reasons)) == (1, {"bad_geometry": 1, "no_geometry": 1})


# --- the rest --------------------------------------------------------------------------------------------------------


def test_a_flatgeobuf(desk: Desk) -> None:
    path = desk.folder / "a.fgb"
    table = pa.table({"名称": ["甲", "乙"], "geom": pa.array(shapely.to_wkb([shapely.box(120, 30, 121, 31)] * 2))})
    pyogrio.write_arrow(table, path, driver="FlatGeobuf", geometry_name="geom", geometry_type="Polygon",
                        crs="EPSG:4490")  # fmt: skip
    assert desk.load("buildings", path).added == 2
    assert Building.objects.filter(name="甲").exists()


def test_a_zip_of_several_files_gives_each_by_its_name(desk: Desk) -> None:
    desk.geojson((square(), {"id": 1}), name="楼.geojson")
    desk.geojson((dot(), {"kind": "公厕"}), name="点.geojson")
    path = desk.folder / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(desk.folder / "楼.geojson", "数据/楼.geojson")
        archive.write(desk.folder / "点.geojson", "数据/点.geojson")
        archive.writestr("说明.txt", "读我")
    for name in ("数据/楼.geojson", "楼.geojson", "楼"):
        assert desk.load("buildings", path, layer=name, source=name).added == 1
    assert desk.load("facilities", path, layer="点").added == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_a_table_in_any_encoding(desk: Desk, encoding: str) -> None:
    path = desk.text("种类,名称,经度,纬度\n公厕,东方路公厕,121.4,31.2\n", "a.csv", encoding)
    assert desk.load("facilities", path).added == 1
    assert Facility.objects.get().name == "东方路公厕"


def test_a_reader_stops_where_it_is_asked_to(desk: Desk) -> None:
    path = desk.text("kind,lon,lat\n" + "路灯,121,31\n" * 25_000, "a.csv")
    with opened(path, Ask("facilities"), most=1) as source:
        assert sum(map(len, source.batches)) == 10_000
