"""Where one looks before and after: codes that links lead to, and every tile of the town."""

import re
from collections.abc import Iterator
from typing import Any

import psycopg

from bench.scale.map import Place

ZOOMS = range(8, 18)
LINKED = ["spatial_segment", "spatial_grid", "spatial_area", "spatial_building", "spatial_facility", "spatial_fence"]
CODED = "SELECT table_name::text FROM information_schema.columns WHERE column_name = 'code' AND table_name = ANY(%s)"
SOME = "SELECT code FROM {} WHERE code <> '' ORDER BY id LIMIT 8"
EXTENT = """SELECT ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e)
  FROM (SELECT ST_Extent(geom) AS e FROM spatial_building) AS x"""
Line = psycopg.Connection[tuple[Any, ...]]


def codes(line: Line) -> list[str]:
    """Some codes of every table that links lead to."""
    tables = [table for (table,) in line.execute(CODED, [LINKED])]
    return [code for table in tables for (code,) in line.execute(SOME.format(table))]


def extent(line: Line) -> tuple[float, ...]:
    """West, south, east and north of the buildings, in degrees."""
    return line.execute(EXTENT).fetchone() or ()


def tiles(layers: str, degrees: tuple[float, ...]) -> Iterator[str]:
    """Every tile of the town with some layers."""
    west, south, east, north = degrees
    for zoom in ZOOMS:
        (left, top), (right, bottom) = cell(zoom, west, north), cell(zoom, east, south)
        for x in range(left, right + 1):
            for y in range(top, bottom + 1):
                yield f"/tiles/{layers}/{zoom}/{x}/{y}.mvt"


def cell(zoom: int, lon: float, lat: float) -> tuple[int, int]:
    """The column and row of the tile that holds a point."""
    x, y = re.findall(r"\d+", Place(0, lon, lat).path(zoom))[1:]
    return int(x), int(y)
