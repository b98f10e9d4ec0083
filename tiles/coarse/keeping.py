"""Keeping up: the cells that edits touched are made anew, at every zoom; what cannot be told apart is made as a whole.

One transaction a layer moves the stored pieces and the mark of how far they are; a lock lets one process do it.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import ModuleType

from django.db import connection, transaction
from django.db.models import Max

from gis.models import CoarseState, News
from gis.patience import UNHURRIED
from layers import registry
from layers.coarse import Blocks, Counts, Coverage, views
from layers.layer import Layer
from layers.scope import Audience, Role
from tiles.coarse import blocks, cells, counts
from tiles.coarse.outlines import outlines
from tiles.coarse.store import Piece, Place, stored, write
from tiles.statement import READ
from tiles.tile import Box

MOST_CELLS = 1500  # touched at once; above, one pass over the table is quicker
EDGES = ("boxes__west", "boxes__south", "boxes__east", "boxes__north")
LOCK = "SELECT pg_advisory_xact_lock(hashtext('chengtu_coarse'))"
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Way:
    """How the rows of a layer are gathered over some zooms: the deepest from the rows, each other from the next."""

    module: ModuleType
    fine: int
    zooms: range

    @property
    def deep(self) -> int:
        """The zoom of the smallest cells."""
        return self.zooms[-1] + self.fine


class Large(Exception):
    """Layers were left as they are: all of their many rows would have to be read."""

    def __init__(self, layers: list[str]) -> None:
        super().__init__(", ".join(layers))
        self.layers = layers


def catch_up(layers: Sequence[Layer] | None = None, anew: bool = False, most: float = math.inf) -> list[str]:
    """Make stored pieces what the rows say now; ``anew`` from all rows. Returns the ids of the layers that changed.
    Once all others are done, raises what went wrong first, or ``Large`` (because of it, then) for those of more rows
    than ``most`` of which nothing less than all is new."""
    changed: list[str] = []
    left: list[str] = []
    wrong: list[Exception] = []
    for layer in layers or registry.every():
        if layer.coarse:
            try:
                if _keep_up(layer, anew, most):
                    changed.append(layer.id)
            except Large:
                left.append(layer.id)
            except Exception as failure:  # of this layer: it may not keep the others waiting
                wrong.append(failure)
    if left:
        raise Large(left) from next(iter(wrong), None)
    if wrong:
        raise wrong[0]
    return changed


@transaction.atomic
def _keep_up(layer: Layer, anew: bool, most: float) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(UNHURRIED)  # a city's blocks take minutes
        cursor.execute(LOCK)
    state, _ = CoarseState.objects.get_or_create(layer=layer.id)
    recipe = _recipe(layer)
    # Read before the rows: a change that commits in between is made twice, never forgotten.
    about = News.objects.filter(table__in=_tables(layer))
    last = about.aggregate(last=Max("seq"))["last"] or state.seq
    news = list(about.filter(seq__gt=state.seq).order_by("seq").values_list("seq", "table", "whole", *EDGES))
    own = layer.model._meta.db_table
    whole = anew or state.recipe != recipe or any(entire or table != own for _, table, entire, *_ in news)
    if not (news or whole):
        return False
    touched = None if whole else [(w, s, e, n) for *_, w, s, e, n in news if w is not None]
    if most < math.inf and _all_new(layer, touched) and _more(layer, int(most)):
        raise Large([layer.id])
    changed = _make(layer, touched)
    state.seq = news[-1][0] if news else last
    state.recipe = recipe
    state.save()
    return changed


def _make(layer: Layer, touched: list[Box] | None) -> bool:
    """Make the pieces of the touched boxes, of everything for None."""
    changed = False
    if isinstance(layer.coarse, Coverage):  # edges hang together all over it
        for zoom in layer.coarse.zooms:
            changed |= write(Place(layer, "", zoom, 0), None, outlines(layer, layer.coarse, zoom))
        return changed
    for view in dict.fromkeys(views(layer).values()):
        for way in ways(layer):
            only = None if touched is None else cells.touched(touched, way.deep, MOST_CELLS)
            changed |= _gather(layer, view, way, only)
    return changed


def _all_new(layer: Layer, touched: list[Box] | None) -> bool:
    """Whether all rows are to be read: edges hang together all over a coverage, and many cells are one pass."""
    if touched is None or isinstance(layer.coarse, Coverage):
        return True
    return any(cells.touched(touched, way.deep, MOST_CELLS) is None for way in ways(layer))


def _more(layer: Layer, most: int) -> bool:
    """Whether a layer has more rows than so many."""
    return layer.model._default_manager.values_list("pk")[most:].exists()


def ways(layer: Layer) -> list[Way]:
    """How a layer is gathered, from the deepest zoom."""
    found: list[Way] = []
    coarse = layer.coarse
    if isinstance(coarse, Blocks):
        found.append(Way(blocks, coarse.fine, range(max(layer.min_zoom, coarse.counts.below), coarse.below)))
        coarse = coarse.counts
    if isinstance(coarse, Counts):
        found.append(Way(counts, coarse.fine, range(layer.min_zoom, coarse.below)))
    return [way for way in found if way.zooms]


def _gather(layer: Layer, view: str, way: Way, only: set[int] | None) -> bool:
    place = Place(layer, view, way.zooms[-1], way.fine)
    changed = write(place, only, way.module.leaves(place, only))
    for zoom in reversed(way.zooms[:-1]):
        below, place = place, Place(layer, view, zoom, way.fine)
        only = None if only is None else {cells.up(cell) for cell in only}
        children = None if only is None else [child for cell in only for child in cells.down(cell)]
        changed |= write(place, only, _merged(way, place, below, children))
    return changed


def _merged(way: Way, place: Place, below: Place, children: list[int] | None) -> Iterator[Piece]:
    for group in stored(below, children):
        yield from way.module.merge(place, cells.up(group[0].cell), group)


def _tables(layer: Layer) -> list[str]:
    """The tables that the stored pieces are made from."""
    own = layer.model._meta.db_table
    if isinstance(layer.coarse, Coverage):
        return [own]
    selected = (str(layer.rows_for(Audience(Role(view))).query) for view in views(layer).values())
    return sorted({own, *(table for sql in selected for table in READ.findall(sql))})


def _recipe(layer: Layer) -> str:
    """What the pieces depend on beside the rows: a new release that says it otherwise makes them anew. Where only the
    making changed the number says so; to empty it in the database would have a node of the old release do it."""
    classes = [row.values for row in layer.style.classes]
    return repr((2, layer.coarse, layer.min_zoom, layer.style.by, classes, sorted(views(layer).items())))
