"""Mappings written and guessed."""

from __future__ import annotations

from pathlib import Path
from time import process_time
from typing import Any

import pytest

from gis.errors import Invalid
from gis.ingest import subjects
from gis.ingest.cutting import cut_out
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


@pytest.mark.parametrize(
    ("match", "value", "found"),
    [
        ("156(.*)", "156320613", "320613"),
        ("[0-9]{3}", "甲156320613", "156"),
        ("^(?P<road>[^0-9]+)([0-9]+)", "人民路14号\n院内", "人民路"),
        ("甲(乙)?", "甲", None),
        ("^丙", "甲丙", None),
        ("(?i)ab", "xAB", "AB"),
        ("x", 1.5, None),
        ("1", 1.5, "1"),
        ("x", None, None),
    ],
)
def test_a_part_of_a_value_is_cut_out(match: str, value: Any, found: str | None) -> None:
    assert cut_out([value], match) == [found]


@pytest.mark.parametrize("match", ["(a+)+$", "(a|a)*b$", "(.*)*,(.*)*;$", "^(([a-z])+.)+[A-Z]([a-z])+$"])
def test_no_expression_keeps_an_import_busy(match: str) -> None:
    began = process_time()
    cut_out(["a" * 100_000 + "!"] * 10, match)
    assert process_time() - began < 5, "Python's own engine would still be at it next year"


@pytest.mark.parametrize(
    "rule",
    [
        {"of": "a", "match": 5}, {"of": "a", "match": "("}, {"of": "a", "match": "(?=x)"}, {"of": "a", "match": "a)(b"},
        {"of": "a", "match": r"(a)\1"}, {"of": "a", "match": "((x{900}){900}){900}"}, {"of": "a", "match": "x" * 501},
        {"of": "a", "match": "(" * 400}, {"of": ["a"]}, {"join": "ab"}, {"join": [1]}, {"join": ["a"], "with": 1},
        {"object": {}}, {"of": "a", "times": "x"}, {"of": "a", "times": float("nan")}, [], [["a"]], {}, None,
    ],
)  # fmt: skip
def test_a_wrong_rule_is_refused_before_a_row_is_read(rule: Any) -> None:
    with pytest.raises(Invalid, match=r"name.*name"):
        Plan.of({"fields": {"name": rule}}, "m.toml")


def test_unused_fields_are_known(tmp_path: Path) -> None:
    assert met(tmp_path, '[fields]\nname = "a"', "buildings", "a", "b", "osm_id").unused(["a", "b", "osm_id"]) == ["b"]


def test_subjects_are_the_layers_and_their_columns_exist() -> None:
    for subject in subjects.SUBJECTS.values():
        names = {field.name for field in subject.model._meta.concrete_fields}
        for column in subject.columns:
            assert column.name in names or subject.id in ("fences", "works", "zonings"), (subject.id, column.name)
    with pytest.raises(Invalid, match="没有“houses”这个主题"):
        subjects.get("houses")
