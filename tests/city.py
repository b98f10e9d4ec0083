"""A city drawn in a test: letters are areas, digits are rows of a model, each cell a square of a street block."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.contrib.gis.geos import MultiPolygon, Polygon
from django.db.models import Model

from gis.models import Area
from tests.factories import SOUTH, STEP, WEST, make, make_at

CELL = 20 * STEP  # degrees, about two hundred metres


@dataclass(frozen=True)
class Town:
    """What was drawn: areas by letter, rows by digit."""

    areas: dict[str, Any]
    rows: dict[int, Any]

    def numbers(self, ids: set[int]) -> set[int]:
        """The digits of the rows with these primary keys."""
        return {number for number, row in self.rows.items() if row.pk in ids}


def draw(picture: str, model: type[Model]) -> Town:
    """Store what the picture shows. A digit lies in the area of the letter to its left; north is up."""
    lines = [text.split() for text in picture.strip().splitlines()]
    cells: dict[str, list[Polygon]] = defaultdict(list)
    places: dict[int, tuple[float, float]] = {}
    for row, signs in enumerate(reversed(lines)):
        letter = ""
        for column, sign in enumerate(signs):
            west, south = WEST + column * CELL, SOUTH + row * CELL
            if sign.isdigit():
                places[int(sign)] = (west + CELL / 2, south + CELL / 2)
            letter = letter if sign.isdigit() else sign
            cells[letter].append(Polygon.from_bbox((west, south, west + CELL, south + CELL)))
    areas = {sign: make(Area, name=sign, geom=_joined(parts)) for sign, parts in cells.items() if sign.isalpha()}
    return Town(areas, {number: make_at(model, *place) for number, place in places.items()})


def _joined(parts: list[Polygon]) -> MultiPolygon:
    whole = MultiPolygon(*parts).unary_union
    return MultiPolygon(*(whole if isinstance(whole, MultiPolygon) else [whole]), srid=4490)
