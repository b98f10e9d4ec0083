"""The order of the two numbers is the authority's: EPSG's own data set says so, pyproj reads it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS, Transformer

from gis.crs_served import CRS84, around, by_code, degrees, find, served, zone
from gis.errors import Invalid


@pytest.mark.parametrize(("lon", "code"), [(121.47, 4549), (120.0, 4549), (75.0, 4534), (135.0, 4554), (116.4, 4548)])
def test_a_city_has_the_zone_whose_middle_is_nearest(lon: float, code: int) -> None:
    assert zone(lon) == code
    assert f"{round(lon / 3) * 3}E" in CRS.from_epsg(code).name


@pytest.mark.parametrize("code", [4490, 4326, 3857, 4549, 4534])
def test_the_order_is_that_of_the_epsg_dataset(code: int) -> None:
    system, first = by_code(code), CRS.from_epsg(code).axis_info[0]
    assert system.north_first == (first.direction == "north") == (code != 3857)
    assert system.uri == f"http://www.opengis.net/def/crs/EPSG/0/{code}"


OWN = {
    system: Transformer.from_crs("OGC:CRS84", "OGC:CRS84" if system is CRS84 else system.srid)
    for system in served(120.0)
}
"""Each to the order of its authority, as PROJ knows it."""


@given(st.floats(118.6, 121.4), st.floats(25, 35))
@settings(max_examples=20)
def test_a_pair_in_its_authoritys_order_is_where_pyproj_says(lon: float, lat: float) -> None:
    for system, own in OWN.items():
        found = degrees(system, *system.pair(*own.transform(lon, lat)))
        assert found == pytest.approx((lon, lat), abs=1e-6)


def test_a_box_in_metres_lies_within_its_box_in_degrees() -> None:
    system = by_code(4549)
    west, south, east, north = around(system, (500_000, 3_400_000, 520_000, 3_420_000))
    for x, y in ((500_000, 3_400_000), (520_000, 3_420_000), (510_000, 3_420_000)):
        lon, lat = degrees(system, x, y)
        assert west <= lon <= east
        assert south <= lat <= north


@pytest.mark.parametrize("name", ["{uri}", "[EPSG:4549]", "EPSG:4549"])
def test_a_system_is_found_by_uri_and_curie(name: str) -> None:
    assert find(name.format(uri=by_code(4549).uri), served(120)).srid == 4549


def test_what_is_not_served_is_refused_with_what_is() -> None:
    with pytest.raises(Invalid, match="EPSG/0/4490"):
        find("http://www.opengis.net/def/crs/EPSG/0/4550", served(120))
    with pytest.raises(Invalid, match="次序"):
        degrees(by_code(4490), 31, 121)
    assert len(served(None)) == 4
