"""The ground plan: water, streets and blocks, each block with a purpose, before anything is built."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from random import Random

import numpy as np
import shapely
from shapely import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry

from data.town import plan, sketch
from data.town.parcels import parcel, purposes
from data.town.plane import curve, long_axis, polygons
from data.town.pools import pools
from data.town.streets import Edge, Street, bound, edges_of, faces, main_streets, pavement, stretches, trimmed
from data.town.walks import drives, footways


@dataclass(frozen=True, slots=True)
class Block:
    """Ground between streets and drives; `piece` numbers what only streets cut, so that an estate is one thing."""

    piece: int
    kind: str
    name: str
    shape: Polygon
    angle: float


@dataclass(frozen=True, slots=True)
class Layout:
    """What everything else is placed on."""

    town: Polygon
    river_line: LineString
    canal_line: LineString
    river: BaseGeometry
    canal: BaseGeometry
    creek: BaseGeometry
    ponds: dict[str, Polygon]
    edges: list[Edge]
    named: list[Edge]  # streets with names, cut where they meet each other: the segments of the register
    blocks: list[Block]
    banks: list[Polygon] = field(default_factory=list)
    pools: list[Polygon] = field(default_factory=list)

    @property
    def water(self) -> BaseGeometry:
        """All water as one shape."""
        return shapely.union_all([self.river, self.canal, self.creek, *self.ponds.values(), *self.pools])


def lay_out(rng: Random) -> Layout:
    """The ground plan of the town."""
    town = bound()
    river_line, canal_line = curve(sketch.RIVER), curve(sketch.CANAL)
    river = wide(river_line, sketch.RIVER_WIDTHS).intersection(town)
    canal = canal_line.buffer(9.5).intersection(town).difference(river)
    creek = curve(sketch.CREEK).buffer(7.5).intersection(town).difference(river)
    ponds = {
        name: Polygon(curve((*spots, spots[0]), 6))
        for name, spots in ((sketch.POND_NAME, sketch.POND), (sketch.LAKE_NAME, sketch.LAKE))
    }
    mains = trimmed(main_streets(river_line, canal_line))
    ground: list[Polygon] = []
    banks: list[Polygon] = []
    water = shapely.union_all([river, canal])
    for face in faces([*(edge.line for edge in edges_of(mains)), town.exterior]):
        (banks if face.intersection(water).area > 0.12 * face.area else ground).append(face)
    pieces, small = parcel(ground, mains, rng)
    streets = [*mains, *small]
    kinds = purposes(pieces, rng)
    lanes = [line for piece, (kind, _) in zip(pieces, kinds, strict=True) for line in drives(piece, kind, rng)]
    streets += [Street(number, "", "", 6, line) for number, line in enumerate(lanes, len(streets) + 1)]
    small_water = pools(pieces, kinds, list(ponds.values()), rng)
    walks = footways(pieces, kinds, river_line, ponds, town)
    streets += [Street(number, name, "", 7, line) for number, (name, line) in enumerate(walks, len(streets) + 1)]
    edges = edges_of(streets)
    hard = pavement([edge for edge in edges if edge.street.rank != 7])
    taken = shapely.union_all(
        [hard, water, creek.buffer(9), *ponds.values(), *(pool.buffer(3) for pool in small_water)]
    )
    blocks = [
        Block(number, kind, name, left, long_axis(left)[0])
        for number, (piece, (kind, name)) in enumerate(zip(pieces, kinds, strict=True), 1)
        for left in polygons(piece.difference(taken).buffer(-2).buffer(2, join_style="mitre"), 600)
    ]
    named = stretches(edges_of([street for street in streets if street.rank <= 5]), plan.SEGMENTS)
    return Layout(town, river_line, canal_line, river, canal, creek, ponds, edges, named, blocks, banks, small_water)


def wide(line: LineString, widths: tuple[int, ...]) -> Polygon:
    """A ribbon along a line whose width runs through the given widths."""
    left, right = [], []
    for share in np.linspace(0, 1, 240):
        here, ahead = (line.interpolate(min(share + step, 1), normalized=True) for step in (0, 0.002))
        behind = line.interpolate(max(share - 0.002, 0), normalized=True)
        dx, dy = ahead.x - behind.x, ahead.y - behind.y
        size = math.hypot(dx, dy)
        half = float(np.interp(share * (len(widths) - 1), range(len(widths)), widths)) / 2
        left.append((here.x - dy / size * half, here.y + dx / size * half))
        right.append((here.x + dy / size * half, here.y - dx / size * half))
    return Polygon([*left, *reversed(right)]).buffer(0).simplify(0.5)


def inner(spot: Point) -> bool:
    """Whether a spot is far enough from the edge of the town to be built on."""
    return float(spot.distance(bound().exterior)) > 130
