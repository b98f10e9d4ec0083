"""Street zoning as a table without shapes: a stretch is a segment, a side and metres; a record is closed and followed.

What is on record is a pile of boxes (side × metres × days) that never overlap. A row of the file that says what they
say already changes nothing; any other closes those it overlaps, and what they said of other days, metres and sides is
recorded anew.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from gis.ingest.merge import Counts, number
from gis.ingest.stage import Stage
from gis.ingest.stretches import EVER, NAMES, NEVER, SIDES, Stretch, rest
from gis.ingest.subject import Check, Column, Ref, Subject
from gis.models import Segment, Zoning
from gis.today import TODAY

SEGMENT = ("路段编码", "路段代码", "路段编号", "所属路段", "路段", "路段名称", "segment_code", "segment")
"""The names of the column that says which segment a row is about."""
SLACK_M = 1
"""Metres by which a stretch may end beyond its segment: registers round up. It is cut off there."""

SIDE = {
    "左": "left", "左侧": "left", "左边": "left", "左側": "left", "l": "left",
    "右": "right", "右侧": "right", "右边": "right", "右側": "right", "r": "right",
    "两侧": "both", "双侧": "both", "两边": "both", "左右": "both", "全部": "both", "双": "both",
}  # fmt: skip
CLASS = {
    word: grade
    for grade, digits in enumerate(("一1Ⅰ", "二2Ⅱ", "三3Ⅲ"), 1)
    for digit in digits
    for word in (f"{digit}类", f"{digit}类街", f"{digit}类街面", f"{digit}级", digit)
}
ZONE = {
    "严禁区": "forbidden", "严禁": "forbidden", "禁止区": "forbidden", "禁止": "forbidden",
    "严控区": "strict", "严控": "strict", "严格控制区": "strict", "严格控制": "strict",
    "控制区": "controlled", "控制": "controlled", "一般控制区": "controlled", "一般控制": "controlled",
}  # fmt: skip

LENGTH = "floor(g.length_m * 100) / 100"
SAME_PLACE = (
    "o.segment_id = s.segment_id AND spatial_side_span(o.side) && spatial_side_span(s.side)"
    " AND o.from_m < s.to_m AND s.from_m < o.to_m"
    " AND daterange(o.valid_from, o.valid_to, '[]') && daterange(s.valid_from, s.valid_to, '[]')"
)
STEPS = (
    "UPDATE stage SET side = coalesce(side, 'both'), from_m = coalesce(from_m, 0),"
    f" valid_from = coalesce(valid_from, {TODAY}),"
    " valid_to = CASE WHEN valid_to < '9999-01-01' THEN valid_to END",  # 9999-12-31 is a register's "for ever"
    f"UPDATE stage s SET to_m = CASE WHEN s.to_m <= g.length_m + {SLACK_M} THEN least(s.to_m, {LENGTH})"
    f" ELSE coalesce(s.to_m, {LENGTH}) END FROM spatial_segment g WHERE g.id = s.segment_id",
    "UPDATE stage SET from_m = round(from_m::numeric, 2), to_m = round(to_m::numeric, 2)"
    " WHERE abs(from_m) < 1e9 AND abs(to_m) < 1e9",
)
LATE_CHECKS = (
    Check("number_range", "from_m", "s.from_m < 0", "s.from_m::text"),
    Check(
        "off_segment", "to_m",
        f"EXISTS (SELECT FROM spatial_segment g WHERE g.id = s.segment_id AND (s.to_m > {LENGTH} OR s.from_m >="
        f" {LENGTH}))",
        f"(SELECT concat(s.segment, ' ', s.from_m, '–', s.to_m, ' m / ', {LENGTH}, ' m') FROM spatial_segment g"
        " WHERE g.id = s.segment_id)",
    ),
    Check("order", "to_m", "s.to_m <= s.from_m", "concat(s.segment, ' ', s.from_m, '–', s.to_m, ' m')"),
    Check("ends_first", "valid_to", "s.valid_to < s.valid_from", "concat(s.valid_from, ' – ', s.valid_to)"),
    Check(
        "same_stretch", "from_m", f"EXISTS (SELECT FROM stage o WHERE o.row < s.row AND {SAME_PLACE})",
        "(SELECT concat(s.segment, ' ', greatest(o.from_m, s.from_m), '–', least(o.to_m, s.to_m), ' m, ',"
        " greatest(o.valid_from, s.valid_from), ' – ', least(o.valid_to, s.valid_to), ', № ', o.row)"
        f" FROM stage o WHERE o.row < s.row AND {SAME_PLACE} ORDER BY o.row LIMIT 1)",
    ),
)  # fmt: skip

ZONINGS = Subject(
    "zonings", Zoning, frozenset(),
    (
        Column("segment", SEGMENT, required=True, kind="code"),
        Column("side", ("侧", "侧别", "街侧", "方位", "side"), values=SIDE, choices=("left", "right", "both")),
        Column("from_m", ("起点", "起点米", "起点里程", "起", "起始", "从", "from_m", "from")),
        Column("to_m", ("终点", "终点米", "终点里程", "止", "终止", "到", "to_m", "to")),
        Column("street_class", ("等级", "街面等级", "街道等级", "类别", "街面类别", "类", "street_class", "class"),
               required=True, values=CLASS),
        Column("zone", ("分区", "管控分区", "管控区", "区域类型", "管控类别", "zone"), required=True, values=ZONE,
               choices=("forbidden", "strict", "controlled")),
        Column("hours", ("时段", "生效时段", "管控时段", "管理时段", "时间", "hours"), kind="hours"),
        Column("basis", ("依据", "法规依据", "文号", "批准文号", "basis")),
        Column("valid_from", ("有效期起", "生效日期", "启用日期", "起始日期", "开始日期", "valid_from"), kind="day"),
        Column("valid_to", ("有效期止", "失效日期", "终止日期", "截止日期", "结束日期", "valid_to"), kind="day"),
    ),
    refs=(Ref("segment", Segment, ("code", "source_id", "name")),),
    checks=(Check("number_range", "street_class", "s.street_class NOT BETWEEN 1 AND 3", "s.street_class::text"),),
    steps=STEPS,
    late_checks=LATE_CHECKS,
    english="Street zoning",
    versions=Zoning,
)  # fmt: skip
"""Both days of a validity are included. Without a first day a row speaks of today and after."""

SAID = ("street_class", "zone", "hours", "basis")
NAMED = ", ".join(SAID)
EQUAL = " AND ".join(f"z.{name} IS NOT DISTINCT FROM w.{name}" for name in SAID)
MET = (
    "z.segment_id = w.segment_id AND upper_inf(z.recorded) AND spatial_side_span(z.side) && spatial_side_span(w.side)"
    " AND numrange(z.from_m, z.to_m) && numrange(w.from_m, w.to_m) AND z.valid && w.valid"
)


def volume(side: str, metres: str, days: str) -> str:
    """SQL of how much a box holds: boxes on record never overlap, so shares of one add up."""
    first, last = f"coalesce(lower({days}), DATE '0001-01-01')", f"coalesce(upper({days}), DATE '9999-12-31')"
    return f"(upper({side}) - lower({side})) * (upper({metres}) - lower({metres})) * ({last} - {first})"


WANTED = """
CREATE TEMP TABLE wanted ON COMMIT DROP AS
SELECT s.row, s.segment_id, s.side, s.from_m::numeric(9, 2) AS from_m, s.to_m::numeric(9, 2) AS to_m,
       s.street_class::smallint AS street_class, s.zone, s.hours, coalesce(s.basis, '') AS basis,
       daterange(s.valid_from, s.valid_to, '[]') AS valid
  FROM stage s
"""
WHOLE = volume("spatial_side_span(w.side)", "numrange(w.from_m, w.to_m)", "w.valid")
SHARED = volume(
    "(spatial_side_span(z.side) * spatial_side_span(w.side))",
    "(numrange(z.from_m, z.to_m) * numrange(w.from_m, w.to_m))",
    "(z.valid * w.valid)",
)
KNOWN = f"""
DELETE FROM wanted w WHERE {WHOLE} = (SELECT sum({SHARED}) FROM spatial_zoning z WHERE {MET} AND {EQUAL})
"""
BOX = "{0}.side, {0}.from_m, {0}.to_m, lower({0}.valid), upper({0}.valid)"
MEETING = f"""
SELECT z.id, {BOX.format("z")}, w.row, {BOX.format("w")} FROM spatial_zoning z JOIN wanted w ON {MET}
 ORDER BY z.id, w.row FOR UPDATE OF z
"""
CLOSE = """
UPDATE spatial_zoning z SET recorded = tstzrange(lower(z.recorded), %(moment)s) WHERE z.id = ANY(%(ids)s)
"""
FOLLOW = f"""
INSERT INTO spatial_zoning (segment_id, side, from_m, to_m, {NAMED}, valid, recorded)
SELECT z.segment_id, p.side, p.from_m, p.to_m, {NAMED}, daterange(p.since, p.until), tstzrange(%(moment)s, NULL)
  FROM unnest(%(of)s::bigint[], %(sides)s::text[], %(starts)s::numeric[], %(ends)s::numeric[], %(since)s::date[],
              %(until)s::date[]) AS p(id, side, from_m, to_m, since, until)
  JOIN spatial_zoning z USING (id)
"""
OPEN = f"""
INSERT INTO spatial_zoning (segment_id, side, from_m, to_m, {NAMED}, valid, recorded)
SELECT segment_id, side, from_m, to_m, {NAMED}, valid, tstzrange(%(moment)s, NULL) FROM wanted ORDER BY row
"""


def merge(stage: Stage) -> Counts:
    """Record what the file says and the records do not; a row counts as changed where something else was on record."""
    cursor = stage.cursor
    cursor.execute("SELECT clock_timestamp()")  # not now(): two imports in one transaction are two moments
    moment = {"moment": cursor.fetchone()[0]}
    cursor.execute("DROP TABLE IF EXISTS pg_temp.wanted")
    cursor.execute(WANTED)
    cursor.execute("CREATE INDEX ON wanted (segment_id)")
    cursor.execute("ANALYZE wanted")
    cursor.execute(KNOWN)
    unchanged = cursor.rowcount
    opened = number(stage, "SELECT count(*) FROM wanted")
    if not opened:
        return Counts(0, 0, unchanged, 0, moment["moment"])
    cursor.execute(MEETING)
    changed = set[int]()
    met = defaultdict[tuple[int, Stretch], list[Stretch]](list)
    for ident, *box in cursor.fetchall():
        met[ident, stretch(*box[:5])].append(stretch(*box[6:]))
        changed.add(box[5])
    pieces = [(ident, piece) for (ident, whole), cut in met.items() for piece in rest(whole, cut)]
    cursor.execute(CLOSE, moment | {"ids": [ident for ident, _ in met]})
    cursor.execute(FOLLOW, moment | columns(pieces))
    cursor.execute(OPEN, moment)
    return Counts(opened - len(changed), len(changed), unchanged, 0, moment["moment"])


def stretch(side: str, start: Any, end: Any, since: Any, until: Any) -> Stretch:
    """A box as the database tells it; no bound is the end of all days."""
    return Stretch(SIDES[side], start, end, since or EVER, until or NEVER)


def columns(pieces: list[tuple[int, Stretch]]) -> dict[str, list[Any]]:
    """What is left of closed records, as arrays for SQL."""
    return {
        "of": [ident for ident, _ in pieces],
        "sides": [NAMES[one.side] for _, one in pieces],
        "starts": [one.start for _, one in pieces],
        "ends": [one.end for _, one in pieces],
        "since": [None if one.since == EVER else one.since for _, one in pieces],
        "until": [None if one.until == NEVER else one.until for _, one in pieces],
    }
