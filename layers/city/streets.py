"""Streets three ways: roads as base map, segments as the unit of management, zoning beside the kerb."""

from datetime import date
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Q
from django.db.models.functions import Now, TruncDate

from gis.codelists import shipped
from gis.models import Road, Segment, Zoning
from layers.city.provenance import PROVENANCE
from layers.english import PHRASES, SOURCES
from layers.layer import Field, Layer, Rows
from layers.scope import PLANNERS, STAFF, Audience
from layers.style import Channel, Class, Label, Paint, Stops, Style

MAJOR, MAJOR_EDGE = "#fff4d6", "#d8c9a6"
MINOR, MINOR_EDGE = "#ffffff", "#d9d4c9"


RANKS = {row.code: int(row.attributes["rank"]) for row in shipped("road-kind") if "rank" in row.attributes}


def ranked(row: Any) -> None:
    """Rank a street by its kind, as an import does; of an unknown kind it stays where it is."""
    row.rank = RANKS.get(row.kind, row.rank)


def _name(size: Stops, min_zoom: int, rank: int) -> Label:
    """Names along the street, the wider street first and further out."""
    return Label("name", "#6b5a2e", size=size, along="line", min_zoom=min_zoom, rank=rank)


roads = Layer(
    id="roads",
    title="道路",
    title_en="Roads",
    group="base",
    model=Road,
    fields=(
        Field("name", "道路名称", "Name", tile=True, english="name_en"),
        Field("name_en", "英文名", "English name"),
        Field("rank", "重要程度", "Rank", tile=True, card=False),
        Field("kind", "道路类别", "Kind", tile=True, codes="road-kind"),
        Field("tunnel", "隧道", "Tunnel", tile=True, card=False),
        Field("model_road", "示范路", "Model road"),
        *PROVENANCE,
    ),
    style=Style(
        kind="line",
        by="rank",
        order=30,
        classes=(
            Class(
                (8,),
                "铁路轨道",
                "Railway",
                Paint(stroke="#b9b3c4", width=((11, 0.8), (16, 1.6)), dash=(8, 3)),
                min_zoom=12,
            ),
            Class(
                (7,),
                "人行非机动",
                "Path",
                Paint(stroke="#c9bfae", width=1.2, dash=(4, 3)),
                min_zoom=16,
                label=_name(10.5, 17, 55),
            ),
            Class(
                (6,),
                "内部道路",
                "Service road",
                Paint(stroke=MINOR, casing=MINOR_EDGE, width=((14, 1.0), (16, 3.0), (18, 9.0), (20, 30.0))),
                min_zoom=14,
                label=_name(((17, 10.5), (18, 11.5)), 17, 46),
            ),
            Class(
                (4, 5),
                "支路",
                "Minor road",
                Paint(stroke=MINOR, casing=MINOR_EDGE, width=((12, 0.8), (14, 2.4), (16, 6.0), (18, 16.0), (20, 56.0))),
                min_zoom=12,
                label=_name(((16, 11.0), (18, 12.5)), 15, 30),
            ),
            Class(
                (3,),
                "次干路",
                "Secondary road",
                Paint(stroke=MAJOR, casing=MAJOR_EDGE, width=((10, 1.0), (13, 2.6), (16, 8.0), (18, 21.0), (20, 74.0))),
                min_zoom=10,
                label=_name(((16, 11.5), (18, 13.0)), 14, 18),
            ),
            Class(
                (1, 2),
                "快速路、主干路",
                "Main road",
                Paint(
                    stroke=MAJOR,
                    casing=MAJOR_EDGE,
                    width=((8, 1.0), (11, 2.2), (13, 3.6), (16, 10.0), (18, 26.0), (20, 92.0)),
                ),
                min_zoom=7,
                label=_name(((16, 12.0), (18, 13.5)), 10, 10),
            ),
        ),
        label=_name(11.5, 13, 35),
    ),
    name="name",
    subtitle="kind",
    search=("name", "name_en"),
    min_zoom=7,
    thin=((10, Q(rank__lte=2)), (12, Q(rank__lte=3)), (14, Q(rank__lte=5) | Q(rank=8)), (15, ~Q(rank=7))),
    order=("rank", "pk"),
    editors=PLANNERS,
    settle=ranked,
)

segments = Layer(
    id="segments",
    title="路段",
    title_en="Street segments",
    group="streets",
    model=Segment,
    fields=(
        Field("name", "路段名称", "Name", tile=True, english="name_en"),
        Field("name_en", "英文名", "English name"),
        Field("code", "路段编码", "Code", tile=True),
        Field("rank", "重要程度", "Rank", tile=True, card=False),
        Field("kind", "道路类别", "Kind", codes="road-kind"),
        Field("length_m", "长度", "Length", unit="m"),
        *PROVENANCE,
    ),
    style=Style(
        kind="line",
        by="rank",
        order=40,
        classes=(
            Class((1, 2), "主干", "Main", Paint(stroke="#8d6e2f", width=((9, 0.8), (13, 1.8), (17, 3.0)))),
            Class((3,), "次干", "Secondary", Paint(stroke="#a58a4e", width=((10, 0.6), (13, 1.4), (17, 2.6)))),
            Class((), "支路", "Minor", Paint(stroke="#b9a678", width=((12, 0.5), (14, 1.0), (17, 2.0)))),
        ),
    ),
    name="name",
    subtitle="code",
    search=("name", "name_en", "code"),
    min_zoom=8,
    thin=((10, Q(rank__lte=2)), (12, Q(rank__lte=3)), (13, Q(rank__lte=5))),
    order=("rank", "pk"),
    shown=False,
    editors=PLANNERS,
    settle=ranked,
)


def in_force(rows: Rows, _audience: Audience) -> Rows:
    """Zonings as known now (not closed, see ``fences.known``) that hold today, by the database's calendar."""
    return rows.filter(recorded__upper_inf=True, valid__contains=TruncDate(Now()))


def since(rows: Rows, _audience: Audience, day: date) -> Rows:
    """Zonings as known now that held at some time since a day, or will."""
    return rows.filter(recorded__upper_inf=True, valid__overlap=DateRange(day, None))


STRICTEST = Q(zone="forbidden")

zoning = Layer(
    id="zoning",
    title="街面分区",
    title_en="Street zoning",
    group="streets",
    model=Zoning,
    fields=(
        Field("segment__name", "路段", "Segment", tile=True, english="segment__name_en"),
        Field("segment__name_en", "路段英文名", "Segment in English"),
        Field("zone", "管控分区", "Zone", tile=True, codes="zone"),
        Field("street_class", "街面等级", "Street class", tile=True, codes="street-class"),
        Field("side", "侧", "Side", tile=True, codes="side"),
        Field("from_m", "起点", "From", unit="m"),
        Field("to_m", "终点", "To", unit="m"),
        Field("hours", "生效时段", "Hours"),
        Field("basis", "依据", "Basis", phrases=PHRASES),
        Field("valid", "有效期", "In force"),
        Field("recorded", "记录期", "Recorded", audience=STAFF),
        Field("segment__source", "数据来源", "Source", phrases=SOURCES),
    ),
    style=Style(
        kind="line",
        by="zone",
        order=45,
        classes=(
            Class(("forbidden",), "严禁区", "No vending", Paint(stroke="#c62828", width=0.8)),
            Class(
                ("strict",),
                "严控区",
                "Strict control",
                Paint(stroke="#e08a00", width=0.65, dash=(9, 4)),
                public_zoom=17,
            ),
            Class(
                ("controlled",), "控制区", "Controlled", Paint(stroke="#1a7288", width=0.6, dash=(3, 4)), public_zoom=17
            ),
        ),
        width=Channel("street_class", {"1": 3.6, "2": 2.8, "3": 2.0}, 2.8),
        offset=Channel("side", {"left": -4, "right": 4}, 0),
    ),
    select=in_force,
    past=since,
    name="segment__name",
    subtitle="zone",
    min_zoom=13,
    thin=((14, Q(street_class=1) | STRICTEST), (15, Q(street_class__lte=2) | STRICTEST)),
    order=("street_class", "pk"),
    source="segment__source",
)

LAYERS = (roads, segments, zoning)
