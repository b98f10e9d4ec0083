"""`python -m bench.growth`: what a tile, and what a question (`bench.asked`), costs over 10⁴, 10⁵ and 10⁶ footprints.

The footprints of `bench.footprints`, imported by our own command, as dense at every size, what stands for them far out
made by `manage.py generalise`; tiles are cut by PostGIS each time. Processor time is what to compare: the clock
depends on the machine.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import psycopg

from bench import footprints, town
from config import cluster
from config.env import ROOT, read

SIZES = tuple(int(size) for size in os.environ.get("BENCH_SIZES", "10000,100000,1000000").split(","))
DATABASE = "chengtu_bench_growth"


def main(var: Path) -> None:
    """Make a database of each size anew, and measure in it."""
    cluster.start(var)
    (var / "bench").mkdir(parents=True, exist_ok=True)
    url = cluster.url(var, DATABASE)
    for size in SIZES:
        with psycopg.connect(cluster.url(var, "postgres"), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
            connection.execute(f"CREATE DATABASE {DATABASE}")
        file = footprints.write(var / "bench" / f"footprints-{size}.fgb", size)
        print(f"\n{size:,}:", end="", flush=True)
        for words in (("migrate", "-v0"), ("import", "buildings", str(file), "--source", "bench"), ("generalise",)):
            began = time.monotonic()
            town.manage(url, *words)
            print(f" {words[0]} {time.monotonic() - began:.0f} s", end="", flush=True)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
        print(flush=True)
        environment = {**os.environ, "DATABASE_URL": url, "BENCH_LAYERS": "buildings", "BENCH_ZOOMS": "8,10,12,14,16"}
        for part in ("low", "asked"):
            subprocess.run([sys.executable, "-m", f"bench.{part}"], cwd=ROOT, env=environment, check=True)
    with psycopg.connect(cluster.url(var, "postgres"), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")


if __name__ == "__main__":
    os.chdir(ROOT)
    main(read(os.environ).var)
