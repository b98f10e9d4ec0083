"""Underground pipelines, never public: staff see those of their own area, in the colours of CJJ 61-2017."""

from gis.models import PipeFinding, PipeNode, PipeSegment
from layers.city.provenance import PROVENANCE
from layers.layer import Field, Layer
from layers.scope import STAFF
from layers.style import Channel, Class, Label, Paint, Style

# 给水 cyan, 通信 green and 供热 orange are darkened a little: the standard's pure colours vanish on paper.
CATEGORIES = (
    ("JS", "给水", "Water supply", "#00a9c7"),
    ("PS", "排水", "Drainage", "#4c3926"),
    ("RQ", "燃气", "Gas", "#e600e6"),
    ("RL", "热力", "Heat", "#ff8000"),
    ("DL", "电力", "Power", "#e60000"),
    ("TX", "通信", "Telecom", "#00a651"),
    ("GY", "工业", "Industrial", "#111111"),
    ("QT", "其他", "Other", "#6600cc"),
)
OVERHEAD_DASH = {"JK": (10, 5), "DM": (10, 5), "SJ": (4, 4), "DG": (14, 3, 3, 3), "SX": (2, 4)}


def _lines() -> tuple[Class, ...]:
    width = ((14, 1.2), (16, 2.0), (18, 3.2))
    return tuple(Class((code,), zh, en, Paint(stroke=color, width=width)) for code, zh, en, color in CATEGORIES)


def _points() -> tuple[Class, ...]:
    return tuple(
        Class((code,), zh, en, Paint(fill="#ffffff", stroke=color, width=1.5, radius=((16, 2.0), (19, 4.5))))
        for code, zh, en, color in CATEGORIES
    )


pipes = Layer(
    id="pipes",
    title="地下管线",
    title_en="Underground pipes",
    group="pipes",
    model=PipeSegment,
    fields=(
        Field("code", "管线段编号", "Code", tile=True),
        Field("category", "大类", "Category", tile=True, codes="pipe-category"),
        Field("subcategory", "小类", "Subcategory", codes="pipe-subcategory"),
        Field("material", "材质", "Material", codes="pipe-material"),
        Field("burial", "埋设方式", "Burial", tile=True, codes="pipe-burial"),
        Field("status", "使用状态", "Status", codes="pipe-status"),
        Field("diameter_mm", "管径", "Diameter", tile=True, unit="mm"),
        Field("section", "断面尺寸", "Section"),
        Field("start_depth_m", "起点埋深", "Depth at start", unit="m"),
        Field("end_depth_m", "终点埋深", "Depth at end", unit="m"),
        Field("start_elevation_m", "起点高程", "Elevation at start", unit="m"),
        Field("end_elevation_m", "终点高程", "Elevation at end", unit="m"),
        Field("owner", "权属单位", "Owner"),
        Field("built_year", "建设年代", "Built"),
        *PROVENANCE,
    ),
    style=Style(
        kind="line",
        by="category",
        order=80,
        classes=_lines(),
        dash=Channel("burial", OVERHEAD_DASH, ()),
    ),
    audience=STAFF,
    by_area=True,
    guarded=True,
    name="code",
    subtitle="category",
    search=("code",),
    min_zoom=11,
    order=("-diameter_mm", "pk"),
    shown=False,
)

pipe_nodes = Layer(
    id="pipe-nodes",
    title="管点",
    title_en="Pipe nodes",
    group="pipes",
    model=PipeNode,
    fields=(
        Field("code", "物探点号", "Code", tile=True),
        Field("category", "大类", "Category", tile=True, codes="pipe-category"),
        Field("feature", "特征", "Feature"),
        Field("appendage", "附属物", "Appendage"),
        Field("ground_m", "地面高程", "Ground elevation", unit="m"),
        Field("depth_m", "埋深", "Depth", unit="m"),
        Field("well_depth_m", "井深", "Well depth", unit="m"),
        Field("owner", "权属单位", "Owner"),
        *PROVENANCE,
    ),
    style=Style(
        kind="point",
        by="category",
        order=82,
        classes=_points(),
        label=Label("code", "#5c5347", size=10, min_zoom=19, rank=74),
    ),
    audience=STAFF,
    by_area=True,
    guarded=True,
    name="code",
    subtitle="appendage",
    search=("code",),
    min_zoom=15,
    shown=False,
)

pipe_findings = Layer(
    id="pipe-findings",
    title="堵点隐患",
    title_en="Blockages and hazards",
    group="pipes",
    model=PipeFinding,
    fields=(
        Field("code", "编号", "Code", tile=True),
        Field("kind", "类别", "Kind", tile=True, codes="pipe-finding"),
        Field("severity", "等级", "Severity", tile=True, codes="severity"),
        Field("state", "状态", "State"),
        Field("found_on", "发现日期", "Found"),
        Field("note", "说明", "Note"),
        Field("segment__code", "管线段", "Pipe"),
        *PROVENANCE,
    ),
    style=Style(
        kind="point",
        by="kind",
        order=84,
        classes=(
            Class(("blockage",), "堵点", "Blockage", Paint(fill="#b4530a", stroke="#ffffff", width=2, glyph="block")),
            Class(("hazard",), "隐患", "Hazard", Paint(fill="#b3261e", stroke="#ffffff", width=2, glyph="warning")),
            Class((), "其他", "Other", Paint(fill="#7a5aa6", stroke="#ffffff", width=2)),
        ),
    ),
    audience=STAFF,
    by_area=True,
    guarded=True,
    name="code",
    subtitle="kind",
    search=("code", "note"),
    min_zoom=12,
    order=("-found_on", "pk"),
    shown=False,
)

LAYERS = (pipes, pipe_nodes, pipe_findings)
