"""The spatial questions, with no HTTP in them: what is nearest, what lies around, which side of a street is this.

Rows come in as querysets that are already narrowed to what the asker may see. Every question goes by the index of the
stored ``shape`` (EPSG:3857) and answers in metres on the ellipsoid: a map metre is not a metre, yet near one point it
is always the same part of one, so that its order is the true order but for ties.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from struct import pack
from typing import Any

from django.contrib.gis.db.backends.postgis.adapter import PostGISAdapter
from django.contrib.gis.db.models import Extent, GeometryField, PointField
from django.contrib.gis.geos import GEOSGeometry, LineString, Point, Polygon
from django.db.models import BooleanField, F, FloatField, Func, QuerySet, Value

from gis.errors import Invalid
from gis.models.located import STORED, TILES
from gis.prepared import Given, Read

RADIUS_M = 6378137.0
EDGE = 85.05
BATCH = 64
MOST = 4096
"""Rows looked at for one answer at most; who filters away more than that is told that there is more."""
NORTH = ("北", "东北", "东", "东南", "南", "西南", "西", "西北")
NORTH_EN = ("north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west")

Rows = QuerySet[Any]
Where = Point | Given
"""A point of degrees, or what says at each asking of a prepared statement which point it is."""


@dataclass(frozen=True, slots=True)
class Box:
    """Degrees: west, south, east, north; never across the date line."""

    west: float
    south: float
    east: float
    north: float

    def __post_init__(self) -> None:
        if not (-180 <= self.west <= self.east <= 180 and -90 <= self.south <= self.north <= 90):
            raise Invalid(
                "bbox 应为 西,南,东,北（度，西<=东，南<=北） / bbox is west,south,east,north in degrees, in this order"
            )

    @property
    def mercator(self) -> Polygon:
        """The same in EPSG:3857."""
        (west, south), (east, north) = mercator(self.west, self.south), mercator(self.east, self.north)
        box = Polygon.from_bbox((west, south, east, north))
        box.srid = TILES
        return box


class Metres(Func):
    """True distance between two geometries of degrees."""

    template = "ST_Distance(%(expressions)s)"
    arg_joiner = "::geography, "
    output_field = FloatField()

    def as_sql(self, *args: Any, **kwargs: Any) -> Any:
        """Return the distance, the point as geography too."""
        sql, parameters = super().as_sql(*args, **kwargs)
        return f"{sql[:-1]}::geography)", parameters


class Apart(Func):
    """Map metres between a shape and a point, in the form that the index answers in order."""

    template = "(%(expressions)s)"
    arg_joiner = " <-> "
    output_field = FloatField()


class Touches(Func):
    """Whether the boxes of two shapes meet, by the index."""

    template = "(%(expressions)s)"
    arg_joiner = " && "
    output_field = BooleanField()


class Among(Func):
    """Whether a value is one of an array."""

    template = "%(expressions)s)"
    arg_joiner = " = ANY("
    output_field = BooleanField()


class Pin(Func):
    """A point certainly on the geometry."""

    function = "ST_PointOnSurface"
    output_field = PointField(srid=STORED)


def constant(shape: GEOSGeometry | Given) -> Value | Given:
    """A geometry as SQL takes it beside a column."""
    return shape if isinstance(shape, Given) else Value(shape, output_field=GeometryField(srid=shape.srid or STORED))


Corners = tuple[float, ...]
"""Of a shape on the map: x and y of a point, or of both ends of a line."""


class Drawn(PostGISAdapter):
    """A shape on the map as PostGIS reads it: GEOS takes longer to make one than PostgreSQL to find what is there."""

    def __init__(self, corners: Corners) -> None:
        self.is_geometry, self.geography, self.srid = True, False, TILES
        self.ewkb = (POINT if len(corners) == 2 else LINE) + pack(f"<{len(corners)}d", *corners)


WITH_SRID = 0x20000000
POINT, LINE = pack("<BII", 1, 1 | WITH_SRID, TILES), pack("<BIII", 1, 2 | WITH_SRID, TILES, 2)


@dataclass(frozen=True, slots=True)
class Made:
    """What is made of a point that comes with an asking: two that make the same are equal, and it is made once."""

    read: Read
    make: Callable[[Point], Corners]

    def __call__(self, about: Any) -> Drawn:
        """Make it."""
        return Drawn(self.make(self.read(about)))


def made_of(where: Where, make: Callable[[Point], Corners]) -> Value | Given:
    """What is made of a point, on the map, as SQL takes it beside a column."""
    if isinstance(where, Given):
        return Given(Made(where.read, make), GeometryField(srid=TILES))
    corners = make(where)
    ends = corners[:2], corners[2:]
    return constant(LineString(*ends, srid=TILES) if ends[1] else Point(corners, srid=TILES))


def mercator(lon: float, lat: float) -> tuple[float, float]:
    """Degrees to metres of EPSG:3857; latitudes beyond its edge are taken to be on it."""
    held = math.radians(max(-EDGE, min(EDGE, lat)))
    return RADIUS_M * math.radians(lon), RADIUS_M * math.log(math.tan(math.pi / 4 + held / 2))


def degrees(x: float, y: float) -> tuple[float, float]:
    """Metres of EPSG:3857 to degrees."""
    return math.degrees(x / RADIUS_M), math.degrees(2 * math.atan(math.exp(y / RADIUS_M)) - math.pi / 2)


def on_map(point: Point) -> Point:
    """A point of degrees in EPSG:3857."""
    return Point(spot(point), srid=TILES)


def spot(point: Point) -> Corners:
    """Its corners: the one."""
    return mercator(point.x, point.y)


def stretch(lat: float) -> float:
    """Map metres to a metre at a latitude."""
    return 1 / math.cos(math.radians(max(-EDGE, min(EDGE, lat))))


def inside(rows: Rows, box: Box) -> Rows:
    """Rows whose box meets the box."""
    return rows.filter(Touches(F("shape"), constant(box.mercator)))


def around(rows: Rows, point: Where, metres: float) -> Rows:
    """Rows within so many metres, with ``metres``, the nearest first."""
    box = made_of(point, About(metres))
    near: Rows = rows.filter(Touches(F("shape"), box)).annotate(metres=Metres(F("geom"), constant(point)))
    return near.filter(metres__lte=metres).order_by("metres", "pk")


@dataclass(frozen=True, slots=True)
class About:
    """What has the box on the map that certainly holds all within so many metres: a line from corner to corner."""

    metres: float

    def __call__(self, point: Point) -> Corners:
        """Reckon its ends."""
        lon, lat = point.x, point.y
        reach = self.metres * stretch(lat) * 1.01 + 1  # the ellipsoid is not the sphere of the map
        x, y = mercator(lon, lat)
        return x - reach, y - reach, x + reach, y + reach


def nearest(
    rows: Rows, point: Point, names: tuple[str, ...], limit: int, keep: Callable[[dict[str, Any]], bool] | None = None
) -> tuple[list[dict[str, Any]], bool]:
    """The nearest ``limit`` rows as dicts of ``names``, ``pin`` and ``metres``, and whether there may be more.

    ``keep`` decides in Python what SQL cannot (open at this hour): rows come in order from the index, some more at a
    time, until enough are kept or ``MOST`` were looked at.
    """
    ordered = rows.annotate(apart=Apart(F("shape"), constant(on_map(point)))).order_by("apart", "pk")
    told = ordered.annotate(pin=Pin("geom"), metres=Metres(F("geom"), constant(point))).values(*names, "pin", "metres")
    kept, more = _kept(told, limit, keep)
    kept.sort(key=lambda row: (row["metres"], row["pk"]))
    return kept[:limit], more


def listed(
    rows: Rows, names: tuple[str, ...], limit: int, keep: Callable[[dict[str, Any]], bool] | None = None
) -> tuple[list[dict[str, Any]], bool]:
    """The first ``limit`` rows in the order given, as ``nearest`` tells them but without a distance."""
    told = rows.annotate(pin=Pin("geom"), metres=Value(None, output_field=FloatField()))
    kept, more = _kept(told.values(*names, "pin", "metres"), limit, keep)
    return kept[:limit], more


def _kept(rows: Any, limit: int, keep: Callable[[dict[str, Any]], bool] | None) -> tuple[list[dict[str, Any]], bool]:
    """The first rows that are kept, one more than ``limit`` at most, and whether there may be more: there is one, or
    ``MOST`` were looked at."""
    kept: list[dict[str, Any]] = []
    start, size = 0, BATCH if keep else limit + 1
    while start < MOST:
        batch = list(rows[start : start + size])
        kept += (row for row in batch if keep is None or keep(row))
        if len(kept) > limit:
            return kept[: limit + 1], True
        if len(batch) < size:
            return kept, False
        start += size
        size = min(size * 4, MOST - start)
    return kept, True


def extent(rows: Rows) -> tuple[float, float, float, float] | None:
    """West, south, east, north in degrees."""
    box: tuple[float, float, float, float] | None = rows.aggregate(box=Extent("geom"))["box"]
    return box


def on_day(rows: Rows, day: date) -> Rows:
    """Rows with a validity that hold on a day."""
    return rows.filter(valid__contains=day)


@dataclass(frozen=True, slots=True)
class Foot:
    """Where a point stands beside a line: "left" or "right" seen along it, "" on the line itself; the way out to that
    side as an eighth of the compass, 0 north, 2 east; metres along it; and whether it lies before or past its ends."""

    side: str
    way: int
    metre: float
    beyond: bool


def foot(line: LineString, point: Point, length_m: float) -> Foot:
    """Return where a point stands beside a line of ``length_m`` metres, by the nearest of its pieces."""
    x, y = _plane(line, point)
    best = (math.inf, 0.0, 1.0, 0.0, 0.0, False)
    walked, last = 0.0, len(x) - 2
    for n, ((ax, ay), (bx, by)) in enumerate(pairwise(zip(x, y, strict=True))):
        dx, dy = bx - ax, by - ay
        piece = math.hypot(dx, dy)
        if piece == 0:
            continue
        free = -(ax * dx + ay * dy) / piece**2
        t = max(0.0, min(1.0, free))
        away = math.hypot(ax + t * dx, ay + t * dy)
        if away < best[0]:
            past = (n == 0 and free < 0) or (n == last and free > 1)
            best = (away, dx, dy, dx * (0 - ay) - dy * (0 - ax), walked + t * piece, past)
        walked += piece
    _, dx, dy, cross, metre, past = best
    side = "" if abs(cross) < 0.5 * math.hypot(dx, dy) else "left" if cross > 0 else "right"
    out = (-dy, dx) if side != "right" else (dy, -dx)
    way = round(math.degrees(math.atan2(out[0], out[1])) / 45) % 8
    return Foot(side, way, metre / walked * length_m if walked else 0.0, past)


def _plane(line: LineString, point: Point) -> tuple[list[float], list[float]]:
    """The line in metres east and north of the point, good for the length of a street."""
    scale = math.pi * RADIUS_M / 180
    narrow = math.cos(math.radians(point.y))
    spots = list(line.coords)
    return [(spot[0] - point.x) * scale * narrow for spot in spots], [(spot[1] - point.y) * scale for spot in spots]
