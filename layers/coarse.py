"""What stands for a layer's rows where they are too many to be drawn one by one: frozen values, declared as ``coarse``.

Rows are gathered in cells: squares of the tile pyramid, ``fine`` zooms below the tile that shows them, so that a cell
lies in one tile of every zoom and counts add up.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from django.core.exceptions import EmptyResultSet

from layers.scope import Audience, Role

if TYPE_CHECKING:
    from layers.layer import Layer


@dataclass(frozen=True, slots=True)
class Counts:
    """Below a zoom: one square a cell with the number of its rows, the class that most are of and, of surfaces, how
    much of the cell they cover (``share``, per cent). Cells with fewer rows than ``least`` are not told."""

    below: int
    fine: int = 3
    least: int = 1


@dataclass(frozen=True, slots=True)
class Blocks:
    """Below a zoom: surfaces of a class that nearly touch are one, with their number; further out they are counted."""

    below: int
    counts: Counts
    fine: int = 3


@dataclass(frozen=True, slots=True)
class Coverage:
    """Below a zoom: surfaces simplified together, so that neighbours keep one edge; those alike in ``by`` are
    neighbours. Each is simplified for some ``zooms``, and a tile takes the next finer."""

    below: int = 15
    by: tuple[str, ...] = ()
    zooms: tuple[int, ...] = (6, 8, 10, 12, 14)

    def step(self, zoom: int) -> int:
        """The zoom for which the shapes of a tile were simplified."""
        return next((step for step in self.zooms if step >= zoom), self.zooms[-1])


Coarse = Counts | Blocks | Coverage


def counts_of(coarse: Coarse | None) -> Counts | None:
    """The counting in a declaration."""
    return coarse.counts if isinstance(coarse, Blocks) else coarse if isinstance(coarse, Counts) else None


@cache
def views(layer: Layer) -> dict[Role, str]:
    """The role whose rows stand for each role's: roles for which the layer selects the same rows share what is stored.

    Areas of accounts are left aside: who is kept to one is never shown what is stored (``view``).
    """
    found: dict[Any, str] = {}
    shared: dict[Role, str] = {}
    for role in Role:
        if role in layer.audience:
            try:
                rows = layer.rows_for(Audience(role)).query.sql_with_params()
            except EmptyResultSet:
                continue
            shared[role] = found.setdefault(repr(rows), role.value)
    return shared


def view(layer: Layer, audience: Audience) -> str | None:
    """Whose stored rows an audience is shown; None when it sees less than anything stored."""
    if layer.by_area and audience.area:
        return None
    return views(layer).get(audience.role)
