"""The mathematics of tiles against an independent account of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer

from gis.errors import NotFound
from tiles.tile import BUFFER, EXTENT, HALF_WORLD_M, MAX_ZOOM, Tile, lonlat, parse

WORLD = Transformer.from_crs(4326, 3857, always_xy=True)


@st.composite
def tiles(draw: st.DrawFn) -> Tile:
    z = draw(st.integers(0, MAX_ZOOM))
    inside = st.integers(0, 2**z - 1)
    return Tile(z, draw(inside), draw(inside))


@given(tiles())
def test_four_children_make_the_parent(tile: Tile) -> None:
    if tile.z == MAX_ZOOM:
        return
    parts = [Tile(tile.z + 1, 2 * tile.x + dx, 2 * tile.y + dy).envelope for dx in (0, 1) for dy in (0, 1)]
    west, south, east, north = zip(*parts, strict=True)
    assert (min(west), min(south), max(east), max(north)) == pytest.approx(tile.envelope, abs=1e-6)


@given(tiles())
def test_the_reach_is_the_envelope_and_its_buffer(tile: Tile) -> None:
    west, south, east, north = tile.envelope
    margin = (east - west) * BUFFER / EXTENT
    assert tile.reach == pytest.approx((west - margin, south - margin, east + margin, north + margin), abs=1e-6)


@given(st.floats(-179.9, 179.9), st.floats(-85, 85), st.integers(0, MAX_ZOOM))
def test_a_point_lies_in_one_tile_and_comes_back(lon: float, lat: float, zoom: int) -> None:
    x, y = WORLD.transform(lon, lat)
    side = 2 * HALF_WORLD_M / 2**zoom
    column, row = int((x + HALF_WORLD_M) / side), int((HALF_WORLD_M - y) / side)
    west, south, east, north = Tile(zoom, column, row).envelope
    assert west - 1e-6 <= x <= east + 1e-6
    assert south - 1e-6 <= y <= north + 1e-6
    assert lonlat(x, y) == pytest.approx((lon, lat), abs=1e-9)


@pytest.mark.parametrize("place", [(-1, 0, 0), (0, 1, 0), (0, 0, 1), (3, -1, 0), (MAX_ZOOM + 1, 0, 0)])
def test_there_is_nothing_outside_the_world(place: tuple[int, int, int]) -> None:
    with pytest.raises(NotFound):
        Tile(*place)


@given(tiles())
def test_paths_are_read_back(tile: Tile) -> None:
    assert parse(str(tile.z), str(tile.x), str(tile.y)) == tile


@given(st.text(max_size=9))
def test_other_text_is_no_tile(text: str) -> None:
    if text.isascii() and text.isdecimal():
        return
    with pytest.raises(NotFound):
        parse("0", text, "0")
