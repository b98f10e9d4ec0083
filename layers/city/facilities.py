"""Facilities by kind: what people look for first, then the components a city maintains."""

from django.db.models import Q

from gis.codelists import shipped
from gis.models import Facility
from layers.city.provenance import PROVENANCE
from layers.english import PLACES
from layers.layer import Field, Layer, Rows, Units
from layers.scope import ADMINS, STAFF, Audience
from layers.style import Channel, Class, Label, Paint, Stops, Style

SIZE, PART_SIZE = ((13, 3.5), (14, 5.0), (15, 6.5), (17, 9.0)), ((17, 4.0), (18, 6.5), (20, 9.0))
INK = "#5b6875"  # of the names of components
# code, words, colour, glyph, from which zoom, from which zoom with its name, rank: what is looked for most comes first
GROUPS = (
    ("toilet", "公厕", "Toilets", "#0b6e69", "toilet", 14, 17, 19),
    ("waste", "垃圾投放点", "Bins and recycling", "#4b792d", "bin", 17, 18, 44),
    ("market", "市场摊点", "Markets and stalls", "#b05109", "market", 14, 15, 20),
    ("transit", "公共交通", "Transit", "#1f6fb2", "bus", 15, 16, 21),
    ("parking", "停车充电", "Parking, charging", "#3c6ea8", "parking", 16, 17, 36),
    ("health", "医疗", "Health", "#c2185b", "health", 14, 15, 20),
    ("education", "教育", "Education", "#6a51a3", "school", 15, 16, 23),
    ("public", "公共服务", "Public services", "#37474f", "public", 15, 16, 25),
    ("culture", "文化休闲", "Culture and leisure", "#7a5c12", "star", 15, 16, 27),
    ("trade", "餐饮商业", "Food, shops, hotels", "#a0522d", "shop", 16, 17, 42),
    ("other", "其他设施", "Other facilities", "#6f675c", "", 17, 18, 48),
)
# The classes of components (大类) of GB/T 30428.2 by the first digits of their codes, each in a colour that every eye
# tells from the others'.
PARTS = (
    ("01", "公用设施部件", "Utility components", "#5b6875"),
    ("02", "道路交通部件", "Road and traffic components", "#0f3f8c"),
    ("03", "市容环境部件", "Street scene components", "#b87a00"),
    ("04", "园林绿化部件", "Green space components", "#226b3c"),
    ("", "其他部件", "Other components", "#7d2f66"),
)
GLYPHS = {
    "metro-entrance": "metro", "station": "metro", "charging": "bolt", "bicycle-parking": "bicycle", "police": "police",
    "fire-station": "fire", "park": "tree", "restaurant": "fork", "fast-food": "fork", "cafe": "cup", "bar": "cup",
    "hotel": "bed", "drain-grate": "grate", "lamp": "lamp", "hydrant": "hydrant", "bench": "bench", "tree": "tree",
    "qr-plate": "plate", "street-sign": "sign", "traffic-signal": "signal", "camera": "camera", "billboard": "board",
    "notice-board": "board", "guardrail": "rail", "bollard": "rail", "gate": "gate", "junction-box": "box",
    "power-box": "box", "drinking-water": "drop", "manhole": "part", "artwork": "star",
}  # fmt: skip


KINDS = shipped("facility-kind")
COUNTED = Units("kind", {
    row.code: (row.attributes["unit"], row.attributes["unit_en"]) for row in KINDS if "unit" in row.attributes
})  # fmt: skip
"""What the capacity counts: cabins of a toilet, litres of a bin. Of other kinds nobody knows."""


def _kinds(group: str) -> tuple[str, ...]:
    return tuple(row.code for row in KINDS if row.attributes.get("group") == group)


def _parts(digits: str) -> tuple[str, ...]:
    """The shipped components of a class; without digits those of no class of their own."""
    classes = {row.code: {code[:2] for code in row.attributes.get("class_code", {}).values()} for row in KINDS}
    known = {row[0] for row in PARTS}
    return tuple(code for code in _kinds("part") if (digits in classes[code] if digits else not known & classes[code]))


def _disc(color: str, radius: Stops, glyph: str) -> Paint:
    """A full disc for what people look for; a ring for a component, of which a street has more than it has shops."""
    if radius is PART_SIZE:
        return Paint(fill="#ffffff", stroke=color, width=1.3, radius=radius, glyph=glyph)
    return Paint(fill=color, stroke="#ffffff", width=2.0, radius=radius, glyph=glyph)


def _classes() -> tuple[Class, ...]:
    """One class a group of the shipped kinds, one a class of components; a kind that a city adds falls to the last."""
    groups = [
        (() if group == "other" else _kinds(group), title, title_en, color, glyph, SIZE, shown, named, rank)
        for group, title, title_en, color, glyph, shown, named, rank in GROUPS
    ]
    parts = [
        (_parts(digits), title, title_en, color, "part", PART_SIZE, 18, 20, 62)
        for digits, title, title_en, color in PARTS
    ]
    return tuple(
        Class(
            kinds,
            title,
            title_en,
            _disc(color, radius, glyph),
            min_zoom=shown,
            label=Label("name", INK if radius is PART_SIZE else color, size=11.5, min_zoom=named, rank=rank),
        )
        for kinds, title, title_en, color, glyph, radius, shown, named, rank in [*groups[:-1], *parts, groups[-1]]
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
        Field("name", "名称", "Name", tile=True, english="name_en"),
        Field("kind", "种类", "Kind", tile=True, codes="facility-kind"),
        Field("name_en", "英文名", "English name"),
        Field("address", "地址", "Address", phrases=PLACES),
        Field("hours", "开放时间", "Hours"),
        Field("features", "服务", "Offers", codes="facility-feature"),
        Field("phone", "服务电话", "Phone"),
        Field("state", "状态", "State", codes="facility-state"),
        Field("capacity", "容量", "Capacity", units=COUNTED),
        Field("code", "部件标识码", "Code"),
        Field("owner", "权属单位", "Owner", audience=STAFF),
        *PROVENANCE,
    ),
    style=Style(
        kind="point",
        by="kind",
        order=75,
        classes=_classes(),
        glyph=Channel("kind", GLYPHS, None),
    ),
    select=open_to,
    name="name",
    subtitle="kind",
    search=("name", "name_en", "address", "code", "kind"),
    min_zoom=13,
    thin=((15, FIRST), (16, FIRST | ~Q(name="")), (17, ~Q(kind__in=_kinds("part")))),
    editors=ADMINS,
)

LAYERS = (facilities,)
