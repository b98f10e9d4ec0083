"""`python -m bench.ogc`: a box of features from us, tipg and pygeoapi on the same table, and page 10,000 beside page 1.

Suzhou's footprints as `bench.town` repeats them (`BENCH_KEPT=1`: those of the last run). Each server is one process
with six connections, asked for the same boxes and properties. Ratios within the run are what to quote.
"""

from __future__ import annotations

import json
import math
import os
import statistics
import time
import urllib.request
from base64 import urlsafe_b64encode
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import psycopg

from bench import held, load, memory, peer_pygeoapi, peers, servers, town
from bench.load import Result
from bench.servers import Candidate
from config import cluster
from config.env import ROOT, read

SECONDS = int(os.environ.get("BENCH_SECONDS", "4"))
WANTED = int(os.environ.get("BENCH_ROWS", "1050000"))
ROUNDS, LIMIT, PAGE, TURNS, ZOOM = 3, 100, 10_000, 40, 16
FASTER, SLOWER = 5, 1.2
"""Promised: so many times as fast as each of the others; page 10,000 no slower than this times page 1."""
TOLD = "name,name_en,address,use,floors,height_m,built_year,source,surveyed_at,updated_at"
OURS = f"/ogc/collections/buildings/items?limit={LIMIT}&f=json&properties={TOLD}"
THEIRS = f"/collections/public.spatial_building/items?limit={LIMIT}&f=geojson&geom-column=geom&properties={TOLD}"

DEGREES = peer_pygeoapi.DEGREES
OTHERS = f"/collections/buildings/items?limit={LIMIT}&f=json&properties={TOLD}&crs={DEGREES}&bbox-crs={DEGREES}"


class Taken(NamedTuple):
    """A round: what was counted, and milliseconds of processor time a request, of the server and of PostgreSQL."""

    result: Result
    server: float
    database: float


def main(var: Path) -> None:
    """Build the table if it is not there, compare, and walk far."""
    folder = var / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    cluster.start(var)
    venv = peers.environment(var / "bench-venv", peers.SERVERS)
    place = cluster.url(var, town.DATABASE) if os.environ.get("BENCH_KEPT") else town.build(var).url
    rows = enlarged(place)
    tiles = town.tiles(place, ZOOM)
    boxes = [",".join(f"{part:.6f}" for part in box(ZOOM, *tile)) for tile in tiles]
    print(f"{rows:,} rows, {len(boxes)} boxes of zoom {ZOOM}; load {os.getloadavg()[0]:.1f}", flush=True)
    us = servers.ours(place, folder, "config.rsgi:application")
    asked_of = {us: OURS, servers.tipg(place, venv): THEIRS, peer_pygeoapi.prepared(place, venv, folder): OTHERS}
    asked = {peer: [f"{path}&bbox={box}" for box in boxes] for peer, path in asked_of.items()}
    _print(_driven(asked, folder, (ZOOM, *tiles[0]), cluster.data_folder(var)))
    _far(us, folder, place)


def enlarged(place: str) -> int:
    """Repeat the town further to the east until the table has the rows that are wanted; how many it has then. Features
    are asked of it alone: what stands for them far out is not made."""
    counts = "SELECT count(*), count(*) FILTER (WHERE source_id NOT LIKE '%+%') FROM spatial_building"
    repeat = town.REPEAT.format(blank=", ".join(town.BLANK), values=", ".join("''" for _ in town.BLANK))
    with psycopg.connect(place, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")  # no news: else the server made blocks meanwhile
        rows, once = connection.execute(counts).fetchone() or (0, 1)
        for copy in range(rows // once, math.ceil(WANTED / once)):
            east, north = 0.48 + 0.12 * (copy % 12), 0.06 * (copy // 12)
            connection.execute(repeat, {"copy": copy, "east": east, "north": north})
        connection.execute("VACUUM ANALYZE spatial_building")
        return int((connection.execute(counts).fetchone() or (0,))[0])


def box(zoom: int, x: int, y: int) -> tuple[float, float, float, float]:
    """West, south, east, north of a tile in degrees."""
    side = 2**zoom

    def lat(row: int) -> float:
        return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * row / side))))

    return x / side * 360 - 180, lat(y + 1), (x + 1) / side * 360 - 180, lat(y)


def _driven(
    asked: dict[Candidate, list[str]], folder: Path, first: tuple[int, int, int], data: Path
) -> dict[str, list[Taken]]:
    """All servers up, one asked at a time, in turn, so that a noisy minute falls on all."""
    found: dict[str, list[Taken]] = {peer.name: [] for peer in asked}
    postmaster = int((data / "postmaster.pid").read_text().split("\n", 1)[0])
    with ExitStack() as up:
        logs = {peer: folder / f"ogc-{peer.name}.log" for peer in asked}
        at = {peer: up.enter_context(servers.running(peer, log, first)) for peer, log in logs.items()}
        for peer, paths in asked.items():
            held = [_features(at[peer][0] + path) for path in paths[:3]]
            print(f"{peer.name}: the first boxes have {held} features", flush=True)
            load.drive(at[peer][0], paths, 2, folder)
        for _ in range(ROUNDS):
            for peer, paths in asked.items():
                address, process = at[peer]
                both = memory.tree(process), memory.tree(postmaster)
                before = [memory.cpu(one) for one in both]
                result = load.drive(address, paths, SECONDS, folder)
                spent = [memory.cpu(one) - was for one, was in zip(both, before, strict=True)]
                count = result.rate * SECONDS
                found[peer.name].append(Taken(result, *(1000 * one / count for one in spent)))
    return found


def _print(found: dict[str, list[Taken]]) -> None:
    """The middle round of each, and how many times ours is: by requests, and by processor time."""
    middle = {name: sorted(taken, key=lambda one: one.result.rate)[len(taken) // 2] for name, taken in found.items()}
    ours = next(iter(middle.values()))
    for name, one in middle.items():
        result, failures = one.result, sum(taken.result.failures for taken in found[name])
        times = (one.server + one.database) / (ours.server + ours.database)
        print(f"{name:8} {result.rate:7.1f}/s  p50 {result.p50:6.1f} ms  p95 {result.p95:6.1f} ms  failed {failures}  "
              f"{result.size / 1024:3.0f} kB  cpu {one.server:5.2f} + {one.database:5.2f} ms  "
              f"{ours.result.rate / result.rate:5.1f} ×, by cpu {times:5.1f} ×")  # fmt: skip
        if one is not ours:
            held.told(f"a box of {LIMIT} features, beside {name}", ours.result.rate / result.rate, "≥", FASTER, " ×")
        else:
            held.told(f"a box of {LIMIT} features, failures", failures, "=", 0)


def _features(url: str) -> int:
    with urllib.request.urlopen(url, timeout=30) as answer:
        return len(json.load(answer)["features"])


def _token(pk: int) -> str:
    """Where a page begins, as `layers.paging` writes it."""
    return urlsafe_b64encode(json.dumps([1, pk]).encode()).decode().rstrip("=")


def _far(us: Candidate, folder: Path, place: str) -> None:
    """Page 1 and page 10,000 in turn; the far one is where following ``next`` would have led."""
    with psycopg.connect(place) as connection:
        skipped = (PAGE - 1) * LIMIT - 1
        found = connection.execute(
            "SELECT id FROM spatial_building ORDER BY id OFFSET %s LIMIT 1", [skipped]
        ).fetchone()
    if not found:
        print(f"page {PAGE:,}: the table is too short")
        return
    with servers.running(us, folder / "ogc-far.log") as (address, _):
        with urllib.request.urlopen(address + OURS, timeout=30) as answer:
            following = next(link["href"] for link in json.load(answer)["links"] if link["rel"] == "next")
        pages = {"2": following, f"{PAGE:,}": f"{address}{OURS}&after={_token(found[0])}"}
        times: dict[str, list[float]] = {name: [] for name in ("1", *pages)}
        for _ in range(TURNS):
            for name, url in {"1": address + OURS, **pages}.items():
                began = time.perf_counter()
                _features(url)
                times[name].append(1000 * (time.perf_counter() - began))
    for name, taken in times.items():
        print(f"page {name}: median {statistics.median(taken):.1f} ms")
    far, first = (statistics.median(times[name]) for name in (f"{PAGE:,}", "1"))
    held.told(f"page {PAGE:,} of {LIMIT} features", far / first, "≤", SLOWER, " × page 1")


if __name__ == "__main__":
    os.chdir(ROOT)
    main(read(os.environ).var)
