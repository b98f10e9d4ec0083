"""Every bad input gets a clear answer, and leaves nothing half-written."""

from __future__ import annotations

import json
import sqlite3
import struct
import zipfile
from contextlib import closing, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyogrio
import pytest
import shapely
from django.db import connection

from gis.errors import Conflict, Invalid
from gis.models import Address, Building, CodePattern, Facility, Grid, ImportRun, Landuse, PipeSegment, Road
from tests.gis.ingest.conftest import Desk, dot, line, square

pytestmark = pytest.mark.django_db


def one_reason(desk: Desk) -> tuple[str, str, str, str]:
    (row,) = desk.refused
    return row["row"], row["id"], row["reason_zh"], row["reason_en"]


def write(path: Path, shapes: list[bytes], driver: str, crs: str | None, **more: Any) -> Path:
    table = pa.table({"id": pa.array(range(len(shapes))), "geom": pa.array(shapes, pa.binary())})
    with pytest.warns(UserWarning) if crs is None else nullcontext():
        pyogrio.write_arrow(table, path, driver=driver, geometry_name="geom", crs=crs, **more)
    return path


def refused_whole(desk: Desk, subject: str, path: Path, *words: str, **asked: Any) -> None:
    """The file is refused with a message that says all these words, and no row was written."""
    model = {"buildings": Building, "facilities": Facility, "pipes": PipeSegment, "roads": Road}[subject]
    with pytest.raises(Invalid) as caught:
        desk.load(subject, path, **asked)
    for word in words:
        assert word in str(caught.value)
    assert not model.objects.exists()
    assert not ImportRun.objects.exists()


# --- the coordinate system -------------------------------------------------------------------------------------------


def test_a_shapefile_without_prj_asks_for_its_crs_and_says_what_the_numbers_look_like(desk: Desk) -> None:
    wkb = shapely.to_wkb([shapely.box(40_500_000, 3_300_000, 40_500_010, 3_300_010)])
    path = write(desk.folder / "b.shp", list(wkb), "ESRI Shapefile", None, geometry_type="Polygon")
    refused_whole(desk, "buildings", path, "请用 --crs 指定", "带号 40", "EPSG:4528", "name it, for example --crs")


def test_a_csv_of_metres_asks_for_its_crs(desk: Desk) -> None:
    path = desk.text("kind,x,y\n路灯,500100,3300200\n", "a.csv")
    refused_whole(desk, "facilities", path, "没有写明坐标系", "does not say its coordinate system")


def test_metres_that_call_themselves_degrees_are_refused_whole(desk: Desk) -> None:
    path = desk.geojson((square(500_000, 3_300_000, 10), {"id": 1}))
    refused_whole(desk, "buildings", path, "全部 1 个图形都不在经纬度范围内", "the coordinate system is wrong")


def test_a_crs_nobody_knows_is_refused(desk: Desk) -> None:
    refused_whole(desk, "buildings", desk.geojson((square(), {})), "坐标系“EPSG:1”", crs="EPSG:1")


def test_one_row_of_metres_among_degrees_is_refused_alone(desk: Desk) -> None:
    done = desk.load("buildings", desk.geojson((square(), {"id": 1}), (square(500_000, 3_300_000, 10), {"id": 2})))
    assert (done.added, done.refused) == (1, 1)
    assert one_reason(desk)[:2] == ("2", "2")
    assert "--crs" in desk.refused[0]["reason_zh"]


def test_swapped_axes_are_named(desk: Desk) -> None:
    done = desk.load("facilities", desk.geojson((dot(), {"kind": "a"}), (dot(30, 120), {"kind": "b"})))
    assert (done.added, done.refused) == (1, 1)
    assert "颠倒" in one_reason(desk)[2]


def test_data_of_another_country_comes_in_with_a_remark(desk: Desk) -> None:
    done = desk.load("buildings", desk.geojson((square(24.9, 60.1), {"id": 1})))
    assert (done.added, done.outside) == (1, 1)


# --- shapes ----------------------------------------------------------------------------------------------------------


def test_no_geometry(desk: Desk) -> None:
    done = desk.load("buildings", desk.geojson((square(), {"id": 1}), (None, {"id": 2})))
    assert (done.added, done.refused) == (1, 1)
    assert one_reason(desk) == ("2", "2", "没有图形", "no geometry")


def test_empty_geometry(desk: Desk) -> None:
    empty = {"type": "Polygon", "coordinates": []}
    done = desk.load("buildings", desk.geojson((square(), {"id": 1}), (empty, {"id": 2})))
    assert (done.added, done.refused) == (1, 1)
    assert one_reason(desk)[3] == "the geometry is empty, or its coordinates are NaN"


def test_a_coordinate_that_is_no_number(desk: Desk) -> None:
    done = desk.load("facilities", desk.text("kind,lon,lat\na,120,30\nb,NaN,30\nc,x,30\n", "a.csv"))
    assert (done.added, done.refused) == (1, 2)
    assert [row["row"] for row in desk.refused] == ["3", "4"]
    assert all("NaN" in row["reason_zh"] for row in desk.refused)


def test_infinity_inside_a_line(desk: Desk) -> None:
    shapes = shapely.to_wkb(
        [shapely.linestrings([[120, 30], [np.inf, 30]]), shapely.linestrings([[120, 30], [121, 30]])]
    )
    path = write(desk.folder / "a.gpkg", list(shapes), "GPKG", "EPSG:4490", geometry_type="LineString")
    done = desk.load("roads", path, constants={"kind": "primary"})
    assert (done.added, done.refused) == (1, 1)
    assert "无穷大" in one_reason(desk)[2]


def test_the_wrong_kind_of_geometry(desk: Desk) -> None:
    done = desk.load("landuse", desk.geojson((square(), {"kind": "park"}), (dot(), {"kind": "park"})))
    assert (done.added, done.refused) == (1, 1)
    assert desk.refused[0]["value"] == "Point"
    assert Landuse.objects.get().geom.geom_type == "MultiPolygon"


def test_a_bow_tie_is_mended_and_said_so(desk: Desk) -> None:
    tie = {"type": "Polygon", "coordinates": [[[120, 30], [120.1, 30.1], [120.1, 30], [120, 30.1], [120, 30]]]}
    done = desk.load("buildings", desk.geojson((tie, {"id": 1})))
    assert (done.added, done.repaired) == (1, 1)
    assert Building.objects.get().geom.valid


def test_a_polygon_without_area_is_refused(desk: Desk) -> None:
    flat = {"type": "Polygon", "coordinates": [[[120, 30], [120.1, 30], [120.2, 30], [120, 30]]]}
    done = desk.load("buildings", desk.geojson((square(), {"id": 1}), (flat, {"id": 2})))
    assert (done.added, done.refused) == (1, 1)
    assert "无法" in one_reason(desk)[2]


def test_a_line_of_no_length_is_refused(desk: Desk) -> None:
    done = desk.load("roads", desk.geojson((line((120, 30), (120, 30)), {"kind": "primary"})))
    assert (done.added, done.refused) == (0, 1)
    assert "长度为零" in one_reason(desk)[2]


def test_a_curve_becomes_a_polygon(desk: Desk) -> None:
    ring = struct.pack("<BII", 1, 8, 5) + struct.pack(
        "<10d", 120, 30, 120.004, 30, 120.004, 30.004, 120, 30.004, 120, 30
    )
    path = write(
        desk.folder / "a.gpkg", [struct.pack("<BII", 1, 10, 1) + ring], "GPKG", "EPSG:4490", geometry_type="Unknown"
    )
    done = desk.load("buildings", path)
    assert (done.added, done.curves) == (1, 1)
    assert Building.objects.get().geom.num_coords > 20


def test_z_is_dropped_where_the_table_is_flat(desk: Desk) -> None:
    shape = {"type": "Point", "coordinates": [120, 30, 5]}
    assert desk.load("facilities", desk.geojson((shape, {"kind": "a"}))).added == 1
    assert not Facility.objects.get().geom.hasz


def test_z_is_kept_where_the_table_is_solid(desk: Desk) -> None:
    shape = {"type": "LineString", "coordinates": [[120, 30, 5], [120.1, 30, 4]]}
    assert desk.load("pipes", desk.geojson((shape, {"category": "JS"}))).added == 1
    assert [z for _, _, z in PipeSegment.objects.get().geom] == [5, 4]


# --- files cut off ---------------------------------------------------------------------------------------------------


def test_a_gzip_cut_off(desk: Desk) -> None:
    whole = desk.geojson(*((square(120 + i / 100), {"id": i}) for i in range(50)))
    refused_whole(desk, "buildings", desk.gz(whole, 0.6), "不完整或已损坏", "is cut off or damaged")


def test_a_json_cut_off(desk: Desk) -> None:
    whole = desk.geojson((square(), {"id": 1}), (square(121), {"id": 2})).read_text()
    refused_whole(desk, "buildings", desk.text(whole[:-40], "b.geojson"), "不完整或已损坏")


def test_a_zip_cut_off(desk: Desk) -> None:
    path = desk.folder / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(desk.geojson((square(), {"id": 1})), "a.geojson")
    path.write_bytes(path.read_bytes()[:-30])
    refused_whole(desk, "buildings", path, "不完整或已损坏")


def test_a_geopackage_cut_off(desk: Desk) -> None:
    shapes = list(shapely.to_wkb(shapely.box(np.arange(500) / 10, 0, np.arange(500) / 10 + 0.01, 1)))
    path = write(desk.folder / "a.gpkg", shapes, "GPKG", "EPSG:4490", geometry_type="Polygon")
    path.write_bytes(path.read_bytes()[:-5000])
    refused_whole(desk, "buildings", path, "不完整或已损坏")


def test_a_shapefile_cut_off(desk: Desk) -> None:
    shapes = list(shapely.to_wkb([shapely.box(1, 1, 2, 2)] * 9))
    path = write(desk.folder / "a.shp", shapes, "ESRI Shapefile", "EPSG:4490", geometry_type="Polygon")
    path.write_bytes(path.read_bytes()[:-100])
    refused_whole(desk, "buildings", path, "不完整或已损坏")


def test_an_osm_file_cut_off(desk: Desk) -> None:
    words = '<osm version="0.6"><node id="1" lat="30" lon="120"><tag k="amenity" v="toilets"/></node>'
    refused_whole(desk, "facilities", desk.text(words, "a.osm"), "不完整或已损坏")


def test_a_pbf_cut_off(desk: Desk) -> None:
    refused_whole(desk, "facilities", desk.text("\x00\x00\x00\x0d", "a.osm.pbf"), "不完整或已损坏")


def test_an_epanet_model_cut_off(desk: Desk) -> None:
    words = "[JUNCTIONS]\nA 1\nB 2\n[PIPES]\n1 A B 10 100 100\n[COORDINATES]\nA 120 30\nB 120.1 30\n"
    refused_whole(desk, "pipes", desk.text(words, "a.inp"), "[END]", crs="EPSG:4490")


def test_a_csv_row_cut_off(desk: Desk) -> None:
    done = desk.load("facilities", desk.text("kind,name,lon,lat\na,一,120,30\nb,二,12", "a.csv"))
    assert (done.added, done.refused) == (1, 1)
    assert one_reason(desk)[0] == "3"
    assert "列数" in one_reason(desk)[2]


def test_an_empty_file(desk: Desk) -> None:
    refused_whole(desk, "buildings", desk.geojson(), "没有任何数据")
    refused_whole(desk, "facilities", desk.text("kind,lon,lat\n", "a.csv"), "没有任何数据")


def test_a_file_that_is_not_there_or_unknown(desk: Desk) -> None:
    refused_whole(desk, "buildings", desk.folder / "no.geojson", "没有这个文件")
    refused_whole(desk, "buildings", desk.text("x", "a.docx"), "不认识这种文件")


# --- values ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("properties", "field", "words"),
    [
        ({"floors": "三层"}, "floors", "不是数"),
        ({"floors": 2.5}, "floors", "不是整数"),
        ({"floors": 100_000}, "floors", "数值超出范围"),
        ({"height": -3}, "height_m", "数值超出范围"),
        ({"建成年份": "很久"}, "built_year", "不是日期"),
        ({"surveyed_at": "2024-13-01"}, "surveyed_at", "不是日期"),
        ({"name": "很" * 201}, "name", "文字过长"),
    ],
)
def test_a_bad_value(desk: Desk, properties: dict[str, Any], field: str, words: str) -> None:
    done = desk.load("buildings", desk.geojson((square(), {"id": 1, **properties}), (square(121), {"id": 2})))
    assert (done.added, done.refused) == (1, 1)
    assert desk.refused[0]["field"] == field
    assert words in desk.refused[0]["reason_zh"]


def test_a_required_value_missing_in_a_row_and_in_a_file(desk: Desk) -> None:
    assert desk.load("landuse", desk.geojson((square(), {"kind": "park"}), (square(), {"kind": ""}))).refused == 1
    assert desk.refused[0]["field"] == "kind"
    with pytest.raises(Invalid, match="没有可作“kind”的字段"):
        desk.load("landuse", desk.geojson((square(), {"colour": "green"})))


def test_lost_leading_zeros_are_named(desk: Desk) -> None:
    CodePattern.objects.update_or_create(scheme="area", defaults={"pattern": "[0-9]{6}", "title": "t"})
    path = desk.geojson((square(), {"code": 10101, "name": "甲"}), (square(121), {"code": "010102", "name": "乙"}))
    done = desk.load("areas", path, constants={"level": "区"})
    assert (done.added, done.refused) == (1, 1)
    assert "前导零" in desk.refused[0]["reason_zh"]
    assert desk.refused[0]["value"] == "10101"
    assert "补零后为 010101；" in desk.refused[0]["reason_zh"], "offered, not done"
    assert "(010101 with them" in desk.refused[0]["reason_en"]


def test_a_code_that_breaks_its_pattern(desk: Desk) -> None:
    CodePattern.objects.update_or_create(scheme="area", defaults={"pattern": "[0-9]{6}", "title": "t"})
    done = desk.load("areas", desk.geojson((square(), {"code": "A1", "name": "甲"})), constants={"level": "区"})
    assert (done.added, done.refused) == (0, 1)
    assert "不符合规则" in desk.refused[0]["reason_zh"]


def test_a_code_in_scientific_notation(desk: Desk) -> None:
    done = desk.load("facilities", desk.text("code,kind,lon,lat\n3.10E+15,a,120,30\n", "a.csv"))
    assert (done.added, done.refused) == (0, 1)
    assert "科学计数法" in desk.refused[0]["reason_zh"]


def test_leading_zeros_of_a_csv_stay(desk: Desk) -> None:
    desk.load("facilities", desk.text("code,kind,lon,lat\n00107,a,120,30\n", "a.csv"))
    assert Facility.objects.get().code == "00107"


def test_an_id_said_to_be_unique_that_repeats(desk: Desk) -> None:
    path = desk.geojson((square(), {"no": "a"}), (square(121), {"no": "a"}))
    done = desk.load("buildings", path, 'id = "no"')
    assert (done.added, done.refused) == (1, 1)
    assert one_reason(desk)[2] == "来源编号在文件中重复"


def test_the_same_row_twice(desk: Desk) -> None:
    done = desk.load("buildings", desk.geojson((square(), {"height": 3}), (square(), {"height": 3})))
    assert (done.added, done.refused) == (1, 1)
    assert "完全相同" in one_reason(desk)[2]


def test_a_code_twice_and_a_code_taken(desk: Desk) -> None:
    desk.load("facilities", desk.geojson((dot(), {"kind": "a", "code": "X1"})), source="one")
    path = desk.geojson(
        *((dot(121, y), {"id": y, "kind": "a", "code": code}) for y, code in enumerate(("X1", "X2", "X2")))
    )
    done = desk.load("facilities", path, 'id = "id"', source="two")
    assert (done.added, done.refused) == (1, 2)
    assert sorted(row["reason_en"] for row in desk.refused) == [
        "already taken by data of another source", "repeats an earlier row of the file",
    ]  # fmt: skip


def test_grids_that_overlap_in_the_file_or_the_table(desk: Desk) -> None:
    desk.load("grids", desk.geojson((square(119.9995), {"code": "000000000000001"})), source="one")
    rows = [(square(x), {"code": f"00000000000001{i}"}) for i, x in enumerate((120, 120.001, 120.0015))]
    done = desk.load("grids", desk.geojson(*rows), source="two")
    assert (done.added, done.refused) == (1, 2)
    assert {(row["row"], row["value"]) for row in desk.refused} == {("3", "000000000000011"), ("1", "000000000000001")}
    assert Grid.objects.count() == 2


def test_a_reference_to_nothing(desk: Desk) -> None:
    path = desk.geojson((line((120, 30), (121, 30)), {"category": "JS", "起点": "A", "终点": "B"}))
    done = desk.load("pipes", path)
    assert (done.added, done.refused) == (0, 1)
    assert desk.refused[0]["reason_zh"] == "找不到所指的对象"


def test_an_unknown_category_of_pipe(desk: Desk) -> None:
    assert desk.load("pipes", desk.geojson((line((120, 30), (121, 30)), {"category": "水"}))).refused == 1
    assert "允许" in desk.refused[0]["reason_zh"]


def test_what_only_the_database_knows_stops_the_whole_import(desk: Desk) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE spatial_building ADD CONSTRAINT no_towers CHECK (floors < 50)")
    path = desk.geojson((square(), {"id": 1, "floors": 3}), (square(121), {"id": 2, "floors": 80}))
    with pytest.raises(Conflict, match=r"没有写入任何行.*no_towers"):
        desk.load("buildings", path)
    assert not Building.objects.exists()
    assert not ImportRun.objects.exists()


# --- the whole --------------------------------------------------------------------------------------------------------


def test_again_is_unchanged_and_a_change_is_seen(desk: Desk) -> None:
    first = desk.load("buildings", desk.geojson((square(), {"id": 1, "floors": 3}), (square(121), {"id": 2})))
    again = desk.load("buildings", desk.geojson((square(), {"id": 1, "floors": 3}), (square(121), {"id": 2})))
    moved = desk.load("buildings", desk.geojson((square(), {"id": 1, "floors": 4}), (square(122), {"id": 3})))
    assert (first.added, first.changed, first.unchanged) == (2, 0, 0)
    assert (again.added, again.changed, again.unchanged) == (0, 0, 2)
    assert (moved.added, moved.changed, moved.unchanged, moved.absent) == (1, 1, 0, 1)


def test_a_column_the_file_does_not_have_keeps_its_value(desk: Desk) -> None:
    desk.load("buildings", desk.geojson((square(), {"id": 1, "floors": 3})))
    Building.objects.update(name="市政大厦")
    assert desk.load("buildings", desk.geojson((square(), {"id": 1, "floors": 4}))).changed == 1
    assert Building.objects.get().name == "市政大厦"


def test_a_dry_run_counts_and_writes_nothing(desk: Desk) -> None:
    done = desk.load("buildings", desk.geojson((square(), {"id": 1}), (None, {"id": 2})), dry_run=True)
    assert (done.added, done.refused) == (1, 1)
    assert not Building.objects.exists()
    assert not ImportRun.objects.exists()


def test_the_run_is_on_record(desk: Desk) -> None:
    desk.load("buildings", desk.geojson((square(), {"id": 1}), (None, {"id": 2})), source="规划局 2024")
    run = ImportRun.objects.get()
    assert (run.subject, run.source, run.added, run.refused, run.crs) == ("buildings", "规划局 2024", 1, 1, "EPSG:4326")
    assert len(run.sha256) == 64


def test_the_refusal_csv_opens_in_a_spreadsheet(desk: Desk) -> None:
    desk.load("buildings", desk.geojson((square(), {"id": 1}), (None, {"id": 2})))
    assert desk.report.read_bytes().startswith(b"\xef\xbb\xbfrow,id,field,value,reason_zh,reason_en")


def test_counts_add_up(desk: Desk) -> None:
    rows = [(line((120, i), (121, i)), {"kind": "rail" if i % 5 == 0 else "primary"}) for i in range(20)]
    rows += [(line((121, 3), (120, 3)), {"kind": "primary"}), (dot(), {"kind": "primary"})]
    rows += [
        ({"type": "MultiLineString", "coordinates": [[[120, 40], [121, 40]], [[120, 41], [121, 41]]]}, {"kind": "x"})
    ]
    done = desk.load("segments", desk.geojson(*rows), '[skip]\nkind = ["rail"]')
    assert (done.skipped, done.folded, done.refused, done.parts, done.added) == (4, 1, 1, 1, 18)
    assert done.added + done.refused + done.skipped + done.folded == done.rows + done.parts


def test_addresses_without_road_estate_or_name(desk: Desk) -> None:
    done = desk.load("addresses", desk.geojson((dot(), {"门牌号": "5"}), (dot(), {"街路巷": "人民路", "门牌号": "5"})))
    assert (done.added, done.refused) == (1, 1)
    assert Address.objects.get().doorplate == "人民路5号"


def test_hours_are_understood_or_refused(desk: Desk) -> None:
    path = desk.geojson(
        (dot(), {"kind": "a", "开放时间": "随时"}),
        (dot(), {"kind": "b", "开放时间": json.dumps({"a": 1})}),
        (dot(), {"kind": "c", "开放时间": "每日06:00-22:00"}),
    )
    done = desk.load("facilities", path)
    assert (done.added, done.refused) == (1, 2)
    assert Facility.objects.get().hours == {"rules": [{"hours": ["06:00-22:00"]}]}


def test_a_file_that_is_not_what_its_suffix_says(desk: Desk) -> None:
    words = (
        "<OGRVRTDataSource><OGRVRTLayer name='a'><SrcDataSource>b.shp</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"
    )
    for name in ("a.geojson", "a.gpkg", "a.shp"):
        refused_whole(desk, "buildings", desk.text(words, name), "内容与后缀")


def test_a_geojson_in_gbk_says_so(desk: Desk) -> None:
    words = desk.geojson((square(), {"name": "南京路街道"})).read_text(encoding="utf-8")
    refused_whole(desk, "buildings", desk.text(words, "g.geojson", "gbk"), "不是 UTF-8")


# --- files meant to harm ---------------------------------------------------------------------------------------------


def test_shapes_nested_without_end_are_refused_as_unreadable(desk: Desk) -> None:
    deep = "GEOMETRYCOLLECTION(" * 300_000 + "POINT(121 31)" + ")" * 300_000
    path = desk.text(f'name,wkt\n深,"{deep}"\n', "a.csv")
    desk.load("facilities", path, crs="EPSG:4490", constants={"kind": "toilet"})
    assert one_reason(desk)[3].startswith("the geometry cannot be read")


@pytest.mark.parametrize("head", ["[" * 1_000_000, '{"type":"FeatureCollection","features":' + "[" * 1_000_000])
def test_arrays_nested_without_end_are_refused(desk: Desk, head: str) -> None:
    refused_whole(desk, "facilities", desk.text(head, "a.geojson"), "a.geojson")


def test_entities_of_osm_xml_are_refused(desk: Desk) -> None:
    entity = '<!DOCTYPE osm [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
    node = '<node id="1" lat="31" lon="121" version="1"><tag k="amenity" v="toilets"/><tag k="name" v="&x;"/></node>'
    path = desk.text(f'<?xml version="1.0"?>{entity}<osm version="0.6">{node}</osm>', "a.osm")
    refused_whole(desk, "facilities", path, "entities")


def test_a_geopackage_that_points_at_another_file_reads_nothing_from_it(desk: Desk) -> None:
    other = desk.text("name,kind\n机密,toilet\n", "other.csv")
    path = write(
        desk.folder / "a.gpkg", [shapely.to_wkb(shapely.Point(121, 31))], "GPKG", "EPSG:4326", geometry_type="Point"
    )
    with closing(sqlite3.connect(path)) as file, file:
        file.execute("PRAGMA writable_schema = 1")
        table = f"CREATE VIRTUAL TABLE evil USING VirtualOGR('{other}')"
        file.execute("INSERT INTO sqlite_master VALUES ('table', 'evil', 'evil', 0, ?)", [table])
        file.execute("UPDATE gpkg_contents SET table_name = 'evil', identifier = 'evil', data_type = 'attributes'")
    refused_whole(desk, "facilities", path, "a.gpkg", layer="evil")


def test_a_zip_unpacks_nowhere_but_in_its_folder(desk: Desk) -> None:
    path = desk.folder / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../../escaped.geojson", '{"type":"FeatureCollection","features":[]}')
        link = zipfile.ZipInfo("../link.txt")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/hostname")
    with pytest.raises(Invalid):
        desk.load("facilities", path)
    assert [
        found.name for found in desk.folder.parent.rglob("*") if found.name in ("escaped.geojson", "link.txt")
    ] == []


@pytest.mark.parametrize(
    "lines",
    ["[PIPES]\nP1\n[END]", "[PIPES]\nP1 J1\n[END]", "[PIPES]\nP1 J1 J2\n[COORDINATES]\nJ1 x 2\n[END]"],
)
def test_a_network_model_with_a_broken_line_is_refused_with_that_line(desk: Desk, lines: str) -> None:
    refused_whole(desk, "pipes", desk.text(lines, "a.inp"), "a.inp", "[PIPES] P1" if "x 2" not in lines else "J1 x 2")


@pytest.mark.parametrize("mapping", ['fields = "x"', "source = 5", "skip = []", "id = 1"])
def test_a_mapping_of_another_shape_is_refused(desk: Desk, mapping: str) -> None:
    with pytest.raises(Invalid, match=r"m\.toml"):
        desk.load("facilities", desk.geojson((dot(), {"name": "a"})), mapping)


@pytest.mark.parametrize(
    ("text", "cell"), [("=cmd|' /C x'!A0", "'=cmd|' /C x'!A0"), ("@SUM(1)", "'@SUM(1)"), ("-5,0", "-5,0"), ("路", "路")]
)
def test_a_refused_value_is_no_formula_for_a_spreadsheet(desk: Desk, text: str, cell: str) -> None:
    desk.load("roads", desk.geojson((line((121, 31), (121.1, 31)), {"name": "x", "kind": "road", "rank": text})))
    assert [row["value"] for row in desk.refused if row["field"] == "rank"] == [cell]


def test_sql_in_values_is_only_text(desk: Desk) -> None:
    words = "'); DROP TABLE spatial_road; -- %s %(source)s \\. {0}"
    done = desk.load(
        "roads", desk.geojson((line((121, 31), (121.1, 31)), {"name": words, "kind": "road"})), source=words
    )
    assert (done.refused, Road.objects.get().name, Road.objects.get().source) == (0, words, words)
