"""`manage.py import` as an operator meets it."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from gis.models import Address, Building, CodePattern, ImportRun
from tests.gis.ingest.conftest import Desk, dot, square

pytestmark = [pytest.mark.usefixtures("var"), pytest.mark.django_db]


def run(*words: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("import", *words, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_it_says_what_it_guessed_and_what_it_did(desk: Desk) -> None:
    path = desk.geojson((square(), {"osm_id": 1, "height": 9, "colour": "red"}))
    out, err = run("buildings", str(path), "--source", "测试")
    for words in (
        "来源 source: 测试",
        "height_m ← height",
        "编号 source id: osm_id",
        "未用 unused: colour",
        "新增 added 1",
    ):
        assert words in out
    assert not err


def test_refused_rows_go_under_var_and_are_said_aloud(desk: Desk, var: Path) -> None:
    out, err = run("buildings", str(desk.geojson((square(), {"id": 1}), (None, {"id": 2}))))
    (report,) = (var / "imports").glob("*.csv")
    assert "1 × 没有图形 no geometry" in out
    assert str(report) in err


def test_a_file_refused_whole_fails_and_the_others_go_on(desk: Desk) -> None:
    good = desk.geojson((square(), {"id": 1}))
    bad = desk.text("{", "bad.geojson")
    with pytest.raises(CommandError, match=r"未导入：bad\.geojson"):
        run("buildings", str(bad), str(good))
    assert Building.objects.count() == 1


def test_registers_of_addresses_are_compared_once_the_last_file_is_in(desk: Desk) -> None:
    door = {"街路巷": "东路", "门牌号": "1", "楼牌号": "3号楼"}
    for source, dry in (("民政", ()), ("公安", ("--dry-run",)), ("公安", ())):
        path = desk.geojson((dot(120.0005, 30.0005), door | {"id": source}))
        out, _ = run("addresses", str(path), "--source", source, *dry)
        assert ("条地址" in out) is not bool(dry)
    assert Address.objects.filter(same_as__isnull=False).count() == 1


def test_constants_and_dry_run(desk: Desk) -> None:
    path = desk.geojson((square(), {"id": 1}))
    out, _ = run("buildings", str(path), "--set", "use=住宅", "--dry-run")
    assert "试运行，未写入" in out
    assert not Building.objects.exists()
    run("buildings", str(path), "--set", "use=住宅")
    assert Building.objects.get().use == "residential"
    for wrong in ("use", "colour=red"):
        with pytest.raises(CommandError):
            run("buildings", str(path), "--set", wrong)


def test_an_unknown_subject_lists_the_known(desk: Desk) -> None:
    with pytest.raises(CommandError, match="pipe-nodes"):
        run("houses", str(desk.geojson()))


def test_words_on_no_code_list_are_kept_and_said(desk: Desk) -> None:
    out, err = run("landuse", str(desk.geojson((square(), {"kind": "park"}), (square(121), {"kind": "moon"}))))
    assert "kind 有 1 种值不在代码表中" in out
    assert "moon (1)" in out
    assert not err


def test_a_column_mostly_of_words_on_no_list_is_warned_of(desk: Desk) -> None:
    rows = [(square(120 + n), {"kind": word}) for n, word in enumerate(("park", "moon", "sun"))]
    out, err = run("landuse", str(desk.geojson(*rows)))
    assert "! kind 的多数值（2 / 3）不在代码表中" in err
    assert "[values.kind]" in err
    assert "不在代码表中" not in out


@pytest.mark.parametrize("more", [(), ("--dry-run",)])
def test_a_file_of_which_every_row_is_refused_fails_and_leaves_nothing(
    desk: Desk, var: Path, capsys: pytest.CaptureFixture[str], more: tuple[str, ...]
) -> None:
    with pytest.raises(CommandError, match=r"✗ .*全部 1 行被拒绝") as caught:
        call_command("import", "buildings", str(desk.geojson((None, {"id": 2}))), *more)
    (report,) = (var / "imports").glob("*.csv")
    assert str(report) in str(caught.value)
    out, err = capsys.readouterr()
    assert "✗ 未导入" in out
    assert "拒绝 refused 1" in out
    assert "完成" not in out
    assert not err, "the error is said once, by whoever catches it"
    assert not ImportRun.objects.exists()


@pytest.mark.parametrize(
    ("subject", "said", "words"),
    [
        ("areas", ("--set", "level=foo"), ("level=foo：不在允许的取值之列", "省、市、区、街道、社区", "values (省")),
        ("areas", (), ("“level”", "--set level=值（省、市、区、街道、社区）", "use --set (省")),
        ("fences", ("--set", "state=foo", "--set", "purpose=x"), ("草稿、审核中、已发布、已停用",)),
        ("landuse", (), ("“kind”", "…）")),
    ],
)
def test_a_column_of_few_words_names_them(
    desk: Desk, subject: str, said: tuple[str, ...], words: tuple[str, ...]
) -> None:
    with pytest.raises(CommandError) as caught:
        run(subject, str(desk.geojson((square(), {"name": "甲", "编码": "110101"}))), *said)
    for word in words:
        assert word in str(caught.value)


def test_coordinate_columns_are_said_to_be_the_geometry(desk: Desk) -> None:
    path = desk.text("种类,经度,纬度,色\n路灯,121.4,31.2,白\n", "a.csv")
    out, _ = run("facilities", str(path))
    assert "坐标 geometry ← 经度、纬度，" in out
    assert "未用 unused: 色\n" in out
    path = desk.text("种类,图形\n路灯,POINT (121.4 31.2)\n", "b.csv")
    out, _ = run("facilities", str(path), "--crs", "EPSG:4490")
    assert "坐标 geometry ← 图形，" in out
    assert "未用" not in out


def test_a_csv_of_degrees_is_read_with_a_caution_unless_its_crs_is_named(desk: Desk) -> None:
    path = desk.text("种类,经度,纬度\n路灯,121.4,31.2\n", "a.csv")
    caution = "! 度数看起来像经纬度，按 WGS84/CGCS2000 读取"
    assert caution in run("facilities", str(path))[0]
    assert caution not in run("facilities", str(path), "--crs", "gcj02", "--source", "高德")[0]
    assert caution not in run("buildings", str(desk.geojson((square(), {}))))[0]


def test_what_is_no_table_and_no_map_is_named(desk: Desk) -> None:
    for name, words, said in (
        ("a.xlsx", "PK", "不完整或已损坏"),
        ("a.json", '{"rows": [1]}', "是 JSON，但不是 GeoJSON"),
        ("b.json", '[{"lon": 1}]', "是 JSON，但不是 GeoJSON"),
        ("c.json", '{"rows": [1', "不完整或已损坏"),
    ):
        with pytest.raises(CommandError, match=said) as caught:
            run("facilities", str(desk.text(words, name)))
        assert name == "c.json" or "driver" not in str(caught.value)


def test_decimal_commas_are_called_that(desk: Desk) -> None:
    path = desk.text("种类;经度;纬度;容量\n路灯;121,4944;31,2;\n路灯;121.4;31.2;3,5\n路灯;121.4;31.3;2\n", "a.csv")
    out, _ = run("facilities", str(path), "--crs", "EPSG:4490")
    assert "2 × 小数点写成了逗号，请改为点 a decimal comma: write a point" in out


def test_a_code_that_breaks_its_pattern_is_shown_the_pattern(desk: Desk) -> None:
    CodePattern.objects.update_or_create(scheme="component", defaults={"pattern": "[1-9][0-9]{5}"})
    path = desk.text("种类,编码,lon,lat\n路灯,12345,121,31\n路灯,1234567,121,31.1\n路灯,123456,121,31.2\n", "a.csv")
    _, err = run("facilities", str(path))
    (report,) = err.split("原因见 ")[1:]
    listed = Path(report.split("。")[0]).read_text(encoding="utf-8-sig")
    assert "编码不符合规则（规则 [1-9][0-9]{5}；位数不足，可能丢失前导零）" in listed
    assert "编码不符合规则（规则 [1-9][0-9]{5}）" in listed
