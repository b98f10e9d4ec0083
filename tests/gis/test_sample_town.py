"""The invented town: the sizes it was ordered with, consistent in itself, loaded once, never over a city's own data."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import shapely
from django.apps import apps
from django.core.management import call_command, get_commands
from django.core.management.base import CommandError
from django.utils.timezone import localdate

from data.town import cameras, files, markets, plan, registers
from data.town.dates import Calendar, first_of
from data.town.streets import bound
from data.town.town import NAMED, Town, draw
from gis.codes import CameraCode, ComponentCode, GridCode
from gis.ingest import subjects
from gis.locate import index
from gis.management.commands import sample_town
from gis.models import (
    Building,
    Grid,
    ImportRun,
    Landuse,
    PipeSegment,
    Road,
    Zoning,
)
from gis.schedule_text import read
from gis.survey.topology import check_areas
from tests.town import drawn

TODAY = localdate()


@pytest.fixture(scope="module")
def town() -> Town:
    """As it is today. Another process drew it, where one came first: the same, whatever its seed of hashes."""
    return drawn(plan.SEED, TODAY)


@pytest.fixture
def var(tmp_path: Path, settings: Any, town: Town, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sample_town, "draw", lambda seed, day: town)  # drawing takes longer than many a test
    settings.VAR = tmp_path
    return tmp_path


def sample(*flags: str) -> str:
    said = StringIO()
    call_command("sample_town", *flags, stdout=said)
    return said.getvalue()


def rows() -> dict[str, int]:
    return {model.__name__: model._default_manager.count() for model in apps.get_app_config("spatial").get_models()}


def of_kind(town: Town, kind: str) -> list[dict[str, Any]]:
    return [thing.properties for thing in town.things["facilities"] if thing.properties["kind"] == kind]


def test_the_same_seed_and_day_draw_the_same_town(town: Town, tmp_path: Path) -> None:
    first = [path.read_bytes() for _, path in files.write(town, tmp_path / "a", plan.SURVEYED)]
    twin = draw(plan.SEED, TODAY)
    again = [path.read_bytes() for _, path in files.write(twin, tmp_path / "b", plan.SURVEYED)]
    assert first == again
    assert (town.zones, town.heads, town.fences, town.inspectors) == (
        twin.zones, twin.heads, twin.fences, twin.inspectors,
    )  # fmt: skip


def test_another_seed_draws_another_town_of_the_same_sizes() -> None:
    other = draw(7, date(2031, 5, 31))
    assert len(other.things["segments"]) == plan.SEGMENTS
    assert sum(thing.properties["kind"] == "stall" for thing in other.things["facilities"]) == 287
    assert [len(thing.shape.geoms) for thing in other.things["fences"] if thing.properties.get("valid_to")] == [214]
    homes = Counter(str(room.properties["building"]) for room in other.things["rooms"])
    assert Counter(homes.values()) == {36: plan.BIG_BLOCKS, 64: plan.COUNTED_BLOCKS}
    works = {thing.properties["state"] for thing in other.things["works"]}
    assert works == {"planned", "active", "finished"}


def test_a_town_fits_a_first_look(town: Town) -> None:
    counts = {subject: len(things) for subject, things in town.things.items()}
    assert 25_000 < sum(counts.values()) + len(town.zones) + len(town.heads) < 40_000
    for subject, things in town.things.items():
        assert len({thing.id for thing in things}) == len(things), subject
        assert all(thing.shape.is_valid and not thing.shape.is_empty for thing in things), subject


def test_the_town_lies_in_a_country_that_nobody_manages(town: Town) -> None:
    """At no zoom does the map end where the town does, and beyond its edge there is ground, water and road only."""
    whole = bound().buffer(60)  # some lamps and outfalls stand just beyond
    outside = {
        name: [thing for thing in things if not whole.intersects(thing.shape)] for name, things in town.things.items()
    }
    assert {name for name, things in outside.items() if things} == {"landuse", "water", "roads"}
    country = [thing for things in town.things.values() for thing in things if thing.id.startswith("country-")]
    assert all(thing.shape.intersection(bound()).area < 1 for thing in country)
    west, south, east, north = shapely.total_bounds([thing.shape for thing in country])
    assert east - west > 200_000
    assert north - south > 140_000
    assert east < 130_000, "the real data that tests lay beside it begin there"
    settled = [thing.properties["name"] for thing in country if thing.properties["kind"] in ("town", "village")]
    assert len(settled) > 60
    assert len(set(settled)) == len(settled), "each is called by a name of its own"
    assert "" not in settled
    ends = [
        thing.shape
        for thing in country
        if thing.properties["name"].endswith("公路") and thing.id[:12] == "country-road"
    ]
    assert sum(end.distance(bound().exterior) < 1 for end in ends) >= 15, "streets go on where the town ends"


def test_whatever_has_a_name_has_one_in_english(town: Town) -> None:
    for subject in (*NAMED, "areas-1", "areas-2", "areas-3"):
        for thing in town.things[subject]:
            row = thing.properties
            assert bool(row["name_en"]) == bool(row.get("name")), (subject, row)
            assert not re.search(r"[\u4e00-\u9fff]", row["name_en"]), row
    for row in (thing.properties for thing in town.things["addresses"]):
        for name in ("name", "estate"):
            assert bool(row[f"{name}_en"]) == bool(row.get(name)) and row[f"{name}_en"].isascii(), row


def test_streets_are_zoned_in_three_classes_and_three_zones_with_five_heads(town: Town) -> None:
    assert len(town.things["segments"]) == 788
    now = [zone for zone in town.zones if zone.closed is None and zone.until is None]
    assert {zone.segment for zone in now} == {thing.properties["code"] for thing in town.things["segments"]}
    assert len({(zone.street_class, zone.zone) for zone in now}) == 9
    assert Counter(Counter(code for code, *_ in town.heads).values()) == {5: 788}


def test_estates_have_their_sizes(town: Town) -> None:
    estates = {
        thing.properties["name"]
        for thing in town.things["landuse"]
        if thing.properties["kind"] == "residential" and thing.properties["name"]
    }
    assert len(estates) == 16
    blocks = Counter(
        thing.properties["address"].rstrip("幢0123456789")
        for thing in town.things["buildings"]
        if thing.properties["address"].endswith("幢")
    )
    assert set(blocks) == estates
    assert blocks[plan.BIG_ESTATE] == 106
    homes = Counter(str(room.properties["building"]) for room in town.things["rooms"])
    counted = {
        thing.properties["code"]
        for thing in town.things["buildings"]
        if thing.properties["address"].startswith(plan.COUNTED_ESTATE)
    }
    assert sum(count for code, count in homes.items() if code in counted) == plan.HOUSEHOLDS == 704
    big = sum(count for code, count in homes.items() if code not in counted)
    assert 9_500 < big * 2.6 < 10_500, "about 10,000 people"


def test_waste_and_gardens_have_theirs(town: Town) -> None:
    points = {
        row["address"]: row["capacity"] for row in of_kind(town, "collection-point") if row["features"][-1] == "clothes"
    }
    assert points.pop(plan.COUNTED_ESTATE) == plan.WASTE_LITRES == 7000
    assert set(points.values()) == {4000}
    gardens = [thing.shape for thing in town.things["landuse"] if thing.properties["name"].endswith("微花园")]
    assert [garden.area for garden in gardens] == [64, 64, 64]
    houses = shapely.STRtree([thing.shape for thing in town.things["buildings"]])
    assert houses.query(gardens, predicate="intersects").size == 0


def test_the_record_says_of_every_number_whether_it_is_seeded() -> None:
    """Each row of the table names the test that holds it, or the table it waits for, which is not to be waited
    for once it is there."""
    record = Path(__file__).parents[2] / "docs" / "decisions" / "0050-sample-town.md"
    rows = [line.split("|")[1:-1] for line in record.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    said = [cell.strip() for _, cell in rows[1:]]
    models = apps.get_app_config("spatial").get_models()
    there = {f"{model._meta.model_name}s" for model in models} | set(subjects.SUBJECTS)
    assert len(said) >= 25
    both = Path(__file__), Path(__file__).with_name("test_town_loaded.py")
    tests = {name for path in both for name in re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.M)}
    for cell in said:
        held, waits = re.findall(r"`(test_\w+)`", cell), re.match(r"waits for `(\w+)`(?: and `(\w+)`)?", cell)
        assert bool(held) != bool(waits), cell
        assert set(held) <= tests, cell
        assert not waits or there.isdisjoint(waits.groups()), cell


def test_markets_stalls_and_pitches(town: Town) -> None:
    stalls = of_kind(town, "stall")
    assert len(of_kind(town, "market")) == 5
    assert len(stalls) == 287
    assert all(200 <= stall["extra"]["fee"] <= 600 and stall["features"] for stall in stalls)
    assert Counter(stall["extra"]["market"] for stall in stalls) == plan.STALLS
    fences = [thing for thing in town.things["fences"] if thing.properties["purpose"] == "temporary-market"]
    assert len(fences) == 12
    assert len({json.dumps(fence.properties["hours"]) for fence in fences}) > 9
    boards = {board["extra"]["fence"]: board for board in of_kind(town, "notice-board")}
    assert set(boards) == {fence.properties["code"] for fence in fences}
    assert 60 <= sum(board["capacity"] for board in boards.values()) <= 70
    assert all(0 <= board["extra"]["free"] <= board["capacity"] for board in boards.values())


def test_more_than_two_hundred_stalls_stood_on_one_road_and_are_gone(town: Town) -> None:
    [past] = [thing for thing in town.things["fences"] if thing.properties.get("valid_to")]
    road = shapely.union_all([
        thing.shape for thing in town.things["roads"] if thing.properties["name"] == markets.PEAK_STREET
    ])  # fmt: skip
    assert len(past.shape.geoms) == markets.PEAK > 200
    assert past.shape.is_valid
    assert all(1 < stall.distance(road) < 12 for stall in past.shape.geoms)
    assert past.properties["valid_to"] < plan.DAY.isoformat()


def test_cameras_watch_for_all_scenes_from_34_sites(town: Town) -> None:
    heads = of_kind(town, "camera")
    assert len(heads) == 60
    assert len({head["extra"]["site"] for head in heads}) == 34
    assert {scene for head in heads for scene in head["extra"]["scenes"]} == set(cameras.SCENES)
    assert len(cameras.SCENES) == 22
    devices = {CameraCode(head["extra"]["device"]) for head in heads}
    assert len(devices) == 60
    assert all(device.is_camera and device.parts["trade"] == "08" for device in devices)


def test_offices_and_inspectors(town: Town) -> None:
    assert len(town.departments) == 27
    codes = [code for code, *_ in town.departments]
    assert all(not above or codes.index(above) < number for number, (_, _, _, above, *_) in enumerate(town.departments))
    assert len(town.things["grids"]) == 6
    assert len(town.inspectors) == 9
    assert {grid for grid, *_ in town.inspectors} == {grid.properties["code"] for grid in town.things["grids"]}


def test_works_are_past_running_and_to_come(town: Town) -> None:
    works = [thing.properties for thing in town.things["works"]]
    assert len(works) >= 14
    assert {row["state"] for row in works} == {"planned", "active", "finished"}
    shut = [row for row in works if row["effect"] == "closed" and row["state"] == "active" and row["kind"] == "closure"]
    assert shut
    assert all(row["detour"] for row in shut)
    streets = {thing.properties["name"] for thing in town.things["roads"]}
    assert {row["road"] for row in works} <= streets


def test_services_differ(town: Town) -> None:
    toilets = of_kind(town, "toilet")
    assert len(toilets) >= 20
    assert len({json.dumps(toilet["hours"]) for toilet in toilets}) >= 3
    assert {"accessible", "baby", "paper"} <= {word for toilet in toilets for word in toilet["features"]}
    wastes = Counter(word for row in of_kind(town, "bin") for word in row["features"])
    assert set(wastes) == {"recyclable", "hazardous", "kitchen", "residual"}
    for kind in ("collection-point", "qr-plate", "manhole", "lamp", "bus-stop", "school"):
        assert of_kind(town, kind), kind
    for facility in town.things["facilities"]:
        if code := facility.properties.get("code"):
            assert ComponentCode(code).class_code == facility.properties["class_code"]
        if hours := facility.properties.get("hours"):
            read(hours)


def test_addresses_have_doors_gates_and_crossings(town: Town) -> None:
    kinds = Counter(thing.properties["kind"] for thing in town.things["addresses"])
    assert kinds["door"] > 2000
    assert kinds["gate"] > 50
    assert kinds["crossing"] > 300
    crossings = [thing.properties for thing in town.things["addresses"] if thing.properties["kind"] == "crossing"]
    assert all(re.fullmatch(r".+与.+路口", row["name"]) for row in crossings)
    doors = Counter(
        (row["road"], row["number"])
        for row in (thing.properties for thing in town.things["addresses"])
        if row["kind"] == "door" and row["road"]
    )
    assert set(doors.values()) == {1}


def test_grids_tile_their_communities_exactly(town: Town) -> None:
    grids = town.things["grids"]
    assert shapely.coverage_is_valid([part for grid in grids for part in grid.shape.geoms])
    for area in town.things["areas-3"]:
        own = [grid.shape for grid in grids if GridCode(grid.properties["code"]).parent == area.properties["code"]]
        assert shapely.union_all(own).symmetric_difference(area.shape).area == 0


def test_buildings_stand_apart_from_water_streets_and_each_other(town: Town) -> None:
    houses = [thing.shape for thing in town.things["buildings"]]
    tree = shapely.STRtree(houses)
    assert tree.query(houses, predicate="overlaps").size == 0
    water = [thing.shape for thing in town.things["water"]]
    assert tree.query(water, predicate="intersects").size == 0
    streets = [thing.shape for thing in town.things["segments"]]
    assert tree.query(streets, predicate="intersects").size == 0


def test_pipes_agree_with_the_ground_and_drains_fall(town: Town) -> None:
    nodes = {node.properties["code"]: node.properties for node in town.things["pipe-nodes"]}
    for pipe in town.things["pipes"]:
        row = pipe.properties
        for end in ("start", "end"):
            node = nodes[row[end]]
            assert node["ground_m"] == pytest.approx(row[f"{end}_depth_m"] + row[f"{end}_elevation_m"], abs=0.011)
            assert node["depth_m"] == row[f"{end}_depth_m"] > 0
        if row["category"] == "PS":
            assert row["start_elevation_m"] >= row["end_elevation_m"]
    categories = {pipe.properties["category"] for pipe in town.things["pipes"]}
    assert categories == {"JS", "PS", "RQ", "RL", "DL", "TX", "GY", "QT"}
    streets = shapely.union_all([thing.shape for thing in town.things["segments"]]).buffer(15)
    shapely.prepare(streets)
    shapes = [pipe.shape for pipe in town.things["pipes"]]
    under = sum((pipe if streets.covers(pipe) else pipe.intersection(streets)).length for pipe in shapes)
    assert under / sum(pipe.length for pipe in shapes) > 0.99, "mains lie under streets"


def test_blocked_points_and_hazards_lie_on_the_pipes_they_name(town: Town) -> None:
    pipes = {pipe.properties["code"]: pipe.shape for pipe in town.things["pipes"]}
    found = town.things["pipe-findings"]
    kinds = Counter(finding.properties["kind"] for finding in found)
    assert (kinds["blockage"], kinds["hazard"], len(found)) == (4, 4, 24)
    assert all(pipes[finding.properties["segment"]].distance(finding.shape) < 0.01 for finding in found)


def test_rules_changed_on_several_days_within_two_years(town: Town) -> None:
    days = Calendar(TODAY)
    begun = {zone.since for zone in town.zones}
    assert begun == {days.begun.isoformat(), *(day.isoformat() for day in days.changes)}
    assert Calendar(plan.DAY).begun == date(2024, 11, 1)
    assert days.changes[-1] > TODAY
    assert any(zone.closed and zone.until is None and "更正" not in zone.basis for zone in town.zones)
    assert any("更正" in zone.basis for zone in town.zones), "some records were wrong at first"
    assert first_of(date(2026, 1, 31), -1) == date(2025, 12, 1)


@pytest.mark.django_db
def test_a_sheet_loads_through_the_importer_too(settings: Any, tmp_path: Path) -> None:
    """A district and a city are the same sheet, larger: what goes wrong in them goes wrong in this one."""
    settings.VAR = tmp_path
    said = sample("--size", "trial")
    assert "云汀试验田" in said
    assert set(re.findall(r"manage\.py\s(\w+)", said)) == {"index_places", "generalise"} <= set(get_commands())
    call_command("index_places", stdout=StringIO())
    assert index.due() == 0
    assert not list(tmp_path.rglob("*.refused.csv"))
    assert Building.objects.count() > 1_000
    assert set(Building.objects.values_list("source", flat=True)) == {"云汀试验田(虚构)"}
    assert not PipeSegment.objects.filter(start__isnull=True).exists()
    assert Zoning.objects.exists() and not Grid.objects.filter(community__isnull=True).exists()
    assert check_areas().findings == ()
    loaded = rows()
    assert "没有变化" in sample("--size", "trial")
    assert rows() == loaded


@pytest.mark.django_db
def test_it_does_not_mix_with_a_city_s_own_data_unless_told(var: Path) -> None:
    Landuse.objects.create(kind="park", geom="SRID=4490;MULTIPOLYGON(((0 0, 0.01 0, 0.01 0.01, 0 0.01, 0 0)))")
    with pytest.raises(CommandError, match=r"用地.*holds other data"):
        sample()
    assert not ImportRun.objects.exists()
    sample("--force", "--size", "trial")  # the question is the same for every size, and this one is quickly answered
    assert Landuse.objects.count() > 1


@pytest.mark.django_db
def test_a_refused_row_undoes_the_whole_town(var: Path, town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(town.things["segments"][0].properties, "code", "X" * 500)
    with pytest.raises(CommandError, match="segments"):
        sample()
    assert not (Landuse.objects.exists() or Road.objects.exists())


def test_tables_hold_what_is_on_record_and_who_answers_for_it(town: Town, tmp_path: Path) -> None:
    written = {subject: path for subject, path in files.write(town, tmp_path, plan.SURVEYED) if path.suffix == ".csv"}
    lines = {subject: len(path.read_text("utf-8-sig").splitlines()) - 1 for subject, path in written.items()}
    now = sum(zone.closed is None for zone in town.zones)
    assert lines == {"zonings": now, "heads": 788 * 5, "departments": 27, "inspectors": 9, "addresses": registers.DOORS}
    for hours in {json.dumps(zone.hours): zone.hours for zone in town.zones if zone.hours}.values():
        assert read(files.spoken(hours)).to_json() == hours


def test_files_are_geojson_in_degrees(town: Town, tmp_path: Path) -> None:
    for _, path in files.write(town, tmp_path, plan.SURVEYED):
        if path.suffix == ".csv":
            continue
        assert json.loads(path.read_text(encoding="utf-8"))["features"], path.name
    box = json.loads((tmp_path / "water.geojson").read_text(encoding="utf-8"))["features"][0]["geometry"]
    west, south = box["coordinates"][0][0][0]
    assert abs(west - 120.03) < 0.03
    assert abs(south - 31.27) < 0.03


def test_what_is_named_is_named_in_english_too(town: Town) -> None:
    for subject in ("roads", "buildings", "facilities"):
        told = {
            one.properties["name"]: one.properties["name_en"] for one in town.things[subject] if one.properties["name"]
        }
        assert told and all(re.fullmatch(r"[A-Z][A-Za-z0-9',/ ]+", name) for name in told.values()), subject
    assert told["西塘大道第三公厕"] == "Xitang Avenue Public Toilet 3"
    assert told["云汀大道文澜路"] == "Yunting Avenue / Wenlan Road"
