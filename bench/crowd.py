"""`python -m bench.crowd`: many at once. A hundred clients who want one cold tile cause one query; a hundred who want
what is heavy leave those alone who want what is light.
"""

from __future__ import annotations

import os
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import psycopg

from bench import held, load, servers, town
from config import cluster
from config.env import ROOT, read

CLIENTS = 100
COLD = 20
SECONDS = int(os.environ.get("BENCH_SECONDS", "4"))
LIGHT_CLIENTS, LIGHT_THINK_MS = 8, 50
HEAVY_THINK_MS = 500
"""A page that was refused comes back after a while."""
PILE = 120_000
HEAVY_ZOOM = 16
MOST_TIMES = 3
# So many footprints of half a metre in one tile that it takes long to cut, whatever is done with it.
HEAP = """
INSERT INTO spatial_building (source, source_id, name, height_m, floors, geom, code, name_en, address, use)
SELECT 'heap', n, '', 3, 1, ST_Multi(ST_Buffer(spot, 0.000004, 'quad_segs=2')), '', '', '', ''
  FROM generate_series(1, %(pile)s) AS n,
       ST_SetSRID(ST_Point(%(lon)s + (n %% 346) * 0.000011, %(lat)s + (n / 346) * 0.000009), 4490) AS spot"""
LON, LAT = 121.0, 31.9  # far from all other footprints
SCANS = (
    "SELECT coalesce(seq_scan, 0) + coalesce(idx_scan, 0) FROM pg_stat_user_tables WHERE relname = 'spatial_building'"
)


def main(place: town.Town, folder: Path) -> None:
    """Measure both in turn, print what was promised beside what was seen."""
    one_query(place, folder)
    light_beside_heavy(place, folder)


def one_query(place: town.Town, folder: Path) -> None:
    """Cold tiles, each wanted by a hundred at the same moment: how often the table was read."""
    ours = servers.ours(place.url, folder, "config.rsgi:application")
    listed = [servers.path(ours, 14, x, y) for x, y in town.tiles(place.url, 14)[: COLD + 1]]
    with (
        servers.running(ours, folder / "crowd.log") as (address, _),
        psycopg.connect(place.url, autocommit=True) as see,
    ):
        before = scans(see)
        together(address + listed[0], 1)
        alone = scans(see) - before
        answers = [together(address + path, CLIENTS) for path in listed[1:]]
        read = scans(see) - before - alone
    same = all(len(set(bodies)) == 1 and len(bodies) == CLIENTS for bodies in answers)
    print(
        f"\n{CLIENTS} clients, one cold tile, {COLD} times: {read / alone / COLD:.2f} queries a tile (promised 1), "
        + ("all answered alike" if same else "NOT ALL ANSWERED ALIKE")
    )
    held.told(f"queries for one cold tile that {CLIENTS} want", round(read / alone / COLD, 2), "=", 1)
    held.told(f"of {COLD} such tiles answered otherwise to some", sum(len(set(one)) != 1 for one in answers), "=", 0)


def scans(see: psycopg.Connection) -> int:
    """How often the table of buildings was read; a backend tells of it when it has rested for ten seconds."""
    time.sleep(11)
    see.execute("SELECT pg_stat_clear_snapshot()")
    [count] = see.execute(SCANS).fetchone() or [0]
    return int(count)


def together(url: str, clients: int) -> list[bytes]:
    """What clients get who ask at one moment."""
    start = Barrier(clients)

    def ask(_: int) -> bytes:
        start.wait(30)
        with urllib.request.urlopen(url, timeout=load.PATIENCE_S) as answer:
            return bytes(answer.read())

    with ThreadPoolExecutor(clients) as threads:
        return list(threads.map(ask, range(clients)))


def light_beside_heavy(place: town.Town, folder: Path) -> None:
    """Nothing is kept: light tiles alone, then beside a hundred users of a tile with a heap of footprints in it."""
    ours = servers.ours(place.url, folder, "bench.uncached:application")
    light = [servers.path(ours, 16, x, y) for x, y in town.tiles(place.url, 16)]
    with psycopg.connect(place.url, autocommit=True) as connection:
        connection.execute(HEAP, {"lon": LON, "lat": LAT, "pile": PILE})
        town.manage(place.url, "generalise")
        connection.execute("VACUUM ANALYZE spatial_building")
        heavy = [servers.path(ours, HEAVY_ZOOM, x, y) for x, y in heap(connection)]
    with servers.running(ours, folder / "crowd.log") as (address, _):
        began = time.monotonic()
        together(address + heavy[0], 1)
        print(f"\na tile over {PILE:,} footprints takes {1000 * (time.monotonic() - began):.0f} ms alone")
        load.drive(address, light, 2, folder, clients=LIGHT_CLIENTS, think_ms=LIGHT_THINK_MS)
        alone = load.drive(address, light, SECONDS, folder, clients=LIGHT_CLIENTS, think_ms=LIGHT_THINK_MS)
        with ThreadPoolExecutor(1) as thread:
            crowd = thread.submit(
                load.drive, address, heavy, SECONDS + 4, folder, clients=CLIENTS, think_ms=HEAVY_THINK_MS
            )
            time.sleep(2)
            beside = load.drive(address, light, SECONDS, folder, clients=LIGHT_CLIENTS, think_ms=LIGHT_THINK_MS)
            found = crowd.result()
    print(
        f"light tiles, {LIGHT_CLIENTS} users: p95 {alone.p95:.1f} ms alone, {beside.p95:.1f} ms beside {CLIENTS} users"
        f" of it: {beside.p95 / alone.p95:.1f} × (promised < {MOST_TIMES}), {beside.failures} failed"
    )
    held.told("light tiles beside a heavy one, p95", beside.p95 / alone.p95, "<", MOST_TIMES, " ×")
    held.told("light tiles beside a heavy one that failed", beside.failures, "=", 0)
    held.told("heavy tiles that hung or broke", found.failures - found.refused, "=", 0)
    answered = found.rate * (SECONDS + 4) - found.refused
    print(
        f"  the heavy: {answered:.0f} answered, {found.refused} told to come back,"
        f" {found.failures - found.refused} hung or broke"
    )


def heap(connection: psycopg.Connection) -> Iterator[tuple[int, int]]:
    """The tile with the heap in it."""
    tile = """SELECT DISTINCT floor((ST_XMin(e) + 20037508.342789244) / side)::int,
                     floor((20037508.342789244 - ST_YMax(e)) / side)::int
                FROM (SELECT ST_Extent(shape) AS e FROM spatial_building WHERE source = 'heap') AS x,
                     (SELECT 40075016.68557849 / 2 ^ %(zoom)s AS side) AS s"""
    yield from connection.execute(tile, {"zoom": HEAVY_ZOOM}).fetchall()


if __name__ == "__main__":
    os.chdir(ROOT)
    env = read(os.environ)
    (env.var / "bench").mkdir(parents=True, exist_ok=True)
    cluster.start(env.var)
    main(town.build(env.var), env.var / "bench")
