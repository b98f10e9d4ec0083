"""Footprints for everyone; rooms for staff, because a flat number is personal."""

from django.db.models import Q

from gis.models import Building, Room
from layers.city.provenance import PROVENANCE
from layers.coarse import Blocks, Counts
from layers.english import PLACES
from layers.layer import Field, Layer
from layers.scope import STAFF, Role
from layers.style import Class, Label, Paint, Style

LOW, TALL = ((15, 0.0), (16, 0.7), (18, 1.6)), ((14, 0.0), (15, 1.0), (16, 2.0), (18, 4.5))

buildings = Layer(
    id="buildings",
    title="建筑",
    title_en="Buildings",
    group="base",
    model=Building,
    fields=(
        Field("name", "名称", "Name", tile=True, english="name_en"),
        Field("name_en", "英文名", "English name"),
        Field("address", "地址", "Address", phrases=PLACES),
        Field("use", "用途", "Use", codes="building-use"),
        Field("floors", "地上层数", "Floors"),
        Field("height_m", "高度", "Height", tile=True, unit="m"),
        Field("tall", "高层", "Tall", tile=True, card=False),
        Field("built_year", "建成年份", "Built"),
        Field("code", "楼栋编码", "Code", audience=STAFF),
        *PROVENANCE,
    ),
    style=Style(
        kind="fill",
        by="tall",
        order=25,
        classes=(
            Class(
                (True,), "高于 60 米", "Taller than 60 m", Paint(fill="#ddd3c4", stroke="#bdb19e", width=0.8, lift=TALL)
            ),
            Class((), "建筑", "Building", Paint(fill="#e6dfd3", stroke="#cfc6b8", width=0.7, lift=LOW)),
        ),
        label=Label("name", "#5c5347", size=11.5, min_zoom=16, rank=40),
    ),
    name="name",
    subtitle="address",
    search=("name", "name_en", "address"),
    min_zoom=6,
    coarse=Blocks(below=14, counts=Counts(below=10, fine=7)),
    order=("-surface", "pk"),
)

rooms = Layer(
    id="rooms",
    title="房屋",
    title_en="Rooms",
    group="buildings",
    model=Room,
    fields=(
        Field("number", "室号", "Number", tile=True),
        Field("building__name", "建筑", "Building"),
        Field("building__address", "建筑地址", "Building address"),
        Field("unit__name", "单元", "Unit"),
        Field("floor", "楼层", "Floor", tile=True),
        Field("code", "房屋编码", "Code"),
        Field("use", "用途", "Use", codes="building-use"),
        Field("area_m2", "建筑面积", "Floor area", unit="m²"),
        *PROVENANCE,
    ),
    style=Style(
        kind="point",
        order=72,
        classes=(Class((), "房屋", "Room", Paint(fill="#8a6d3b", stroke="#ffffff", radius=4.0)),),
        label=Label("number", "#5c5347", size=10.5, min_zoom=19, rank=72),
    ),
    audience=STAFF - {Role.PLANNER},
    by_area=True,
    personal=Q(pk__isnull=False),
    name="number",
    subtitle="building__name",
    inside=("building__name", "building__address", "unit__name"),
    search=("number",),
    min_zoom=17,
    shown=False,
)

LAYERS = (buildings, rooms)
