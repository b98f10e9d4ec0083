"""Footprints that go into a tile whole: as valid as those that PostGIS mends, and where the database says."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import shapely
from django.contrib.gis.geos import GEOSGeometry
from shapely.affinity import affine_transform
from shapely.geometry import shape

from gis.models import Building
from tests.client import Answer
from tests.factories import SOUTH, STEP, WEST, make, square, tile_at
from tests.verdict import check
from tiles import whole
from tiles.statement import statement, wanted
from tiles.tile import EXTENT, Tile, lonlat, parse

Get = Callable[..., Answer]
ODD = 240


def odd(random: np.random.Generator, lon: float, lat: float) -> shapely.Polygon:
    """A star of thorns and gaps, some thinner than a unit of any tile; every third has a court that nearly touches it,
    every other runs against the clock."""
    turns = np.sort(random.uniform(0, 2 * np.pi, random.integers(4, 14)))
    reach = STEP * random.uniform(0.2, 3) * random.choice([1, 1, 0.02, 0.3], len(turns))
    ring = shapely.Polygon(np.column_stack((lon + reach * np.cos(turns), lat + reach * np.sin(turns))))
    if random.random() < 0.3 and ring.contains(shapely.Point(lon, lat)):
        room = shapely.Point(lon, lat).distance(ring.exterior)
        ring = ring.difference(shapely.Point(lon, lat).buffer(room * random.uniform(0.5, 0.999), 2))
    return shapely.reverse(ring) if random.random() < 0.5 else ring


@pytest.fixture
def crowd(transactional_db: None) -> dict[int, shapely.Geometry]:
    """Odd footprints by key, in metres of the web map, all within one tile of zoom 14 and across tiles nearer."""
    random = np.random.default_rng(58)
    shapes: list[shapely.Polygon] = []
    while len(shapes) < ODD:
        one = odd(random, WEST + STEP * random.uniform(-30, 30), SOUTH + STEP * random.uniform(-30, 30))
        if one.is_valid and one.area > (STEP / 10) ** 2:
            shapes.append(one)
    Building.objects.bulk_create(
        Building(geom=GEOSGeometry(shapely.MultiPolygon([one]).wkb_hex, srid=4490)) for one in shapes
    )
    return {row.pk: shapely.from_wkb(bytes(row.shape.wkb)) for row in Building.objects.all()}


def test_what_is_kept_of_a_row_is_what_geos_says(crowd: dict[int, shapely.Geometry]) -> None:
    kept = dict(Building.objects.values_list("pk", "clearance"))
    for key, drawn in crowd.items():
        assert kept[key] == pytest.approx(drawn.minimum_clearance, rel=1e-6)


def test_whatever_the_shape_it_is_valid_and_what_is_whole_is_in_its_place(
    get: Get, crowd: dict[int, shapely.Geometry]
) -> None:
    placed = 0
    for zoom in (14, 16, 18):
        tile = parse(*tile_at(zoom).split("/"))
        answer = get(f"/tiles/buildings/{tile_at(zoom)}.mvt")
        check(answer.body)
        west, _, east, north = tile.envelope
        scale, around = EXTENT / (east - west), whole.AROUND * (east - west)
        for feature in answer.features("buildings"):
            drawn, real = shape(feature["geometry"]), crowd[feature["id"]]
            assert drawn.is_valid, (zoom, feature)
            if real.minimum_clearance * scale > whole.APART and tile_box(tile, around).contains(real):
                expected = affine_transform(real, [scale, 0, 0, -scale, -west * scale, north * scale])
                assert drawn.hausdorff_distance(expected) <= 0.71
                placed += 1
    assert placed > 100


def test_without_asking_for_room_some_would_be_broken(
    get: Get, crowd: dict[int, shapely.Geometry], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whole, "APART", 0)
    forget()
    found = get(f"/tiles/buildings/{tile_at(14)}.mvt").features("buildings")
    forget()
    assert not all(shape(feature["geometry"]).is_valid for feature in found)


def forget() -> None:
    """Have statements written anew."""
    statement.cache_clear()
    wanted.cache_clear()


def tile_box(tile: Tile, around: float) -> shapely.Polygon:
    west, south, east, north = tile.envelope
    return shapely.box(west - around, south - around, east + around, north + around)


@pytest.mark.parametrize(("beyond", "cut"), [(0.1, False), (0.2, True)])
def test_what_reaches_far_beyond_a_tile_is_cut(get: Get, beyond: float, cut: bool) -> None:
    tile = Tile(18, 219544, 107015)
    west, south, east, _ = tile.envelope
    side = east - west
    lon, lat = lonlat(west - beyond * side, south + side / 2)
    make(Building, geom=square(lon, lat, 2 * beyond * 360 / 2**18))
    [feature] = get(f"/tiles/buildings/{tile.z}/{tile.x}/{tile.y}.mvt").features("buildings")
    least, *_ = shape(feature["geometry"]).bounds
    assert least == pytest.approx(-64 if cut else -beyond * EXTENT, abs=1.5)


@pytest.mark.parametrize("zoom", [16, 18, 20])
def test_a_corner_just_beyond_the_edge_is_rounded_like_any_other(get: Get, zoom: int) -> None:
    """PostGIS compares boxes in single precision: a metre there is many units here."""
    #      │ tile
    #   ┌──┼───┐   0 to 1.2 m beyond, a centimetre or so a house
    #   └──┼───┘
    tile = parse(*tile_at(zoom).split("/"))
    west, _, east, north = tile.envelope
    scale, real = EXTENT / (east - west), {}
    for step in range(60):
        lon, lat = lonlat(west - 0.02 * step, (tile.envelope[1] + north) / 2 + step / 20)
        row: Building = make(Building, geom=square(lon, lat, STEP / 20))
        row.refresh_from_db()
        real[row.pk] = shapely.from_wkb(bytes(row.shape.wkb))
    for feature in get(f"/tiles/buildings/{tile_at(zoom)}.mvt").features("buildings"):
        expected = affine_transform(real[feature["id"]], [scale, 0, 0, -scale, -west * scale, north * scale])
        if expected.bounds[2] - expected.bounds[0] > 4:
            assert shape(feature["geometry"]).hausdorff_distance(expected) <= 0.71
