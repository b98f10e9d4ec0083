"""The place of a tile in a statement that is compiled once: corners are bound when a tile is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.gis.db.models import GeometryField
from django.db import NotSupportedError
from django.db.models import BinaryField, BooleanField, Expression, Func

from tiles.tile import BUFFER, EXTENT

CORNERS = 8
FEW_POINTS = 9
"""Of a ring, its first again at its end: a footprint with up to eight corners."""


@dataclass(frozen=True, slots=True)
class Corner:
    """One of the eight, by its number in the statement."""

    number: int


class Rectangle(Expression):
    """An envelope whose corners are bound later; as a constant for the planner it leaves the index usable."""

    def __init__(self, first: int) -> None:
        super().__init__(output_field=GeometryField(srid=3857))
        self.corners = [Corner(first + index) for index in range(4)]

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        """Return four placeholders and the corners that stand for their values."""
        return "ST_MakeEnvelope(%s, %s, %s, %s, 3857)", list(self.corners)


ENVELOPE, REACH = Rectangle(1), Rectangle(5)


def drawn(shape: Any, buffer: int = BUFFER) -> Func:
    """A shape in the tile's own units, cut at its buffer; null when nothing of it is there."""
    template = f"ST_AsMVTGeom(%(expressions)s, {EXTENT}, {buffer}, true)"
    return Func(shape, ENVELOPE, template=template, output_field=BinaryField())


class Surface(Func):
    """``drawn`` for surfaces, most of them by a shorter way.

    What lies wholly in the tile needs no cutting; and a ring of few corners that is nowhere as thin as rounding moves
    it needs not be made valid, which takes ten times as long as to scale and to round. ``shape`` may differ from the
    column ``surveyed`` by ``slack_m``; it is read for what is cheap to know. Both ways give the same corners.
    """

    def __init__(self, shape: Any, surveyed: str, slack_m: float = 0.0) -> None:
        super().__init__(shape, surveyed, output_field=BinaryField())
        self.slack_m = slack_m

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **extra: Any) -> Any:
        """Return both ways and which of them to go; corners stand for their values."""
        shape, surveyed = (compiler.compile(each) for each in self.source_expressions)
        if shape[1] or surveyed[1]:
            raise NotSupportedError("a surface is drawn from columns alone")
        tile = "ST_MakeEnvelope(%s, %s, %s, %s, 3857)"
        west, south, east, north = ENVELOPE.corners
        unit = f"((%s::float8 - %s::float8) / {EXTENT} + {self.slack_m:.3f})"
        own = surveyed[0]
        plain = (
            f"{own} @ {tile} AND ST_NRings({own}) = 1 AND ST_NPoints({own}) <= {FEW_POINTS}"
            f" AND ST_Area({own}) > ST_Perimeter({own}) * {unit}"
        )
        scale = f"{EXTENT} / (%s::float8 - %s::float8)"
        scaled = f"ST_TransScale(ST_ForcePolygonCW({shape[0]}), -%s::float8, -%s::float8, {scale}, {scale})"
        whole = f"ST_AsMVTGeom({shape[0]}, {tile}, {EXTENT}, {BUFFER}, true)"
        tile_ = [west, south, east, north]
        corners = [*tile_, east, west, west, north, east, west, south, north, *tile_]
        return f"CASE WHEN {plain} THEN ST_SnapToGrid({scaled}, 1) ELSE {whole} END", corners


def overlaps(shape: Any, rectangle: Rectangle) -> Func:
    """Whether the boxes of a shape and of a rectangle overlap: what the index answers."""
    return Func(shape, rectangle, template="%(expressions)s", arg_joiner=" && ", output_field=BooleanField())
