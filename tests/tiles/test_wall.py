"""The second wall: what a statement of one audience shows when it is run as the role of another."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator

import psycopg
import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, connection
from psycopg.errors import InsufficientPrivilege

from gis.models import Address, Coarse, Facility, FenceVersion, Grid, PipeSegment, Room, Works
from layers import registry
from layers.layer import Layer
from layers.scope import RESIDENT, STAFF, Audience, Role
from tests.client import ask
from tests.factories import MAKERS, dot, make, tile_at
from tiles import wall
from tiles.pool import Pool
from tiles.raster.register import COLUMNS
from tiles.raster.rows import registered
from tiles.server import Server
from tiles.statement import holdings, statement
from tiles.tile import Tile, parse

ADMIN = Audience(Role.ADMIN, grants=frozenset(["contacts"]))
HERE = parse(*tile_at(18).split("/"))
every = pytest.mark.parametrize("layer", registry.every(), ids=lambda layer: layer.id)
public = pytest.mark.parametrize("layer", registry.visible(RESIDENT), ids=lambda layer: layer.id)


@pytest.fixture
def pool(transactional_db: None) -> Iterator[Pool]:
    opened = Pool(size=1)
    yield opened
    opened.close()


def hidden() -> None:
    """A row of each kind that residents must not see, with a word in it."""
    make(Facility, kind="camera", name="SECRET-camera")
    make(Address, road="SECRET-road", unit="1", room="101")
    make(FenceVersion, state="draft", name="SECRET-draft")
    make(Works, state="cancelled", name="SECRET-works")
    make(Grid, name="SECRET-grid", started_on="2019-01-01", ended_on="2020-01-01")
    make(PipeSegment, code="SECRET-pipe")
    make(Room, number="SECRET-room")


def bytes_of(pool: Pool, layer: Layer, as_public: bool) -> bytes:
    cut = statement((layer,), ADMIN, HERE.z)
    try:
        return b"".join(bytes(row[0]) for row in pool.rows(cut.sql, cut.parameters(HERE), as_public))
    except InsufficientPrivilege:
        return b""


def test_it_stands(transactional_db: None) -> None:
    assert wall.lack() == ""


@every
def test_a_statement_of_an_administrator_shows_residents_nothing_hidden(pool: Pool, layer: Layer) -> None:
    hidden()
    there = b"SECRET" in bytes_of(pool, layer, as_public=False)
    assert there == (layer.model in {Facility, Address, FenceVersion, Works, PipeSegment, Room})
    assert b"SECRET" not in bytes_of(pool, layer, as_public=True)


@public
def test_residents_read_their_own_tiles_at_every_zoom(pool: Pool, layer: Layer) -> None:
    make(layer.model) if layer.model in MAKERS else None
    for zoom in range(23):
        cut = statement((layer,), RESIDENT, zoom)
        if cut.sql:
            assert cut.public
            pool.rows(b"EXPLAIN " + cut.sql, cut.parameters(Tile(0, 0, 0)), cut.public)
    held = holdings(layer, RESIDENT)
    assert pool.rows(held.sql, held.constants, held.public)


@every
def test_staff_read_theirs(pool: Pool, layer: Layer) -> None:
    for role in layer.audience & STAFF:
        for who in (Audience(role), Audience(role, "1", frozenset(["contacts"]))):
            for zoom in {layer.min_zoom, layer.max_zoom, 10, 14}:
                cut = statement((layer,), who, zoom)
                assert not cut.public
                if cut.sql:
                    pool.rows(b"EXPLAIN " + cut.sql, cut.parameters(Tile(0, 0, 0)), cut.public)
    if layer.id == "rasters":
        pool.rows(registered(layer, ADMIN, COLUMNS, 5).sql)


@pytest.mark.parametrize("as_public", [True, False])
@pytest.mark.parametrize(
    "table",
    ["auth_user", "auth_group", "auth_user_groups", "django_session", "django_admin_log", "layers_account",
     "spatial_roll", "spatial_rollreading", "spatial_importrun", "spatial_segmenthead", "spatial_gridinspector",
     "spatial_department"],
)  # fmt: skip
def test_neither_role_reads_about_people(pool: Pool, table: str, as_public: bool) -> None:
    with pytest.raises(InsufficientPrivilege):
        pool.rows(f"SELECT * FROM {table}".encode(), (), as_public)


@pytest.mark.parametrize(
    "table", ["spatial_room", "spatial_pipesegment", "spatial_raster", "layers_epoch", "layers_ended"]
)
def test_residents_have_no_table_of_staff(pool: Pool, table: str) -> None:
    with pytest.raises(InsufficientPrivilege):
        pool.rows(f"SELECT 1 FROM {table}".encode(), (), True)


@pytest.mark.parametrize("as_public", [True, False])
@pytest.mark.parametrize(
    "column", ["spatial_grid.phone", "spatial_grid.person", "spatial_facility.owner", "spatial_works.applicant",
               "spatial_building.code", "spatial_facility.extra"],
)  # fmt: skip
def test_neither_role_has_a_column_that_no_tile_names(pool: Pool, column: str, as_public: bool) -> None:
    table, name = column.split(".")
    with pytest.raises(InsufficientPrivilege):
        pool.rows(f"SELECT {name} FROM {table}".encode(), (), as_public)


def test_stored_counts_of_others_are_not_theirs(pool: Pool) -> None:
    usual = {"zoom": 9, "cell": 1, "part": 0, "number": 9, "painted": {}, "tally": {}, "shape": "SRID=3857;POINT(0 0)"}
    for layer, view in (("buildings", "resident"), ("buildings", "admin"), ("rooms", ""), ("areas", "")):
        Coarse.objects.create(layer=layer, view=view, **usual)
    sql = b"SELECT layer, view FROM spatial_coarse ORDER BY 1, 2"
    assert pool.rows(sql, (), True) == [("areas", ""), ("buildings", "resident")]
    assert len(pool.rows(sql)) == 4


def test_the_owner_writes_and_reads_as_before(transactional_db: None) -> None:
    hidden()
    assert FenceVersion.objects.filter(state="draft").exists()
    assert Facility.objects.filter(kind="camera").update(name="x") == 1


def test_boxes_are_still_looked_up_in_the_index(pool: Pool) -> None:
    places = (dot(121 + n / 4000, 31 + n % 63 / 63) for n in range(4000))
    Facility.objects.bulk_create(
        Facility(name="x", kind="bench", source="made", source_id=f"{n}", geom=place) for n, place in enumerate(places)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE spatial_facility")
    [layer] = [one for one in registry.every() if one.id == "facilities"]
    cut = statement((layer,), RESIDENT, HERE.z)
    plan = "\n".join(line for (line,) in pool.rows(b"EXPLAIN " + cut.sql, cut.parameters(HERE), True))
    assert re.search(r"Index Cond: \(+(\w+\.)?shape && ", plan), plan


def test_without_its_role_tiles_are_served_and_readyz_says_so(
    tiles: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    make(Facility)
    with monkeypatch.context() as patch, caplog.at_level(logging.WARNING):  # emptying tables raises the wall again
        patch.setattr("tiles.pool.ROLES", {True: "nobody_like_that", False: "nobody_like_that"})
        patch.setattr("tiles.wall.ROLES", {True: "nobody_like_that", False: "nobody_else"})
        assert ask(tiles, f"/tiles/facilities/{tile_at(18)}.mvt").status == 200
        assert wall.lack() == wall.NOT_BUILT
    assert "without the second wall" in caplog.text


def test_who_may_not_build_it_is_told_and_goes_on(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refused(*_: object) -> None:
        raise DatabaseError("permission denied to create role")

    with monkeypatch.context() as patch:
        patch.setattr(wall, "_raise", refused)
        patch.setattr(wall, "digest", lambda: "wall another")
        wall.build()
    assert "permission denied" in caplog.text


def test_an_account_that_may_make_no_roles_takes_those_that_are_there(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE plain_account")
        cursor.execute("GRANT chengtu_public, chengtu_staff TO plain_account")
        cursor.execute("SET LOCAL ROLE plain_account")
        wall.become(cursor)
        cursor.execute("SELECT current_user, pg_has_role('chengtu_public', 'MEMBER')")
        assert cursor.fetchone() == ("plain_account", True)


def test_the_pool_is_nobody_else(pool: Pool) -> None:
    assert pool.rows(b"SELECT current_user::text", (), True) == [("chengtu_public",)]
    assert pool.rows(b"SELECT current_user::text") == [("chengtu_staff",)]
    with pytest.raises(psycopg.Error):
        pool.rows(b"CREATE TABLE mine (id int)")
    assert not User.objects.filter(username="chengtu_public").exists()
