"""Fences arrive as versions: a version once recorded is closed and followed, never changed."""

from __future__ import annotations

from gis.ingest import keeping
from gis.ingest.headings import CODE, NAME, NAME_EN, SURVEYED
from gis.ingest.merge import Counts, absent, both, number
from gis.ingest.stage import Stage
from gis.ingest.subject import Check, Column, Subject
from gis.models import Fence, FenceVersion
from gis.today import TODAY

FENCES = Subject(
    "fences", Fence, frozenset({"Polygon", "MultiPolygon", "LineString", "MultiLineString"}),
    (
        Column("code", ("围栏编码", "围栏编号", *CODE, "编号"), required=True, kind="code"),
        Column("name", ("围栏名称", *NAME), required=True),
        Column("name_en", NAME_EN),
        Column("purpose", ("用途", "围栏用途", "围栏类型", "类别", "purpose", "kind"), required=True,
               vocabulary="fence-purpose"),
        Column("state", ("状态", "state"), values={"草稿": "draft", "审核中": "review", "已发布": "published",
               "已停用": "retired"}, choices=("draft", "review", "published", "retired")),
        Column("width_m", ("线宽", "宽度", "width_m"), positive=True),
        Column("hours", ("生效时段", "hours"), kind="hours"),
        Column("dwell_s", ("驻留", "驻留秒", "dwell_s")),
        Column("drift_m", ("漂移容差", "drift_m")),
        Column("scenes", ("识别场景", "scenes")),
        Column("priority", ("优先级", "priority")),
        Column("clause", ("法规条款", "依据", "clause")),
        Column("valid_from", ("生效日期", "启用日期", "valid_from"), kind="day"),
        Column("valid_to", ("失效日期", "终止日期", "valid_to"), kind="day"),
        SURVEYED,
    ),
    unique=(("code",),),
    checks=(
        Check("no_body", "width_m", "ST_Dimension(s.geom) = 1 AND coalesce(s.width_m, 0) <= 0"),
        Check("order", "valid_to", "s.valid_to <= s.valid_from", "s.valid_to::text"),
        Check("number_range", "drift_m", "s.drift_m < 0", "s.drift_m::text"),
    ),
    versions=FenceVersion,
)  # fmt: skip

RULES = (
    "name", "name_en", "purpose", "state", "width_m", "hours", "dwell_s", "drift_m", "scenes", "priority", "clause",
)  # fmt: skip
BLANKS = {
    "clause": "''", "dwell_s": "0", "drift_m": "0", "name_en": "''", "priority": "0", "scenes": "'{}'",
    "state": "'draft'",
}  # fmt: skip
TYPES = {"dwell_s": "int", "priority": "smallint", "scenes": "varchar[]"}

# A file without dates speaks of the version that is open now, or of a fence that begins today. What it has no column
# for stays as the version says that it follows.
WANTED = f"""
CREATE TEMP TABLE wanted ON COMMIT DROP AS
SELECT f.id AS fence_id, s.geom, {{values}},
       daterange(coalesce(s.valid_from::date, lower(o.valid), {TODAY}),
                 coalesce(s.valid_to::date, CASE WHEN s.valid_from IS NULL THEN upper(o.valid) END)) AS valid
  FROM stage s
  JOIN spatial_fence f ON f.source = %(source)s AND f.source_id = s.id
  LEFT JOIN LATERAL (
       SELECT v.* FROM spatial_fenceversion v
        WHERE v.fence_id = f.id AND upper_inf(v.recorded)
        ORDER BY v.valid @> coalesce(s.valid_from::date, {TODAY}) DESC, lower(v.valid) DESC
        LIMIT 1) o ON true
"""

CLOSE = """
WITH closed AS (
  UPDATE spatial_fenceversion v SET recorded = tstzrange(lower(v.recorded), %(moment)s)
    FROM wanted w
   WHERE w.fence_id = v.fence_id AND upper_inf(v.recorded) AND v.valid && w.valid
  RETURNING v.*)
INSERT INTO spatial_fenceversion (fence_id, geom, {names}, valid, recorded)
SELECT c.fence_id, c.geom, {closed}, rest.valid, tstzrange(%(moment)s, NULL)
  FROM closed c JOIN wanted w USING (fence_id)
  CROSS JOIN LATERAL unnest(datemultirange(c.valid) - datemultirange(w.valid)) AS rest(valid)
"""

OPEN = """
INSERT INTO spatial_fenceversion (fence_id, geom, {names}, valid, recorded)
SELECT fence_id, geom, {names}, valid, tstzrange(%(moment)s, NULL) FROM wanted
"""


def merge(stage: Stage) -> Counts:
    """Add fences that are new, close and follow the versions that differ; what an old version said of other days
    stays true of them: it is recorded anew for the days that the new one leaves out."""
    cursor, source = stage.cursor, {"source": stage.source}
    added = named(stage)
    cursor.execute("SELECT clock_timestamp()")  # not now(): two imports in one transaction are two moments
    moment = {"moment": cursor.fetchone()[0]}
    names = ", ".join(RULES)
    values = ", ".join(f"{value(name, name in stage.columns)} AS {name}" for name in RULES)
    cursor.execute("DROP TABLE IF EXISTS pg_temp.wanted")
    cursor.execute(WANTED.format(values=values), source)
    same = " AND ".join(f"v.{name} IS NOT DISTINCT FROM w.{name}" for name in ("geom", "valid", *RULES))
    cursor.execute(
        "DELETE FROM wanted w USING spatial_fenceversion v"
        f" WHERE v.fence_id = w.fence_id AND upper_inf(v.recorded) AND {same}"
    )
    unchanged = cursor.rowcount
    cursor.execute("SELECT count(*) FROM wanted")
    [opened] = cursor.fetchone()
    if opened:
        cursor.execute(CLOSE.format(names=names, closed=", ".join(f"c.{name}" for name in RULES)), moment)
        cursor.execute(OPEN.format(names=names), moment)
    return Counts(added, opened - added, unchanged, absent(stage), moment["moment"])


def named(stage: Stage) -> int:
    """Add the fences that are new and put right the codes of those that are not; how many are new."""
    met = both("spatial_fence")
    different = number(stage, f"SELECT count(*) {met} AND t.code <> s.code")
    if different:
        statement = (
            "UPDATE spatial_fence AS t SET updated_at = now(), code = s.code FROM stage s"
            " WHERE t.source = %(source)s AND t.source_id = s.id AND t.code <> s.code"
        )
        rows = f"SELECT t.id {met} AND t.code <> s.code"
        number(stage, keeping.changed(Fence, statement, ["code", "updated_at"], rows))
    new = " WHERE NOT EXISTS (SELECT FROM spatial_fence o WHERE o.source = %(source)s AND o.source_id = s.id)"
    if not number(stage, f"SELECT count(*) FROM stage s{new}"):
        return 0
    statement = (
        "INSERT INTO spatial_fence AS t (source, source_id, updated_at, code, surveyed_at)"
        f" SELECT %(source)s, s.id, now(), s.code, s.surveyed_at FROM stage s{new}"
    )
    return number(stage, keeping.added(Fence, statement))


def value(name: str, told: bool) -> str:
    """A rule as its column's type: as staged, else of the version before; the model's default for what nobody says."""
    staged = f"s.{name}::{TYPES[name]}" if name in TYPES else f"s.{name}"
    said = staged if told else f"o.{name}"
    return f"coalesce({said}, {BLANKS[name]})" if name in BLANKS else said
