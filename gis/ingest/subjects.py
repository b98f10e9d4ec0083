"""The subjects that can be imported, by the ids of their layers."""

from __future__ import annotations

from gis.codelists import shipped
from gis.errors import Invalid
from gis.ingest.people import DEPARTMENTS, HEADS, INSPECTORS
from gis.ingest.pipes import FINDINGS, NODES, PIPES
from gis.ingest.subject import Check, Column, Ref, Subject
from gis.ingest.works import WORKS
from gis.ingest.zonings import ZONINGS
from gis.models import (
    Address,
    Area,
    Building,
    Facility,
    Fence,
    FenceVersion,
    Grid,
    Landuse,
    Raster,
    Road,
    Room,
    Segment,
    Water,
)  # fmt: skip

POLYGON = frozenset({"MultiPolygon"})
POINT = frozenset({"Point"})

NAME = ("name:zh", "name_zh", "name", "名称", "中文名", "名字", "标准名称", "mc")
NAME_EN = ("name:en", "name_en", "英文名", "英文名称")
CODE = ("编码", "代码", "code", "bm", "dm")
SURVEYED = Column("surveyed_at", ("测绘日期", "测量日期", "调查日期", "采集日期", "mdate", "survey_date"))
ADDRESS = ("address", "地址", "详细地址", "addr", "addr:full", "addr_street+addr_housenumber", "dz")

LEVELS = {
    "省": 1, "自治区": 1, "直辖市": 1, "province": 1,
    "市": 2, "地级市": 2, "city": 2, "州": 2,
    "区": 3, "县": 3, "区县": 3, "district": 3, "county": 3,
    "街道": 4, "镇": 4, "乡": 4, "乡镇": 4, "street": 4, "town": 4, "township": 4,
    "社区": 5, "村": 5, "居委会": 5, "村委会": 5, "community": 5, "village": 5,
}  # fmt: skip


def _rank_by_kind() -> str:
    """SQL that ranks a road by its kind, as the shipped list does; an unknown kind ranks with service roads."""
    kinds = shipped("road-kind")
    cases = " ".join(
        f"WHEN '{row.code}' THEN {int(row.attributes['rank'])}" for row in kinds if "rank" in row.attributes
    )
    return f"UPDATE stage SET rank = CASE kind {cases} ELSE 6 END WHERE rank IS NULL"


RANK_BY_KIND = _rank_by_kind()
ROAD_KIND = ("kind_detail", "highway", "fclass", "道路类别", "道路等级", "等级", "类别", "类型", "kind", "class")

ROAD_OF = (
    "UPDATE stage s SET road_id = r.id FROM spatial_road r"
    " WHERE s.road_id IS NULL AND r.source = %(source)s AND r.source_id = split_part(s.id, '#', 1)",
    "UPDATE stage s SET road_id = (SELECT r.id FROM spatial_road r WHERE r.name = s.name"
    " AND ST_DWithin(r.geom, ST_LineInterpolatePoint(s.geom, 0.5), 0.000001) ORDER BY r.id LIMIT 1)"
    " WHERE s.road_id IS NULL AND coalesce(s.name, '') <> ''",
)

DAYS = (
    Column("started_on", ("启用日期", "初始时间", "变更时间", "started_on")),
    Column("ended_on", ("终止日期", "终止时间", "ended_on")),
)
ORDER = Check("order", "ended_on", "s.ended_on <= s.started_on", "s.ended_on::text")
IN_FORCE = "valid @> current_date"
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

ROADS = Subject(
    "roads", Road, frozenset({"MultiLineString"}),
    (
        Column("code", ("道路编码", "道路代码", *CODE), kind="code"),
        Column("name", ("道路名称", "路名", "街路巷", *NAME)),
        Column("name_en", NAME_EN),
        Column("kind", ROAD_KIND, required=True, vocabulary="road-kind"),
        Column("rank", ("重要程度",)),
        Column("oneway", ("oneway", "单行", "is_oneway")),
        Column("tunnel", ("tunnel", "is_tunnel", "隧道")),
        Column("bridge", ("bridge", "is_bridge", "桥梁", "桥")),
        Column("model_road", ("示范路", "示范道路", "model_road")),
        SURVEYED,
    ),
    steps=(RANK_BY_KIND,),
    derived=("rank",),
    fold=True,
)  # fmt: skip

SEGMENTS = Subject(
    "segments", Segment, frozenset({"LineString"}),
    (
        Column("code", ("路段编码", "路段代码", *CODE), kind="code"),
        Column("name", ("路段名称", "道路名称", "路名", "街路巷", *NAME)),
        Column("road", ("所属道路", "道路编码", "road")),
        Column("kind", ROAD_KIND, vocabulary="road-kind"),
        Column("rank", ("重要程度",)),
        SURVEYED,
    ),
    refs=(Ref("road", Road, ("code", "name")),),
    unique=(("code",),),
    steps=(RANK_BY_KIND, *ROAD_OF),
    derived=("rank", "road_id"),
    split=True,
    fold=True,
)  # fmt: skip

BUILDINGS = Subject(
    "buildings", Building, POLYGON,
    (
        Column("code", ("楼栋编码", "房屋编码", "建筑编码", "幢号", *CODE), kind="code"),
        Column("name", ("楼栋名称", "建筑名称", *NAME)),
        Column("name_en", NAME_EN),
        Column("address", (*ADDRESS, "addr:street+addr:housenumber")),
        Column("use", ("用途", "建筑用途", "kind_detail", "building", "use", "usage"), values={"yes": ""},
               vocabulary="building-use"),
        Column("floors", ("层数", "地上层数", "floor", "floors", "building:levels", "storey", "levels")),
        Column("floors_below", ("地下层数", "building:levels:underground")),
        Column("height_m", ("height_m", "height", "高度", "建筑高度", "楼高"), least=0.0),
        Column("built_year", ("建成年份", "建成时间", "竣工年份", "start_date", "built_year"), kind="year"),
        SURVEYED,
    ),
)  # fmt: skip

ROOMS = Subject(
    "rooms", Room, frozenset({"Point", "Polygon", "MultiPolygon"}),
    (
        Column("building", ("楼栋编码", "所属楼栋", "楼栋", "building", "building_code"), required=True, kind="code"),
        Column("unit", ("单元", "单元号", "unit")),
        Column("code", ("房屋编码", "房间编码", *CODE), kind="code"),
        Column("number", ("室号", "房号", "房间号", "number", "room"), required=True, kind="code"),
        Column("floor", ("楼层", "所在楼层", "floor")),
        Column("column", ("列", "column")),
        Column("use", ("用途", "房屋用途", "use"), vocabulary="building-use"),
        Column("area_m2", ("建筑面积", "面积", "area_m2"), positive=True),
        SURVEYED,
    ),
    refs=(Ref("building", Building, ("code", "source_id", "name")),),
    steps=(
        "INSERT INTO spatial_unit (building_id, name) SELECT DISTINCT building_id, unit FROM stage"
        " WHERE unit IS NOT NULL ON CONFLICT DO NOTHING",
        "UPDATE stage s SET unit_id = u.id FROM spatial_unit u WHERE u.building_id = s.building_id AND u.name = s.unit",
        "UPDATE stage s SET geom = ST_PointOnSurface(b.geom) FROM spatial_building b"
        " WHERE b.id = s.building_id AND s.geom IS NULL",
    ),
    late_checks=(
        Check(
            "duplicate", "number",
            "EXISTS (SELECT FROM stage o WHERE o.row < s.row AND o.building_id = s.building_id"
            " AND o.unit_id IS NOT DISTINCT FROM s.unit_id AND o.number = s.number)", "s.number",
        ),
        Check(
            "taken", "number",
            "EXISTS (SELECT FROM spatial_room o WHERE o.building_id = s.building_id AND o.number = s.number"
            " AND o.unit_id IS NOT DISTINCT FROM s.unit_id AND (o.source, o.source_id) <> (%(source)s, s.id))",
            "s.number",
        ),
    ),
    derived=("unit_id",),
    shape_optional=True,
)  # fmt: skip

ADDRESSES = Subject(
    "addresses", Address, POINT,
    (
        Column("code", ("地址编码", *CODE), kind="code"),
        Column("kind", ("地址类别",), fill="door"),
        Column("province", ("省", "province", "addr:province")),
        Column("city", ("市", "city", "addr:city", "地市")),
        Column("district", ("区县", "区", "县", "district", "addr:district")),
        Column("street", ("街道", "乡镇", "街道乡镇")),
        Column("community", ("社区", "居委会", "社区名称")),
        Column("road", ("街路巷", "路名", "道路", "addr_street", "addr:street", "road")),
        Column("number", ("门牌号", "门牌", "门楼牌号", "addr_housenumber", "housenumber"), kind="code"),
        Column("estate", ("小区", "小区名称", "estate", "addr:place")),
        Column("block", ("楼栋", "楼栋号", "幢", "block"), kind="code"),
        Column("unit", ("单元", "addr:unit"), kind="code"),
        Column("room", ("室号", "房号", "室"), kind="code"),
        Column("name", ("标志物", *NAME, "addr:housename")),
        Column("aliases", ("别名", "aliases", "alt_name", "old_name")),
        Column("building", ("楼栋编码", "building"), kind="code"),
        Column("score", ("可信度", "score")),
        SURVEYED,
    ),
    refs=(Ref("building", Building, ("code",)),),
    checks=(
        Check("required", "road | estate | name", "coalesce(s.road, s.estate, s.name) IS NULL", "s.number"),
    ),
    steps=(
        "UPDATE stage s SET building_id = (SELECT b.id FROM spatial_building b WHERE b.geom && s.geom"
        " AND ST_Covers(b.geom, s.geom) ORDER BY b.id LIMIT 1) WHERE s.building_id IS NULL",
    ),
    derived=("building_id",),
)  # fmt: skip

FACILITIES = Subject(
    "facilities", Facility, POINT,
    (
        Column("code", ("部件标识码", "标识码", "objcode", *CODE), kind="code"),
        Column("edition", ("分类版本", "edition")),
        Column("class_code", ("大小类代码", "小类代码", "部件代码"), kind="code"),
        Column(
            "kind",
            ("种类", "设施类别", "类别", "小类名称", "category", "amenity", "shop", "tourism", "leisure", "emergency",
             "man_made", "public_transport", "highway", "office", "historic", "fclass", "kind", "type"),
            required=True,
            vocabulary="facility-kind",
        ),
        Column("name", ("设施名称", *NAME)),
        Column("name_en", NAME_EN),
        Column("address", (*ADDRESS, "addr:street+addr:housenumber")),
        Column("phone", ("服务电话", "电话", "联系电话", "phone"), kind="code"),
        Column("hours", ("开放时间", "营业时间", "hours"), kind="hours"),
        Column("state", ("状态", "部件状态", "state")),
        Column("capacity", ("容量", "capacity")),
        Column("owner", ("权属单位", "管理单位", "operator", "owner")),
        Column("features", ("服务", "服务设施", "配套", "配套设施", "功能", "特点", "分类类别", "经营品类", "features"),
               vocabulary="facility-feature"),
        Column("extra"),
        SURVEYED,
    ),
    unique=(("code",),),
    patterns=(("component", "code"),),
)  # fmt: skip

GROUND_KIND = ("用地类别", "地类名称", "类别", "类型", "fclass", "landuse", "waterway", "leisure", "water",
               "natural", "kind", "class")  # fmt: skip


def _ground(vocabulary: str) -> tuple[Column, ...]:
    kind = Column("kind", GROUND_KIND, required=True, vocabulary=vocabulary)
    return kind, Column("name", NAME), Column("name_en", NAME_EN), SURVEYED


LANDUSE = Subject("landuse", Landuse, POLYGON, _ground("landuse-kind"))
WATER = Subject(
    "water", Water, frozenset({"Polygon", "MultiPolygon", "LineString", "MultiLineString"}), _ground("water-kind")
)

FENCES = Subject(
    "fences", Fence, frozenset({"Polygon", "MultiPolygon", "LineString", "MultiLineString"}),
    (
        Column("code", ("围栏编码", "围栏编号", *CODE, "编号"), required=True, kind="code"),
        Column("name", ("围栏名称", *NAME), required=True),
        Column("name_en", NAME_EN),
        Column("purpose", ("用途", "围栏用途", "围栏类型", "类别", "purpose", "kind"), required=True,
               vocabulary="fence-purpose"),
        Column("state", ("状态", "state"), values={"草稿": "draft", "审核中": "review", "已发布": "published",
               "已停用": "retired"}, choices=("draft", "review", "published", "retired"), fill="draft"),
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

SUBJECTS = {
    subject.id: subject
    for subject in (
        AREAS, GRIDS, ROADS, SEGMENTS, FENCES, BUILDINGS, ROOMS, ADDRESSES, PIPES, NODES, FINDINGS, FACILITIES, LANDUSE,
        WATER, WORKS, ZONINGS, HEADS, DEPARTMENTS, INSPECTORS,
    )
}  # fmt: skip

IMAGES = Subject("rasters", Raster, frozenset({"Polygon"}), ())
"""Registered (gis.ingest.images), not imported: no field of a file fills a column of theirs."""
BROUGHT = SUBJECTS | {IMAGES.id: IMAGES}
"""All that can be brought, tried, and taken back as a whole."""


def get(subject: str) -> Subject:
    """The subject of this id; Invalid, with the list, when there is none."""
    if subject not in SUBJECTS:
        listed = " ".join(SUBJECTS)
        raise Invalid(f"没有“{subject}”这个主题，可用：{listed}。 No subject {subject!r}; there are {listed}.")
    return SUBJECTS[subject]
