"""`python -m bench.pixels [URL]`: how long after the commit of an edit its pixels stand in another, open browser.

A pond is dug and filled in a field of the sample town by a connection to the database of VAR; a page that is open on
the public map looks at one pixel of it before every frame, and at which of two colours it has: the field's or another.
Both read the clock of this machine. Where the spot is no field, or the pond has no colour of its own, it says so.
"""

from __future__ import annotations

import os
import random
import time
from statistics import quantiles
from typing import Any

import psycopg
from playwright.sync_api import Page, sync_playwright

from bench import held
from bench.page import CHROMIUM, FLAGS, READY, served
from config import cluster
from config.env import read

EDITS = int(os.environ.get("BENCH_EDITS", "60"))
GATE_MS = 1500
PATIENCE_S = 20
LON, LAT, HALF = 120.01, 31.2875, 0.0008
DIG = """INSERT INTO spatial_water (source, source_id, name, kind, geom)
    VALUES ('bench', 'pond', '', 'pond', ST_MakeEnvelope(%s, %s, %s, %s, 4490))"""
FILL = "DELETE FROM spatial_water WHERE source = 'bench' AND source_id = 'pond'"
THERE = "SELECT count(*) FROM spatial_water WHERE ST_Intersects(geom, ST_MakeEnvelope(%s, %s, %s, %s, 4490))"
# The wall clock whenever the pixel turns from the colour that it has now, or back to it: all that hangs there, drawn
# one upon the other as the browser does. Where nothing hangs yet there is no colour.
WATCH = """() => {
  window.seen = [];
  const probe = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const colour = () => {
    const [x, y] = [innerWidth / 2 + 9, innerHeight / 2 + 9];
    probe.clearRect(0, 0, 1, 1);
    for (const canvas of document.querySelectorAll("canvas.leaflet-tile")) {
      if (!canvas.width) continue;
      const { left, top, width } = canvas.getBoundingClientRect();
      const { paddingLeft, paddingTop, paddingRight } = canvas.style;
      const [before, above, after] = [paddingLeft, paddingTop, paddingRight].map((edge) => parseFloat(edge) || 0);
      const scale = canvas.width / (width - before - after);
      probe.drawImage(canvas, (x - left - before) * scale, (y - top - above) * scale, 1, 1, 0, 0, 1, 1);
    }
    const seen = probe.getImageData(0, 0, 1, 1).data;
    return seen[3] ? "#" + [...seen].map((part) => part.toString(16).padStart(2, "0")).join("") : "";
  };
  const bare = colour();
  let before = true;
  const look = () => {
    window.colour = colour() || window.colour;
    const now = window.colour === bare;
    if (now !== before) window.seen.push(performance.timeOrigin + performance.now());
    before = now;
    requestAnimationFrame(look);
  };
  look();
  return bare;
}"""
Corners = tuple[float, float, float, float]
POND: Corners = (LON - HALF, LAT - HALF, LON + HALF, LAT + HALF)


class Unseen(Exception):
    """The bench looks at a wrong spot, or the page does not show an edit."""


def main(site: str, url: str) -> None:
    """Edit, wait for the pixels, print the spread."""
    with sync_playwright() as playwright, psycopg.connect(url, autocommit=True) as database:
        database.execute(FILL)  # what a run that was ended has left
        [waters] = database.execute(THERE, POND).fetchone() or [0]
        if waters:
            raise Unseen(f"the spot is not bare: {waters} waters lie at {LAT}, {LON}")
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(f"{site}/map#17.00/{LAT}/{LON}")
        page.wait_for_selector(READY, state="attached", timeout=60_000)
        page.wait_for_timeout(2000)
        bare = page.evaluate(WATCH)
        try:
            if not bare:
                raise Unseen(f"no tile hangs at {LAT}, {LON}")
            waits = [_edit(page, database, number) for number in range(EDITS)]
        finally:
            database.execute(FILL)
            browser.close()
    cuts = quantiles(waits, n=20)
    load = os.getloadavg()[0]
    print(f"edit → pixels in an open browser, {EDITS} edits, load {load:.1f} on {os.cpu_count()} cores:")
    print(f"  p50 {cuts[9]:.0f} ms, p95 {cuts[18]:.0f} ms, worst {max(waits):.0f} ms")
    held.told("edit → pixels in another browser, p95", cuts[18], "<", GATE_MS, " ms")


def _edit(page: Page, database: psycopg.Connection[Any], number: int) -> float:
    """Dig or fill, and milliseconds from the commit to the frame that shows it."""
    page.wait_for_timeout(random.uniform(300, 1300))  # not in step with the page's own questions
    known = page.evaluate("window.seen.length")
    if number % 2:
        database.execute(FILL)
    else:
        database.execute(DIG, POND)
    committed = time.time() * 1000
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        page.wait_for_timeout(50)
        if len(times := page.evaluate("window.seen")) > known:
            return float(times[known]) - committed
    raise Unseen(
        f"edit {number + 1} never showed in {PATIENCE_S} s: the spot is {page.evaluate('window.colour')} as before"
    )


if __name__ == "__main__":
    env = read(os.environ)
    with served() as address:
        main(address, env.database_url or cluster.url(env.var))
