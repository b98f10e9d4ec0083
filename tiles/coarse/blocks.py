"""Dissolving: surfaces are painted on a grid of less than a pixel and the stains traced, which is quicker than joining
polygons by a factor of five, never fails, and leaves out what no screen shows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from itertools import groupby
from typing import Any

import numpy as np
import shapely
from PIL import Image, ImageDraw
from rasterio.features import shapes as stains

from tiles.coarse.classes import class_of, painted
from tiles.coarse.store import Piece, Place, base
from tiles.tile import side

GRID = 768  # parts of a tile's side: one and a half a CSS pixel
LARGEST = 1024  # parts; what is larger is a block by itself
SMALLEST_HOLE = 12  # square parts
SMOOTH = 0.75  # parts: the steps of a traced diagonal go, corners stay
ROWS = "cell, value::text, ST_AsBinary(shape)"

Part = tuple[shapely.Polygon, int]


def leaves(place: Place, only: Collection[int] | None) -> Iterator[Piece]:
    """Dissolve the rows of each cell."""
    rows = base(place, ROWS, only, "ORDER BY cell, id")
    known: dict[str, int] = {}  # a city has millions of rows and a handful of values
    for cell, found in groupby(rows, key=lambda row: int(row[0])):
        groups: dict[int, list[tuple[str, Any]]] = defaultdict(list)
        for _, text, shape in found:
            if text not in known:
                known[text] = class_of(place.layer.style, text)
            groups[known[text]].append((text, bytes(shape)))
        numbered = {
            min(text for text, _ in group): (shapely.from_wkb([wkb for _, wkb in group]), [1] * len(group))
            for _, group in sorted(groups.items())
        }
        yield from _pieces(place, cell, numbered)


def merge(place: Place, cell: int, below: list[Piece]) -> Iterator[Piece]:
    """Dissolve the blocks of the cells that lie in one."""
    groups: dict[int, list[Piece]] = defaultdict(list)
    for piece in below:
        groups[class_of(place.layer.style, next(iter(piece.tally)))].append(piece)
    numbered = {
        min(text for piece in group for text in piece.tally): (
            np.array([piece.shape for piece in group], dtype=object), [piece.number for piece in group],
        )
        for _, group in sorted(groups.items())
    }  # fmt: skip
    yield from _pieces(place, cell, numbered)


def _pieces(place: Place, cell: int, numbered: dict[str, tuple[Any, list[int]]]) -> Iterator[Piece]:
    step = side(place.zoom) / GRID
    part = 0
    for text, (shapes, numbers) in numbered.items():
        for shape, number in dissolved(shapes, numbers, step):
            yield Piece(cell, part, number, shape, painted(place.layer.style, text), {text: number})
            part += 1


def dissolved(shapes: Any, numbers: Iterable[int], step: float) -> list[Part]:
    """Join surfaces that lie within about one ``step`` (metres), and say how many each block stands for."""
    polygons, of = shapely.get_parts(shapes, return_index=True)
    counted = np.zeros(len(polygons), dtype=int)
    counted[np.unique(of, return_index=True)[1]] = list(numbers)
    bounds = shapely.bounds(polygons)
    large = np.maximum(bounds[:, 2] - bounds[:, 0], bounds[:, 3] - bounds[:, 1]) > LARGEST * step
    alone = list(zip(shapely.simplify(polygons[large], SMOOTH * step), counted[large].tolist(), strict=True))
    return [*_stained(polygons[~large], counted[~large], step), *alone]


def _stained(polygons: Any, counted: Any, step: float) -> list[Part]:
    if not len(polygons):
        return []
    polygons, order = _largest_first(polygons)
    counted = counted[order]
    bounds = shapely.bounds(polygons)
    origin = np.floor(bounds[:, :2].min(axis=0) / step) - 1
    width, height = (np.ceil(bounds[:, 2:].max(axis=0) / step) - origin + 2).astype(int)
    image = Image.new("L", (int(width), int(height)))
    firsts = _paint(ImageDraw.Draw(image), polygons, origin, step)
    grid = np.asarray(image)
    traced = [_polygon(stain["coordinates"]) for stain, _ in stains(grid, mask=grid > 0, connectivity=4)]
    parts = np.array(traced, dtype=object)
    owners = shapely.STRtree(parts).nearest(shapely.points(np.floor(firsts) + 0.5))
    numbers = np.bincount(owners, weights=counted, minlength=len(parts)).astype(int)
    smooth = shapely.transform(shapely.simplify(parts, SMOOTH), lambda at: (at + origin) * step)
    # A stain that is nobody's is a crumb of a diagonal; a second part of a house is its own, though it counts nothing.
    return [(smooth[owner], int(numbers[owner])) for owner in np.unique(owners)]


def _largest_first(polygons: Any) -> tuple[Any, Any]:
    """So that what stands in the hole of another is painted after the hole."""
    order = np.argsort(-shapely.area(polygons), kind="stable")
    return polygons[order], order


def _paint(draw: ImageDraw.ImageDraw, polygons: Any, origin: Any, step: float) -> Any:
    """Paint; returns a painted place of each polygon."""
    rings, owners = shapely.get_rings(polygons, return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    places = points / step - origin
    starts = np.searchsorted(ring, np.arange(len(rings)))
    outer = np.r_[True, owners[1:] != owners[:-1]]
    holes = shapely.area(shapely.polygons(rings)) >= SMALLEST_HOLE * step**2
    for index, line in enumerate(np.split(places, starts[1:])):
        if outer[index]:
            draw.polygon(line.ravel().tolist(), fill=1, outline=1)
        elif holes[index]:
            draw.polygon(line.ravel().tolist(), fill=0, outline=1)
    return places[starts[outer]]


def _polygon(rings: Any) -> shapely.Polygon:
    outer, *holes = rings
    return shapely.Polygon(outer, [hole for hole in holes if shapely.Polygon(hole).area >= SMALLEST_HOLE])
