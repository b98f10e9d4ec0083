"""Where a card leads: to the map apps people already have, to a link that can be sent, to a feed of what changes there.

The apps draw their maps in shifted datums and take a point only in their own: 高德 and 腾讯 in GCJ-02, 百度 in BD-09.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import quote

from django.db.models import UniqueConstraint

from gis.crs import wgs84_to_bd09, wgs84_to_gcj02
from layers.hours import standing
from layers.items import BROKEN, GONE, SHUT, columns, is_rule, opening
from layers.layer import Layer
from layers.scope import Audience

PLAIN = re.compile(r"[\w.-]{1,100}(?<!\.json)(?<!\.png)(?<!\.svg)(?<!\.pdf)(?<!\.atom)", re.IGNORECASE)
"""A code that can stand in a link; one with the ending of another form of the page would open that."""
APP_DIGITS = 6
APPS = [
    ("amap", "高德地图", "Amap", "GCJ-02", "https://uri.amap.com/marker?position={gcj_lon}%2C{gcj_lat}&name={title}"
     "&src=chengtu&coordinate=gaode&callnative=1"),
    ("baidu", "百度地图", "Baidu Maps", "BD-09", "https://api.map.baidu.com/marker?location={bd_lat}%2C{bd_lon}"
     "&title={title}&content={title}&output=html&coord_type=bd09ll&src=chengtu"),
    ("tencent", "腾讯地图", "Tencent Maps", "GCJ-02", "https://apis.map.qq.com/uri/v1/marker?marker=coord%3A{gcj_lat}"
     "%2C{gcj_lon}%3Btitle%3A{name}%3Baddr%3A{name}&referer=chengtu"),
]  # fmt: skip
"""Each map app: its id, names, datum, and the link that opens a point in it, with what goes in between braces. A pack
takes them along, so that no page names an outside host."""

Json = dict[str, Any]


def handover(title: str, lon: float, lat: float) -> list[Json]:
    """Return a link for each map app, the point in the datum that it expects (degrees in, CGCS2000)."""
    said = {"title": title, "name": re.sub(r"[:;|,]", " ", title)[:50]}  # what separates the parts of Tencent's marker
    for datum, (x, y) in {"gcj": wgs84_to_gcj02(lon, lat), "bd": wgs84_to_bd09(lon, lat)}.items():
        said |= {f"{datum}_lon": f"{float(x):.{APP_DIGITS}f}", f"{datum}_lat": f"{float(y):.{APP_DIGITS}f}"}
    escaped = {key: quote(value, safe="") for key, value in said.items()}
    return [
        {"app": app, "title": name, "title_en": name_en, "datum": datum, "url": link.format(**escaped)}
        for app, name, name_en, datum, link in APPS
    ]


def name_of(layer: Layer, row: Json) -> str:
    """Return what a link calls a row: its own code where that names it alone, else layer and number."""
    code = row.get(naming(layer, row))
    return str(code) if code and PLAIN.fullmatch(code) else f"{layer.id}:{row['pk']}"


def naming(layer: Layer, told: Iterable[str]) -> str:
    """Return which of the columns that are told names a row alone, else nothing."""
    paths = (("code", ""), ("fence__code", "fence"))
    return next((column for column, path in paths if column in told and _alone(layer, path)), "")


def _alone(layer: Layer, path: str) -> bool:
    """Whether the table lets a code be there once only."""
    model: Any = layer.model._meta.get_field(path).related_model if path else layer.model
    once = any(isinstance(rule, UniqueConstraint) and rule.fields == ("code",) for rule in model._meta.constraints)
    return once or bool(model._meta.get_field("code").unique)


def onward(layer: Layer, audience: Audience, card: Json, at: datetime) -> Json:
    """Return what a card has besides its facts: hand-over, link, feed, age, and whether it is open now, or as a
    ``rule`` in force."""
    row = layer.rows_for(audience).filter(pk=card["id"]).values(*columns(layer, audience)).get()
    name = quote(name_of(layer, row))
    origin = card["provenance"]
    found: Json = {
        "share": f"/p/{name}",
        "follow": f"/follow/{name}.atom",
        "handover": handover(card["title"], card["lon"], card["lat"]) if layer.style.kind != "line" else [],
        "age": {
            "surveyed": origin.get("surveyed_at"),
            "updated": origin.get("updated_at"),
            "source": origin.get("source"),
            "source_en": origin.get("source_en"),
        },
    }
    if "hours" in row and "period" not in row:
        now = standing(opening(layer, row), at)
        closed = SHUT if row.get("state") in BROKEN | GONE else {}
        found |= {key: now[key] for key in ("open", "until", "until_en", "opens", "opens_en")} | closed
        found["rule"] = is_rule(row)
    return found
