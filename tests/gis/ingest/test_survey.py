"""What is in a folder, the recipe that is proposed of it, and a city loaded by a recipe."""

from __future__ import annotations

import zipfile
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from gis.errors import Invalid
from gis.ingest.readers import READERS
from gis.ingest.recipe import Recipe, proposed
from gis.ingest.refusals import REASONS
from gis.ingest.survey import survey
from gis.models import Building, Facility, PipeNode, PipeSegment, Water
from tests.gis.ingest.conftest import Desk, dot, line, square
from tests.gis.ingest.test_more_readers import survey as workbook

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def var(settings: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    settings.VAR = tmp_path_factory.mktemp("var")


def folder(desk: Desk) -> Path:
    """A city office's folder: two files of one kind, a workbook, an archive, a damaged file, a note."""
    desk.geojson((square(), {"楼栋名称": "甲楼", "层数": 6}), name="建筑面.geojson")
    desk.geojson((line((120, 30), (121, 30)), {"fclass": "river", "name": "河"}), name="水系.geojson")
    desk.geojson((dot(), {"类别": "公厕"}), name="poi.geojson")
    workbook(desk.folder / "普查.xlsx")
    with zipfile.ZipFile(desk.folder / "包.zip", "w") as archive:
        archive.write(desk.folder / "poi.geojson", "一/poi.geojson")
        archive.writestr("二/道路.csv", 'highway,wkt\nprimary,"LINESTRING(120 30,121 31)"\n')
    desk.text("{", "坏.geojson")
    desk.text("读我", "说明.txt")
    return desk.folder


def test_every_dataset_is_found_and_recognised(desk: Desk) -> None:
    found = {(one.path.name, one.layer): one for one in survey(folder(desk))}
    assert {key: one.subject for key, one in found.items()} == {
        ("建筑面.geojson", None): "buildings",
        ("水系.geojson", None): "water",
        ("poi.geojson", None): "facilities",
        ("普查.xlsx", "点表"): "pipe-nodes",
        ("普查.xlsx", "线表"): "pipes",
        ("包.zip", "一/poi.geojson"): "facilities",
        ("包.zip", "二/道路.csv"): "roads",
        ("坏.geojson", None): "",
    }
    house = found["建筑面.geojson", None]
    assert (house.rows, house.geometry, house.fields, house.crs) == (1, ("Polygon",), ("楼栋名称", "层数"), "EPSG:4326")
    assert house.score > 0.5
    assert "不完整或已损坏" in found["坏.geojson", None].error


@pytest.mark.parametrize(
    ("name", "head", "row", "subject"),
    [
        ("街面分区.csv", "路段编码,侧,起点,终点,等级,分区,时段", "LD-1,左,0,40,一类,严禁,", "zonings"),
        ("表1.csv", "路段编码,侧,起点,终点,等级,分区,时段", "LD-1,左,0,40,一类,严禁,", "zonings"),
        ("五级段长.csv", "路段编码,级别,职务,姓名,电话", "LD-1,一级,区长,虚构甲,", "heads"),
        ("部门表.csv", "部门编码,部门名称,类别,上级,电话,职责", "B1,指挥中心,机构,,,", "departments"),
        ("网格员.csv", "网格编码,姓名,电话,班次", "310115001000001,虚构甲,,早班", "inspectors"),
        ("户室.csv", "楼栋编码,单元,室号,用途", "A,1,101,住宅", "rooms"),
        ("线表.csv", "起点点号,终点点号,管线类别,管径,材质", "JS1,JS2,给水,300,铸铁", "pipes"),
        ("价目.csv", "名称,单价", "白菜,3", ""),
    ],
)
def test_a_table_without_shapes_is_known_by_its_columns(
    desk: Desk, name: str, head: str, row: str, subject: str
) -> None:
    [found] = survey(desk.text(f"{head}\n{row}\n", name))
    assert found.subject == subject


def test_an_extract_gives_every_subject_it_holds(desk: Desk) -> None:
    words = '<osm version="0.6"><node id="1" lat="30" lon="120"><tag k="amenity" v="toilets"/></node></osm>'
    found = [(one.subject, one.rows) for one in survey(desk.text(words, "a.osm")) if one.rows]
    assert found == [("facilities", 1)]


def test_what_is_proposed_loads_the_city(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> None:
    root = folder(desk)
    out = StringIO()
    call_command("import", "--look", str(root), stdout=out)
    assert out.getvalue().strip() == proposed(survey(root), root).strip()
    recipe = tmp_path_factory.mktemp("recipe") / "city.toml"
    recipe.write_text(out.getvalue(), encoding="utf-8")
    with pytest.raises(CommandError, match="没有写明坐标系"):
        call_command("import", "--recipe", str(recipe), "--root", str(root), stdout=StringIO())
    words = out.getvalue().replace('layer = "点表"', 'layer = "点表"\ncrs = "EPSG:4549"')
    words = words.replace('layer = "二/道路.csv"', 'layer = "二/道路.csv"\ncrs = "EPSG:4490"')
    recipe.write_text(words, encoding="utf-8")
    call_command("import", "--recipe", str(recipe), "--root", str(root), stdout=StringIO())
    counts = [model.objects.count() for model in (Building, Water, Facility, PipeNode, PipeSegment)]
    assert counts == [1, 1, 2, 2, 1], "of two files with like rows each keeps its own"


def test_a_recipe_of_a_pattern_an_inline_mapping_and_constants(desk: Desk) -> None:
    desk.geojson((dot(), {"MC": "一"}), name="a1.geojson")
    desk.geojson((dot(121), {"MC": "二"}), name="a2.geojson")
    words = (
        'title = "城"\nsource = "局"\n[[step]]\nfile = "a*.geojson"\nsubject = "facilities"\nset = { kind = "公厕" }\n'
        '[step.mapping]\nid = "MC"\n[step.mapping.fields]\nname = "MC"\n'
        '[[step]]\nfile = "nothing.shp"\nsubject = "roads"\noptional = true\n'
    )
    call_command("import", "--recipe", str(desk.text(words, "城.toml")), stdout=StringIO())
    assert set(Facility.objects.values_list("name", "source", "kind")) == {
        ("一", "局", "toilet"),
        ("二", "局", "toilet"),
    }


def test_a_recipe_tried_keeps_nothing(desk: Desk) -> None:
    desk.geojson((dot(), {"kind": "公厕"}))
    path = desk.text('[[step]]\nfile = "a.geojson"\nsubject = "facilities"\n', "c.toml")
    call_command("import", "--recipe", str(path), "--dry-run", stdout=StringIO())
    assert not Facility.objects.exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("[[step", "无法读取"),
        ("", r"没有 \[\[step\]\]"),
        ('[[step]]\nfile = "a"\n', "缺少 subject"),
        ('[[step]]\nfile = "a"\nsubject = "houses"\n', "没有“houses”这个主题"),
        ('[[step]]\nfile = "a"\nsubject = "roads"\ncolour = "red"\n', "没有“colour”"),
        ('[[step]]\nfile = "a"\nsubject = "roads"\nmapping = "nowhere"\n', "没有映射文件 nowhere"),
        ('[[step]]\nfile = "a"\nsubject = "roads"\nset = "x"\n', "set 应写作"),
        ('author = "x"\n[[step]]\nfile = "a"\nsubject = "roads"\n', "没有“author”"),
        ('[[step]]\nfile = "a.shp"\nsubject = "roads"\n', r"没有 a\.shp"),
    ],
)
def test_a_recipe_that_is_wrong_says_where(desk: Desk, words: str, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        list(Recipe.read(desk.text(words, "c.toml")).work())


def test_the_guide_explains_every_reason_and_no_other() -> None:
    guide = (Path(__file__).parents[3] / "docs" / "data.md").read_text(encoding="utf-8")
    table = guide.partition("| reason | what to do |")[2].partition("\n\n")[0]
    explained = {row.split("|")[1].strip() for row in table.strip().splitlines()[1:]}
    assert explained == {zh for zh, _ in REASONS.values()}


def test_the_guide_names_every_form_that_is_read() -> None:
    guide = (Path(__file__).parents[3] / "docs" / "data.md").read_text(encoding="utf-8").lower()
    said = {".geojsonl": "line-delimited geojson", ".json": "geojson", ".gpkg": "geopackage", ".fgb": "flatgeobuf",
            ".osm": "openstreetmap xml", ".xlsm": "xlsx"}  # fmt: skip
    assert [suffix for suffix in READERS if said.get(suffix, suffix.strip(".")) not in guide] == []
