"""The drawing board: metres east and north of an origin, laid on the ellipsoid of CGCS2000 only when written out."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random
from typing import Any, TypeAlias, TypeVar, cast

import numpy as np
import shapely
from shapely import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry

Spot: TypeAlias = tuple[float, float]
Shapes = TypeVar("Shapes", BaseGeometry, np.ndarray[Any, Any])

# Open water of a large lake: whoever lays the town over a real map sees at once that it is invented.
ORIGIN = (120.03, 31.27)
AXIS_M, FLATTENING = 6378137.0, 1 / 298.257222101
GRID_M = 0.1  # every line is noded on this raster, so that neighbours share their vertices exactly


@dataclass(frozen=True, slots=True)
class Thing:
    """One feature to be: its source id, its shape in metres on the board, its properties by column name."""

    id: str
    shape: BaseGeometry
    properties: dict[str, Any] = field(default_factory=dict)


def _degree() -> Spot:
    """Metres in a degree of longitude and of latitude at the origin."""
    sine = math.sin(math.radians(ORIGIN[1]))
    e2 = FLATTENING * (2 - FLATTENING)
    bent = 1 - e2 * sine * sine
    north = AXIS_M * (1 - e2) / bent**1.5
    east = AXIS_M / math.sqrt(bent) * math.cos(math.radians(ORIGIN[1]))
    return math.radians(east), math.radians(north)


def on_earth(shape: Shapes) -> Shapes:
    """The shape, or each of an array, in degrees of EPSG:4490, lon/lat, to a centimetre; heights stay as they are."""
    east, north = _degree()

    def place(board: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        laid = board.copy()
        laid[:, 0] = np.round(ORIGIN[0] + board[:, 0] / east, 7)
        laid[:, 1] = np.round(ORIGIN[1] + board[:, 1] / north, 7)
        return laid

    return cast(Shapes, shapely.transform(shape, place, include_z=bool(np.any(shapely.has_z(shape)))))


def curve(spots: Iterable[Spot], steps: int = 8) -> LineString:
    """A smooth line through the spots (Catmull-Rom)."""
    given = [np.array(spot, dtype=float) for spot in spots]
    ends = [2 * given[0] - given[1], *given, 2 * given[-1] - given[-2]]
    path = [given[0]]
    for a, b, c, d in zip(ends, ends[1:], ends[2:], ends[3:], strict=False):
        for t in np.linspace(0, 1, steps + 1)[1:]:
            path.append(
                0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
            )
    return LineString(path).simplify(0.4)


def shore(middle: Spot, reach: Spot, rng: Random, rough: tuple[float, float]) -> Polygon:
    """A closed line as water leaves it: some bays, many coves, each so rough."""
    turns = np.linspace(0, 2 * math.pi, 24 + min(336, int(sum(reach) / 40)), endpoint=False)
    far = np.ones_like(turns)
    for wave in range(2, 30):
        size = rough[0] * 3 / (wave + 1) if wave < 8 else rough[1] / math.sqrt(wave / 8)
        far += size * rng.uniform(0.3, 1.0) * np.cos(wave * turns + rng.uniform(0, 2 * math.pi))
    spots = np.column_stack((middle[0] + reach[0] * far * np.cos(turns), middle[1] + reach[1] * far * np.sin(turns)))
    return Polygon(spots).buffer(0)


def box(center: Spot, along: float, across: float, angle: float) -> Polygon:
    """A rectangle whose first side runs at `angle` (radians from east)."""
    u = np.array((math.cos(angle), math.sin(angle))) * along / 2
    v = np.array((-math.sin(angle), math.cos(angle))) * across / 2
    c = np.array(center)
    return Polygon([c - u - v, c + u - v, c + u + v, c - u + v])


def heading(line: LineString) -> float:
    """The angle of a line from its first point to its last, radians from east."""
    (x0, y0), (x1, y1) = line.coords[0][:2], line.coords[-1][:2]
    return math.atan2(y1 - y0, x1 - x0)


def long_axis(shape: Polygon) -> tuple[float, float, float]:
    """The angle of the longer side of the smallest box around a shape, within ±90°, and both its sides in metres."""
    corners = list(shape.minimum_rotated_rectangle.exterior.coords)
    sides = [LineString(pair) for pair in pairwise(corners[:3])]
    sides.sort(key=lambda side: side.length)
    angle = heading(sides[1])
    return (angle + math.pi / 2) % math.pi - math.pi / 2, sides[1].length, sides[0].length


def polygons(shape: BaseGeometry, smallest: float = 0.0) -> list[Polygon]:
    """The polygons of a shape that are larger than `smallest` square metres."""
    return [part for part in shapely.get_parts(shape) if isinstance(part, Polygon) and part.area > smallest]


def lines(shape: BaseGeometry, shortest: float = 0.0) -> list[LineString]:
    """The lines of a shape that are longer than `shortest` metres."""
    return [part for part in shapely.get_parts(shape) if isinstance(part, LineString) and part.length > shortest]


def side_of(line: LineString, spot: Point) -> str:
    """ "left" or "right" of a line seen from its first point."""
    at = line.project(spot)
    a, b = line.interpolate(max(at - 1, 0)), line.interpolate(min(at + 1, line.length))
    cross = (b.x - a.x) * (spot.y - a.y) - (b.y - a.y) * (spot.x - a.x)
    return "left" if cross > 0 else "right"
