"""The invented town: consistent in itself, loaded once, and never over a city's own data."""

from __future__ import annotations

import json
from collections import Counter
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import shapely
from django.apps import apps
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from data.town import files, plan
from data.town.town import Town, draw
from gis.codes import ComponentCode, GridCode
from gis.models import Area, FenceState, FenceVersion, Grid, ImportRun, Landuse, PipeSegment, Roll, Sourced, Zoning
from gis.schedule_text import read


@pytest.fixture(scope="module")
def town() -> Town:
    return draw()


@pytest.fixture
def var(tmp_path: Path, settings: Any, town: Town, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("gis.management.commands.demo.draw", lambda: town)  # drawing takes longer than loading
    settings.VAR = tmp_path
    return tmp_path


def demo(*flags: str) -> str:
    said = StringIO()
    call_command("demo", *flags, stdout=said)
    return said.getvalue()


def rows() -> dict[str, int]:
    return {model.__name__: model._default_manager.count() for model in apps.get_app_config("spatial").get_models()}


def test_the_same_seed_draws_the_same_town(town: Town, tmp_path: Path) -> None:
    first = [path.read_bytes() for _, path in files.write(town, tmp_path / "a", plan.SURVEYED)]
    again = [path.read_bytes() for _, path in files.write(draw(), tmp_path / "b", plan.SURVEYED)]
    assert first == again


def test_a_town_fits_a_first_look(town: Town) -> None:
    counts = {subject: len(things) for subject, things in town.things.items()}
    assert sum(counts.values()) + len(town.zones) + len(town.heads) < 6000
    assert 600 <= counts["buildings"] <= 900
    assert counts["grids"] == 24
    for subject, things in town.things.items():
        assert len({thing.id for thing in things}) == len(things), subject
        assert all(thing.shape.is_valid and not thing.shape.is_empty for thing in things), subject


def test_grids_tile_their_communities_exactly(town: Town) -> None:
    grids = town.things["grids"]
    assert shapely.coverage_is_valid([part for grid in grids for part in grid.shape.geoms])
    for area in town.things["areas-3"]:
        own = [grid.shape for grid in grids if GridCode(grid.properties["code"]).parent == area.properties["code"]]
        assert shapely.union_all(own).symmetric_difference(area.shape).area == 0


def test_buildings_stand_apart_from_water_and_each_other(town: Town) -> None:
    houses = [thing.shape for thing in town.things["buildings"]]
    tree = shapely.STRtree(houses)
    pairs = tree.query(houses, predicate="overlaps")
    assert pairs.size == 0
    water = shapely.union_all([thing.shape for thing in town.things["water"]])
    assert not any(house.intersects(water) for house in houses)


def test_codes_follow_their_standards(town: Town) -> None:
    for facility in town.things["facilities"]:
        if code := facility.properties.get("code"):
            assert ComponentCode(code).class_code == facility.properties["class_code"]
        if hours := facility.properties.get("hours"):
            read(hours)
    wastes = Counter(
        thing.properties["extra"]["waste"] for thing in town.things["facilities"] if thing.properties["kind"] == "bin"
    )
    assert len(wastes) == 4


def test_pipes_agree_with_the_ground_and_drains_fall(town: Town) -> None:
    nodes = {node.properties["code"]: node.properties for node in town.things["pipe-nodes"]}
    used = set()
    for pipe in town.things["pipes"]:
        row = pipe.properties
        for end in ("start", "end"):
            node = nodes[row[end]]
            assert node["ground_m"] == pytest.approx(row[f"{end}_depth_m"] + row[f"{end}_elevation_m"], abs=0.011)
            assert node["depth_m"] == row[f"{end}_depth_m"] > 0
            used.add(row[end])
        if row["category"] == "PS":
            assert row["start_elevation_m"] > row["end_elevation_m"]
        assert 0.05 <= pipe.shape.length <= 75
    assert used == set(nodes)
    assert len({pipe.properties["category"] for pipe in town.things["pipes"]}) >= 4


@pytest.mark.django_db
def test_it_loads_through_the_importer_once(var: Path) -> None:
    assert plan.DISTRICT_NAME in demo()
    loaded = rows()
    assert 5000 < sum(loaded.values()) < 8000  # with code lists, news and import runs
    assert "没有变化" in demo()
    assert rows() == loaded
    assert not list((var / "demo").glob("*.csv"))


@pytest.mark.django_db
def test_what_is_loaded_says_that_it_is_invented(var: Path) -> None:
    demo()
    for model in apps.get_app_config("spatial").get_models():
        if issubclass(model, Sourced):
            assert set(model._default_manager.values_list("source", flat=True)) == {plan.SOURCE}, model
    assert all("虚构" in person for person in Grid.objects.values_list("person", flat=True))
    assert all(str(roll.name).startswith("测试") for roll in Roll.objects.all())


@pytest.mark.django_db
def test_places_belong_together(var: Path) -> None:
    demo()
    assert Area.objects.filter(parent__isnull=True).count() == 1
    assert not Grid.objects.filter(community__isnull=True).exists()
    assert not PipeSegment.objects.filter(start__isnull=True).exists()
    states = Counter(FenceVersion.objects.values_list("state", flat=True))
    assert states[FenceState.DRAFT] == states[FenceState.RETIRED] == 1
    assert FenceVersion.objects.filter(name="盐埠早市", purpose="temporary-market").exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM spatial_pipesegment WHERE ST_ZMax(geom) > 0 AND ST_ZMin(geom) > 0")
        assert cursor.fetchone()[0] == PipeSegment.objects.count()


@pytest.mark.django_db
def test_zonings_keep_their_past(var: Path) -> None:
    demo()
    assert Zoning.objects.filter(recorded__endswith__isnull=False).exists()
    assert Zoning.objects.filter(recorded__endswith__isnull=True, valid__endswith__isnull=False).exists()
    assert set(Zoning.objects.values_list("zone", flat=True)) == {"forbidden", "strict", "controlled"}
    for hours in Zoning.objects.exclude(hours=None).values_list("hours", flat=True):
        read(hours)


@pytest.mark.django_db
def test_it_does_not_mix_with_a_city_s_own_data_unless_told(var: Path) -> None:
    Landuse.objects.create(kind="park", geom="SRID=4490;MULTIPOLYGON(((0 0, 0.01 0, 0.01 0.01, 0 0.01, 0 0)))")
    with pytest.raises(CommandError, match=r"用地.*holds other data"):
        demo()
    assert not ImportRun.objects.exists()
    demo("--force")
    assert Landuse.objects.filter(source=plan.SOURCE).exists()


@pytest.mark.django_db
def test_a_refused_row_undoes_the_whole_town(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spoiled = draw()
    spoiled.things["pipe-findings"][0].properties["segment"] = "无此管线"
    monkeypatch.setattr("gis.management.commands.demo.draw", lambda: spoiled)
    with pytest.raises(CommandError, match="pipe-findings"):
        demo()
    assert not Area.objects.exists()


def test_files_are_geojson_in_degrees(town: Town, tmp_path: Path) -> None:
    for _, path in files.write(town, tmp_path, plan.SURVEYED):
        assert json.loads(path.read_text(encoding="utf-8"))["features"], path.name
    box = json.loads((tmp_path / "water.geojson").read_text(encoding="utf-8"))["features"][0]["geometry"]
    west, south = box["coordinates"][0][0][0]
    assert abs(west - 120.03) < 0.02
    assert abs(south - 31.27) < 0.02
