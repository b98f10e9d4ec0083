"""`python -m bench.pictures URL FOLDER [NAME…]`: the pictures of the guides, of a running server over the town.

`make run` serves one; the pictures of Lujiazui (`lujiazui-…`) are of a server over `tests/real/lujiazui.toml`. Those of
staff's own pages are not among them (`bench.field_pictures`, `bench.import_picture`). Each is looked at before it is
committed.
"""

import io
import re
import sys
import urllib.request
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from bench.page import CHROMIUM, FLAGS, READY

COLOURS, GROUNDS = 256, 32
PHONE, SMALL, DESK, HALF = (390, 844), (1100, 700), (1280, 800), (640, 800)
MIDDLE = "31.27000/120.03000"
SHAPE = "31.26820,120.02720,0,600,400,0,0,-600"
GAP, GROUND = 24, "#e9ecef"
WAIT_MS = 60_000
HOUR = "2026-11-25T18:30"  # a Wednesday evening
SHARED = "facilities:131"  # a toilet of the invented town, open day and night
CHAT = """<style>
  body {{ margin: 0; padding: 96px 16px; background: #ececec; font: 15px sans-serif; color: #1d2733; }}
  body > p, article {{ margin: 0 0 12px; width: fit-content; background: #fff; border-radius: 10px; overflow: hidden; }}
  body > p, div {{ padding: 10px 14px; }} article {{ margin-left: 48px; }} img {{ display: block; width: 100%; }}
  strong {{ font-size: 17px; }} div p {{ margin: 6px 0; line-height: 1.5; }} div :is(p, small) {{ color: #5b6875; }}
</style><body data-ready><p>最近的公厕在哪里？</p><article><img src="data:image/png;base64,{picture}" alt="">
<div><strong>{title}</strong><p>{description}</p><small>{site_name}</small></div></article>"""
Act = Callable[[Page], None]


def still(page: Page) -> None:
    """Wait until the map stands and the lists have come."""
    page.wait_for_selector(READY, state="attached", timeout=WAIT_MS)
    page.wait_for_selector(".skeleton, [aria-busy=true]", state="detached", timeout=WAIT_MS)
    page.wait_for_selector("#progress", state="hidden", timeout=WAIT_MS)
    page.wait_for_selector("text=正在统计", state="hidden", timeout=WAIT_MS)
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


def as_a_chat(page: Page) -> None:
    """What a chat makes of a shared link: picture, title and words of the head of its page."""
    link = page.evaluate("location.origin") + f"/p/{SHARED}"
    head = dict(re.findall(r'<meta property="og:([a-z_]+)" content="([^"]*)"', page.request.get(link).text()))
    page.goto("about:blank")  # pages of ours allow no style of others
    page.set_content(CHAT.format(picture=b64encode(page.request.get(head["image"]).body()).decode(), **head))


def zoom(number: int, middle: str = MIDDLE) -> str:
    """The middle of the town, or another place, at a zoom."""
    return f"/map#{number}.00/{middle}"


ZOOMS = (10, 13, 16, 18)
BUND = "31.23810/121.48790"  # across the river: in the middle of Lujiazui the source has a hole
PICTURES = {
    "map-desk": Picture(("/map#16.00/31.27010/120.02950",)),
    "resident-phone": Picture(
        ("/map?show=toilet#16.00/31.27000/120.03000", f"/map?show=markets&at={HOUR}#15.00/31.27000/120.03000",
         "/map?here=31.26990,120.03040#17.00/31.26990/120.03040"), PHONE, acts={1: first_of_the_list},
    ),
    "resident-works": Picture(("/map?show=works#14.00/31.27000/120.03000",), look="dark"),
    "ask-desk": Picture((f"/map?shape=poly:{SHAPE}#16.00/31.27020/120.02900",)),
    **{f"look-z{number}-desk": Picture((zoom(number),)) for number in ZOOMS if number != 16},  # that is map-desk
    **{f"look-z{number}-phone": Picture((zoom(number),), PHONE) for number in ZOOMS},
    "resident-lists": Picture(
        ("/map?show=bins#16.00/31.27000/120.03000", "/map?show=works#14.00/31.27000/120.03000",
         "/map?show=list#16.00/31.27000/120.03000"), PHONE,
    ),
    "resident-ways": Picture(
        (f"/map?show=markets&at={HOUR}#15.00/31.27000/120.03000",
         "/map?type=large&show=toilet#16.00/31.27000/120.03000",
         "/map?lang=en&show=toilet#16.00/31.27000/120.03000"), PHONE,
    ),
    "resident-shared": Picture(
        (f"/map?sel={SHARED}#16.00/31.27200/120.02800", "/map"), PHONE, acts={1: as_a_chat},
    ),
    **{f"lujiazui-z{number}": Picture((zoom(number, BUND),), HALF) for number in (13, 16)},
    "lujiazui-z18": Picture((zoom(18, "31.23660/121.48430"),), HALF),
    **{f"town-z{number}": Picture((zoom(number),), HALF) for number in (13, 16, 18)},
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
    return fewer(whole, declared(site))


def declared(site: str) -> set[int]:
    """The colours that the layers of a server declare."""
    with urllib.request.urlopen(f"{site}/api/manifest") as answer:
        return {int(color, 16) for color in re.findall(r'"#([0-9a-f]{6})"', answer.read().decode())}


def fewer(whole: Image.Image, kept: set[int]) -> Image.Image:
    """As many colours as a palette has: those declared and the widest as they are, so that no two zones become one.

    What is seen a hundred times weighs ten times as much as what is seen once: a thin line matters beside its ground.
    """
    rows = np.asarray(whole).astype(np.int64) @ (1 << 16, 1 << 8, 1)
    colours, where, times = np.unique(rows, return_inverse=True, return_counts=True)
    widest = colours[np.argsort(-times)[:GROUNDS]]
    own = parts(np.union1d(np.intersect1d(colours, list(kept)), widest))
    weighed = parts(np.repeat(colours, np.sqrt(times).astype(int))).astype(np.uint8)
    rest = Image.fromarray(weighed[None]).quantize(COLOURS - len(own), kmeans=2, dither=Image.Dither.NONE)
    palette = np.concatenate([own, np.reshape(rest.getpalette(), (-1, 3))])[:COLOURS]
    nearest = [int(((palette - color) ** 2).sum(axis=1).argmin()) for color in parts(colours)]
    found = Image.fromarray(np.array(nearest, dtype=np.uint8)[where].reshape(rows.shape), "P")
    found.putpalette(palette.astype(np.uint8).tobytes())
    return found


def parts(colours: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
    """Red, green and blue of numbers."""
    return np.stack([colours >> 16, colours >> 8 & 255, colours & 255], axis=-1)


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
