"""How a layer looks, once: canvas rules, MapLibre paint and legend are all derived from this value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["fill", "line", "point"]
Stops = float | tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Paint:
    """The look of one class of features. Sizes are CSS pixels, one number or (zoom, size) stops.

    ``fill`` paints surfaces and points, ``stroke`` lines, edges and rings, ``casing`` lies under a line and is wider
    by ``casing_px``. ``dash`` is in pixels. ``glyph`` names a symbol of the icon sheet drawn inside a point.
    """

    fill: str = ""
    stroke: str = ""
    width: Stops = 1.0
    dash: tuple[float, ...] = ()
    casing: str = ""
    casing_px: float = 1.5
    opacity: float = 1.0
    radius: Stops = 6.0
    glyph: str = ""


@dataclass(frozen=True, slots=True)
class Class:
    """One line of the legend: the values of ``Style.by`` it stands for, its words and its paint."""

    values: tuple[str | int, ...]
    title: str
    title_en: str
    paint: Paint
    min_zoom: int = 0


@dataclass(frozen=True, slots=True)
class Label:
    """The words on the map; ``along`` lines or at points, from a zoom, more important (``rank`` lower) first."""

    field: str
    color: str
    size: Stops = 12.0
    along: Literal["line", "point"] = "point"
    italic: bool = False
    min_zoom: int = 15
    halo: str = "#ffffff"


@dataclass(frozen=True, slots=True)
class Channel:
    """A second cue: pixels or dashes by the value of a field, ``otherwise`` for the rest."""

    field: str
    values: Mapping[str, Any]
    otherwise: Any


@dataclass(frozen=True, slots=True)
class Style:
    """The look of a layer: classes by the value of a field (none: one class for all), labels, further cues.

    ``offset`` moves a line beside its kerb: pixels to the right of its direction by value of a field.
    """

    kind: Kind
    classes: tuple[Class, ...]
    by: str = ""
    label: Label | None = None
    width: Channel | None = None
    dash: Channel | None = None
    offset: Channel | None = None
    order: int = field(default=0)

    @property
    def fields(self) -> frozenset[str]:
        """The fields a tile must carry for this style to be drawn."""
        channels = [channel.field for channel in (self.width, self.dash, self.offset) if channel]
        return frozenset(filter(None, (self.by, self.label.field if self.label else "", *channels)))

    def legend(self) -> list[dict[str, Any]]:
        """The classes as legend rows: words, values and paint."""
        return [
            {"values": list(row.values), "title": row.title, "title_en": row.title_en, "paint": plain(row.paint)}
            for row in self.classes
        ]


def plain(value: Any) -> Any:
    """Return a style value as JSON types, leaving out what is at its default."""
    if hasattr(value, "__dataclass_fields__"):
        pairs = ((name, getattr(value, name), spec.default) for name, spec in value.__dataclass_fields__.items())
        return {name: plain(item) for name, item, default in pairs if item != default and item is not None}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    return value
