"""Files of GIS programs: GDAL reads back what PostGIS holds, no field more than the asker's; nothing is left behind."""

from __future__ import annotations

import csv
import json
import re
import sys
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pyogrio
import pytest
import shapely
from django.contrib.auth.models import User
from django.contrib.gis.db.models.functions import AsWKB, Transform
from django.contrib.gis.geos import Point
from django.test import Client

from frontend.ogc.systems import systems
from gis.models import Address, Building, Code, Facility, FenceVersion, PipeSegment, Room, Works
from layers import files, manifest
from layers.filewriter import short
from layers.inquiry import TAKEN
from layers.models import Inquiry
from tests.factories import SOUTH, STEP, WEST, dot, line, make, square

pytestmark = pytest.mark.django_db
ITEMS = "/ogc/collections/facilities/items"


@pytest.fixture(autouse=True)
def shanghai(settings: Any, var: Path) -> Any:
    settings.CITY_BOUNDS = (120.8, 30.7, 122.2, 31.9)
    systems.cache_clear()
    manifest.forget()
    yield
    systems.cache_clear()
    assert not [left for left in var.glob("parcels/*") if left.is_dir()], "every file is removed when it is sent"


def fetched(client: Client, path: str, to: Path) -> Path:
    """A file as it leaves, and where GDAL reads it."""
    answer = client.get(path)
    assert answer.status_code == 200, answer.content
    suffix = answer["Content-Disposition"].split('"')[1].rpartition(".")[2]
    kept = to / f"taken.{suffix}"
    kept.write_bytes(answer.getvalue())
    return kept


def read(path: str | Path) -> tuple[dict[str, Any], list[Any], dict[str, list[Any]]]:
    """What it says of itself, its shapes, its columns."""
    about, _, shapes, columns = pyogrio.raw.read(path)
    return about, list(shapely.from_wkb(shapes)), dict(zip(about["fields"], (c.tolist() for c in columns), strict=True))


@pytest.mark.parametrize("form", files.FORMS)
def test_gdal_reads_what_postgis_holds_in_the_system_and_with_the_fields_asked_for(form: str, tmp_path: Path) -> None:
    Code.objects.create(list="facility-kind", edition="t", code="toilet", name="公共厕所")
    for n in range(30):
        place = Point(WEST + n * STEP, SOUTH, srid=4490)
        make(
            Facility,
            name=f'公厕{n}，"东"',
            kind="toilet",
            capacity=n or None,
            owner="机密",
            features=["paper"],
            geom=place,
        )
    uri = "http://www.opengis.net/def/crs/EPSG/0/4549"
    asked = f"f={form}&crs={uri}&filter=id>0 AND NOT capacity < 5&properties=name,kind,capacity,features,updated_at"
    kept = fetched(Client(), f"{ITEMS}?{asked}", tmp_path)
    about, shapes, columns = read(f"/vsizip/{kept}/facilities-point.shp" if form == "shp" else kept)
    held = Facility.objects.filter(capacity__gte=5).annotate(there=AsWKB(Transform("geom", 4549))).order_by("pk")
    assert len(shapes) == len(held) == 25
    assert about["crs"] == "EPSG:4549"
    assert about["fields"].tolist() == ["id", "name", "kind", "kind_title", "features", "capacity", "updated_at"]
    found = sorted(zip(columns["id"], columns["name"], columns["capacity"], map(str, shapes), strict=True))
    assert found == [(row.pk, row.name, row.capacity, str(shapely.from_wkb(bytes(row.there)))) for row in held]
    assert {*columns["kind_title"]} == {"公共厕所"}
    assert shapes[0].x < 700_000 < 3_400_000 < shapes[0].y, "east before north, as in every file"
    assert "机密".encode() not in kept.read_bytes()
    if form == "shp":
        with zipfile.ZipFile(kept) as archive:
            assert archive.read("facilities-point.cpg") == b"UTF-8"


def test_a_zip_has_a_shapefile_for_each_kind_and_says_what_short_names_mean(tmp_path: Path) -> None:
    for geom in (square(), square(), line(), dot()):
        make(Works, geom=geom, builder="甲" * 200)
    kept = fetched(Client(), "/ogc/collections/works/items?f=shp", tmp_path)
    with zipfile.ZipFile(kept) as archive:
        told = archive.read("fields.csv").decode("utf-8-sig")
        kinds = Counter(Path(name).stem for name in archive.namelist() if name.endswith(".shp"))
    assert set(kinds) == {"works-point", "works-linestring", "works-polygon"}
    assert "period_fro,period_from,起止日期 Dates 起 from" in told
    assert "works-polygon,2" in told
    _, shapes, columns = read(f"/vsizip/{kept}/works-polygon.shp")
    assert [shape.equals(shapely.from_wkb(square().wkb.tobytes())) for shape in shapes] == [True, True]
    assert columns["builder"][0].strip("甲") == ""


def test_short_names_are_short_and_each_is_there_once() -> None:
    names = ["start_depth_m", "start_depth_n", "start_depth_o", "id", *(f"subcategory{n}" for n in range(12))]
    found = short(names)
    assert len(set(found)) == len(names)
    assert max(len(name.encode()) for name in found) <= 10
    assert found[:4] == ["start_dept", "start_de_2", "start_de_3", "id"]


def test_what_is_guarded_leaves_for_a_purpose_that_is_kept_and_stands_in_the_file(tmp_path: Path) -> None:
    make(PipeSegment)
    client = Client()
    client.force_login(User.objects.create_superuser("chief"))
    path = "/ogc/collections/pipes/items?purpose=抢修"
    assert client.get("/ogc/collections/pipes/items?f=fgb").status_code == 400
    assert not Inquiry.objects.exists()
    for form in files.FORMS:
        kept = fetched(client, f"{path}&f={form}", tmp_path)
        _, [pipe], _ = read(f"/vsizip/{kept}/pipes-linestringz.shp" if form == "shp" else kept)
        assert pipe.has_z
        if form == "shp":
            with zipfile.ZipFile(kept) as archive:
                said = archive.read("NOTE.txt").decode("utf-8-sig")
        else:
            said = pyogrio.read_info(kept)["layer_metadata"]["DESCRIPTION"]
        number = Inquiry.objects.latest("pk").pk
        assert re.fullmatch(
            rf"受限资料，.*chief 于 [-\d]+ [:\d]+ 取出，目的：抢修，受限.*第 {number} 号 / .+\n?", said
        ), form
    table = client.get(f"{path}&f=csv")
    head, row = csv.reader(table.getvalue().decode("utf-8-sig").splitlines())
    assert (head[-1], "目的：抢修" in row[-1]) == ("资料说明", True)
    assert quote("地下管线-受限-") in table["Content-Disposition"]
    [text] = client.get(f"{path}&f=geojsonl").getvalue().decode().strip("\x1e\n").split("\n")
    one = f"/ogc/collections/pipes/items/{PipeSegment.objects.get().pk}?purpose=抢修"
    for said in (json.loads(text), client.get(path).json(), client.get(one).json(), client.get(one).json()):
        assert "目的：抢修" in said["note"]
    assert f"第 {Inquiry.objects.latest('pk').pk} 号" in said["note"]
    assert said["type"] == "Feature" and {"id", "geometry", "properties", "links"} < said.keys()
    assert set(Inquiry.objects.values_list("layer", "purpose", "rows")) == {("pipes", "抢修", 1)}
    assert Inquiry.objects.count() == 8


def test_a_file_that_residents_may_not_have_says_so_and_another_does_not() -> None:
    make(Facility, kind="toilet", owner="路灯所")
    make(FenceVersion, state="draft")
    client = Client()
    client.force_login(User.objects.create_superuser("chief"))
    told = {}
    for way in (
        "facilities/items?f=csv",
        "facilities/items?f=csv&properties=kind",
        "fences/items?f=csv&properties=name",
    ):
        answer = client.get(f"/ogc/collections/{way}")
        told[way] = "内部资料" in answer.getvalue().decode(), "internal" in answer["Content-Disposition"]
    assert list(told.values()) == [(True, True), (False, False), (True, True)], "a column, nothing, a draft"


def test_a_file_of_what_is_guarded_covers_so_much_ground_and_no_more(settings: Any) -> None:
    for lon, lat in ((WEST, SOUTH), (WEST + 0.1, SOUTH + 0.1)):
        make(PipeSegment, geom=line(lon, lat))
    client = Client()
    client.force_login(User.objects.create_superuser("chief"))
    path = "/ogc/collections/pipes/items?f=csv&purpose=普查"
    refused = client.get(path)
    assert refused.status_code == 400
    assert all(word in refused.json()["detail"] for word in ("25 平方公里", "bbox", "km²"))
    assert not Inquiry.objects.exists(), "nothing was told"
    assert client.get(f"{path}&bbox={WEST - 0.01},{SOUTH - 0.01},{WEST + 0.04},{SOUTH + 0.04}").status_code == 200
    settings.EXPORT_KM2 = 200
    assert client.get(path).status_code == 200
    assert list(Inquiry.objects.order_by("pk").values_list("rows", flat=True)) == [1, 2]


def test_who_takes_flats_home_in_bulk_is_kept() -> None:
    building = make(Building)
    for n in range(101):
        make(Room, building=building, number=f"{n}")
    make(Address, road="云汀路", number="1")
    make(Address, road="云汀路", number="2", unit="1", room="301")
    client = Client()
    client.force_login(User.objects.create_superuser("chief"))
    ways = ("rooms/items?f=csv", "rooms/items?limit=100", "rooms/items?limit=101", "addresses/items?f=geojsonl",
            "addresses/items?f=csv&limit=1&sortby=id", "facilities/items?f=csv")  # fmt: skip
    for way in ways:
        assert client.get(f"/ogc/collections/{way}").status_code == 200
    assert Client().get("/ogc/collections/addresses/items?f=csv").status_code == 200
    kept = Inquiry.objects.order_by("pk").values_list("layer", "purpose", "question", "rows")
    assert list(kept) == [
        ("rooms", TAKEN, "rooms/items?f=csv", 101),
        ("rooms", TAKEN, "rooms/items?limit=101", 101),
        ("addresses", TAKEN, "addresses/items?f=geojsonl", 1),
    ]


def test_a_file_that_is_not_written_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    make(Facility)
    monkeypatch.setattr(files, "WRITER", [sys.executable, "-c", "raise SystemExit('broken')"])
    head = Client().head(f"{ITEMS}?f=gpkg")
    assert (head.status_code, head["Content-Type"]) == (200, "application/geopackage+sqlite3")
    answer = Client(raise_request_exception=False).get(f"{ITEMS}?f=gpkg")
    assert answer.status_code == 500
    assert "broken" not in answer.content.decode()


@pytest.mark.parametrize("form", ["csv", "geojsonl", "gpkg", "shp", "fgb", "html", "json"])
def test_a_file_of_what_cannot_be_reckoned_is_refused_and_does_not_break_off(db: None, form: str) -> None:
    make(Facility, capacity=5)
    refused = Client().get(f"{ITEMS}?f={form}&filter=capacity ^ 1000 > 1")
    assert (refused.status_code, refused.streaming) == (400, False)
    assert "filter" in refused.content.decode()
