"""Mappings written and guessed."""

from __future__ import annotations

from pathlib import Path

import pytest

from gis.errors import Invalid
from gis.ingest import subjects
from gis.ingest.mapping import Mapping, Plan, guess, guess_id


def plan(folder: Path, words: str) -> Plan:
    path = folder / "m.toml"
    path.write_text(words, encoding="utf-8")
    return Plan.read(path)


def met(folder: Path, words: str, subject: str, *fields: str) -> Mapping:
    return plan(folder, words).meet(subjects.get(subject), fields)


def test_survey_columns_by_cjj_61() -> None:
    found = guess(subjects.get("pipes"), ["起始点号", "连接点号", "起点埋深", "终点埋深", "管径", "材质", "管线类型"])
    assert {name: rule.fields for name, rule in found.items()} == {
        "start": ("起始点号",), "end": ("连接点号",), "start_depth_m": ("起点埋深",), "end_depth_m": ("终点埋深",),
        "diameter_mm": ("管径",), "material": ("材质",), "category": ("管线类型",), "subcategory": ("管线类型",),
    }  # fmt: skip


def test_tiles_and_openstreetmap_by_their_names() -> None:
    assert guess(subjects.get("roads"), ["kind", "kind_detail", "name", "name:zh"])["kind"].fields == (
        "kind_detail",
        "kind",
    )
    assert guess(subjects.get("roads"), ["Highway", "NAME"])["name"].fields == ("NAME",)
    assert guess(subjects.get("buildings"), ["addr_street", "addr_housenumber"])["address"].how == "join"
    assert guess(subjects.get("landuse"), ["fclass"])["kind"].fields == ("fclass",)
    assert guess(subjects.get("facilities"), ["公厕名称", "街道名称", "类别"])["name"].fields == ("公厕名称",)
    assert "name" not in guess(subjects.get("facilities"), ["公厕名称", "品牌名称", "类别"])


def test_ids_by_their_names() -> None:
    assert guess_id(["osm_id", "osm_type", "id"]) == ("osm_type", "osm_id")
    assert guess_id(["名称", "编号"]) == ("编号",)
    assert guess_id(["名称"]) == ()


def test_every_form_of_rule(tmp_path: Path) -> None:
    words = """
    [fields]
    name = ["a", "b"]
    address = { join = ["a", "b"], with = "/" }
    code = { of = "gb", match = "156(.*)" }
    height_m = { of = "feet", times = 0.3048 }
    use = { value = "住宅" }
    """
    rules = met(tmp_path, words, "buildings", "a", "b", "gb", "feet").rules
    columns = {"a": ["", "x"], "b": ["y", "z"], "gb": ["156320613", None], "feet": ["10", "tall"]}
    made = {name: rule.column(columns, 2) for name, rule in rules.items()}
    assert made["name"] == ["y", "x"]
    assert made["address"] == ["y", "x/z"]
    assert made["code"] == ["320613", None]
    assert made["height_m"] == [pytest.approx(3.048), "tall"]
    assert made["use"] == ["住宅", "住宅"]


def test_objects_gather_what_has_no_column(tmp_path: Path) -> None:
    rules = met(tmp_path, '[fields]\nkind = "k"\nextra = { object = ["r", "s"] }', "facilities", "k", "r", "s").rules
    assert rules["extra"].column({"r": ["1", ""], "s": [None, "2"]}, 2) == [{"r": "1"}, {"s": "2"}]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("colour = 1", "没有“colour”"),
        ("[fields]\nheights = 'a'", "没有“heights”"),
        ("[fields]\nname = 'b'", "没有“b”"),
        ("[fields]\nname = 5", "写法不对"),
        ("id = 'b'", "没有“b”"),
        ("[skip]\nb = ['x']", "没有“b”"),
        ("split = 'everywhere'", "没有“everywhere”"),
        ("[fields", "无法读取"),
    ],
)
def test_a_wrong_mapping_says_what_is_wrong(tmp_path: Path, words: str, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        met(tmp_path, words, "buildings", "a")


def test_unused_fields_are_known(tmp_path: Path) -> None:
    assert met(tmp_path, '[fields]\nname = "a"', "buildings", "a", "b", "osm_id").unused(["a", "b", "osm_id"]) == ["b"]


def test_subjects_are_the_layers_and_their_columns_exist() -> None:
    for subject in subjects.SUBJECTS.values():
        names = {field.name for field in subject.model._meta.concrete_fields}
        for column in subject.columns:
            assert column.name in names or subject.id in ("fences", "works", "zonings"), (subject.id, column.name)
    with pytest.raises(Invalid, match="没有“houses”这个主题"):
        subjects.get("houses")
