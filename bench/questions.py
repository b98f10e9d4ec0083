"""`python -m bench.questions [URL]`: how long the spatial questions take, asked one by one all over the city."""

from __future__ import annotations

import os
import random
import statistics
import time
from http.client import HTTPConnection
from urllib.parse import quote, urlsplit

import psycopg

from bench import held
from bench.page import served
from config import cluster
from config.env import read

TIMES = int(os.environ.get("BENCH_TIMES", "300"))
BUDGET_MS = {"at": 30}
MILLION = 1_000_000
Spot = tuple[float, float]


def spots() -> list[Spot]:
    """Places where people are: by buildings, some metres off."""
    env = read(os.environ)
    with psycopg.connect(env.database_url or cluster.url(env.var)) as connection:
        some = "SELECT ST_Centroid(geom) p FROM spatial_building ORDER BY md5(id::text) LIMIT %s"
        rows = connection.execute(f"SELECT ST_X(p), ST_Y(p) FROM ({some}) b", [TIMES]).fetchall()
    luck = random.Random(7)
    return [(x + luck.uniform(-2e-4, 2e-4), y + luck.uniform(-2e-4, 2e-4)) for x, y in rows]


def buildings() -> int:
    """How many the database of VAR holds."""
    env = read(os.environ)
    with psycopg.connect(env.database_url or cluster.url(env.var)) as connection:
        return (connection.execute("SELECT count(*) FROM spatial_building").fetchone() or (0,))[0]


def paths(place: Spot) -> dict[str, str]:
    """The questions about a place."""
    lon, lat = f"{place[0]:.6f}", f"{place[1]:.6f}"
    west, south, east, north = place[0] - 1e-3, place[1] - 1e-3, place[0] + 1e-3, place[1] + 1e-3
    ring = f"POLYGON(({west} {south},{east} {south},{east} {north},{west} {north},{west} {south}))"
    return {
        "at": f"/api/at?lon={lon}&lat={lat}",
        "near": f"/api/near?lon={lon}&lat={lat}&kind=toilet",
        "near, on foot": f"/api/near?lon={lon}&lat={lat}&kind=toilet&walk=1",
        "within": f"/api/within?layers=buildings,facilities&shape={quote(ring)}",
    }


def main(site: str) -> None:
    """Ask and print one line a question."""
    parts = urlsplit(site)
    line = HTTPConnection(parts.hostname or "127.0.0.1", parts.port, timeout=60)
    spent: dict[str, list[float]] = {}
    rows = buildings()
    for place in spots():
        for name, path in paths(place).items():
            start = time.perf_counter()
            line.request("GET", path)
            answer = line.getresponse()
            answer.read()
            assert answer.status == 200, (answer.status, path)
            spent.setdefault(name, []).append((time.perf_counter() - start) * 1000)
    for name, times in spent.items():
        times.sort()
        budget = f" (budget P95 {BUDGET_MS[name]})" if name in BUDGET_MS else ""
        p50, p95 = statistics.median(times), times[int(len(times) * 0.95)]
        print(f"{name}: {len(times)} times, P50 {p50:.0f} ms, P95 {p95:.0f}{budget}, worst {times[-1]:.0f}")
        if name in BUDGET_MS and rows >= MILLION:
            held.told(f"/api/{name} over {rows:,} buildings of the city, p95", p95, "<", BUDGET_MS[name], " ms")
    print(f"{rows:,} buildings; load {' '.join(f'{load:.1f}' for load in os.getloadavg())} on {os.cpu_count()} cores")


if __name__ == "__main__":
    with served() as address:
        main(address)
