"""Facilities by kind: what people look for first, then the components a city maintains."""

from django.db.models import Q

from gis.codelists import SHIPPED, read_list
from gis.models import Facility
from layers.city.provenance import PROVENANCE
from layers.layer import Field, Layer, Rows
from layers.scope import STAFF, Audience
from layers.style import Class, Label, Paint, Style

SIZE = ((13, 3.5), (15, 5.0), (17, 8.5))
GROUPS = (
    ("toilet", "公厕", "Toilets", "#0b6e69", "toilet"),
    ("waste", "垃圾投放点", "Bins and recycling", "#4d7c2f", "bin"),
    ("market", "市场摊点", "Markets and stalls", "#b4530a", "market"),
    ("transit", "公共交通", "Transit", "#1f6fb2", "bus"),
    ("parking", "停车充电", "Parking, charging", "#3c6ea8", "parking"),
    ("health", "医疗", "Health", "#c2185b", "health"),
    ("education", "教育", "Education", "#6a51a3", "school"),
    ("public", "公共服务", "Public services", "#37474f", "public"),
    ("culture", "文化休闲", "Culture and leisure", "#8a6d1f", "star"),
    ("trade", "餐饮商业", "Food, shops, hotels", "#a0522d", "shop"),
    ("part", "城市部件", "City components", "#5b6875", "part"),
    ("other", "其他设施", "Other facilities", "#7a7266", ""),
)


KINDS = [row for row in read_list(SHIPPED / "facilities.csv") if row.list == "facility-kind"]


def _kinds(group: str) -> tuple[str, ...]:
    return tuple(row.code for row in KINDS if row.attributes.get("group") == group)


def _classes() -> tuple[Class, ...]:
    """One class a group of the shipped kinds; a kind that a city adds falls to the last."""
    return tuple(
        Class(
            () if group == "other" else _kinds(group),
            title,
            title_en,
            Paint(fill=color, stroke="#ffffff", width=2.0, radius=SIZE, glyph=glyph),
        )
        for group, title, title_en, color, glyph in GROUPS
    )


WATCHING = "camera"  # where the city looks is for those who answer for it


def open_to(rows: Rows, audience: Audience) -> Rows:
    """Every facility for staff, all but cameras for residents."""
    return rows.exclude(kind=WATCHING) if audience.public else rows


FIRST = Q(kind__in=("toilet", "market", "hospital", "metro-entrance", "park", "station", "police", "attraction"))

facilities = Layer(
    id="facilities",
    title="公共设施",
    title_en="Facilities",
    group="facilities",
    model=Facility,
    fields=(
        Field("name", "名称", "Name", tile=True),
        Field("kind", "种类", "Kind", tile=True, codes="facility-kind"),
        Field("name_en", "英文名", "English name"),
        Field("address", "地址", "Address"),
        Field("hours", "开放时间", "Hours"),
        Field("features", "服务", "Offers", codes="facility-feature"),
        Field("phone", "服务电话", "Phone"),
        Field("state", "状态", "State", codes="facility-state"),
        Field("capacity", "容量", "Capacity"),
        Field("code", "部件标识码", "Code"),
        Field("owner", "权属单位", "Owner", audience=STAFF),
        *PROVENANCE,
    ),
    style=Style(
        kind="point",
        by="kind",
        order=75,
        classes=_classes(),
        label=Label("name", "#3d4a57", size=11, min_zoom=16),
    ),
    select=open_to,
    name="name",
    subtitle="kind",
    search=("name", "name_en", "address", "code", "kind"),
    min_zoom=13,
    thin=((15, FIRST), (16, FIRST | ~Q(name="")), (17, ~Q(kind__in=_kinds("part")))),
)

LAYERS = (facilities,)
