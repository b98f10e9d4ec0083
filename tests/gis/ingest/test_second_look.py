"""Doubts in a whole import: noticed, said, never acted on; numbers that land nowhere get the reading that helps."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.contrib.gis.geos import LineString, MultiLineString
from django.core.management import call_command

from gis import crs
from gis.crs import Crs, transformer
from gis.errors import Invalid
from gis.ingest import subjects
from gis.ingest.load import load
from gis.ingest.mapping import Plan
from gis.ingest.order import Order, Outcome
from gis.ingest.refusals import Refusals
from gis.models import Area, Facility, Road

ROOT = Path(__file__).resolve().parents[3]
REAL = ROOT.parent / "shared" / "data" / "osm-shanghai-lujiazui"
pytestmark = pytest.mark.django_db
LON, LAT = 121.5, 31.2


def net() -> list[list[tuple[float, float]]]:
    """Streets a crooked hundred metres apart, as lists of lon/lat."""
    chance = np.random.default_rng(2)
    marks = LON - 0.012 + np.cumsum(chance.uniform(0.0006, 0.0014, 24))
    return [[(x + chance.normal(0, 2e-5), LAT + y) for y in np.arange(-0.012, 0.012, 0.001)] for x in marks]


@pytest.fixture
def city(db: None) -> list[list[tuple[float, float]]]:
    streets = net()
    for n, street in enumerate(streets):
        geom = MultiLineString(LineString(street), srid=4490)
        Road.objects.create(source="已有", source_id=str(n), kind="primary", name=f"路{n}", geom=geom)
    return streets


def file_of(desk: Any, streets: list[Any], move: Any = lambda lon, lat: (lon, lat)) -> Path:
    def moved(street: Any) -> list[list[float]]:
        x, y = move(*np.array(street).T)
        return np.column_stack((x, y)).tolist()

    lines = [{"type": "LineString", "coordinates": moved(street)} for street in streets for _ in (0, 1)]
    return desk.geojson(*((line, {"kind": "primary", "name": f"路{n}", "id": n}) for n, line in enumerate(lines)))


@pytest.mark.parametrize(("datum", "move"), [("gcj02", crs.wgs84_to_gcj02), ("bd09", crs.wgs84_to_bd09)])
def test_a_datum_is_doubted_said_and_left_alone(city: Any, desk: Any, datum: str, move: Any, capsys: Any) -> None:
    path = file_of(desk, city, move)
    done = desk.load("roads", path, source="新")
    (doubt,) = done.doubts
    assert (doubt.kind, doubt.crs) == ("datum", datum)
    stored = Road.objects.filter(source="新").first()
    assert stored
    lon = stored.geom[0][0][0]
    assert min(abs(lon - float(move(*street[0])[0])) for street in city) < 1e-9
    Road.objects.filter(source="新").delete()  # else the next one fits what came wrongly before it
    call_command("import", "roads", str(path), source="又", dry_run=True)
    said = "".join(capsys.readouterr())
    assert f"--crs {datum}" in said
    assert desk.load("roads", path, source="改", crs=datum).doubts == []


def test_a_sound_file_and_an_empty_city_are_not_doubted(city: Any, desk: Any) -> None:
    path = file_of(desk, city)
    assert desk.load("roads", path, source="新").doubts == []
    Road.objects.all().delete()
    assert desk.load("roads", file_of(desk, city, crs.wgs84_to_gcj02), source="新").doubts == []


def test_an_older_import_of_the_same_rows_tells(city: Any, desk: Any) -> None:
    points = [(LON + i * 0.0004, LAT + j * 0.0004) for i in range(6) for j in range(6)]

    def points_file(move: Any) -> Path:
        places = [tuple(map(float, move(*point))) for point in points]
        shapes = [{"type": "Point", "coordinates": place} for place in places]
        return desk.geojson(*((shape, {"id": n, "kind": "toilet"}) for n, shape in enumerate(shapes)))

    desk.load("facilities", points_file(lambda *point: point), source="公厕")
    (doubt,) = desk.load("facilities", points_file(crs.wgs84_to_gcj02), source="公厕").doubts
    assert doubt.crs == "gcj02"
    assert Facility.objects.count() == 36


def numbers(desk: Any, city: Any, made_in: str) -> Path:
    return file_of(desk, city, transformer(Crs.parse(made_in), out=True))


@pytest.mark.parametrize(
    ("made_in", "read_as"),
    [
        ("EPSG:4549", "EPSG:4548"),  # the wrong zone
        ("EPSG:4549:yx", "EPSG:4549"),  # northing and easting the wrong way round
        ("EPSG:4528", "EPSG:4549"),  # a zone number where none is expected
        ("EPSG:4549", "EPSG:4528"),  # none where one is
        ("EPSG:4490", "EPSG:4549"),  # degrees taken for metres
        ("EPSG:4549", "EPSG:4490"),  # metres taken for degrees
        ("EPSG:4490:yx", "EPSG:4490"),  # latitude first
        ("EPSG:3857", "EPSG:4549"),
    ],
)
def test_numbers_that_land_nowhere_are_given_the_reading_that_helps(
    city: Any, desk: Any, made_in: str, read_as: str
) -> None:
    path = numbers(desk, city, made_in)
    try:
        done = desk.load("roads", path, source="新", crs=read_as)
        said = " ".join(doubt.zh for doubt in done.doubts if doubt.kind == "place")
    except Invalid as refused:
        said = str(refused)
    assert f"--crs {made_in}" in said, said
    again = desk.load("roads", path, source="改", crs=made_in)
    assert again.doubts == []
    assert again.added == 2 * len(city)


def test_a_coverage_with_a_gap_is_mentioned(desk: Any) -> None:
    def square(west: float, east: float) -> dict[str, Any]:
        ring = [[west, LAT], [east, LAT], [east, LAT + 0.01], [west, LAT + 0.01], [west, LAT]]
        return {"type": "Polygon", "coordinates": [ring]}

    street = desk.geojson((square(LON, LON + 0.02), {"name": "街道", "level": 4, "code": "310115001"}))
    desk.load("areas", street)
    spans = {"甲": (LON, LON + 0.009), "乙": (LON + 0.01, LON + 0.02)}
    halves = [(square(*span), {"name": name, "level": 5}) for name, span in spans.items()]
    done = desk.load("areas", desk.geojson(*halves, name="b.geojson"))
    assert Area.objects.filter(parent__name="街道").count() == 2
    assert any("缝隙" in note and "/checks/areas" in note for note in done.notes)


# --- real data ------------------------------------------------------------------------------------------------------

LUJIAZUI = [("buildings", "buildings", ""), ("roads", "roads", "lujiazui-roads.toml"), ("facilities", "pois", "")]


def real(subject: str, path: Path, mapping: str, source: str, report: Path) -> Outcome:
    plan = Plan.read(ROOT / "data" / "mappings" / mapping if mapping else None)
    return load(Order(path, subjects.get(subject), plan, None, source, dry_run=source == "新"), Refusals(report))


def shifted_copy(path: Path, move: Any, folder: Path) -> Path:
    def moved(pairs: Any) -> Any:
        if isinstance(pairs[0], int | float):
            return [float(one) for one in move(pairs[0], pairs[1])]
        return [moved(one) for one in pairs]

    whole = json.loads(gzip.decompress(path.read_bytes()))
    for feature in whole["features"]:
        feature["geometry"]["coordinates"] = moved(feature["geometry"]["coordinates"])
    copy = folder / path.name.removesuffix(".gz")
    copy.write_text(json.dumps(whole))
    return copy


@pytest.mark.skipif(not REAL.is_dir(), reason="the shared real data are not here")
def test_lujiazui_in_every_datum(tmp_path: Path) -> None:
    report = tmp_path / "refused.csv"
    for subject, name, mapping in LUJIAZUI[:2]:
        assert real(subject, REAL / f"{name}.geojson.gz", mapping, "已有", report).doubts == []
    for subject, name, mapping in LUJIAZUI[::2]:
        path = REAL / f"{name}.geojson.gz"
        assert real(subject, path, mapping, "新", report).doubts == [], name
        for datum, move in (("gcj02", crs.wgs84_to_gcj02), ("bd09", crs.wgs84_to_bd09)):
            doubts = real(subject, shifted_copy(path, move, tmp_path), mapping, "新", report).doubts
            assert [doubt.crs for doubt in doubts] == [datum], (name, datum)
