"""Tiles over WSGI: routes, conditions, refusals, and that a refusal says nothing it should not."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack

import pytest
from django.db import connection
from django.test import override_settings
from psycopg.errors import ReadOnlySqlTransaction

from gis.models import Building, Water
from layers.scope import RESIDENT, STAFF, Audience, Role, sign
from tests.client import Answer, ask
from tests.factories import SOUTH, WEST, make, square, tile_at
from tiles.cutter import Cutter
from tiles.pool import SIZE, Busy, Pool
from tiles.server import Server, accepts_gzip
from tiles.server import make as make_server

Get = Callable[..., Answer]
TILES = "chengtu-tiles"  # the connections' name
HERE = tile_at(16)


def test_a_tile_shows_the_rows_in_it(get: Get) -> None:
    building = make(Building)
    answer = get(f"/tiles/buildings/{HERE}.mvt")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/vnd.mapbox-vector-tile"
    [feature] = answer.features("buildings")
    assert feature["id"] == building.pk
    assert feature["properties"] == {"name": "金茂大厦", "height_m": 420.5, "tall": True}


def test_another_site_may_read_what_strangers_see_and_nothing_else(get: Get) -> None:
    make(Building)
    allowed = "Access-Control-Allow-Origin"
    for path in (
        f"/tiles/buildings/{HERE}.mvt",
        "/tiles/buildings/16/0/0.mvt",
        "/tiles/water.json",
        "/tiles/style.json",
    ):
        first = get(path)
        assert first.headers[allowed] == "*", path
        assert first.headers["Access-Control-Expose-Headers"] == "X-Tile-Cut, X-Tile-Stale"
        assert get(path, IF_NONE_MATCH=first.headers.get("ETag", "")).headers[allowed] == "*"
        for role in STAFF:
            answer = get(path, Audience(role))
            assert answer.status in (200, 204)
            assert allowed not in answer.headers, "whoever signed in here shows it to no other site"


def test_an_empty_tile_is_no_content(get: Get) -> None:
    answer = get("/tiles/buildings/16/0/0.mvt")
    assert (answer.status, answer.sent) == (204, b"")


def test_several_layers_are_the_single_ones_in_one(get: Get) -> None:
    make(Building)
    make(Water)
    single = get(f"/tiles/buildings/{HERE}.mvt").body + get(f"/tiles/water/{HERE}.mvt").body
    assert get(f"/tiles/buildings,water/{HERE}.mvt").body == single
    assert get(f"/tiles/water,buildings/{HERE}.mvt").body == single


def test_an_unchanged_tile_is_not_sent_again(get: Get) -> None:
    make(Building)
    first = get(f"/tiles/buildings/{HERE}.mvt")
    again = get(f"/tiles/buildings/{HERE}.mvt", IF_NONE_MATCH=first.headers["ETag"])
    assert (again.status, again.sent, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    make(Building, geom=square(WEST + 0.0001))
    assert get(f"/tiles/buildings/{HERE}.mvt", IF_NONE_MATCH=first.headers["ETag"]).status == 200


def test_a_client_without_gzip_gets_the_same_tile_plain(get: Get) -> None:
    make(Building)
    plain, packed = (get(f"/tiles/buildings/{HERE}.mvt", ACCEPT_ENCODING=coding) for coding in ("identity", "gzip, br"))
    assert "Content-Encoding" not in plain.headers
    assert plain.sent == packed.body != packed.sent


@pytest.mark.parametrize(
    ("header", "accepted"),
    [("gzip", True), ("br, GZIP;q=0.5", True), ("*", True), ("", False), ("gzip;q=0", False), ("gzip; q=0.0", False)],
)
def test_gzip_is_negotiated(header: str, accepted: bool) -> None:
    assert accepts_gzip(header) is accepted


def test_head_has_the_headers_alone(get: Get, tiles: Server) -> None:
    make(Building)
    full = get(f"/tiles/buildings/{HERE}.mvt")
    head = ask(tiles, f"/tiles/buildings/{HERE}.mvt", method="HEAD")
    assert (head.status, head.headers, head.sent) == (200, full.headers, b"")


def test_shared_caches_keep_only_what_is_public(get: Get) -> None:
    make(Building)
    public, private = (get(f"/tiles/buildings/{HERE}.mvt", who).headers for who in (RESIDENT, Audience(Role.FIELD)))
    assert public["Cache-Control"] == "public, max-age=0, s-maxage=1, must-revalidate"
    assert private["Cache-Control"] == "private, no-cache"
    assert "Cookie" in public["Vary"]


def test_other_methods_are_refused(tiles: Server) -> None:
    answer = ask(tiles, f"/tiles/buildings/{HERE}.mvt", method="POST")
    assert (answer.status, answer.headers["Allow"], answer.json["status"]) == (405, "GET, HEAD", 405)
    assert "Method not allowed" in answer.json["error"]


@pytest.mark.parametrize(
    "path",
    [
        "/tiles/buildings/23/0/0.mvt",
        "/tiles/buildings/16/65536/0.mvt",
        "/tiles/buildings/16/0/65536.mvt",
        "/tiles/buildings/-1/0/0.mvt",
        "/tiles/buildings/1_6/0/0.mvt",
        "/tiles/buildings/16/٣/0.mvt",
        "/tiles/buildings/99999999999/0/0.mvt",
        "/tiles/buildings/16/0/0.pbf",
        "/tiles/buildings/16/0.mvt",
        "/tiles//16/0/0.mvt",
        "/tiles/nothing/16/0/0.mvt",
        "/tiles/pipes/16/0/0.mvt",
        "/tiles/buildings,pipes/16/0/0.mvt",
        "/tiles/pipes.json",
        "/tiles/nothing.json",
        "/tiles/" + ",".join(f"layer{number}" for number in range(25)) + "/16/0/0.mvt",
        "/tiles/buildings'; DROP TABLE spatial_water; --/16/0/0.mvt",
        "/live/changes",
        "/tiles/",
    ],
)
def test_what_does_not_exist_is_refused_alike_without_the_database(path: str) -> None:
    answer = ask(make_server(), path)  # no fixture opened the database: a query would fail the test
    assert answer.status == 404
    assert answer.json == {"error": "找不到 / Not found", "status": 404}


def test_a_forged_cookie_makes_a_resident(get: Get) -> None:
    real = sign(Audience(Role.FIELD, "3"))
    assert get("/tiles/pipes/16/0/0.mvt", COOKIE=f"audience={real}").status == 204
    for forged in (
        real.replace("field", "admin"),
        real.replace("~3", "~"),
        real[:-1],
        "admin~",
        "admin~:1:x",
        "~" * 5000,
    ):
        assert get("/tiles/pipes/16/0/0.mvt", COOKIE=f"audience={forged}").status == 404


def test_an_expired_cookie_makes_a_resident(get: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    token = sign(Audience(Role.ADMIN))
    assert get("/tiles/pipes/16/0/0.mvt", COOKIE=f"audience={token}").status == 204
    monkeypatch.setattr("layers.scope.LIFETIME_S", 0)
    monkeypatch.setattr("layers.scope.time", lambda: 2e10)  # remembered tokens age too
    assert get("/tiles/pipes/16/0/0.mvt", COOKIE=f"audience={token}").status == 404


def test_a_statement_that_takes_too_long_is_503_and_shows_no_sql(
    tiles: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = Pool(size=1, statement_ms=50)
    monkeypatch.setattr(tiles.supply, "cutter", Cutter(slow))
    monkeypatch.setattr(slow, "_rows", lambda *_, run=slow._rows: run(b"SELECT pg_sleep(5)", (), Role.RESIDENT))
    answer = ask(tiles, f"/tiles/buildings/{HERE}.mvt")
    slow.close()
    assert (answer.status, answer.headers["Retry-After"]) == (503, "2")
    assert "pg_sleep" not in answer.body.decode()
    assert answer.headers["Cache-Control"] == "no-store"


def test_waiting_for_a_connection_has_an_end(transactional_db: None) -> None:
    pool = Pool(size=1, patience_s=0.05)
    with pool._opened().connection(), pytest.raises(Busy):
        pool.rows(b"SELECT 1")
    pool.close()


def test_connections_cut_by_a_restart_are_replaced(get: Get, tiles: Server) -> None:
    make(Building)
    before = get(f"/tiles/buildings/{HERE}.mvt").body
    with ExitStack() as stack:
        for _ in range(SIZE):  # all that may be open are, so that another try alone would meet another dead one
            stack.enter_context(tiles.supply.pool._opened(Role.RESIDENT).connection())
    ours = "application_name = %s AND datname = current_database()"
    cut = f"SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity WHERE {ours}"
    with connection.cursor() as cursor:
        cursor.execute(cut, [TILES])
        assert cursor.rowcount >= SIZE
    tiles.supply.cache.clear()
    assert get(f"/tiles/buildings/{HERE}.mvt").body == before


def test_the_connection_cannot_write(tiles: Server) -> None:
    with pytest.raises(ReadOnlySqlTransaction):
        tiles.supply.pool.rows(b"DELETE FROM spatial_building RETURNING 1")


def test_a_mistake_in_sql_is_500_and_not_shown(tiles: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    pool = tiles.supply.pool
    tiles.supply.generations.generation(())
    monkeypatch.setattr(pool, "_rows", lambda *_, run=pool._rows: run(b"SELECT secret", (), Role.RESIDENT))
    answer = ask(tiles, f"/tiles/buildings/{HERE}.mvt")
    assert answer.status == 500
    assert "secret" not in answer.body.decode()


def test_tilejson_tells_where_and_from_whom(get: Get) -> None:
    make(Building, source="规划局")
    with override_settings(ALLOWED_HOSTS=["map.example"]):
        found = get("/tiles/buildings.json", HOST="map.example").json
    assert found["tilejson"] == "3.0.0"
    assert found["tiles"] == ["http://map.example/tiles/buildings/{z}/{x}/{y}.mvt"]
    assert found["attribution"] == "规划局"
    west, south, *_ = found["bounds"]
    assert (west, south) == pytest.approx((WEST, SOUTH), abs=1e-5)
    own, far_out = {"name": "String", "height_m": "Number", "tall": "Boolean"}, {"count": "Number", "share": "Number"}
    assert found["vector_layers"][0]["fields"] == own | far_out


def test_tilejson_of_an_empty_layer_has_no_bounds(get: Get) -> None:
    assert "bounds" not in get("/tiles/water.json").json


def test_urls_name_only_our_own_hosts(get: Get) -> None:
    assert get("/tiles/style.json", HOST="evil.example").status == 400
    with override_settings(ALLOWED_HOSTS=["map.example"], SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https")):
        style = get("/tiles/style.json", HOST="map.example:8443", X_FORWARDED_PROTO="https").json
    assert style["sources"]["water"]["url"] == "https://map.example:8443/tiles/water.json"
