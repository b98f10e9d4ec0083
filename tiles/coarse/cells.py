"""Cells: tiles of a deeper zoom, as one number, column · 2³² + row. A row is in the cell of the middle of its box."""

from __future__ import annotations

from collections.abc import Iterable
from math import floor

import shapely

from tiles.tile import HALF_WORLD_M, Box, side

_ROW = (1 << 32) - 1


def up(cell: int) -> int:
    """The cell of the next smaller zoom in which a cell lies."""
    return (cell >> 33) << 32 | (cell & _ROW) >> 1


def down(cell: int) -> list[int]:
    """The four cells that lie in one."""
    column, row = (cell >> 32) << 1, (cell & _ROW) << 1
    return [column + x << 32 | row + y for x in (0, 1) for y in (0, 1)]


def box(cell: int, zoom: int) -> Box:
    """West, south, east, north of a cell in metres of EPSG:3857."""
    length = side(zoom)
    west, north = (cell >> 32) * length - HALF_WORLD_M, HALF_WORLD_M - (cell & _ROW) * length
    return west, north - length, west + length, north


def square(cell: int, zoom: int) -> shapely.Polygon:
    """A cell as a surface."""
    return shapely.box(*box(cell, zoom))


def middle(cell: int, zoom: int) -> shapely.Point:
    """The middle of a cell: never on the edge of a tile that holds cells."""
    west, south, east, north = box(cell, zoom)
    return shapely.Point((west + east) / 2, (south + north) / 2)


def at(point: shapely.Point, zoom: int) -> int:
    """The cell that a point lies in."""
    return _place(point.x + HALF_WORLD_M, zoom) << 32 | _place(HALF_WORLD_M - point.y, zoom)


def touched(boxes: Iterable[Box], zoom: int, most: int) -> set[int] | None:
    """The cells that boxes lie in; None when they are more than ``most``."""
    found: set[int] = set()
    for west, south, east, north in boxes:
        columns = range(_place(west + HALF_WORLD_M, zoom), _place(east + HALF_WORLD_M, zoom) + 1)
        rows = range(_place(HALF_WORLD_M - north, zoom), _place(HALF_WORLD_M - south, zoom) + 1)
        if len(columns) * len(rows) > most:
            return None
        found.update(column << 32 | row for column in columns for row in rows)
        if len(found) > most:
            return None
    return found


def _place(metres: float, zoom: int) -> int:
    return floor(metres / side(zoom))


def key(shape: str, zoom: int) -> str:
    """SQL for the cell of a shape."""
    length, edge = f"{side(zoom)!r}::float8", f"{HALF_WORLD_M!r}::float8"
    column = f"floor(((ST_XMin({shape}) + ST_XMax({shape})) / 2 + {edge}) / {length})::bigint"
    row = f"floor(({edge} - (ST_YMin({shape}) + ST_YMax({shape})) / 2) / {length})::bigint"
    return f"({column} << 32 | {row})"
