"""The place of a tile in a statement that is compiled once: corners are bound when a tile is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.gis.db.models import GeometryField
from django.db.models import BinaryField, BooleanField, Expression, Func

from tiles.tile import BUFFER, EXTENT

CORNERS = 12
SHIFT, NEAREST = (9, 10), (11, 12)
"""By how many units of the tile what lies at zero is from its corner; and half a unit more."""


@dataclass(frozen=True, slots=True)
class Corner:
    """One of them, by its number in the statement."""

    number: int


class Rectangle(Expression):
    """An envelope whose corners are bound later; as a constant for the planner it leaves the index usable."""

    sql = "ST_MakeEnvelope(%s, %s, %s, %s, 3857)"

    def __init__(self, first: int, sql: str = sql) -> None:
        super().__init__(output_field=GeometryField(srid=3857))
        self.corners = [Corner(first + index) for index in range(4)]
        self.sql = sql

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        """Return four placeholders and the corners that stand for their values."""
        return self.sql, list(self.corners)


ENVELOPE, REACH = Rectangle(1), Rectangle(5)
FRAME = Rectangle(1, f"(SELECT {Rectangle.sql})")
"""The envelope as a query of its own: it is run once, not for each row, but no index is asked with it."""


def drawn(shape: Any, buffer: int = BUFFER) -> Func:
    """A shape in the tile's own units, cut at its buffer; null when nothing of it is there."""
    template = f"ST_AsMVTGeom(%(expressions)s, {EXTENT}, {buffer}, true)"
    return Func(shape, FRAME, template=template, output_field=BinaryField())


def overlaps(shape: Any, rectangle: Rectangle) -> Func:
    """Whether the boxes of a shape and of a rectangle overlap: what the index answers."""
    return Func(shape, rectangle, template="%(expressions)s", arg_joiner=" && ", output_field=BooleanField())
