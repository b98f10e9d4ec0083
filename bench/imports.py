"""Our import of a file of footprints beside the quickest way ogr2ogr has into the same table, in one run.

ogr2ogr cannot COPY into `spatial_building`: GDAL holds its generated columns for fields with a default and falls back
to one INSERT a row (`direct`, measured on a small file and printed as rows a second). A knowledgeable user therefore
lets it COPY into a plain unlogged table without indexes and fills the table by one INSERT … SELECT: that is the peer.
Both start from the emptied table with all its indexes, constraints and triggers, after a checkpoint.
"""

from __future__ import annotations

import os
import re
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

import psycopg

from bench import footprints, held, memory, town
from config import cluster
from config.env import ROOT, read

VAR = read(os.environ).var
ROWS = int(os.environ.get("BENCH_ROWS", "1000000"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "1"))
GROWTH = (10_000, 100_000)
DATABASE = "chengtu_bench_import"
DIRECT = 10_000
COLUMNS = "source, source_id, updated_at, code, name, name_en, address, use, floors, height_m, built_year, geom"
FILL = f"""
INSERT INTO spatial_building ({COLUMNS})
SELECT 'bench', source_id, now(), code, coalesce(name, ''), '', coalesce(address, ''), coalesce(building, ''),
       floors, height_m, built_year, geom FROM delivered"""
FIELDS = (
    "SELECT 'bench' AS source, source_id, code, coalesce(name, '') AS name, '' AS name_en,"
    " coalesce(address, '') AS address, coalesce(building, '') AS use, floors, height_m, built_year,"
    " '2026/01/01 00:00:00' AS updated_at, geometry AS geom FROM buildings"
)


class Taken(NamedTuple):
    """What a way took: seconds by the clock; processor seconds of all its processes and of PostgreSQL, which do not
    depend on what else runs here; megabytes (PSS) of the command and its children at the worst moment."""

    seconds: float
    work: float
    peak: float
    said: str = ""


TOUCH = "UPDATE spatial_building SET floors = floors + 1 WHERE id = (SELECT min(id) FROM spatial_building)"


def main() -> None:
    """Prepare a database, measure in turn, print ratios."""
    if not shutil.which("ogr2ogr"):
        print("没有 ogr2ogr,跳过导入比较 / The import comparison is skipped: as root, apt-get install gdal-bin")
        return
    cluster.start(VAR)
    (VAR / "bench").mkdir(parents=True, exist_ok=True)
    url = database()
    files = {count: footprints.write(VAR / "bench" / f"footprints-{count}.fgb", count) for count in (*GROWTH, ROWS)}
    with psycopg.connect(url, autocommit=True) as connection:
        direct = DIRECT / by_inserts(connection, url, files[GROWTH[0]]).seconds
        ours, again, compared, peer = [], [], [], []
        for _ in range(ROUNDS):
            peer.append(by_ogr2ogr(connection, url, files[ROWS]))
            ours.append(by_us(connection, url, files[ROWS]))
            again.append(by_us(connection, url, files[ROWS], empty=False))
            connection.execute(TOUCH)
            compared.append(by_us(connection, url, files[ROWS], empty=False))
        growth = [(count, inner(by_us(connection, url, files[count]))) for count in GROWTH]
        growth.append((ROWS, inner(middle(ours))))
    report(middle(ours), middle(again), middle(compared), middle(peer), direct, growth)


def database() -> str:
    """A database of its own, made anew."""
    with psycopg.connect(cluster.url(VAR, "postgres"), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {DATABASE}")
    town.manage(cluster.url(VAR, DATABASE), "migrate", "-v0")
    return cluster.url(VAR, DATABASE)


def by_us(connection: Any, url: str, file: Path, empty: bool = True) -> Taken:
    """`manage.py import`, start of Python and Django included."""
    if empty:
        emptied(connection)
    command = [sys.executable, "manage.py", "import", "buildings", str(file), "--source", "bench"]
    return timed(command, {"DATABASE_URL": url})


def by_ogr2ogr(connection: Any, url: str, file: Path) -> Taken:
    """COPY into a plain table, one INSERT … SELECT into ours, the plain table dropped."""
    emptied(connection)
    options = ["-nln", "delivered", "-nlt", "PROMOTE_TO_MULTI", "-lco", "SPATIAL_INDEX=NONE", "-lco", "UNLOGGED=ON"]
    options += ["-lco", "GEOMETRY_NAME=geom", "--config", "PG_USE_COPY", "YES"]
    taken = timed(["ogr2ogr", "-f", "PostgreSQL", f"PG:{url}", str(file), *options], {})
    began, before = time.monotonic(), worked()
    connection.execute(FILL)
    connection.execute("DROP TABLE delivered")
    return Taken(taken.seconds + time.monotonic() - began, taken.work + worked() - before, taken.peak)


def by_inserts(connection: Any, url: str, file: Path) -> Taken:
    """ogr2ogr straight into the table, COPY asked for and quietly not used."""
    emptied(connection)
    options = ["-append", "-nln", "spatial_building", "-nlt", "PROMOTE_TO_MULTI", "-dialect", "SQLITE", "-sql", FIELDS]
    taken = timed(["ogr2ogr", "-f", "PostgreSQL", f"PG:{url}", str(file), *options], {"PG_USE_COPY": "YES"})
    assert connection.execute("SELECT count(*) FROM spatial_building").fetchone() == (DIRECT,)
    return taken


def emptied(connection: Any) -> None:
    """The table empty and nothing left to be written."""
    connection.execute("SET client_min_messages = warning")
    connection.execute("SET session_replication_role = replica")  # the log of rolls hangs on rooms: it is never emptied
    connection.execute("TRUNCATE spatial_building, spatial_importrun CASCADE")
    connection.execute("RESET session_replication_role")
    connection.execute("DROP TABLE IF EXISTS delivered")
    connection.execute("CHECKPOINT")


def timed(command: list[str], environment: dict[str, str]) -> Taken:
    """Run to the end, and look at the memory five times a second."""
    began, before, peak = time.monotonic(), worked(), 0.0
    surroundings = {**os.environ, **environment}
    with subprocess.Popen(
        command, cwd=ROOT, env=surroundings, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        while process.poll() is None:
            peak = max(peak, memory.pss(memory.tree(process.pid)))
            time.sleep(0.2)
        took = time.monotonic() - began
        said = process.communicate()[0]
    if process.returncode:
        raise SystemExit(said[-2000:])
    return Taken(took, worked() - before, peak, said)


def worked() -> float:
    """Processor seconds so far of what we started and waited for, and of the cluster: its processes, and those gone."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    ticks = 0
    postmaster = int((cluster.data_folder(VAR) / "postmaster.pid").read_text().split("\n", 1)[0])
    for one in memory.tree(postmaster):
        try:
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        except OSError:  # it ended while we looked; the postmaster will know
            continue
        ticks += sum(map(int, fields[11:15]))
    return ended.ru_utime + ended.ru_stime + ticks / os.sysconf("SC_CLK_TCK")


def inner(taken: Taken) -> float:
    """The seconds that the import itself says it took, without the start of Python."""
    return float(re.findall(r"；([\d.]+) s", taken.said)[-1])


def middle(rounds: list[Taken]) -> Taken:
    """The median round."""
    return sorted(rounds)[len(rounds) // 2]


def report(
    ours: Taken, again: Taken, compared: Taken, peer: Taken, direct: float, growth: list[tuple[int, float]]
) -> None:
    """The ratios, with what they are made of."""
    print(f"\nimport of {ROWS:,} footprints, median of {ROUNDS}; {os.cpu_count()} cores for all")
    print(f"{'':<34}seconds   × ogr2ogr   processor s   × ogr2ogr     MB")
    ways = ("ogr2ogr COPY + INSERT SELECT", "manage.py import", "the same again", "again, a row was changed")
    for name, taken in zip(ways, (peer, ours, again, compared), strict=True):
        clock, work = peer.seconds / taken.seconds, peer.work / taken.work
        print(f"  {name:<30}{taken.seconds:9.1f}{clock:12.2f}{taken.work:14.1f}{work:12.2f}{taken.peak:7.0f}")
    print(f"  an unchanged file again: {ours.seconds / again.seconds:.1f} × quicker; ", end="")
    print(f"compared row by row, because a row was changed by hand: {ours.seconds / compared.seconds:.1f} ×")
    print(f"  ogr2ogr -append (one INSERT a row): {direct:,.0f} rows/s; we {ROWS / ours.seconds:,.0f} rows/s")
    held.told(f"import of {ROWS:,} footprints", peer.seconds / ours.seconds, "≥", 1, " × ogr2ogr")
    held.told(f"import of {ROWS:,} footprints, most memory", max(ours.peak, again.peak), "<", 500, " MB")
    held.told("an unchanged file again", ours.seconds / again.seconds, "≥", 3, " × the first time")
    for count, seconds in growth:
        print(f"  {count:>9,} rows: {seconds:7.1f} s, {seconds / count * 1e6:6.1f} µs a row")


if __name__ == "__main__":
    main()
