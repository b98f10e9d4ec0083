"""Who may see an image: as with layers, at each request; what is refused says nothing, and nothing falls over."""

from __future__ import annotations

import dataclasses
import logging
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import rasterio
from django.core.management import call_command
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st
from rasterio.windows import Window

from gis.ingest.pyramids import build, served
from gis.models import Area, Raster
from layers import registry
from layers.layer import Layer
from layers.scope import COOKIE, LIFETIME_S, RESIDENT, STAFF, Audience, Role, sign
from tests.client import Answer, ask
from tests.factories import make, square
from tests.tiles.raster import LAT, LON, geotiff, pixels, placed, register, spot
from tiles.live import Live
from tiles.pool import Busy
from tiles.raster.answer import kept_how, route
from tiles.raster.supply import PLACES, Images, Wanted
from tiles.server import Server

Get = Callable[..., Answer]
MANAGER = Audience(Role.MANAGER)

pytestmark = [
    pytest.mark.usefixtures("var"),
    pytest.mark.filterwarnings("ignore::PendingDeprecationWarning"),  # rasterio's own use of affine
    pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning"),
]


@pytest.fixture
def raster(transactional_db: None, tmp_path: Path) -> Raster:
    """A photograph of half a kilometre."""
    photo = np.random.default_rng(1).integers(1, 256, (3, 64, 64)).astype("uint8")
    return register(geotiff(tmp_path / "a.tif", photo), source="测绘院")


def here(raster: Raster, zoom: int = 15) -> str:
    """The path of a tile in the middle of it."""
    return f"/tiles/raster/{raster.pk}/{spot(32, 32, placed('EPSG:4549', 10.0), 'EPSG:4549', zoom)[0]}.png"


@pytest.fixture
def by_area() -> Iterator[Layer]:
    """The layer of images, kept to areas."""
    declared = registry.get("rasters", MANAGER)
    registry._layers["rasters"] = dataclasses.replace(declared, by_area=True)
    yield registry._layers["rasters"]
    registry._layers["rasters"] = declared


def test_staff_see_it_and_others_learn_nothing(get: Get, raster: Raster) -> None:
    for role in STAFF:
        assert get(here(raster), Audience(role)).status == 200  # kept from here on
        assert get(f"/tiles/raster/{raster.pk}.json", Audience(role)).status == 200
    absent = get("/tiles/raster/999999/0/0/0.png", MANAGER)
    for path in (here(raster), f"/tiles/raster/{raster.pk}.json", f"/tiles/raster/{raster.pk}-photo/0/0/0.png"):
        refused = get(path)
        assert (refused.status, refused.headers, refused.sent) == (404, absent.headers, absent.sent)
        etag = get(path, MANAGER).headers.get("ETag", '"x"')
        assert get(path, RESIDENT, IF_NONE_MATCH=etag).sent == absent.sent
    assert f"raster-{raster.pk}" not in get("/tiles/style.json").json["sources"]


def test_a_false_or_late_pass_opens_neither_image_nor_feed_nor_style(
    get: Get, tiles: Server, raster: Raster, monkeypatch: pytest.MonkeyPatch
) -> None:
    live, token, name = Live(tiles.supply), sign(MANAGER), f"raster-{raster.pk}"

    def opened(shown: str) -> tuple[object, ...]:
        cookie = f"{COOKIE}={shown}"
        paths = here(raster), f"/tiles/raster/{raster.pk}.json"
        told = ask(live, "/live/changes", query="layers=rasters", COOKIE=cookie)
        style = get("/tiles/style.json", COOKIE=cookie).json["sources"]
        return *(get(path, COOKIE=cookie).status for path in paths), told.status, name in style

    assert opened(token) == (200, 200, 200, True)
    stranger = (404, 404, 404, False)
    said, stamp, seal = token.rsplit(":", 2)
    for false in (token[:-1], token.swapcase(), f"{said}~:{stamp}:{seal}", f"{said}:zzzzzz:{seal}", "manager~"):
        assert opened(false) == stranger, false
    later = time.time() + LIFETIME_S + 1
    monkeypatch.setattr("layers.scope.time", lambda: later)
    assert opened(token) == stranger


def test_staff_of_an_area_see_the_images_of_their_area(get: Get, raster: Raster, by_area: Layer) -> None:
    around, away = make(Area, geom=square(LON - 0.01, LAT - 0.02, 0.05)), make(Area, geom=square(LON + 1, LAT, 0.01))
    assert get(here(raster), MANAGER).status == 200
    assert get(here(raster), Audience(Role.FIELD, str(around.pk))).status == 200
    refused = get(here(raster), Audience(Role.FIELD, str(away.pk)))
    assert (refused.status, refused.sent) == (404, get("/tiles/raster/999999/0/0/0.png", MANAGER).sent)
    assert get(here(raster), Audience(Role.FIELD, "0")).status == 404
    around.delete()
    assert get(here(raster), Audience(Role.FIELD, str(around.pk or 12345))).status == 404


def test_a_row_taken_away_takes_its_tiles_away(get: Get, raster: Raster) -> None:
    path = here(raster)
    etag = get(path, MANAGER).headers["ETag"]
    assert get(path, MANAGER, IF_NONE_MATCH=etag).status == 304
    raster.delete()
    assert get(path, MANAGER, IF_NONE_MATCH=etag).status == 404


def test_while_the_database_is_away_images_are_marked_and_afterwards_are_not(
    tiles: Server, raster: Raster, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = here(raster)
    first = ask(tiles, path, MANAGER)
    held = {"IF_NONE_MATCH": first.headers["ETag"]}

    def away(*_: object) -> list[tuple[object, ...]]:
        raise Busy

    with monkeypatch.context() as patch:
        patch.setattr(tiles.supply.pool, "rows", away)
        patch.setattr(tiles.supply.generations, "_read", away)
        marked = ask(tiles, path, MANAGER, **held)
        assert (marked.status, marked.sent, marked.headers["X-Tile-Stale"]) == (200, first.sent, "1")
        assert (marked.headers["Cache-Control"], "ETag" in marked.headers) == ("no-store", False)
        assert ask(tiles, f"/tiles/raster/{raster.pk}.json", MANAGER).headers["X-Tile-Stale"] == "1"
        assert ask(tiles, "/tiles/raster/999999/0/0/0.png", MANAGER).status == 503, "it may have come since"
    again = ask(tiles, path, MANAGER, **held)
    assert (again.status, again.headers.get("X-Tile-Stale")) == (304, None)


@pytest.mark.parametrize("stale", [False, True])
def test_nginx_keeps_no_image_that_may_be_old(stale: bool) -> None:
    said = dict(kept_how(RESIDENT, stale))
    assert ("X-Accel-Expires" in said, "no-store" in said["Cache-Control"]) == (not stale, stale)


def test_another_file_is_another_tag(get: Get, raster: Raster, tmp_path: Path) -> None:
    path = here(raster)
    first = get(path, MANAGER)
    register(geotiff(tmp_path / "a.tif", np.full((3, 64, 64), 9, "uint8")), source="测绘院")
    second = get(path, MANAGER, IF_NONE_MATCH=first.headers["ETag"])
    assert second.status == 200
    assert pixels(second)[..., :3].max() == 9
    assert first.headers["ETag"] != second.headers["ETag"] != get(f"{path[:-4]}@2x.png", MANAGER).headers["ETag"]
    assert (second.headers["Cache-Control"], second.headers["Vary"]) == ("private, no-cache", "Cookie, Authorization")


def test_a_file_that_went_is_404_said_once_and_others_go_on(
    get: Get, raster: Raster, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    other = register(geotiff(tmp_path / "b.tif", np.full((3, 64, 64), 9, "uint8")))
    lost = served(raster.sha256)
    lost.rename(lost.with_suffix(".away"))
    with caplog.at_level(logging.ERROR, logger="tiles.raster"):
        assert {get(here(raster, zoom), MANAGER).status for zoom in (13, 14, 15)} == {404}
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert get(f"/tiles/raster/{raster.pk}.json", MANAGER).status == 404
    assert get(here(other), MANAGER).status == 200
    lost.with_suffix(".away").rename(lost)
    assert get(here(raster), MANAGER).status == 200


@pytest.mark.parametrize("harm", ["cut", "noise", "vrt", "text", "plain"])
def test_a_file_that_is_not_ours_is_not_read(get: Get, raster: Raster, tmp_path: Path, harm: str) -> None:
    """Somebody put something else where the copy was."""
    path, secret = served(raster.sha256), geotiff(tmp_path / "secret.tif", np.full((3, 64, 64), 200, "uint8"))
    bodies = {
        "cut": path.read_bytes()[:300],
        "noise": path.read_bytes()[:8] + bytes(range(256)) * 40,
        "vrt": f'<VRTDataset rasterXSize="64" rasterYSize="64"><VRTRasterBand dataType="Byte" band="1"><SimpleSource>'
        f"<SourceFilename>{secret}</SourceFilename></SimpleSource></VRTRasterBand></VRTDataset>".encode(),
        "text": b"root:x:0:0",
        "plain": b"",
    }
    path.write_bytes(bodies[harm])
    assert get(here(raster), MANAGER).status == 404


def test_a_row_that_names_another_file_reads_nothing(get: Get, raster: Raster) -> None:
    for name in ("../../secrets/secret_key", "/vsicurl/http://127.0.0.1/a.tif", "/etc/passwd", "x" * 64):
        Raster.objects.update(sha256=name[:64], file=name)
        assert get(here(raster), MANAGER).status == 404
        assert get(f"/tiles/raster/{raster.pk}.json", MANAGER).status == 404


def test_tilejson_says_where_it_is_and_how_deep(get: Get, raster: Raster) -> None:
    told = get(f"/tiles/raster/{raster.pk}.json", MANAGER, HOST="localhost").json
    west, south, east, north = told["bounds"]
    assert west <= LON + 0.003 <= east
    assert south <= LAT - 0.003 <= north
    assert (told["attribution"], told["styles"]) == ("测绘院", ["photo"])
    assert told["minzoom"] < told["maxzoom"] == 14  # 10 m: 8.2 m of the map's at this latitude
    assert told["tiles"] == [f"http://localhost/tiles/raster/{raster.pk}/{{z}}/{{x}}/{{y}}.webp"]
    style = get("/tiles/style.json", MANAGER, HOST="localhost").json
    assert style["sources"][f"raster-{raster.pk}"] == {
        "type": "raster", "url": f"http://localhost/tiles/raster/{raster.pk}.json", "tileSize": 256,
    }  # fmt: skip
    layer = next(one for one in style["layers"] if one["id"] == f"raster-{raster.pk}")
    assert (layer["type"], layer["layout"]) == ("raster", {"visibility": "none"})


ELSE = (
    *("/0/0/0.jpg", "/0/0/0.png/", "-hill/0/0/0.png", "-shade/0/0/0.png", "/23/0/0.png", "/1/2/0.png", "/0/0/0@3x.png"),
    *(
        "/0/0/-0.png",
        "/٠/0/0.png",
        ".png",
        "",
        "/",
        ".json.json",
        "-.json",
        "-shade.json",
        "/0/0/0.png\0",
        "/0/0/0.png\n",
    ),
)


def test_no_other_path_is_an_image(get: Get, raster: Raster) -> None:
    assert {get(f"/tiles/raster/{raster.pk}{end}", MANAGER).status for end in ELSE} == {404}


@given(st.text(alphabet="0123456789-/.@x\\%photshadeigjnwbp\0\n ٣", max_size=60))
@hypothesis(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_path_breaks_it(get: Get, raster: Raster, rest: str) -> None:
    assert get(f"/tiles/raster/{raster.pk}{rest}", MANAGER).status in (200, 204, 404)
    assert get(f"/tiles/raster/{rest}", MANAGER).status in (200, 204, 404)


@given(st.integers(0, 22), st.data())
@hypothesis(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_tile_of_the_world_is_drawn_or_empty(get: Get, raster: Raster, z: int, data: st.DataObject) -> None:
    x, y = (data.draw(st.integers(0, 2**z - 1)) for _ in "xy")
    assert get(f"/tiles/raster/{raster.pk}/{z}/{x}/{y}.webp", MANAGER).status in (200, 204)


def test_who_comes_when_all_places_are_taken_is_asked_to_wait(tiles: Server, raster: Raster) -> None:
    images = tiles.images = Images(tiles.supply, drawing=1, places=2)
    with images._place(), images._place():
        answer = ask(tiles, here(raster), MANAGER)
        assert (answer.status, answer.headers["Retry-After"]) == (503, "2")
    assert ask(tiles, here(raster), MANAGER).status == 200
    with images._place(), images._place():
        assert ask(tiles, here(raster), MANAGER).status == 200  # what is kept needs no place


def test_a_hundred_who_ask_at_once_have_it_drawn_once(
    tiles: Server, raster: Raster, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[str] = []
    images = Images(tiles.supply, places=100)
    draw = images._drawn

    def slowly(wanted: Wanted) -> bytes:
        drawn.append(wanted.digest)
        time.sleep(0.3)
        return draw(wanted)

    monkeypatch.setattr(images, "_drawn", slowly)
    asked = route(here(raster))
    assert asked.frame is not None
    wanted = Wanted(images.image(raster.pk, MANAGER, ""), "", asked.frame, "png")
    threads = [threading.Thread(target=lambda: images.tile(wanted)) for _ in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(drawn) == 1


def test_a_crowd_never_takes_more_than_its_places(tiles: Server, raster: Raster) -> None:
    images = Images(tiles.supply, drawing=1)
    refused: list[bool] = []

    def one(zoom: int) -> None:
        asked = route(here(raster, zoom % 22))
        assert asked.frame is not None
        try:
            images.tile(Wanted(images.image(raster.pk, MANAGER, ""), "", asked.frame, "webp" if zoom < 22 else "png"))
        except Busy:
            refused.append(True)

    threads = [threading.Thread(target=one, args=(zoom,)) for zoom in range(44)]
    images._drawing.acquire()  # nobody can draw yet: the first take the places, all others are sent away at once
    for thread in threads:
        thread.start()
    while len(refused) < len(threads) - PLACES:
        time.sleep(0.01)
    images._drawing.release()
    for thread in threads:
        thread.join()
    assert len(refused) == len(threads) - PLACES


def test_a_vast_file_costs_a_window(get: Get, transactional_db: None, tmp_path: Path) -> None:
    """40,000 × 40,000 pixels with something in one place: the memory of a tile does not know how large the file is."""
    import resource

    path, side = tmp_path / "vast.tif", 40_000
    where = placed("EPSG:4549", 0.5)
    with rasterio.open(
        path, "w", driver="GTiff", width=side, height=side, count=1, dtype="uint8", crs="EPSG:4549", transform=where,
        tiled=True, sparse_ok=True, compress="deflate",
    ) as file:  # fmt: skip
        file.write(np.full((1, 4000, 4000), 200, "uint8"), window=Window(20_000, 20_000, 4000, 4000))
    raster = register(path)
    assert served(raster.sha256).stat().st_size < 5e6
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for zoom in range(8, 22):
        place, x, y = spot(22_000, 22_000, where, "EPSG:4549", zoom)
        found = pixels(get(f"/tiles/raster/{raster.pk}/{place}.png", MANAGER))
        if zoom > 13:
            assert found[y, x].tolist() == [200, 200, 200, 255]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 150 * 1024  # of 1.6 GB


def test_an_image_of_an_earlier_release_gets_its_copy(get: Get, raster: Raster, tmp_path: Path) -> None:
    shutil.rmtree(served(raster.sha256).parent)
    assert get(here(raster), MANAGER).status == 404
    call_command("import", "rasters", str(tmp_path / "a.tif"), "--source", "测绘院", verbosity=0)
    assert get(here(raster), MANAGER).status == 200
    assert list(served(raster.sha256).parent.glob("*")) == [served(raster.sha256)]
    build(tmp_path / "not there", raster.sha256)  # it is there: nothing is read
