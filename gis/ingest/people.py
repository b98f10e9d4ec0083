"""Who answers for what, as tables without shapes: heads of segments, departments, inspectors of grids."""

from __future__ import annotations

from gis.ingest.merge import ROW_ID
from gis.ingest.subject import Check, Column, Ref, Subject
from gis.ingest.zonings import SEGMENT
from gis.models import Department, Grid, GridInspector, Segment, SegmentHead

PHONE = ("电话", "联系电话", "手机", "手机号", "手机号码", "联系方式", "phone", "tel")
PERSON = ("姓名", "人员姓名", "name")
LEVEL = {
    word: level
    for level, digit in enumerate("一二三四五", 1)
    for word in (f"{digit}级", f"{digit}级段长", f"{digit}级街长", digit, f"{level}级")
}


def twice(column: str, *same: str) -> Check:
    """Rows that name what an earlier row of the file names already."""
    alike = " AND ".join(f"o.{name} IS NOT DISTINCT FROM s.{name}" for name in same)
    return Check(
        "duplicate", column, f"EXISTS (SELECT FROM stage o WHERE o.row < s.row AND {alike})", f"s.{column}::text"
    )


HEADS = Subject(
    "heads", SegmentHead, frozenset(),
    (
        Column("segment", SEGMENT, required=True, kind="code"),
        Column("level", ("级别", "段长级别", "层级", "level"), required=True, values=LEVEL),
        Column("title", ("职务", "段长职务", "头衔", "title"), required=True),
        Column("name", ("段长", "段长姓名", *PERSON), required=True),
        Column("phone", PHONE, kind="code"),
    ),
    refs=(Ref("segment", Segment, ("code", "source_id", "name")),),
    checks=(Check("number_range", "level", "s.level NOT BETWEEN 1 AND 5", "s.level::text"),),
    late_checks=(twice("level", "segment_id", "level"),),
    key=("segment_id", "level"),
    english="Heads of segments",
)  # fmt: skip

INSPECTORS = Subject(
    "inspectors", GridInspector, frozenset(),
    (
        Column("grid", ("网格编码", "单元网格编码", "网格编号", "所属网格", "网格", "grid_code", "grid"), required=True,
               kind="code"),
        Column("name", ("网格员", "监督员", "网格员姓名", *PERSON), required=True),
        Column("phone", PHONE, kind="code"),
        Column("shift", ("班次", "班组", "shift")),
    ),
    refs=(Ref("grid", Grid, ("code", "source_id", "name")),),
    steps=("UPDATE stage SET shift = '' WHERE shift IS NULL",),
    late_checks=(twice("name", "grid_id", "name", "shift"),),
    key=("grid_id", "name", "shift"),
    english="Grid inspectors",
)  # fmt: skip

ONE_OF = "SELECT {key} AS key, min({id}) AS id FROM {table} GROUP BY 1 HAVING count(*) = 1"
CHAIN = (
    "(SELECT row_id, parent_id FROM stage UNION ALL SELECT t.id, t.parent_id FROM spatial_department t"
    " WHERE t.id NOT IN (SELECT row_id FROM stage))"
)


def above(key: str, table: str, ident: str) -> str:
    """SQL that finds the department above by its code or name, if only one answers to it."""
    one = ONE_OF.format(key=key, id=ident, table=table)
    return f"UPDATE stage s SET parent_id = o.id FROM ({one}) o WHERE s.parent_id IS NULL AND o.key = s.parent"


DEPARTMENTS = Subject(
    "departments", Department, frozenset(),
    (
        Column("code", ("部门编码", "部门代码", "部门编号", "单位编码", "机构编码", "编码", "代码", "编号", "code"),
               required=True, kind="code"),
        Column("name", ("部门名称", "单位名称", "机构名称", "部门", "名称", "name"), required=True),
        Column("kind", ("类别", "部门类别", "单位类别", "类型", "kind", "type")),
        Column("parent", ("上级", "上级部门", "上级编码", "上级单位", "主管部门", "parent"), kind="code"),
        Column("phone", ("服务电话", "值班电话", *PHONE), kind="code"),
        Column("duties", ("职责", "主要职责", "职能", "负责事项", "duties")),
        Column("surveyed_at", ("登记日期", "更新日期", "surveyed_at")),
    ),
    unique=(("code",),),
    steps=(
        # A department may stand above others of the same file, before or after them: ids are given beforehand.
        f"UPDATE stage s SET {ROW_ID} = coalesce((SELECT t.id FROM spatial_department t WHERE t.source = %(source)s"
        " AND t.source_id = s.id), nextval(pg_get_serial_sequence('spatial_department', 'id')))",
        above("code", "stage", ROW_ID), above("code", "spatial_department", "id"),
        above("name", "stage", ROW_ID), above("name", "spatial_department", "id"),
    ),
    late_checks=(
        Check(  # and with it those below it
            "unknown_ref", "parent",
            "s.row_id IN (WITH RECURSIVE lost AS (SELECT row_id FROM stage WHERE parent IS NOT NULL AND parent_id IS"
            " NULL UNION SELECT c.row_id FROM stage c JOIN lost ON c.parent_id = lost.row_id) SELECT row_id FROM lost)",
            "s.parent",
        ),
        Check(
            "circle", "parent",
            f"s.row_id NOT IN (WITH RECURSIVE held AS (SELECT row_id FROM {CHAIN} c WHERE parent_id IS NULL"
            f" UNION SELECT c.row_id FROM {CHAIN} c JOIN held ON c.parent_id = held.row_id) SELECT row_id FROM held)",
            "s.parent",
        ),
    ),
    derived=(ROW_ID, "parent_id"),
    named="code",
    english="Departments",
)  # fmt: skip
