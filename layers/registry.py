"""The one door to the layers: what an audience may not see does not exist."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import ImproperlyConfigured

from gis.errors import NotFound
from layers.layer import Layer
from layers.scope import Audience

_layers: dict[str, Layer] = {}


def register(layer: Layer) -> Layer:
    """Add a layer; a second one of the same id is a mistake."""
    if layer.id in _layers:
        raise ImproperlyConfigured(f"layer '{layer.id}' is declared twice")
    _layers[layer.id] = layer
    return layer


@contextmanager
def registered(layer: Layer) -> Iterator[Layer]:
    """Register a layer for the length of a test."""
    register(layer)
    try:
        yield layer
    finally:
        del _layers[layer.id]


def every() -> tuple[Layer, ...]:
    """All declared layers in drawing order, for checks and tests; answers to people go through ``visible``."""
    return tuple(sorted(_layers.values(), key=lambda layer: layer.style.order))


def visible(audience: Audience) -> tuple[Layer, ...]:
    """The layers that exist for an audience, in drawing order."""
    return tuple(layer for layer in every() if layer.visible_to(audience))


def get(layer_id: str, audience: Audience) -> Layer:
    """Return a layer; ``NotFound`` when there is none, or none for this audience."""
    layer = _layers.get(layer_id)
    if layer is None or not layer.visible_to(audience):
        raise NotFound(f"没有图层「{layer_id}」 (no layer '{layer_id}')")
    return layer
