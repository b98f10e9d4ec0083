"""Public layers in one file: tile for tile the server's own, read back by others' readers, and never anything else."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pyogrio
import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st
from pmtiles.reader import MmapSource, Reader, all_tiles

from gis.errors import Invalid, NotFound
from gis.models import Area, Building, PipeSegment, Room, Water
from layers import registry
from layers.scope import RESIDENT, Audience, Role
from tests.client import Answer, ask
from tests.factories import SOUTH, WEST, make, square, tile_at
from tiles.coarse.keeping import catch_up
from tiles.cover import Cover
from tiles.export.answer import NOWHERE, asked
from tiles.export.shelf import folder, found
from tiles.export.write import export, public
from tiles.live import PATH, Live
from tiles.server import Server
from tiles.tile import Tile

Get = Callable[..., Answer]
BOX = f"{WEST - 0.002},{SOUTH - 0.002},{WEST + 0.004},{SOUTH + 0.004}"

pytestmark = pytest.mark.usefixtures("var")


def rows() -> None:
    make(Building)
    make(Water, geom=square(WEST + 0.001))
    make(PipeSegment, code="GX-SECRET-1")
    make(Room, number="ROOM-SECRET-2")


def written(name: str = "city", **more: str) -> Path:
    """An archive of the public layers about Lujiazui."""
    call_command("tiles", "export", name, bbox=BOX, zoom="10-17", stdout=StringIO(), **more)
    return found(name).path


def test_the_archive_is_the_server_tile_for_tile(get: Get) -> None:
    """And says of which layers how many tiles do not hold all, as the server does of each."""
    rows()
    make(Building, geom=square(WEST + 0.0001))
    with registry.registered(replace(registry.get("buildings", RESIDENT), id="crowd", limit=1)):
        with written().open("rb") as file:
            tiles = dict(all_tiles(MmapSource(file)))
            reader = Reader(MmapSource(file))
            told, head = reader.metadata(), reader.header()
        visible = {layer.id for layer in registry.visible(RESIDENT)}
        cover = Cover(*map(float, BOX.split(",")), 10, 17)
        short: Counter[str] = Counter()
        for tile in cover.tiles():
            answer = get(f"/tiles/{','.join(visible)}/{tile.z}/{tile.x}/{tile.y}.mvt")
            assert tiles.pop((tile.z, tile.x, tile.y), b"") == answer.sent
            short.update(filter(None, [answer.headers.get("X-Tile-Cut")]))
    assert tiles == {}
    assert told["cut"] == short
    assert short["crowd"] > 0
    assert {layer["id"] for layer in told["vector_layers"]} == visible
    assert (head["min_zoom"], head["clustered"], head["tile_type"].name) == (10, True, "MVT")


def test_nothing_secret_can_be_exported(get: Get, tmp_path: Path, var: Path) -> None:
    rows()
    body = written().read_bytes()
    from isal import isal_zlib

    with found("city").path.open("rb") as file:
        contents = b"".join(isal_zlib.decompress(data, 31) for _, data in all_tiles(MmapSource(file)))
    assert "金茂大厦".encode() in contents
    for secret in (b"GX-SECRET-1", b"ROOM-SECRET-2"):
        assert secret not in contents + body
    private = [layer for layer in registry.every() if not layer.visible_to(RESIDENT)]
    assert len(private) > 4
    cover = Cover(*map(float, BOX.split(",")), 14, 14)
    for layer in private:
        with pytest.raises(NotFound):
            public([layer.id])
        with pytest.raises(NotFound):
            export(None, "stolen", (layer,), cover)
        with pytest.raises(CommandError):
            call_command("tiles", "export", "stolen", layers=f"buildings,{layer.id}", bbox=BOX, stdout=StringIO())
    assert [path.name for path in folder().iterdir() if "stolen" in path.name] == []


def test_ranges_by_http(server: str) -> None:
    rows()
    whole, url = written().read_bytes(), f"{server}/tiles/export/city.pmtiles"

    def fetch(method: str = "GET", **headers: str) -> tuple[int, Any, bytes]:
        request = urllib.request.Request(
            url, method=method, headers={k.replace("_", "-"): v for k, v in headers.items()}
        )
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.headers, refused.read()

    status, headers, body = fetch()
    assert (status, body, headers["Accept-Ranges"]) == (200, whole, "bytes")
    etag, size = headers["ETag"], len(whole)
    for text, first, last in (
        ("bytes=0-126", 0, 126),
        ("bytes=127-", 127, size - 1),
        ("bytes=-5", size - 5, size - 1),
        (f"bytes={size - 1}-{size * 9}", size - 1, size - 1),
    ):
        status, headers, body = fetch(Range=text)
        assert (status, body) == (206, whole[first : last + 1])
        assert headers["Content-Range"] == f"bytes {first}-{last}/{size}"
    assert fetch(Range=f"bytes={size}-")[0] == 416
    assert fetch(Range=f"bytes={size}-")[1]["Content-Range"] == f"bytes */{size}"
    assert fetch(Range="bytes=0-9", If_Range=etag)[::2] == (206, whole[:10])
    assert fetch(Range="bytes=0-9", If_Range='"another"')[::2] == (200, whole)
    assert fetch(If_None_Match=etag)[0] == 304
    assert fetch("HEAD")[::2] == (200, b"")
    assert fetch("POST")[0] == 405
    for odd in ("bytes=5-2", "items=0-1", "bytes=0-1,3-4", "bytes=-", "bytes=a-b"):
        assert fetch(Range=odd)[::2] == (200, whole)
    held = Reader(lambda offset, length: fetch(Range=f"bytes={offset}-{offset + length - 1}")[2])
    z, x, y = map(int, tile_at(16).split("/"))
    assert held.get(z, x, y)


def test_gdal_reads_it_back(transactional_db: None) -> None:
    rows()
    path = written()
    assert {"buildings", "water"} <= {name for name, _ in pyogrio.list_layers(path)}
    told, _, _, columns = pyogrio.raw.read(path, layer="buildings", encoding="UTF-8")
    assert "金茂大厦" in columns[list(told["fields"]).index("name")]


def test_no_other_file_is_handed_out(get: Get, var: Path) -> None:
    rows()
    written()
    (var / "secret.pmtiles").write_bytes(b"PMTiles")
    (var / "exports" / "x.pmtiles").write_bytes(b"PMTiles")
    (var / "exports" / "link.json").write_text(
        json.dumps({"name": "link", "layers": ["water"], "size": 7, "digest": "0"})
    )
    (var / "exports" / "link.0.pmtiles").symlink_to(var / "secret.pmtiles")
    for name in ("x", "../secret", "..%2fsecret", "city.json", ".city", "CITY", "city\0", "", "a/b", "link"):
        answer = get(f"/tiles/export/{name}.pmtiles")
        assert (name, answer.status, answer.json) == (name, 404, {"error": "找不到 / Not found", "status": 404})
    assert get("/tiles/export/city.pmtiles").status == 200


def test_an_archive_of_a_layer_that_became_private_is_gone(get: Get) -> None:
    rows()
    written(layers="buildings,water")
    receipt = found("city")
    told = json.loads((folder() / "city.json").read_text())
    (folder() / "city.json").write_text(json.dumps(told | {"layers": ["water", "pipes"]}))
    assert get("/tiles/export/city.pmtiles", Audience(Role.ADMIN)).status == 404
    assert receipt.path.is_file()


def test_an_export_that_fails_leaves_the_last_one(get: Get) -> None:
    rows()
    before = written().read_bytes()
    with pytest.raises(CommandError, match="没有任何数据"):
        call_command("tiles", "export", "city", bbox="0,0,0.1,0.1", zoom="10", stdout=StringIO())
    with pytest.raises(CommandError, match="瓦片过多"):
        call_command("tiles", "export", "city", bbox="-180,-80,180,80", zoom="0-22", stdout=StringIO())
    assert get("/tiles/export/city.pmtiles").sent == before
    make(Building, geom=square(WEST + 0.0005))
    after = written().read_bytes()
    assert before != after == get("/tiles/export/city.pmtiles").sent
    assert sorted(path.suffix for path in folder().iterdir()) == [".json", ".pmtiles"]


def test_an_archive_exchanged_before_it_is_opened_is_asked_for_again(get: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    rows()
    written()
    receipt = found("city")
    receipt.path.unlink()
    monkeypatch.setattr("tiles.export.answer.found", lambda name: receipt)
    answer = get("/tiles/export/city.pmtiles")
    assert (answer.status, answer.headers["Retry-After"]) == (503, "2")


def test_seeding_fills_a_servers_cache(server: str) -> None:
    from tiles.server import application

    rows()
    make(Area, code="310115005", geom=square(WEST - 0.001, SOUTH - 0.001, 0.004))
    out = StringIO()
    call_command("tiles", "seed", layers="buildings", area="310115005", zoom="14-16", server=server, stdout=out)
    assert "预制" in out.getvalue()
    used = application.supply.cache.used
    assert used > 0
    with pytest.raises(CommandError, match="没有图层"):
        call_command("tiles", "purge", layers="nothing", stdout=out)
    with pytest.raises(CommandError, match="没有代码为"):
        call_command("tiles", "seed", area="999", stdout=out)
    with pytest.raises(CommandError, match="无法访问"):
        call_command("tiles", "seed", layers="water", bbox=BOX, zoom="14", server="http://127.0.0.1:9", stdout=out)


@pytest.mark.parametrize("box", [BOX, ""])
def test_what_is_purged_is_cut_anew_near_and_far_out(
    tiles: Server, get: Get, monkeypatch: pytest.MonkeyPatch, box: str
) -> None:
    """Although no row changed, and what stands for rows far out is not gathered again for it."""
    make(Building)
    make(Building, geom=square(WEST + 0.5))
    catch_up()
    near, far, away = (f"/tiles/buildings/{tile_at(*at)}.mvt" for at in ((16,), (9,), (16, WEST + 0.5)))
    cuts: list[Tile] = []
    cut = tiles.supply._cut
    monkeypatch.setattr(tiles.supply, "_cut", lambda known, made, place: cuts.append(place) or cut(known, made, place))
    for _ in range(2):
        before = [get(path).sent for path in (near, far, away)]
    assert all(before)
    assert len(cuts) == 3
    out = StringIO()
    call_command("tiles", "purge", layers="buildings", bbox=box, stdout=out)
    assert "已作废" in out.getvalue()
    assert [get(path).sent for path in (near, far, away)] == before
    assert [place.z for place in cuts[3:]] == [16, 9] + ([] if box else [16])
    monkeypatch.setattr("tiles.coarse.keeping._make", lambda *_: pytest.fail("nothing changed"))
    catch_up()


@pytest.mark.parametrize("box", [BOX, ""])
def test_what_is_purged_at_some_zooms_is_cut_anew_there_alone(tiles: Server, get: Get, box: str) -> None:
    """The others keep their bytes, and open pages hear of what they have to ask for."""
    make(Building)
    catch_up()
    paths = {zoom: f"/tiles/buildings/{tile_at(zoom)}.mvt" for zoom in (16, 12, 10, 9, 8)}
    before = {zoom: get(path) for zoom, path in paths.items()}
    kept = {place.z: one for (_, place, _), one in tiles.supply.cache._kept.items()}
    tiles.supply.generations.hear()
    since = tiles.supply.generations.now().name
    call_command("tiles", "purge", layers="buildings", bbox=box, zoom="9-12", stdout=StringIO())
    assert {zoom: get(path).headers["ETag"] for zoom, path in paths.items()} == {
        zoom: one.headers["ETag"] for zoom, one in before.items()
    }
    now = {place.z: one for (_, place, _), one in tiles.supply.cache._kept.items()}
    assert {zoom for zoom in paths if now[zoom] is not kept[zoom]} == {9, 10, 12}
    told = ask(Live(tiles.supply), PATH, query=f"layers=buildings,water&since={since}").json["layers"]
    assert set(told) == {"buildings"}
    assert {deepest for *_, deepest in told["buildings"]} == {9, 10, 11, 12}
    for wrong in ("12-9", "9-99", "x"):
        with pytest.raises(CommandError, match="Zooms are"):
            call_command("tiles", "purge", zoom=wrong, stdout=StringIO())


@given(st.text(max_size=40), st.integers(1, 10**9))
def test_no_range_breaks_it(text: str, size: int) -> None:
    for header in (text, f"bytes={text}"):
        span = asked(header, size)
        assert span is None or span == NOWHERE or 0 <= span[0] <= span[1] < size


@pytest.mark.parametrize("box", [(1, 1, 0, 2, 0, 1), (0, 0, 1, 1, 5, 3), (0, 0, 1, 1, 0, 23), (-181, 0, 1, 1, 0, 1)])
def test_a_cover_that_cannot_be_is_refused(box: tuple[Any, ...]) -> None:
    with pytest.raises(Invalid):
        Cover(*box)
