"""Small water: ponds in parks, pools between houses, fish ponds among the fields."""

from __future__ import annotations

import math
from random import Random

from shapely import Polygon

from data.town.forms import lattice
from data.town.plane import curve, long_axis, polygons

LEAST = {"park": 30_000.0, "residential": 45_000.0, "college": 30_000.0, "farmland": 60_000.0}


def pools(pieces: list[Polygon], kinds: list[tuple[str, str]], named: list[Polygon], rng: Random) -> list[Polygon]:
    """All small water on the pieces, away from the larger one."""
    found: list[Polygon] = []
    for piece, (kind, _) in zip(pieces, kinds, strict=True):
        if piece.area < LEAST.get(kind, math.inf) or any(piece.intersects(pond) for pond in named):
            continue
        if kind == "farmland":
            found += fish_ponds(piece, rng)
        else:
            found += pool(piece, 14.0 if kind == "residential" else 26.0, rng)
    return found


def pool(piece: Polygon, radius: float, rng: Random) -> list[Polygon]:
    """One pond of no particular shape near the middle of a piece."""
    middle = piece.representative_point()
    turns = [*(rng.uniform(0, 2 * math.pi) for _ in range(3)), 0.0, 2.1, 4.2]
    spots = [
        (middle.x + radius * reach * 1.5 * math.cos(turn), middle.y + radius * reach * math.sin(turn))
        for turn, reach in ((turn, rng.uniform(0.7, 1.4)) for turn in sorted(turns))
    ]
    shape = Polygon(curve((*spots, spots[0]), 5)).buffer(0)
    return [part for part in polygons(shape, 200) if piece.buffer(-25).contains(part)][:1]


def fish_ponds(piece: Polygon, rng: Random) -> list[Polygon]:
    """Rows of square ponds with dikes between, at one end of the fields."""
    far = piece.buffer(-40)
    if far.is_empty or rng.random() < 0.25:
        return []
    angle, length, _ = long_axis(piece)
    end = piece.centroid.buffer(length * 0.28).intersection(far)
    rows = [shape for part in polygons(end, 4000) for shape in lattice(part, angle, 42, (58, 70), 7, rng, (6, 8))]
    return [shape.buffer(-2).buffer(2) for shape in rows[: rng.randint(6, 14)]]
