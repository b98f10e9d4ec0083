"""What a phone takes along, for every role: of the own area, what the role may see, and no more.

┌───────────┬───────────┐
│   HERE    │   THERE   │   in each: a house with a room and a tenant, a flat's address, a camera, a street with its
│  甲楼 801  │  乙楼 802  │   head, a grid with its inspector, a draft of a fence, a pipe
└───────────┴───────────┘
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.contrib.gis.geos import MultiLineString
from django.test import Client

from gis.locate import index
from gis.models import (
    Address,
    Area,
    Building,
    Facility,
    FenceVersion,
    Grid,
    PipeSegment,
    Road,
    Roll,
    Room,
    Segment,
    SegmentHead,
)
from layers.city.piece import MOST_KM2
from layers.models import Account, Inquiry
from layers.scope import STAFF, Role
from tests.factories import SOUTH, STEP, WEST, dot, line, make, square

pytestmark = pytest.mark.django_db
SIDE = 40 * STEP
ROOMS = STAFF - {Role.PLANNER}
Enter = Callable[..., Client]


def block(lon: float, name: str, number: int) -> Area:
    """One of the two areas with all that is in it."""
    area: Area = make(Area, name=f"{name}社区", level=5, geom=square(lon, SOUTH, SIDE))
    inside = lon + 10 * STEP, SOUTH + 10 * STEP
    house = make(Building, name=f"{name}楼", code=f"CODE-{name}", geom=square(*inside))
    room = make(Room, building=house, number=f"80{number}", floor=8, code=f"ROOM-{name}", geom=dot(*inside))
    Roll.objects.create(room=room, name=f"TENANT-{name}", identity=f"ID-{name}", phone=f"TEL-{name}", relation="户主")
    make(Address, road=f"{name}平街", number=f"{number}", geom=dot(*inside))
    make(Address, road=f"{name}密道", number="9", unit="3", room=f"FLAT-{name}", geom=dot(*inside))
    make(Facility, kind="camera", name=f"CAMERA-{name}", geom=dot(*inside))
    street = make(Segment, name=f"{name}街", geom=line(*inside))
    make(Road, name=f"{name}街", geom=MultiLineString(line(*inside), srid=4490))
    SegmentHead.objects.create(segment=street, level=1, title="街长", name=f"HEAD-{name}", phone=f"137-{name}")
    make(Grid, name=f"{name}网格", person=f"PERSON-{name}", phone=f"139-{name}", geom=area.geom)
    make(FenceVersion, state="draft", name=f"DRAFT-{name}", geom=square(*inside))
    make(PipeSegment, code=f"PIPE-{name}", geom=line(*inside))
    return area


@pytest.fixture
def town(db: None) -> tuple[Area, Area]:
    found = block(WEST, "甲", 1), block(WEST + SIDE, "乙", 2)
    index.catch_up()
    return found


@pytest.fixture
def enter() -> Enter:
    def come(role: Role, area: Area | None, grants: tuple[str, ...] = ()) -> Client:
        user = User.objects.create_user(f"{role}-{User.objects.count()}")
        user.groups.add(Group.objects.get_or_create(name=role.value)[0])
        Account.objects.create(user=user, area=area, grants=list(grants))
        client = Client()
        client.force_login(user)
        return client

    return come


def taken(client: Client, **asked: Any) -> str:
    """The text of a pack, whole."""
    answer = client.get("/api/field/pack", asked)
    assert answer.status_code == 200, answer.content
    text = answer.getvalue().decode()
    assert json.loads(text.strip().split("\n")[-1])["part"] == "end"
    return str(text)


BOTH = f"{WEST - STEP},{SOUTH - STEP},{WEST + 2 * SIDE + STEP},{SOUTH + SIDE + STEP}"


@pytest.mark.parametrize("role", sorted(STAFF))
def test_a_pack_holds_what_the_role_may_see_of_the_own_area(town: tuple[Area, Area], enter: Enter, role: Role) -> None:
    here, there = town
    client = enter(role, here)
    for asked in ({"area": here.pk}, {"bbox": BOTH}):
        text = taken(client, **asked)
        assert {"甲楼", "甲平街", "甲街", "HEAD-甲", "PERSON-甲", "CAMERA-甲", "CODE-甲"} <= words(text)
        hidden = ("乙", "TENANT", "ID-甲", "TEL-甲", "PIPE", "DRAFT", "137-", "139-", "FLAT", "密道", '"rooms","rows"')
        assert [word for word in hidden if word in text] == []
        assert "801" not in words(text)
    assert client.get("/api/field/pack", {"area": there.pk}).status_code == 404
    with_rooms = client.get("/api/field/pack", {"area": here.pk, "rooms": 1})
    assert with_rooms.status_code == (200 if role in ROOMS else 403)
    if role in ROOMS:
        text = with_rooms.getvalue().decode()
        assert {"801", "FLAT-甲", "甲密道"} <= words(text)
        assert [word for word in ("乙", "TENANT", "ID-甲", "TEL-甲", "PIPE", "ROOM-甲") if word in text] == []
        assert "802" not in words(text)  # of the text any number may have these digits
        kept = Inquiry.objects.get()
        assert (kept.layer, kept.rows) == ("rooms", 1)


def words(text: str) -> set[str]:
    """Every text in a pack."""

    def within(thing: Any) -> set[str]:
        if isinstance(thing, str):
            return {thing}
        parts = thing.values() if isinstance(thing, dict) else thing if isinstance(thing, list) else ()
        return set().union(*map(within, parts))

    return within([json.loads(line_) for line_ in text.strip().split("\n")])


def test_numbers_of_staff_go_with_the_grant_only(town: tuple[Area, Area], enter: Enter) -> None:
    text = taken(enter(Role.FIELD, town[0], ("contacts",)), area=town[0].pk)
    assert {"137-甲", "139-甲"} <= words(text)


def test_who_has_the_whole_city_chooses_a_piece_within_bounds(town: tuple[Area, Area], enter: Enter) -> None:
    client = enter(Role.MANAGER, None)
    assert {"甲楼", "乙楼"} <= words(taken(client, bbox=BOTH))
    large = client.get("/api/field/pack", {"bbox": f"{WEST},{SOUTH},{WEST + 1},{SOUTH + 1}"})
    assert (large.status_code, f"{MOST_KM2:.0f}" in large.json()["error"]) == (400, True)
    spot = {"lon": WEST + STEP, "lat": SOUTH + STEP, "bbox": BOTH}
    found = client.get("/api/field/pieces", spot).json()
    assert [piece["title"] for piece in found["pieces"]] == ["甲社区", ""]
    assert found["own"] is None
    own = enter(Role.FIELD, town[0]).get("/api/field/pieces", {**spot, "lon": WEST + SIDE + STEP}).json()
    assert [piece["title"] for piece in own["pieces"]] == ["甲社区", ""]
    assert own["pieces"][1]["km2"] < found["pieces"][1]["km2"]


def test_an_own_area_that_is_too_large_is_taken_by_its_parts(town: tuple[Area, Area], enter: Enter) -> None:
    wide = make(Area, name="大街道", level=4, geom=square(WEST - STEP, SOUTH - STEP, 400 * STEP))
    Area.objects.filter(level=5).update(parent=wide)
    make(Area, name="别处社区", level=5, geom=square(WEST, SOUTH + 500 * STEP, SIDE))
    client = enter(Role.FIELD, wide)
    far = {"lon": WEST + 300 * STEP, "lat": SOUTH + 300 * STEP}  # in the area, in none of its parts
    own, *some = client.get("/api/field/pieces", far).json()["pieces"]
    assert (own["title"], f"{MOST_KM2:.0f}" in own["refused"]) == ("大街道", True)
    assert [piece["title"] for piece in some] == ["乙社区", "甲社区"], "the nearest first"
    assert {"甲楼"} < words(taken(client, area=some[1]["area"]))
    Area.objects.filter(pk=wide.pk).update(geom=square(WEST - STEP, SOUTH - STEP, 100 * STEP))
    assert [piece["title"] for piece in client.get("/api/field/pieces", far).json()["pieces"]] == ["大街道"]


def test_packs_are_for_staff_with_something_to_take(town: tuple[Area, Area], enter: Enter) -> None:
    for path in ("/api/field/pack?area=1", "/api/field/pieces?lon=121&lat=31"):
        assert Client().get(path).status_code == 403
    nobody = User.objects.create_user("without-account")
    nobody.groups.add(Group.objects.get_or_create(name="field")[0])
    client = Client()
    client.force_login(nobody)
    assert client.get("/api/field/pack", {"bbox": BOTH}).status_code == 403
    for wrong in ({}, {"area": town[0].pk, "bbox": BOTH}, {"area": "x"}, {"bbox": "nan,1,2,3"}, {"bbox": BOTH, "x": 1}):
        assert enter(Role.FIELD, None).get("/api/field/pack", wrong).status_code == 400, wrong


def test_a_name_read_in_two_ways_goes_with_both(town: tuple[Area, Area], enter: Enter) -> None:
    make(Address, road="知行路", number="3", geom=dot(WEST + 11 * STEP, SOUTH + 11 * STEP))
    index.catch_up()
    lines = map(json.loads, taken(enter(Role.FIELD, town[0]), area=town[0].pk).strip().split("\n"))
    (names,) = (one["rows"] for one in lines if one["part"] == "names")
    told = {term: sounds for term, *sounds in names}
    assert told["知行路"] == ["zhixinglu", "zxl", "zhihanglu", "zhl"]
    assert {len(sounds) for sounds in told.values()} == {2, 4}


def test_what_is_the_same_is_not_sent_again(town: tuple[Area, Area], enter: Enter) -> None:
    client, asked = enter(Role.FIELD, town[0]), {"area": town[0].pk}
    first = client.get("/api/field/pack", asked)
    assert "no-store" in first["Cache-Control"]
    assert first["Kept-For"] == client.get("/field")["Kept-For"]
    tag = {"If-None-Match": first["ETag"]}
    list(first)
    assert client.get("/api/field/pack", asked, headers=tag).status_code == 304
    assert enter(Role.FIELD, town[0]).get("/api/field/pack", asked, headers=tag).status_code == 200, "another sitting"
    SegmentHead.objects.update(name="NEW")
    assert "NEW" in client.get("/api/field/pack", asked, headers=tag).getvalue().decode()
