"""A server as `make run` starts it, over the invented town and, where it is at hand, the real Lujiazui; and a browser
that complains of every error in the console, every failed request and every request to another host."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib.auth.models import Group, User
from django.contrib.gis.geos import LinearRing, MultiPolygon, Polygon
from django.db import connections
from playwright.sync_api import Browser, Page, expect, sync_playwright

from config import servers
from gis.models import Building
from tests.browser import CHROMIUM
from tests.town import copied, invented_town, lujiazui

ROOT = Path(__file__).resolve().parents[2]
MANAGE = [sys.executable, "-W", "ignore", str(ROOT / "manage.py")]
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS = 30_000  # a loaded machine is slow, not wrong
COURTYARD = "围合院"
PASSWORD = "ct-page-test-1"
PHONE, DESK, WIDE = (390, 844), (1280, 720), (1920, 1080)
"""The desk's layout begins at 1100 pixels. A wide window costs half as much again, for what asks how much fits."""
# Where on the page a canvas of the map has its picture, and how many pixels it has for one of the page's.
HANGS = """(canvas) => {
  const { left, top, width } = canvas.getBoundingClientRect();
  const { paddingLeft, paddingTop, paddingRight } = canvas.style;
  const [before, above, after] = [paddingLeft, paddingTop, paddingRight].map((edge) => parseFloat(edge) || 0);
  return { left: left + before, top: top + above, scale: canvas.width / (width - before - after) };
}"""
# The colours of a canvas, whoever draws there: of all of it, or of one pixel.
PIXELS = """(canvas, x = 0, y = 0, width = canvas.width, height = canvas.height) => {
  const copy = new OffscreenCanvas(width, height).getContext("2d");
  copy.drawImage(canvas, -x, -y);
  return copy.getImageData(0, 0, width, height).data;
}"""


@pytest.fixture(scope="package", autouse=True)
def beside_playwright() -> Iterator[None]:
    """Playwright runs an event loop in this thread, and Django refuses its ORM beside one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield
    connections.close_all()  # what was asked without a browser leads to a town that is gone


def square(margin: float) -> LinearRing:
    """A ring about 200 m across in the fields north-west of the town, less a margin in degrees."""
    west, south, east, north = 120.012 + margin, 31.285 + margin, 120.014 - margin, 31.287 - margin
    return LinearRing((west, south), (east, south), (east, north), (west, north), (west, south))


@contextmanager
def settled(blocker: Any) -> Iterator[None]:
    """Committed rows, for a server in another process: a copy of the invented town and Lujiazui, with people in it."""
    with blocker.unblock(), copied(invented_town, lujiazui):
        officer = User.objects.create_user("officer", password=PASSWORD)
        officer.groups.add(Group.objects.get_or_create(name="manager")[0])
        User.objects.create_superuser("clerk", password=PASSWORD)
        block = Polygon(square(0), square(0.0004))
        Building.objects.create(name=COURTYARD, geom=MultiPolygon(block, srid=4490))
        connections.close_all()  # Django keeps those of the tests, beside an event loop, apart from this one
        yield


@pytest.fixture(scope="package")
def static(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Static files as a release has them, collected and compressed."""
    var = tmp_path_factory.mktemp("static")
    env = {name: value for name, value in os.environ.items() if name != "DEBUG"} | {"VAR": str(var)}
    subprocess.run([*MANAGE, "collectstatic", "--noinput", "-v", "0"], env=env, cwd=ROOT, check=True)
    return var / "static"


@dataclass(frozen=True)
class Served:
    """A server: where it answers, and the VAR in which its files are."""

    url: str
    var: Path


@contextmanager
def serving(var: Path, static: Path) -> Iterator[Served]:
    """Granian over the town at hand."""
    port = free_port()
    (var / "static").symlink_to(static)
    env = {name: value for name, value in os.environ.items() if name not in ("DEBUG", "DEMO")}
    env |= {"VAR": str(var), "PORT": str(port), "HOST": "127.0.0.1", "DATABASE_URL": database_url()}
    env |= {"APPROVAL_NUMBER": "示例 0000", "CITY_NAME": "云汀"}
    with (var / "server.log").open("w") as log:
        process = subprocess.Popen([*MANAGE, "serve"], env=env, cwd=ROOT, stdout=log, stderr=log)
        try:
            wait_for(f"http://127.0.0.1:{port}/readyz", process)
            yield Served(f"http://127.0.0.1:{port}", var)
        finally:
            process.terminate()
            process.wait(30)
            servers.stop(var)  # the processes of the import queue, which the server started


@dataclass
class Commons:
    """A town for all files that leave it as it was, and the server over it, whose first answers take as long as ten
    pages of a browser. Before a file has its own they are put away: each server holds a dozen connections."""

    settle: Callable[[], AbstractContextManager[None]]
    serve: Callable[[], AbstractContextManager[Served]]
    there: ExitStack = field(default_factory=ExitStack)
    settled: bool = False
    served: Served | None = None

    def town(self) -> None:
        """Settle it, if it is not there."""
        if not self.settled:
            self.there.enter_context(self.settle())
            self.settled = True

    def server(self) -> Served:
        """The server, begun if it is not there."""
        if self.served is None:
            self.served = self.there.enter_context(self.serve())
        return self.served

    def put_away(self) -> None:
        """End both."""
        self.there.close()
        self.settled, self.served = False, None


@pytest.fixture(scope="package")
def commons(
    django_db_setup: None, django_db_blocker: Any, static: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Commons]:
    """What the files of this folder share."""
    made = Commons(lambda: settled(django_db_blocker), lambda: serving(tmp_path_factory.mktemp("var"), static))
    yield made
    made.put_away()


def edits(request: pytest.FixtureRequest) -> bool:
    """Whether a file leaves its town other than it found it; it says ``EDITS = True``, and has one of its own."""
    return getattr(request.module, "EDITS", False)


@pytest.fixture(scope="module")
def town(request: pytest.FixtureRequest, commons: Commons) -> Iterator[None]:
    """Committed rows."""
    if not edits(request):
        commons.town()
        yield
        return
    commons.put_away()
    with commons.settle():
        yield


@pytest.fixture(scope="module")
def served(request: pytest.FixtureRequest, town: None, commons: Commons) -> Iterator[Served]:
    """The server over them."""
    if not edits(request):
        yield commons.server()
        return
    with commons.serve() as served:
        yield served


@pytest.fixture(scope="module")
def site(served: Served) -> str:
    """The base URL of that server."""
    return served.url


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def database_url() -> str:
    """The test database as another process reaches it."""
    known = connections["default"].settings_dict
    at = f"{known['PASSWORD'] and ':' + quote(known['PASSWORD'])}@"
    parts = {"host": known["HOST"], "port": str(known["PORT"])}
    query = "&".join(f"{key}={quote(value, safe='')}" for key, value in parts.items() if value)
    return f"postgresql://{quote(known['USER'])}{at}/{quote(known['NAME'])}?{query}"


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(900):
        assert process.poll() is None, "the server ended"
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"no answer at {url}")


@dataclass
class Visit:
    """One page and what it complained of."""

    page: Page
    site: str
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        """Go to a path and wait until the map is drawn."""
        self.page.goto(self.site + path)
        return self.settle()

    def settle(self) -> Page:
        """Wait until the map stands still."""
        self.page.wait_for_selector("body[data-ready]", timeout=PATIENCE_MS)
        return self.page


def until(page: Page, holds: str, arg: Any = None) -> None:
    """Ask the page until it says yes. Playwright's own wait asks again by `eval`, which our pages forbid."""
    for _ in range(PATIENCE_MS // 50):
        if page.evaluate(holds, arg):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"never held: {holds}")


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One Chromium for all page tests."""
    if CHROMIUM is None:
        pytest.skip("no Chromium: set CHROMIUM to its path")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()
        connections.close_all()  # Django keeps connections opened beside an event loop apart from the others


@pytest.fixture
def visit(browser: Browser, site: str) -> Iterator[Callable[..., Visit]]:
    """Open a fresh window: `visit(size=PHONE)`. At the end nothing may have been complained of."""
    visits: list[Visit] = []

    def begin(size: tuple[int, int] = DESK, **options: Any) -> Visit:
        width, height = size
        context = browser.new_context(
            viewport={"width": width, "height": height}, has_touch=size == PHONE, **{"locale": "zh-CN", **options}
        )
        visit = Visit(context.new_page(), site)
        watch(visit)
        visits.append(visit)
        return visit

    yield begin
    for visit in visits:
        visit.page.context.close()
    assert [complaint for visit in visits for complaint in visit.complaints] == []


def ours(text: str) -> bool:
    """Not the advice that Chromium gives to a test which reads pixels."""
    return "getImageData" not in text


def watch(visit: Visit) -> None:
    page, note = visit.page, visit.complaints.append
    page.on("console", lambda said: note(said.text) if said.type in ("error", "warning") and ours(said.text) else None)
    page.on("pageerror", lambda error: note(str(error)))
    page.on("request", lambda asked: None if asked.url.startswith((visit.site, "blob:", "data:")) else note(asked.url))

    def failed(request: Any) -> None:
        if "ERR_ABORTED" not in (request.failure or ""):  # a tile no longer wanted
            note(f"{request.url}: {request.failure}")

    page.on("requestfailed", failed)
