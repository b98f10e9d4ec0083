"""The statement: the index it uses, the geometry it cuts, what it leaves out."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from django.contrib.gis.geos import LineString, MultiLineString
from django.db import connection, transaction
from django.db.models import Q
from shapely import from_wkb
from shapely.affinity import affine_transform
from shapely.geometry import box, shape

from gis.models import Address, Building, PipeNode, Road, Room, Segment, Water, Zoning
from layers import registry
from layers.layer import Field, Layer
from layers.registry import registered
from layers.scope import RESIDENT, STAFF, Audience, Role
from layers.style import Class, Paint, Style
from tests.client import Answer
from tests.factories import SOUTH, STEP, WEST, make, make_at, square, tile_at
from tiles.lowzoom import FINEST
from tiles.pool import Pool
from tiles.server import Server
from tiles.statement import NOTHING, SURVEYED_ZOOM, statement
from tiles.tile import BUFFER, EXTENT, Tile, lonlat, parse

Get = Callable[..., Answer]
ZOOM = 16
TILE = parse(*tile_at(ZOOM).split("/"))
HERE = tile_at(ZOOM)


def test_the_tile_is_found_by_the_spatial_index(transactional_db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO spatial_water (source, source_id, kind, name, geom) SELECT 'test', n, 'pond', '', "
            "ST_SetSRID(ST_MakePoint(120 + n %% 200 * 0.01, 30 + n / 200 * 0.01), 4490) FROM generate_series(1, %s) n",
            [20_000],
        )
        cursor.execute("ANALYZE spatial_water")
    cut = statement((registry.get("water", RESIDENT),), RESIDENT, ZOOM)
    pool = Pool(size=1)
    [(plan,)] = pool.rows(b"EXPLAIN (FORMAT JSON) " + cut.sql, cut.parameters(TILE))
    generic = pool.rows(b"EXPLAIN (FORMAT JSON) " + cut.sql, cut.parameters(Tile(16, 0, 0)))[0][0]
    pool.close()
    for found in (plan, generic):
        text = json.dumps(found)
        assert '"Index Name": "water_shape"' in text
        assert "ST_Transform" not in text


def test_words_are_looked_for_among_what_has_a_name(transactional_db: None) -> None:
    places = [square(WEST + n % 40 * STEP, SOUTH + n // 40 * STEP, STEP / 2) for n in range(2000)]
    Building.objects.bulk_create(Building(source_id=f"{n}", geom=geom) for n, geom in enumerate(places))
    Building.objects.filter(source_id="7").update(name="金茂大厦")
    cut = statement((registry.get("buildings", RESIDENT),), RESIDENT, ZOOM)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("ANALYZE spatial_building")
        cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan")  # as the server's come to have
        cursor.execute("PREPARE cut AS " + cut.sql.decode())
        cursor.execute(f"EXPLAIN EXECUTE cut ({', '.join(['%s'] * len(cut.parameters(TILE)))})", cut.parameters(TILE))
        plan = "\n".join(line for (line,) in cursor.fetchall())
        cursor.execute("DEALLOCATE cut")
    assert "Index Scan using building_shape " in plan and "Index Scan using building_named " in plan


def test_shapes_are_where_the_database_says(get: Get) -> None:
    row = make(Building)
    row.refresh_from_db()
    [feature] = get(f"/tiles/buildings/{HERE}.mvt").features("buildings")
    west, south, east, north = TILE.envelope
    x, y = EXTENT / (east - west), EXTENT / (north - south)
    expected = affine_transform(from_wkb(bytes(row.shape.wkb)), [x, 0, 0, -y, -west * x, north * y])
    edge = box(-BUFFER, -BUFFER, EXTENT + BUFFER, EXTENT + BUFFER)
    assert shape(feature["geometry"]).hausdorff_distance(expected.intersection(edge)) <= 1.5


def test_far_out_what_no_screen_can_show_is_left_out(get: Get) -> None:
    #  ·'·.·'·.·'·   a street that trembles by ten centimetres, with one real bend
    points = [(WEST + n * STEP, SOUTH + n % 2 * STEP / 100 + (n > 20) * (n - 20) * STEP) for n in range(40)]
    row = make(Road, rank=1, geom=MultiLineString(LineString(points), srid=4490))
    row.refresh_from_db()
    stored = from_wkb(bytes(row.shape.wkb))
    for zoom, plain in ((13, True), (SURVEYED_ZOOM, False)):
        tile = parse(*tile_at(zoom).split("/"))
        west, south, east, _ = tile.envelope
        scale = EXTENT / (east - west)
        [feature] = get(f"/tiles/roads/{tile_at(zoom)}.mvt").features("roads")
        drawn = shape(feature["geometry"])
        expected = affine_transform(stored, [scale, 0, 0, -scale, -west * scale, EXTENT + south * scale])
        edge = box(-BUFFER, -BUFFER, EXTENT + BUFFER, EXTENT + BUFFER)
        assert drawn.hausdorff_distance(expected.intersection(edge)) <= EXTENT / FINEST + 1.5
        assert (len(drawn.coords) <= 4) == plain


def test_what_lies_just_outside_is_drawn_in_the_buffer(get: Get) -> None:
    tile = Tile(18, 219544, 107015)
    west, south, east, north = tile.envelope
    margin = (east - west) / EXTENT
    inside, outside = (lonlat(west - margin * units, (south + north) / 2) for units in (BUFFER - 8, BUFFER + 8))
    kept = make_at(PipeNode, *inside, category="JS")
    make_at(PipeNode, *outside, category="JS")
    found = get(f"/tiles/pipe-nodes/{tile.z}/{tile.x}/{tile.y}.mvt", Audience(Role.ADMIN)).features("pipe-nodes")
    assert [feature["id"] for feature in found] == [kept.pk]


def test_in_english_a_tile_carries_the_english_of_what_has_it(get: Get) -> None:
    road = make(Road, rank=1, name="渡口街", name_en="Dukou Street")
    make(Building, name="云汀大厦", name_en="Yunting Tower")
    make(Building, name="无名楼")

    def names(path: str, layer: str) -> set[str]:
        return {feature["properties"]["name"] for feature in get(path).features(layer)}

    here = f"roads,buildings/{HERE}.mvt"
    for part in ("buildings", "buildings:words"):
        assert names(f"/tiles/{here}", part) == {"云汀大厦", "无名楼"}
        assert names(f"/tiles/en/{here}", part) == {"Yunting Tower", "无名楼"}
    segment = make(Segment, rank=1, name="渡口街(1)", name_en="Dukou Street (1)")
    make(Zoning, segment=segment)
    for path, told in (
        (f"/tiles/segments,zoning/{HERE}.mvt", "渡口街(1)"),
        (f"/tiles/en/segments,zoning/{HERE}.mvt", "Dukou Street (1)"),
    ):
        cut = get(path)
        assert [one["properties"]["name"] for one in cut.features("segments")] == [told]
        assert [one["properties"]["segment_name"] for one in cut.features("zoning")] == [told]
    assert (names(f"/tiles/{here}", "roads"), names(f"/tiles/en/{here}", "roads")) == ({"渡口街"}, {"Dukou Street"})
    assert get("/tiles/en/roads.json").json["tiles"][0].endswith("/tiles/en/roads/{z}/{x}/{y}.mvt")
    assert [get(f"/tiles/{path}").status for path in (f"fr/{here}", "en/style.json", "en/rooms.json", "en.json")] == [
        404
    ] * 4
    Road.objects.filter(pk=road.pk).update(name_en="Ferry Street")
    assert names(f"/tiles/en/{here}", "roads") == {"Ferry Street"}


def test_the_limit_keeps_what_matters_most(get: Get) -> None:
    for side in (1, 3, 2):
        make(Building, name=f"{side}", geom=square(WEST + side * 6 * STEP, SOUTH, side * STEP))
    two = replace(registry.get("buildings", RESIDENT), id="two", limit=2)
    with registered(two):
        found = get(f"/tiles/two/{tile_at(15)}.mvt").features("two")
    assert [feature["properties"]["name"] for feature in found] == ["3", "2"]


def test_below_its_zooms_a_layer_adds_nothing(get: Get) -> None:
    make(Address)
    make(Water)
    assert get(f"/tiles/addresses/{tile_at(8)}.mvt").status == 204
    both = get(f"/tiles/addresses,water/{tile_at(8)}.mvt").body
    assert both == get(f"/tiles/water/{tile_at(8)}.mvt").body
    assert statement((registry.get("addresses", RESIDENT),), RESIDENT, 8) is NOTHING


def test_a_zoom_thins_out(get: Get) -> None:
    make(Road, rank=1, name="世纪大道")
    make(Road, rank=5, name="小弄堂")
    low, high = (get(f"/tiles/roads/{tile_at(zoom)}.mvt").features("roads") for zoom in (9, 16))
    assert [feature["properties"]["name"] for feature in low] == ["世纪大道"]
    assert len(high) == 2


@pytest.mark.parametrize("zoom", range(23))
def test_every_zoom_answers(get: Get, zoom: int) -> None:
    make(Segment)
    make(Water)
    assert get(f"/tiles/water,segments,zoning/{tile_at(zoom)}.mvt").status in (200, 204)


def test_a_scope_that_allows_nothing_asks_nothing(get: Get) -> None:
    none = replace(registry.get("water", RESIDENT), id="none", select=lambda rows, _: rows.filter(pk__in=[]))
    with registered(none):
        assert get(f"/tiles/none/{HERE}.mvt").status == 204
        assert statement((none,), RESIDENT, ZOOM) is NOTHING


def test_values_a_tile_cannot_hold_become_text_or_numbers(get: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tiles.pool._become", lambda *_: None)  # the second wall knows declared layers only
    make(Zoning, from_m="12.50", hours={"mon": "08:00-09:00"})
    names = ("from_m", "hours", "valid", "street_class", "segment__name", "segment__updated_at")
    fields = tuple(Field(name, name, name, tile=True) for name in names)
    odd = Layer("odd", "异", "Odd", "base", Zoning, fields, Style("line", (Class((), "", "", Paint()),)))
    with registered(odd):
        [feature] = get(f"/tiles/odd/{HERE}.mvt").features("odd")
    properties = feature["properties"]
    assert properties["from_m"] == 12.5
    assert json.loads(properties["hours"]) == {"mon": "08:00-09:00"}
    assert properties["valid"] == "[2020-01-01,)"
    assert (properties["street_class"], properties["segment_name"]) == (1, "世纪大道一段")
    assert properties["segment_updated_at"].startswith("20")


def test_percent_signs_and_quotes_reach_the_database_as_they_are(get: Get) -> None:
    make(Water, name="100%'\"")
    odd = replace(registry.get("water", RESIDENT), id="odd", select=lambda rows, _: rows.filter(Q(name="100%'\"")))
    with registered(odd):
        assert len(get(f"/tiles/odd/{HERE}.mvt").features("odd")) == 1


def test_a_layer_of_points_draws_surfaces_as_points(get: Get, tiles: Server) -> None:
    make(Room, geom=square()[0])
    found = get(f"/tiles/rooms/{tile_at(18, WEST + 2 * STEP, SOUTH + 2 * STEP)}.mvt", Audience(Role.ADMIN)).features(
        "rooms"
    )
    assert [feature["geometry"]["type"] for feature in found] == ["Point"]


def test_fields_for_some_are_not_in_the_tiles_of_others(get: Get) -> None:
    make(Water, name="秘密")
    fields = (Field("kind", "类", "Kind", tile=True), Field("name", "名", "Name", audience=STAFF, tile=True))
    style = Style("fill", (Class((), "", "", Paint()),))
    with registered(Layer("partly", "半", "Partly", "base", Water, fields, style)):
        path = f"/tiles/partly/{HERE}.mvt"
        staff, resident = (get(path, who).features("partly") for who in (Audience(Role.FIELD), RESIDENT))
        described = get("/tiles/partly.json").json["vector_layers"][0]["fields"]
    assert staff[0]["properties"] == {"kind": "river", "name": "秘密"}
    assert resident[0]["properties"] == {"kind": "river"}
    assert described == {"kind": "String"}
