"""`python -m bench.import_picture URL FOLDER`: the picture of `/import` in the staff's guide, over the invented town.

`make run` serves it; who signs in is the demo account of `VAR`, or `FIELD_NAME` and `FIELD_WORD`. Nothing is written:
the rows are only tried. It is looked at before it is committed.
"""

import io
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from bench.field_pictures import signer
from bench.page import CHROMIUM, FLAGS
from bench.pictures import declared, fewer

WIDTH, HEIGHT = 1280, 1250
NAME = "公厕_环卫所.csv"
HOURS = ("06:00-22:00", "全天", "周一至周五 08:00-18:00", "随便")
WAIT_MS = 60_000


def toilets() -> bytes:
    """Thirty invented toilets in rows over the town, as a program of an office writes them: GBK, one without a place,
    one whose hours nobody can read."""
    rows = [
        f"WC-{n + 1:03},公共厕所,云汀{n + 1}号公厕,000-0000{n + 1:04},{HOURS[3] if n == 17 else HOURS[n % 3]},"
        + ("," if n == 11 else f"{120.012 + n % 6 * 0.007:.5f},{31.258 + n // 6 * 0.006:.5f}")
        for n in range(30)
    ]
    return "\r\n".join(["编号,种类,名称,电话,开放时间,经度,纬度", *rows]).encode("gbk")


def main(site: str, folder: Path) -> None:
    """Sign in, hand the file over, try it, look."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(
            viewport={"width": WIDTH, "height": HEIGHT}, locale="zh-CN", reduced_motion="reduce"
        )  # fmt: skip
        page.goto(f"{site}/import")
        name, word = signer("planner1")
        page.fill("#id_username", name)
        page.fill("#id_password", word)
        page.click("form .primary")
        page.wait_for_load_state("networkidle")  # before its scripts came nobody takes the file
        page.set_input_files("#files", [{"name": NAME, "mimeType": "text/csv", "buffer": toilets()}])
        page.wait_for_selector(".dataset[open] .mapping", timeout=WAIT_MS)
        page.locator(".dataset[open]").get_by_role("button", name="试运行").first.click()
        page.wait_for_selector("[data-count=added]", timeout=WAIT_MS)
        page.locator(".dataset[open]").evaluate("dataset => dataset.scrollIntoView({block: 'start'})")
        page.wait_for_timeout(1500)
        whole = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        path = folder / "import-desk.png"
        fewer(whole, declared(site)).save(path, optimize=True)
        print(f"{path} {path.stat().st_size // 1000} kB", flush=True)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"), Path(sys.argv[2]))
