"""A recipe for every real set: each loads its city in one go, and every dataset of them is found and recognised."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from gis.ingest.recipe import Recipe
from gis.ingest.survey import survey
from gis.models import ImportRun

HERE = Path(__file__).resolve().parent
DATA = HERE.parents[2] / "shared" / "data"

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not DATA.is_dir(), reason="the shared real data are not here"),
]

ADDED = {
    "beijing": {"areas": 2891 + 331, "facilities": 8},
    "futian": {"segments": 2594, "facilities": 52},
    "hangzhou": {"landuse": 8707, "water": 2718, "rasters": 1},
    "helsinki": {"buildings": 442, "roads": 2469, "segments": 4700, "facilities": 3976, "water": 19},
    "huangpu": {"roads": 796 + 192, "facilities": 455 + 20582, "buildings": 107},
    "jinan": {"roads": 18117},
    "lujiazui": {
        "landuse": 175, "water": 35, "buildings": 1450, "addresses": 115, "roads": 1078, "segments": 2449,
        "facilities": 493 + 1 + 6,
    },
    "pipes": {"pipe-nodes": 935 + 210 + 14 + 45, "pipes": 1043 + 208 + 13 + 44},
    "rasters": {"rasters": 4},
    "suzhou": {"buildings": 3076 + 5650, "facilities": 14635},
}  # fmt: skip


NO_RECIPE = {
    "admin-names-china-division/*": "names and codes of areas without outlines: the layer of areas wants outlines",
    "address-parsing-ncap/*": "addresses with their parts marked, to measure the parser by, and no places",
    "air-beijing-prsa/*.csv.gz": "hourly readings: there is no layer of observations yet; stations are in beijing",
    "cases-baltimore-311/*": "there is no layer of cases yet",
    "cql2-examples/*/*": "examples of a query language",
    "hangzhou-contours/contours.geojson.gz": "no layer of contours: the height model made of them is registered",
    "osm-jinan-roads/nodes.geojson.gz": "ends of the roads, without one property",
    "pipes-*/*.geojson.gz": "the network models once more, as somebody's shapes",
    "pipes-water-epanet/bwsn2.inp.gz": "coordinates of its own invention, 12,523 nodes: ky10 stands for it",
    "pipes-water-epanet/l-town.inp.gz": "coordinates of its own invention: ky10 stands for the water mains",
    "pipes-water-epanet/zj-china.inp.gz": "coordinates of its own invention: ky10 stands for the water mains",
    "tracks-geolife-beijing/*": "where a person went: there is no layer of movers yet",
    "*/README.md": "about the data",
    "*.*": "about all of the data",
}
"""Files of the shared data that no recipe loads, and why."""


@pytest.mark.parametrize("name", ADDED)
def test_a_recipe_loads_its_city(name: str, settings: Any, tmp_path: Path) -> None:
    settings.VAR = tmp_path
    call_command("import", "--recipe", str(HERE / f"{name}.toml"), stdout=StringIO(), stderr=StringIO())
    added: dict[str, int] = {}
    for run in ImportRun.objects.all():
        added[run.subject] = added.get(run.subject, 0) + run.added
    assert added == ADDED[name]


def test_every_recipe_is_tried() -> None:
    assert {path.stem for path in HERE.glob("*.toml")} == set(ADDED)


def test_every_file_has_a_recipe_or_a_reason() -> None:
    there = {path.relative_to(DATA) for path in DATA.rglob("*") if path.is_file()}
    recipes = [Recipe.read(path, None) for path in HERE.glob("*.toml")]
    loaded = {path.resolve().relative_to(DATA.resolve()) for recipe in recipes for _, path in recipe.work()}
    told = {pattern: {path for path in there if path.match(pattern) and len(path.parts) == pattern.count("/") + 1}
            for pattern in NO_RECIPE}  # fmt: skip
    assert [pattern for pattern, paths in told.items() if not paths] == [], "no such file any more"
    assert loaded & set().union(*told.values()) == set(), "these are loaded, whatever the reason says"
    assert there - loaded - set().union(*told.values()) == set(), "neither a recipe nor a reason"


def test_the_sets_are_recognised_by_what_is_in_them() -> None:
    folders = ("osm-shanghai-lujiazui", "osm-hangzhou-landuse-water", "osm-jinan-roads", "suzhou-buildings")
    known = {one.file: one.subject for folder in folders for one in survey(DATA / folder) if one.score >= 0.45}
    assert known == {
        "buildings.geojson.gz": "buildings", "gusu_buildings.geojson.gz": "buildings",
        "sip_osm_buildings.geojson.gz": "buildings", "landuse.geojson.gz": "landuse", "pois.geojson.gz": "facilities",
        "roads.geojson.gz": "roads", "water.geojson.gz": "water",
    }  # fmt: skip
