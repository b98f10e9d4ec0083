"""A backup is worth what comes back: rows, rules, keys and images, restored by the guide into a cluster of its own."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import numpy as np
import psycopg
import pytest
from django.db import connection, connections

from config import cluster, postgres
from gis.models import Roll, Room, Zoning
from layers.scope import Audience, Role
from tests.client import ask, tiles  # noqa: F401  a fixture
from tests.config.front_door import ROOT, environment, folder
from tests.factories import MAKERS, SOUTH, WEST, make, tile_at
from tests.tiles.raster import geotiff, placed, register, spot
from tiles import wall
from tiles.server import Server
from tiles.server import make as make_server

RULES = {
    # PostgreSQL spells a CHECK read back from its own text otherwise, and a policy: these are compared by name.
    "constraints": "SELECT conrelid::regclass::text, conname, contype, convalidated,"
    " CASE WHEN contype <> 'c' THEN pg_get_constraintdef(oid) END FROM pg_constraint",
    "triggers": "SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    "indexes": "SELECT indexname, indexdef FROM pg_indexes",
    "columns": "SELECT table_name, column_name, generation_expression FROM information_schema.columns"
    " WHERE table_schema = 'public'",
    "policies": "SELECT tablename, policyname, permissive, roles, cmd FROM pg_policies",
}
MANAGER = Audience(Role.MANAGER)
PERSON = "310115199001011234"


def url(name: str) -> str:
    """A libpq URL of a database in the server that the tests use."""
    given = connection.settings_dict
    names = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD"}
    return f"postgresql:///{quote(name)}?" + urlencode({key: given[its] for key, its in names.items() if given[its]})


def program(name: str) -> Path:
    """A PostgreSQL program of the server's own version."""
    return postgres.INSTALLED / str(connection.cursor().connection.info.server_version // 10000) / "bin" / name


def commands(chapter: str) -> list[str]:
    """The commands of a chapter of the operator's guide, block by block, but for `make`."""
    guide = (ROOT / "docs" / "operator.md").read_text(encoding="utf-8")
    part = guide.split(f"\n## {chapter}\n")[1].split("\n## ")[0]
    blocks = re.findall(r"^```\n(.*?)^```", part, re.MULTILINE | re.DOTALL)
    return [re.sub(r"^make .*\n", "", block, flags=re.MULTILINE) for block in blocks]


def run(block: str, where: Path, **variables: str) -> None:
    """Run commands of the guide as they stand, in a folder that has the checkout's Python."""
    path = f"{program('pg_dump').parent}{os.pathsep}{os.environ['PATH']}"
    env = environment(PATH=path, PYTHONPATH=str(ROOT), **variables)
    done = subprocess.run(["bash", "-euc", block], cwd=where, env=env, capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stderr) == (0, "")


def contents(address: str) -> dict[str, list[tuple[object, ...]]]:
    """Everything that must come back: the number of rows of every table, and every rule."""
    with psycopg.connect(address) as asked:
        tables = asked.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").fetchall()
        count = "SELECT '{0}', count(*) FROM public.\"{0}\""
        rows = " UNION ALL ".join(count.format(*table) for table in tables)
        questions = {"rows": rows, **RULES}
        return {what: sorted(asked.execute(text).fetchall(), key=str) for what, text in questions.items()}


@pytest.fixture
def elsewhere() -> Iterator[Path]:
    """A VAR in which nothing is yet: another machine."""
    with folder() as path:
        try:
            yield path / "var"
        finally:
            cluster.remove(path / "var")


@contextmanager
def living(settings: Any, var: Path) -> Iterator[Server]:
    """A server of tiles that has nothing but a VAR: its database, its keys, its files."""
    connections.databases["restored"] = connections["default"].settings_dict | {
        "NAME": cluster.NAME,
        "HOST": str(cluster.socket_folder(var)),
    }
    settings.READS, settings.VAR = "restored", var
    for name in ("secret_key", "field_key"):
        setattr(settings, name.upper(), (var / "secrets" / name).read_text(encoding="ascii").strip())
    server = make_server()
    try:
        yield server
    finally:
        server.supply.forget()
        del connections["restored"], connections.databases["restored"]


def photograph(path: Path) -> str:
    """Register an image, and return where a tile of it is."""
    colours = np.random.default_rng(7).integers(1, 256, (3, 64, 64)).astype("uint8")
    number = register(geotiff(path, colours)).pk
    place, *_ = spot(32, 32, placed("EPSG:4549", 10.0), "EPSG:4549", 15)
    return f"/tiles/raster/{number}/{place}.png"


@pytest.fixture
def city(settings: Any, var: Path, tmp_path: Path) -> list[str]:
    """A row of everything, a person, an image, the keys and the second wall; where a tile and one of the image are."""
    for model in MAKERS:
        make(model)
    Roll.objects.create(room=make(Room), name="张三", identity=PERSON, phone="13800000000")
    wall.build()
    for name in ("imports", "media", "secrets"):
        (var / name).mkdir(parents=True)
    for name in ("secret_key", "field_key"):
        (var / "secrets" / name).write_text(getattr(settings, name.upper()) + "\n", encoding="ascii")
    return [f"/tiles/buildings/{tile_at(16, WEST, SOUTH)}.mvt", photograph(tmp_path / "photo.tif")]


@pytest.mark.django_db(transaction=True)
@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")  # rasterio's own use of affine
def test_the_guides_own_commands_bring_the_city_back_on_another_machine(
    tiles: Server,  # noqa: F811
    city: list[str],
    settings: Any,
    var: Path,
    elsewhere: Path,
    tmp_path: Path,
) -> None:
    ours, before = url(connection.settings_dict["NAME"]), [ask(tiles, path, MANAGER) for path in city]
    (tmp_path / ".venv").symlink_to(sys.prefix)
    backup, restore, *_ = commands("Backup and restore")
    run(re.sub(r"^URL=.*", "", backup, flags=re.MULTILINE), tmp_path, VAR=str(var), URL=ours)
    run(restore, tmp_path, VAR=str(elsewhere))

    stored = contents(ours)
    assert contents(cluster.url(elsewhere)) == stored
    assert {table for table, number in stored["rows"] if number} >= {model._meta.db_table for model in MAKERS}
    assert stored["policies"]
    with living(settings, elsewhere) as server:
        after = [ask(server, path, MANAGER) for path in city]
        assert [(one.status, one.body) for one in after] == [(200, one.body) for one in before]
        with psycopg.connect(cluster.url(elsewhere)) as asked:
            people = asked.execute("SELECT identity FROM spatial_roll").fetchall()
        assert [Roll._meta.get_field("identity").from_db_value(kept) for (kept,) in people] == [PERSON]


@pytest.mark.django_db(transaction=True)
def test_rules_hold_whatever_the_search_path() -> None:
    zoning = make(Zoning)
    zoning.refresh_from_db()
    before = zoning.geom
    with connection.cursor() as cursor:
        cursor.execute("SET search_path = ''")
        try:
            cursor.execute(
                "UPDATE public.spatial_segment SET geom = public.ST_Reverse(geom) WHERE id = %s", [zoning.segment_id]
            )
        finally:
            cursor.execute("RESET search_path")
    zoning.refresh_from_db()
    assert zoning.geom.coords[0] != before.coords[0]
