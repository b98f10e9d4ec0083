"""The table that is measured: Suzhou's real footprints, imported by our own command and repeated beside themselves."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import psycopg

from config import cluster
from config.env import ROOT

FOOTPRINTS = ROOT.parent / "shared" / "data" / "suzhou-buildings"
DATABASE = "chengtu_bench"
COPIES = [(column * 0.12, row * 0.06) for row in range(3) for column in range(4)]  # degrees: side by side, no overlap
WIDEST_LIST = 200

REPEAT = """
INSERT INTO spatial_building (source, source_id, name, height_m, floors, geom, {blank})
SELECT source, source_id || '+' || %(copy)s, name, height_m, floors, ST_Translate(geom, %(east)s, %(north)s), {values}
  FROM spatial_building WHERE source_id NOT LIKE '%%+%%'"""
BLANK = ("code", "name_en", "address", "use")
TILES = """
SELECT floor((ST_X(c) + 20037508.342789244) / side)::int, floor((20037508.342789244 - ST_Y(c)) / side)::int
  FROM (SELECT ST_Centroid(shape) AS c, 40075016.68557849 / 2 ^ %(zoom)s AS side FROM spatial_building) AS t
 GROUP BY 1, 2 HAVING count(*) >= 5 ORDER BY md5(min(c)::text) LIMIT %(most)s"""


class Town(NamedTuple):
    """Where the table is and what is in it."""

    url: str
    imported: int
    rows: int


def build(var: Path) -> Town:
    """Make the database anew in the cluster under ``var``: import, repeat, generalise, analyse.

    What stands for the rows far out is made before a server starts, as ``prepare`` does it: one that finds it missing
    makes it in the background, and would be measured doing so.
    """
    with psycopg.connect(cluster.url(var, "postgres"), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {DATABASE}")
    url = cluster.url(var, DATABASE)
    files = sorted(FOOTPRINTS.glob("*.geojson.gz"))
    manage(url, "migrate", "-v0")
    manage(url, "import", "buildings", *map(str, files), "--crs", "EPSG:4326")
    with psycopg.connect(url, autocommit=True) as connection:
        imported = _count(connection)
        repeat = REPEAT.format(blank=", ".join(BLANK), values=", ".join("''" for _ in BLANK))
        for copy, (east, north) in enumerate(COPIES[1:], 1):
            connection.execute(repeat, {"copy": copy, "east": east, "north": north})
        manage(url, "generalise")
        connection.execute("VACUUM ANALYZE")
        return Town(url, imported, _count(connection))


def lying(url: str) -> Town:
    """What lies in a database already, generalised and analysed."""
    with psycopg.connect(url) as connection:
        rows = _count(connection)
    return Town(url, rows, rows)


def obstacle(embedded: bool, *files: Path) -> str:
    """Why tiles cannot be compared here, in words; nothing if they can."""
    for file in files:
        if not file.is_dir():
            return f"没有苏州建筑数据,跳过比较 / Skipped: there are no Suzhou footprints in {file.name}."
    if not shutil.which("wrk"):
        return "没有 wrk,跳过比较 / Skipped: wrk is missing; as root: apt-get install wrk"
    if not embedded:
        return "已设置 DATABASE_URL,跳过比较 / Skipped: the comparison makes a database, in the embedded cluster only."
    return ""


def tiles(url: str, zoom: int) -> list[tuple[int, int]]:
    """Columns and rows of tiles with at least five buildings, always the same ones in the same mixed order."""
    with psycopg.connect(url) as connection:
        return [(x, y) for x, y in connection.execute(TILES, {"zoom": zoom, "most": WIDEST_LIST}).fetchall()]


def manage(url: str, *words: str) -> None:
    """Run a command of the project on the database."""
    environment = {**os.environ, "DATABASE_URL": url}
    subprocess.run([sys.executable, "manage.py", *words], cwd=ROOT, env=environment, check=True, capture_output=True)


def addresses(url: str, file: Path) -> None:
    """Import and index points with their addresses, in degrees, as a city would do it, into a new database."""
    manage(url, "migrate", "-v0")
    manage(url, "import", "addresses", str(file), "--source", "poi", "--crs", "EPSG:4326")
    manage(url, "index_places")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def _count(connection: psycopg.Connection) -> int:
    [count] = connection.execute("SELECT count(*) FROM spatial_building").fetchone() or [0]
    return int(count)
