"""Facilities by kind: what people look for first, then the components a city maintains."""

from django.db.models import Q

from gis.models import Facility
from layers.city.provenance import PROVENANCE
from layers.layer import Field, Layer
from layers.scope import STAFF
from layers.style import Class, Label, Paint, Style

SIZE = ((13, 3.5), (15, 5.0), (17, 8.5))


def _class(values: tuple[str, ...], title: str, title_en: str, color: str, glyph: str) -> Class:
    return Class(values, title, title_en, Paint(fill=color, stroke="#ffffff", width=2.0, radius=SIZE, glyph=glyph))


CLASSES = (
    _class(("toilet",), "公厕", "Toilets", "#0b6e69", "toilet"),
    _class(("bin", "collection-point", "recycling"), "垃圾投放点", "Bins and recycling", "#4d7c2f", "bin"),
    _class(("market", "stall", "supermarket"), "市场摊点", "Markets and stalls", "#b4530a", "market"),
    _class(("bus-stop", "metro-entrance", "station", "ferry", "taxi"), "公共交通", "Transit", "#1f6fb2", "bus"),
    _class(("parking", "bicycle-parking", "charging", "fuel"), "停车充电", "Parking, charging", "#3c6ea8", "parking"),
    _class(("hospital", "clinic", "pharmacy", "doctor", "dentist"), "医疗", "Health", "#c2185b", "health"),
    _class(("school", "kindergarten", "university", "college", "library"), "教育", "Education", "#6a51a3", "school"),
    _class(("police", "fire-station", "government", "embassy"), "公共服务", "Public services", "#37474f", "public"),
    _class(
        ("park", "attraction", "monument", "viewpoint", "museum", "artwork", "theatre", "fountain", "playground"),
        "文化休闲",
        "Culture and leisure",
        "#8a6d1f",
        "star",
    ),
    _class(
        ("restaurant", "cafe", "fast-food", "bar", "hotel", "shop", "bank", "atm", "mall"),
        "餐饮商业",
        "Food, shops, hotels",
        "#a0522d",
        "shop",
    ),
    _class(
        ("manhole", "lamp", "hydrant", "bench", "tree", "qr-plate", "traffic-signal", "camera"),
        "城市部件",
        "City components",
        "#5b6875",
        "part",
    ),
    _class((), "其他设施", "Other facilities", "#7a7266", ""),
)
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
        Field("phone", "服务电话", "Phone"),
        Field("state", "状态", "State"),
        Field("capacity", "容量", "Capacity"),
        Field("code", "部件标识码", "Code"),
        Field("owner", "权属单位", "Owner", audience=STAFF),
        *PROVENANCE,
    ),
    style=Style(
        kind="point",
        by="kind",
        order=75,
        classes=CLASSES,
        label=Label("name", "#3d4a57", size=11, min_zoom=16),
    ),
    name="name",
    subtitle="kind",
    search=("name", "name_en", "address"),
    min_zoom=13,
    thin=((15, FIRST), (16, FIRST | ~Q(name=""))),
)

LAYERS = (facilities,)
