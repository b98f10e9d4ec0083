"""Heads, departments and inspectors as tables: replaced where they are named, undone, and never shown to residents."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.gis.geos import LineString

from gis.errors import Conflict, Invalid
from gis.ingest import undo
from gis.ingest.forget import survey as farewell
from gis.ingest.subjects import SUBJECTS, get
from gis.models import Department, Grid, GridInspector, ImportRun, Segment, SegmentHead
from layers import registry
from layers.layer import reaches
from layers.scope import RESIDENT
from tests.factories import make
from tests.gis.ingest.conftest import Desk

pytestmark = pytest.mark.django_db


def bring(desk: Desk, subject: str, *rows: str, **asked: Any) -> ImportRun:
    done = desk.load(subject, desk.text("\n".join(rows) + "\n", f"{subject}.csv"), **asked)
    assert not done.refused, desk.refused
    return ImportRun.objects.get(pk=done.run)


def heads() -> list[tuple[int, str, str]]:
    return list(SegmentHead.objects.order_by("level").values_list("level", "name", "phone"))


@pytest.fixture
def segment() -> Segment:
    geom = LineString((121.5, 31.24), (121.501, 31.24), srid=4490)
    made = make(Segment, code="LD-1", name="甲路", geom=geom)
    assert isinstance(made, Segment)
    return made


HEAD = "路段编码,级别,职务,姓名,电话"


def test_heads_are_replaced_by_segment_and_level(desk: Desk, segment: Segment) -> None:
    bring(desk, "heads", HEAD, "LD-1,一级,区长,虚构甲,000-1", "LD-1,二级段长,主任,虚构乙,000-2", "甲路,5,队员,虚构丙,")
    assert heads() == [(1, "虚构甲", "000-1"), (2, "虚构乙", "000-2"), (5, "虚构丙", "")]
    run = bring(desk, "heads", HEAD, "LD-1,一级,区长,虚构丁,000-4", "LD-1,5,队员,虚构丙,", source="别处")
    assert (run.added, run.changed, run.unchanged) == (0, 1, 1)
    assert heads() == [(1, "虚构丁", "000-4"), (2, "虚构乙", "000-2"), (5, "虚构丙", "")]
    undo.undo(run)
    assert heads()[0] == (1, "虚构甲", "000-1")


def test_an_import_of_heads_is_not_undone_over_a_later_one(desk: Desk, segment: Segment) -> None:
    run = bring(desk, "heads", HEAD, "LD-1,1,区长,虚构甲,000-1", source="一")
    later = bring(desk, "heads", HEAD, "LD-1,1,区长,虚构丁,000-1", source="二")
    with pytest.raises(Conflict, match="虚构丁"):
        undo.undo(run)
    undo.undo(later)
    undo.undo(run)
    assert heads() == []


def test_heads_that_cannot_be_are_refused(desk: Desk, segment: Segment) -> None:
    rows = ("LD-1,一级,区长,虚构甲,", "LD-1,1,区长,虚构乙,", "LD-1,6,区长,虚构乙,", "LD-1,总,区长,虚构乙,",
            "LD-2,1,区长,虚构乙,", "LD-1,2,区长,,")  # fmt: skip
    desk.load("heads", desk.text("\n".join((HEAD, *rows)), "h.csv"))
    assert {int(row["row"]): row["reason_zh"] for row in desk.refused} == {
        3: "与文件中前面的一行重复", 4: "数值超出范围", 5: "不在允许的取值之列", 6: "找不到所指的对象", 7: "缺少必填项",
    }  # fmt: skip
    assert heads() == [(1, "虚构甲", "")]


OFFICE = "部门编码,部门名称,类别,上级,电话,职责"


def test_departments_name_each_other_in_any_order(desk: Desk) -> None:
    rows = (OFFICE, "B2,监督科,科室,B1,000-2,核查", "B1,指挥中心,机构,,000-1,派遣", "B3,指挥科,科室,指挥中心,,")
    run = bring(desk, "departments", *rows)
    above = dict(Department.objects.values_list("code", "parent__code"))
    assert above == {"B1": None, "B2": "B1", "B3": "B1"}
    assert set(Department.objects.values_list("source_id", flat=True)) == {"B1", "B2", "B3"}
    assert bring(desk, "departments", *rows).unchanged == 3
    later = bring(desk, "departments", OFFICE, "B2,监督一科,科室,,000-2,核查", "B4,外勤,,B2,,")
    assert (later.added, later.changed) == (1, 1)
    assert Department.objects.get(code="B2").parent is None
    assert Department.objects.get(code="B4").parent == Department.objects.get(code="B2")
    undo.undo(later)
    assert dict(Department.objects.values_list("code", "parent__code")) == above
    undo.undo(run)
    assert not Department.objects.exists()


def test_departments_above_each_other_or_below_nothing_are_refused(desk: Desk) -> None:
    rows = ("B1,甲,,B2,,", "B2,乙,,B1,,", "B3,丙,,B2,,", "B4,丁,,没有,,", "B5,戊,,B4,,", "B6,己,,,,", "B6,庚,,,,")
    done = desk.load("departments", desk.text("\n".join((OFFICE, *rows)), "d.csv"))
    assert (done.added, done.refused) == (1, 6)
    assert {int(row["row"]): row["reason_zh"] for row in desk.refused} == {
        2: "上级部门绕成了圈", 3: "上级部门绕成了圈", 4: "上级部门绕成了圈",
        5: "找不到所指的对象", 6: "找不到所指的对象", 8: "与文件中前面的一行重复",
    }  # fmt: skip


def test_a_circle_closed_by_what_is_stored_is_refused(desk: Desk) -> None:
    bring(desk, "departments", OFFICE, "B1,甲,,,,", "B2,乙,,B1,,")
    desk.load("departments", desk.text(f"{OFFICE}\nB1,甲,,B2,,\n", "departments.csv"))
    assert [row["reason_zh"] for row in desk.refused] == ["上级部门绕成了圈"]


def test_inspectors_come_to_their_grids(desk: Desk) -> None:
    make(Grid, code="310115001000001")
    head = "网格编码,姓名,电话,班次"
    rows = (head, "310115001000001,虚构甲,000-1,早班", "310115001000001,虚构甲,000-1,晚班", "310115001000001,虚构乙,,")
    run = bring(desk, "inspectors", *rows)
    assert run.added == 3
    assert bring(desk, "inspectors", *rows).unchanged == 3
    later = bring(desk, "inspectors", head, "310115001000001,虚构甲,000-9,早班")
    assert dict(GridInspector.objects.filter(name="虚构甲").values_list("shift", "phone")) == {
        "早班": "000-9",
        "晚班": "000-1",
    }
    undo.undo(later)
    undo.undo(run)
    assert not GridInspector.objects.exists()


def test_a_table_with_coordinates_is_read_without_them(desk: Desk) -> None:
    path = desk.text("部门编码,部门名称,X,Y\nB1,甲,500000,3450000\n", "d.csv")
    assert desk.load("departments", path).added == 1


def test_rows_that_tell_no_source_are_not_forgotten_by_it(desk: Desk, segment: Segment) -> None:
    bring(desk, "heads", HEAD, "LD-1,1,区长,虚构甲,", source="一")
    with pytest.raises(Invalid, match="undo"):
        farewell("一", [get("heads"), get("zonings")])


def test_residents_are_shown_nobody() -> None:
    """No layer is of these tables, and no field of a layer that residents see leads to one."""
    hidden = {SUBJECTS[name].model for name in ("heads", "departments", "inspectors")}
    layers = registry.visible(RESIDENT)
    assert not hidden & {layer.model for layer in layers}
    for layer in layers:
        for path in (field.name for field in layer.fields if RESIDENT.role in field.audience):
            assert not {"heads", "inspectors", "parent"} & set(path.split("__")), (layer.id, path)
            assert reaches(layer.model, path)
