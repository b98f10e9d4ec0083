"""Ways that are no streets: drives through estates, promenades, the paths of parks."""

from __future__ import annotations

import math
from random import Random

from shapely import LineString, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.ops import nearest_points

from data.town import sketch
from data.town.plane import curve, lines, long_axis, polygons

DRIVEN = ("residential", "industrial", "college", "hospital", "office")
GREEN = ("park", "plaza", "cemetery")


def drives(block: Polygon, kind: str, rng: Random) -> list[LineString]:
    """Lanes through an estate or works: along its longer axis, and across where it is wide."""
    angle, length, width = long_axis(block)
    if kind not in DRIVEN or length < 110 or width < 70:
        return []
    found = through(block, angle, 0.0, rng)
    if width > 210:
        found = through(block, angle, width / 4, rng) + through(block, angle, -width / 4, rng)
    if length > 240:
        found += through(block, angle + math.pi / 2, rng.uniform(-20, 20), rng)
    return found


def through(block: Polygon, angle: float, aside: float, rng: Random) -> list[LineString]:
    """One lane from edge to edge, a little bent."""
    middle, bend = block.centroid, rng.uniform(-6, 6)
    cos, sin = math.cos(angle), math.sin(angle)
    spots = [(-900.0, 0.0), (-40.0, bend), (40.0, -bend), (900.0, 0.0)]
    line = LineString(
        (middle.x + t * cos - (s + aside) * sin, middle.y + t * sin + (s + aside) * cos) for t, s in spots
    )
    inside = lines(line.intersection(block), 40)
    return [max(inside, key=lambda part: part.length)] if inside else []


def footways(
    pieces: list[Polygon], kinds: list[tuple[str, str]], river: LineString, ponds: dict[str, Polygon], town: Polygon
) -> list[tuple[str, BaseGeometry]]:
    """Promenades on both banks, the footbridge, rings and gates of the parks."""
    found: list[tuple[str, BaseGeometry]] = []
    for name, offset in (("北岸步道", 70.0), ("南岸步道", -68.0)):
        found.append((name, river.offset_curve(offset).simplify(1.5).intersection(town)))
    found.append(("云汀步行桥", LineString(sketch.FOOTBRIDGE)))
    for piece, (kind, _) in zip(pieces, kinds, strict=True):
        if kind in GREEN:
            found += [("", walk) for walk in park_walks(piece, list(ponds.values()))]
    found += [(name + "环路", pond.buffer(9).simplify(1.5).exterior) for name, pond in ponds.items()]
    return found


def park_walks(park: Polygon, ponds: list[Polygon]) -> list[LineString]:
    """A ring inside the fence, gates to it, and curved walks across; none through a pond."""
    rings = polygons(park.buffer(-34).buffer(12).simplify(2), 3000)
    if not rings:
        return []
    ring = max(rings, key=lambda part: part.area)
    walks = [LineString(ring.exterior)]
    for share in (0.1, 0.37, 0.6, 0.86):
        gate = park.exterior.interpolate(share, normalized=True)
        walks.append(LineString([gate, nearest_points(gate, ring.exterior)[1]]))
    for share in (0.05, 0.3, 0.42)[: int(park.area / 30_000)]:
        a, b = (ring.exterior.interpolate((share + half) % 1, normalized=True) for half in (0, 0.5))
        bend = ((a.x + b.x) / 2 + 0.14 * (b.y - a.y), (a.y + b.y) / 2 - 0.14 * (b.x - a.x))
        across: BaseGeometry = curve([(a.x, a.y), bend, (b.x, b.y)]).intersection(ring)
        for pond in ponds:
            across = across.difference(pond.buffer(9))
        walks += lines(across, 15)
    return walks
