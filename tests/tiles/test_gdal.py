"""GDAL, and with it QGIS and half the world's tools, reads from our tiles what PostGIS holds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest
import shapely
from django.contrib.gis.geos import LinearRing, MultiPolygon, Polygon
from django.db import connection

from gis.models import Building, Facility, Road
from tests.client import Answer
from tests.factories import SOUTH, STEP, WEST, dot, make, square, tile_at

ZOOM = 16
UNIT_M = 2 * 20037508.342789244 / 2**ZOOM / 4096
TABLES = {"buildings": "spatial_building", "roads": "spatial_road", "facilities": "spatial_facility"}
HELD = """
SELECT id, name, ST_AsBinary(ST_Intersection(ST_Transform(geom, 3857), ST_TileEnvelope(%s, %s, %s)))
FROM {} WHERE ST_Transform(geom, 3857) && ST_TileEnvelope(%s, %s, %s) ORDER BY id
"""
Read = dict[int, tuple[str, shapely.Geometry]]


def rows() -> None:
    """A tower with a courtyard, a house that the tile's edge cuts, one without a name, a street through, a toilet."""
    outer, inner = (WEST, SOUTH, WEST + 8 * STEP, SOUTH + 8 * STEP), (WEST + 2 * STEP, SOUTH + 2 * STEP)
    yard = LinearRing(*Polygon.from_bbox((*inner, WEST + 6 * STEP, SOUTH + 6 * STEP))[0].coords)
    make(
        Building,
        name="金茂大厦",
        height_m=420.5,
        geom=MultiPolygon(Polygon(Polygon.from_bbox(outer)[0], yard), srid=4490),
    )
    make(Building, name="环球金融中心", height_m=492, geom=square(WEST + 30 * STEP, SOUTH, 30 * STEP))
    make(Building, name="", height_m=None, geom=square(WEST + 12 * STEP))
    make(Road, name="世纪大道", rank=2)
    make(Facility, name="陆家嘴公厕", geom=dot(WEST + STEP, SOUTH + STEP))


def held(layer: str, place: tuple[int, ...]) -> Read:
    """What PostGIS holds within a tile."""
    with connection.cursor() as cursor:
        cursor.execute(HELD.format(TABLES[layer]), (*place, *place))
        return {key: (name, shapely.from_wkb(bytes(shape))) for key, name, shape in cursor.fetchall()}


def read(file: Path, layer: str) -> tuple[Read, dict[str, list[Any]]]:
    """What GDAL reads, and all its columns."""
    told, _, shapes, columns = pyogrio.raw.read(file, layer=layer, encoding="UTF-8")
    table = dict(zip(told["fields"], columns, strict=True))
    names = ["" if name is None else name for name in table["name"]]
    assert told["crs"] == "EPSG:3857"
    return dict(zip(table["mvt_id"].tolist(), zip(names, shapely.from_wkb(shapes), strict=True), strict=True)), table


@pytest.fixture
def file(get: Callable[..., Answer], transactional_db: None, tmp_path: Path) -> Path:
    """A tile as a file, where GDAL takes its place from its path."""
    rows()
    place = tile_at(ZOOM)
    path = tmp_path / f"{place}.mvt"
    path.parent.mkdir(parents=True)
    path.write_bytes(get(f"/tiles/{','.join(TABLES)}/{place}.mvt").body)
    return path


def test_it_finds_the_layers(file: Path) -> None:
    assert {name for name, _ in pyogrio.list_layers(file)} >= set(TABLES)


@pytest.mark.parametrize("layer", TABLES)
def test_it_reads_what_postgis_holds(file: Path, layer: str) -> None:
    expected = held(layer, tuple(map(int, tile_at(ZOOM).split("/"))))
    found, _ = read(file, layer)
    assert expected
    assert {key: name for key, (name, _) in found.items()} == {key: name for key, (name, _) in expected.items()}
    for key, (_, shape) in expected.items():
        assert shapely.hausdorff_distance(found[key][1], shape) < 1.5 * UNIT_M, (layer, key)


def test_numbers_truth_and_nothing_come_through(file: Path) -> None:
    _, houses = read(file, "buildings")
    height = dict(zip(houses["name"], houses["height_m"], strict=True))
    assert (height["金茂大厦"], height["环球金融中心"]) == (420.5, 492)
    assert np.isnan(next(value for name, value in height.items() if not name))
    assert sorted(map(bool, houses["tall"])) == [False, True, True]
