"""Administrative areas and unit grids: edges and names, no fill."""

from datetime import date

from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Q
from django.db.models.functions import Now, TruncDate

from gis.models import Area, Grid, Level
from layers.city.provenance import PROVENANCE
from layers.coarse import Coverage
from layers.english import PHRASES, PLACES
from layers.layer import Field, Layer, Rows
from layers.scope import PLANNERS, STAFF, Audience
from layers.style import Class, Label, Paint, Style

EDGE, INK = "#7a6fa6", "#5d5288"


def _name(size: float, min_zoom: int, max_zoom: int, rank: int) -> Label:
    """A level is named while it fits a screen, the next one when it no longer does."""
    return Label("name", INK, size=size, min_zoom=min_zoom, max_zoom=max_zoom, rank=rank)


def in_force(rows: Rows, audience: Audience) -> Rows:
    """Areas in force today; to those who draw them also what is on the way."""
    if audience.role in PLANNERS:
        return rows.filter(Q(ended_on__isnull=True) | Q(ended_on__gt=TruncDate(Now())))
    return rows.filter(valid__contains=TruncDate(Now()))


def since(rows: Rows, _audience: Audience, day: date) -> Rows:
    """Areas in force at some time since a day, or later."""
    return rows.filter(valid__overlap=DateRange(day, None))


areas = Layer(
    id="areas",
    title="行政区域",
    title_en="Administrative areas",
    group="areas",
    model=Area,
    fields=(
        Field("name", "名称", "Name", tile=True, english="name_en"),
        Field("name_en", "英文名", "English name"),
        Field("level", "层级", "Level", tile=True, codes="area-level"),
        Field("code", "区划代码", "Code"),
        Field("full_name", "全称", "Full name", phrases=PLACES),
        Field("started_on", "启用日期", "Since"),
        *PROVENANCE,
    ),
    style=Style(
        kind="line",
        by="level",
        order=60,
        classes=(
            Class((1, 2), "省市", "Province, city", Paint(stroke=EDGE, width=2.4), label=_name(18, 5, 9, 1)),
            Class((3,), "区县", "District", Paint(stroke=EDGE, width=2.0), label=_name(16, 8, 12, 2)),
            Class((4,), "街道", "Street office", Paint(stroke=EDGE, width=1.6), min_zoom=9, label=_name(14, 11, 14, 4)),
            Class(
                (5,),
                "社区",
                "Community",
                Paint(stroke=EDGE, width=1.0, dash=(6, 3)),
                min_zoom=13,
                label=_name(12.5, 14, 16, 14),
            ),
        ),
        label=_name(13, 9, 14, 5),
    ),
    select=in_force,
    past=since,
    name="name",
    subtitle="full_name",
    search=("name", "name_en", "code"),
    min_zoom=4,
    thin=((7, Q(level__lte=Level.DISTRICT)), (11, Q(level__lte=Level.STREET))),
    coarse=Coverage(by=("level", "valid")),
    order=("level", "pk"),
)


grids = Layer(
    id="grids",
    title="单元网格",
    title_en="Unit grids",
    group="areas",
    model=Grid,
    fields=(
        Field("code", "网格编码", "Code", tile=True),
        Field("name", "名称", "Name", tile=True, english="name_en"),
        Field("name_en", "英文名", "English name"),
        Field("community__name", "所属社区", "Community", phrases=PLACES),
        Field("grade", "管理等级", "Grade", phrases=PHRASES),
        Field("person", "责任人", "Person in charge", audience=STAFF),
        Field("phone", "责任人电话", "Phone", audience=STAFF, grant="contacts"),
        Field("started_on", "启用日期", "Since"),
        *PROVENANCE,
    ),
    style=Style(
        kind="line",
        order=61,
        classes=(Class((), "网格", "Grid", Paint(stroke=EDGE, width=0.8)),),
        label=Label("name", INK, size=11, min_zoom=15, rank=15),
    ),
    select=in_force,
    past=since,
    name="name",
    subtitle="code",
    search=("name", "name_en", "code"),
    min_zoom=13,
    coarse=Coverage(by=("valid",), zooms=(14,)),
    shown=False,
    editors=PLANNERS,
)

LAYERS = (areas, grids)
