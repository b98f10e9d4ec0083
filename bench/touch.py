"""`python -m bench.touch [URL]`: how soon the public map answers a hand, beside the budgets of features.md D.0.

Keys, clicks and taps are the browser's own, on the phone and the desk of `bench.page`; a time runs from the moment the
browser got the event to the frame that shows the answer.
"""

import json
import os
import statistics
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Locator, Page, sync_playwright

from bench import held
from bench.page import CHROMIUM, DESK, FLAGS, PAINTED, PHONE, READY, RUNS, Profile, opened, reached, served

SCRIPT = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
CENTRE = "#16.00/31.27210/120.03160"
SLOWLY, QUICKLY = ("听", "南园", "望江路", "公厕", "12"), ("滨河路", "听澜", "125")
KEY_MS = 120  # between two keys of somebody who knows what he wants
REST_MS = 800
PATIENCE_MS = 8000
SWITCHED = ("buildings", "segments", "buildings", "zoning")  # segments are off at first: their tiles are asked for
SPOTS = [(0.0, 0.0), (-0.2, -0.1), (0.2, -0.12), (-0.1, -0.2), (0.12, -0.16), (0.3, 0.02)]
"""Where the map is touched, in parts of the window from its middle: above what a card covers on a phone."""
BUDGETS: dict[str, tuple[int, int]] = {
    "suggestion after a key": (300, 150),
    "suggestion after the last of quick keys": (300, 150),
    "layer switched → painted": (600, 300),
    "click → card title": (150, 100),
    "click → full card": (800, 400),
    "link restored after the first picture": (1000, 500),
    "INP": (200, 200),
    "LCP": (2500, 2500),
    "CLS in thousandths": (100, 100),
}
YARDSTICKS = ("INP", "LCP", "CLS in thousandths")  # judged by their P75, all else by its P90 (features.md D.0)
RESTORED = """() => new Promise((resolve) => {
  const all = () => document.getElementById("progress").hidden && document.querySelector("#card .origin");
  const look = () => all() ? resolve(performance.now()) : requestAnimationFrame(look);
  look();
})"""
Found = dict[str, list[float]]


def main(site: str) -> None:
    """Measure and print one line a profile and budget."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for profile in (PHONE, DESK):
            found: Found = defaultdict(list)
            for _ in range(RUNS):
                session(browser, site, profile, found)
            _print(profile, found)
        browser.close()
    print(f"load {' '.join(f'{load:.1f}' for load in os.getloadavg())} on {os.cpu_count()} cores")


def _print(profile: Profile, found: Found) -> None:
    for name, budgets in BUDGETS.items():
        times = sorted(found[name])
        p75, p90 = (reached(times, share) for share in (0.75, 0.9))
        print(
            f"/map {profile.name} {name}: P50 {statistics.median(times):.0f}, P75 {p75:.0f}, P90 {p90:.0f}, worst of "
            f"{len(times)} {times[-1]:.0f} (budget {budgets[profile is DESK]})"
        )
        seen, rank, unit = (p75, "P75", "") if name in YARDSTICKS else (p90, "P90", " ms")
        held.told(f"/map {profile.name} {name}, {rank}", seen, "≤", budgets[profile is DESK], unit)
    print(json.dumps({profile.name: {name: [round(one) for one in found[name]] for name in found}}))


def session(browser: Browser, site: str, profile: Profile, found: Found) -> None:
    """One reader with a fresh browser: types, switches, touches; then follows a link to what he found."""
    width, height = profile.size
    context = browser.new_context(
        viewport={"width": width, "height": height},
        device_scale_factor=profile.density,
        has_touch=profile is PHONE,
        locale="zh-CN",
    )
    context.add_init_script(SCRIPT)
    try:
        page, _ = opened(context, profile)
        page.goto(f"{site}/map{CENTRE}")
        page.wait_for_selector(READY, state="attached", timeout=60_000)
        page.wait_for_timeout(REST_MS)
        found["LCP"].append(page.evaluate("vital().lcp"))
        _types(page, found)
        _switches(page, profile, found)
        address = _touches(page, profile, found)
        vital = page.evaluate("vital()")
        found["INP"].append(vital["inp"][0][0])
        found["CLS in thousandths"].append(vital["cls"] * 1000)
        page.close()
        _returns(context, site, address, profile, found)
    finally:
        context.close()


def _types(page: Page, found: Found) -> None:
    for word in SLOWLY:
        _focus_empty(page)
        for letter in word:
            found["suggestion after a key"] += _suggested(page, letter)
    for word in QUICKLY:
        _focus_empty(page)
        for letter in word[:-1]:
            _key(page, letter)
            page.wait_for_timeout(KEY_MS)
        found["suggestion after the last of quick keys"] += _suggested(page, word[-1])
    _focus_empty(page)
    page.keyboard.press("Escape")
    page.wait_for_timeout(REST_MS)


def _suggested(page: Page, letter: str) -> list[float]:
    seen = _seen(page, "keydown" if letter.isascii() else "input", ["suggestion"], lambda: _key(page, letter))
    page.wait_for_timeout(REST_MS)
    return list(seen.values())


def _focus_empty(page: Page) -> None:
    page.locator("#search-box").fill("")
    page.wait_for_timeout(REST_MS)


def _key(page: Page, letter: str) -> None:
    """A key; what an input method makes of several comes as text."""
    if letter.isascii():
        page.keyboard.press(letter)
    else:
        page.keyboard.insert_text(letter)


def _switches(page: Page, profile: Profile, found: Found) -> None:
    if profile is PHONE:
        page.locator("#open-layers").tap()
    for layer in SWITCHED:
        name = page.locator(f"[data-layer={layer}] .layer-head label")
        name.scroll_into_view_if_needed()
        seen = _seen(page, "click", ["painted"], lambda name=name: _press(name, profile))
        found["layer switched → painted"].append(seen["painted"])
        page.wait_for_timeout(REST_MS)
    if profile is PHONE:
        _press(page.locator("#layers .close"), profile)


def _press(what: Locator, profile: Profile) -> None:
    (what.tap if profile is PHONE else what.click)()


def _touches(page: Page, profile: Profile, found: Found) -> str:
    """Touch the map where nothing lies over it and there is something to tell of; the address of the last place."""
    hand = page.touchscreen.tap if profile is PHONE else page.mouse.click
    width, height = profile.size
    address = ""
    for x, y in SPOTS:
        seen = _seen(page, "click", ["title", "full"], lambda x=x, y=y: hand(width * (0.5 + x), height * (0.5 + y)))
        if not seen:
            continue
        found["click → card title"].append(seen["title"])
        found["click → full card"].append(seen["full"])
        address = page.evaluate("location.search + location.hash")
        page.wait_for_timeout(REST_MS)
        _press(page.locator("#card .close"), profile)
        page.wait_for_timeout(REST_MS)
    return address


def _seen(page: Page, hand: str, wanted: list[str], act: Callable[[], None]) -> dict[str, float]:
    """Have a hand do something, and how many milliseconds later each of what is wanted was seen; empty when never."""
    page.evaluate("([hand, wanted]) => window.expect(hand, wanted)", [hand, wanted])
    act()
    wait = "(most) => Promise.race([window.seen, new Promise((give) => setTimeout(give, most, {}))])"
    found: dict[str, float] = page.evaluate(wait, PATIENCE_MS)
    return found


def _returns(context: BrowserContext, site: str, address: str, profile: Profile, found: Found) -> None:
    """Follow a link to layers, a view and a chosen place: when all of it stands, after the first picture."""
    page, _ = opened(context, profile)
    page.goto(f"{site}/map{address}", wait_until="commit")
    seen = page.evaluate(PAINTED), page.evaluate(RESTORED)
    found["link restored after the first picture"].append(max(0, seen[1] - seen[0]))
    page.close()


if __name__ == "__main__":
    with served() as address:
        main(address)
