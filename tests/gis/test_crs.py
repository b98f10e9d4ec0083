"""Coordinate systems: test vectors of six cities, the Gauss-Krüger zones, local grids, and what is refused."""

from pathlib import Path

import numpy as np
import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from gis import crs
from gis.crs import Crs, guess, transformer
from gis.errors import Invalid

CITIES = [  # WGS 84, GCJ-02, BD-09
    ("北京", (116.397, 39.909), (116.403244, 39.910403), (116.409616, 39.916744)),
    ("上海", (121.473, 31.230), (121.477525, 31.228059), (121.484081, 31.233924)),
    ("杭州", (120.155, 30.274), (120.159695, 30.271671), (120.166258, 30.277501)),
    ("深圳", (114.058, 22.543), (114.063114, 22.540283), (114.069664, 22.545942)),
    ("成都", (104.066, 30.659), (104.068508, 30.656579), (104.075004, 30.662605)),
    ("乌鲁木齐", (87.617, 43.793), (87.619848, 43.794224), (87.626277, 43.800354)),
]
GEOD = Geod(ellps="WGS84")
LON, LAT = st.floats(73.5, 135), st.floats(3.9, 53.5)


def metres(a, b):
    return GEOD.inv(float(a[0]), float(a[1]), float(b[0]), float(b[1]))[2]


@pytest.mark.parametrize(("city", "wgs", "gcj", "bd"), CITIES, ids=[c[0] for c in CITIES])
def test_six_cities(city, wgs, gcj, bd):
    assert crs.wgs84_to_gcj02(*wgs) == pytest.approx(gcj, abs=6e-7)
    assert crs.wgs84_to_bd09(*wgs) == pytest.approx(bd, abs=6e-7)
    assert metres(crs.gcj02_to_wgs84(*gcj), wgs) < 0.1  # the vectors themselves are rounded to 10 cm
    assert metres(crs.bd09_to_wgs84(*bd), wgs) < 0.2


@given(LON, LAT)
def test_there_and_back_within_a_centimetre(lon, lat):
    assert metres(crs.gcj02_to_wgs84(*crs.wgs84_to_gcj02(lon, lat)), (lon, lat)) < 0.001
    assert metres(crs.bd09_to_gcj02(*crs.gcj02_to_bd09(lon, lat)), (lon, lat)) < 0.001
    assert metres(crs.bd09_to_wgs84(*crs.wgs84_to_bd09(lon, lat)), (lon, lat)) < 0.001


@given(st.floats(-180, 72), st.floats(-85, 85))
def test_outside_china_nothing_moves(lon, lat):
    for move in (crs.wgs84_to_gcj02, crs.gcj02_to_wgs84, crs.gcj02_to_bd09, crs.bd09_to_wgs84):
        assert move(lon, lat) == (lon, lat)


def test_arrays_go_through_at_once():
    lon, lat = crs.wgs84_to_gcj02([116.397, 2.35], [39.909, 48.85])
    assert lon.tolist() == pytest.approx([116.403244, 2.35], abs=6e-7)
    assert lat[1] == 48.85


@pytest.mark.parametrize(("code", "middle", "zone"), [
    (4534, 75, None), (4549, 120, None), (4554, 135, None), (4513, 75, 25), (4528, 120, 40), (4533, 135, 45),
    (4491, 75, 13), (4501, 135, 23), (4502, 75, None), (4512, 135, None),
])  # fmt: skip
def test_zones_by_number(code, middle, zone):
    system = Crs.parse(code)
    assert (system.central_meridian, system.zone, system.northing_first) == (middle, zone, True)


@pytest.mark.parametrize("code", [*range(4491, 4555)])
def test_the_middle_of_a_zone_has_the_easting_its_number_says(code):
    system = Crs.parse(code)
    middle = system.central_meridian
    east, north = transformer(system, out=True)(middle, 30)
    assert float(east) == pytest.approx((system.zone or 0) * 1e6 + 500_000, abs=1e-6)
    assert 3_319_000 < float(north) < 3_321_000  # the meridian arc to 30° N
    assert transformer(system)(east, north) == pytest.approx((middle, 30), abs=1e-10)


def test_survey_columns_are_taken_as_they_stand():
    east_north = transformer(Crs.parse("EPSG:4547"))(501_548, 3_379_503)
    survey = transformer(Crs.parse("EPSG:4547"), northing_first=True)(3_379_503, 501_548)
    assert east_north == survey
    assert survey == pytest.approx((114.016, 30.53), abs=0.01)
    back = transformer(Crs.parse("EPSG:4547"), northing_first=True, out=True)(*survey)
    assert back == pytest.approx((3_379_503, 501_548), abs=1e-6)


@pytest.mark.django_db
@pytest.mark.parametrize("code", [4491, 4512, 4528, 4549, 3857, 32650])
def test_postgis_agrees(code):
    with connection.cursor() as cursor:
        cursor.execute("select ST_X(p), ST_Y(p) from (select ST_Transform(ST_SetSRID(ST_MakePoint(120.155, 30.274), "
                       "4490), %s) p) t", [code])  # fmt: skip
        expected = cursor.fetchone()
    east, north = transformer(Crs.parse(code), out=True)(120.155, 30.274)
    assert (float(east), float(north)) == pytest.approx(expected, abs=0.001)


@pytest.mark.parametrize(("text", "name"), [
    ("EPSG:4549", "EPSG:4549"), ("epsg 4490", "EPSG:4490"), ("4326", "EPSG:4326"), ("wgs84", "EPSG:4326"),
    ("WGS-84", "EPSG:4326"), ("CGCS2000", "EPSG:4490"), ("gcj02", "gcj02"), ("GCJ-02", "gcj02"), ("BD-09", "bd09"),
    ("32650", "EPSG:32650"), ("EPSG:3089", "EPSG:3089"), (4549, "EPSG:4549"),
])  # fmt: skip
def test_names_people_write(text, name):
    assert Crs.parse(text).name == name


@pytest.mark.parametrize("text", ["", "4479", "EPSG:4214", "4610", "+proj=longlat", "99999", "国家2000", "EPSG:4555"])
def test_anything_else_is_refused_in_two_languages(text):
    with pytest.raises(Invalid, match=r"坐标系.*/ Coordinate system"):
        Crs.parse(text)


def test_degrees_keep_longitude_first_and_only_their_shift_moves():
    assert transformer(Crs.parse("wgs84"))(116.397, 39.909) == (116.397, 39.909)
    assert metres(transformer(Crs.parse("gcj02"))(116.403244, 39.910403), (116.397, 39.909)) < 0.1
    assert metres(transformer(Crs.parse("bd09"))(116.409616, 39.916744), (116.397, 39.909)) < 0.2
    assert transformer(Crs.parse("bd09"), out=True)(116.397, 39.909) == pytest.approx((116.409616, 39.916744), abs=6e-7)


def test_us_feet_are_feet():
    lon, lat = transformer(Crs.parse(3089))(5_280_000, 3_900_000)
    assert -90 < float(lon) < -80 and 36 < float(lat) < 40


def test_what_cannot_be_projected_is_infinite_not_fatal():
    lon, _ = transformer(Crs.parse(4549))([500_000, 1e300], [3_350_000, 1e300])
    assert np.isfinite(lon).tolist() == [True, False]


def test_local_grid_of_a_city(tmp_path: Path):
    file = tmp_path / "grids.toml"
    file.write_text("""
        [city]
        central_meridian = 115.48724
        false_easting = 501700
        [east]
        proj = "+proj=tmerc +lon_0=120.5 +x_0=50000 +y_0=-3000000 +ellps=GRS80 +type=crs"
        axes = "east-north"
    """, encoding="utf-8")  # fmt: skip
    grids = crs.local_grids(file)
    city = Crs.parse("city", grids)
    assert (city.northing_first, city.epsg, Crs.parse("east", grids).northing_first) == (True, None, False)
    assert transformer(city)(501_700, 3_319_000)[0] == pytest.approx(115.48724, abs=1e-9)
    with pytest.raises(Invalid, match="city、east"):
        Crs.parse("village", grids)


@pytest.mark.parametrize("text", [
    "[a]\nfalse_easting = 1", "[a]\nproj = 'nonsense'", "[a]\nproj = '+proj=longlat +type=crs'",
    "[a]\ncentral_meridian = 120\naxes = 'up'", "a = 1", "[a", "[a]\ncentral_meridian = 'x'",
])  # fmt: skip
def test_a_wrong_grid_file_says_which_grid(tmp_path: Path, text):
    file = tmp_path / "grids.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(Invalid, match=r"grids\.toml"):
        crs.local_grids(file)
    with pytest.raises(Invalid, match="absent"):
        crs.local_grids(tmp_path / "absent.toml")


def test_no_grid_is_configured_by_default(settings):
    settings.LOCAL_GRIDS = None
    assert crs.configured_grids() == {}


@pytest.mark.parametrize(("x", "y", "kind", "northing_first", "first"), [
    ([116.4, 116.5], [39.9, 40.0], "degrees", False, 4490),
    ([39.9], [116.4], "degrees", True, 4490),
    ([44], [87], "degrees", True, 4490),
    ([-85.7], [38], "degrees", False, 4490),
    ([3_379_503.1, 3_379_510], [501_548.2, 501_560], "easting", True, None),
    ([501_548.2], [3_379_503.1], "easting", False, None),
    ([40_501_548], [3_379_503], "zone", False, 4528),
    ([3_379_503], [40_501_548], "zone", True, 4528),
    ([20_501_548], [3_379_503], "zone", False, 4498),
    ([12_957_000], [4_853_000], "mercator", False, 3857),
    ([13_522_000], [3_662_000], "mercator", False, 3857),
    ([5_000], [8_000], "unknown", False, None),
    ([np.nan], [1], "unknown", False, None),
    ([], [], "unknown", False, None),
])  # fmt: skip
def test_guess(x, y, kind, northing_first, first):
    found = guess(x, y)
    assert (found.kind, found.northing_first) == (kind, northing_first)
    assert (found.candidates[:1] or (None,))[0] == first
    assert " / " in str(found)


def test_guess_admits_that_shanghai_in_mercator_could_be_zone_13():
    assert guess([13_522_000], [3_662_000]).candidates == (3857, 4491)


@given(st.integers(4491, 4554), st.floats(-1.4, 1.4), st.floats(18, 53))
def test_guess_knows_every_zone(code, off, lat):
    system = Crs.parse(code)
    east, north = transformer(system, out=True)(system.central_meridian + off, lat)
    found = guess(north, east)
    assert found.northing_first
    if system.zone is None:
        assert found.kind == "easting"
    else:
        assert code in found.candidates
