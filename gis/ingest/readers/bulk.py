"""Shapes that would cost the importer more than their worth: too many vertices, too deep, crossing themselves all over.

They are refused one by one, inside the cell, before anybody computes with them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from gis.ingest.readers.source import Batch

VERTICES = 1_000_000
"""Of one shape."""
DEEPEST = 8
"""Collections within collections."""
CROSSINGS = 50_000
"""Of a polygon with itself: mending takes time and memory by their number."""
SUSPECT = 2_000 * 16
"""Bytes of WKB from which a shape is looked at by itself."""
SAMPLE = 500
COLLECTIONS = pa.array(
    [
        code.to_bytes(4, order)
        for flag in (0, 1 << 29, 1 << 30, 1 << 31)
        for code in (7 | flag, 1007 | flag, 2007 | flag, 3007 | flag)
        for order in ("little", "big")
    ],
    pa.large_binary(),
)


def bounded(batch: Batch) -> Batch:
    """The batch, its unbearable shapes taken out and named in `broken`."""
    shapes = batch.wkb if isinstance(batch.wkb, pa.Array) else pa.array(batch.wkb, pa.large_binary())
    shapes = shapes.cast(pa.large_binary())
    large = pc.fill_null(pc.greater(pc.binary_length(shapes), SUSPECT), False)
    nested = pc.fill_null(pc.is_in(pc.binary_slice(shapes, 1, 5), COLLECTIONS), False)
    suspects = np.flatnonzero(pc.or_(large, nested).to_numpy(zero_copy_only=False))
    wrong = {int(at): why for at in suspects if (why := unbearable(shapes[int(at)].as_py()))}
    if not wrong:
        return replace(batch, wkb=shapes)
    gone = pa.array([at in wrong for at in range(len(shapes))])
    broken = {at: ("geom", *why) for at, why in wrong.items()} | batch.broken
    return replace(batch, wkb=pc.if_else(gone, pa.scalar(None, pa.large_binary()), shapes), broken=broken)


def unbearable(wkb: bytes) -> tuple[str, str] | None:
    """The reason to refuse one shape, with its number; None for a shape that can be worked with."""
    if len(wkb) > VERTICES * 64:
        return "too_many_vertices", f"{len(wkb)} bytes"
    shape = shapely.from_wkb(wkb, on_invalid="ignore")
    if shape is None:
        return None
    count = int(shapely.get_num_coordinates(shape))
    if count > VERTICES:
        return "too_many_vertices", str(count)
    if (levels := depth(shape)) > DEEPEST:
        return "too_deep", str(levels)
    if shape.geom_type.endswith("Polygon") and count * 16 > SUSPECT and not shapely.is_valid(shape):
        crossings = tangle(shape)
        return ("too_tangled", str(crossings)) if crossings > CROSSINGS else None
    return None


def depth(shape: Any) -> int:
    """Collections within collections; 0 for a shape that is none."""
    level, parts = 0, np.array([shape], dtype=object)
    while (inside := parts[shapely.get_type_id(parts) == 7]).size:
        level += 1
        parts = shapely.get_parts(inside)
    return level


def tangle(shape: Any) -> int:
    """About how often the rings of a polygon cross themselves and each other, from a sample of their edges; once it is
    more than may be borne, nobody counts on: each of a million edges may cross half of the others."""
    rings = [shapely.get_coordinates(ring) for part in shapely.get_parts(shape) for ring in shapely.get_rings(part)]
    ends = np.concatenate([np.stack([ring[:-1], ring[1:]], axis=1) for ring in rings if len(ring) > 1])
    edges = shapely.linestrings(ends)
    some = edges[np.linspace(0, len(edges) - 1, min(SAMPLE, len(edges))).astype(int)]
    tree, crossings = shapely.STRtree(edges), 0.0
    for edge in some:
        crossings += tree.query(edge, predicate="crosses").size * len(edges) / len(some) / 2
        if crossings > CROSSINGS:
            break
    return int(crossings)
