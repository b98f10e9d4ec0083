"""Surfaces that go into a tile whole: moved, scaled and rounded. ``ST_AsMVTGeom`` would cut them and make them valid.

That takes most of a tile's time, and most footprints need neither. A row's ``clearance`` says how near its corners come
to what they must not touch: where that is more than rounding can take away, what was valid stays so (decision 0048).
"""

from __future__ import annotations

from typing import Any

from django.db.models import BinaryField, BooleanField, Case, Expression, F, FloatField, Func, Q, When

from layers.layer import Layer, reaches
from tiles.corners import Corner, Rectangle
from tiles.tile import EXTENT, side

AROUND = 1 / 8
"""What lies within a tile and so much of its side around it is not cut: that would save few bytes."""
APART = 1.5
"""Units of a tile: rounding moves each of two corners by 0.71 of them at most."""


class To(Expression):
    """How far what lies at a corner is from zero."""

    def __init__(self, number: int) -> None:
        super().__init__(output_field=FloatField())
        self.corner = Corner(number)

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        """Return a placeholder and the corner that stands for its value."""
        return "-%s::float8", [self.corner]


WEST, NORTH = To(1), To(4)


def whole(layer: Layer, zoom: int, cut: Any) -> Any:
    """The shapes of a layer in the tile's own units: whole where they may be, else ``cut``."""
    if layer.style.kind != "fill" or not reaches(layer.model, "clearance"):
        return cut
    shape, scale = F(layer.shape), EXTENT / side(zoom)
    around = Rectangle(1, f"(SELECT ST_Expand({Rectangle.sql}, {AROUND * side(zoom)!r}))")
    within: Any = Func(shape, around, template="%(expressions)s", arg_joiner=" @ ", output_field=BooleanField())
    turned = Func(shape, function="ST_ForcePolygonCW", output_field=BinaryField())
    moved = f"ST_SnapToGrid(ST_TransScale(%(expressions)s, {scale!r}, {-scale!r}), 1)"
    rounded = Func(turned, WEST, NORTH, template=moved, output_field=BinaryField())
    return Case(When(Q(within, clearance__gt=APART / scale), then=rounded), default=cut)
