"""Registered images, for staff: where an aerial photograph or a height model lies, and how fine it is."""

from gis.models import Raster
from layers.city.provenance import PROVENANCE
from layers.layer import Field, Layer
from layers.scope import STAFF
from layers.style import Class, Label, Paint, Style

rasters = Layer(
    id="rasters",
    title="影像范围",
    title_en="Extents of images",
    group="base",
    model=Raster,
    fields=(
        Field("name", "名称", "Name", tile=True),
        Field("kind", "类别", "Kind", tile=True),
        Field("crs", "坐标系", "Coordinate system"),
        Field("resolution_m", "分辨率", "Resolution", unit="m"),
        Field("width", "列数", "Columns"),
        Field("height", "行数", "Rows"),
        Field("bands", "波段数", "Bands"),
        *PROVENANCE,
    ),
    style=Style(
        kind="fill",
        by="kind",
        order=25,
        classes=(
            Class(("高程",), "高程模型", "Height model", Paint(fill="#7a5aa614", stroke="#7a5aa6", width=1.2)),
            Class((), "影像", "Image", Paint(fill="#2f6f8f14", stroke="#2f6f8f", width=1.2, dash=(6, 3))),
        ),
        label=Label("name", "#2f6f8f", size=11, min_zoom=10),
    ),
    audience=STAFF,
    name="name",
    search=("name",),
    min_zoom=4,
    order=("-shape__area", "pk"),
    shown=False,
)

LAYERS = (rasters,)
