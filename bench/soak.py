"""`python -m bench.soak`: mixed load for BENCH_MINUTES (20); memory, connections and open files each minute.

Our server over the database of VAR (the sample town): tiles of all zooms, changes, pages, searches, questions, files
and what leads nowhere by eight clients, strangers and staff in turn by the minute, and an edit every second. Says "met"
when the last quarter has no more than a tenth above the second; the first is for caches to fill. Nothing may break.
"""

from __future__ import annotations

import os
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from statistics import median
from threading import Event
from typing import NamedTuple

import psycopg

from bench import held, kept, load, memory, servers
from bench.pixels import DIG, FILL, HALF, LAT, LON
from config import cluster
from config.env import ROOT, read

MINUTES = int(os.environ.get("BENCH_MINUTES", "20"))
CLIENTS, THINK_MS = 8, 20
GROWTH = 1.1
DOWN = 0.40842  # where LAT lies between the upper and the lower edge of the web map
OTHERS = (
    "/live/changes?since=&layers=water,roads,buildings", "/map", "/api/manifest", "/api/search?q=%E8%B7%AF",
    "/api/search?q=1", "/tiles/style.json", "/tiles/buildings.json", "/tiles/nothing/1/0/0.mvt", "/healthz", "/metrics",
    f"/api/at?lon={LON}&lat={LAT}", f"/api/near?kind=toilet&lon={LON}&lat={LAT}",
    "/api/locate?q=%E6%BB%A8%E6%B2%B3%E8%B7%AF1%E5%8F%B7", "/ogc/collections/facilities/items?f=json&limit=100",
    "/ogc/collections/facilities/items?f=csv", "/ogc/collections/water/items?f=gpkg",
)  # fmt: skip


class Seen(NamedTuple):
    """Megabytes of the server and of PostgreSQL, connections to the database, open files of the server."""

    server: float
    database: float
    connections: int
    files: int


def main(var: Path, url: str) -> None:
    """Load, look, print a line a minute and the verdicts."""
    folder = var / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    candidate, stop = servers.ours(url, folder, "config.rsgi:application"), Event()
    postmaster = int((cluster.data_folder(var) / "postmaster.pid").read_text().split("\n", 1)[0])
    with (
        servers.running(candidate, folder / "soak.log") as (address, process),
        psycopg.connect(url, autocommit=True) as database,
        ThreadPoolExecutor(1) as threads,
    ):
        editing = threads.submit(edit, database, stop)
        staff = kept.cookie(candidate, folder)
        minutes = [
            minute(address, folder, process, postmaster, number, staff if number % 2 else "")
            for number in range(MINUTES)
        ]
        finish(stop, editing)
    seen = [found for found, _ in minutes]
    held.told(f"{MINUTES} minutes of mixed load, answers that broke", sum(broke for _, broke in minutes), "=", 0)
    quarter = max(1, len(seen) // 4)
    for name, before, after in zip(
        Seen._fields,
        map(median, zip(*seen[quarter : 2 * quarter] or seen, strict=True)),
        map(median, zip(*seen[-quarter:], strict=True)),
        strict=True,
    ):
        print(f"{name:<12} second quarter {before:.0f}, last {after:.0f}")
        held.told(
            f"{MINUTES} minutes of mixed load, {name}, last quarter", after / before, "≤", GROWTH, " × the second"
        )


def minute(address: str, folder: Path, process: int, postmaster: int, number: int, cookie: str) -> tuple[Seen, int]:
    """One minute of load: what is to be seen after it, and how many answers broke."""
    began = load.drive(address, paths(number), 60, folder, clients=CLIENTS, think_ms=THINK_MS, cookie=cookie)
    tree, base = memory.tree(process), memory.tree(postmaster)
    found = Seen(memory.pss(tree), memory.pss(base), len(base), sum(map(files, tree)))
    print(
        f"{number + 1:>3} min: {began.rate:.0f} req/s, p95 {began.p95:.0f} ms, {began.refused} 404 or 503,"
        f" {began.failures - began.refused} broke; server {found.server:.0f} MB, PostgreSQL {found.database:.0f} MB in"
        f" {found.connections} processes, {found.files} open files; load {os.getloadavg()[0]:.1f}",
        flush=True,
    )
    return found, began.failures - began.refused


def paths(number: int) -> list[str]:
    """Tiles of the town, other ones each minute, and among them all else that is asked."""
    found = []
    for zoom in range(8, 19):
        across = 2**zoom
        x, y = int((LON + 180) / 360 * across), int(DOWN * across)
        for step in range(9):
            east, south = x + step % 3 + number % 7, y + step // 3 + number % 5
            found.append(f"/tiles/areas,roads,buildings,water,facilities/{zoom}/{east}/{south}.mvt")
    return [path for pair in zip(found, OTHERS * len(found), strict=False) for path in pair]


def files(process: int) -> int:
    """How many files, sockets among them, a process has open."""
    try:
        return sum(1 for _ in Path(f"/proc/{process}/fd").iterdir())
    except OSError:
        return 0


def edit(database: psycopg.Connection, stop: Event) -> None:
    """Dig and fill a pond, once a second."""
    number = 0
    try:
        while not stop.wait(1):
            number += 1
            if number % 2:
                database.execute(DIG, [LON - HALF, LAT - HALF, LON + HALF, LAT + HALF])
            else:
                database.execute(FILL)
    finally:
        database.execute(FILL)


def finish(stop: Event, editing: Future[None]) -> None:
    """Let the edits end, and say so if they failed before."""
    stop.set()
    editing.result(30)
    time.sleep(1)


if __name__ == "__main__":
    os.chdir(ROOT)
    env = read(os.environ)
    cluster.start(env.var)
    main(env.var, env.database_url or cluster.url(env.var))
