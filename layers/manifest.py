"""What a page needs to know to draw and explain the layers an audience may see."""

from __future__ import annotations

from datetime import date, datetime
from threading import Lock
from typing import Any

from cachetools import TTLCache
from django.contrib.gis.db.models import Extent
from django.db.models import Count, Max
from django.utils.timezone import localtime

from layers import registry
from layers.english import SOURCES
from layers.features import code_names
from layers.images import images
from layers.layer import Layer, reaches
from layers.scope import RESIDENT, Audience
from layers.style import plain

BASE = "base"
GROUPS = (
    ("facilities", "公共设施", "Facilities"),
    ("streets", "街面管理", "Streets"),
    ("fences", "电子围栏", "Fences"),
    ("areas", "区划网格", "Areas and grids"),
    ("buildings", "房屋地址", "Buildings and addresses"),
    ("pipes", "地下管线", "Underground"),
    (BASE, "底图", "Base map"),
)
FRESH_S = 20
_holdings: TTLCache[tuple[str, Audience], dict[str, Any]] = TTLCache(maxsize=1000, ttl=FRESH_S)
_lock = Lock()


def manifest(audience: Audience) -> dict[str, Any]:
    """Return groups, layers and images for an audience, with counts, bounds (lon/lat) and sources of their rows."""
    layers = [describe(layer, audience) for layer in registry.visible(audience)]
    used = {layer["group"] for layer in layers}
    groups = [{"id": gid, "title": zh, "title_en": en} for gid, zh, en in GROUPS if gid in used]
    managed = [layer["bounds"] for layer in layers if layer["group"] != BASE]
    bounds = union(managed) or union([layer["bounds"] for layer in layers])  # a base map reaches beyond its city
    return {"groups": groups, "layers": layers, "images": images(audience), "bounds": bounds}


def describe(layer: Layer, audience: Audience) -> dict[str, Any]:
    """Return one layer as declared and as held."""
    return {
        "id": layer.id,
        "title": layer.title,
        "title_en": layer.title_en,
        "group": layer.group,
        "model": layer.model._meta.model_name,
        "min_zoom": layer.min_zoom,
        "max_zoom": layer.max_zoom,
        "shown": layer.shown,
        **({"guarded": True} if layer.guarded else {}),
        **({"dated": True} if layer.times else {}),
        "exports": layer.visible_to(RESIDENT),
        "name": layer.name,
        "style": plain(layer.style.seen(public=audience.public)),
        "fields": [
            {"key": field.key, "title": field.title, "title_en": field.title_en, "unit": field.unit}
            for field in layer.fields_for(audience)
        ],
        **holdings(layer, audience),
    }


def holdings(layer: Layer, audience: Audience) -> dict[str, Any]:
    """Return count, bounds and sources of a layer's rows, at most ``FRESH_S`` seconds old.

    Two threads may count at once after the cache ran out; both get the truth, so no one waits for the other.
    """
    key = (layer.id, audience)
    with _lock:
        held = _holdings.get(key)
    if held is None:
        held = _count(layer, audience)
        with _lock:
            _holdings[key] = held
    return held


def forget() -> None:
    """Drop the counts, for tests that change rows."""
    with _lock:
        _holdings.clear()


def _count(layer: Layer, audience: Audience) -> dict[str, Any]:
    wanted: dict[str, Any] = {"rows": Count("pk"), "box": Extent(layer.geometry)}
    prefix = layer.source.rpartition("__")[0]
    for name in ("surveyed_at", "updated_at"):
        path = f"{prefix}__{name}" if prefix else name
        if reaches(layer.model, path):
            wanted[f"last_{name}"] = Max(path)
    by_source = layer.rows_for(audience).order_by().values(layer.source or "source").annotate(**wanted)
    groups = sorted(by_source, key=lambda row: -row["rows"])
    names = code_names([(SOURCES, row[layer.source or "source"]) for row in groups])
    return {
        "count": sum(row["rows"] for row in groups),
        "bounds": union([list(row["box"]) if row["box"] else None for row in groups]),
        "sources": [
            {
                "source": row[layer.source or "source"],
                "source_en": names.get((SOURCES, row[layer.source or "source"]), ("", ""))[1],
                "count": row["rows"],
                "surveyed_at": _day(row.get("last_surveyed_at")),
                "updated_at": _day(row.get("last_updated_at")),
            }
            for row in groups
        ],
    }


def _day(moment: date | datetime | None) -> str | None:
    """Return the calendar day in the city's own time."""
    if isinstance(moment, datetime):
        moment = localtime(moment).date()
    return moment.isoformat() if moment else None


def union(boxes: list[list[float] | None]) -> list[float] | None:
    """Return the box around boxes [west, south, east, north]; None when there is none."""
    known = [box for box in boxes if box]
    if not known:
        return None
    west, south, east, north = zip(*known, strict=True)
    return [min(west), min(south), max(east), max(north)]
