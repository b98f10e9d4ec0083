"""`python -m bench.low`: far-out tiles over what lies in the database of VAR, each cut by PostGIS: time, bytes, sums.

Meant for a database with `manage.py sample_town --size city` (1,013,226 buildings) in it; it says how many there are.
"""

from __future__ import annotations

import os
from math import floor
from pathlib import Path
from statistics import quantiles
from time import perf_counter

import django

from bench import held

ZOOMS = tuple(int(zoom) for zoom in os.environ.get("BENCH_ZOOMS", "6,8,10,12,13").split(","))
FAR = 13  # nearer, tiles hold the rows themselves, some of them in two tiles: no sum
ROUNDS = 30
JUDGED, MILLION = 8, 1_000_000
MOST = 12  # tiles a zoom, of those that lie over the rows


def main() -> None:
    """Print times, processor time of PostgreSQL and sizes, for tiles of buildings and of all public layers together."""
    from django.db import connection

    from gis.models import Building
    from layers import registry
    from layers.scope import RESIDENT

    rows = Building.objects.count()
    with connection.cursor() as cursor:
        corners = ", ".join(f"ST_{edge}(e)" for edge in ("XMin", "YMin", "XMax", "YMax"))
        cursor.execute(f"SELECT {corners} FROM (SELECT ST_Extent(shape) e FROM spatial_building) x")
        extent = cursor.fetchone()
    print(f"建筑 / buildings: {rows}; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    if rows < MILLION:
        print(f"z{JUDGED} 只在不少于 {MILLION:,} 栋时判定 / z{JUDGED} is judged over {MILLION:,} buildings and more")
    if not rows:
        return
    buildings = (registry.get("buildings", RESIDENT),)
    print(f"{'':<10}{'zoom':>5}{'tiles':>7}{'p50 ms':>9}{'p95 ms':>9}{'cpu ms':>9}{'most kB':>9}{'cut':>5}   sum")
    asked = {"buildings": buildings, "all": registry.visible(RESIDENT)}
    for name in os.environ.get("BENCH_LAYERS", "buildings,all").split(","):
        for zoom in ZOOMS:
            _measure(name, asked[name], zoom, extent, rows)


def _measure(name: str, layers: tuple, zoom: int, extent: tuple, rows: int) -> None:
    import mapbox_vector_tile

    from layers.scope import RESIDENT
    from tiles.cutter import Cutter
    from tiles.pool import Pool
    from tiles.statement import statement

    pool = Pool(size=1, statement_ms=60_000)
    cutter = Cutter(pool)
    cut = statement(layers, RESIDENT, zoom)
    listed = _over(zoom, extent)
    counted = 0
    summed = name == "buildings" and zoom <= FAR
    for tile in listed if summed else ():
        found = mapbox_vector_tile.decode(cutter.cut(cut, tile).body).get("buildings", {"features": []})["features"]
        counted += sum(one["properties"].get("count", 0) for one in found)
    times, sizes, short = [], [], 0
    [(backend,)] = pool.rows(b"SELECT pg_backend_pid()", (), cut.role)
    before, asked = _spent(backend), 0
    step = max(1, len(listed) // MOST)
    for _ in range(max(1, ROUNDS // len(listed[::step]))):
        for tile in listed[::step]:
            began = perf_counter()
            made = cutter.cut(cut, tile)
            times.append(1000 * (perf_counter() - began))
            sizes.append(len(made.body))
            short += bool(made.short)
            asked += 1
    spent = f"{1000 * (_spent(backend) - before) / asked:.1f}" if before else "?"
    pool.close()
    p50, p95 = (quantiles(times, n=20)[at] for at in (9, 18))
    verdict = {True: "= rows", False: f"{counted} ≠ {rows}"}[counted == rows] if summed else ""
    head = f"{name:<10}{zoom:>5}{len(listed):>7}{p50:>9.1f}{p95:>9.1f}{spent:>9}"
    print(f"{head}{max(sizes) / 1000:>9.0f}{short:>5}   {verdict}")
    if (name, zoom) == ("buildings", JUDGED) and rows >= MILLION:
        held.told(f"z8 over {rows:,} buildings, p95", p95, "<", 50, " ms")
        held.told(f"z8 over {rows:,} buildings, largest", max(sizes) / 1000, "≤", 500, " kB")
        held.told(f"z8 over {rows:,} buildings, sum of the counts", counted, "=", rows)


def _spent(process: int) -> float:
    """Processor seconds of a process here, which a busy machine changes less; 0 when it is elsewhere."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _over(zoom: int, extent: tuple) -> list:
    """The tiles over an extent."""
    from tiles.tile import HALF_WORLD_M, Tile

    side = 2 * HALF_WORLD_M / (1 << zoom)
    west, east = (floor((at + HALF_WORLD_M) / side) for at in (extent[0], extent[2]))
    north, south = (floor((HALF_WORLD_M - at) / side) for at in (extent[3], extent[1]))
    return [Tile(zoom, x, y) for x in range(west, east + 1) for y in range(north, south + 1)]


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    main()
