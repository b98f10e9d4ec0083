"""`python -m bench.export`: a million rows as a file in every form, and the most memory that the server took meanwhile.

The table of `bench.ogc` (`BENCH_KEPT=1`: that of the last run). Memory is the proportional set size of the server and
all its children, so that of the process which writes a file too; their share is told apart.
"""

from __future__ import annotations

import os
import threading
import time
import urllib.request
from pathlib import Path

from bench import held, memory, ogc, servers, town
from config import cluster
from config.env import ROOT, read

FORMS = ("csv", "geojsonl", "gpkg", "shp", "fgb")
MOST_MB = 300
EVERY_S = 0.2


class Watch(threading.Thread):
    """The most megabytes that a process took, and that it took with its children, until it is told to stop."""

    def __init__(self, process: int) -> None:
        super().__init__(daemon=True)
        self.process, self.alone, self.together = process, 0.0, 0.0
        self.over = threading.Event()

    def run(self) -> None:
        """Look again and again."""
        while not self.over.wait(EVERY_S):
            tree = memory.tree(self.process)
            servers_own = {one for one in tree if "layers.file" not in _command(one)}
            self.alone = max(self.alone, memory.pss(servers_own))
            self.together = max(self.together, memory.pss(tree))


def _command(process: int) -> str:
    try:
        return Path(f"/proc/{process}/cmdline").read_text()
    except OSError:
        return ""


def main(var: Path) -> None:
    """Ask for each form once, one after the other."""
    folder = var / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    cluster.start(var)
    place = cluster.url(var, town.DATABASE) if os.environ.get("BENCH_KEPT") else town.build(var).url
    rows = ogc.enlarged(place)
    print(f"{rows:,} rows; load {os.getloadavg()[0]:.1f}", flush=True)
    us = servers.ours(place, folder, "config.rsgi:application")
    for form in os.environ.get("BENCH_FORMS", " ".join(FORMS)).split():
        with servers.running(us, folder / "export.log") as (address, process):
            with urllib.request.urlopen(address + ogc.OURS, timeout=60) as answer:
                answer.read()
            before, used = memory.pss(memory.tree(process)), memory.cpu(memory.tree(process))
            watch = Watch(process)
            watch.start()
            began = time.perf_counter()
            size = _taken(f"{address}/ogc/collections/buildings/items?f={form}")
            took = time.perf_counter() - began
            used = memory.cpu(memory.tree(process)) - used
            watch.over.set()
            watch.join()
        print(
            f"{form:8} {took:6.1f} s, {used:5.1f} of processor  {size / 1e6:5.0f} MB  server {before:4.0f} → "
            f"{watch.alone:4.0f} MB, with the writer {watch.together:4.0f} MB",
            flush=True,
        )
        held.told(f"{rows:,} rows as {form}, most memory", watch.together, "<", MOST_MB, " MB")


def _taken(url: str) -> int:
    size = 0
    with urllib.request.urlopen(url, timeout=600) as answer:
        while piece := answer.read(1 << 20):
            size += len(piece)
    return size


if __name__ == "__main__":
    os.chdir(ROOT)
    main(read(os.environ).var)
