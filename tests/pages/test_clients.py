"""Maps that are not ours draw our tiles: the pages of docs/clients.md as they stand there, and on another site."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import pytest
from django.contrib.gis.geos import Polygon
from owslib.ogcapi.features import Features
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from pypdf import PdfReader

from gis.models import Building, Facility
from layers import registry
from layers.scope import RESIDENT, Audience, Role
from tests.browser import CHROMIUM
from tests.factories import tile_at
from tests.pages.conftest import COURTYARD, DESK, FLAGS, PASSWORD, PHONE, ROOT, Visit
from tests.pages.test_axe import violations
from tests.town import DATA
from tests.verdict import check

VENDOR = Path(__file__).parent / "vendor"
PAGES = re.findall(r"```html\n(.*?)```", (ROOT / "docs" / "clients.md").read_text(), re.DOTALL)
HOUSE, WEST_WING = (120.013, 31.286), (120.0122, 31.286)
SIZE = (900, 700)
WEBGL = ["--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
Colour = tuple[int, ...]

pytestmark = pytest.mark.skipif(not (VENDOR / "ol.js").is_file(), reason="no libraries: `make test` brings them")


class Quiet(SimpleHTTPRequestHandler):
    """Files, without a word."""

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def elsewhere(site: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Another site: the pages of the manual, `0.html` and so on, with their libraries beside them."""
    folder = tmp_path_factory.mktemp("elsewhere")
    for file in VENDOR.iterdir():
        (folder / file.name).symlink_to(file)
    for number, page in enumerate(PAGES):
        here = page.replace("https://map.example", site).replace("121.4998, 31.2397", f"{HOUSE[0]}, {HOUSE[1]}")
        (folder / f"{number}.html").write_text(here)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def painter(site: str, browser: Browser) -> Iterator[Browser]:
    """A Chromium that has WebGL, computed by the processor."""
    flags = [flag for flag in FLAGS if flag != "--disable-gpu"]
    painter = browser.browser_type.launch(executable_path=CHROMIUM, args=[*flags, *WEBGL])
    yield painter
    painter.close()


@dataclass
class Look:
    """A page of the manual, opened."""

    page: Page

    def colour(self, place: tuple[float, float], pixel: str) -> Colour:
        """What is drawn at a place; ``pixel`` is the library's own way from degrees to pixels."""
        x, y = self.page.evaluate(pixel, list(place))
        seen = Image.open(BytesIO(self.page.screenshot())).convert("RGB").getpixel((round(x), round(y)))
        assert isinstance(seen, tuple)
        return seen


@pytest.fixture
def opened(painter: Browser, elsewhere: str, site: str) -> Iterator[Callable[[str], Look]]:
    """Open the page of the manual that names a thing; nothing may go wrong, and nobody else may be asked."""
    page = painter.new_page(viewport={"width": SIZE[0], "height": SIZE[1]})
    wrong: list[str] = []
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("response", lambda answer: wrong.append(f"{answer.status} {answer.url}") if answer.status >= 400 else None)
    known = (site, elsewhere, "blob:", "data:")
    page.on("request", lambda asked: None if asked.url.startswith(known) else wrong.append(asked.url))

    def look(named: str) -> Look:
        [number] = [number for number, text in enumerate(PAGES) if named in text]
        page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
        page.goto(f"{elsewhere}/{number}.html")
        return Look(page)

    yield look
    page.close()
    assert wrong == []


MAPLIBRE = "(place) => { const at = map.project(place); return [at.x, at.y]; }"
OPENLAYERS = "(place) => map.getPixelFromCoordinate(ol.proj.fromLonLat(place))"
NAMES = """() => map.queryRenderedFeatures({layers: map.getStyle().layers
    .filter((one) => one.source === "buildings").map((one) => one.id)}).map((one) => one.properties.name)"""

FILL = """(place) => map.queryRenderedFeatures(map.project(place))
    .filter((one) => one.layer.type === "fill" && one.source === "buildings")
    .map((one) => one.layer.paint["fill-color"])
    .map(({r, g, b}) => [r, g, b].map((part) => Math.round(part * 255)))"""


def test_maplibre_draws_the_style(opened: Callable[[str], Look]) -> None:
    look = opened("maplibre-gl")
    page = look.page
    page.wait_for_function("window.map?.loaded && map.loaded() && map.areTilesLoaded()", timeout=60_000)
    assert page.evaluate("Object.keys(map.getStyle().sources).filter((one) => !map.isSourceLoaded(one))") == []
    assert COURTYARD in page.evaluate(NAMES)
    [fill] = page.evaluate(FILL, list(WEST_WING))
    wing, yard = look.colour(WEST_WING, MAPLIBRE), look.colour(HOUSE, MAPLIBRE)
    assert wing == pytest.approx(fill, abs=3)
    assert wing != yard


def test_openlayers_draws_tiles_by_their_tilejson(opened: Callable[[str], Look]) -> None:
    look = opened("ol.format.MVT")
    look.page.wait_for_function("window.map instanceof ol.Map")
    drawn(look)
    found = look.page.evaluate(
        "(place) => map.getFeaturesAtPixel(map.getPixelFromCoordinate(ol.proj.fromLonLat(place)))"
        ".map((one) => [one.get('of'), one.get('name')])",
        list(WEST_WING),
    )
    assert ["buildings", COURTYARD] in found
    assert look.colour(WEST_WING, OPENLAYERS) == (0xC9, 0xA2, 0x7E)
    assert look.colour(HOUSE, OPENLAYERS) == (255, 255, 255)


def test_openlayers_draws_the_style(opened: Callable[[str], Look]) -> None:
    look = opened("olms.apply")
    look.page.wait_for_function("window.map instanceof ol.Map")
    drawn(look)
    wing, yard = look.colour(WEST_WING, OPENLAYERS), look.colour(HOUSE, OPENLAYERS)
    assert len({wing, yard, (255, 255, 255)}) == 3


def test_every_tile_of_the_town_is_valid(site: str) -> None:
    with urlopen(f"{site}/tiles/style.json") as answer:
        ids = [name for name in json.load(answer)["sources"] if not name.startswith("raster")]
    with urlopen(f"{site}/tiles/buildings.json") as answer:
        west, south, east, north = json.load(answer)["bounds"]
    places = {tile_at(zoom, west + (east - west) * across / 3, south + (north - south) * up / 3)
              for zoom in range(6, 18) for across in range(1, 3) for up in range(1, 3)}  # fmt: skip
    tiles = []
    for place in places:
        with urlopen(f"{site}/tiles/{','.join(ids)}/{place}.mvt") as answer:
            tiles.append(answer.read())
    assert max(map(len, tiles)) > 10_000
    for tile in tiles:
        check(tile)


def drawn(look: Look) -> None:
    """Wait until OpenLayers has drawn all that it asked for."""
    look.page.evaluate("() => new Promise((done) => { map.once('rendercomplete', done); map.render(); })")


READ = """
import json, pyogrio, sys
path, how = sys.argv[1], json.loads(sys.argv[2])
told, ids, shapes, _ = pyogrio.raw.read(path, encoding="UTF-8", return_fids=True, **how)
print(json.dumps({"ids": ids.tolist(), "fields": list(told["fields"]), "shapes": len(shapes)}))
"""
real = pytest.mark.skipif(not DATA.is_dir(), reason="the real Lujiazui (../shared/data) is not here")
BUND = (121.495, 31.235, 121.505, 31.245)


def read(path: str, **how: Any) -> Any:
    """What GDAL reads, in a process of its own."""
    words = [sys.executable, "-c", READ, path, json.dumps(how)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@real
@pytest.mark.django_db
def test_gdal_and_owslib_read_the_real_houses_of_lujiazui(site: str, tmp_path: Path) -> None:
    known = set(Building.objects.filter(source="OpenStreetMap").values_list("pk", flat=True))
    assert len(known) == 1450
    whole = read(f"OAPIF:{site}/ogc", layer="buildings", PAGE_SIZE="500")
    assert known <= set(whole["ids"])
    named = read(f"OAPIF:{site}/ogc", layer="buildings", where="name = '东方明珠'", PAGE_SIZE="500")
    assert set(named["ids"]) == set(Building.objects.filter(name="东方明珠").values_list("pk", flat=True))
    box = Polygon.from_bbox(BUND)
    box.srid = 4490
    near = set(Building.objects.filter(geom__intersects=box).values_list("pk", flat=True))
    client, found, after = Features(f"{site}/ogc"), set[int](), {}
    while after is not None:
        page = client.collection_items("buildings", limit=200, bbox=list(BUND), **after)
        found |= {one["id"] for one in page["features"]}
        onward = [one["href"] for one in page["links"] if one["rel"] == "next"]
        after = {"after": parse_qs(urlsplit(onward[0]).query)["after"][0]} if onward else None
    assert found == near
    assert len(found) > 100

    place = tile_at(15, *box.centroid.coords)
    zoom, column, row = place.split("/")
    file = tmp_path / zoom / column / f"{row}.mvt"
    file.parent.mkdir(parents=True)
    file.write_bytes(urlopen(f"{site}/tiles/buildings/{place}.mvt").read())
    tile = read(f"MVT:{file}", layer="buildings", CLIP="NO")
    assert tile["shapes"] > 100
    assert "name" in tile["fields"]
    listed = read(f"OGCAPI:{site}/ogc/collections/buildings", API="ITEMS")
    assert set(listed["ids"]) == set(whole["ids"])
    west, south, east, north = box.transform(3857, clone=True).extent
    edges = {"MINX": f"{west}", "MINY": f"{south}", "MAXX": f"{east}", "MAXY": f"{north}"}
    tiled = read(f"OGCAPI:{site}/ogc/collections/buildings", layer="Zoom level 15", API="TILES", **edges)
    assert tiled["shapes"] > 100
    assert "name" in tiled["fields"]


@pytest.mark.django_db
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_features_as_a_page_are_filtered_seen_and_read(visit: Callable[..., Visit], size: tuple[int, int]) -> None:
    view = visit(size)
    page = view.page
    page.goto(f"{view.site}/ogc/collections/facilities/items?f=html&limit=50")
    expect(page.locator(".ogc-outline path")).to_have_count(50)
    page.fill("#ask-filter", "kind = 'toilet'")
    page.get_by_role("button", name="筛选").click()
    page.wait_for_url(re.compile(r"filter=kind\+%3D"))
    assert "bbox" not in page.url, "what was left empty is not asked"
    lines = page.locator("tbody tr")
    toilets = Facility.objects.filter(kind="toilet").count()
    expect(lines).to_have_count(min(toilets, 100))
    expect(page.locator("#ask-filter")).to_have_value("kind = 'toilet'")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing hangs over the edge"
    lines.first.get_by_role("link").click()
    page.wait_for_url(re.compile(r"/items/\d+"))


@pytest.mark.django_db
@pytest.mark.parametrize("layer", ["facilities", "buildings", "segments", "zoning", "areas", "grids"])
def test_the_page_of_a_place_is_one_sheet_of_paper(visit: Callable[..., Visit], layer: str) -> None:
    [row] = registry.get(layer, RESIDENT).rows_for(RESIDENT).order_by("pk").values_list("pk", flat=True)[:1]
    view = visit()
    view.page.goto(f"{view.site}/p/{layer}:{row}")
    assert len(PdfReader(BytesIO(view.page.pdf(format="A4"))).pages) == 1


@pytest.mark.django_db
def test_so_are_those_that_only_staff_read(visit: Callable[..., Visit]) -> None:
    page, site = (view := visit()).page, view.site
    page.goto(f"{site}/accounts/login/?next=/ogc/?f=html")
    page.fill("#id_username", "clerk")
    page.fill("#id_password", PASSWORD)
    page.click("form .primary")
    page.wait_for_url("**/ogc/**")
    admin = Audience(Role.ADMIN)
    for name in ("fences", "rooms", "pipe-nodes"):
        layer = registry.get(name, admin)
        row = layer.rows_for(admin).order_by("pk")[0]
        answer = page.goto(f"{site}/p/{name}:{row.pk}")
        assert answer is not None and answer.ok, name
        assert len(PdfReader(BytesIO(page.pdf(format="A4"))).pages) == 1, name
