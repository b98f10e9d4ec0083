"""Roads and their segments, which know their road by code, by name, or by where they lie."""

from __future__ import annotations

from gis.codelists import shipped
from gis.ingest.headings import CODE, NAME, NAME_EN, SURVEYED
from gis.ingest.subject import Column, Ref, Subject
from gis.models import Road, Segment


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
    latin=(("name_en", "name"),),
    fold=True,
)  # fmt: skip

SEGMENTS = Subject(
    "segments", Segment, frozenset({"LineString"}),
    (
        Column("code", ("路段编码", "路段代码", *CODE), kind="code"),
        Column("name", ("路段名称", "道路名称", "路名", "街路巷", *NAME)),
        Column("name_en", NAME_EN),
        Column("road", ("所属道路", "道路编码", "road")),
        Column("kind", ROAD_KIND, vocabulary="road-kind"),
        Column("rank", ("重要程度",)),
        SURVEYED,
    ),
    refs=(Ref("road", Road, ("code", "name")),),
    unique=(("code",),),
    steps=(RANK_BY_KIND, *ROAD_OF),
    derived=("rank", "road_id"),
    latin=(("name_en", "name"),),
    split=True,
    fold=True,
)  # fmt: skip
