"""Freshness at full size: rows of all layers are made, moved, said otherwise and deleted under readers; then every kept
tile is held against a fresh one.

    VAR=… python -m bench.fresh [edits]

Works in a database of its own beside the one that is served, which it makes and removes. Prints how many kept tiles
were stale (0 or the bench fails), and how long after its commit an edit was known to a process that listens.
"""

from __future__ import annotations

import os
import random
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from statistics import quantiles
from threading import Event
from typing import Any

from bench import held

EDITS, READERS = 10_000, 8


def main(edits: int) -> int:
    """Make the database, edit under readers, compare; 1 when a tile was stale."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from django.conf import settings
    from django.test.utils import get_runner, setup_test_environment

    setup_test_environment()
    runner = get_runner(settings)(verbosity=0, interactive=False)
    made = runner.setup_databases()
    try:
        return measure(edits)
    finally:
        runner.teardown_databases(made)


def measure(edits: int) -> int:
    """Edit and compare."""
    from tests.client import ask
    from tests.tiles.test_fresh import edit, first_rows, questions
    from tiles.server import make

    server = make(hearing=True)
    asked = questions()
    stop, chance, waits, done = Event(), random.Random(4), list[float](), Counter[str]()

    def read(seed: int) -> int:
        mine, answered = random.Random(seed), 0
        while not stop.wait(0.01):
            answered += ask(server, *mine.choice(asked)).status != 503
        return answered

    try:
        with ThreadPoolExecutor(READERS) as threads:
            readers = [threads.submit(read, seed) for seed in range(READERS)]
            try:
                rows = first_rows()
                while done.total() < edits:
                    done.update([" ".join(said)] if (said := edit(chance, rows)) else [])
                    if done.total() % 10 == 1:
                        waits.append(heard(server))
            finally:
                stop.set()
            answered = sum(reader.result() for reader in readers)
        server.supply.generations.hear()
        stale = compare(server, asked)
    finally:
        server.supply.forget()
    cuts = quantiles(waits, n=20)
    print(f"{edits} edits, {answered} tiles read meanwhile, load {os.getloadavg()[0]:.1f}")
    print(", ".join(f"{what} {times}" for what, times in sorted(done.items())))
    print(f"edit → heard: p50 {cuts[9] * 1000:.1f} ms, p95 {cuts[18] * 1000:.1f} ms")
    return int(not held.told(f"stale of {len(asked)} kept tiles after {edits} edits", stale, "=", 0))


def heard(server: Any) -> float:
    """Seconds until what was just committed is known."""
    from gis.models import News

    began = time.perf_counter()
    last = News.objects.exclude(seq=None).order_by("-seq").values_list("seq", flat=True)[0]
    while server.supply.generations.known is None or server.supply.generations.known.seq < last:
        time.sleep(0.0005)
    return time.perf_counter() - began


def compare(server: Any, asked: list[Any]) -> int:
    """How many kept tiles differ from those cut now."""
    from tests.client import ask

    kept = [ask(server, *one).body for one in asked]
    server.supply.cache.clear()
    return sum(ask(server, *one).body != body for one, body in zip(asked, kept, strict=True))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else EDITS))
