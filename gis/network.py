"""The segments of a neighbourhood as a network: each cut into pieces where others meet it, at an end or on its way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

Numbers = NDArray[np.int64]
Shares = NDArray[np.float64]


@dataclass(frozen=True)
class Network:
    """Pieces in the order of their segments and along each: the segment's place in the list, the shares of it where a
    piece begins and ends, the nodes there, and its length in the unit that those of the segments had."""

    segment: Numbers
    begins: Shares
    ends: Shares
    source: Numbers
    target: Numbers
    length: Shares

    def place(self, segment: int, share: float) -> tuple[int, float]:
        """The piece that holds a place of a segment, and that place's share of the piece."""
        first, after = np.searchsorted(self.segment, [segment, segment + 1])
        before = int(np.searchsorted(self.begins[first:after], share, side="right"))
        piece = int(first) + max(before, 1) - 1
        long = self.ends[piece] - self.begins[piece]
        return piece, float((share - self.begins[piece]) / long) if long else 0.0


def network(streets: shapely.STRtree, lengths: Shares, touch: float) -> Network:
    """Cut lines where an end of another lies no farther than ``touch`` away, in their own unit. Lines that merely cross
    do not meet: one may be a bridge. Two nodes at one place of a segment are joined by a piece of no length."""
    lines = streets.geometries
    every, ends = np.arange(len(lines)), np.concatenate([shapely.get_point(lines, 0), shapely.get_point(lines, -1)])
    spots = np.round(shapely.get_coordinates(ends), 3)
    nodes = np.unique(spots, axis=0, return_inverse=True)[1].reshape(-1).astype(np.int64)
    end, way = streets.query(ends, predicate="dwithin", distance=touch)
    along, whole = shapely.line_locate_point(lines[way], ends[end]), shapely.length(lines[way])
    share = np.where(along <= touch, 0.0, np.where(along >= whole - touch, 1.0, along / np.maximum(whole, touch)))
    segment, at, node = (
        np.concatenate([every, every, way]),
        np.concatenate([np.zeros(len(lines)), np.ones(len(lines)), share]),
        np.concatenate([nodes, nodes[end]]),
    )
    order = np.lexsort((node, at, segment))
    segment, at, node = segment[order], at[order], node[order]
    pieces = (segment[:-1] == segment[1:]) & ((at[:-1] < at[1:]) | (node[:-1] != node[1:]))
    one, begins, ends_at = segment[:-1][pieces], at[:-1][pieces], at[1:][pieces]
    length = (ends_at - begins) * lengths[one]
    return Network(one, begins, ends_at, node[:-1][pieces], node[1:][pieces], length)
