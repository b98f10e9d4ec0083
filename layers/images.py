"""Which registered images an audience may lay under the map, with their age and source."""

from __future__ import annotations

from typing import Any

from gis.errors import Invalid, NotFound
from gis.ingest.pyramids import served
from gis.models import Raster
from layers import registry
from layers.scope import Audience

LAYER = "rasters"
MOST = 200


def images(audience: Audience) -> list[dict[str, Any]]:
    """The newest images of the layer ``rasters`` that can be drawn: name, kind, source, days, bounds in degrees."""
    try:
        layer = registry.get(LAYER, audience)
    except NotFound:
        return []
    rows = layer.rows_for(audience).order_by("-surveyed_at", "-pk")[:MOST]
    return [_image(raster) for raster in rows if _ready(raster)]


def _image(raster: Raster) -> dict[str, Any]:
    return {
        "id": raster.pk,
        "title": raster.name,
        "kind": raster.kind,
        "source": raster.source,
        "surveyed_at": raster.surveyed_at.isoformat() if raster.surveyed_at else None,
        "updated_at": raster.updated_at.date().isoformat(),
        "bounds": [round(degrees, 6) for degrees in raster.geom.extent],
    }


def _ready(raster: Raster) -> bool:
    try:
        return served(raster.sha256).is_file()
    except Invalid:
        return False
