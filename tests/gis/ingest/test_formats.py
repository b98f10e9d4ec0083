"""One small file of every format, read end to end."""

from __future__ import annotations

import zipfile
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyogrio
import pytest
import shapely

from gis.errors import Invalid
from gis.models import (
    Address,
    Building,
    Facility,
    Fence,
    FenceVersion,
    Grid,
    PipeNode,
    PipeSegment,
    Road,
    Room,
    Segment,
    Unit,
    Water,
)  # fmt: skip
from tests.gis.ingest.conftest import Desk, dot, line, square

pytestmark = pytest.mark.django_db

OSM = """<osm version="0.6">
<node id="1" lat="30.00" lon="120.00"/><node id="2" lat="30.00" lon="120.01"/><node id="3" lat="30.00" lon="120.02"/>
<node id="4" lat="29.99" lon="120.01"/><node id="5" lat="30.01" lon="120.01"/><node id="6" lat="30.01" lon="120.02"/>
<node id="7" lat="30.005" lon="120.005"><tag k="amenity" v="toilets"/><tag k="name" v="公厕"/></node>
<node id="8" lat="30.006" lon="120.006"><tag k="addr:housenumber" v="5"/><tag k="addr:street" v="东路"/></node>
<way id="10"><nd ref="1"/><nd ref="2"/><nd ref="3"/><tag k="highway" v="primary"/><tag k="name" v="东路"/></way>
<way id="11"><nd ref="4"/><nd ref="2"/><nd ref="5"/><tag k="highway" v="residential"/></way>
<way id="12"><nd ref="2"/><nd ref="3"/><nd ref="6"/><nd ref="5"/><nd ref="2"/>
  <tag k="building" v="yes"/><tag k="building:levels" v="6"/></way>
<way id="13"><nd ref="1"/><nd ref="4"/><tag k="waterway" v="canal"/></way>
</osm>"""


def shapefile(folder: Path, name: str, encoding: str) -> Path:
    table = pa.table(
        {"名称": ["南京路街道办", "甲"], "geom": pa.array(shapely.to_wkb([shapely.box(120, 30, 121, 31)] * 2))}
    )
    path = folder / name
    pyogrio.write_arrow(table, path, driver="ESRI Shapefile", geometry_name="geom", geometry_type="Polygon",
                        crs="EPSG:4490", layer_options={"ENCODING": encoding})  # fmt: skip
    return path


def dbf_in(path: Path, encoding: str) -> None:
    """Rewrite a table of texts in another encoding, as old software leaves it: no .cpg, no language mark."""
    table = path.with_suffix(".dbf")
    plain = table.read_bytes()
    for words in ("南京路街道办", "甲", "名称"):
        utf = words.encode()
        other = words.encode(encoding)
        pad = b"\0" if words == "名称" else b" "
        plain = plain.replace(utf, other + pad * (len(utf) - len(other)))
    table.write_bytes(plain[:29] + b"\0" + plain[30:])
    path.with_suffix(".cpg").unlink()


def test_a_shapefile_in_utf8_by_its_cpg(desk: Desk) -> None:
    desk.load("buildings", shapefile(desk.folder, "a.shp", "UTF-8"))
    assert set(Building.objects.values_list("name", flat=True)) == {"南京路街道办", "甲"}


def test_a_shapefile_in_gbk_without_cpg(desk: Desk) -> None:
    path = shapefile(desk.folder, "a.shp", "UTF-8")
    dbf_in(path, "gbk")
    desk.load("buildings", path)
    assert set(Building.objects.values_list("name", flat=True)) == {"南京路街道办", "甲"}


def test_a_shapefile_in_gbk_by_its_cpg_in_a_zip(desk: Desk) -> None:
    path = shapefile(desk.folder, "a.shp", "UTF-8")
    dbf_in(path, "gbk")
    path.with_suffix(".cpg").write_text("GBK")
    packed = desk.folder / "b.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("说明.txt", "read me")
        for part in desk.folder.glob("a.*"):
            archive.write(part, f"建筑/{part.name}")
    assert desk.load("buildings", packed).added == 2
    assert Building.objects.filter(name="南京路街道办").exists()


def test_a_zip_of_two_layers_asks_which(desk: Desk) -> None:
    packed = desk.folder / "b.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.geojson", "{}")
        archive.writestr("b.geojson", "{}")
    with pytest.raises(Invalid, match="有多个可导入的文件"):
        desk.load("buildings", packed)


def test_a_geopackage_of_two_layers(desk: Desk) -> None:
    table = pa.table({"name": ["甲"], "geom": pa.array(shapely.to_wkb([shapely.box(120, 30, 121, 31)]))})
    path = desk.folder / "a.gpkg"
    for layer in ("one", "two"):
        pyogrio.write_arrow(table, path, layer=layer, driver="GPKG", geometry_name="geom", geometry_type="Polygon",
                            crs="EPSG:4490", append=path.exists())  # fmt: skip
    with pytest.raises(Invalid, match="--layer"):
        desk.load("buildings", path)
    assert desk.load("buildings", path, layer="two").added == 1


def test_gauss_krueger_by_the_files_own_word(desk: Desk) -> None:
    table = pa.table(
        {"name": ["甲"], "geom": pa.array(shapely.to_wkb([shapely.box(500000, 3320000, 500010, 3320010)]))}
    )
    path = desk.folder / "a.gpkg"
    pyogrio.write_arrow(table, path, driver="GPKG", geometry_name="geom", geometry_type="Polygon", crs="EPSG:4549")
    assert desk.load("buildings", path).crs == "EPSG:4549"
    x, y = Building.objects.get().geom.centroid.coords
    assert (x, y) == pytest.approx((120.00005, 30.0), abs=0.01)


def test_a_survey_table_with_x_north(desk: Desk) -> None:
    path = desk.text("物探点号,管线类别,附属物,X,Y,地面高程\nJS001,给水,阀门,3320000,500000,5.2\n", "点表.csv", "gbk")
    done = desk.load("pipe-nodes", path, crs="EPSG:4549")
    node = PipeNode.objects.get()
    assert (node.code, node.category, node.appendage, node.ground_m) == ("JS001", "JS", "阀门", 5.2)
    assert node.geom.x == pytest.approx(120, abs=0.01)
    assert "先北后东" in done.notes[0]


def test_survey_lines_are_drawn_from_their_points(desk: Desk) -> None:
    points = "物探点号,管线种类,X,Y,地面高程\nA1,污水,3320000,500000,5.2\nA2,污水,3320000,500100,5.0\n"
    header = "起始点号,终止点号,管线种类,起点高程,终点高程,管径,材质,埋设方式\n"
    lines = header + "A1,A2,污水,3.2,2.8,300,砼,直埋\nA1,A9,污水,,,,,\n"
    desk.load("pipe-nodes", desk.text(points, "p.csv"), crs="EPSG:4549", source="普查")
    done = desk.load("pipes", desk.text(lines, "l.csv"), source="普查")
    assert (done.added, done.refused) == (1, 1)
    pipe = PipeSegment.objects.get()
    assert (pipe.category, pipe.subcategory, pipe.material, pipe.burial) == ("PS", "WS", "T", "ZM")
    assert [z for _, _, z in pipe.geom] == [3.2, 2.8]
    assert desk.load("pipes", desk.text(lines, "l.csv"), source="普查").unchanged == 1


def test_wkt_and_longitude_latitude(desk: Desk) -> None:
    words = (
        'kind,wkt\ncanal,"LINESTRING(120 30,121 31)"\npond,"POLYGON((120 30,121 30,121 31,120 30))"\nx,"CIRCLE(1)"\n'
    )
    done = desk.load("water", desk.text(words, "w.csv"), crs="EPSG:4490")
    assert (done.added, done.refused) == (2, 1)
    assert desk.load("facilities", desk.text("﻿类别;经度;纬度\n公厕;120;30\n", "f.csv")).added == 1


def test_mars_coordinates_come_home(desk: Desk) -> None:
    desk.load("facilities", desk.text("kind,lon,lat\n公厕,121.477525,31.228059\n", "f.csv"), crs="gcj02")
    assert Facility.objects.get().geom.coords == pytest.approx((121.473, 31.230), abs=2e-6)


def test_openstreetmap_gives_each_subject_its_own(desk: Desk) -> None:
    path = desk.text(OSM, "m.osm")
    counts = {subject: desk.load(subject, path).added for subject in ("roads", "segments", "buildings", "addresses",
                                                                      "facilities", "water")}  # fmt: skip
    assert counts == {"roads": 2, "segments": 4, "buildings": 1, "addresses": 1, "facilities": 1, "water": 1}
    assert set(Segment.objects.values_list("road__source_id", flat=True)) == {"way/10", "way/11"}
    assert Building.objects.get().floors == 6
    assert Address.objects.get().doorplate == "东路5号"
    assert Facility.objects.get().kind == "toilet"
    assert Water.objects.get().kind == "canal"
    assert Road.objects.get(name="东路").rank == 2
    with pytest.raises(Invalid, match="没有 rooms"):
        desk.load("rooms", path)


def test_an_epanet_model_in_american_units(desk: Desk) -> None:
    words = (
        "[JUNCTIONS]\n;id elev\nA 100 ;x\nB 200\n[TANKS]\nT 300 0 0 0 0 0\n[PIPES]\n1 A B 10 12 100\n"
        "[PUMPS]\nP B T HEAD 1\n[OPTIONS]\nUnits GPM\n[COORDINATES]\nA 120 30\nB 120.1 30\nT 120.2 30\n"
        "[VERTICES]\n1 120.05 30.01\n[END]\n"
    )
    path = desk.text(words, "n.inp")
    assert desk.load("pipe-nodes", path, crs="EPSG:4490").added == 3
    assert desk.load("pipes", path, crs="EPSG:4490").added == 2
    pipe = PipeSegment.objects.get(code="1")
    assert (pipe.diameter_mm, pipe.start.code, pipe.geom.num_points) == (304.8, "A", 3)
    assert PipeNode.objects.get(code="A").ground_m == pytest.approx(30.48)
    assert pipe.geom[0][2] == pytest.approx(30.48)
    assert pipe.geom[2][2] == pytest.approx(60.96)


def test_a_swmm_model_knows_depths(desk: Desk) -> None:
    words = (
        "[OPTIONS]\nFLOW_UNITS CMS\nEND_TIME 24:00:00\n[JUNCTIONS]\nA 10 2\n[OUTFALLS]\nO 8 FREE\n"
        "[CONDUITS]\nC A O 50 0.01 0.5 0\n[XSECTIONS]\nC RECT_CLOSED 1 2 0 0\n[COORDINATES]\nA 120 30\nO 120.1 30\n"
    )
    path = desk.text(words, "s.inp")
    desk.load("pipe-nodes", path, crs="EPSG:4490")
    desk.load("pipes", path, crs="EPSG:4490")
    pipe = PipeSegment.objects.get()
    assert (pipe.start_elevation_m, pipe.start_depth_m, pipe.end_elevation_m) == (10.5, 1.5, 8.0)
    assert (pipe.section, pipe.diameter_mm) == ("2000X1000", None)
    assert PipeNode.objects.get(code="A").ground_m == 12


def test_rooms_find_their_building_and_make_its_units(desk: Desk) -> None:
    desk.load("buildings", desk.geojson((square(), {"code": "B1"})))
    words = "楼栋编码,单元,室号,楼层\nB1,1单元,101,1\nB1,1单元,102,1\nB1,2单元,101,1\nB1,1单元,101,1\nB9,1,1,1\n"
    done = desk.load("rooms", desk.text(words, "r.csv"))
    assert (done.added, done.refused) == (3, 2)
    assert Unit.objects.count() == 2
    assert Room.objects.filter(building__code="B1", geom__within=Building.objects.get().geom).count() == 3
    assert desk.load("rooms", desk.text(words, "r.csv")).unchanged == 3


def test_streets_are_cut_where_they_meet(desk: Desk) -> None:
    path = desk.geojson(
        (line((120, 30), (120.01, 30), (120.02, 30)), {"id": 1, "kind": "primary"}),
        (line((120.01, 29), (120.01, 30), (120.01, 31)), {"id": 2, "kind": "primary"}),
        (line((120, 40), (120.01, 40)), {"id": 3, "kind": "primary"}),
    )
    assert desk.load("segments", path).added == 3
    done = desk.load("segments", path, 'split = "crossings"', source="cut")
    assert (done.added, done.parts) == (5, 2)
    assert set(Segment.objects.filter(source="cut").values_list("source_id", flat=True)) == {
        "1#1",
        "1#2",
        "2#1",
        "2#2",
        "3",
    }


def test_fences_are_followed_never_changed(desk: Desk) -> None:
    row = {"code": "F1", "name": "禁停区", "purpose": "no-parking", "生效日期": "2024-01-01"}
    assert desk.load("fences", desk.geojson((square(), row))).added == 1
    assert desk.load("fences", desk.geojson((square(), row))).unchanged == 1
    later = row | {"name": "禁停区（扩）", "生效日期": "2025-01-01"}
    assert desk.load("fences", desk.geojson((square(side=0.002), later))).changed == 1
    versions = FenceVersion.objects.filter(fence=Fence.objects.get()).order_by("id")
    assert [(v.name, v.recorded.upper is None, v.valid.lower, v.valid.upper) for v in versions] == [
        ("禁停区", False, date(2024, 1, 1), None),
        ("禁停区", True, date(2024, 1, 1), date(2025, 1, 1)),
        ("禁停区（扩）", True, date(2025, 1, 1), None),
    ]


def test_a_fence_without_dates_stays_as_it_is(desk: Desk) -> None:
    path = desk.geojson((square(), {"code": "F1", "name": "甲", "purpose": "p", "识别场景": "摊贩；占道"}))
    assert desk.load("fences", path).added == 1
    assert desk.load("fences", path).unchanged == 1
    assert FenceVersion.objects.get().scenes == ["摊贩", "占道"]


def test_what_a_file_of_fences_has_no_column_for_stays(desk: Desk) -> None:
    row = {"code": "F1", "name": "甲", "purpose": "p", "生效日期": "2024-01-01"}
    more = {
        "英文名": "One",
        "状态": "已发布",
        "生效时段": "每日07:00-22:00",
        "驻留": 60,
        "识别场景": "摊贩",
        "优先级": 3,
        "依据": "第三条",
    }
    desk.load("fences", desk.geojson((square(), row | more)))
    assert desk.load("fences", desk.geojson((square(), row))).unchanged == 1
    assert desk.load("fences", desk.geojson((square(), row | {"name": "乙", "生效日期": "2025-01-01"}))).changed == 1
    first, second = FenceVersion.objects.filter(recorded__upper_inf=True).order_by("valid")
    assert (second.name, second.name_en, second.state) == ("乙", "One", "published")
    assert (second.dwell_s, second.scenes, second.priority, second.clause) == (60, ["摊贩"], 3, "第三条")
    assert second.hours == first.hours is not None
    assert (
        desk.load("fences", desk.geojson((square(), row | more | {"生效日期": "2025-01-01", "英文名": ""}))).changed
        == 1
    )
    assert FenceVersion.objects.get(recorded__upper_inf=True, valid__contains=date(2025, 6, 1)).name_en == ""


def test_a_line_fence_needs_a_width(desk: Desk) -> None:
    row = {"name": "甲", "purpose": "p"}
    shape = line((120, 30), (121, 30))
    done = desk.load("fences", desk.geojson((shape, {"code": "1", **row}), (shape, {"code": "2", "线宽": 5, **row})))
    assert (done.added, done.refused) == (1, 1)


def test_grids_and_addresses_find_what_holds_them(desk: Desk) -> None:
    whole = square(side=0.01)
    over, now = {"name": "东社区", "终止日期": "2026-01-01"}, {"name": "东社区", "启用日期": "2026-01-01"}
    wrong = {"name": "西社区", "启用日期": "2026-01-01", "终止日期": "2025-01-01"}
    areas = desk.geojson((whole, over), (whole, now), (whole, wrong))
    assert desk.load("areas", areas, constants={"level": "社区"}).refused == 1
    desk.load("buildings", desk.geojson((square(), {"name": "甲楼"})))
    day, code = ("启用日期", "终止日期"), "31010600100100"
    grids = [{"code": f"{code}1", day[0]: "2025-01-01"}, {"code": f"{code}2", day[1]: "2024-01-01"},
             {"code": f"{code}3", day[0]: "2024-01-01", day[1]: "2025-01-01", "社区": "东社区"}]  # fmt: skip
    assert desk.load("grids", desk.geojson(*((square(), {"社区": None} | grid) for grid in grids))).added == 3
    held = [grid.community.started_on for grid in Grid.objects.order_by("code")]
    assert held == [date(2026, 1, 1), None, date(2026, 1, 1)], "ground is what held then, a name what is in force"
    desk.load("addresses", desk.geojson((dot(120.0005, 30.0005), {"街路巷": "东路", "门牌号": "1"})))
    assert Address.objects.get().building.name == "甲楼"


def test_a_mappings_words_go_on_through_the_shipped_ones(desk: Desk) -> None:
    path = desk.geojson((square(), {"id": 1, "yt": "1"}), (square(121), {"id": 2, "yt": "写字楼"}))
    desk.load("buildings", path, '[fields]\nuse = "yt"\n[values.use]\n1 = "住宅"')
    assert set(Building.objects.values_list("use", flat=True)) == {"residential", "office"}


def test_a_word_is_read_in_its_tag(desk: Desk) -> None:
    """`shop=*` says what a hairdresser is; a street of two kinds is the first."""
    tags = '<node id="{0}" lat="30" lon="120.0{0}"><tag k="{1}" v="{2}"/></node>'
    nodes = tags.format(1, "shop", "hairdresser") + tags.format(2, "amenity", "toilets")
    desk.load("facilities", desk.text(f'<osm version="0.6">{nodes}</osm>', "t.osm"))
    assert set(Facility.objects.values_list("kind", flat=True)) == {"shop", "toilet"}
    desk.load("roads", desk.geojson((line((120, 30), (121, 30)), {"highway": "primary;trunk"})))
    assert Road.objects.get().kind == "arterial"
