"""`python -m bench.pictures URL FOLDER [NAME…]`: the pictures of the guides, of a running server over the town.

`make run` serves one. Those of staff's own pages are not among them (the field map's: `bench.field_pictures`). Each is
looked at before it is committed.
"""

import io
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from bench.page import CHROMIUM, FLAGS, READY

COLOURS = 256
PHONE, SMALL, DESK = (390, 844), (1100, 700), (1440, 900)
MIDDLE = "31.27000/120.03000"
SHAPE = "31.26820,120.02720,0,600,400,0,0,-600"
GAP, GROUND = 24, "#e9ecef"
WAIT_MS = 60_000
Act = Callable[[Page], None]


def still(page: Page) -> None:
    """Wait until the map stands and the lists have come."""
    page.wait_for_selector(READY, state="attached", timeout=WAIT_MS)
    page.wait_for_selector(".skeleton, [aria-busy=true]", state="detached", timeout=WAIT_MS)
    page.wait_for_selector("#progress", state="hidden", timeout=WAIT_MS)
    page.wait_for_timeout(600)


@dataclass(frozen=True)
class Picture:
    """What is opened, on what, and what is done there; more than one address are laid side by side."""

    opened: tuple[str, ...]
    size: tuple[int, int] = DESK
    look: str = "light"
    acts: dict[int, Act] = field(default_factory=dict)


def first_of_the_list(page: Page) -> None:
    """Open the card of the first thing in the list."""
    page.locator("#finder-list .found").first.click()
    page.wait_for_selector("#card .actions")


def zoom(number: int) -> str:
    """The middle of the town at a zoom."""
    return f"/map#{number}.00/{MIDDLE}"


ZOOMS = (10, 13, 16, 18)
PICTURES = {
    "map-desk": Picture(("/map#16.00/31.27010/120.02950",)),
    "resident-phone": Picture(
        ("/map?show=toilet#16.00/31.27000/120.03000", "/map?show=markets#15.00/31.27000/120.03000",
         "/map?here=31.26990,120.03040#17.00/31.26990/120.03040"), PHONE, acts={1: first_of_the_list},
    ),
    "resident-works": Picture(("/map?show=works#14.00/31.27000/120.03000",), look="dark"),
    "ask-desk": Picture((f"/map?shape=poly:{SHAPE}#16.00/31.27020/120.02900",)),
    **{f"look-z{number}-desk": Picture((zoom(number),)) for number in ZOOMS if number != 16},  # that is map-desk
    **{f"look-z{number}-phone": Picture((zoom(number),), PHONE) for number in ZOOMS},
    "look-z16-dark": Picture((zoom(16),), SMALL, look="dark"),
    "look-z16-phone-dark": Picture((zoom(16),), PHONE, look="dark"),
}  # fmt: skip


def take(browser: Browser, site: str, picture: Picture) -> Image.Image:
    """Take a picture, all its parts side by side."""
    parts = [
        shot(browser, site + path, picture, picture.acts.get(number)) for number, path in enumerate(picture.opened)
    ]
    width = sum(part.width for part in parts) + GAP * (len(parts) - 1)
    whole = Image.new("RGB", (width, parts[0].height), GROUND)
    for number, part in enumerate(parts):
        whole.paste(part, (number * (part.width + GAP), 0))
    return whole.quantize(COLOURS, kmeans=2, dither=Image.Dither.NONE)  # a median cut alone turns small violets grey


def shot(browser: Browser, address: str, picture: Picture, act: Act | None) -> Image.Image:
    """Open an address in a fresh window, and look."""
    width, height = picture.size
    context = browser.new_context(
        viewport={"width": width, "height": height}, has_touch=picture.size == PHONE, locale="zh-CN",
        color_scheme=picture.look, reduced_motion="reduce",  # type: ignore[arg-type]  # light or dark
    )  # fmt: skip
    try:
        page = context.new_page()
        page.goto(address)
        still(page)
        if act:
            act(page)
            still(page)
        return Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    finally:
        context.close()


def main(site: str, folder: Path, names: list[str]) -> None:
    """Take the pictures that are named, or all."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for name in names or PICTURES:
            path = folder / f"{name}.png"
            take(browser, site, PICTURES[name]).save(path, optimize=True)
            print(f"{path} {path.stat().st_size // 1000} kB", flush=True)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"), Path(sys.argv[2]), sys.argv[3:])
