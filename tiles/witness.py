"""Keeps who opened which part of a map of what is guarded, before the first tile of it is told.

A sitting draws hundreds of tiles of the same pipes: a line for each would bury who asked what for. One a day, sitting,
layer and cell of some four kilometres is what answers "who has looked at the pipes here?". The day is the city's: with
it what is given again without asking here (``tiles.ready``) ends, too.
"""

from __future__ import annotations

from collections.abc import Iterable
from threading import Lock

from django.contrib.gis.geos import Polygon
from django.db import DatabaseError, connection
from django.db.models import F
from django.utils.timezone import localdate

from gis.models.located import TILES
from gis.queries import Touches, constant
from layers.inquiry import BROWSED
from layers.layer import Layer
from layers.models import Inquiry
from layers.scope import Pass
from tiles.pool import Busy
from tiles.tile import Tile

CELL = 13
"""The zoom of a cell; a tile that is larger is its own."""
MOST = 100_000
Look = tuple[int, str, int, str, Tile]


class Witness:
    """What was kept is remembered, at most ``MOST`` looks; safe to be asked from any thread."""

    def __init__(self) -> None:
        self._kept: set[Look] = set()
        self._writing = Lock()

    def see(self, proof: Pass, layers: Iterable[Layer], place: Tile, token: str = "") -> None:
        """Keep that somebody looks at a tile, by a token of this name, if it shows what is guarded; ``Busy`` when that
        cannot be written."""
        for layer in layers:
            if layer.guarded and proof.bearer.account:
                cell, bearer = _cell(place), proof.bearer
                look = (bearer.account, bearer.sitting, localdate().toordinal(), layer.id, cell)
                if look not in self._kept:
                    with self._writing:
                        self._keep(look, proof, layer, token)

    def _keep(self, look: Look, proof: Pass, layer: Layer, token: str) -> None:
        if look in self._kept:
            return
        if len(self._kept) >= MOST:
            self._kept.clear()
        connection.close_if_unusable_or_obsolete()
        *_, cell = look
        try:
            Inquiry.objects.create(
                reader_id=proof.bearer.account,
                layer=layer.id,
                purpose=BROWSED,
                question=f"tiles {cell.z}/{cell.x}/{cell.y}",
                rows=_rows(layer, proof, cell),
                token=token,
            )
        except DatabaseError as failure:  # nothing is told of which nothing can be kept
            raise Busy from failure
        self._kept.add(look)


def _cell(place: Tile) -> Tile:
    up = max(0, place.z - CELL)
    return Tile(place.z - up, place.x >> up, place.y >> up)


def _rows(layer: Layer, proof: Pass, cell: Tile) -> int:
    """How many rows of the layer lie in a cell, as far as the bearer may see them."""
    box = Polygon.from_bbox(cell.envelope)
    box.srid = TILES
    return layer.rows_for(proof.audience).filter(Touches(F(layer.shape), constant(box))).count()
