"""`python -m bench.packed [URL]`: how soon the largest pack answers a key on an old phone without a network.

A pack of 40,000 made-up names, the most there is in one, asked by the field page's own module on the phone of
`bench.page`.
"""

import os
import statistics

from playwright.sync_api import sync_playwright

from bench import held
from bench.page import CHROMIUM, FLAGS, PHONE, READY, RUNS, opened, served

BUDGET_MS = 100  # of a suggestion's 300, that the list of them takes its time too
LINES = ["华", "华银", "花苑", "新侨路12号", "民按花苑3号楼502", "hy", "huayinfagn", "永长宁路与福星街路口"]
LINES += ["没有这样的一行字在这里"]
ASKED = """async ([lines, times]) => {
  const ours = performance.getEntriesByType("resource").find(({ name }) => name.includes("/frontend/")).name;
  const { askable, findInPack } = await import(new URL("asked.js", ours));
  let seed = 7;
  const next = (n) => (seed = (seed * 16807) % 2147483647) % n;
  const signs = "华银新桥民安花苑云汀芦溪永长宁福兴德顺和平东西南北中山海天水木金火";
  const letters = "abcdefghjklmnpqrstwxyz";
  const word = (from, n) => Array.from({ length: n }, () => from[next(from.length)]).join("");
  const [rows, names] = [new Map(), []];
  for (let id = 0; id < 40000; id++) {
    const term = word(signs, 2 + next(3)) + ["路", "街", "花苑", "小区"][next(4)];
    const [lon, lat] = [120 + next(9999) / 1e5, 31 + next(9999) / 1e5];
    rows.set(id, { layer: "addresses", id, lon, lat, title: term, outline: null, values: [0] });
    const ways = [{ layer: "addresses", id, number: String(next(300)) }];
    names.push({ term, pinyin: word(letters, 12), initials: word(letters, 4), ways });
  }
  const any = () => names[next(40000)].term;
  const crossings = Array.from({ length: 4000 }, () => ({ one: any(), other: any(), lon: 120, lat: 31, title: "" }));
  const layer = { id: "addresses", title: "门牌", title_en: "", fields: [["doorplate", "", "", ""]], rows };
  const layers = new Map([["addresses", layer]]);
  const pack = askable({ names, crossings, layers, rooms: new Map(), heads: new Map() });
  const timed = (line) => {
    const begun = performance.now();
    findInPack(pack, line, { lat: 31.05, lng: 120.05 });
    return performance.now() - begun;
  };
  return Object.fromEntries(lines.map((line) => [line, Array.from({ length: times }, () => timed(line))]));
}"""


def main(site: str) -> None:
    """Measure and print one line for each that is typed."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page, _ = opened(browser.new_context(viewport={"width": 390, "height": 844}), PHONE)
        page.goto(f"{site}/map")
        page.wait_for_selector(READY, state="attached", timeout=60_000)
        found: dict[str, list[float]] = page.evaluate(ASKED, [LINES, 3 * RUNS])
        browser.close()
    for line, times in found.items():
        worst = max(times)
        print(f"{line}: P50 {statistics.median(times):.0f} ms, worst of {3 * RUNS} {worst:.0f} ms (budget {BUDGET_MS})")
    slowest = max(statistics.median(times) for times in found.values())
    held.told("a key in the largest pack, without a network, P50 of the slowest line", slowest, "≤", BUDGET_MS, " ms")
    print(f"load {' '.join(f'{load:.1f}' for load in os.getloadavg())} on {os.cpu_count()} cores")


if __name__ == "__main__":
    with served() as address:
        main(address)
