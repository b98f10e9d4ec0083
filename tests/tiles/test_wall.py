"""The second wall: what a statement of one audience shows when it is run as the role of another."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from time import sleep

import psycopg
import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext
from psycopg.errors import InsufficientPrivilege

from gis.models import Address, Area, Coarse, Facility, FenceVersion, Grid, PipeSegment, Room, Works
from layers import registry
from layers.layer import Layer
from layers.scope import RESIDENT, STAFF, Audience, Role
from tests.client import ask
from tests.factories import MAKERS, dot, make, square, tile_at
from tests.tiles.test_fresh import plain
from tiles import wall
from tiles.pool import ROLES, Pool
from tiles.raster.register import COLUMNS
from tiles.raster.rows import registered
from tiles.server import Server
from tiles.statement import NOTHING, Statement, holdings, statement
from tiles.tile import Tile, parse

ADMIN = Audience(Role.ADMIN, grants=frozenset(["contacts"]))
HERE = parse(*tile_at(18).split("/"))
SECRET = re.compile(rb"SECRET-[a-z]+")
every = pytest.mark.parametrize("layer", registry.every(), ids=lambda layer: layer.id)
public = pytest.mark.parametrize("layer", registry.visible(RESIDENT), ids=lambda layer: layer.id)
roles = pytest.mark.parametrize("role", ROLES, ids=ROLES.values())


@pytest.fixture(scope="module")
def opened(django_db_setup: None) -> Iterator[Pool]:
    pool = Pool(size=1)
    yield pool
    pool.close()


@pytest.fixture
def pool(opened: Pool, transactional_db: None) -> Pool:
    return opened


def hidden() -> None:
    """A row of each kind that somebody must not see, with a word in it."""
    make(Facility, kind="camera", name="SECRET-camera")
    make(Address, road="SECRET-road", unit="1", room="101")
    make(FenceVersion, state="draft", name="SECRET-draft")
    make(Works, state="cancelled", name="SECRET-works")
    make(Grid, name="SECRET-grid", started_on="2019-01-01", ended_on="2020-01-01")
    make(Grid, name="SECRET-plan", started_on="2999-01-01", geom=square())
    make(PipeSegment, code="SECRET-pipe")
    make(Room, number="SECRET-room")


def words(pool: Pool, cut: Statement, role: Role | None) -> set[bytes]:
    """The secrets in a tile that a statement makes where it is run for a role; none where PostgreSQL refuses it."""
    try:
        return {word for row in pool.rows(cut.sql, cut.parameters(HERE), role) for word in SECRET.findall(row[0])}
    except InsufficientPrivilege:
        return set()


def test_it_stands(transactional_db: None) -> None:
    assert wall.lack() == ""


def test_a_statement_of_another_role_shows_none_what_is_not_its(pool: Pool) -> None:
    """Each way to read a tile with secrets: every layer, compiled for every role, run for every role."""
    hidden()
    seen: dict[Role, set[bytes]] = {}
    for layer in registry.every():
        cuts = {role: statement((layer,), Audience(role), HERE.z) for role in layer.audience}
        for role in Role:
            own = words(pool, cuts[role], None) if role in cuts else set()
            for cut in cuts.values():
                assert words(pool, cut, role) <= own, layer.id
            seen[role] = seen.get(role, set()) | own
    all_staff = {b"SECRET-camera", b"SECRET-road", b"SECRET-works", b"SECRET-pipe"}
    assert seen == {
        Role.RESIDENT: set(),
        Role.FIELD: all_staff | {b"SECRET-room"},
        Role.PLANNER: all_staff | {b"SECRET-draft", b"SECRET-plan"},
        Role.MANAGER: all_staff | {b"SECRET-draft", b"SECRET-room"},
        Role.ADMIN: all_staff | {b"SECRET-draft", b"SECRET-plan", b"SECRET-room"},
    }


@public
def test_residents_read_their_own_tiles_at_every_zoom(pool: Pool, layer: Layer) -> None:
    make(layer.model) if layer.model in MAKERS else None
    for zoom in range(23):
        cut = statement((layer,), RESIDENT, zoom)
        if cut.sql:
            assert cut.role is Role.RESIDENT
            pool.rows(b"EXPLAIN " + cut.sql, cut.parameters(Tile(0, 0, 0)), cut.role)
    held = holdings(layer, RESIDENT)
    assert pool.rows(held.sql, held.constants, held.role)


@every
def test_staff_read_theirs(pool: Pool, layer: Layer) -> None:
    for role in layer.audience & STAFF:
        for who in (Audience(role), Audience(role, "1", frozenset(["contacts"]))):
            for zoom in {layer.min_zoom, layer.max_zoom, 10, 14}:
                cut = statement((layer,), who, zoom)
                assert cut is NOTHING or cut.role is role
                if cut.sql:
                    pool.rows(b"EXPLAIN " + cut.sql, cut.parameters(Tile(0, 0, 0)), role)
        if layer.id == "rasters":
            pool.rows(registered(layer, Audience(role), COLUMNS, 5).sql, (), role)


def test_the_wall_takes_nothing_from_those_whose_it_is(pool: Pool) -> None:
    """Also where the area that an account is kept to is no longer in force."""
    hidden()
    former = make(Area, started_on="2019-01-01", ended_on="2020-01-01")
    for model in MAKERS:
        make(model)
    shown = 0
    for layer in registry.every():
        for role in layer.audience:
            for area in {"", str(former.pk)} if layer.by_area else {""}:
                cut = statement((layer,), Audience(role, area), HERE.z)
                if cut.sql:
                    [[body, *_]] = pool.rows(cut.sql, cut.parameters(HERE), role)
                    assert [[body, *_]] == [[*row] for row in pool.rows(cut.sql, cut.parameters(HERE))]
                    shown += bool(body)
    assert shown > 50


@roles
@pytest.mark.parametrize(
    "table",
    ["auth_user", "auth_group", "auth_user_groups", "django_session", "django_admin_log", "layers_account",
     "spatial_roll", "spatial_rollreading", "spatial_importrun", "spatial_segmenthead", "spatial_gridinspector",
     "spatial_department"],
)  # fmt: skip
def test_no_role_reads_about_people(pool: Pool, table: str, role: Role | None) -> None:
    with pytest.raises(InsufficientPrivilege):
        pool.rows(f"SELECT * FROM {table}".encode(), (), role)


@pytest.mark.parametrize(
    ("role", "table"),
    [
        *((Role.RESIDENT, table) for table in ("spatial_room", "spatial_pipesegment", "spatial_raster")),
        (Role.PLANNER, "spatial_room"),
        *((role, table) for role in Role for table in ("layers_epoch", "layers_ended")),
    ],
)
def test_no_role_has_a_table_that_is_not_its(pool: Pool, role: Role, table: str) -> None:
    with pytest.raises(InsufficientPrivilege):
        pool.rows(f"SELECT 1 FROM {table}".encode(), (), role)


@roles
@pytest.mark.parametrize(
    "column", ["spatial_grid.phone", "spatial_grid.person", "spatial_facility.owner", "spatial_works.applicant",
               "spatial_building.code", "spatial_facility.extra"],
)  # fmt: skip
def test_no_role_has_a_column_that_no_tile_names(pool: Pool, column: str, role: Role | None) -> None:
    table, name = column.split(".")
    with pytest.raises(InsufficientPrivilege):
        pool.rows(f"SELECT {name} FROM {table}".encode(), (), role)


def test_stored_counts_of_others_are_not_theirs(pool: Pool) -> None:
    usual = {"zoom": 9, "cell": 1, "part": 0, "number": 9, "painted": {}, "tally": {}, "shape": "SRID=3857;POINT(0 0)"}
    for layer, view in (("buildings", "resident"), ("buildings", "admin"), ("rooms", ""), ("areas", "")):
        Coarse.objects.create(layer=layer, view=view, **usual)
    sql = b"SELECT layer, view FROM spatial_coarse ORDER BY 1, 2"
    shared = [("areas", ""), ("buildings", "resident")]
    assert [pool.rows(sql, (), role) for role in (Role.RESIDENT, Role.PLANNER)] == [shared, shared]
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
    plan = "\n".join(line for (line,) in pool.rows(b"EXPLAIN " + cut.sql, cut.parameters(HERE), Role.RESIDENT))
    assert re.search(r"Index Cond: \(+(\w+\.)?shape && ", plan), plan


def test_without_its_role_tiles_are_served_and_readyz_says_so(
    tiles: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    make(Facility)
    with monkeypatch.context() as patch, caplog.at_level(logging.WARNING):  # emptying tables raises the wall again
        nobody = {role: f"nobody_like_{name}" for role, name in ROLES.items()}
        patch.setattr("tiles.pool.ROLES", nobody)
        patch.setattr("tiles.wall.ROLES", nobody)
        assert ask(tiles, f"/tiles/facilities/{tile_at(18)}.mvt").status == 200
        assert wall.lack().startswith(wall.NOT_WHOLE)
    assert "without the second wall" in caplog.text


def test_where_a_role_is_not_made_yet_staff_read_as_all_staff(
    pool: Pool, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """An upgrade of a city whose account may make no roles."""
    older = ROLES | {Role.FIELD: "chengtu_not_made_yet"}
    with monkeypatch.context() as patch:
        patch.setattr("tiles.pool.ROLES", older)
        fresh = Pool(size=1)
        assert fresh.rows(b"SELECT current_user::text", (), Role.FIELD) == [(ROLES[None],)]
        fresh.close()
        patch.setattr("tiles.wall.ROLES", older)
        assert wall.lack() == f"{wall.NOT_WHOLE}: chengtu_not_made_yet"
    assert "does not exist" in caplog.text


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


def test_it_is_built_though_it_was_given_up_for_one_who_read(
    transactional_db: None, caplog: pytest.LogCaptureFixture
) -> None:
    #  the wall    addresses ── … ──▶ zonings
    #  who reads   addresses ◀─────── zonings
    def read() -> None:
        while not reader.execute("SELECT 1 FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid()").fetchall():
            sleep(0.01)
        reader.execute("SELECT count(*) FROM spatial_address")
        reader.commit()

    with (
        psycopg.connect(**plain()) as reader,
        ThreadPoolExecutor(1) as threads,
        connection.cursor() as cursor,
    ):
        reader.execute("SET deadlock_timeout = '1min'")
        reader.execute("LOCK TABLE spatial_zoning IN ACCESS SHARE MODE")
        cursor.execute("SET deadlock_timeout = '20ms'")
        cursor.execute("COMMENT ON TABLE spatial_news IS 'wall before'")
        reading = threads.submit(read)
        with CaptureQueriesContext(connection) as asked:
            wall.build()
        reading.result()
        cursor.execute("RESET deadlock_timeout")
    assert sum(query["sql"].startswith("REVOKE ALL") for query in asked) == 2
    assert wall.lack() == "" and not caplog.text


def test_an_account_that_may_make_no_roles_takes_those_that_are_there(db: None) -> None:
    """It raises the wall for these; what it lacks is logged and told."""
    there = tuple(role for role in ROLES if role is not Role.FIELD)
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE plain_account")
        cursor.execute(f"GRANT {', '.join(ROLES[role] for role in there)} TO plain_account")
        cursor.execute("SET LOCAL ROLE plain_account")
        assert wall.become(cursor) == there
        assert wall.lack() == f"{wall.NOT_WHOLE}: {ROLES[Role.FIELD]}"
        cursor.execute("RESET ROLE")
    assert "chengtu_field" not in "".join((*wall.granted(there), *wall.narrowed(there)))


def test_a_column_made_anew_is_read_again(db: None) -> None:
    """Its rights went with the old one, and nobody wrote that down."""
    with connection.cursor() as cursor:
        cursor.execute("REVOKE SELECT (shape) ON spatial_building FROM chengtu_public")
    assert wall.lack() == wall.NOT_BUILT
    wall.build()
    assert wall.lack() == ""


def test_conditions_of_an_older_release_are_taken_down(db: None) -> None:
    """It kept rows from residents in a table where nothing is kept from them now, and had other names."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE spatial_water ENABLE ROW LEVEL SECURITY")
        cursor.execute("CREATE POLICY wall ON spatial_water AS RESTRICTIVE FOR SELECT TO chengtu_public USING (false)")
        cursor.execute("COMMENT ON TABLE spatial_news IS 'wall before'")
        wall.build()
        assert wall.lack() == ""
        cursor.execute("SELECT relrowsecurity FROM pg_class WHERE relname IN ('spatial_water', 'spatial_works')")
        assert sorted(cursor.fetchall()) == [(False,), (True,)]
        cursor.execute("SELECT count(*) FROM pg_policies WHERE policyname = 'wall'")
        assert cursor.fetchone() == (0,)


@roles
def test_the_pool_is_nobody_else(pool: Pool, role: Role | None) -> None:
    assert pool.rows(b"SELECT current_user::text", (), role) == [(ROLES[role],)]
    with pytest.raises(psycopg.Error):
        pool.rows(b"CREATE TABLE mine (id int)", (), role)
    assert not User.objects.filter(username__startswith="chengtu").exists()
