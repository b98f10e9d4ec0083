"""Electronic fences: residents see what is published and in force, planners also what is on the way."""

from datetime import date

from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models.functions import Now, TruncDate

from gis.models import FenceState, FenceVersion
from layers.english import PHRASES, SOURCES
from layers.layer import Field, Layer, Rows
from layers.scope import STAFF, Audience, Role
from layers.style import Channel, Class, Label, Paint, Style

DRAWERS = frozenset({Role.PLANNER, Role.MANAGER, Role.ADMIN})

EDGE = ((12, 0.5), (13, 0.8), (14, 1.0), (15, 1.2), (16, 1.5), (18, 2.0))  # far out streets are seen first


def known(rows: Rows, audience: Audience) -> Rows:
    """Versions as known now: those in force for everyone, every state for those who draw.

    Known is what has not been closed, by whatever clock it was recorded: a replica's, or that of who fills a form, may
    differ from the one that asks, and a kept tile is not asked again when the moment comes.
    """
    rows = rows.filter(recorded__upper_inf=True)
    if audience.role in DRAWERS:
        return rows
    return rows.filter(state=FenceState.PUBLISHED, valid__contains=TruncDate(Now()))


def lately(rows: Rows, audience: Audience, day: date) -> Rows:
    """Versions as known now that residents could see in force at some time since a day, or will see next.

    A version that is retired says since when the fence holds no longer, never that it does.
    """
    since = DateRange(day, None)
    return rows.filter(recorded__upper_inf=True, state=FenceState.PUBLISHED, valid__overlap=since)


def _class(values: tuple[str, ...], title: str, title_en: str, color: str, hatch: str) -> Class:
    """One hue and one hatch a purpose: who cannot tell the hues apart reads the lines."""
    return Class(values, title, title_en, Paint(fill=color, stroke=color, width=EDGE, opacity=0.12, hatch=hatch))


fences = Layer(
    id="fences",
    title="电子围栏",
    title_en="Electronic fences",
    group="fences",
    model=FenceVersion,
    fields=(
        Field("name", "名称", "Name", tile=True, english="name_en"),
        Field("name_en", "英文名", "English name"),
        Field("fence__code", "围栏编码", "Code"),
        Field("purpose", "用途", "Purpose", tile=True, codes="fence-purpose"),
        Field("state", "状态", "State", tile=True, codes="fence-state"),
        Field("hours", "生效时段", "Hours"),
        Field("clause", "法规条款", "Clause", phrases=PHRASES),
        Field("valid", "有效期", "In force"),
        Field("width_m", "线宽", "Width", unit="m"),
        Field("dwell_s", "驻留", "Dwell", audience=STAFF, unit="s"),
        Field("drift_m", "漂移容差", "Drift", audience=STAFF, unit="m"),
        Field("priority", "优先级", "Priority", audience=STAFF),
        Field("fence__source", "数据来源", "Source", phrases=SOURCES),
        Field("fence__surveyed_at", "测绘日期", "Surveyed"),
    ),
    style=Style(
        kind="fill",
        by="purpose",
        order=50,
        classes=(
            _class(("no-parking", "no-vending", "no-entry"), "禁停禁摆", "No parking or vending", "#c62828", "cross"),
            _class(("parking",), "停车区", "Parking", "#1f6fb2", "bars"),
            _class(("temporary-market", "vending"), "临时市场", "Temporary market", "#2f7d4f", "rungs"),
            _class(("fire-lane",), "消防通道", "Fire lane", "#b3261e", "diagonal"),
            _class(("safe-zone",), "安全区", "Safe zone", "#0b6e69", ""),
            _class((), "其他围栏", "Other fences", "#7a5aa6", "back"),
        ),
        dash=Channel("state", {"draft": (2, 4), "review": (2, 4), "retired": (8, 6)}, ()),
        label=Label("name", "#5c5347", size=12, min_zoom=15, rank=12),
    ),
    select=known,
    past=lately,
    name="name",
    subtitle="purpose",
    search=("name", "name_en"),
    min_zoom=12,
    order=("-priority", "pk"),
    source="fence__source",
)

LAYERS = (fences,)
