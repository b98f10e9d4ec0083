"""Doorplates for everyone; the unit and room of an address only for staff, and their rows too. Copies are not shown."""

from django.db.models import Q

from gis.models import Address
from layers.city.provenance import PROVENANCE
from layers.english import PLACES
from layers.layer import Field, Layer, Rows
from layers.scope import STAFF, Audience
from layers.style import Class, Label, Paint, Style


def doorplates(rows: Rows, audience: Audience) -> Rows:
    """Residents see addresses of doors, never of flats; of an address that several registers have, all see one row."""
    rows = rows.filter(same_as__isnull=True)
    return rows.filter(unit="", room="") if audience.public else rows


addresses = Layer(
    id="addresses",
    title="门牌地址",
    title_en="Addresses",
    group="buildings",
    model=Address,
    fields=(
        Field("doorplate", "门牌地址", "Address", tile=True, english="doorplate_en"),
        Field("doorplate_en", "英文地址", "Address in English"),
        Field("name", "标志物", "Landmark", english="name_en"),
        Field("name_en", "标志物英文名", "Landmark in English"),
        Field("number", "门牌号", "Number", tile=True),
        Field("district", "区县", "District", phrases=PLACES),
        Field("street", "街道", "Street office", phrases=PLACES),
        Field("community", "社区", "Community", phrases=PLACES),
        Field("unit", "单元", "Unit", audience=STAFF),
        Field("room", "室号", "Room", audience=STAFF),
        Field("code", "地址编码", "Code", audience=STAFF),
        Field("score", "可信度", "Score", audience=STAFF),
        *PROVENANCE,
    ),
    style=Style(
        kind="point",
        order=70,
        classes=(Class((), "门牌", "Doorplate", Paint(fill="#5b6875", stroke="#ffffff", radius=2.5)),),
        label=Label("number", "#5b6875", size=10.5, min_zoom=18, rank=70),
    ),
    select=doorplates,
    personal=~Q(unit="", room=""),
    name="doorplate",
    subtitle="name",
    search=("doorplate", "name"),
    min_zoom=17,
)

LAYERS = (addresses,)
