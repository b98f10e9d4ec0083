"""What stands about and what lies around it: facilities, land use, water."""

from __future__ import annotations

from gis.ingest.headings import ADDRESS, CODE, NAME, NAME_EN, POINT, POLYGON, SURVEYED
from gis.ingest.subject import Column, Subject
from gis.models import Facility, Landuse, Water

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
