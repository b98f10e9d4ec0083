"""`python -m bench.page [URL]`: the public map on an old phone and a slow network, cold and warm.

The profile is that of a phone of six years: four times slower, 1.6 Mbit/s, 150 ms there and back, in a real Chromium.
"""

import json
import os
import shutil
import statistics
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from bench import servers
from config import cluster
from config.env import read

RUNS = int(os.environ.get("BENCH_RUNS", "5"))
SLOWER = 4
NETWORK = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 93_750}
BUDGET = {"cold": (3500, 300_000), "warm": (1500, 300_000)}
PAINTED = "performance.getEntriesByName('map:meaningful')[0]?.startTime"
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def main(site: str) -> None:
    """Measure and print one line a profile."""
    with sync_playwright() as playwright:
        chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        runs = [visit(browser, site) for _ in range(RUNS)]
        browser.close()
    for kind, (most_ms, most_bytes) in BUDGET.items():
        times = sorted(run[kind]["ms"] for run in runs)
        sizes = [run[kind]["bytes"] for run in runs]
        requests = [run[kind]["requests"] for run in runs]
        print(
            f"/map {kind}: painted P50 {statistics.median(times):.0f} ms, worst of {RUNS} {times[-1]:.0f} ms "
            f"(budget {most_ms}); {max(sizes)} bytes (budget {most_bytes}) in {max(requests)} requests"
        )
    print(json.dumps(runs))


def visit(browser: Browser, site: str) -> dict[str, dict[str, float]]:
    """Open the map twice in one fresh profile: the second time from the browser's cache."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, device_scale_factor=2, has_touch=True)
    try:
        return {"cold": _load(context.new_page(), site), "warm": _load(context.new_page(), site)}
    finally:
        context.close()


def _load(page: Page, site: str) -> dict[str, float]:
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.send("Network.emulateNetworkConditions", NETWORK)
    wire.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    sizes: list[float] = []
    wire.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto(f"{site}/map", wait_until="commit")
    page.wait_for_selector("body[data-ready='']", state="attached", timeout=60_000)
    found: dict[str, Any] = {"ms": page.evaluate(PAINTED), "bytes": sum(sizes), "requests": len(sizes)}
    page.close()
    return found


@contextmanager
def served() -> Iterator[str]:
    """The address given, else our own server over the database of VAR."""
    if len(sys.argv) > 1:
        yield sys.argv[1].rstrip("/")
        return
    env = read(os.environ)
    folder = Path(env.var) / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    candidate = servers.ours(env.database_url or cluster.url(env.var), folder, "config.wsgi:application")
    with servers.running(candidate, folder / "page.log", (0, 0, 0)) as (address, _):
        yield address


if __name__ == "__main__":
    with served() as address:
        main(address)
