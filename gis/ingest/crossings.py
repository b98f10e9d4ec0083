"""Streets cut where they meet: a vertex that two lines share, or one line passes twice, is a crossing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import shapely

from gis.ingest.shapes import Shapes

GRAIN = 1e7
"""Steps a degree, about a centimetre: vertices of one crossing written by different hands still agree."""


def keys(coordinates: Any) -> Any:
    """One whole number a vertex."""
    grid = np.rint(coordinates * GRAIN).astype(np.int64)
    return grid[:, 0] * 4_000_000_000 + grid[:, 1]


@dataclass(frozen=True, slots=True)
class Crossings:
    """The crossings of a whole file, as sorted keys."""

    at: Any

    @classmethod
    def among(cls, batches: Iterable[Shapes]) -> Crossings:
        """Find them in lines in stored degrees; a ring's closing vertex counts once."""
        seen = [keys(open_ends(shapes)) for shapes in batches]
        found, times = np.unique(np.concatenate([*seen, np.zeros(0, np.int64)]), return_counts=True)
        return cls(found[times > 1])

    def cut(self, shapes: Shapes) -> Shapes:
        """Lines as multi-lines of their stretches; a line without a crossing inside stays as it is."""
        lines = shapely.get_type_id(shapes) == 1
        made = shapes.copy()
        for row in np.flatnonzero(lines):
            made[row] = self._cut(shapes[row])
        return made

    def _cut(self, line: Any) -> Any:
        plain = shapely.remove_repeated_points(line)  # a vertex written twice would cut out a stretch of no length
        coordinates = shapely.get_coordinates(plain, include_z=bool(line.has_z))
        inner = np.flatnonzero(np.isin(keys(coordinates[1:-1, :2]), self.at)) + 1
        if not len(inner):
            return plain
        ends = [0, *inner.tolist(), len(coordinates) - 1]
        return shapely.multilinestrings([shapely.linestrings(coordinates[a : b + 1]) for a, b in pairwise(ends)])


def open_ends(shapes: Shapes) -> Any:
    """All vertices of the lines; of a closed line the last, which repeats the first, is left out."""
    parts = shapely.remove_repeated_points(shapely.get_parts(shapes[~shapely.is_missing(shapes)]))
    coordinates, index = shapely.get_coordinates(parts, return_index=True)
    if not len(parts):
        return coordinates
    last = np.append(np.flatnonzero(np.diff(index)), len(index) - 1)
    ring = shapely.is_closed(parts)[index[last]]
    return np.delete(coordinates, last[ring], axis=0)
