"""Surfaces simplified together: what was one edge of two neighbours stays one edge, without gap or overlap."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from itertools import groupby

import numpy as np
import shapely
from django.db.models import BinaryField, F, Func

from layers.coarse import Coverage
from layers.layer import Layer
from tiles.coarse.store import Piece
from tiles.tile import side

FINEST = 1024  # parts of a tile's side: half a pixel
log = logging.getLogger(__name__)


def outlines(layer: Layer, coverage: Coverage, zoom: int) -> Iterator[Piece]:
    """Yield the outline of every row at a zoom, keyed by the row. Rows of all times and views: which of them may be
    seen is asked when a tile is cut."""
    bare = Func(F(layer.shape), template="ST_AsBinary(%(expressions)s)", output_field=BinaryField())
    rows = layer.model._default_manager.order_by(*coverage.by, "pk").values_list(*coverage.by, "pk", bare)
    for _, group in groupby(rows.iterator(5000), key=lambda row: row[:-2]):
        found = [(row[-2], bytes(row[-1])) for row in group]
        shapes = shapely.from_wkb([wkb for _, wkb in found])
        surfaces = np.isin(shapely.get_type_id(shapes), (3, 6))
        shapes[surfaces] = simplified(shapes[surfaces], side(zoom) / FINEST)
        for (pk, _), shape in zip(found, shapes, strict=True):
            yield Piece(pk, 0, 1, shape, {}, {})


def simplified(
    shapes: np.ndarray[tuple[int], np.dtype[np.object_]], metres: float
) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    """Simplify neighbours together; a shape that would vanish stays as it was. Where one is broken, as moving it to the
    map can leave it, each is simplified alone: what else is kept up waits for this."""
    if not len(shapes):
        return shapes
    try:
        made = shapely.coverage_simplify(shapes, metres)
    except shapely.GEOSException as broken:
        log.warning("neighbours are simplified apart: %s", broken)
        made = shapely.simplify(shapes, metres)
    return np.where(shapely.is_empty(made), shapes, made)
