"""Works on the street: what closes or narrows a road or pavement, for whom it matters now and soon."""

from datetime import date, timedelta

from django.contrib.postgres.fields import DateRangeField
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import DateTimeField, ExpressionWrapper, Func, Value
from django.db.models.functions import Now, TruncDate
from django.utils.timezone import localdate

from gis.models import Works
from layers.city.provenance import PROVENANCE
from layers.english import PHRASES, PLACES
from layers.layer import Field, Layer, Rows
from layers.scope import ADMINS, STAFF, Audience
from layers.style import Channel, Class, Label, Paint, Style

SOON = timedelta(days=60)
OVER = ("finished", "cancelled")


class Days(Func):
    """A range of days, both ends included."""

    function = "daterange"
    template = "%(function)s(%(expressions)s, '[]')"
    output_field = DateRangeField()


def ahead(rows: Rows, audience: Audience) -> Rows:
    """To residents the works that go on or come within ``SOON``; to staff all, done and cancelled ones too."""
    if not audience.public:
        return rows
    horizon = ExpressionWrapper(Now() + Value(SOON), output_field=DateTimeField())
    return rows.exclude(state__in=OVER).filter(period__overlap=Days(TruncDate(Now()), TruncDate(horizon)))


def since(rows: Rows, audience: Audience, day: date) -> Rows:
    """Works that a resident could read of at any time since a day, those that are finished too if it has passed; never
    cancelled ones."""
    if not audience.public:
        return rows
    horizon = ExpressionWrapper(Now() + Value(SOON), output_field=DateTimeField())
    over = ("cancelled",) if day < localdate() else OVER
    begun = rows.exclude(state__in=over).filter(period__overlap=Days(Value(None), TruncDate(horizon)))
    return begun.filter(period__overlap=DateRange(day, None))  # one by one: the day may lie beyond the horizon


def _class(values: tuple[str, ...], title: str, title_en: str, color: str, glyph: str = "cone") -> Class:
    """Hatched orange as on the street itself; a closure in red with the sign for no entry."""
    width = ((12, 1.2), (16, 2.0))
    paint = Paint(fill=color, stroke=color, width=width, opacity=0.16, hatch="diagonal", glyph=glyph)
    return Class(values, title, title_en, paint)


works = Layer(
    id="works",
    title="占道施工与封闭",
    title_en="Road works and closures",
    group="streets",
    model=Works,
    fields=(
        Field("name", "名称", "Name", tile=True, english="name_en"),
        Field("name_en", "英文名", "English name"),
        Field("kind", "类别", "Kind", tile=True, codes="works-kind"),
        Field("road", "道路", "Road", phrases=PLACES),
        Field("effect", "影响", "Effect", tile=True, codes="works-effect"),
        Field("state", "状态", "State", tile=True, codes="works-state"),
        Field("period", "起止日期", "Dates"),
        Field("hours", "每日时段", "Hours"),
        Field("detour", "绕行提示", "Detour", phrases=PHRASES),
        Field("phone", "咨询电话", "Enquiries"),
        Field("code", "许可证号", "Permit"),
        Field("builder", "施工单位", "Contractor", phrases=PHRASES),
        Field("applicant", "申请单位", "Applicant", audience=STAFF),
        Field("conditions", "许可条件", "Conditions", audience=STAFF),
        *PROVENANCE,
    ),
    style=Style(
        kind="fill",
        by="effect",
        order=55,
        classes=(
            _class(("closed",), "全封闭", "Closed", "#b3261e", "no-entry"),
            _class(("half", "lane"), "半幅、占车道", "Half or a lane closed", "#d9660a"),
            _class(("bicycle", "pavement"), "占非机动车道、人行道", "Cycle lane or pavement taken", "#b5730a"),
            _class((), "其他占道", "Other works", "#8a6d1f"),
        ),
        dash=Channel("state", {"planned": (4, 4), "suspended": (2, 4)}, ()),
        label=Label("name", "#8a2f0a", size=11.5, min_zoom=14, rank=8),
    ),
    select=ahead,
    past=since,
    name="name",
    subtitle="effect",
    search=("name", "name_en", "road", "code", "kind"),
    min_zoom=12,
    order=("-shape__area", "pk"),
    editors=ADMINS,
)

LAYERS = (works,)
