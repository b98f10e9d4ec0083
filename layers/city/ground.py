"""The ground of the map: land use and water, quiet colours under everything."""

from django.db.models import Q

from gis.models import Landuse, Water
from layers.city.provenance import PROVENANCE
from layers.layer import Field, Layer
from layers.style import Class, Label, Paint, Style

GREEN = (
    "park", "grass", "garden", "meadow", "golf-course", "recreation", "nature-reserve", "greenspace", "zoo", "heath",
)  # fmt: skip
WOODED = ("forest", "wood", "scrub", "cemetery")
FIELDS = ("farmland", "orchard", "allotments", "vineyard")
PLAY = ("pitch", "playground")
RESIDENTIAL = ("residential",)
COMMERCIAL = ("commercial", "retail", "hotel", "office")
SCHOOLS = ("university", "school", "college", "kindergarten")
CARE = ("hospital", "religious")
PAVED = ("pedestrian", "parking", "plaza", "airport", "pier", "garages")
WORKED = ("industrial", "railway", "construction", "quarry", "landfill", "military")
KERB = ((16, 0.0), (17, 0.6), (18, 0.9))  # close by a block ends where its pavement begins


def _block(fill: str, edge: str) -> Paint:
    """Built-up ground."""
    return Paint(fill=fill, stroke=edge, width=KERB)


def _name(color: str, min_zoom: int, rank: int, size: float = 11.5) -> Label:
    return Label("name", color, size=size, min_zoom=min_zoom, rank=rank)


PARK_NAME, ESTATE_NAME = _name("#3f6b31", 14, 16, 12), _name("#6a5f52", 15, 26)
SCHOOL_NAME, CARE_NAME = _name("#7a5c2e", 15, 24), _name("#9c4a5a", 15, 22)
TOWN = ((10, 12.0), (13, 14.0))
LARGE = 250_000
MIDDLE = 20_000

landuse = Layer(
    id="landuse",
    title="用地",
    title_en="Land use",
    group="base",
    model=Landuse,
    fields=(
        Field("name", "名称", "Name", tile=True, english="name_en"),
        Field("name_en", "英文名", "English name"),
        Field("kind", "类别", "Kind", tile=True, codes="landuse-kind"),
        *PROVENANCE,
    ),
    style=Style(
        kind="fill",
        by="kind",
        order=10,
        classes=(
            Class(GREEN, "公园绿地", "Parks and green", Paint(fill="#dcead0"), label=PARK_NAME),
            Class(WOODED, "林地", "Woods", Paint(fill="#cfe3c2"), label=PARK_NAME),
            Class(FIELDS, "农田果园", "Fields and orchards", Paint(fill="#e9eed6"), label=_name("#3f6b31", 15, 34)),
            Class(PLAY, "运动场", "Sports and play", Paint(fill="#cfe6d6", stroke="#b5d3bf", width=0.8)),
            Class(RESIDENTIAL, "居住", "Residential", _block("#efede7", "#d9d4c8"), label=ESTATE_NAME),
            Class(
                ("town",),
                "集镇",
                "Towns",
                Paint(fill="#efede7"),
                label=Label("name", "#5c5347", TOWN, min_zoom=10, rank=9),
            ),
            Class(("village",), "村庄", "Villages", Paint(fill="#efede7"), label=_name("#6a5f52", 13, 28, 11)),
            Class(COMMERCIAL, "商业办公", "Commerce and offices", _block("#f1e9e2", "#ddd0c4"), label=ESTATE_NAME),
            Class(SCHOOLS, "学校", "Schools", _block("#f4edd8", "#ded2b0"), label=SCHOOL_NAME),
            Class(CARE, "医疗宗教", "Health and worship", _block("#f5e5e5", "#e0c9c9"), label=CARE_NAME),
            Class(PAVED, "铺装广场", "Paved", _block("#f7f5f0", "#dedace"), label=ESTATE_NAME),
            Class(WORKED, "工业施工", "Industry, building sites", _block("#e9e6e6", "#d3cfcf"), label=ESTATE_NAME),
            Class((), "其他", "Other", Paint(fill="#f3f1ea")),
        ),
        label=_name("#6a5f52", 16, 38),
    ),
    name="name",
    subtitle="kind",
    search=("name", "name_en"),
    min_zoom=8,
    thin=((11, Q(shape__area__gte=LARGE)), (13, Q(shape__area__gte=MIDDLE))),
    order=("-shape__area",),
)

water = Layer(
    id="water",
    title="水系",
    title_en="Water",
    group="base",
    model=Water,
    fields=(
        Field("name", "名称", "Name", tile=True, english="name_en"),
        Field("name_en", "英文名", "English name"),
        Field("kind", "类别", "Kind", tile=True, codes="water-kind"),
        *PROVENANCE,
    ),
    style=Style(
        kind="fill",
        by="kind",
        order=20,
        classes=(
            Class(("wetland",), "湿地", "Wetland", Paint(fill="#d5e8dd", stroke="#b4d3cf", width=0.8, dash=(4, 3))),
            Class((), "水面", "Water", Paint(fill="#b9d8e8", stroke="#9cc3d8", width=1.0)),
        ),
        label=Label(
            "name", "#36708f", size=((9, 14.0), (11, 12.0), (15, 14.0)), italic=True, min_zoom=9, rank=6, repeat=440
        ),
    ),
    name="name",
    subtitle="kind",
    search=("name", "name_en"),
    min_zoom=6,
    order=("-shape__area", "pk"),
)

LAYERS = (landuse, water)
