"""Somebody tries to read what is not theirs, by every way out there is: each secret, as each kind of person."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

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
    Roll,
    Room,
)
from layers import manifest, registry
from layers.models import Account
from layers.scope import COOKIE, RESIDENT, STAFF, Audience, Role, _prove, sign
from tests.client import Answer, ask
from tests.factories import SOUTH, WEST, dot, line, make, square, tile_at
from tiles.server import Server, route

Get = Callable[..., Answer]
DRAWERS = frozenset({Role.PLANNER, Role.MANAGER, Role.ADMIN})
NOBODY: frozenset[Role] = frozenset()
ZOOM = 18


@dataclass(frozen=True)
class Secret:
    """A text that is in the database, and the roles that may read it."""

    text: str
    readers: frozenset[Role]


SECRETS = (
    Secret("GX-PIPE-7001", STAFF),
    Secret("GD-NODE-7002", STAFF),
    Secret("YH-NOTE-7003", STAFF),
    Secret("ROOM-7004", STAFF - {Role.PLANNER}),
    Secret("UNIT-7005", STAFF),
    Secret("FLAT-7006", STAFF),
    Secret("密道7007", STAFF),  # the street of an address that is a flat
    Secret("PERSON-7008", STAFF),
    Secret("139-7009", STAFF),
    Secret("LD-CODE-7010", STAFF),
    Secret("FENCE-DRAFT-7011", DRAWERS),
    Secret("OWNER-7012", STAFF),
    Secret("NAME-7013", NOBODY),
    Secret("IDENTITY-7014", NOBODY),
    Secret("AWAY-PIPE-7015", NOBODY),  # outside the area of everybody in these tests
)


@pytest.fixture
def rows(transactional_db: None) -> Iterator[dict[str, list[int]]]:
    """A city of secrets; the keys of its rows by layer."""
    room = make(Room, number="ROOM-7004")
    Roll.objects.create(room=room, name="NAME-7013", identity="IDENTITY-7014", phone="NAME-7013", relation="户主")
    made = [
        room,
        make(PipeSegment, code="GX-PIPE-7001"),
        make(PipeSegment, code="AWAY-PIPE-7015", geom=line(WEST + 1)),
        make(PipeNode, code="GD-NODE-7002"),
        make(PipeFinding, note="YH-NOTE-7003"),
        make(Address, road="密道7007", unit="UNIT-7005", room="FLAT-7006"),
        make(Grid, person="PERSON-7008", phone="139-7009", geom=square()),
        make(Building, code="LD-CODE-7010"),
        make(FenceVersion, state="draft", name="FENCE-DRAFT-7011"),
        make(Facility, owner="OWNER-7012"),
    ]
    manifest.forget()
    yield {layer.id: [row.pk for row in made if isinstance(row, layer.model)] for layer in registry.every()}
    manifest.forget()


@pytest.fixture
def home(rows: dict[str, list[int]]) -> Area:
    """The area of the staff: all the secrets but one lie in it."""
    found: Area = make(Area, geom=square(WEST - 0.01, SOUTH - 0.01, 0.05))
    return found


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
    return [*cut, *mixed, *(f"/tiles/{name}.json" for name in ids), "/tiles/style.json"]


def page_paths(rows: dict[str, list[int]]) -> list[str]:
    cards = [f"/api/features/{name}/{pk}" for name, keys in rows.items() for pk in keys]
    words = [secret.text for secret in SECRETS]
    searches = [f"/api/search?q={word}" for text in words for word in (text, text[:-2].lower())]
    here = f"lon={WEST}&lat={SOUTH}"
    lists = [f"/api/list?layers={name}&{here}&limit=200" for name in rows]
    asked = [f"/api/near?{here}&limit=200", "/api/works", f"/api/here?{here}", f"/api/changes?{here}&days=400"]
    taken = [f"/api/export/{name}.{form}" for name in rows for form in ("csv", "geojson")]
    return ["/map", "/api/manifest", *cards, *searches, *(f"/p/{text}" for text in words), *lists, *asked, *taken]


def told(answer: Any) -> bytes:
    """The body, and where it leads; not the words of the question, which an error may repeat."""
    if answer.status_code >= 400:
        return b""
    body = answer.getvalue() if answer.streaming else answer.content
    return bytes(body) + str(answer.headers.get("Location", "")).encode()


@pytest.mark.parametrize("role", list(Role))
def test_nobody_reads_what_is_not_theirs(get: Get, rows: dict[str, list[int]], home: Area, role: Role) -> None:
    admin = Audience(Role.ADMIN)
    for path in tile_paths():
        get(path, admin)  # whatever may be kept is kept now
    who, client = person(role, home)
    seen = b"\n".join(get(path, who).body for path in tile_paths())
    seen += b"\n".join(told(client.get(path)) for path in page_paths(rows))
    stolen = [s.text for s in SECRETS if s.text.encode() in seen and role not in s.readers]
    lost = [s.text for s in SECRETS if s.text.encode() not in seen and role in s.readers]
    assert (stolen, lost) == ([], [])


@pytest.mark.parametrize("role", list(Role))
def test_anothers_etag_opens_nothing(get: Get, rows: dict[str, list[int]], home: Area, role: Role) -> None:
    who = RESIDENT if role is Role.RESIDENT else Audience(role, str(home.pk))
    others = [RESIDENT, *(Audience(other) for other in sorted(STAFF))]
    for path in tile_paths():
        own = get(path, who)
        etags = {etag for other in others if (etag := get(path, other).headers.get("ETag"))}
        answer = get(path, who, IF_NONE_MATCH=", ".join(etags - {own.headers.get("ETag", "")}) or '"x"')
        assert (answer.status, answer.body) == (own.status, own.body)


@pytest.mark.parametrize("method", ["HEAD", "POST", "OPTIONS", "PROPFIND"])
def test_no_method_says_more(tiles: Server, rows: dict[str, list[int]], method: str) -> None:
    for path in tile_paths():
        asked, plain = ask(tiles, path, method=method), ask(tiles, path)
        assert asked.sent == b""
        assert asked.status in (405, plain.status)


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
