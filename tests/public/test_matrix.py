"""Role × area × field × layer, by every way that tells rows: compared with what SQL written by hand says may be told.

One row of every layer at home and one away, and beside them what some may not see: a camera, a flat, a fence on the
drawing board, works that were called off, a grid that has ended. ``tests/tiles/test_theft.py`` looks for secrets in all
that is drawn and carded, ``tests/frontend/ogc`` at the collections; here it is the questions that are counted.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlencode

import pyogrio
import pytest
from django.contrib.auth.models import Group, User
from django.contrib.gis.geos import LineString, MultiLineString
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange
from django.test import Client
from django.utils.timezone import localdate

from config import shortcut
from gis.locate import index
from gis.models import Address, Area, Building, Facility, FenceVersion, Grid, PipeSegment, Road, Segment, Works
from layers import manifest, registry, tokens
from layers.models import Account, Inquiry
from layers.scope import PLANNERS, RESIDENT, STAFF, Audience, Role
from tests.client import GATE, ask, kept_open, program  # noqa: F401  a fixture
from tests.factories import SOUTH, STEP, WEST, dot, make, make_at, square

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("kept_open")]
AWAY = WEST + 1
WHOLE = square(WEST - 0.5, SOUTH - 0.5, 2.0)
PURPOSE = {"purpose": "核对权限"}
DRAWERS = {Role.PLANNER, Role.MANAGER, Role.ADMIN}
ROOMS = {Role.FIELD, Role.MANAGER, Role.ADMIN}
TODAY = "(now() AT TIME ZONE 'Asia/Shanghai')::date"
KNOWN = "t.recorded @> now()"
IN_FORCE = f"{KNOWN} AND t.valid @> {TODAY}"
COMING = f"t.period && daterange({TODAY}, {TODAY} + 60, '[]')"
"""Works that go on or begin within sixty days."""
PARTLY = {"fences", "works", "addresses", "rooms", "facilities", "pipes", "pipe-nodes", "pipe-findings"}
"""Layers of which some see a part."""
NEVER_OF_OTHERS = ("pipes", "pipe-nodes", "pipe-findings", "rooms")


def sees(layer: str, role: Role) -> str | None:
    """Which rows ``t`` of a layer somebody of the whole city may see, in SQL; None where it is not there for him."""
    staff = role in STAFF
    dated = f"(t.ended_on IS NULL OR t.ended_on > {TODAY})"
    dated += "" if role in PLANNERS else f" AND (t.started_on IS NULL OR t.started_on <= {TODAY})"
    return {
        "rasters": "true" if staff else None,
        "zoning": IN_FORCE,
        "fences": KNOWN if role in DRAWERS else f"{IN_FORCE} AND t.state = 'published'",
        "works": "true" if staff else f"t.state NOT IN ('finished', 'cancelled') AND {COMING}",
        "grids": dated,
        "areas": dated,
        "addresses": "t.same_as_id IS NULL" + ("" if staff else " AND t.unit = '' AND t.room = ''"),
        "rooms": "true" if role in ROOMS else None,
        "facilities": "true" if staff else "t.kind <> 'camera'",
        "pipes": "true" if staff else None,
        "pipe-nodes": "true" if staff else None,
        "pipe-findings": "true" if staff else None,
    }.get(layer, "true")


SECRETS = {
    "密-楼栋编码": STAFF, "密-申请单位": STAFF, "密-许可条件": STAFF, "密-责任人": STAFF, "密-权属": STAFF,
    "密-地址编码": STAFF, "密-电话": frozenset(),
}  # fmt: skip
"""What stands in columns that some may not read; the telephone only with its grant."""


def unsaid(*_: Any) -> list[bytes]:
    """In place of the whole way."""
    raise AssertionError("the whole way was gone")


@dataclass
class Person:
    """Somebody, and the numbers of the rows he may see, by layer."""

    role: Role
    client: Client
    rows: dict[str, set[int]]
    audience: Audience
    grants: tuple[str, ...] = ()

    def json(self, path: str, status: int = 200, **said: Any) -> Any:
        asked = {key.rstrip("_"): value for key, value in said.items()}
        answer = self.client.get(path, asked)
        assert answer.status_code == status, (path, said, answer.content.decode()[:300])
        found = answer.json()
        pipes = "pipes" in found or any(layer == "pipes" for layer, _ in told(found))  # these are for accounts
        if path in shortcut.PATHS and not pipes:
            short = ask(shortcut.shortened(unsaid), path, self.audience, query=urlencode(asked))
            assert short.json == found, "before the middleware other things are said"
        return found


@pytest.fixture
def city(db: None) -> Area:
    home: Area = make(Area, name="本街道", code="310115001", geom=square(WEST - 0.01, SOUTH - 0.01, 0.05))
    make(Area, name="邻街道", code="310115002", geom=square(AWAY - 0.01, SOUTH - 0.01, 0.05))
    for lon in (WEST, AWAY):
        for layer in registry.every():
            if layer.model not in (Area, PipeSegment):
                make_at(layer.model, lon, SOUTH)
        make(PipeSegment, code=f"MI-JS-{'HOME' if lon == WEST else 'AWAY'}", geom=make_at(Segment, lon, SOUTH).geom)
    make(Facility, kind="camera", name="密探头", geom=dot(WEST + STEP))
    make(Facility, name="权属厕", owner="密-权属", geom=dot(WEST + STEP))
    make(Address, road="云汀路", number="6", code="密-地址编码", geom=dot(WEST + STEP))
    make(Address, road="云汀路", number="8", unit="2", room="501", geom=dot(WEST + STEP))
    make(FenceVersion, name="草拟围栏", state="draft", geom=square(WEST, SOUTH))
    make(Works, name="取消施工", state="cancelled", geom=square(WEST, SOUTH))
    make(Works, name="完工施工", state="finished", geom=square(WEST, SOUTH))
    for days in (30, 59, 62, 90):
        first = localdate() + timedelta(days=days)
        make(Works, name=f"{days}日后", state="planned", period=DateRange(first, None), geom=square(WEST, SOUTH))
    make(Works, name="路口施工", applicant="密-申请单位", conditions="密-许可条件", geom=square(WEST, SOUTH))
    across = LineString((WEST + STEP / 8, SOUTH - STEP), (WEST + STEP / 8, SOUTH + STEP))
    make(Road, name="横街", geom=MultiLineString(across, srid=4490))
    make(Building, name="编码楼", code="密-楼栋编码", geom=square(WEST + 20 * STEP, SOUTH))
    make(Grid, code="310115001002", ended_on="2025-01-01", geom=square(WEST + 40 * STEP, SOUTH))
    make(Grid, code="310115001004", started_on="2040-01-01", geom=square(WEST + 40 * STEP, SOUTH))
    make(Area, name="密-旧社区", level=5, ended_on="2025-01-01", geom=square(WEST + 40 * STEP, SOUTH))
    make(Area, name="密-新社区", level=5, started_on="2040-01-01", geom=square(WEST + 40 * STEP, SOUTH))
    make(Grid, code="310115001003", person="密-责任人", phone="密-电话", geom=square(WEST + 20 * STEP, SOUTH))
    index.catch_up()
    manifest.forget()
    return home


WHO = (
    (Role.RESIDENT, False, ()), (Role.FIELD, True, ()), (Role.PLANNER, True, ()),
    (Role.MANAGER, True, ("contacts",)), (Role.ADMIN, False, ()), (Role.ADMIN, True, (), "by-token"),
)  # fmt: skip


@pytest.fixture(params=WHO, ids=lambda who: "-".join([who[0], *(["home"] if who[1] else []), *who[3:]]))
def person(request: Any, city: Area) -> Iterator[Person]:
    role, kept, grants, *by_token = request.param
    client = Client()
    if role is not Role.RESIDENT:
        user = User.objects.create_user(f"{role}-matrix")
        user.groups.add(Group.objects.get_or_create(name=role.value)[0])
        Account.objects.create(user=user, area=city if kept else None, grants=list(grants))
        client.force_login(user)
        if by_token:  # an administrator's opens what a manager sees
            role, client = Role.MANAGER, program(tokens.make(user, "QGIS", 30), GATE)
    rows = {layer.id: by_hand(layer.id, role, city if kept else None) for layer in registry.every()}
    audience = Audience(role, str(city.pk) if kept else "", frozenset(grants))
    yield Person(role, client, {name: some for name, some in rows.items() if some is not None}, audience, grants)
    manifest.forget()


def by_hand(name: str, role: Role, area: Area | None) -> set[int] | None:
    condition = sees(name, role)
    if condition is None:
        return None
    kept = area is not None and name in NEVER_OF_OTHERS
    inside = " AND EXISTS (SELECT FROM spatial_area a WHERE a.id = %s AND ST_Intersects(a.shape, t.shape))"
    return rows_in(name, f"({condition}){inside}", area.pk) if area is not None and kept else rows_in(name, condition)


def rows_in(name: str, condition: str, *given: Any) -> set[int]:
    table = next(layer.model._meta.db_table for layer in registry.every() if layer.id == name)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT t.id FROM {table} t WHERE {condition}", given)
        return {pk for (pk,) in cursor.fetchall()}


def told(value: Any) -> Iterator[tuple[str, int]]:
    """Every row that an answer names, however deep."""
    if isinstance(value, dict):
        if "layer" in value and isinstance(value.get("id"), int):
            yield value["layer"], value["id"]
        for one in value.values():
            yield from told(one)
    elif isinstance(value, list):
        for one in value:
            yield from told(one)


def lists_and_counts_are_of_what_may_be_seen(person: Person) -> None:
    names = [layer.id for layer in registry.every() if layer.id in person.rows and layer.id != "rasters"]
    within = person.json("/api/within", shape=WHOLE.wkt, layers=",".join(names), limit=200, **PURPOSE)["layers"]
    held = dict(person.rows)
    for name in ("fences", "grids", "areas"):  # what holds is no draft, nor on its way
        held[name] = by_hand(name, Role.RESIDENT, None) or set()
    held["works"] = person.rows["works"] & rows_in("works", f"t.period @> {TODAY}")
    assert {one["layer"]: one["count"] for one in within} == {name: len(held[name]) for name in names}
    assert {one["layer"]: {item["id"] for item in one["items"]} for one in within} == {n: held[n] for n in names}
    listed = person.json("/api/list", layers=",".join(names), limit=200, **PURPOSE)
    assert {name: {pk for layer, pk in told(listed) if layer == name} for name in names} == {
        n: person.rows[n] for n in names
    }
    counts = {one["id"]: one["count"] for one in person.json("/api/manifest")["layers"]}
    assert counts == {name: len(some) for name, some in person.rows.items()}
    for name in {layer.id for layer in registry.every()} - person.rows.keys():
        person.json("/api/within", 404, shape=WHOLE.wkt, layers=name, **PURPOSE)
        person.json("/api/along", 404, segment=Segment.objects.first().code or Segment.objects.first().pk, layer=name)
        person.json("/api/list", 404, layers=name)


def no_question_names_a_row_or_a_value_that_may_not_be_seen(person: Person) -> None:
    answers: list[Any] = []
    for lon in (WEST + STEP / 4, WEST + STEP, WEST + 21 * STEP, AWAY):
        here = {"lon": lon, "lat": SOUTH + STEP / 8}
        answers += [person.json("/api/at", **here, **PURPOSE), person.json("/api/reverse", **here),
                    person.json("/api/near", **here, limit=200), person.json("/api/here", **here),
                    person.json("/api/works", **here, limit=200)]  # fmt: skip
    for segment in Segment.objects.filter(name="世纪大道一段").order_by("pk")[:2]:
        for name in person.rows.keys() & PARTLY:
            answers.append(person.json("/api/along", segment=segment.pk, layer=name, reach=500, **PURPOSE))
    for text in ("密探头", "权属厕", "云汀路8号2单元501室", "云汀路", "草拟围栏", "取消施工", "编码楼", "密-楼栋编码",
                 "密-责任人", "密-电话", "310115001002", "世纪大道88号"):  # fmt: skip
        answers += [person.json("/api/search", q=text)["results"], person.json("/api/locate", q=text)["results"]]
    met = person.json("/api/crossings", a="世纪大道", b="横街")
    assert len(met["items"]) == 1, "streets are everybody's"
    answers += [met, person.json("/api/days")]
    named = {(layer, pk) for layer, pk in told(answers) if layer in {one.id for one in registry.every()}}
    assert named <= {(name, pk) for name, some in person.rows.items() for pk in some}
    text = json.dumps(answers, ensure_ascii=False)
    readers = {word: person.role in roles or (word == "密-电话" and "contacts" in person.grants)
               for word, roles in SECRETS.items()}  # fmt: skip
    assert [word for word, may in readers.items() if not may and word in text] == []
    assert {pk for layer, pk in told(person.json("/api/works", limit=200)) if layer == "works"} == person.rows["works"]
    lost = [word for word, may in readers.items() if may and word not in text]
    assert lost == [word for word in lost if word in ("密-申请单位", "密-许可条件")], "works are told by other ways"


def what_changed_is_told_of_what_was_told(person: Person) -> None:
    """To residents of works that are finished, too: they were told that they would be there."""
    known = person.rows | {"works": person.rows["works"] | rows_in("works", "t.state = 'finished'")}
    changed = person.json("/api/changes", days=400, limit=200)
    assert {pk for layer, pk in told(changed) if layer == "works"}, "nothing has changed"
    assert set(told(changed)) <= {(name, pk) for name, some in known.items() for pk in some}
    assert not [word for word in SECRETS if word in json.dumps(changed, ensure_ascii=False)]


def a_collection_leaves_with_the_rows_that_are_seen(person: Person) -> None:
    for layer in (one for one in registry.every() if one.id != "rasters"):
        asked = {"f": "geojsonl"} | (PURPOSE if layer.guarded else {})
        answer = person.client.get(f"/ogc/collections/{layer.id}/items", asked)
        assert answer.status_code == (200 if layer.id in person.rows else 404), layer.id
        if layer.id in person.rows:
            lines = answer.getvalue().decode().split("\x1e")[1:]
            assert {json.loads(line)["id"] for line in lines} == person.rows[layer.id], layer.id
    if person.role is Role.FIELD:  # a program of its own writes them, of the same rows
        for name, form in (("rooms", "gpkg"), ("grids", "shp")):
            assert packed_ids(person.client, name, form) == person.rows[name]


def packed_ids(client: Client, name: str, form: str) -> set[int]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / (f"{name}.zip" if form == "shp" else f"{name}.{form}")
        path.write_bytes(client.get(f"/ogc/collections/{name}/items?f={form}").getvalue())
        about, _, _, columns = pyogrio.raw.read(f"/vsizip/{path}" if form == "shp" else path)
        return set(dict(zip(about["fields"], columns, strict=True))["id"].tolist())


def plates_and_feeds_are_of_what_may_be_seen(person: Person) -> None:
    public = {layer.id: by_hand(layer.id, Role.RESIDENT, None) or set() for layer in registry.every()}
    for name in sorted(PARTLY):
        every = rows_in(name, "true")
        for pk in every - public[name]:
            assert person.client.get(f"/follow/{name}:{pk}.atom").status_code == 404, "a feed is public whoever asks"
        seen = person.rows.get(name, set())
        for pk in every - seen:
            status = 404 if person.role in STAFF else 302  # a stranger may sign in first
            assert person.client.get(f"/p/plates.pdf?layer={name}&code={name}:{pk}").status_code == status
    if person.role in STAFF:
        codes = ",".join(f"pipes:{pk}" for pk in person.rows["pipes"])
        assert person.client.get(f"/p/plates.pdf?layer=pipes&code={codes}").status_code == 200


def a_link_and_its_code_lead_to_what_may_be_seen(person: Person) -> None:
    for layer in (one for one in registry.every() if one.id in PARTLY):
        for pk in layer.model._default_manager.values_list("pk", flat=True):
            answer = person.client.get(f"/p/{layer.id}:{pk}.qr.svg")
            there = layer.id in person.rows and pk in person.rows[layer.id]
            assert answer.status_code == (200 if there else 404), (layer.id, pk)
    hidden = [f"rooms:{pk}" for pk in by_hand("rooms", Role.ADMIN, None) or ()]
    seen = {f"rooms:{pk}" for pk in person.rows.get("rooms", ())}
    assert {name for name in hidden if person.client.get(f"/p/{name}").status_code == 200} == seen


def what_is_guarded_is_found_by_its_whole_code_alone_and_that_is_kept(person: Person) -> None:
    before = last_kept()
    codes = dict(PipeSegment.objects.filter(code__startswith="MI-").values_list("code", "pk"))
    for code, pk in codes.items():
        for begun in (code[:-1], code[:4], code[3:]):
            assert [hit for hit in person.json("/api/search", q=begun)["results"] if hit["layer"] == "pipes"] == []
            assert [hit for hit in person.json("/api/locate", q=begun)["results"] if hit.get("layer") == "pipes"] == []
        assert last_kept() == before
        found = [hit["id"] for hit in person.json("/api/search", q=code)["results"]]
        may = pk in person.rows.get("pipes", ())
        assert found == ([pk] if may else [])
        assert list(Inquiry.objects.filter(pk__gt=before).values_list("layer", "question", "rows")) == (
            [("pipes", f"search {code}", 1)] if may else []
        )
        before = last_kept()


def last_kept() -> int:
    return Inquiry.objects.order_by("pk").values_list("pk", flat=True).last() or 0


def an_export_holds_what_residents_see_whoever_asks(person: Person) -> None:
    for layer in (one for one in registry.visible(RESIDENT) if one.id in {*PARTLY, "grids", "zoning"}):
        taken = json.loads(b"".join(person.client.get(f"/api/export/{layer.id}.geojson").streaming_content))
        assert {one["id"] for one in taken["features"]} == by_hand(layer.id, Role.RESIDENT, None), layer.id
    for layer in registry.every():
        if not layer.visible_to(RESIDENT):
            assert person.client.get(f"/api/export/{layer.id}.csv").status_code == 404


def a_pack_holds_what_may_be_taken_along_and_no_more(person: Person) -> None:
    before = last_kept()
    here, away = ({"bbox": f"{lon - 0.005},{SOUTH - 0.005},{lon + 0.02},{SOUTH + 0.015}"} for lon in (WEST, AWAY))
    if person.role not in STAFF:
        person.json("/api/field/pack", 403, **here)
        return
    rooms = "rooms" in person.rows
    assert person.client.get("/api/field/pack", away).status_code == (200 if person.role is Role.ADMIN else 404)
    assert person.client.get("/api/field/pack", here | {"rooms": 1}).status_code == (200 if rooms else 403)
    text = person.client.get("/api/field/pack", here | {"rooms": int(rooms)}).getvalue().decode()
    parts = [json.loads(line) for line in text.splitlines()]
    taken = {part["id"]: {row[0] for row in part["rows"]} for part in parts if part["part"] == "layer"}
    at_home = {name: some & whose_at_home(name) for name, some in person.rows.items()}
    at_home["fences"] &= by_hand("fences", Role.RESIDENT, None) or set()  # what holds is no draft
    if not rooms:
        at_home["addresses"] &= by_hand("addresses", Role.RESIDENT, None) or set()
    assert {name for name, some in taken.items() if not some <= at_home[name]} == set()
    assert {name: taken[name] for name in PARTLY & taken.keys()} == {
        name: at_home[name] for name in PARTLY & taken.keys()
    }
    assert PARTLY - taken.keys() == set(NEVER_OF_OTHERS)
    told = [row[1] for part in parts if part["part"] == "rooms" for row in part["rows"]]
    assert set(told) == at_home.get("rooms", set())
    assert Inquiry.objects.filter(layer="rooms", pk__gt=before).count() == 2 * rooms
    readers = {word: roles | ({person.role} if word == "密-电话" and "contacts" in person.grants else set())
               for word, roles in SECRETS.items()}  # fmt: skip
    assert [word for word, roles in readers.items() if person.role not in roles and word in text] == []


def whose_at_home(name: str) -> set[int]:
    return rows_in(name, "ST_XMin(t.geom) < %s", WEST + 0.5)


def test_rights(person: Person) -> None:
    """All of them over one city: to draw it takes longer than to ask."""
    lists_and_counts_are_of_what_may_be_seen(person)
    no_question_names_a_row_or_a_value_that_may_not_be_seen(person)
    what_changed_is_told_of_what_was_told(person)
    a_collection_leaves_with_the_rows_that_are_seen(person)
    plates_and_feeds_are_of_what_may_be_seen(person)
    a_link_and_its_code_lead_to_what_may_be_seen(person)
    what_is_guarded_is_found_by_its_whole_code_alone_and_that_is_kept(person)
    an_export_holds_what_residents_see_whoever_asks(person)
    a_pack_holds_what_may_be_taken_along_and_no_more(person)


def test_the_rules_written_here_are_for_all_layers_there_are() -> None:
    hidden = {layer.id for layer in registry.every() if not layer.visible_to(RESIDENT)}
    assert hidden == {layer.id for layer in registry.every() if sees(layer.id, Role.RESIDENT) is None}
    assert {layer.id for layer in registry.every() if layer.by_area} == set(NEVER_OF_OTHERS)
    assert {layer.id for layer in registry.every() if layer.guarded} == {"pipes", "pipe-nodes", "pipe-findings"}
