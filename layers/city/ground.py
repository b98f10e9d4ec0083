"""The ground of the map: land use and water, quiet colours under everything."""

from django.db.models import Q

from gis.models import Landuse, Water
from layers.city.provenance import PROVENANCE
from layers.layer import Field, Layer
from layers.style import Class, Label, Paint, Style

GREEN = (
    "park", "grass", "forest", "wood", "garden", "meadow", "scrub", "orchard", "farmland", "cemetery", "golf-course",
    "recreation", "pitch", "playground", "nature-reserve", "greenspace", "zoo", "allotments", "vineyard", "heath",
)  # fmt: skip
RESIDENTIAL = ("residential",)
COMMERCIAL = ("commercial", "retail", "hospital", "university", "school", "college", "kindergarten", "hotel", "office")
PAVED = ("pedestrian", "parking", "railway", "construction", "industrial", "plaza", "airport", "pier", "garages")
LARGE = 250_000
MIDDLE = 20_000

landuse = Layer(
    id="landuse",
    title="用地",
    title_en="Land use",
    group="base",
    model=Landuse,
    fields=(
        Field("name", "名称", "Name", tile=True),
        Field("kind", "类别", "Kind", tile=True, codes="landuse-kind"),
        *PROVENANCE,
    ),
    style=Style(
        kind="fill",
        by="kind",
        order=10,
        classes=(
            Class(GREEN, "绿地", "Green", Paint(fill="#dcead0")),
            Class(RESIDENTIAL, "居住", "Residential", Paint(fill="#efede7")),
            Class(COMMERCIAL, "商业公共", "Commercial and public", Paint(fill="#f1e9e2")),
            Class(PAVED, "铺装工业", "Paved and industrial", Paint(fill="#f0eeea")),
            Class((), "其他", "Other", Paint(fill="#f3f1ea")),
        ),
        label=Label("name", "#4f7a3d", size=11.5, min_zoom=15),
    ),
    name="name",
    subtitle="kind",
    search=("name",),
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
        Field("name", "名称", "Name", tile=True),
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
        label=Label("name", "#3f7f9f", size=13, italic=True, min_zoom=11),
    ),
    name="name",
    subtitle="kind",
    search=("name",),
    min_zoom=6,
)

LAYERS = (landuse, water)
