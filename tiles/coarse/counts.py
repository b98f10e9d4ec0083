"""Counting: one square a cell, with its number and what most of it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator

from tiles.coarse import cells
from tiles.coarse.classes import leading, painted
from tiles.coarse.store import Piece, Place, base
from tiles.tile import side

COUNTED = "cell, value::text, count(*), sum(round(ST_Area(shape)))::bigint"
Found = dict[int, tuple[Counter[str], int]]


def leaves(place: Place, only: Collection[int] | None) -> Iterator[Piece]:
    """Count the rows of each cell."""
    found: Found = {}
    for cell, text, number, covered in base(place, COUNTED, only, "GROUP BY 1, 2"):
        tally, before = found.get(cell, (Counter(), 0))
        tally[text] += number
        found[cell] = tally, before + covered
    for cell in sorted(found):
        yield _piece(place, cell, *found[cell])


def merge(place: Place, cell: int, below: list[Piece]) -> Iterator[Piece]:
    """Add up the cells that lie in one."""
    tally: Counter[str] = Counter()
    for piece in below:
        tally.update(piece.tally)
    yield _piece(place, cell, tally, sum(piece.covered for piece in below))


def _piece(place: Place, cell: int, tally: Counter[str], covered: int) -> Piece:
    style = place.layer.style
    values = painted(style, leading(style, tally))
    if style.kind == "fill":
        whole = side(place.deep) ** 2
        values["share"] = max(1, min(100, round(100 * covered / whole)))
    shape = cells.square(cell, place.deep)
    return Piece(cell, 0, tally.total(), shape, values, dict(sorted(tally.items())), covered)
