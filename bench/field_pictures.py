"""`python -m bench.field_pictures URL FOLDER`: the pictures of the field guide, of a server over the invented town.

`make run` serves one; who signs in is the demo account of `VAR`, or `FIELD_NAME` and `FIELD_WORD`. Each is looked at
before it is committed. A phone, two moments side by side; the network is really off in the last.
"""

import io
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from bench.page import CHROMIUM, FLAGS
from bench.pictures import COLOURS, GAP, GROUND, PHONE, still
from config.env import read
from tests.pages.finger import hold

SCALE = 1.2
HOUSE = "/field#17.00/31.27745/120.02975"
WIDE = "/field#17.00/31.27000/120.03000"
TAKEN = "#open-pack[data-state=whole]"
LONG_MS = 240_000
Shot = Callable[[], Image.Image]


@contextmanager
def phone(browser: Browser, site: str) -> Iterator[tuple[Page, Shot]]:
    """A phone on which the worker has signed in, and its screen as a picture."""
    width, height = PHONE
    context = browser.new_context(
        viewport={"width": width, "height": height}, has_touch=True, is_mobile=True, locale="zh-CN",
        device_scale_factor=SCALE, reduced_motion="reduce",
    )  # fmt: skip
    page = context.new_page()
    page.goto(f"{site}/field")
    name, word = signer()
    page.fill("#id_username", name)
    page.fill("#id_password", word)
    page.click("form .primary")
    still(page)
    yield page, lambda: Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    context.close()


def signer(account: str = "field1") -> tuple[str, str]:
    """The name and the password of the worker, or of another demo account."""
    if "FIELD_NAME" in os.environ:
        return os.environ["FIELD_NAME"], os.environ["FIELD_WORD"]
    accounts = (read(os.environ).var / "secrets" / "demo-accounts.txt").read_text(encoding="utf-8")
    return account, dict(line.split(maxsplit=1) for line in accounts.splitlines() if line)[account]


def at(page: Page, address: str) -> None:
    """Open the page there anew."""
    page.goto(address)
    page.reload()
    still(page)


def typed(page: Page, text: str) -> None:
    """What is suggested for a text."""
    page.fill("#search-box", text)
    page.wait_for_selector("#results:not([aria-busy]) li")
    still(page)


def house(page: Page, shot: Shot, site: str) -> list[Image.Image]:
    """A house asked about with a held finger, and its rooms by floor."""
    at(page, site + HOUSE)
    hold(page, PHONE[0] / 2, PHONE[1] / 2)
    page.wait_for_selector("#card .spot-facts")
    still(page)
    first = shot()
    page.locator("#card .handle").click()
    still(page)
    return [first, shot()]


def pack(page: Page, shot: Shot, site: str) -> list[Image.Image]:
    """What can be taken along, and while it comes."""
    at(page, site + WIDE)
    page.click("#open-pack")
    page.wait_for_selector("#pack [name=piece]")
    still(page)
    first = shot()
    page.locator("#pack .pack-form .primary").click()
    page.wait_for_selector("#pack progress")
    page.wait_for_timeout(1500)
    return [first, shot()]


def offline(page: Page, shot: Shot, site: str) -> list[Image.Image]:
    """With the network off: a crossing while it is typed, a place told of, with how a problem is reported."""
    page.wait_for_selector(TAKEN, timeout=LONG_MS)
    page.locator("#pack .close").click()
    page.context.set_offline(True)
    page.wait_for_selector("#bar:not([hidden])", timeout=LONG_MS)
    typed(page, "云汀大道与听")
    first = shot()
    typed(page, "锦帆便利店")
    page.locator("#results li").first.click()
    page.wait_for_selector("#card .packed-note")
    page.locator("#card .handle").click()
    page.locator("#card .report summary").click()
    page.wait_for_selector("#card .report-text")
    page.locator("#card .report").scroll_into_view_if_needed()
    still(page)
    return [first, shot()]


def main(site: str, folder: Path) -> None:
    """Take them one after the other on the same phone: what was taken along is what is read without a line."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        with phone(browser, site) as (page, shot):
            for name, take in (("field-phone", house), ("field-pack", pack), ("field-offline", offline)):
                parts = take(page, shot, site)
                whole = Image.new("RGB", (sum(part.width for part in parts) + GAP, parts[0].height), GROUND)
                for number, part in enumerate(parts):
                    whole.paste(part, (number * (part.width + GAP), 0))
                path = folder / f"{name}.png"
                whole.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
                print(f"{path} {path.stat().st_size // 1000} kB", flush=True)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"), Path(sys.argv[2]))
