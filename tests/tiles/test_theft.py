"""Somebody tries to read what is not theirs, by every way out there is: each secret, as each kind of person."""

from __future__ import annotations

import copy
import dataclasses
import hashlib
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, partial
from io import StringIO
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import mapbox_vector_tile
import numpy as np
import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core import signing
from django.core.management import CommandError, call_command
from django.db.backends.postgresql.psycopg_any import DateRange, DateTimeTZRange
from django.test import Client, override_settings
from django.utils import timezone
from django.utils.timezone import localdate
from isal import isal_zlib
from pmtiles.reader import Reader, all_tiles

from config.door import OPEN, Door
from config.rsgi import Front
from gis.ingest import images
from gis.ingest.pyramids import build
from gis.models import (
    Address,
    Area,
    Building,
    Facility,
    FenceVersion,
    Grid,
    PipeFinding,
    PipeNode,
    PipeSegment,
    Raster,
    Roll,
    Room,
    Segment,
    SegmentHead,
    Works,
    Zoning,
)
from layers import manifest, registry, tokens
from layers.coarse import Counts
from layers.layer import Layer
from layers.models import Account, Ended, Epoch, Inquiry, Token
from layers.scope import COOKIE, LIFETIME_S, RESIDENT, STAFF, Audience, Bearer, Role, _prove, sign
from tests.client import Answer, ask, program
from tests.factories import SOUTH, WEST, dot, line, make, make_at, square, tile_at
from tests.rsgi import got, scope
from tests.tiles.raster import geotiff, placed
from tiles.live import Live
from tiles.pool import Pool
from tiles.server import Server, failure, route
from tiles.supply import Supply

pytestmark = pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")  # rasterio's own use of affine
Get = Callable[..., Answer]
DRAWERS = frozenset({Role.PLANNER, Role.MANAGER, Role.ADMIN})
NOBODY: frozenset[Role] = frozenset()
ZOOM = 18


@dataclass(frozen=True)
class Secret:
    """A text that is in the database, and who may read it: roles, in which areas when its layer is kept to them, with
    which grant. ``drawn`` is what tiles carry."""

    text: str
    readers: frozenset[Role]
    kept: str = ""
    grant: str = ""
    drawn: bool = False

    def read_by(self, who: Audience, areas: dict[str, str]) -> bool:
        """Whether an audience may read it; ``areas`` has the keys of "home" and "away"."""
        near = not self.kept or who.area in ("", areas[self.kept])
        return who.role in self.readers and near and (not self.grant or self.grant in who.grants)


SECRETS = (
    Secret("GX-PIPE-7001", STAFF, "home", drawn=True),
    Secret("GD-NODE-7002", STAFF, "home", drawn=True),
    Secret("YH-NOTE-7003", STAFF, "home"),
    Secret("ROOM-7004", STAFF - {Role.PLANNER}, "home", drawn=True),
    Secret("UNIT-7005", STAFF),
    Secret("FLAT-7006", STAFF),
    Secret("密道7007", STAFF),  # the street of an address that is a flat
    Secret("PERSON-7008", STAFF),
    Secret("139-7009", STAFF, grant="contacts"),
    Secret("LD-CODE-7010", STAFF),
    Secret("FENCE-DRAFT-7011", DRAWERS, drawn=True),
    Secret("OWNER-7012", STAFF),
    Secret("NAME-7013", NOBODY),
    Secret("IDENTITY-7014", NOBODY),
    Secret("AWAY-PIPE-7015", STAFF, "away", drawn=True),
    Secret("CAMERA-7016", STAFF, drawn=True),
    Secret("IMAGE-7017", STAFF, drawn=True),
    Secret("WORKS-OFF-7018", STAFF, drawn=True),
    Secret("HEAD-7019", STAFF),
    Secret("137-7020", STAFF, grant="contacts"),
)


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Raster]:
    """A photograph that is registered but for its row, and the $VAR that holds the copy that is served."""
    var = tmp_path_factory.mktemp("images")
    where = placed("EPSG:4549", 10.0, lon=WEST - 0.001)
    path = geotiff(var / "IMAGE-7017.tif", np.full((3, 64, 64), 70, "uint8"), transform=where)
    with override_settings(VAR=var):
        raster = images.described(path, None)
        raster.sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        build(path, raster.sha256)
    return var, raster


@pytest.fixture
def rows(transactional_db: None, settings: Any, image: tuple[Path, Raster]) -> Iterator[dict[str, list[int]]]:
    """A city of secrets; the keys of its rows by layer."""
    settings.VAR, raster = image[0], copy.deepcopy(image[1])
    raster.save()
    room = make(Room, number="ROOM-7004")
    Roll.objects.create(room=room, name="NAME-7013", identity="IDENTITY-7014", phone="NAME-7013", relation="户主")
    street = make(Segment)
    SegmentHead.objects.create(segment=street, level=1, title="街长", name="HEAD-7019", phone="137-7020")
    made = [
        room,
        street,
        make(PipeSegment, code="GX-PIPE-7001"),
        make(PipeSegment, code="AWAY-PIPE-7015", geom=line(WEST + 1)),
        make(PipeNode, code="GD-NODE-7002"),
        make(PipeFinding, note="YH-NOTE-7003"),
        make(Address, road="密道7007", unit="UNIT-7005", room="FLAT-7006"),
        make(Grid, person="PERSON-7008", phone="139-7009", geom=square()),
        make(Building, code="LD-CODE-7010"),
        make(FenceVersion, state="draft", name="FENCE-DRAFT-7011"),
        make(Facility, owner="OWNER-7012"),
        make(Facility, kind="camera", name="CAMERA-7016"),
        raster,
        make(Works, name="WORKS-OFF-7018", state="cancelled"),
    ]
    manifest.forget()
    yield {layer.id: [row.pk for row in made if isinstance(row, layer.model)] for layer in registry.every()}
    manifest.forget()


@pytest.fixture
def home(rows: dict[str, list[int]]) -> Area:
    """The area of the staff: all the secrets but one lie in it."""
    found: Area = make(Area, geom=square(WEST - 0.01, SOUTH - 0.01, 0.05))
    return found


class Once(Pool):
    """Has PostgreSQL cut each tile once: while no row changes, the same statement, read for residents or for staff at
    the same place, has one answer; that each kind of staff may read its own is tested with the wall. Which of the
    answers that are kept is whose is for the server to know."""

    def __init__(self) -> None:
        super().__init__()
        self.cut: dict[tuple[bytes, str, bool], list[tuple[Any, ...]]] = {}

    def rows(self, sql: bytes, parameters: Sequence[Any] = (), role: Role | None = None) -> list[tuple[Any, ...]]:
        if b"ST_AsMVT(" not in sql:
            return super().rows(sql, parameters, role)
        asked = sql, repr(parameters), role is Role.RESIDENT
        if asked not in self.cut:
            self.cut[asked] = super().rows(sql, parameters, role)
        return self.cut[asked]


@pytest.fixture
def still(home: Area) -> Iterator[Get]:
    """``get`` over a city in which nothing is edited."""
    server = Server(Supply(Once()))
    yield partial(ask, server)
    server.supply.pool.close()


def person(role: Role, area: Area) -> tuple[Audience, Client]:
    """Somebody of a role, signed in."""
    client = Client()
    if role is Role.RESIDENT:
        return RESIDENT, client
    user = User.objects.create_user(f"{role}", is_staff=True)
    user.groups.add(Group.objects.get_or_create(name=role.value)[0])
    Account.objects.create(user=user, area=area, grants=["contacts"])
    client.force_login(user)
    return Audience(role, str(area.pk), frozenset(["contacts"])), client


def tile_paths() -> list[str]:
    ids = [layer.id for layer in registry.every()]
    places = [tile_at(ZOOM, WEST, SOUTH), tile_at(ZOOM, WEST + 0.0001, SOUTH), tile_at(ZOOM, WEST + 1, SOUTH)]
    cut = [f"/tiles/{name}/{place}.mvt" for name in ids for place in places]
    mixed = [f"/tiles/{','.join(pair)}/{places[0]}.mvt" for pair in pairwise(ids)]
    mixed += [f"/tiles/en/{name}/{places[0]}.mvt" for name in ids]
    return [*cut, *mixed, *(f"/tiles/{name}.json" for name in ids), "/tiles/style.json"]


def page_paths(rows: dict[str, list[int]]) -> list[str]:
    cards = [f"/api/features/{name}/{pk}" for name, keys in rows.items() for pk in keys]
    words = [secret.text for secret in SECRETS]
    searches = [f"/api/search?q={word}" for text in words for word in (text, text[:-2].lower())]
    here = f"lon={WEST}&lat={SOUTH}"
    lists = [f"/api/list?layers={name}&{here}&limit=200{why(name)}" for name in rows]
    asked = [f"/api/near?{here}&limit=200", "/api/works", f"/api/here?{here}", f"/api/changes?{here}&days=400"]
    taken = [f"/api/export/{name}.{form}" for name in rows for form in ("csv", "geojson")]
    taken += [f"/ogc/collections/{name}/items?f={form}{why(name)}" for name in rows for form in ("json", "html", "csv")]
    taken += ["/ogc/collections/facilities/items?f=fgb"]
    box = f"bbox={WEST - 0.001},{SOUTH - 0.001},{WEST + 0.009},{SOUTH + 0.009}"
    taken += [
        f"/api/field/pack?{box}",
        f"/api/field/pack?{box}&rooms=1",
        f"/api/field/pieces?{here}&{box}",
        f"/api/at?{here}",
        f"/api/shape?{here}&reach=500",
        "/api/days",
        *(f"/api/within?{here}&reach=500&layers={name}&limit=200{why(name)}" for name in rows if name != "rasters"),
        *(f"/api/shape?place={name}:{pk}&reach=5" for name, keys in rows.items() for pk in keys),
    ]
    links = [f"/p/{name}:{pk}.json" for name, keys in rows.items() for pk in keys]  # the page says the same
    links += [f"/p/{text}" for text in words]
    return ["/map", "/api/manifest", *cards, *searches, *links, *lists, *asked, *taken]


def why(name: str) -> str:
    """A purpose, where one must be named."""
    return "&purpose=theft" if any(layer.id == name and layer.guarded for layer in registry.every()) else ""


def told(answer: Any) -> bytes:
    """The body, and where it leads; not the words of the question, which an error may repeat."""
    if answer.status_code >= 400:
        return b""
    body = answer.getvalue() if answer.streaming else answer.content
    return bytes(body) + str(answer.headers.get("Location", "")).encode()


@pytest.mark.parametrize("role", list(Role))
def test_nobody_reads_what_is_not_theirs(still: Get, rows: dict[str, list[int]], home: Area, role: Role) -> None:
    admin = Audience(Role.ADMIN)
    for path in tile_paths():
        still(path, admin)  # whatever may be kept is kept now
    who, client = person(role, home)
    seen = b"\n".join(still(path, who).body for path in tile_paths())
    seen += b"\n".join(told(client.get(path)) for path in page_paths(rows))
    assert misread(seen, who, home) == ([], [])


def misread(seen: bytes, who: Audience, home: Area) -> tuple[list[str], list[str]]:
    """What was read that is not theirs, and what was not that is."""
    areas = {"home": str(home.pk), "away": "-"}
    stolen = [s.text for s in SECRETS if s.text.encode() in seen and not s.read_by(who, areas)]
    lost = [s.text for s in SECRETS if s.text.encode() not in seen and s.read_by(who, areas)]
    return stolen, lost


def test_a_program_reads_what_its_token_opens_and_nothing_when_that_is_revoked(
    tiles: Server, rows: dict[str, list[int]], home: Area
) -> None:
    """An administrator's: it opens what a manager sees."""
    person(Role.ADMIN, home)
    token = tokens.make(User.objects.get(), "QGIS", 30)
    who = Audience(Role.MANAGER, str(home.pk), frozenset(["contacts"]))
    client, door = program(token, tiles.supply.gate), Door(tiles, tiles.supply.gate)
    seen = b"\n".join(ask(door, path, AUTHORIZATION=f"Bearer {token}").body for path in tile_paths()[::4])
    paths = [path for path in page_paths(rows) if not path.startswith(("/api/search", "/api/export"))]
    seen += b"\n".join(told(client.get(path)) for path in paths)
    assert misread(seen, who, home) == ([], [])
    assert set(Inquiry.objects.values_list("token", flat=True)) == {"QGIS"}
    Token.objects.all().delete()
    kept = (path for path in (*tile_paths(), *page_paths(rows)) if path.startswith(OPEN))
    assert {path for path in kept if ask(door, path, AUTHORIZATION=f"Bearer {token}").status != 401} == set()


@pytest.mark.parametrize("role", sorted(STAFF))
def test_who_lacks_the_grant_finds_the_number_nowhere(rows: dict[str, list[int]], home: Area, role: Role) -> None:
    _, client = person(role, home)
    Account.objects.update(grants=[])
    paths = [*page_paths(rows), *(f"/admin/spatial/grid/{pk}/change/" for pk in rows["grids"]), "/admin/spatial/grid/"]
    User.objects.update(is_staff=True)
    User.objects.get().user_permissions.add(*Permission.objects.filter(codename__in=("view_grid", "change_grid")))
    said = {path: told(client.get(path)) for path in paths}
    assert b"PERSON-7008" in b"".join(said.values())
    assert [path for path, text in said.items() if b"139-7009" in text or b"137-7020" in text] == []
    assert b"PERSON-7008" not in told(client.get("/admin/spatial/grid/?q=139-7009")), "nor is it looked for"


ZOOMS = (4, 6, 9, 11, 12, 13, 14, 15, 16, 17, 18, 20)


def raw_paths(rows: dict[str, list[int]]) -> list[str]:
    """All that is answered before Django: tiles at many zooms, alone and together, and every document."""
    ids = [layer.id for layer in registry.every()]
    places = dict.fromkeys(tile_at(zoom, lon, SOUTH) for zoom in ZOOMS for lon in (WEST, WEST + 1))
    together = [f"/tiles/{','.join(ids)}/{place}.mvt" for place in places]
    return [*(f"/tiles/{one}/{place}.mvt" for one in ids for place in places), *together, *image_paths(rows),
            *(f"/tiles/{one}.json" for one in ids), "/tiles/style.json"]  # fmt: skip


def image_paths(rows: dict[str, list[int]]) -> list[str]:
    """An image: what it is, and its pixels."""
    ends = (".json", f"/{tile_at(15)}.png", f"/{tile_at(17)}@2x.webp")
    return [f"/tiles/raster/{pk}{end}" for pk in rows["rasters"] for end in ends]


@cache
def decoded(tile: bytes) -> str:
    """A tile in words; many are given the same one."""
    return json.dumps(mapbox_vector_tile.decode(tile), ensure_ascii=False, default=str)


def plain(path: str, answer: Answer) -> str:
    """All that an answer says, decoded: keys, values and names of a tile, a document as JSON, headers."""
    if answer.status not in (200, 304, 204):
        return ""
    said = decoded(answer.body) if path.endswith(".mvt") else answer.body.decode("utf-8", "replace")
    return said + json.dumps(answer.headers)


def audiences(role: Role, areas: dict[str, str]) -> list[Audience]:
    """Everybody of a role: of either area, of none and of the whole city, with grants and without."""
    if role is Role.RESIDENT:
        return [RESIDENT]
    grants = (frozenset[str](), frozenset(["contacts"]))
    return [Audience(role, area, given) for area, given in product((*areas.values(), "", "0"), grants)]


@pytest.mark.parametrize("role", list(Role))
def test_no_byte_of_what_is_kept_is_anothers(still: Get, rows: dict[str, list[int]], home: Area, role: Role) -> None:
    away = make(Area, geom=square(WEST + 0.99, SOUTH - 0.01, 0.05))
    areas = {"home": str(home.pk), "away": str(away.pk)}
    paths = raw_paths(rows)
    tags = {path: still(path, Audience(Role.ADMIN)).headers.get("ETag", '"x"') for path in paths}  # and now it is kept
    for who in audiences(role, areas):
        own = {path: still(path, who) for path in paths}
        assert {own[path].status for path in image_paths(rows)} == {404 if who.public else 200}
        said = {path: plain(path, answer) for path, answer in own.items()}
        seen = "".join(said.values())
        stolen = [s.text for s in SECRETS if s.text in seen and not s.read_by(who, areas)]
        lost = [s.text for s in SECRETS if s.drawn and s.text not in seen and s.read_by(who, areas)]
        assert (who, stolen, lost) == (who, [], [])
        hidden = {layer.id for layer in registry.every()} - {layer.id for layer in registry.visible(who)}
        assert not any(f'"{name}' in said["/tiles/style.json"] for name in hidden), "not even that there are such"
        fields = {f.key for layer in registry.every() for f in layer.fields if f.grant and not f.seen_by(who)}
        assert not any(f'"{key}"' in seen for key in fields)
        for path in paths[:: len(ZOOMS)]:  # an old tag of an administrator's is no key
            same = tags[path] == own[path].headers.get("ETag")
            assert still(path, who, IF_NONE_MATCH=tags[path]).status == (304 if same else own[path].status)


EXPORT = "/tiles/export/city.pmtiles"
BOX = f"{WEST - 0.002},{SOUTH - 0.002},{WEST + 0.004},{SOUTH + 0.004}"


@pytest.fixture
def exported(rows: dict[str, list[int]], settings: Any, tmp_path: Path) -> dict[str, list[int]]:
    """What residents see of the city of secrets, as an archive."""
    settings.VAR = tmp_path / "var"
    call_command("tiles", "export", "city", bbox=BOX, zoom="6-18", stdout=StringIO())
    return rows


def by_ranges(get: Get, who: Audience) -> Callable[[int, int], bytes]:
    """The archive as a reader of PMTiles asks for it: a span at a time."""

    def piece(offset: int, length: int) -> bytes:
        answer = get(EXPORT, who, RANGE=f"bytes={offset}-{offset + length - 1}")
        assert (answer.status, len(answer.sent)) == (206, length)
        return answer.sent

    return piece


def test_an_export_holds_for_everybody_what_residents_see(get: Get, exported: dict[str, list[int]], home: Area) -> None:
    carried = {layer.id: {f.key for f in layer.tile_fields(RESIDENT)} for layer in registry.visible(RESIDENT)}
    for role in Role:
        piece = by_ranges(get, person(role, home)[0])
        tiles = [mapbox_vector_tile.decode(isal_zlib.decompress(packed, 31)) for _, packed in all_tiles(piece)]
        said = json.dumps([Reader(piece).metadata(), tiles], ensure_ascii=False, default=str)
        assert "陆家嘴公厕" in said, role
        stolen = [s.text for s in SECRETS if s.text in said and not s.read_by(RESIDENT, {"home": "-", "away": "-"})]
        assert (role, stolen) == (role, [])
        for name, layer in ((name, layer) for tile in tiles for name, layer in tile.items()):
            keys = {key for feature in layer["features"] for key in feature["properties"]}
            assert keys - {"count", "share", "room"} <= carried[name.removesuffix(":words")], name


def taken_back(layer: Layer, how: str) -> Layer:
    """The layer with less of it for residents: all of it, one of its fields, some of its rows."""
    if how == "layer":
        return dataclasses.replace(layer, audience=STAFF)
    if how == "rows":
        return dataclasses.replace(layer, select=lambda rows, _: rows.exclude(name="陆家嘴公厕"))
    fewer = tuple(dataclasses.replace(f, audience=STAFF) if f.name == "name" else f for f in layer.fields)
    return dataclasses.replace(layer, fields=fewer)


@pytest.mark.parametrize("how", ["layer", "field", "rows"])
def test_an_export_of_what_was_taken_back_since_is_handed_to_nobody(
    get: Get, tiles: Server, exported: dict[str, list[int]], how: str
) -> None:
    tag = get(EXPORT).headers["ETag"]
    declared = registry.get("facilities", RESIDENT)
    registry._layers["facilities"] = taken_back(declared, how)
    try:
        for who in (RESIDENT, *(Audience(role) for role in sorted(STAFF))):
            for asked in (
                {},
                {"RANGE": "bytes=0-126"},
                {"IF_NONE_MATCH": tag},
                {"RANGE": "bytes=0-9", "IF_RANGE": tag},
            ):
                assert get(EXPORT, who, **asked).status == 404
            assert ask(tiles, EXPORT, who, method="HEAD").status == 404
    finally:
        registry._layers["facilities"] = declared
    assert get(EXPORT).status == 200


def test_no_layer_that_residents_lack_can_be_exported_or_named_as_one(
    get: Get, exported: dict[str, list[int]], tmp_path: Path
) -> None:
    receipt = tmp_path / "var" / "exports" / "city.json"
    told = json.loads(receipt.read_text())
    for layer in registry.every():
        if layer.visible_to(RESIDENT):
            continue
        with pytest.raises(CommandError):
            call_command("tiles", "export", "stolen", layers=layer.id, bbox=BOX, zoom="14", stdout=StringIO())
        receipt.write_text(json.dumps(told | {"layers": [layer.id]}))
        for role in Role:
            assert get(EXPORT, Audience(role)).status == 404
            assert get("/tiles/export/stolen.pmtiles", Audience(role)).status == 404


def test_a_layer_that_is_taken_back_is_gone_from_old_urls(tiles: Server, rows: dict[str, list[int]]) -> None:
    """Each of them, for those who had it: who has all the rest, still."""
    admin, live = Audience(Role.ADMIN), Live(tiles.supply)
    for layer, beside in pairwise((*registry.every(), registry.get("roads", RESIDENT))):
        paths = [*layer_paths(layer), f"/tiles/{layer.id},{beside.id}/{tile_at(ZOOM)}.mvt"]
        paths += image_paths(rows) if layer.id == "rasters" else []
        tags = {path: ask(tiles, path, admin).headers.get("ETag", '"x"') for path in paths}
        registry._layers[layer.id] = dataclasses.replace(layer, audience=NOBODY)
        try:
            for who, path in product((admin, RESIDENT), paths):
                assert ask(tiles, path, who, IF_NONE_MATCH=tags[path]).status == 404, path
            assert ask(live, "/live/changes", admin, query=f"layers={layer.id}").status == 404
            assert f'"{layer.id}"' not in ask(tiles, "/tiles/style.json", admin).body.decode()
        finally:
            registry._layers[layer.id] = layer


def layer_paths(layer: Layer) -> list[str]:
    """A layer's tiles, in Chinese and in English, and its document."""
    place = tile_at(max(layer.min_zoom, min(ZOOM, layer.max_zoom)))
    return [f"/tiles/{layer.id}/{place}.mvt", f"/tiles/en/{layer.id}/{place}.mvt", f"/tiles/{layer.id}.json"]


def test_a_fence_that_is_taken_back_is_gone_from_old_urls(get: Get, rows: dict[str, list[int]]) -> None:
    fence = make(FenceVersion, name="FENCE-7019")
    path = f"/tiles/fences/{tile_at(ZOOM)}.mvt"
    first = get(path)
    assert "FENCE-7019" in plain(path, first)
    FenceVersion.objects.filter(pk=fence.pk).update(recorded=DateTimeTZRange(fence.recorded.lower, timezone.now()))
    again = get(path, IF_NONE_MATCH=first.headers["ETag"])
    assert again.status in (200, 204)
    assert "FENCE-7019" not in plain(path, again)


def test_cookies_cut_swapped_or_stretched_prove_nothing(get: Get, rows: dict[str, list[int]]) -> None:
    admin, field = sign(Audience(Role.ADMIN)), sign(Audience(Role.FIELD, "0"))
    said, stamp, seal = admin.rsplit(":", 2)
    less, _, other = field.rsplit(":", 2)
    false = {
        *(admin[:length] for length in range(1, len(admin))),
        f"{said}:{stamp}:{other}",
        f"{less}:{stamp}:{seal}",
        f"{said}~:{stamp}:{seal}",
        f"{said}:zzzzzz:{seal}",
        f"{admin}:{seal}",
        admin.swapcase(),
        admin * 2,
        "admin~",
    }
    for token in false:
        assert get("/tiles/pipes.json", COOKIE=f"{COOKIE}={token}").status == 404, token
    old = signing.TimestampSigner(salt="layers.scope.audience").sign("admin~")
    assert get("/tiles/pipes.json", COOKIE=f"{COOKIE}={old}").status == 404, "of an earlier version"
    assert get("/tiles/pipes.json", COOKIE=f"{COOKIE}={admin}").status == 200


KEPT_FOR = {"good": (7, "here"), "withdrawn": (8, "there"), "ended": (9, "gone")}


@pytest.fixture
def ways(still: Get, rows: dict[str, list[int]]) -> tuple[Server, dict[str, Callable[[list[str], str], list[Answer]]]]:
    """A server, and two ways of asking it for paths with a cookie: by its callables, and by the loop before them."""
    server: Server = still.args[0]  # type: ignore[attr-defined]  # it is a partial
    live = Live(server.supply)

    def both(environ: Any, start_response: Any) -> Any:
        return (live if environ["PATH_INFO"].startswith("/live/") else server)(environ, start_response)

    front = Front(both, server, threads=1)

    def asked(paths: list[str], cookie: str) -> list[Answer]:
        split = (path.partition("?") for path in paths)
        return [ask(both, path, query=query, COOKIE=f"{COOKIE}={cookie}") for path, _, query in split]

    def looped(paths: list[str], cookie: str) -> list[Answer]:
        headers = (("host", "localhost"), ("accept-encoding", "gzip"), ("cookie", f"{COOKIE}={cookie}"))
        split = (path.partition("?") for path in paths)
        return [Answer(*one) for one in got(front, [scope(path, "GET", query, headers) for path, _, query in split])]

    return server, {"callables": asked, "loop": looped}


def test_no_false_withdrawn_or_late_pass_opens_what_is_kept(
    ways: tuple[Server, dict[str, Callable[[list[str], str], list[Answer]]]],
    rows: dict[str, list[int]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nor does it say anything else than nothing does: byte by byte what a stranger is told, of all layers."""
    server, ask_by = ways
    paths = [path for layer in registry.every() for path in (*layer_paths(layer), f"/live/changes?layers={layer.id}")]
    paths += ["/tiles/style.json", *image_paths(rows)]
    admin, passes = Audience(Role.ADMIN, grants=frozenset(["contacts"])), {}
    for name, (account, sitting) in KEPT_FOR.items():
        User.objects.create(pk=account, username=name)
        passes[name] = sign(admin, Bearer(account, 0, sitting))
    for (how, get), token in product(ask_by.items(), passes.values()):
        opened = [answer.status for answer in get(paths, token) + get(paths, token)]  # kept, and kept ready
        assert set(opened) <= {200, 204}, how
    Epoch.objects.create(account=8, number=1)
    Ended.objects.create(sitting="gone")
    server.supply.generations.hear()
    less, _, other = sign(Audience(Role.FIELD, "0")).rsplit(":", 2)
    said, stamp, seal = passes["good"].rsplit(":", 2)
    false = {"withdrawn": passes["withdrawn"], "ended": passes["ended"], "cut": passes["good"][:-1]}
    false |= {"seal of another": f"{said}:{stamp}:{other}", "words of another": f"{less}:{stamp}:{seal}"}
    false |= {"younger": f"{said}:zzzzzz:{seal}", "unsigned": said, "wider": f"{said}~:{stamp}:{seal}"}
    secret = [layer for layer in registry.every() if not layer.visible_to(RESIDENT)]
    hidden = {path for layer in secret for path in (*layer_paths(layer), f"/live/changes?layers={layer.id}")}
    hidden |= set(image_paths(rows))
    for how, get in ask_by.items():
        stranger, owner = get(paths, ""), get(paths, passes["good"])
        assert {path for path, one in zip(paths, stranger, strict=True) if one.status == 404} == hidden, how
        same = {path for path, *two in zip(paths, stranger, owner, strict=True) if two[0] == two[1]}
        assert same == {f"/live/changes?layers={layer.id}" for layer in registry.visible(RESIDENT)}
        assert {name for name, token in false.items() if get(paths, token) != stranger} == set(), how
    later = time.time() + LIFETIME_S + 1
    monkeypatch.setattr("layers.scope.time", lambda: later)
    for how, get in ask_by.items():
        assert get(paths, passes["good"]) == get(paths, ""), how


def test_the_feed_of_changes_tells_no_place_of_what_is_hidden(tiles: Server, rows: dict[str, list[int]]) -> None:
    live = Live(tiles.supply)

    def since(at: str, who: Audience, layers: str) -> Any:
        return ask(live, "/live/changes", who, query=f"since={at}&layers={layers}")

    ids = ",".join(layer.id for layer in registry.visible(RESIDENT))
    at = since("", RESIDENT, ids).json["at"]
    make(Facility, kind="camera", name="CAMERA-2")
    make(FenceVersion, state="draft")
    make(PipeSegment)
    told_ = since(at, RESIDENT, ids)
    assert all(where == "all" for where in told_.json["layers"].values()), "no box of a row that residents never see"
    for who in (RESIDENT, *(Audience(role, "0") for role in sorted(STAFF))):
        kept = [layer.id for layer in registry.visible(who) if layer.by_area]
        where = since(at, who, ",".join(kept)).json["layers"] if kept else {}
        assert bool(where) != who.public
        assert set(where.values()) <= {"all"}, "no box of a row of another area"
        hidden = [layer.id for layer in registry.every() if not layer.visible_to(who)]
        assert {since(at, who, layer).status for layer in hidden} <= {404}


def far_and_hidden() -> dict[str, Callable[..., Any]]:
    """A row of each layer of which residents see a part, that they do not see."""
    later = {"started_on": localdate() + timedelta(days=30)}
    coming = DateRange(localdate() + timedelta(days=30), None)
    return {
        "facilities": partial(make, Facility, kind="camera", source="FAR-7021"),
        "addresses": partial(make, Address, room="7021", source="FAR-7021"),
        "areas": partial(make, Area, source="FAR-7021", **later),
        "grids": partial(make, Grid, source="FAR-7021", **later),
        "works": partial(make, Works, state="cancelled", source="FAR-7021"),
        "fences": partial(make, FenceVersion, state="draft"),
        "zoning": partial(make, Zoning, valid=coming),
    }


def test_no_document_tells_where_hidden_rows_are_nor_who_brought_them(get: Get, rows: dict[str, list[int]]) -> None:
    partly = [layer for layer in registry.visible(RESIDENT) if layer.select.__name__ != "everything"]
    assert {layer.id for layer in partly} == far_and_hidden().keys()
    for layer in partly:
        make_at(layer.model, WEST + 0.1, SOUTH)
    told_ = {layer.id: get(f"/tiles/{layer.id}.json").json for layer in partly}
    for name, hidden in far_and_hidden().items():
        point = name in ("facilities", "addresses")
        hidden(geom=dot(WEST + 5) if point else line(WEST + 5) if name == "zoning" else square(WEST + 5))
        assert get(f"/tiles/{name}.json").json == told_[name], name
        everybody = get(f"/tiles/{name}.json", Audience(Role.ADMIN)).json
        assert everybody["bounds"][2] > WEST + 4 or name == "zoning", "the row is there"


def test_no_document_tells_an_account_where_rows_of_other_areas_are(
    get: Get, rows: dict[str, list[int]], home: Area
) -> None:
    kept = [layer for layer in registry.every() if layer.by_area]
    for layer in kept:
        make_at(layer.model, WEST + 5, SOUTH)
        here, whole = (get(f"/tiles/{layer.id}.json", Audience(Role.MANAGER, at)).json for at in (str(home.pk), ""))
        assert here["bounds"][2] < WEST + 1 < WEST + 4 < whole["bounds"][2], layer.id


def test_counts_of_few_are_not_told(get: Get, transactional_db: None) -> None:
    layer = registry.get("buildings", RESIDENT)
    careful = Counts(below=10, fine=7, least=5)
    registry._layers["buildings"] = dataclasses.replace(layer, coarse=careful)
    try:
        for place, number in ((0.0, 4), (0.3, 6)):
            for n in range(number):
                make(Building, geom=square(WEST + place + n * 1e-5, SOUTH, 1e-5))
        call_command("generalise", verbosity=0)
        told_ = [f["properties"]["count"] for x in ((0.0, 0.3)) for zoom in (6, 8, 9)
                 for f in get(f"/tiles/buildings/{tile_at(zoom, WEST + x)}.mvt").features("buildings")]  # fmt: skip
    finally:
        registry._layers["buildings"] = layer
    assert told_
    assert min(told_) >= careful.least


@pytest.mark.parametrize("role", list(Role))
def test_anothers_etag_opens_nothing(still: Get, rows: dict[str, list[int]], home: Area, role: Role) -> None:
    who = RESIDENT if role is Role.RESIDENT else Audience(role, str(home.pk))
    others = [RESIDENT, *(Audience(other) for other in sorted(STAFF))]
    for path in tile_paths():
        own = still(path, who)
        etags = {etag for other in others if (etag := still(path, other).headers.get("ETag"))}
        answer = still(path, who, IF_NONE_MATCH=", ".join(etags - {own.headers.get("ETag", "")}) or '"x"')
        assert (answer.status, answer.body) == (own.status, own.body)


@pytest.mark.parametrize("method", ["HEAD", "POST", "OPTIONS", "PROPFIND"])
def test_no_method_says_more(tiles: Server, rows: dict[str, list[int]], method: str) -> None:
    for path in tile_paths():
        asked, plain = ask(tiles, path, method=method), ask(tiles, path)
        refused = asked.status == 405 and asked.sent == failure("405 Method Not Allowed")[2]
        assert refused or (method == "HEAD" and (asked.status, asked.sent) == (plain.status, b""))


@pytest.mark.parametrize(
    "ids",
    ["pipes", "PIPES", "buildings,pipes", "pipes,", ",pipes", " pipes", "pipes\0", "pipes;", "../pipes", "./pipes"],
)
def test_no_spelling_opens_a_layer(get: Get, rows: dict[str, list[int]], ids: str) -> None:
    for path in (f"/tiles/{ids}/{tile_at(ZOOM)}.mvt", f"/tiles/{ids}.json", f"/tiles//{ids}.json"):
        assert get(path).status == 404


@pytest.mark.parametrize(
    "cookie",
    [
        "audience=admin~",
        "audience=admin~:1:x; sessionid=x",
        "Audience={token}",
        "xaudience={token}",
        "audience=; audience={token}",
        "audience={token}x",
        "audience=x{token}",
    ],
)
def test_no_cookie_but_the_signed_one_counts(get: Get, rows: dict[str, list[int]], cookie: str) -> None:
    text = cookie.format(token=sign(Audience(Role.ADMIN)))
    assert get(f"/tiles/pipes/{tile_at(ZOOM)}.mvt", COOKIE=text).status == 404
    assert get(f"/tiles/pipes/{tile_at(ZOOM)}.mvt", COOKIE=f"{COOKIE}={sign(Audience(Role.ADMIN))}").status == 200


def test_a_user_who_was_shut_out_is_a_stranger_at_once(rows: dict[str, list[int]], home: Area) -> None:
    _, client = person(Role.FIELD, home)
    pipe = f"/api/features/pipes/{rows['pipes'][0]}"
    assert client.get(pipe).status_code == 200
    assert COOKIE in client.cookies
    User.objects.update(is_active=False)
    assert client.get(pipe).status_code == 404
    assert client.cookies[COOKIE].value == ""


def test_who_lost_the_group_loses_the_layer_and_the_cookie(rows: dict[str, list[int]], home: Area) -> None:
    _, client = person(Role.MANAGER, home)
    assert client.get("/api/manifest").json()["role"] == "manager"
    User.objects.get().groups.clear()
    assert client.get("/api/manifest").json()["role"] == "resident"
    assert client.cookies[COOKIE].value == ""


def test_what_strangers_send_is_not_kept_at_length(get: Get) -> None:
    get("/tiles/pipes.json")  # a path that is one is remembered
    before = route.cache_info().currsize, _prove.cache_info().currsize
    assert get(f"/tiles/{'a' * 5000}.json").status == 404
    assert get("/tiles/pipes.json", COOKIE=f"audience={'a' * 5000}").status == 404
    assert (route.cache_info().currsize, _prove.cache_info().currsize) == before


def test_a_flat_is_not_found_by_where_it_is(rows: dict[str, list[int]]) -> None:
    make(Address, road="公路", number="1", geom=dot(WEST + 0.0002))
    manifest.forget()
    layers = {layer["id"]: layer for layer in Client().get("/api/manifest").json()["layers"]}
    assert layers["addresses"]["count"] == 1
    assert layers["addresses"]["bounds"][0] == pytest.approx(WEST + 0.0002)
