"""Programs that no one here wrote list, page, filter and read our layers through a real server."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import mapbox_vector_tile
import pytest
import shapely
from django.contrib.auth.models import Group, User
from django.contrib.gis.geos import Point
from django.db import connection
from django.test import Client
from hypothesis import settings
from owslib.ogcapi.features import Features

from frontend.ogc.systems import systems
from frontend.ogc.tiles import MVT
from gis import libpq
from gis.models import Building, Facility, Grid, PipeSegment
from layers import manifest, registry, tokens
from layers.models import Inquiry
from layers.roles import grant
from layers.scope import RESIDENT
from tests.factories import SOUTH, STEP, WEST, make, square, tile_at
from tests.verdict import check

OGRINFO = shutil.which("ogrinfo")
LISTED = {layer.id for layer in registry.visible(RESIDENT)}
NEAR = (WEST - STEP / 2, SOUTH - STEP, WEST + 4.5 * STEP, SOUTH + STEP)


@pytest.fixture
def ogc(server: str) -> str:
    """The API of a server with 25 toilets in a row and a tower."""
    manifest.forget()
    systems.cache_clear()
    for n in range(25):
        geom = Point(WEST + n * STEP, SOUTH, srid=4490)
        make(Facility, name=f"公厕{n}", capacity=n, kind="toilet", surveyed_at="2026-03-01", geom=geom)
    make(Building, name="金茂大厦", geom=square())
    return f"{server}/ogc"


READ = """
import json, pyogrio, shapely, sys
url, layer = sys.argv[1:3]
how = {key: tuple(value) if key == "bbox" else value for key, value in json.loads(sys.argv[3]).items()}
told, _, shapes, columns = pyogrio.raw.read(url, layer=layer, encoding="UTF-8", PAGE_SIZE="5", **how)
table = {name: column.tolist() for name, column in zip(told["fields"], columns) if column.dtype.kind in "iufO"}
print(json.dumps({"layers": [name for name, _ in pyogrio.list_layers(url)], "table": table,
                  "shapes": [shape.wkt for shape in shapely.from_wkb(shapes)]}, default=str))
"""


def read(ogc: str, layer: str = "facilities", **how: Any) -> Any:
    """What GDAL's OAPIF driver reads, five features a page; in a process of its own, for it holds Python's lock."""
    words = [sys.executable, "-c", READ, f"OAPIF:{ogc}", layer, json.dumps(how)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_gdal_lists_pages_filters_and_reads(ogc: str) -> None:
    told = read(ogc)
    assert set(told["layers"]) == LISTED
    assert sorted(told["table"]["capacity"]) == list(range(25))
    assert shapely.from_wkt(told["shapes"][0]).equals_exact(shapely.Point(WEST, SOUTH), 1e-7)
    assert len(read(ogc, bbox=NEAR)["shapes"]) == 5
    assert sorted(read(ogc, where="capacity > 20")["table"]["capacity"]) == [21, 22, 23, 24]
    assert read(ogc, "buildings")["table"]["name"] == ["金茂大厦"]


def test_gdal_reads_with_a_token_what_its_owner_sees(ogc: str, monkeypatch: pytest.MonkeyPatch) -> None:
    make(PipeSegment, code="GX-1")
    token = tokens.make(User.objects.create_superuser("chief"), "管线核对", 30)
    monkeypatch.setenv("GDAL_HTTP_USERPWD", f"gdal:{token}")
    told = read(ogc, "pipes")
    assert told["table"]["code"] == ["GX-1"]
    assert "rooms" in told["layers"]
    assert ("pipes", "管线核对", "管线核对") in set(Inquiry.objects.values_list("layer", "token", "purpose"))


@pytest.mark.skipif(OGRINFO is None, reason="Debian's GDAL (ogrinfo) is not installed")
def test_debians_gdal_reads_it_in_the_order_of_the_authority(ogc: str) -> None:
    words = [str(OGRINFO), "-ro", "-al", "-oo", "PAGE_SIZE=10", f"OAPIF:{ogc}", "facilities", "-where", "capacity = 3"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=True)
    assert "Feature Count: 1" in done.stdout
    assert f"POINT ({round(WEST + 3 * STEP, 7)} {SOUTH})" in done.stdout
    assert "公厕3" in done.stdout


def test_the_link_of_a_tileset_leads_to_its_tiles_as_the_definition_says(ogc: str) -> None:
    """From the landing page by links alone: list, tileset, scheme, tile; the classes of Tiles that we claim."""

    def follow(there: dict[str, Any], rel: str) -> Any:
        with urlopen(next(one["href"] for one in there["links"] if one["rel"].endswith(rel))) as answer:
            return json.load(answer)

    with urlopen(f"{ogc}/collections/facilities?f=json") as answer:
        listed = follow(json.load(answer), "tilesets-vector")
    [one] = listed["tilesets"]
    tileset = follow(one, "self")
    scheme = follow(tileset, "tiling-scheme")
    [template] = [one["href"] for one in tileset["links"] if one.get("templated")]
    zoom, column, row = tile_at(16).split("/")
    limits = next(one for one in tileset["tileMatrixSetLimits"] if one["tileMatrix"] == zoom)
    assert limits["minTileCol"] <= int(column) <= limits["maxTileCol"]
    assert limits["minTileRow"] <= int(row) <= limits["maxTileRow"]
    west, south, east, north = (*tileset["boundingBox"]["lowerLeft"], *tileset["boundingBox"]["upperRight"])
    corners = {tile_at(16, west, north), tile_at(16, east, south)}
    assert corners == {f"{zoom}/{limits[f'{end}TileCol']}/{limits[f'{end}TileRow']}" for end in ("min", "max")}
    assert int(column) < next(one["matrixWidth"] for one in scheme["tileMatrices"] if one["id"] == zoom)
    there = template.format(tileMatrix=zoom, tileCol=column, tileRow=row)
    with urlopen(there) as answer:
        tile = answer.read()
        assert answer.headers["Content-Type"] == MVT
    check(tile)
    [layer] = mapbox_vector_tile.decode(tile).values()
    assert len(layer["features"]) == 25
    with urlopen(f"{ogc}/api?f=json") as answer:
        told = json.load(answer)["paths"]["/tiles/facilities/{tileMatrix}/{tileCol}/{tileRow}.mvt"]
    promised = told["servers"][0]["url"] + "/tiles/facilities/{tileMatrix}/{tileCol}/{tileRow}.mvt"
    assert (promised, set(told["get"]["responses"]["200"]["content"])) == (template, {MVT})


def test_owslib_lists_pages_filters_and_reads(ogc: str) -> None:
    client = Features(ogc)
    assert set(client.feature_collections()) == LISTED
    claimed = [one.split("/")[-1] for one in client.conformance()["conformsTo"] if "features-8/" in one]
    assert claimed == ["sorting", "sortables", "features-sorting"]
    assert client.api()["openapi"].startswith("3.0")
    assert client.collection_queryables("facilities")["properties"]["capacity"]["type"] == "integer"
    first = client.collection_items("facilities", limit=10, bbox=list(NEAR))
    assert first["numberMatched"] == 5
    assert len(client.collection_items("facilities", filter="capacity >= 20")["features"]) == 5
    one = client.collection_item("facilities", str(first["features"][0]["id"]))
    assert one["properties"]["name"] == "公厕0"
    json.dumps(one)


def test_a_box_is_planned_once_in_a_session_which_keeps_few_and_is_replaced(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(libpq, "MOST", 2)
    make(Facility)
    names = "SELECT name FROM pg_prepared_statements WHERE statement LIKE '%WITH found%' ORDER BY name"

    def planned(*properties: str) -> list[str]:
        for some in properties:
            answer = Client().get(f"/ogc/collections/facilities/items?bbox=121,31,122,32&properties={some}")
            assert answer.json()["numberReturned"] == 1, answer.content
        with connection.cursor() as cursor:
            cursor.execute(names)
            return [name for (name,) in cursor.fetchall()]

    once = planned("name")
    assert planned("name", "name") == once
    assert len(planned("name", "kind", "code", "capacity")) == 2
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
    assert len(planned("capacity", "code")) == 2, "what is gone is made again"
    connection.connection.pgconn.finish()
    assert len(planned("code")) == 1
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", True)
    assert len(planned("name")) == 1, "a pooler's sessions are nobody's"


CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,"
    "response_headers_conformance,unsupported_method,negative_data_rejection"
)
SOME = "^/($|api|conformance|tileMatrixSets|collections$|collections/facilities(/|$)|tiles/facilities/)"
OF_STAFF = "^/collections/(grids|pipes)/items"
CHANCE = ["--generation-deterministic"] if settings.default.derandomize else ["--generation-database", "none"]
"""As for hypothesis itself: CI asks the same each time."""


def examined(ogc: str, folder: Path, paths: str, examples: int, *more: str) -> str:
    """What schemathesis says against some paths of the served definition; nothing, when it found no fault."""
    words = [str(Path(sys.executable).with_name("schemathesis")), "run", f"{ogc}/api?f=json", "--checks", CHECKS,
             "--phases", "fuzzing", "--max-examples", str(examples), "--include-path-regex", paths,
             "--no-color", *CHANCE, *more]  # fmt: skip
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    return "" if done.returncode == 0 else done.stdout[-6000:] + done.stderr[-2000:]


def test_schemathesis_finds_no_fault_and_no_answer_that_is_not_promised(ogc: str, tmp_path: Path) -> None:
    """Of one collection, for all are one code. What a filter may say no schema tells, so that good ones are ours."""
    assert examined(ogc, tmp_path, SOME, 12) == ""


def test_nor_where_a_planner_changes_features_and_reads_what_is_guarded(ogc: str, tmp_path: Path) -> None:
    make(PipeSegment, code="GX-1")
    make(Grid)
    grant()
    planner = User.objects.create_user("planner")
    planner.groups.add(Group.objects.get(name="planner"))
    token = tokens.make(planner, "schemathesis", 30)
    shown = "--header", f"Authorization: Bearer {token}"
    assert examined(ogc, tmp_path, OF_STAFF, 4, *shown) == ""
