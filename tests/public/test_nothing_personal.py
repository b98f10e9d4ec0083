"""R18: whoever reads all public data looking for a person, a plate or a flat finds none.

The invented town, and Lujiazui where its data are at hand, with a canary in every column and row that residents may
not see. Then everything a resident can ask for is asked for, and read. A list of ways out that is too short fails too:
it is compared with the URLs of Django's that there are, and with what `config.wsgi` answers before.
"""

from __future__ import annotations

import csv
import io
import json
import math
import re
import sqlite3
import struct
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import quote
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment
from zipfile import ZipFile

import pytest
from django.contrib.auth.models import User
from django.contrib.gis.geos import Polygon
from django.core.management import call_command
from django.db import connections
from django.test import Client, override_settings
from django.urls import URLPattern, get_resolver
from django.utils.timezone import localdate
from isal import isal_zlib
from mapbox_vector_tile.Mapbox import vector_tile_pb2
from pmtiles.reader import MemorySource, Reader, all_tiles

from config.wsgi import EXACT, PREFIXES
from layers import manifest, registry
from layers.scope import RESIDENT, Audience, Role
from tests.client import ask
from tests.public.canaries import WORD, plant
from tests.town import bring, copied, invented_town
from tiles import live
from tiles.live import Live
from tiles.server import Server, make
from tiles.statement import statement

pytestmark = pytest.mark.django_db
ZOOMS = range(18)
ENGLISH = range(10, 17)  # at the last of which everything with a name is drawn
EXPORT = "/tiles/export/city.pmtiles"
MORROW = localdate() + timedelta(days=1)
SATURDAY = MORROW + timedelta(days=(5 - MORROW.weekday()) % 7)
DEEPEST = 22
ALL = [layer.id for layer in registry.visible(RESIDENT)]

MOBILE = re.compile(r"(?<![\d.])1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?![\d.])")
IDENTITY = re.compile(r"(?<![\d.])[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?![\d.])")
PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z][·• ]?[A-Z0-9]{5,6}(?![A-Za-z0-9])"
)
FLAT = re.compile(r"\d+\s*(?:单元|室)|(?:单元|号楼|幢)\s*\d{3,4}")
PERSONAL = {"mobile": MOBILE, "identity": IDENTITY, "plate": PLATE, "flat": FLAT, "canary": re.compile(WORD)}
CHUNKS = {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS"}
DRAWN = ("facilities", "works", "areas")  # a point, a surface, a town
TERMS = (
    WORD, "张", "王", "李", "测试", "段长", "网格员", "监督员", "巡查", "户主", "电话", "138", "000-0000", "单元", "室",
    "101", "0101", "车牌", "苏E", "沪A", "摄像头", "监控", "camera", "管线", "给水", "燃气", "GX", "JS", "身份证",
    "TEST", "责任人", "公厕", "市场", "学校", "路", "街", "云汀", "网格", "社区", "医院", "桥", "公园", "bus",
    "park", "陆家嘴", "世纪",
)  # fmt: skip


@dataclass
class Given:
    """All that a resident was given: texts by the way they came, and how many answers there were of each sort."""

    texts: dict[str, str] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def take(self, sort: str, way: str, text: str) -> None:
        self.texts[way] = text
        self.counts[sort] = self.counts.get(sort, 0) + 1


@pytest.fixture(scope="module")
def town(django_db_setup: None, django_db_blocker: Any) -> Iterator[set[str]]:
    """Committed rows, for the tile server has connections of its own; the columns that hold a canary."""
    with django_db_blocker.unblock(), copied(invented_town):
        bring("facilities", "addresses")
        planted = plant()
        manifest.forget()
        yield planted
    manifest.forget()


@pytest.fixture(scope="module")
def given(town: set[str], tmp_path_factory: pytest.TempPathFactory) -> Given:
    """Everything, asked for by a browser that nobody has signed in, in either language."""
    found = Given()
    server = make()
    try:
        read_tiles(server, found)
        read_archive(server, found, tmp_path_factory.mktemp("var"))
        before_django(server, found)
    finally:
        server.supply.pool.close()
    read_pages(Client(), found, ways())
    read_pages(Client(headers={"Accept-Language": "en"}), found, in_english())
    return found


def read_pages(client: Client, found: Given, asked: Iterable[tuple[str, str]]) -> None:
    """What Django answers to each of these, as text."""
    for sort, way in asked:
        answer = client.get(way)
        assert answer.status_code == 200, way
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        if answer["Content-Type"] == "image/png":
            assert {kind for kind, _ in chunks(body)} <= CHUNKS, "a picture tells nothing beside what it shows"
        found.take(sort, way, OPENED.get(answer["Content-Type"], bytes.decode)(body))


def in_package(body: bytes) -> str:
    """Every text in a GeoPackage, those about it too."""
    with closing(sqlite3.connect(":memory:")) as database:
        database.deserialize(body)
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = (row for name in tables for row in database.execute(f'SELECT * FROM "{name}"'))
        return "\n".join(str(value) for row in rows for value in row if not isinstance(value, bytes))


def in_archive(body: bytes) -> str:
    """Every text in a zip of shapefiles: names, tables, what explains them."""
    with ZipFile(io.BytesIO(body)) as archive:
        told = [name for name in archive.namelist() if not name.endswith((".shp", ".shx"))]
        assert any(name.endswith(".dbf") for name in told)
        return "\n".join([*archive.namelist(), *(archive.read(name).decode(errors="replace") for name in told)])


FILES = {"facilities": "fgb", "roads": "gpkg", "addresses": "shp"}
"""In which form each collection is read as a file; all others as CSV."""
OPENED: dict[str, Callable[[bytes], str]] = {
    "image/png": lambda _: "",
    "application/flatgeobuf": partial(bytes.decode, errors="replace"),  # it is not packed, so its texts can be read
    "application/geopackage+sqlite3": in_package,
    "application/zip": in_archive,
}


def at_home(answered: WSGIApplication, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """As to somebody at the machine itself, who is told more."""
    return answered(environ | {"REMOTE_ADDR": "127.0.0.1"}, start_response)


def before_django(server: Server, found: Given) -> None:
    """What is answered without Django, but for tiles."""
    for path, answered in EXACT.items():
        answer = ask(partial(at_home, answered), path)
        assert answer.status in (200, 503), "ready or not"
        found.take("health", path, answer.body.decode())
    answer = ask(Live(server.supply), live.PATH, query=f"since=&layers={','.join(ALL)}")
    assert answer.status == 200
    found.take("live", live.PATH, answer.body.decode())


LENGTHS = re.compile(rb"\d+\.\d+(?:e-?\d+)?")
"""Of a tile's margin, which halves from zoom to zoom, and of its units to a metre, which double."""


def read_tiles(server: Server, found: Given) -> None:
    """Every tile of every public layer to zoom 17 over all there is: in deeper ones the same statement draws the same
    rows larger. At zoom 18 the tiles of what is hidden are read all the same."""
    for document in (*(f"/tiles/{name}.json" for name in ALL), "/tiles/style.json"):
        found.take("document", document, ask(server, document).body.decode())
    layers = tuple(registry.visible(RESIDENT))
    deep = [statement(layers, RESIDENT, zoom).sql for zoom in range(ZOOMS[-1], DEEPEST + 1)]
    assert len({LENGTHS.sub(b"?", sql) for sql in deep}) == 1, (
        "deeper tiles are cut by another statement: read them too"
    )
    for one, other in pairwise([float(length) for length in LENGTHS.findall(sql)] for sql in deep):
        assert {b / a for a, b in zip(one, other, strict=True) if a != b} == {0.5, 2}, (
            "nor do more rows have their size"
        )
    every = boxes()
    hidden = [(lon, lat, lon, lat) for lon, lat in spots()]
    beyond = ZOOMS[-1] + 1
    where = [*((zoom, "", every) for zoom in ZOOMS), (beyond, "", hidden)]
    where += [*((zoom, "en/", every) for zoom in ENGLISH), (beyond, "en/", hidden)]
    for zoom, language, ground in where:
        for x, y in squares(zoom, ground):
            way = f"/tiles/{language}{','.join(ALL)}/{zoom}/{x}/{y}.mvt"
            answer = ask(server, way)
            assert answer.status in (200, 204)
            found.take("tile", way, in_tile(answer.body))


def in_tile(body: bytes) -> str:
    """The keys and the texts of a tile, a line each."""
    tile = vector_tile_pb2.tile()
    tile.ParseFromString(body)
    said = [value.string_value for layer in tile.layers for value in layer.values if value.string_value]
    return "\n".join([*sorted({f"{layer.name}.{key}" for layer in tile.layers for key in layer.keys}), *said])


def read_archive(server: Server, found: Given, var: Path) -> None:
    """The tiles, and what is said of them, in an archive about the last of what is hidden."""
    lon, lat = spots()[-1]
    box = f"{lon - 0.002},{lat - 0.002},{lon + 0.002},{lat + 0.002}"
    with override_settings(VAR=var):
        call_command("tiles", "export", "city", bbox=box, zoom="15-17", stdout=io.StringIO())
        archive = MemorySource(ask(server, EXPORT).body)
    found.take("archive", EXPORT, json.dumps(Reader(archive).metadata(), ensure_ascii=False))
    for place, packed in all_tiles(archive):
        found.take("archive", f"{EXPORT}/{'/'.join(map(str, place))}.mvt", in_tile(isal_zlib.decompress(packed, 31)))


Box = tuple[float, float, float, float]


def squares(zoom: int, ground: list[Box]) -> set[tuple[int, int]]:
    """The tiles over some boxes: x and y."""
    side = 2**zoom
    found: set[tuple[int, int]] = set()
    for west, south, east, north in ground:
        left, right = (math.floor((lon + 180) / 360 * side) for lon in (west, east))
        top, bottom = (
            math.floor((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * side) for lat in (north, south)
        )
        found |= {(x, y) for x in range(left, right + 1) for y in range(top, bottom + 1)}
    return found


def boxes() -> list[Box]:
    """Small boxes around everything public: the cells of a grid of about a hundred metres that something touches. Where
    much is spread out, where something is."""
    union = " UNION ALL ".join(
        f'SELECT shape FROM "{layer.model._meta.db_table}"' for layer in registry.visible(RESIDENT)
        if layer.style.kind == "point" or layer.id in ("fences", "works", "zoning", "buildings")
    )  # fmt: skip
    sql = (
        "SELECT DISTINCT ON (c.i, c.j) ST_XMin(b), ST_YMin(b), ST_XMax(b), ST_YMax(b) FROM"
        f" (SELECT shape FROM ({union}) u) s, LATERAL ST_SquareGrid(150, s.shape) c,"
        " LATERAL ST_Transform(c.geom, 4326) b ORDER BY c.i, c.j"
    )
    with connections["default"].cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def ways() -> Iterator[tuple[str, str]]:
    """Every other way out, with enough questions on each that every layer and every column is answered."""
    yield "manifest", "/api/manifest"
    yield "page", "/map"
    yield "page", "/map?lang=en"
    yield "page", "/map?lang=zh"  # the choice is kept
    yield "page", "/field/app.webmanifest"
    yield "page", "/field/worker.js"
    for term in TERMS:
        yield "search", f"/api/search?q={quote(term)}"
    for name in ALL:
        for form in ("csv", "geojson"):
            yield "export", f"/api/export/{name}.{form}"
        layer = registry.get(name, RESIDENT)
        for pk in layer.rows_for(RESIDENT).order_by("pk").values_list("pk", flat=True)[:10]:
            yield "card", f"/api/features/{name}/{pk}"
        pk = layer.rows_for(RESIDENT).values_list("pk", flat=True).first()
        for form in ("", ".json", ".qr.svg", ".qr.png"):
            yield "share", f"/p/{name}:{pk}{form}"
        if name in DRAWN:
            yield "picture", f"/p/{name}:{pk}.png"
        yield "feed", f"/follow/{name}:{pk}.atom"
        yield "changes", f"/api/changes?place={name}:{pk}&days=400&limit=200"
    road = registry.get("roads", RESIDENT).rows_for(RESIDENT).exclude(name="").values_list("pk", flat=True)[0]
    yield "feed", f"/follow/road/{road}.atom"
    yield "changes", "/api/changes?days=400&limit=200"
    yield "works", "/api/works?limit=200"
    yield "works", f"/api/works?road={WORD}"
    yield "list", f"/api/list?layers={','.join(ALL)}&limit=200"
    yield from questions()
    yield from collections()
    for lon, lat in spots():
        where = f"lon={lon}&lat={lat}"
        yield "at", f"/api/at?{where}"
        yield "reverse", f"/api/reverse?{where}"
        yield "near", f"/api/near?{where}&limit=100"
        yield "near", f"/api/near?kind=camera&{where}"
        yield "near", f"/api/near?kind=market,stall,toilet,bin&{where}&limit=200&at={MORROW}T07:30"
        yield "near", f"/api/near?kind=market,stall,toilet,bin&{where}&limit=200&at={SATURDAY}T09:30"
        yield "here", f"/api/here?{where}&at={MORROW}T07:30"
        yield "here", f"/api/here?{where}&at={MORROW}T22:30"
        yield "here", f"/api/here?{where}&at={SATURDAY}T09:30"
        yield "list", f"/api/list?layers={','.join(ALL)}&{where}&limit=30"


def questions() -> Iterator[tuple[str, str]]:
    """Lines of addresses, and what lies in a shape, along segments and where streets meet."""
    for line in ("云汀试验路", "陆家嘴环路1000号", "世纪大道", "桑园社区", "公厕"):  # an answer repeats what was asked
        yield "locate", f"/api/locate?q={quote(line)}"
    lon, lat = spots()[-1]
    box = Polygon.from_bbox((lon - 0.001, lat - 0.001, lon + 0.001, lat + 0.001)).wkt
    yield "within", f"/api/within?layers={','.join(ALL)}&limit=200&shape={quote(box)}"
    yield "within", f"/api/shape?shape={quote(box)}"
    yield "within", f"/api/within?layers={','.join(ALL)}&limit=200&lon={lon}&lat={lat}&reach=200"
    yield "days", "/api/days"
    yield "words", "/map/words/ask.json?lang=zh"
    yield "words", "/map/words/field.json?lang=zh"
    segments = registry.get("segments", RESIDENT).rows_for(RESIDENT).exclude(code="").order_by("-pk")
    for code in segments.values_list("code", flat=True)[:5]:
        yield "along", f"/api/along?segment={quote(code)}&limit=200"
    yield "crossings", f"/api/crossings?a={quote('云汀大道')}&b={quote('芦汀路')}"


def collections() -> Iterator[tuple[str, str]]:
    """Every page of the OGC API."""
    for page in ("", "/conformance", "/api", "/collections", "/tileMatrixSets", "/tileMatrixSets/WebMercatorQuad"):
        yield "ogc", f"/ogc{page}"
    for name in ALL:
        one = f"/ogc/collections/{name}"
        pk = registry.get(name, RESIDENT).rows_for(RESIDENT).order_by("-pk").values_list("pk", flat=True).first()
        tiles = ("/tiles", "/tiles/WebMercatorQuad")
        for page in ("", "/schema", "/queryables", "/sortables", *tiles, "/items?limit=1000", f"/items/{pk}"):
            yield "ogc", f"{one}{page}"
        yield "ogc", f"{one}/items?f={FILES.get(name, 'csv')}"


def in_english() -> Iterator[tuple[str, str]]:
    """What has other words for who reads English, or for who looks at it as a page."""
    for part in ("ask", "field"):
        yield "words", f"/map/words/{part}.json?lang=en"
    for page in ("", "/conformance", "/collections", "/tileMatrixSets"):
        yield "ogc", f"/ogc{page}?f=html"
    for name in ALL:
        pk = registry.get(name, RESIDENT).rows_for(RESIDENT).values_list("pk", flat=True).first()
        yield "share", f"/p/{name}:{pk}?lang=en"
        yield "feed", f"/follow/{name}:{pk}.atom?lang=en"
        yield "ogc", f"/ogc/collections/{name}/items/{pk}?f=html"
    for page in ("", "/schema", "/items"):
        yield "ogc", f"/ogc/collections/facilities{page}?f=html"
    for file in ("facilities.csv", "fences.csv", "works.geojson"):
        yield "export", f"/api/export/{file}?lang=en"


def spots() -> list[tuple[float, float]]:
    """A few corners of every place there is data of, and the places of what is hidden."""
    zoning = registry.get("zoning", RESIDENT).rows_for(RESIDENT)
    some = [row.geom[0] for row in zoning.order_by("pk")[:: max(1, zoning.count() // 3)]]
    staff = Audience(Role.ADMIN)
    hidden = [row.geom.point_on_surface.coords[:2] for name in ("rooms", "grids", "fences", "addresses")
              for row in registry.get(name, staff).rows_for(staff).order_by("-pk")[:1]]  # fmt: skip
    return [(round(lon, 6), round(lat, 6)) for lon, lat, *_ in [*some, *hidden]]


def chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        at += 12 + length


def test_every_way_out_was_tried(given: Given) -> None:
    """A new URL must be read here, or be named as one that gives nothing."""
    silent = {"", "accounts/", "accounts/tokens/<int:pk>", "accounts/login/", "accounts/logout/", "favicon.ico",
              "p/plates.pdf", "field", "api/field/pack",
              "api/field/pieces"}  # fmt: skip
    asked = {way.partition("?")[0].lstrip("/") for way in given.texts}
    for pattern in routes():
        text = str(pattern.pattern)
        if text in silent or text.startswith(("import", "api/import", "check", "api/check", "api/raster", "rasters")):
            continue
        assert any(pattern.resolve(way) for way in asked), f"{text} is not read by this test"
    assert set(given.counts) == {
        "tile", "archive", "document", "manifest", "page", "search", "export", "card", "share", "picture", "feed",
        "changes", "works", "list", "near", "here", "at", "locate", "reverse", "within", "along", "crossings", "ogc",
        "days", "words", "health", "live",
    }  # fmt: skip
    assert given.counts["tile"] > 100
    for name, form in (*FILES.items(), ("segments", "csv")):
        assert "云汀大道" in given.texts[f"/ogc/collections/{name}/items?f={form}"], "it was opened"
    assert any("addresses.number" in text for way, text in given.texts.items() if way.startswith(f"{EXPORT}/"))
    assert {prefix for prefix, _ in PREFIXES} == {"/tiles/", "/live/"}, "what else is answered before Django?"
    assert {way for way in given.texts if way in EXACT} == EXACT.keys()
    assert Client().get("/accounts/").status_code == 302, "an account is its owner's"
    for refused in ("/api/field/pack?area=1", "/api/field/pieces?lon=120.03&lat=31.27"):
        assert Client().get(refused).status_code == 403, "what is taken along is for staff"


def routes() -> list[URLPattern]:
    found = next(part for part in get_resolver().url_patterns if getattr(part, "urlconf_name", None) is not None
                 and getattr(part.urlconf_name, "__name__", "") == "frontend.urls")  # fmt: skip
    return [part for part in found.url_patterns if isinstance(part, URLPattern)]


@pytest.mark.parametrize("what", PERSONAL)
def test_nothing_personal_is_given(given: Given, what: str) -> None:
    ours = {way: text for way, text in given.texts.items() if what != "flat" or invented(text)}
    leaks = {way: match[0] for way, text in ours.items() if (match := PERSONAL[what].search(text))}
    assert not leaks, dict(list(leaks.items())[:5])


def invented(text: str) -> bool:
    """Whether an answer is of the town alone: a real shop may name its room in its address, that is its own to tell."""
    return "OpenStreetMap" not in text


def test_no_cameras_pipes_or_rooms_are_given(given: Given) -> None:
    for name in ALL:
        rows = csv.DictReader(io.StringIO(given.texts[f"/api/export/{name}.csv"].lstrip("\ufeff")))
        if name == "facilities":
            assert {row["种类"] for row in rows}.isdisjoint({"监控电子眼", "camera"})
    assert {"pipes", "pipe-nodes", "pipe-findings", "rooms", "rolls", "rasters"}.isdisjoint(ALL)
    tiles = [text for way, text in given.texts.items() if way.startswith("/tiles/") and way.endswith(".mvt")]
    assert not any("camera" in text.split("\n") for text in tiles)
    cameras = [way for way in given.texts if "kind=camera" in way]
    assert cameras
    assert all(json.loads(given.texts[way])["items"] == [] for way in cameras)


def test_tiles_carry_the_keys_of_residents_only(given: Given) -> None:
    allowed = {
        f"{layer.id}.{field.key}" for layer in registry.visible(RESIDENT) for field in layer.tile_fields(RESIDENT)
    }
    for way, text in given.texts.items():
        if way.endswith(".mvt"):
            assert {line for line in text.split("\n") if re.fullmatch(r"[a-z-]+\.[a-z_]+", line)} <= allowed


def test_the_canaries_are_there_and_staff_hear_them(town: set[str]) -> None:
    """The trap works: what is planted is in the tables, in the columns that matter, and reaches those entitled."""
    assert {
        "spatial_grid.person", "spatial_grid.phone", "spatial_segmenthead.name", "spatial_segmenthead.phone",
        "spatial_gridinspector.name", "spatial_gridinspector.phone", "spatial_facility.owner", "spatial_building.code",
        "spatial_room.number", "spatial_room.code", "spatial_works.applicant", "spatial_works.conditions",
        "spatial_pipesegment.code", "spatial_pipenode.code", "spatial_pipefinding.note", "spatial_address.code",
    } <= town, "a column that must hold a canary holds none"  # fmt: skip
    client = Client()
    client.force_login(User.objects.get(username__startswith=WORD))
    grid = registry.get("grids", RESIDENT).rows_for(RESIDENT).first()
    assert WORD in client.get(f"/api/features/grids/{grid.pk}").content.decode()
    assert WORD in client.get("/api/near?kind=camera&lon=120&lat=31").content.decode()
    assert WORD in client.get(f"/api/search?q={WORD}").content.decode()
    assert WORD not in client.get("/api/export/grids.csv").getvalue().decode(), "an export is public whoever asks"


@pytest.mark.parametrize(
    ("what", "text"),
    [("mobile", "联系 13812345678"), ("mobile", "138-1234-5678"), ("identity", "320505199003071234"),
     ("plate", "苏E12345"), ("plate", "沪A·D12345"), ("flat", "3单元"), ("flat", "502室"), ("canary", f"x{WORD}y")],
)  # fmt: skip
def test_what_is_looked_for_would_be_found(what: str, text: str) -> None:
    assert PERSONAL[what].search(text)
