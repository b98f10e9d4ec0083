"""`manage.py import` as an operator meets it."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from gis.models import Building, ImportRun
from tests.gis.ingest.conftest import Desk, square

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def var(settings: Any, tmp_path: Path) -> Path:
    settings.VAR = tmp_path / "var"
    return tmp_path / "var"


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
    out, _ = run("landuse", str(desk.geojson((square(), {"kind": "park"}), (square(121), {"kind": "moon"}))))
    assert "kind 有 1 种值不在代码表中" in out
    assert "moon (1)" in out


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
