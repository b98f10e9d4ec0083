"""The underground subjects: survey tables by CJJ 61 and network models, whose pipes name the nodes they run between."""

from __future__ import annotations

from gis.ingest.subject import Check, Column, Ref, Subject
from gis.models import PipeFinding, PipeNode, PipeSegment

# CJJ 61-2017 App. B: categories by their letters, Chinese names and digits; subcategories lead to their category.
LETTERS = ("JS", "PS", "RQ", "RL", "DL", "TX", "GY", "QT")
NAMES = ("给水", "排水", "燃气", "热力", "电力", "通信", "工业", "其他")
PARTS = {
    "JS": {"原水": "JY", "输水": "SS", "中水": "ZS", "配水": "JP", "直饮水": "JZ", "消防水": "XS", "绿化水": "LS"},
    "PS": {"雨水": "YS", "污水": "WS", "雨污合流": "HS", "合流": "HS"},
    "RQ": {"煤气": "MQ", "液化气": "YH", "天然气": "TR"},
    "RL": {"热水": "RS", "蒸汽": "ZQ"},
    "DL": {"供电": "GD", "路灯": "LD", "交通信号": "XH", "电车": "DC", "广告": "GG"},
    "TX": {"电话": "DH", "有线电视": "DS", "信息网络": "XX", "广播": "GB", "电信": "DX"},
    "QT": {"综合管沟": "ZH", "不明管线": "BM", "不明": "BM"},
}
CATEGORY = {name: letters for letters, name in zip(LETTERS, NAMES, strict=True)}
CATEGORY |= {str(digit): letters for digit, letters in enumerate(LETTERS, 1)}
CATEGORY |= {part: letters for letters, parts in PARTS.items() for pair in parts.items() for part in pair}
SUBCATEGORY = {name: code for parts in PARTS.values() for name, code in parts.items()}
SUBCATEGORY |= dict.fromkeys((*NAMES, *LETTERS, *(str(digit) for digit in range(1, 9))), "")
MATERIAL = {
    "铸铁": "ZT", "钢": "G", "混凝土": "T", "砼": "T", "聚乙烯": "PE", "聚乙烯塑料": "PE", "聚氯乙烯": "PVC",
    "聚氯乙烯塑料": "PVC", "玻璃钢": "BLG", "球墨铸铁": "QM", "砖石": "ZS", "砖": "Z", "石": "S", "石棉": "SM",
    "陶瓷": "TC", "铜": "TZ", "光纤": "GX",
}  # fmt: skip
BURIAL = {
    "直埋": "ZM", "管埋": "GM", "管块": "GK", "管沟": "GG", "架空": "JK", "地面": "DM", "上架": "SJ", "小通道": "XTD",
    "综合管廊": "ZH", "人防": "RF", "井内连线": "JN", "顶管": "DG", "水下": "SX",
}  # fmt: skip
STATUS = {"在用": "0", "废弃": "1", "空管": "2", "其他": "3"}

KIND = ("管线类别", "管线种类", "管类", "管线类型", "大类", "种类", "category", "type")
OWNER = ("权属单位", "管理单位", "产权单位", "belong", "owner")
YEAR = ("建设年代", "建设年份", "埋设年代", "敷设年代", "built_year")
SURVEYED = Column("surveyed_at", ("测量日期", "探测日期", "普查日期", "测绘日期", "mdate", "sdate"))

NODES = Subject(
    "pipe-nodes", PipeNode, frozenset({"Point"}),
    (
        Column(
            "code", ("物探点号", "管点编号", "管线点号", "图上点号", "点号", "编号", "exp_no", "code", "id"),
            True, "code",
        ),
        Column("map_code", ("图上点号", "图上编号"), kind="code"),
        Column("category", KIND, required=True, values=CATEGORY, choices=LETTERS),
        Column("subcategory", ("小类", "管线小类", *KIND), values=SUBCATEGORY),
        Column("feature_code", ("点编码", "要素编码", "特征码", "feature_code"), kind="code"),
        Column("feature", ("特征", "特征点", "feature")),
        Column("appendage", ("附属物", "附属物名称", "appendage")),
        Column("ground_m", ("地面高程", "地面标高", "高程", "ground_m", "elevation", "h")),
        Column("depth_m", ("埋深", "管点埋深", "depth_m")),
        Column("well_depth_m", ("井深", "井底深", "well_depth_m")),
        Column("owner", OWNER),
        Column("built_year", YEAR, kind="year"),
        SURVEYED,
    ),
    unique=(("source", "code"),),
    patterns=(("pipe-feature", "feature_code"),),
    checks=(Check("both_filled", "feature", "s.feature IS NOT NULL AND s.appendage IS NOT NULL", "s.feature"),),
)  # fmt: skip

# A table of survey lines has no geometry of its own: it is drawn from its two nodes. Z is the pipe's elevation, run
# straight from end to end, where both are known and the file gave none.
PIPES = Subject(
    "pipes", PipeSegment, frozenset({"LineString"}),
    (
        Column("code", ("管线段编号", "管段编号", "管线编号", "编号", "lno", "code", "id"), kind="code"),
        Column("start", ("起始点号", "起点点号", "起点编号", "起点号", "起点", "s_exp", "start", "from"), kind="code"),
        Column(
            "end", ("终止点号", "终点点号", "终点编号", "终点号", "止点", "终点", "连接点号", "e_exp", "end", "to"),
            kind="code",
        ),
        Column("category", KIND, required=True, values=CATEGORY, choices=LETTERS),
        Column("subcategory", ("小类", "管线小类", *KIND), values=SUBCATEGORY),
        Column("feature_code", ("线编码", "要素编码", "feature_code"), kind="code"),
        Column("material", ("材质", "管材", "material"), values=MATERIAL),
        Column("burial", ("埋设方式", "敷设方式", "embed", "burial"), values=BURIAL),
        Column("status", ("使用状态", "状态"), values=STATUS),
        Column("diameter_mm", ("管径", "管径mm", "psize", "diameter_mm", "d_s"), positive=True),
        Column("section", ("断面尺寸", "断面", "规格", "section")),
        Column("start_depth_m", ("起点埋深", "起始埋深", "s_deep", "start_depth_m")),
        Column("end_depth_m", ("终点埋深", "终止埋深", "止点埋深", "e_deep", "end_depth_m")),
        Column("start_elevation_m", ("起点高程", "起点管线高程", "起点标高", "start_elevation_m")),
        Column("end_elevation_m", ("终点高程", "终点管线高程", "止点高程", "终点标高", "end_elevation_m")),
        Column("pressure", ("压力", "pressure")),
        Column("owner", OWNER),
        Column("built_year", YEAR, kind="year"),
        Column("road", ("道路名称", "所在道路", "道路", "address")),
        SURVEYED,
    ),
    refs=(Ref("start", PipeNode, ("code",)), Ref("end", PipeNode, ("code",))),
    patterns=(("pipe-feature", "feature_code"),),
    checks=(Check("same_ends", "end", 's.start = s."end"', "s.start"),),
    steps=(
        "UPDATE stage s SET geom = ST_Force3DZ(ST_MakeLine(a.geom, b.geom)) FROM spatial_pipenode a, spatial_pipenode b"
        " WHERE a.id = s.start_id AND b.id = s.end_id AND s.geom IS NULL",
        "UPDATE stage s SET geom = ST_Force3DZ(ST_SwapOrdinates(ST_Force4D(ST_AddMeasure("
        "ST_Force2D(s.geom), s.start_elevation_m, s.end_elevation_m)), 'zm'))"
        " WHERE s.start_elevation_m IS NOT NULL AND s.end_elevation_m IS NOT NULL"
        " AND ST_ZMin(s.geom) = 0 AND ST_ZMax(s.geom) = 0 AND ST_Length(s.geom) > 0",
    ),
    shape_optional=True,
    z=True,
)  # fmt: skip

FINDINGS = Subject(
    "pipe-findings", PipeFinding, frozenset({"Point"}),
    (
        Column("code", ("编号", "隐患编号", "堵点编号", "code"), kind="code"),
        Column("kind", ("类别", "隐患类别", "隐患类型", "类型", "kind", "type"), required=True,
               vocabulary="pipe-finding"),
        Column("severity", ("等级", "隐患等级", "severity"), vocabulary="severity"),
        Column("state", ("状态", "整改状态", "state")),
        Column("found_on", ("发现日期", "发现时间", "found_on")),
        Column("note", ("说明", "描述", "备注", "note")),
        Column("segment", ("管线段编号", "管段编号", "所属管段", "segment"), kind="code"),
        SURVEYED,
    ),
    refs=(Ref("segment", PipeSegment, ("code",)),),
)  # fmt: skip
