"""Streets that a file names in Chinese alone are named in English as the city has them on record, else by rule."""

from __future__ import annotations

import pytest
from django.contrib.gis.geos import LineString, MultiLineString

from gis.models import Address, Road, Segment
from tests.gis.ingest.conftest import Desk, dot, line

LINES = [line((120.0 + 0.01 * n, 30.0), (120.005 + 0.01 * n, 30.0)) for n in range(4)]


def english(model: type[Road] | type[Segment]) -> list[str]:
    return list(model.objects.order_by("source_id").values_list("name_en", flat=True))


@pytest.mark.django_db
def test_the_file_goes_before_the_record_and_the_record_before_the_rule(desk: Desk) -> None:
    roads = [
        {"source_id": "1", "name": "环城南路", "name:en": "South Ring Road", "kind": "primary"},
        {"source_id": "2", "name": "环城南路", "kind": "primary"},
        {"source_id": "3", "name": "听澜路", "kind": "primary"},
        {"source_id": "4", "name": "长庆巷", "kind": "residential"},
    ]
    desk.load("roads", desk.geojson(*zip(LINES, roads, strict=True)), source="甲")
    assert english(Road) == ["South Ring Road", "South Ring Road", "Tinglan Road", ""]
    stretch = {"source_id": "1", "name": "环城南路(听澜路—区界)"}
    desk.load("segments", desk.geojson((LINES[0], stretch)), source="甲")
    assert english(Segment) == ["South Ring Road (Tinglan Road – edge of the district)"]


@pytest.mark.django_db
def test_what_somebody_wrote_stays_until_the_street_is_called_otherwise(desk: Desk) -> None:
    def bring(name: str) -> tuple[int, int]:
        row = {"source_id": "1", "name": name, "kind": "primary"}
        done = desk.load("roads", desk.geojson((LINES[0], row)), source="甲")
        return done.added, done.changed

    assert bring("听澜路") == (1, 0)
    assert bring("听澜路") == (0, 0)
    Road.objects.update(name_en="Listening Waves Road")
    assert bring("听澜路") == (0, 0)
    assert english(Road) == ["Listening Waves Road"]
    assert bring("渡口街") == (0, 1)
    assert english(Road) == ["Dukou Street"]


@pytest.mark.django_db
def test_an_address_is_written_from_what_its_street_and_estate_are_called(desk: Desk) -> None:
    Road.objects.create(name="环城南路", name_en="South Ring Road", kind="primary", geom=MultiLineString(LineString(
        (120.0, 30.0), (120.01, 30.0)), srid=4490))  # fmt: skip
    estate = {"estate": "澜庭苑", "estate_en": "Lanting Court"}
    told = {
        "No. 12, South Ring Road": {"road": "环城南路", "number": "12", "unit": "1", "room": "502"},
        "No. 12-1, Tinglan Road": {"road": "听澜路", "number": "12-1", "estate": "澜庭苑"},
        "Block 3, Lanting Court": {**estate, "block": "3", "room": "101"},
        "Block 3, Lanting Court, No. 5, Tinglan Road": {**estate, "block": "3", "road": "听澜路", "number": "5"},
        "South Ring Road / Tinglan Road": {"road": "环城南路", "name": "环城南路与听澜路路口"},
        "": {"road": "听澜路", "number": "12弄3"},
    }
    rows = [(dot(120.0, 30.0), {"source_id": str(at), **parts}) for at, parts in enumerate(told.values())]
    rows += [(dot(), {"source_id": "6", "road": "长庆巷", "number": "1"}), (dot(), {"source_id": "7", **estate})]
    desk.load("addresses", desk.geojson(*rows), source="甲")
    written = Address.objects.order_by("source_id").values_list("doorplate_en", flat=True)
    assert list(written) == [*told, "", ""]
