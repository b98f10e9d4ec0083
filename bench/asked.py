"""`python -m bench.asked`: what a question costs over the rows of a database, asked one by one as a resident asks.

Meant for those that `bench.growth` makes, 10⁴ to 10⁶ footprints; as many addresses are put beside them. What is here,
a box of a hundred features, an address; processor time of server and PostgreSQL is what to compare.
"""

from __future__ import annotations

import os
import random
import time
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import quote, urlsplit

import psycopg

from bench import held, locate_speed, servers
from bench.ogc import LIMIT
from config import cluster
from config.env import ROOT, read

TIMES = int(os.environ.get("BENCH_TIMES", "300"))
WARM = 40
JUDGED, AT_MS = 1_000_000, 30
SPOTS = """
SELECT ST_X(p), ST_Y(p) FROM (SELECT ST_PointOnSurface(geom) p FROM spatial_building ORDER BY md5(id::text) LIMIT %s) b
UNION ALL
SELECT ST_X(geom), ST_Y(geom) FROM (SELECT geom FROM spatial_address ORDER BY md5(id::text) LIMIT %s) a"""
AROUND = 1e-3
"""Degrees from the middle of a box to its edge: a few hundred metres across, some twenty-five footprints."""


def main(url: str, var: Path) -> None:
    """Put addresses there, ask, print a line a question."""
    with psycopg.connect(url) as connection:
        rows = (connection.execute("SELECT count(*) FROM spatial_building").fetchone() or (0,))[0]
    streets = max(1, rows // locate_speed.DOORS)
    locate_speed.build(url, streets)
    with psycopg.connect(url) as connection:
        spots = connection.execute(SPOTS, [TIMES // 2, TIMES // 2]).fetchall()
    random.Random(7).shuffle(spots)
    database = int((cluster.data_folder(var) / "postmaster.pid").read_text().split("\n", 1)[0])
    print(f"{rows:,} footprints, {streets * locate_speed.DOORS:,} addresses; load {os.getloadavg()[0]:.1f}")
    print(f"{'':<16}{'p50 ms':>9}{'p95 ms':>9}{'cpu ms':>9}  (server + PostgreSQL)")
    (var / "bench").mkdir(parents=True, exist_ok=True)
    with servers.running(servers.ours(url, var, "config.rsgi:application"), var / "bench" / "asked.log") as (site, us):
        for name, paths in questions(spots, streets).items():
            times, spent = asked(site, paths, (us, database))
            p50, p95 = (times[int(len(times) * part)] for part in (0.5, 0.95))
            print(f"{name:<16}{p50:>9.1f}{p95:>9.1f}{spent[0]:>9.1f} + {spent[1]:.1f}", flush=True)
            if name == "at" and rows >= JUDGED:
                held.told(f"/api/at over {rows:,} footprints, p95", p95, "<", AT_MS, " ms")


def questions(spots: list[tuple[float, float]], streets: int) -> dict[str, list[str]]:
    """The paths to ask for, none twice."""
    box = "/ogc/collections/buildings/items?f=json&limit={}&bbox={:.6f},{:.6f},{:.6f},{:.6f}"
    lines = locate_speed.lines(len(spots), streets)
    return {
        "at": [f"/api/at?lon={lon:.6f}&lat={lat:.6f}" for lon, lat in spots],
        "items, a box": [box.format(LIMIT, x - AROUND, y - AROUND, x + AROUND, y + AROUND) for x, y in spots],
        "locate": [f"/api/locate?q={quote(text)}" for text in lines["doors"]],
        "locate, typo": [f"/api/locate?q={quote(text)}" for text in lines["mistyped"]],
    }


def asked(site: str, paths: list[str], processes: tuple[int, int]) -> tuple[list[float], list[float]]:
    """Milliseconds that each took, in order, the first left out; processor milliseconds a question of each process."""
    parts = urlsplit(site)
    line = HTTPConnection(parts.hostname or "127.0.0.1", parts.port, timeout=60)
    times: list[float] = []
    before: list[float] = []
    for number, path in enumerate(paths):
        if number == WARM:
            before = locate_speed.worked(*processes)
        start = time.perf_counter()
        line.request("GET", path)
        answer = line.getresponse()
        answer.read()
        assert answer.status == 200, (answer.status, path)
        times.append(1000 * (time.perf_counter() - start))
    told = times[WARM:]
    spent = [1000 * (b - a) / len(told) for a, b in zip(before, locate_speed.worked(*processes), strict=True)]
    return sorted(told), spent[: len(processes)]


if __name__ == "__main__":
    os.chdir(ROOT)
    env = read(os.environ)
    main(env.database_url or cluster.url(env.var), env.var)
