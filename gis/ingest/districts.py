"""Areas and grids: what holds the ground for some days, each level within the one above it."""

from __future__ import annotations

from gis.ingest.headings import CODE, NAME, NAME_EN, POLYGON, SURVEYED
from gis.ingest.subject import Check, Column, Ref, Subject
from gis.models import Area, Grid
from gis.today import TODAY

LEVELS = {
    "省": 1, "自治区": 1, "直辖市": 1, "province": 1,
    "市": 2, "地级市": 2, "city": 2, "州": 2,
    "区": 3, "县": 3, "区县": 3, "district": 3, "county": 3,
    "街道": 4, "镇": 4, "乡": 4, "乡镇": 4, "street": 4, "town": 4, "township": 4,
    "社区": 5, "村": 5, "居委会": 5, "村委会": 5, "community": 5, "village": 5,
}  # fmt: skip

DAYS = (
    Column("started_on", ("启用日期", "初始时间", "变更时间", "started_on")),
    Column("ended_on", ("终止日期", "终止时间", "ended_on")),
)
ORDER = Check("order", "ended_on", "s.ended_on <= s.started_on", "s.ended_on::text")
IN_FORCE = f"valid @> {TODAY}"
SAME_DAYS = "a.valid && daterange(s.started_on, s.ended_on)"
LATEST = "upper(a.valid) DESC NULLS FIRST, a.id"
"""Of several areas that held the ground while the row did, one after the other: the one that holds longest."""

AREAS = Subject(
    "areas", Area, POLYGON,
    (
        Column("level", ("级别", "层级", "level"), required=True, values=LEVELS),
        Column("code", ("行政区划代码", "区划代码", "xzqdm", "adcode", "统计用区划代码", *CODE), kind="code"),
        Column("name", ("社区名称", "街道名称", "xzqmc", *NAME, "社区", "街道", "street", "乡镇", "区县"), True),
        Column("name_en", NAME_EN),
        Column("full_name", ("全称", "省+市+区县+街道", "province+city+district+street")),
        Column("parent", ("上级", "上级代码", "parent", "parent_code", "上级编码")),
        *DAYS,
        SURVEYED,
    ),
    refs=(Ref("parent", Area, ("code", "full_name", "name"), IN_FORCE),),
    unique=(("code",),),
    patterns=(("area", "code"),),
    checks=(Check("number_range", "level", "s.level NOT BETWEEN 1 AND 5", "s.level::text"), ORDER),
    steps=(
        "UPDATE stage s SET parent_id = (SELECT a.id FROM spatial_area a WHERE a.level < s.level"
        f" AND ST_Covers(a.geom, ST_PointOnSurface(s.geom)) AND {SAME_DAYS} ORDER BY a.level DESC, {LATEST} LIMIT 1)"
        " WHERE s.parent_id IS NULL",
    ),
    derived=("parent_id",),
)  # fmt: skip

# The same tolerance as the table's own trigger: half a square metre of digitising sliver.
OVERLAP = (
    "ST_Relate(g.geom, s.geom, 'T********') AND ST_Area(ST_Intersection(g.geom, s.geom)::geography) > 0.5"
    " AND daterange(g.started_on, g.ended_on) && daterange(s.started_on, s.ended_on)"
)
GRIDS = Subject(
    "grids", Grid, POLYGON,
    (
        Column("code", ("网格编码", "单元网格编码", "网格编号", "grid_code", "bgcode", *CODE, "编号"), True, "code"),
        Column("name", ("网格名称", *NAME)),
        Column("name_en", NAME_EN),
        Column("community", ("所属社区", "社区", "社区编码", "community")),
        Column("person", ("责任人", "网格员", "网格长", "person")),
        Column("phone", ("责任人电话", "电话", "联系电话", "phone"), kind="code"),
        Column("land_use", ("用地类别", "用地", "land_use")),
        Column("grade", ("管理等级", "等级", "grade")),
        *DAYS,
        SURVEYED,
    ),
    refs=(Ref("community", Area, ("code", "full_name", "name"), IN_FORCE),),
    unique=(("code",),),
    patterns=(("grid", "code"),),
    checks=(
        ORDER,
        Check("overlap", "geom", f"EXISTS (SELECT FROM stage g WHERE g.row < s.row AND g.geom && s.geom AND {OVERLAP})",
              f"(SELECT min(g.code) FROM stage g WHERE g.row < s.row AND g.geom && s.geom AND {OVERLAP})"),
        Check("overlap", "geom",
              "EXISTS (SELECT FROM spatial_grid g WHERE g.geom && s.geom AND NOT (g.source = %(source)s AND"
              f" EXISTS (SELECT FROM stage o WHERE o.id = g.source_id)) AND {OVERLAP})",
              f"(SELECT min(g.code) FROM spatial_grid g WHERE g.geom && s.geom AND {OVERLAP})"),
    ),
    steps=(
        "UPDATE stage s SET community_id = (SELECT a.id FROM spatial_area a WHERE a.level = 5"
        f" AND ST_Covers(a.geom, ST_PointOnSurface(s.geom)) AND {SAME_DAYS} ORDER BY {LATEST} LIMIT 1)"
        " WHERE s.community_id IS NULL",
    ),
    derived=("community_id",),
)  # fmt: skip
