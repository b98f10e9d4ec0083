"""Buildings, their rooms, and the addresses by which they are found."""

from __future__ import annotations

from gis.ingest.headings import ADDRESS, CODE, NAME, NAME_EN, POINT, POLYGON, SURVEYED
from gis.ingest.subject import Check, Column, Ref, Subject
from gis.models import Address, Building, Room

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
        Column("kind", ("地址类别",)),
        Column("province", ("省", "province", "addr:province")),
        Column("city", ("市", "city", "addr:city", "地市")),
        Column("district", ("区县", "区", "县", "district", "addr:district")),
        Column("street", ("街道", "乡镇", "街道乡镇")),
        Column("community", ("社区", "居委会", "社区名称")),
        Column("road", ("街路巷", "路名", "道路", "addr_street", "addr:street", "road")),
        Column("road_en", ("街路巷英文名", "路名英文", "addr:street:en", "road_en")),
        Column("number", ("门牌号", "门牌", "门楼牌号", "addr_housenumber", "housenumber"), kind="code"),
        Column("estate", ("小区", "小区名称", "estate", "addr:place")),
        Column("estate_en", ("小区英文名", "estate_en")),
        Column("block", ("楼栋", "楼栋号", "幢", "block"), kind="code"),
        Column("unit", ("单元", "addr:unit"), kind="code"),
        Column("room", ("室号", "房号", "室"), kind="code"),
        Column("name", ("标志物", *NAME, "addr:housename")),
        Column("name_en", NAME_EN),
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
    latin=(("road_en", "road"), ("name_en", "name")),
)  # fmt: skip
