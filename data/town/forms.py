"""Shapes of footprints: rows in a ground, rings along its edge, and what a plain rectangle can become."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from random import Random

import shapely
from shapely import Point, Polygon
from shapely.affinity import rotate

from data.town.plane import Spot, box, polygons

SHRINKS = (1.0, 0.72, 0.5)


def south(angle: float) -> float:
    """The heading nearest to east-west among a block's two, so that long sides face south."""
    turned = angle if abs(angle) <= math.pi / 4 else angle - math.copysign(math.pi / 2, angle)
    return max(min(turned, 0.38), -0.38)


def lattice(
    ground: Polygon, angle: float, depth: float, lengths: tuple[float, ...], gap: float, rng: Random,
    aside: tuple[float, float] = (9, 13), shrinks: tuple[float, ...] = SHRINKS,
) -> Iterator[Polygon]:  # fmt: skip
    """Rectangles in rows that fit into the ground, shortened where they would stick out."""
    middle = ground.centroid
    level = rotate(ground, -math.degrees(angle), origin=middle)
    shapely.prepare(level)
    west, lower, east, upper = level.bounds
    y = lower + depth / 2 + rng.uniform(0, 3)
    while y + depth / 2 <= upper:
        x = west + rng.uniform(0, 4)
        while x + lengths[0] * shrinks[-1] < east:
            length = rng.choice(lengths)
            for share in shrinks:
                shape = shapely.box(x, y - depth / 2, x + length * share, y + depth / 2)
                if level.contains(shape):
                    yield rotate(shape, math.degrees(angle), origin=middle)
                    x += length * share + rng.uniform(*aside)
                    break
            else:
                x += 5
        y += depth + gap


def ring(
    ground: Polygon, widths: tuple[float, float], depths: tuple[float, float], gaps: tuple[float, ...], rng: Random
) -> Iterator[Polygon]:
    """Rectangles along the outline of the ground, their fronts on it."""
    coords = list(ground.simplify(1.2).exterior.coords)
    inward = 1 if shapely.is_ccw(shapely.LinearRing(coords)) else -1
    for (x0, y0), (x1, y1) in pairwise(coords):
        side, angle = math.dist((x0, y0), (x1, y1)), math.atan2(y1 - y0, x1 - x0)
        at = 0.6
        while at + widths[0] * 0.8 < side:
            width, depth = min(rng.uniform(*widths), side - at - 0.6), rng.uniform(*depths)
            t, s = at + width / 2, inward * (depth / 2 + 0.3)
            center = (x0 + t * math.cos(angle) - s * math.sin(angle), y0 + t * math.sin(angle) + s * math.cos(angle))
            yield box(center, width, depth, angle)
            at += width + rng.choice(gaps)


def sides(shape: Polygon) -> tuple[Spot, Spot, Spot]:
    """A corner of a rectangle, and the vectors along its longer and its shorter side."""
    a, b, c, d = list(shape.minimum_rotated_rectangle.exterior.coords)[:4]
    if math.dist(a, b) < math.dist(b, c):
        a, b, d = b, c, a
    return (a[0], a[1]), (b[0] - a[0], b[1] - a[1]), (d[0] - a[0], d[1] - a[1])


def at(frame: tuple[Spot, Spot, Spot], s: float, t: float) -> Spot:
    """The point at shares s and t of the sides of a rectangle."""
    corner, u, v = frame
    return corner[0] + u[0] * s + v[0] * t, corner[1] + u[1] * s + v[1] * t


def quarter(frame: tuple[Spot, Spot, Spot], s0: float, t0: float, s1: float, t1: float) -> Polygon:
    """A part of a rectangle, by shares of its sides."""
    return Polygon([at(frame, s0, t0), at(frame, s1, t0), at(frame, s1, t1), at(frame, s0, t1)])


def largest(shape: shapely.Geometry) -> Polygon:
    """The largest polygon of a shape."""
    return max(polygons(shape), key=lambda part: part.area)


def notch(shape: Polygon, rng: Random) -> Polygon:
    """A slab with stairwells standing out on its north side and bays on its south, or as it is."""
    frame = sides(shape)
    length, depth = math.hypot(*frame[1]), math.hypot(*frame[2])
    if length < 26 or rng.random() < 0.25:
        return shape
    count = max(2, round(length / 18))
    half, out = 2.2 / length, 1.8 / depth
    north = 1.0 if at(frame, 0, 1)[1] > at(frame, 0, 0)[1] else 0.0
    wells = [
        quarter(frame, (i + 0.5) / count - half, north - out, (i + 0.5) / count + half, north + out)
        for i in range(count)
    ]
    bays = [quarter(frame, i / count - half, north - out, i / count + half, north + out) for i in range(1, count)]
    whole = shapely.union_all([shape, *wells])
    return largest(whole if rng.random() < 0.5 else whole.difference(shapely.union_all(bays)))


def bitten(shape: Polygon, rng: Random) -> Polygon:
    """A rectangle with a yard or a corner taken out."""
    frame = sides(shape)
    from_s, to_s = rng.choice(((0.55, 1.05), (0.3, 0.7), (-0.05, 0.4)))
    return largest(shape.difference(quarter(frame, from_s, 0.45, to_s, 1.3)))


def cross(shape: Polygon, rng: Random) -> Polygon:
    """A tower: a cross, a butterfly, an octagon or a square."""
    frame, kind = sides(shape), rng.randrange(4)
    if kind == 0:
        cut = rng.uniform(0.18, 0.3)
        corners = [quarter(frame, s, t, s + cut, t + cut) for s in (0, 1 - cut) for t in (0, 1 - cut)]
        return largest(shape.difference(shapely.union_all(corners)))
    if kind == 1:
        return largest(shape.difference(quarter(frame, 0.38, 0.7, 0.62, 1.1)).difference(
            quarter(frame, 0.42, -0.1, 0.58, 0.22)))  # fmt: skip
    if kind == 2:
        c = rng.uniform(0.18, 0.29)
        return Polygon([at(frame, s, t) for s, t in (
            (c, 0), (1 - c, 0), (1, c), (1, 1 - c), (1 - c, 1), (c, 1), (0, 1 - c), (0, c))])  # fmt: skip
    return shape


def hollow(shape: Polygon, wall: float) -> Polygon:
    """A building round a court."""
    inside = shape.buffer(-wall, join_style="mitre")
    return largest(shape.difference(inside)) if inside.area > 40 else shape


def comb(shape: Polygon, wings: int) -> Polygon:
    """A block with wings to one side: schools, hospitals, old works."""
    frame, step = sides(shape), 1 / (2 * wings - 1)
    yards = [quarter(frame, step * (2 * i + 1), 0.4, step * (2 * i + 2), 1.2) for i in range(wings - 1)]
    return largest(shape.difference(shapely.union_all(yards)))


def oval(center: Point, along: float, across: float, angle: float) -> Polygon:
    """A round hall or a stadium."""
    turned = (2 * math.pi * step / 48 for step in range(48))
    return rotate(
        Polygon([(center.x + along / 2 * math.cos(t), center.y + across / 2 * math.sin(t)) for t in turned]),
        math.degrees(angle),
        origin=center,
    )
