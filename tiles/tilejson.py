"""Layers as TileJSON 3.0: which tiles there are and what they carry for an audience."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import BooleanField, DecimalField, FloatField, IntegerField

from layers.coarse import counts_of
from layers.layer import Field, Layer
from layers.scope import Audience
from tiles.lowzoom import COUNT
from tiles.statement import column

TRUTH, NUMBERS = BooleanField, (IntegerField, FloatField, DecimalField)
Bounds = tuple[float, float, float, float]


def document(
    layers: Sequence[Layer], audience: Audience, url: str, bounds: Bounds | None, sources: Sequence[str]
) -> dict[str, Any]:
    """Return the TileJSON of one source of all the layers; bounds in degrees, sources as attribution."""
    return {
        "tilejson": "3.0.0",
        "name": "、".join(layer.title for layer in layers),
        "tiles": [f"{url}/{{z}}/{{x}}/{{y}}.mvt"],
        "minzoom": min(layer.min_zoom for layer in layers),
        "maxzoom": max(layer.max_zoom for layer in layers),
        "attribution": "; ".join(sources),
        "vector_layers": [_vector_layer(layer, audience) for layer in layers],
        **({"bounds": [round(degrees, 6) for degrees in bounds]} if bounds else {}),
    }


def _vector_layer(layer: Layer, audience: Audience) -> dict[str, Any]:
    return {
        "id": layer.id,
        "description": f"{layer.title} / {layer.title_en}",
        "minzoom": layer.min_zoom,
        "maxzoom": layer.max_zoom,
        "fields": {field.key: _kind(layer, field) for field in layer.tile_fields(audience)} | _gathered(layer),
    }


def _gathered(layer: Layer) -> dict[str, str]:
    """What tiles carry far out, where one feature stands for many rows."""
    if counts_of(layer.coarse) is None:
        return {}
    return {COUNT: "Number", **({"share": "Number"} if layer.style.kind == "fill" else {})}


def _kind(layer: Layer, field: Field) -> str:
    kind = column(layer.model, field.name)
    if isinstance(kind, TRUTH):
        return "Boolean"
    return "Number" if isinstance(kind, NUMBERS) else "String"
