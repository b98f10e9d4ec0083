"""The picture of a place for a chat's preview: ground, water, footprints and roads in the layers' own paint, and a pin.

Drawn from our own rows as anyone may see them, without a word in it (no font is ours to ship). The work is bounded: so
many rows a layer, one picture at a time, few who wait for theirs, and a picture once drawn is kept until one of its
tables changes.
"""

from __future__ import annotations

import io
import math
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from threading import BoundedSemaphore, Lock
from typing import Any

import shapely
from cachetools import LRUCache
from django.contrib.gis.geos import Polygon
from django.db.models import BinaryField, F, Func, Value
from PIL import Image, ImageDraw

from gis.errors import TooMany
from gis.queries import RADIUS_M, Touches, constant, mercator
from layers import registry
from layers.layer import Layer
from layers.scope import RESIDENT
from layers.style import Class, Paint, Stops
from tiles.pool import Busy
from tiles.server import application

WIDTH, HEIGHT = 1200, 630
FINE = 2  # drawn so many times larger, then made smaller: that smooths the edges
PAPER = "#f6f3ec"
ACCENT = "#c2410c"
ZOOM = 16.4
ROOM = 1.35
MOST = 6000
"""Rows of a layer in one picture, the most important first."""
KEPT_BYTES = 24 * 2**20
COLORS = 160

_kept: LRUCache[Hashable, bytes] = LRUCache(KEPT_BYTES, getsizeof=len)
_keeping, _drawing = Lock(), Lock()
WAITING = 4  # of the 32 threads that answer; the rest of the site needs the others
_places = BoundedSemaphore(WAITING)

Pixels = list[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class View:
    """The middle in metres of EPSG:3857, and how many of them a pixel of the finished picture is."""

    x: float
    y: float
    metres: float

    @property
    def zoom(self) -> float:
        """The web map's zoom at which a pixel is as large."""
        return math.log2(2 * math.pi * RADIUS_M / 256 / self.metres)

    @property
    def box(self) -> Polygon:
        """What is seen, and a little more."""
        across, down = self.metres * WIDTH * 0.52, self.metres * HEIGHT * 0.52
        box = Polygon.from_bbox((self.x - across, self.y - down, self.x + across, self.y + down))
        box.srid = 3857
        return box

    def pixels(self, line: Any) -> Pixels:
        """The corners of a line or ring on the large canvas."""
        spots = shapely.get_coordinates(line)
        spots[:, 0] = ((spots[:, 0] - self.x) / self.metres + WIDTH / 2) * FINE
        spots[:, 1] = (HEIGHT / 2 - (spots[:, 1] - self.y) / self.metres) * FINE
        return [(x, y) for x, y in spots.tolist()]


def of(place: dict[str, Any]) -> bytes:
    """Return the PNG of a place that ``places.place`` found for residents; TooMany when others wait for theirs."""
    layer = registry.get(place["layer"], RESIDENT)
    grounds = [one for one in registry.visible(RESIDENT) if one.group == "base"]
    key = (layer.id, place["id"], _generation((*grounds, layer)))
    if made := kept(key):
        return made
    if not _places.acquire(blocking=False):
        raise TooMany("正在绘图的人多，请稍后再试 / Several pictures are being drawn; try again in a moment")
    try:
        with _drawing:
            made = kept(key) or draw(layer, place, grounds)
        with _keeping:
            _kept[key] = made
        return made
    finally:
        _places.release()


def kept(key: tuple[Hashable, ...]) -> bytes | None:
    """A picture drawn before, while its tables are as they were."""
    with _keeping:
        return _kept.get(key) if key[-1] is not None else None


def _generation(layers: tuple[Layer, ...]) -> Hashable:
    """Return how new the tables are; None (never kept for long) when that cannot be asked now."""
    tables = tuple(sorted({layer.model._meta.db_table for layer in layers}))
    try:
        return application.supply.generations.generation(tables)
    except Busy:
        return None


def draw(layer: Layer, place: dict[str, Any], grounds: list[Layer]) -> bytes:
    """Draw the picture."""
    shape = layer.rows_for(RESIDENT).filter(pk=place["id"]).values_list(layer.shape, flat=True).get()
    view = looking_at(shape.extent, place)
    image = Image.new("RGB", (WIDTH * FINE, HEIGHT * FINE), PAPER)
    for ground in grounds:
        Brush(image, view).layer(ground)
    brush = Brush(image, view)
    brush.subject(shapely.from_wkb(bytes(shape.wkb)))
    brush.pin(*mercator(place["lon"], place["lat"]))
    small = image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS).quantize(COLORS, Image.Quantize.FASTOCTREE)
    done = io.BytesIO()
    small.save(done, "PNG")
    return done.getvalue()


def looking_at(extent: tuple[float, float, float, float], place: dict[str, Any]) -> View:
    """The view that holds the whole of a shape, not nearer than ``ZOOM``."""
    west, south, east, north = extent
    least = 2 * math.pi * RADIUS_M / 256 / 2**ZOOM
    metres = max(least, (east - west) * ROOM / WIDTH, (north - south) * ROOM / HEIGHT)
    if metres == least:
        return View(*mercator(place["lon"], place["lat"]), metres)
    return View((west + east) / 2, (south + north) / 2, metres)


@dataclass(frozen=True, slots=True)
class Brush:
    """Paints on a canvas what a view shows."""

    image: Image.Image
    view: View

    def layer(self, layer: Layer) -> None:
        """All rows of a layer, class by class, the casings of lines below their fillings."""
        if self.view.zoom < layer.min_zoom:
            return
        shapes = [(row, shapely.from_wkb(bytes(wkb))) for row, wkb in self.rows(layer) if row and wkb]
        in_order = [(row, shape) for row in layer.style.classes for at, shape in shapes if at is row]
        if layer.style.kind != "line":
            for row, shape in in_order:
                self.surface(shape, row.paint)
            return
        for casing in (True, False):
            for row, shape in in_order:
                self.line(shape, row.paint, casing)

    def rows(self, layer: Layer) -> Iterator[tuple[Class | None, bytes | None]]:
        """The class and the shape (WKB, cut to the view) of each row."""
        box = self.view.box
        plain = Func(
            F(layer.shape),
            Value(self.view.metres / 2),
            function="ST_Simplify",
            template="%(function)s(%(expressions)s, true)",
        )
        cut = Func(plain, constant(box), function="ST_ClipByBox2D")
        wkb = Func(cut, function="ST_AsBinary", output_field=BinaryField())
        rows = layer.rows_at(RESIDENT, int(self.view.zoom)).filter(Touches(F(layer.shape), constant(box)))
        by = (layer.style.by,) if layer.style.by else ()
        for row in rows.annotate(drawn=wkb).order_by(*layer.order).values("drawn", *by)[:MOST]:
            yield painted(layer, row.get(layer.style.by)), row["drawn"]

    def surface(self, shape: Any, paint: Paint) -> None:
        """Polygons with their holes; what is no polygon is drawn as a line of the edge's colour."""
        pen = ImageDraw.Draw(self.image)
        for part in shapely.get_parts(shape):
            if part.geom_type != "Polygon":
                self.line(part, paint, casing=False)
                continue
            outer = self.view.pixels(part.exterior)
            if len(outer) < 3 or not paint.fill:
                continue
            if part.interiors:
                self._with_holes(part, paint.fill)
            else:
                pen.polygon(outer, fill=paint.fill)
            if paint.stroke:
                pen.line(outer, fill=paint.stroke, width=self.size(paint.width))

    def _with_holes(self, part: Any, fill: str) -> None:
        rings = [self.view.pixels(ring) for ring in (part.exterior, *part.interiors)]
        left, top = (max(0, math.floor(min(spot[axis] for spot in rings[0]))) for axis in (0, 1))
        right, bottom = (
            min(size, math.ceil(max(spot[axis] for spot in rings[0])))
            for axis, size in ((0, self.image.width), (1, self.image.height))
        )
        if right <= left or bottom <= top:
            return
        mask = Image.new("1", (right - left, bottom - top))
        pen = ImageDraw.Draw(mask)
        for number, ring in enumerate(rings):
            pen.polygon([(x - left, y - top) for x, y in ring], fill=0 if number else 1)
        self.image.paste(fill, (left, top, right, bottom), mask)

    def line(self, shape: Any, paint: Paint, casing: bool) -> None:
        """Lines, or the edge under them."""
        color = paint.casing if casing else paint.stroke
        if not color:
            return
        width = self.size(paint.width, 2 * paint.casing_px if casing else 0)
        pen = ImageDraw.Draw(self.image)
        for part in shapely.get_parts(shape):
            if part.geom_type == "LineString" and len(spots := self.view.pixels(part)) > 1:
                pen.line(spots, fill=color, width=width, joint="curve")

    def subject(self, shape: Any) -> None:
        """The place itself, when it is more than a point."""
        pen = ImageDraw.Draw(self.image)
        for part in shapely.get_parts(shape):
            if part.geom_type != "Point":
                ring = part.exterior if part.geom_type == "Polygon" else part
                pen.line(self.view.pixels(ring), fill=ACCENT, width=4 * FINE, joint="curve")

    def pin(self, x: float, y: float) -> None:
        """A pin whose tip is at the place."""
        [(tip_x, tip_y)] = self.view.pixels(shapely.Point(x, y))
        pen, r = ImageDraw.Draw(self.image), 22 * FINE
        for size, color in ((r + 3 * FINE, "#ffffff"), (r, ACCENT)):
            middle = tip_y - r * 2.1
            pen.polygon([(tip_x - size * 0.9, middle + size * 0.5), (tip_x + size * 0.9, middle + size * 0.5),
                         (tip_x, tip_y + (size - r))], fill=color)  # fmt: skip
            pen.ellipse((tip_x - size, middle - size, tip_x + size, middle + size), fill=color)
        pen.ellipse((tip_x - r * 0.4, tip_y - r * 2.5, tip_x + r * 0.4, tip_y - r * 1.7), fill="#ffffff")

    def size(self, stops: Stops, more: float = 0.0) -> int:
        """Pixels of the large canvas for a size at this zoom."""
        return max(1, round((at_zoom(stops, self.view.zoom) + more) * FINE))


def painted(layer: Layer, value: Any) -> Class | None:
    """The class of a value; the one without values takes what no other has."""
    style = layer.style
    named = next((row for row in style.classes if value in row.values), None) if style.by else None
    return named or next((row for row in style.classes if not row.values), None)


def at_zoom(stops: Stops, zoom: float) -> float:
    """A size at a zoom, straight between its stops."""
    if not isinstance(stops, tuple):
        return stops
    below = [stop for stop in stops if stop[0] <= zoom] or [stops[0]]
    above = [stop for stop in stops if stop[0] > zoom] or [stops[-1]]
    (low, small), (high, large) = below[-1], above[0]
    return small if high <= low else small + (large - small) * (zoom - low) / (high - low)
