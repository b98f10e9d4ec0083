"""Surfaces that go into a tile whole: moved, scaled and rounded. ``ST_AsMVTGeom`` would cut them and make them valid.

That takes most of a tile's time, and most footprints need neither. A row's ``clearance`` says how near its corners come
to what they must not touch: where that is more than rounding can take away, what was valid stays so (decision 0048).
The rings of such rows are stored the way that tiles want them.
"""

from __future__ import annotations

from typing import Any

from django.db.models import BinaryField, BooleanField, Case, Expression, F, FloatField, Func, Q, When

from layers.layer import Layer, reaches
from tiles.corners import NEAREST, SHIFT, Corner, Rectangle
from tiles.tile import EXTENT, side

AROUND = 1 / 8
"""What lies within a tile and so much of its side around it is not cut: that would save few bytes."""
APART = 1.5
"""Units of a tile: rounding moves each of two corners by 0.71 of them at most."""

COARSE_M = 2.0
"""PostGIS compares boxes in single precision, which at the world's edges is so many metres: a house that much farther
out passes for one within, and what is below zero must not."""


class Bound(Expression):
    """A number that is bound when a tile is asked for."""

    def __init__(self, number: int) -> None:
        super().__init__(output_field=FloatField())
        self.corner = Corner(number)

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        """Return a placeholder and the corner that stands for its value."""
        return "%s", [self.corner]


def whole(layer: Layer, zoom: int, cut: Any) -> Any:
    """The shapes of a layer in the tile's own units: whole where they may be, else ``cut``.

    ``ST_AsMVT`` drops what comes after the point: what has nothing west or north of the tile is rounded by the half of
    a unit that it is shifted farther.
    """
    if layer.style.kind != "fill" or not reaches(layer.model, "clearance"):
        return cut
    more = AROUND * side(zoom)
    positive = f"ST_MakeEnvelope(%s + {COARSE_M}, %s - {more!r}, %s + {more!r}, %s - {COARSE_M}, 3857)"
    around = f"ST_Expand({Rectangle.sql}, {more!r})"
    apart = Q(clearance__gt=APART * side(zoom) / EXTENT)
    moved = _moved(layer, zoom, SHIFT)
    rounded = Func(moved, template="ST_SnapToGrid(%(expressions)s, 1)", output_field=BinaryField())
    return Case(
        When(Q(_within(layer, positive), apart), then=_moved(layer, zoom, NEAREST)),
        When(Q(_within(layer, around), apart), then=rounded),
        default=cut,
    )


def _within(layer: Layer, rectangle: str) -> Any:
    frame = Rectangle(1, f"(SELECT {rectangle})")
    return Func(F(layer.shape), frame, template="%(expressions)s", arg_joiner=" @ ", output_field=BooleanField())


def _moved(layer: Layer, zoom: int, shift: tuple[int, int]) -> Func:
    scale = EXTENT / side(zoom)
    matrix = Func(template=f"{scale!r}, 0, 0, {-scale!r}", output_field=BinaryField())
    return Func(F(layer.shape), matrix, *map(Bound, shift), function="ST_Affine", output_field=BinaryField())
