"""`python -m bench.tasks [URL [TASK…]]`: tasks of residents and of the field (features.md D.2, D.3) on the slowed phone
of `bench.page`, in seconds and taps beside what is allowed.

A hand taps as soon as it can: what a person reads and thinks comes on top. Residents begin cold; who works in the field
has signed in on this phone before. R05 to R12 and R14 ask what is not measured in taps or not built; R18 is a test that
reads every public byte. Of the field's only what needs no case; without a network they are tests.
"""

from __future__ import annotations

import os
import statistics
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from time import perf_counter

from playwright.sync_api import Browser, BrowserContext, Locator, Page, sync_playwright

from bench import held
from bench.field_pictures import signer
from bench.page import CHROMIUM, FLAGS, PAINTED, PHONE, READY, RUNS, opened, served

PATIENCE_MS = 60_000
STANDS = {"latitude": 31.27, "longitude": 120.03}  # in the middle of the sample town
ROAD = "渡口街"
CORNER, GATE, ROOM = "云汀大道与芦汀路口", "渡南新村北门", "澜庭苑2号楼 1601"
ANSWERED = "#finder-list:not([aria-busy]) .found"


@dataclass
class Hand:
    """Taps, counts, and waits until what it looks for is seen."""

    page: Page
    site: str
    taps: int = 0

    def open(self, path: str = "/map") -> None:
        """Follow a link; wait for no more than its first byte."""
        self.page.goto(self.site + path, wait_until="commit")

    def tap(self, what: Locator) -> None:
        """Put a finger on it, once it is there."""
        what.tap(timeout=PATIENCE_MS)
        self.taps += 1

    def press(self, name: str) -> None:
        """Tap a button by its words."""
        self.tap(self.page.get_by_role("button", name=name, exact=True))

    def key(self, name: str) -> None:
        """Strike a key: counted as a tap."""
        self.page.keyboard.press(name)
        self.taps += 1

    def sees(self, selector: str) -> Locator:
        """The first of these, once it is seen."""
        found = self.page.locator(selector).first
        found.wait_for(timeout=PATIENCE_MS)
        return found

    def lists(self, address: str) -> Locator:
        """The first line of the list, once the address says what was asked and the list answers it."""
        self.page.wait_for_url(f"**{address}**", timeout=PATIENCE_MS)
        return self.sees(ANSWERED)


@dataclass(frozen=True)
class Task:
    """What is done, how many seconds (none: not said) and taps are allowed; whether one signs in for it."""

    title: str
    do: Callable[[Hand], None]
    taps: int
    seconds: float | None = None
    signed_in: bool = False


def toilet(hand: Hand) -> None:
    """R01."""
    hand.open()
    hand.press("公厕")
    hand.lists("show=toilet")


def accessible_with_paper(hand: Hand) -> None:
    """R02."""
    toilet(hand)
    hand.press("无障碍")
    hand.press("有纸")
    hand.lists("with=accessible,paper")


def batteries(hand: Hand) -> None:
    """R03."""
    hand.open()
    hand.press("垃圾投放")
    hand.press("有害垃圾")
    hand.lists("with=hazardous")


def markets_tomorrow(hand: Hand) -> None:
    """R04."""
    hand.open()
    hand.press("市场")
    hand.press("明天 07:00")
    hand.lists("at=")


def works_on_my_street(hand: Hand) -> None:
    """R13: the street is typed, the last day is chosen."""
    hand.open()
    hand.press("施工封路")
    hand.tap(hand.page.locator("#works-road"))
    hand.page.keyboard.insert_text(ROAD)
    hand.page.keyboard.press("Enter")
    hand.lists("road=")
    hand.tap(hand.page.locator("#works-to"))
    hand.page.fill("#works-to", str(date.today() + timedelta(days=200)))
    hand.lists("to=")


def by_keys(hand: Hand) -> None:
    """R15: with keys alone, to the card."""
    hand.open()
    hand.sees("[data-topic=toilet]")
    _reach(hand, "document.activeElement.dataset.topic === 'toilet'")
    hand.lists("show=toilet")
    _reach(hand, "document.activeElement.classList.contains('found')")
    hand.sees("#card .origin")


def _reach(hand: Hand, there: str) -> None:
    for _ in range(60):
        if hand.page.evaluate(there):
            return hand.key("Enter")
        hand.key("Tab")
    raise AssertionError(f"no key leads there: {there}")


def large(hand: Hand) -> None:
    """R16, of R01: there are no reports yet."""
    hand.open("/map?type=large")
    hand.press("公厕")
    hand.tap(hand.lists("show=toilet"))
    hand.sees("#card .origin")


def shared(hand: Hand) -> None:
    """R17: found, shared, and the link opened by somebody else."""
    toilet(hand)
    hand.tap(hand.page.locator(ANSWERED).first)
    hand.page.evaluate("() => { navigator.share = async (what) => { window.shared = what; }; }")
    hand.press("分享")
    hand.open(hand.page.evaluate("new URL(window.shared.url).pathname"))
    hand.sees("h1")


def painted(hand: Hand) -> None:
    """R19: its first picture; the frames are measured by `bench.page`."""
    hand.open()
    hand.page.evaluate(PAINTED)


def taken_home(hand: Hand) -> None:
    """R20."""
    toilet(hand)
    with hand.page.expect_download(timeout=PATIENCE_MS):
        hand.tap(hand.page.locator("#finder").get_by_role("link", name="表格 CSV", exact=True))


def corner(hand: Hand) -> None:
    """F03, where two streets meet."""
    suggested(hand, CORNER)
    hand.page.wait_for_url("**here=**", timeout=PATIENCE_MS)
    hand.sees(f"#card h2:has-text('{CORNER[:-2]}')")


def gate(hand: Hand) -> None:
    """F03, a gate of an estate."""
    suggested(hand, GATE)
    hand.sees(f"#card:has-text('{GATE}')")


def room(hand: Hand) -> None:
    """F04: a flat as people say it, among the rooms of its floor."""
    suggested(hand, ROOM)
    hand.sees("#card .room[aria-current]")


def suggested(hand: Hand, line: str) -> None:
    """Type a line on the field's page, and take what is suggested first."""
    hand.open("/field")
    hand.tap(hand.page.locator("#search-box"))
    hand.page.keyboard.insert_text(line)
    hand.tap(hand.sees("#results:not([aria-busy]) li"))


TASKS = {
    "R01": Task("the nearest open toilet", toilet, 1, 15),
    "R02": Task("accessible and with paper", accessible_with_paper, 3, 20),
    "R03": Task("where batteries go", batteries, 2, 20),
    "R04": Task("markets open tomorrow at seven", markets_tomorrow, 2),
    "R13": Task("works on my street until a day", works_on_my_street, 3),
    "R15": Task("R01 to the card, by keys", by_keys, 15),
    "R16": Task("R01 to the card, in large type", large, 2, 120),
    "R17": Task("share a toilet, and its page", shared, 3),
    "R19": Task("the first picture", painted, 0, 5),
    "R20": Task("toilets as CSV", taken_home, 2),
    "F03": Task("a corner of two streets, in the field", corner, 2, 10, signed_in=True),
    "F03-gate": Task("a gate of an estate, in the field", gate, 2, 10, signed_in=True),
    "F04": Task("a flat on its floor, in the field", room, 2, 10, signed_in=True),
}


def main(site: str, wanted: list[str]) -> None:
    """Walk the tasks, each ``RUNS`` times in a fresh browser, and say whether they were within what is allowed."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for name in wanted or TASKS:
            walked = [walk(browser, site, TASKS[name]) for _ in range(RUNS)]
            _tell(name, TASKS[name], sorted(seconds for seconds, _ in walked), max(taps for _, taps in walked))
        browser.close()
    print(f"load {' '.join(f'{load:.1f}' for load in os.getloadavg())} on {os.cpu_count()} cores")


def walk(browser: Browser, site: str, task: Task) -> tuple[float, int]:
    """Seconds from following the link to the answer, and taps."""
    width, height = PHONE.size
    context = browser.new_context(
        viewport={"width": width, "height": height}, device_scale_factor=PHONE.density, has_touch=True,
        locale="zh-CN", geolocation=STANDS, permissions=["geolocation"],
    )  # fmt: skip
    try:
        if task.signed_in:
            sign_in(context, site)
        page, _ = opened(context, PHONE)
        hand = Hand(page, site)
        began = perf_counter()
        task.do(hand)
        return perf_counter() - began, hand.taps
    finally:
        context.close()


def sign_in(context: BrowserContext, site: str) -> None:
    """As the demo account of the field, on a page that is not measured."""
    name, word = signer()
    page = context.new_page()
    page.goto(f"{site}/field")
    page.fill("#id_username", name)
    page.fill("#id_password", word)
    page.click("form .primary")
    page.wait_for_selector(READY, state="attached", timeout=PATIENCE_MS)
    page.close()


def _tell(name: str, task: Task, times: list[float], taps: int) -> None:
    print(f"{name} {task.title}: P50 {statistics.median(times):.1f} s, worst of {RUNS} {times[-1]:.1f} s, {taps} taps")
    held.told(f"{name} {task.title}, taps", taps, "≤", task.taps)
    if task.seconds is not None:
        held.told(f"{name} {task.title}, worst", times[-1], "≤", task.seconds, " s")


if __name__ == "__main__":
    with served() as address:
        main(address, sys.argv[2:])
