"""What is drawn far out in place of single rows: it is all of them, no more than may be seen, and what the rows say."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from threading import Event
from time import monotonic, sleep
from typing import Any

import numpy as np
import psycopg
import pytest
import shapely
from django.contrib.gis.geos import MultiPolygon, Polygon
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from gis.locate import index
from gis.models import Area, Building, Coarse, CoarseState, Facility, PipeNode, PipeSegment, Water
from layers import registry
from layers.city.facilities import open_to
from layers.coarse import Blocks, Counts, Coverage, view, views
from layers.layer import Field, Layer
from layers.registry import registered
from layers.scope import RESIDENT, Audience, Role
from tests.client import Answer
from tests.factories import SOUTH, STEP, WEST, dot, make, square, tile_at
from tests.pages.conftest import database_url
from tiles.coarse import cells, keeping
from tiles.coarse import upkeep as upkeeping
from tiles.coarse.blocks import dissolved
from tiles.coarse.keeping import catch_up
from tiles.coarse.outlines import simplified
from tiles.coarse.upkeep import Upkeep
from tiles.tile import Tile, parse

Get = Callable[..., Answer]
BUILDINGS = registry.get("buildings", RESIDENT)
FACILITIES = registry.get("facilities", RESIDENT)
ADMIN = Audience(Role.ADMIN)
NODES = registry.get("pipe-nodes", ADMIN)
SPREAD = 0.05  # degrees over which rows lie: many cells of every zoom, several tiles of the deep ones
COLUMNS = ("layer", "view", "zoom", "cell", "part", "number", "painted", "tally", "covered", "shape", "spot")


def told() -> list[tuple[Any, ...]]:
    return [
        (*row[:-2], row[-2].wkb, row[-1] and row[-1].wkb)
        for row in Coarse.objects.order_by(*COLUMNS[:5]).values_list(*COLUMNS)
    ]


def house(dice: random.Random) -> MultiPolygon:
    """A house of some shape and size, close to others."""
    lon, lat = WEST + dice.gauss(0, SPREAD / 4), SOUTH + dice.gauss(0, SPREAD / 4)
    if dice.random() < 0.1:
        ring = [(0, 0), (9, 0), (9, 9), (0, 9), (0, 0)]
        hole = [(2, 2), (7, 2), (7, 7), (2, 7), (2, 2)]
        rings = [[(lon + x * STEP, lat + y * STEP) for x, y in line] for line in (ring, hole)]
        return MultiPolygon(Polygon(*rings), srid=4490)
    if dice.random() < 0.1:  # of two parts, far from each other
        return MultiPolygon(*(square(lon + at, lat + at, STEP)[0] for at in (-0.01, 0.01)), srid=4490)
    return square(lon, lat, dice.choice((0.5, 1, 2, 4, 60)) * STEP)


def built(dice: random.Random, number: int) -> list[Building]:
    return [make(Building, geom=house(dice), height_m=dice.choice((9, 20, 80))) for _ in range(number)]


def around(zoom: int) -> Iterator[Tile]:
    """The tiles over everything that is built here."""
    first, last = (parse(*tile_at(zoom, WEST + s * SPREAD, SOUTH - s * SPREAD).split("/")) for s in (-1, 1))
    for x in range(first.x, last.x + 1):
        for y in range(first.y, last.y + 1):
            yield Tile(zoom, x, y)


def shown(get: Get, layer: str, zoom: int, who: Audience = RESIDENT) -> list[dict[str, Any]]:
    paths = (f"/tiles/{layer}/{tile.z}/{tile.x}/{tile.y}.mvt" for tile in around(zoom))
    return [
        feature["properties"] for path in paths if (answer := get(path, who)).sent for feature in answer.features(layer)
    ]


def edit(dice: random.Random) -> None:
    """One of the things that happen to a table."""
    row = Building.objects.order_by("?").first()
    match dice.randrange(7):
        case 0 | 1:
            built(dice, dice.randint(1, 3))
        case 2 if row:
            row.geom = house(dice)
            row.save()
        case 3 if row:
            row.delete()
        case 4 if row:
            Building.objects.filter(pk=row.pk).update(height_m=dice.choice((9, 80)))
        case 5 if row:
            with connection.cursor() as cursor:
                cursor.execute(
                    "UPDATE spatial_building SET geom = ST_Translate(geom, 0.002, 0.001) WHERE id < %s", [row.pk]
                )
        case _:
            Building.objects.update(name="改名")


@pytest.mark.parametrize("seed", range(4))
def test_kept_up_is_what_would_be_made_anew(transactional_db: None, seed: int) -> None:
    dice = random.Random(seed)
    built(dice, 40)
    catch_up([BUILDINGS])
    for _ in range(6):
        for _ in range(dice.randint(1, 4)):
            edit(dice)
        catch_up([BUILDINGS])
    kept = told()
    Coarse.objects.all().delete()
    catch_up([BUILDINGS], anew=True)
    assert told() == kept
    assert {row[2] for row in kept} == set(range(BUILDINGS.min_zoom, BUILDINGS.coarse.below))


def test_a_house_of_two_parts_is_gathered_where_nothing_of_it_is(transactional_db: None) -> None:
    """A large shape is told by boxes along it, and the cell of its middle may lie beside them all: also a house that
    went must be gone from there."""
    apart = MultiPolygon(square()[0], square(WEST + 0.03, SOUTH + 0.03)[0], srid=4490)
    one, other = (make(Building, geom=apart, height_m=height) for height in (9, 80))
    catch_up([BUILDINGS], anew=True)
    one.delete()
    Building.objects.filter(pk=other.pk).update(height_m=20)
    make(Building, geom=MultiPolygon(square(WEST + 1)[0], square(WEST + 1.03, SOUTH + 0.03)[0], srid=4490))
    catch_up([BUILDINGS])
    kept = told()
    catch_up([BUILDINGS], anew=True)
    assert told() == kept
    assert sum(row[5] for row in kept if row[2] == 8) == 2


def test_what_is_edited_while_all_is_made_anew_is_not_forgotten(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(Building)
    catch_up([BUILDINGS])
    gather = keeping._gather

    def late(*given: Any) -> bool:
        changed = gather(*given)
        with psycopg.connect(**own_connection()) as other:
            other.execute("UPDATE spatial_building SET geom = ST_Translate(geom, 0.02, 0)")
        return changed

    with monkeypatch.context() as patch:
        patch.setattr(keeping, "_gather", late)
        catch_up([BUILDINGS], anew=True)
    catch_up([BUILDINGS])
    kept = told()
    catch_up([BUILDINGS], anew=True)
    assert told() == kept


def own_connection() -> dict[str, Any]:
    given = connection.get_connection_params()
    return {name: value for name, value in given.items() if name not in ("cursor_factory", "context")}


def test_at_every_zoom_the_counts_of_all_tiles_add_up_to_the_rows(get: Get) -> None:
    built(random.Random(1), 150)
    tall = Building.objects.filter(tall=True).count()
    catch_up([BUILDINGS])
    for zoom in range(BUILDINGS.min_zoom, 14):
        found = shown(get, "buildings", zoom)
        assert sum(one.get("count", 0) for one in found) == 150
        assert all(set(one) <= {"count", "tall", "share"} for one in found)
        if zoom >= 10:  # blocks keep the classes apart
            assert sum(one.get("count", 0) for one in found if one["tall"]) == tall


def test_a_single_small_house_is_seen_from_afar(get: Get) -> None:
    make(Building, geom=square(side=STEP / 10), height_m=3)
    catch_up([BUILDINGS])
    for zoom in range(BUILDINGS.min_zoom, 14):
        [feature] = get(f"/tiles/buildings/{tile_at(zoom)}.mvt").features("buildings")
        assert feature["properties"]["count"] == 1
        assert feature["properties"]["tall"] is False
        assert shapely.geometry.shape(feature["geometry"]).area > 0


@pytest.mark.parametrize("across", [1e-6, 2e-5, 3e-4])
def test_a_surface_too_small_to_be_drawn_is_seen(get: Get, across: float) -> None:
    """A pond of a decimetre, of two metres and of thirty, and a ditch as thin; each in one place, at every zoom."""
    ditch = Polygon.from_bbox((WEST, SOUTH, WEST + across / 100, SOUTH + across))
    ponds = make(Water, geom=square(side=across)).pk, make(Water, geom=MultiPolygon(ditch, srid=4490)).pk
    for zoom in range(6, 15):
        found = get(f"/tiles/water/{tile_at(zoom)}.mvt").features("water")
        assert {one["id"] for one in found} == set(ponds)
        for one in found:
            shape = shapely.geometry.shape(one["geometry"])
            assert shape.is_valid
            assert 0 < shape.area <= max(4, (across / 360 * 4096 * 2**zoom + 1) ** 2 * 1.4)
            assert shapely.is_ccw(shapely.get_exterior_ring(shape)), "as surfaces are, with y down"
    aside = "/".join(map(str, (14, int(tile_at(14).split("/")[1]) + 1, tile_at(14).split("/")[2])))
    assert get(f"/tiles/water/{aside}.mvt").status == 204


def test_what_did_not_change_is_not_written(transactional_db: None) -> None:
    rows = built(random.Random(2), 30)
    catch_up([BUILDINGS])
    before = dict(Coarse.objects.values_list("pk", "zoom"))
    Building.objects.filter(pk=rows[0].pk).update(name="改名")
    assert catch_up([BUILDINGS]) == []
    assert catch_up([BUILDINGS], anew=True) == []
    rows[0].delete()
    assert catch_up([BUILDINGS]) == ["buildings"]
    after = dict(Coarse.objects.values_list("pk", "zoom"))
    assert after.items() & before.items(), "everything was written anew"
    Building.objects.all().delete()
    catch_up([BUILDINGS])
    assert not Coarse.objects.exists()


def test_a_truncated_table_and_another_declaration_are_noticed(transactional_db: None) -> None:
    built(random.Random(3), 5)
    catch_up([BUILDINGS])
    other = replace(BUILDINGS, coarse=Counts(below=8, fine=2))
    assert catch_up([other]) == ["buildings"]
    assert set(Coarse.objects.values_list("zoom", flat=True)) >= {6, 7}
    catch_up([BUILDINGS])
    with connection.cursor() as cursor:
        # It reaches the log of rolls that were read, which nobody empties but on purpose.
        cursor.execute("ALTER TABLE spatial_rollreading DISABLE TRIGGER log_is_never_emptied")
        cursor.execute("TRUNCATE spatial_building CASCADE")
        cursor.execute("ALTER TABLE spatial_rollreading ENABLE TRIGGER log_is_never_emptied")
    catch_up([BUILDINGS])
    assert not Coarse.objects.exists()


def test_a_tile_that_is_kept_is_what_is_stored(get: Get) -> None:
    make(Building)
    path = f"/tiles/buildings/{tile_at(9)}.mvt"
    assert get(path).status == 204
    for number in (1, 2):
        catch_up([BUILDINGS])
        [feature] = get(path).features("buildings")
        assert feature["properties"]["count"] == number
        make(Building)


def test_an_edit_that_fails_half_way_leaves_the_mark(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    make(Building)
    monkeypatch.setattr("tiles.coarse.counts.leaves", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        catch_up([BUILDINGS])
    assert not CoarseState.objects.exists()
    assert not Coarse.objects.exists()
    monkeypatch.undo()
    assert catch_up([BUILDINGS]) == ["buildings"]


def test_neighbours_keep_one_edge(get: Get) -> None:
    #  two districts along a street that trembles; between them no gap and no overlap, at any zoom
    dice = random.Random(4)
    border = [(WEST + dice.random() * STEP, SOUTH + n * STEP) for n in range(201)]
    west = [*border, (WEST - 0.02, SOUTH + 0.02), (WEST - 0.02, SOUTH)]
    east = [*reversed(border), (WEST + 0.02, SOUTH), (WEST + 0.02, SOUTH + 0.02)]
    for name, ring in (("甲", west), ("乙", east)):
        make(Area, name=name, level=3, geom=MultiPolygon(Polygon([*ring, ring[0]]), srid=4490))
    areas = registry.get("areas", RESIDENT)
    surveyed = shapely.from_wkb([bytes(area.shape.wkb) for area in Area.objects.all()])
    assert catch_up([areas]) == ["areas"]
    for zoom in areas.coarse.zooms:
        stored = shapely.from_wkb([bytes(row.shape.wkb) for row in Coarse.objects.filter(zoom=zoom)])
        first, second = stored
        assert shapely.coverage_is_valid(stored)
        assert shapely.intersection(first, second).area == 0
        edges = shapely.node(shapely.union_all(shapely.boundary(stored)))
        assert len(shapely.get_parts(shapely.polygonize([edges]))) == 2, "a sliver between them"
        if zoom <= 10:  # further in the street really trembles
            assert shapely.get_num_coordinates(stored).sum() < shapely.get_num_coordinates(surveyed).sum() / 2
    drawn = get(f"/tiles/areas/{tile_at(8)}.mvt").features("areas")
    assert len(drawn) == 2
    assert sum(len(one["geometry"]["coordinates"][0]) for one in drawn) < 30


def test_a_broken_shape_does_not_hold_up_all_others(caplog: pytest.LogCaptureFixture) -> None:
    spike = shapely.Polygon([(0, 0), (10, 0), (10, 10), (10, 20), (10, 10), (0, 10)])
    beside = shapely.Polygon([(10, 0), (20, 0), (20, 0.1), (20, 10), (10, 10)])
    made = simplified(np.array([spike, beside]), 1.0)
    assert not shapely.is_empty(made).any()
    assert len(made[1].exterior.coords) == 5
    assert "apart" in caplog.text


def test_an_outline_that_is_not_made_yet_is_the_rows_own(get: Get) -> None:
    row = make(Area, level=3)
    path = f"/tiles/areas/{tile_at(12)}.mvt"
    assert [one["id"] for one in get(path).features("areas")] == [row.pk]
    catch_up([registry.get("areas", RESIDENT)])
    assert [one["id"] for one in get(path).features("areas")] == [row.pk]
    row.delete()
    assert get(path).status == 204


@pytest.fixture
def no_wall(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tiles are read as the account itself: of layers declared in a test alone the second wall knows nothing."""
    monkeypatch.setattr("tiles.pool._become", lambda *_: None)


@pytest.fixture
def watched(transactional_db: None, no_wall: None) -> Iterator[Layer]:
    """Facilities, counted far out; cameras are not for residents."""
    layer = replace(FACILITIES, id="watched", min_zoom=8, thin=(), coarse=Counts(below=13))
    for kind, number in (("camera", 5), ("toilet", 2), ("market", 1)):
        for n in range(number):
            make(Facility, kind=kind, name=f"{kind}-{n}")
    with registered(layer):
        catch_up([layer])
        yield layer


def test_counts_are_of_what_the_reader_may_see(get: Get, watched: Layer) -> None:
    assert watched.select is open_to
    assert len(set(views(watched).values())) == 2
    for zoom in range(8, 13):
        for who, count, kind in ((RESIDENT, 3, "toilet"), (Audience(Role.FIELD), 8, "camera")):
            [feature] = get(f"/tiles/watched/{tile_at(zoom)}.mvt", who).features("watched")
            assert feature["properties"] == {"count": count, "kind": kind}
            assert feature["geometry"]["type"] == "Point"
            assert not feature["id"], "a count is nobody's card"
    Facility.objects.filter(kind="toilet").delete()
    catch_up([watched])
    [feature] = get(f"/tiles/watched/{tile_at(9)}.mvt").features("watched")
    assert feature["properties"] == {"count": 1, "kind": "market"}
    Facility.objects.filter(kind="market").update(kind="camera")
    catch_up([watched])
    assert get(f"/tiles/watched/{tile_at(9)}.mvt").status == 204


def test_few_are_not_told(get: Get, watched: Layer) -> None:
    shy = replace(watched, id="shy", coarse=Counts(below=13, least=4))
    with registered(shy):
        catch_up([shy])
        assert get(f"/tiles/shy/{tile_at(9)}.mvt").status == 204
        assert get(f"/tiles/shy/{tile_at(9)}.mvt", Audience(Role.FIELD)).status == 200


def test_who_is_kept_to_an_area_is_shown_no_count_of_the_city(get: Get, no_wall: None) -> None:
    layer = replace(NODES, id="counted-nodes", min_zoom=8, coarse=Counts(below=14))
    area = make(Area, geom=square(WEST - 0.01, SOUTH - 0.01, 0.02))
    inside, _ = make(PipeNode), make(PipeNode, geom=dot(WEST + 0.05))
    with registered(layer):
        catch_up([layer])
        kept, free = Audience(Role.FIELD, str(area.pk)), Audience(Role.FIELD)
        assert (view(layer, kept), view(layer, free), view(layer, RESIDENT)) == (None, "field", None)
        for zoom in (9, 11):
            path = f"/tiles/counted-nodes/{tile_at(zoom)}.mvt"
            assert [one["id"] for one in get(path, kept).features("counted-nodes")] == [inside.pk]
            found = [one["properties"] for one in get(path, free).features("counted-nodes")]
            assert sum(one["count"] for one in found) == 2
            assert get(path).status == 404


def test_a_tile_of_too_much_is_cut_at_the_least_important_and_says_so(get: Get) -> None:
    layer = replace(FACILITIES, id="crowd", min_zoom=8, thin=(), limit=3, order=("name",))
    for name in "丁丙乙甲":
        make(Facility, name=name)
    path = f"/tiles/crowd,buildings/{tile_at(14)}.mvt"
    with registered(layer):
        make(Building)
        answer = get(path)
        assert answer.headers["X-Tile-Cut"] == "crowd"
        assert get(path).headers["X-Tile-Cut"] == "crowd", "when it is kept, too"
        assert sorted(one["properties"]["name"] for one in answer.features("crowd")) == sorted("丁丙乙甲")[:3]
        Facility.objects.filter(name="丁").delete()
        assert "X-Tile-Cut" not in get(path).headers


def test_a_tile_keeps_its_budget_of_bytes(get: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    from tiles import budget, statement

    statement.statement.cache_clear()
    monkeypatch.setattr(budget, "BUDGET", 3000)
    for n in range(60):
        make(Building, name=f"{n:03}-{'长' * 20}", geom=square(side=(n + 1) * STEP / 10))
        make(Facility, name=f"{n:03}-{'长' * 20}")
    answer = get(f"/tiles/buildings,facilities/{tile_at(16)}.mvt")
    statement.statement.cache_clear()
    assert answer.headers["X-Tile-Cut"] == "buildings,facilities"
    assert 1500 < len(answer.body) <= 3000
    kept = {one["properties"]["name"][:3] for one in answer.features("buildings")}
    assert kept == {f"{n:03}" for n in range(60 - len(kept), 60)}, "the largest stay"
    assert answer.features("facilities")


def test_a_layer_of_measures_keeps_the_budget_too(get: Get, no_wall: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """No two rows have a number in common: each takes thirteen bytes."""
    from tiles import budget, statement

    measures = ("start_depth_m", "end_depth_m", "start_elevation_m", "end_elevation_m")
    declared = registry.get("pipes", ADMIN)
    others = (field for field in declared.fields if field.name not in measures)
    fields = (*others, *(Field(name, name, name, tile=True) for name in measures))
    pipe, dice = make(PipeSegment), random.Random(6)
    PipeSegment.objects.bulk_create(
        PipeSegment(
            code=f"P{n}", category="JS", burial="ZM", geom=pipe.geom, **{name: dice.random() for name in measures}
        )
        for n in range(600)
    )
    statement.statement.cache_clear()
    monkeypatch.setattr(budget, "BUDGET", 40_000)
    with registered(replace(declared, id="measured", fields=fields)):
        answer = get(f"/tiles/measured/{tile_at(16)}.mvt", ADMIN)
    statement.statement.cache_clear()
    assert answer.headers["X-Tile-Cut"] == "measured"
    assert 30_000 < len(answer.body) <= 40_000


def test_dissolving_joins_neighbours_and_counts_all() -> None:
    #  ▢▢  ▢      the first two nearly touch
    houses = shapely.box([0, 10.4, 40], 0, [10, 20, 50], 10)
    made = sorted(dissolved(houses, [1, 2, 4], 1.0), key=lambda part: part[1])
    assert [number for _, number in made] == [3, 4]
    assert all(shape.is_valid and shape.geom_type == "Polygon" for shape, _ in made)
    assert made[0][0].hausdorff_distance(shapely.box(0, 0, 20, 10)) < 1.5


def test_each_part_of_a_house_is_drawn_and_the_house_counted_once() -> None:
    parts = shapely.box([0, 40], 0, [10, 50], 10)
    made = dissolved(np.array([shapely.multipolygons(parts)]), [1], 1.0)
    assert sorted(number for _, number in made) == [0, 1]
    again = dissolved(np.array([shape for shape, _ in made]), [number for _, number in made], 2.0)
    assert sorted(number for _, number in again) == [0, 1], "the next zoom is made from these"
    for whole in (shapely.union_all([shape for shape, _ in drawn]) for drawn in (made, again)):
        assert all(shapely.distance(whole, part.centroid) == 0 for part in parts)


@pytest.mark.parametrize("seed", range(8))
def test_dissolving_loses_nothing(seed: int) -> None:
    dice = random.Random(seed)
    corners = [(dice.uniform(0, 300), dice.uniform(0, 300), dice.uniform(0.01, 30)) for _ in range(200)]
    shapes = [shapely.affinity.rotate(shapely.box(x, y, x + s, y + s / 2), dice.uniform(0, 90)) for x, y, s in corners]
    shapes.append(
        shapely.Point(5000, 5000).buffer(3000) - shapely.Point(5000, 5000).buffer(2000)
    )  # larger than any image
    made = dissolved(shapely.multipolygons([[one] for one in shapes]), [1] * 201, 2.0)
    assert sum(number for _, number in made) == 201
    whole = shapely.union_all([shape for shape, _ in made])
    assert all(shapely.distance(whole, shape.centroid) < 4 for shape in shapes[:-1])
    assert all(shape.is_valid for shape, _ in made)


def test_cells_lie_in_one_tile_of_every_zoom() -> None:
    dice = random.Random(5)
    for _ in range(200):
        zoom = dice.randrange(1, 22)
        cell = dice.randrange(1 << zoom) << 32 | dice.randrange(1 << zoom)
        west, south, east, north = cells.box(cell, zoom)
        assert cell in cells.down(cells.up(cell))
        middle = cells.middle(cell, zoom)
        assert cells.touched([(middle.x, middle.y, middle.x, middle.y)], zoom, 1) == {cell}
        up = cells.box(cells.up(cell), zoom - 1)
        assert up[0] - 0.01 <= west and up[1] - 0.01 <= south and up[2] + 0.01 >= east and up[3] + 0.01 >= north
    assert cells.touched([(-1000, -1000, 1000, 1000)], 20, 100) is None


def test_generalise_says_what_it_did(transactional_db: None, capsys: pytest.CaptureFixture[str]) -> None:
    make(Building)
    for said in ("updated", "unchanged"):
        call_command("generalise", layer=["buildings"])
        assert said in capsys.readouterr().out
    with pytest.raises(CommandError, match="nothing is generalised of: works"):
        call_command("generalise", layer=["works"])


def test_while_a_server_runs_edits_are_caught_up(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of them, a few names at a time."""
    monkeypatch.setattr(index, "AFTER_NEWS", 1)
    monkeypatch.setattr(upkeeping, "MORE_S", 0.01)
    upkeep = Upkeep()
    try:
        for number in (1, 2):
            for name in ("甲子楼", "乙丑楼"):
                make(Facility, name=name)
            make(Building)
            upkeep.nudge()
            until = monotonic() + 60
            while set(Coarse.objects.filter(zoom=6).values_list("number", flat=True)) != {number} or index.due():
                assert monotonic() < until
                sleep(0.05)
    finally:
        upkeep.stop()


def test_a_layer_that_cannot_be_made_keeps_no_other_waiting(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    made = keeping._make

    def broken(layer: Layer, touched: Any) -> bool:
        if layer.id == names[0]:
            raise ArithmeticError(layer.id)
        return made(layer, touched)

    names = [layer.id for layer in registry.every() if layer.coarse]
    monkeypatch.setattr(keeping, "_make", broken)
    with pytest.raises(ArithmeticError, match=names[0]):
        catch_up()
    assert {*CoarseState.objects.values_list("layer", flat=True)} == {*names[1:]}


def test_what_takes_long_is_made_by_a_process_apart(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Here "long" is a single row, and this process may make nothing of buildings."""
    made = keeping._make
    monkeypatch.setattr(upkeeping, "MANY", 0)
    monkeypatch.setattr(keeping, "_make", lambda layer, touched: layer.id != "buildings" and made(layer, touched))
    monkeypatch.setenv("DATABASE_URL", database_url())
    make(Building)
    upkeep = Upkeep()
    try:
        upkeep.nudge()
        until = monotonic() + 60
        while not Coarse.objects.filter(layer="buildings").exists():
            assert monotonic() < until, "nobody made it"
            sleep(0.05)
    finally:
        upkeep.stop()


def test_a_process_apart_ends_with_the_server(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = Event()

    class Watched(subprocess.Popen[bytes]):
        def __init__(self, *given: Any, **more: Any) -> None:
            super().__init__(*given, **more)
            processes.append(self)
            begun.set()

    processes: list[subprocess.Popen[bytes]] = []
    monkeypatch.setattr(upkeeping, "MANY", 0)
    monkeypatch.setattr(upkeeping, "APART", [sys.executable, "-c", "import time; time.sleep(600)"])
    monkeypatch.setattr(subprocess, "Popen", Watched)
    make(Building)
    upkeep = Upkeep()
    upkeep.nudge()
    assert begun.wait(60)
    upkeep.stop()
    assert [process.returncode for process in processes] == [-signal.SIGTERM]


def test_nor_does_it_outlive_a_server_that_is_killed() -> None:
    """What is read of a pipe comes to its end when nobody holds the other end any more."""
    told = [*upkeeping.YIELDING, "sh", "-c", "echo begun; exec sleep 600"]
    server = f"""
import os, subprocess
process = subprocess.Popen({told}, stdout=subprocess.PIPE)
process.stdout.readline()
os.kill(os.getpid(), 9)"""
    done = subprocess.run([sys.executable, "-c", server], stderr=subprocess.PIPE, timeout=60)
    assert done.returncode == -signal.SIGKILL


def test_the_ways_are_told_apart() -> None:
    assert isinstance(BUILDINGS.coarse, Blocks)
    steps = Coverage(zooms=(6, 10, 14))
    assert [steps.step(zoom) for zoom in (0, 6, 7, 10, 14, 20)] == [6, 6, 10, 10, 14, 14]
