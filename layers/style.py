"""How a layer looks, once: canvas rules, MapLibre paint and legend are all derived from this value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

Kind = Literal["fill", "line", "point"]
Stops = float | tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Paint:
    """The look of one class of features. Sizes are CSS pixels, one number or (zoom, size) stops.

    ``fill`` paints surfaces and points, ``stroke`` lines, edges and rings, ``casing`` lies under a line and is wider
    by ``casing_px``. ``dash`` is in pixels. ``glyph`` names a symbol drawn inside a point, or on the spot of a surface.
    ``hatch`` (diagonal, back, cross, bars, rungs) lies over a fill, ``lift`` is how far a surface throws its shadow.
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
    hatch: str = ""
    lift: Stops = 0.0


@dataclass(frozen=True, slots=True)
class Label:
    """The words on the map; ``along`` lines or at points, between two zooms, more important (``rank`` lower) first.

    A surface is named once, at a spot that the server finds for it; with ``repeat`` its pieces are named that many
    pixels apart, as suits a river.
    """

    field: str
    color: str
    size: Stops = 12.0
    along: Literal["line", "point"] = "point"
    italic: bool = False
    min_zoom: int = 15
    max_zoom: int = 24
    halo: str = "#ffffff"
    rank: int = 50
    repeat: int = 0


@dataclass(frozen=True, slots=True)
class Class:
    """One line of the legend: the values of ``Style.by`` it stands for, its words and its paint.

    ``label`` takes the place of the style's. Residents see it from ``public_zoom``: what lies along every kerb is a
    rule to those who work with it, and to all others a line over streets and names.
    """

    values: tuple[str | int, ...]
    title: str
    title_en: str
    paint: Paint
    min_zoom: int = 0
    public_zoom: int = 0
    label: Label | None = None


@dataclass(frozen=True, slots=True)
class Channel:
    """A second cue: pixels or dashes by the value of a field, ``otherwise`` for the rest."""

    field: str
    values: Mapping[str, Any]
    otherwise: Any


@dataclass(frozen=True, slots=True)
class Style:
    """The look of a layer: classes by the value of a field (none: one class for all), labels, further cues.

    ``width`` by a field is multiplied by a class's own, so that what is stricter is wider. ``offset`` moves a line
    beside its kerb: pixels to the right of its direction by value of a field; without a side it lies along both.
    ``glyph`` names the symbol of a point by a field, where a class has many kinds.
    """

    kind: Kind
    classes: tuple[Class, ...]
    by: str = ""
    label: Label | None = None
    width: Channel | None = None
    dash: Channel | None = None
    offset: Channel | None = None
    glyph: Channel | None = None
    order: int = field(default=0)

    @property
    def fields(self) -> frozenset[str]:
        """The fields a tile must carry for this style to be drawn."""
        channels = [channel.field for channel in (self.width, self.dash, self.offset, self.glyph) if channel]
        return frozenset(filter(None, (self.by, *(label.field for label in self.labels), *channels)))

    @property
    def labels(self) -> tuple[Label, ...]:
        """The words of the classes, each its own or the style's."""
        return tuple(label for row in self.classes if (label := row.label or self.label))

    @property
    def spots(self) -> tuple[Label, ...]:
        """The labels that stand at one spot of a surface."""
        if self.kind == "point":
            return ()
        return tuple(label for label in self.labels if label.along != "line" and not label.repeat)

    def seen(self, *, public: bool) -> Style:
        """The style for residents, or for staff: each class from the zoom at which they see it."""
        zooms = ((row, max(row.min_zoom, row.public_zoom if public else 0)) for row in self.classes)
        return replace(self, classes=tuple(replace(row, min_zoom=zoom, public_zoom=0) for row, zoom in zooms))

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
