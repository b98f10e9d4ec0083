"""`python -m bench.page [URL]`: the public map on a desk and on an old phone with a slow network, cold, warm and moved.

The phone is six years old: four times slower, 1.6 Mbit/s, 150 ms there and back, by the emulation of a real Chromium.
"""

import json
import math
import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, sync_playwright

from bench import held, servers
from config import cluster
from config.env import ROOT, read

RUNS = int(os.environ.get("BENCH_RUNS", "5"))
NETWORK = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 93_750}
PAINTED = """() => new Promise((resolve) => new PerformanceObserver((seen) => {
  for (const { name, startTime } of seen.getEntries()) if (name === "map:meaningful") resolve(startTime);
}).observe({ type: "mark", buffered: true }))"""
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium-headless-shell") or shutil.which("chromium")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
SETTLE_MS = 1500
"""A new window has Chromium load pages of its own for a second, on the cores that ours is measured on."""
READY = "body[data-ready='']"
# A hand that drags the map for three seconds, 8 pixels a frame, out and back; says how many frames there were.
PAN = """() => new Promise((resolve) => {
  const pane = document.querySelector("#map");
  const [x, y] = [innerWidth / 2, innerHeight / 2];
  const hand = (kind, dx, dy) => (kind === "mousedown" ? pane : document).dispatchEvent(new MouseEvent(kind,
    { bubbles: true, clientX: x + dx, clientY: y + dy, button: 0, buttons: 1, view: window }));
  hand("mousedown", 0, 0);
  let [frames, longest, last, start] = [0, 0, 0, 0];
  const move = (now) => {
    if (!start) start = now;
    else (frames += 1, longest = Math.max(longest, now - last));
    last = now;
    const far = 8 * (frames < 90 ? frames : 180 - frames);
    hand("mousemove", -far, -far / 2);
    if (now - start < 3000) return requestAnimationFrame(move);
    hand("mouseup", -far, -far / 2);
    return resolve({ fps: frames / ((now - start) / 1000), longest });
  };
  requestAnimationFrame(move);
})"""
Run = dict[str, dict[str, float]]


@dataclass(frozen=True)
class Profile:
    """A screen, how much slower its processor and network are, and the budgets of features.md D.0."""

    name: str
    size: tuple[int, int]
    density: int
    slower: int
    network: dict[str, Any] | None
    painted_ms: dict[str, int]
    most_bytes: int
    least_fps: int


PHONE = Profile("phone", (390, 844), 2, 4, NETWORK, {"cold": 3500, "warm": 1500}, 300_000, 30)
DESK = Profile("desk", (1920, 1080), 1, 1, None, {"cold": 1800, "warm": 800}, 900_000, 50)


def main(site: str) -> None:
    """Measure and print one line a profile and budget."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        found = [(profile, [visit(browser, site, profile) for _ in range(RUNS)]) for profile in (PHONE, DESK)]
        browser.close()
    for profile, runs in found:
        _print(profile, runs)
    print(f"load {' '.join(f'{load:.1f}' for load in os.getloadavg())} on {os.cpu_count()} cores")
    print(json.dumps({profile.name: runs for profile, runs in found}))


def _print(profile: Profile, runs: list[Run]) -> None:
    for kind, most_ms in profile.painted_ms.items():
        times, work = _sorted(runs, kind, "ms"), _sorted(runs, kind, "work")
        size, requests = _sorted(runs, kind, "bytes")[-1], _sorted(runs, kind, "requests")[-1]
        print(
            f"/map {profile.name} {kind}: painted P50 {statistics.median(times):.0f} ms, worst of {RUNS} "
            f"{times[-1]:.0f} ms (budget P90 {most_ms}); main thread {statistics.median(work):.0f} ms; "
            f"{size:.0f} bytes (budget {profile.most_bytes}) in {requests:.0f} requests"
        )
        held.told(f"/map {profile.name} {kind}, painted, P90", reached(times), "≤", most_ms, " ms")
        held.told(f"/map {profile.name} {kind}, bytes until then, most", size, "≤", profile.most_bytes)
    rates, longest = _sorted(runs, "pan", "fps"), _sorted(runs, "pan", "longest")
    print(
        f"/map {profile.name} pan at z16: P50 {statistics.median(rates):.0f} frames a second, worst of {RUNS} "
        f"{rates[0]:.0f} (budget {profile.least_fps}); longest frame {longest[-1]:.0f} ms"
    )
    frames = reached(rates[::-1])
    held.told(f"/map {profile.name} pan at z16, P90", frames, "≥", profile.least_fps, " frames a second")


def reached(values: list[float], share: float = 0.9) -> float:
    """What that share of the values comes up to, the best first."""
    return values[math.ceil(share * len(values)) - 1]


def _sorted(runs: list[Run], kind: str, value: str) -> list[float]:
    return sorted(run[kind][value] for run in runs)


def visit(browser: Browser, site: str, profile: Profile) -> Run:
    """Open the map twice in one fresh browser profile, the second time from its cache, and move it in between."""
    width, height = profile.size
    context = browser.new_context(
        viewport={"width": width, "height": height}, device_scale_factor=profile.density, has_touch=profile is PHONE
    )
    try:
        cold = _load(context, site, profile)
        pan = _pan(context, site, profile)
        context.add_init_script("localStorage.removeItem('chengtu.view')")  # where the cold visit looked
        return {"cold": cold, "warm": _load(context, site, profile), "pan": pan}
    finally:
        context.close()


def _load(context: BrowserContext, site: str, profile: Profile) -> dict[str, float]:
    page, wire = opened(context, profile)
    sizes: list[float] = []
    wire.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto(f"{site}/map", wait_until="commit")
    found: dict[str, float] = {"ms": page.evaluate(PAINTED), "bytes": sum(sizes), "requests": len(sizes)}
    work = {each["name"]: each["value"] for each in wire.send("Performance.getMetrics")["metrics"]}
    page.wait_for_selector(READY, state="attached", timeout=60_000)
    page.close()
    return found | {"work": work["TaskDuration"] * 1000}


def _pan(context: BrowserContext, site: str, profile: Profile) -> dict[str, float]:
    page, _ = opened(context, profile)
    page.goto(f"{site}/map")
    page.wait_for_selector(READY, state="attached", timeout=60_000)
    page.evaluate("location.hash = '#16.00/' + location.hash.split('/').slice(1).join('/')")
    page.reload()
    page.wait_for_selector(READY, state="attached", timeout=60_000)
    found: dict[str, float] = page.evaluate(PAN)
    page.close()
    return found


def opened(context: BrowserContext, profile: Profile) -> tuple[Page, CDPSession]:
    """Return a new window as slow as the profile says, once the browser is done with itself."""
    page = context.new_page()
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.send("Performance.enable", {"timeDomain": "threadTicks"})
    if profile.network:
        wire.send("Network.emulateNetworkConditions", profile.network)
    wire.send("Emulation.setCPUThrottlingRate", {"rate": profile.slower})
    page.wait_for_timeout(SETTLE_MS)
    return page, wire


@contextmanager
def served() -> Iterator[str]:
    """The address given, else our own server over the database of VAR."""
    if len(sys.argv) > 1:
        yield sys.argv[1].rstrip("/")
        return
    env = read(os.environ)
    folder = Path(env.var) / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    collect = [sys.executable, str(ROOT / "manage.py"), "collectstatic", "--noinput", "-v", "0"]
    subprocess.run(collect, env={**os.environ, "VAR": str(folder)}, cwd=ROOT, check=True)
    candidate = servers.ours(env.database_url or cluster.url(env.var), folder, "config.rsgi:application")
    with servers.running(candidate, folder / "page.log") as (address, _):
        yield address


if __name__ == "__main__":
    with served() as address:
        main(address)
