"""Part 4: who may make, change and take away features, what is refused and in which words, and that nothing is lost."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyproj import Transformer

from frontend.ogc.changes import MOST_BYTES
from frontend.ogc.systems import systems
from gis.models import Code, Facility, Grid, Road, Segment, Touched, Works, Zoning
from layers import incoming, manifest, registry
from layers.city.streets import RANKS
from layers.models import Account
from layers.scope import Audience, Role
from tests.city import draw
from tests.factories import SOUTH, STEP, WEST, make, square

pytestmark = pytest.mark.django_db
HERE = "/ogc/collections/{}/items"
FACILITIES, SEGMENTS, GRIDS, WORKS = (HERE.format(name) for name in ("facilities", "segments", "grids", "works"))
GEO, PATCH = "application/geo+json", "application/merge-patch+json"
EDITED = {"grids": "planner", "roads": "planner", "segments": "planner", "facilities": "admin", "works": "admin"}
PROPERTIES: dict[str, Any] = {
    "name": "东厕", "kind": "toilet", "capacity": 8, "features": ["paper"], "hours": "Mo-Su 06:00-22:00",
}  # fmt: skip
TOILET: dict[str, Any] = {
    "type": "Feature",
    "geometry": {"type": "Point", "coordinates": [WEST, SOUTH]},
    "properties": {
        "name": "东厕",
        "kind": "toilet",
        "capacity": 8,
        "features": ["paper"],
        "hours": "Mo-Su 06:00-22:00",
    },
}


@pytest.fixture(autouse=True)
def shanghai(settings: Any) -> Any:
    settings.CITY_BOUNDS = (120.8, 30.7, 122.2, 31.9)
    systems.cache_clear()
    manifest.forget()
    yield
    systems.cache_clear()


def person(role: Role, area: Any = None, acts: str = "add change", models: str = "grid road segment") -> Client:
    """Somebody of a role, with an account and permissions of the back office."""
    user = User.objects.create_user(f"{role}{User.objects.count()}")
    user.groups.add(Group.objects.get_or_create(name=role.value)[0])
    Account.objects.create(user=user, area=area)
    names = [f"{act}_{model}" for act in acts.split() for model in models.split()]
    user.user_permissions.add(*Permission.objects.filter(codename__in=names, content_type__app_label="spatial"))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def chief() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("chief"))
    return client


def send(client: Client, method: str, path: str, body: Any = None, kind: str = GEO, **headers: str) -> Any:
    words = body if isinstance(body, str | bytes) else json.dumps(body)
    return client.generic(method, path, words, content_type=kind, headers=headers)


def created(client: Client, path: str, body: Any) -> str:
    answer = send(client, "POST", path, body)
    assert answer.status_code == 201, answer.content.decode()
    return str(answer["Location"]).removeprefix("http://testserver")


def seen(client: Client, path: str) -> tuple[Any, str]:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.json(), answer["ETag"]


def refused(answer: Any, status: int, *words: str) -> None:
    told = answer.content.decode()
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json"), told
    assert all(word in told for word in words), told


def test_a_feature_is_made_read_replaced_updated_and_taken_away(chief: Client) -> None:
    options = chief.options(FACILITIES)
    assert (options.status_code, options["Allow"], options["Accept-Post"]) == (
        200, "GET, HEAD, OPTIONS, POST", f"{GEO}, application/json")  # fmt: skip
    path = created(chief, FACILITIES, TOILET)
    assert chief.options(path)["Allow"] == "GET, HEAD, OPTIONS, PUT, PATCH, DELETE"
    assert chief.options(path)["Accept-Patch"] == PATCH
    told, state = seen(chief, path)
    assert told["geometry"] == TOILET["geometry"]
    assert told["properties"]["name"] == "东厕"
    assert told["properties"]["source"] == "手工录入"
    assert isinstance(told["properties"]["hours"], dict)
    assert Touched.objects.exists(), "tiles hear of it"

    changed = {**TOILET, "properties": {"name": "西厕", "kind": "toilet"}}
    answer = send(chief, "PUT", path, changed, **{"If-Match": state})
    assert (answer.status_code, answer.content) == (204, b"")
    told, state = seen(chief, path)
    assert state.partition(".")[0] == answer["ETag"].rstrip('"')
    assert (told["properties"]["name"], told["properties"]["capacity"], told["properties"]["features"]) == (
        "西厕",
        None,
        [],
    )

    patch = {"properties": {"capacity": 3, "name": None}}
    assert send(chief, "PATCH", path, patch, PATCH, **{"If-Match": state}).status_code == 204
    told, state = seen(chief, path)
    assert (told["properties"]["name"], told["properties"]["capacity"]) == ("", 3)
    assert told["geometry"] == TOILET["geometry"]

    assert send(chief, "DELETE", path, **{"If-Match": state}).status_code == 204
    assert chief.get(path).status_code == 404
    refused(send(chief, "DELETE", path, **{"If-Match": state}), 404)
    noted = LogEntry.objects.order_by("pk").values_list("user__username", "action_flag", "object_id")
    assert list(noted) == [("chief", flag, path.rpartition("/")[2]) for flag in (1, 2, 2, 3)]
    assert '"OGC API"' in LogEntry.objects.filter(action_flag=2).earliest("pk").change_message


def test_nobody_changes_a_state_he_has_not_seen(chief: Client) -> None:
    path = created(chief, FACILITIES, TOILET)
    _, state = seen(chief, path)
    for method, body, kind in (
        ("PUT", TOILET, GEO),
        ("PATCH", {"properties": {"capacity": 1}}, PATCH),
        ("DELETE", "", ""),
    ):
        refused(send(chief, method, path, body, kind), 428, "If-Match")
        refused(send(chief, method, path, body, kind, **{"If-Match": '"0", "xyz"'}), 412)
        refused(send(chief, method, f"{FACILITIES}/0", body, kind, **{"If-Match": state}), 404)
    Facility.objects.update(owner="他人")  # somebody else, not by this way
    refused(send(chief, "PATCH", path, {"properties": {"capacity": 1}}, PATCH, **{"If-Match": state}), 412)
    _, again = seen(chief, path)
    assert again != state
    packed = chief.get(path, HTTP_ACCEPT_ENCODING="gzip")["ETag"]
    assert packed != again and packed.partition(".")[0] == again.partition(".")[0], "other bytes of the same state"
    assert Client().get(path).get("ETag") is None, "who may change nothing is told of no states"
    weak = {"If-Match": f'"0", W/{again}'}
    assert send(chief, "PATCH", path, {"properties": {"capacity": 1}}, PATCH, **weak).status_code == 204
    assert send(chief, "PATCH", path, {"properties": {"capacity": 2}}, PATCH, **{"If-Match": "*"}).status_code == 204


def test_what_comes_back_as_it_was_told_changes_nothing_and_what_is_not_told_stays() -> None:
    planner = person(Role.PLANNER)
    grid = make(Grid, geom=square(WEST + 1 / 3e6, SOUTH, STEP), phone="138", person="张")
    before = Grid.objects.values().get()
    path = f"{GRIDS}/{grid.pk}"
    told, state = seen(planner, path)
    assert "phone" not in told["properties"]
    assert send(planner, "PUT", path, told, **{"If-Match": state}).status_code == 204
    assert Grid.objects.values().get() == before
    assert not LogEntry.objects.exists()
    told["properties"] |= {"name": "新网格", "community_name": "不归我说", "source": "不归我说"}
    assert send(planner, "PUT", path, told, **{"If-Match": state}).status_code == 204
    after = Grid.objects.values().get()
    assert {key for key in after if after[key] != before[key]} == {"name", "updated_at"}


def test_a_street_is_ranked_by_its_kind() -> None:
    planner, kinds = person(Role.PLANNER), sorted(RANKS, key=lambda kind: RANKS[kind])
    line = {"type": "LineString", "coordinates": [[WEST, SOUTH], [WEST + STEP, SOUTH]]}
    created(planner, SEGMENTS, {"type": "Feature", "geometry": line, "properties": {"kind": kinds[0]}})
    created(planner, HERE.format("roads"), {"type": "Feature", "geometry": line, "properties": {"kind": kinds[-1]}})
    assert (Segment.objects.get().rank, Road.objects.get().rank) == (1, RANKS[kinds[-1]])
    assert Segment.objects.get().length_m == pytest.approx(9.5, abs=0.2)


@pytest.mark.parametrize("role", list(Role))
def test_only_what_is_declared_can_be_changed_and_only_by_those_who_may(role: Role) -> None:
    """With every permission of the back office, so that the declaration alone decides; then with none."""
    every = " ".join(layer.model._meta.model_name or "" for layer in registry.every())
    client = person(role, acts="add change delete view", models=every)
    bare = person(role, acts="", models="")
    for layer in registry.every():
        path = HERE.format(layer.id)
        if not layer.visible_to(Audience(role)):
            assert client.options(path).status_code == 404
            continue
        editor = EDITED.get(layer.id)
        mine = editor is not None and role.value in (editor, "admin")
        assert ("POST" in client.options(path)["Allow"], "DELETE" in client.options(f"{path}/1")["Allow"]) == (
            mine,
            mine,
        )
        assert bare.options(path)["Allow"] == "GET, HEAD, OPTIONS"
        if not mine:
            refused(send(client, "POST", path, TOILET), 403 if editor else 405)
        if editor:
            refused(send(bare, "POST", path, TOILET), 403)
            refused(send(Client(), "DELETE", f"{path}/1"), 403)
    told = client.get("/ogc/api?f=json").json()["paths"]
    written = {path.split("/")[2] for path, ways in told.items() if ways.keys() & {"post", "put", "patch", "delete"}}
    assert written == {name for name, editor in EDITED.items() if role.value in (editor, "admin")}


def test_an_editor_of_an_area_stays_in_it_with_the_old_shape_and_the_new() -> None:
    town = draw("A 1 A B 2 B", Segment)
    planner = person(Role.PLANNER, town.areas["A"])
    lost = person(Role.PLANNER)
    Account.objects.filter(user__pk=lost.session["_auth_user_id"]).delete()

    def line(lon: float) -> Any:
        coordinates = [[lon, SOUTH + STEP], [lon + STEP, SOUTH + STEP]]
        return {"type": "Feature", "geometry": {"type": "LineString", "coordinates": coordinates}, "properties": {}}

    inside, outside = WEST + STEP, town.rows[2].geom.coords[0][0]
    path = created(planner, SEGMENTS, line(inside))
    edge = town.areas["A"].geom.extent[2] - STEP / 2
    for lon in (outside, edge):
        refused(send(planner, "POST", SEGMENTS, line(lon)), 403, "辖区")
        refused(send(planner, "PUT", path, line(lon), **{"If-Match": "*"}), 403, "辖区")
    theirs = f"{SEGMENTS}/{town.rows[2].pk}"
    refused(send(planner, "PUT", theirs, line(inside), **{"If-Match": "*"}), 403, "辖区")
    refused(send(planner, "PATCH", theirs, {"properties": {"name": "x"}}, PATCH, **{"If-Match": "*"}), 403, "辖区")
    refused(send(lost, "POST", SEGMENTS, line(inside)), 403, "辖区")
    refused(send(planner, "DELETE", path, **{"If-Match": "*"}), 403)
    assert Segment.objects.count() == 3


def test_a_page_of_another_site_changes_nothing() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.create_superuser("chief"))
    refused(send(client, "POST", FACILITIES, TOILET), 403, "CSRF")
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        assert send(client, "POST", FACILITIES, TOILET, kind).status_code == 403
    assert not Facility.objects.exists()
    client.get("/accounts/login/")
    client.get("/ogc/?f=html")
    token = client.cookies["csrftoken"].value
    assert send(client, "POST", FACILITIES, TOILET, **{"X-CSRFToken": token}).status_code == 201
    strange = {"X-CSRFToken": token, "Origin": "https://elsewhere.example"}
    refused(send(client, "POST", FACILITIES, TOILET, **strange), 403, "CSRF")


def toilet(**properties: Any) -> Any:
    return {**TOILET, "properties": {**PROPERTIES, **properties}}


def at(*coordinates: Any, kind: str = "Point") -> Any:
    return {**TOILET, "geometry": {"type": kind, "coordinates": list(coordinates)}}


WRONG: list[tuple[Any, int, str]] = [
    (toilet(owner=1), 422, "owner"), (toilet(colour="red"), 422, "colour"),
    (toilet(name="x" * 201), 422, "property name"),
    (toilet(kind=None), 422, "property kind"), (toilet(kind="palace"), 422, "palace"),
    (toilet(capacity="many"), 422, "capacity"),
    (toilet(capacity=True), 422, "capacity"), (toilet(capacity=2**40), 422, "property capacity"),
    (toilet(features="paper"), 422, "features"), (toilet(features=[1]), 422, "features"),
    (toilet(hours="soon"), 422, "hours"),
    (toilet(surveyed_at="soon"), 422, "surveyed_at"), (toilet(code="A1"), 422, "code"), (at(), 422, "geometry"),
    (at(WEST, SOUTH, kind="Square"), 422, "geometry"), (at(31.2, 121.5), 422, "geometry"),
    (at("x", "y"), 422, "geometry"),
    (at([WEST, SOUTH], [WEST, SOUTH + 1], kind="LineString"), 422, "geometry"),
    ({**TOILET, "geometry": None}, 422, "geometry"),
    ({**TOILET, "properties": []}, 201, ""), ({**TOILET, "properties": [1]}, 422, "properties"),
    ({"type": "FeatureCollection", "features": [TOILET]}, 400, "Feature"), ([TOILET], 400, "body"), ("{", 400, "1:"),
    (b"\xff{}", 400, "body"), ('{"type": NaN}', 400, "NaN"), ('{"type": "\\ud800"}', 400, "body"),
    ('{"type": "Feature", "a": "\\u0000"}', 400, "body"), ('{"type": ' + "1" * 5000 + "}", 400, "body"),
    ("[" * 5000, 400, "body"), ('{"a":' * 40 + "1" + "}" * 40, 400, "body"), (f"[{'1,' * 100_001}1]", 400, "body"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "status", "named"), WRONG)
def test_what_is_wrong_is_named_and_nothing_is_made(chief: Client, body: Any, status: int, named: str) -> None:
    for code in ("toilet", "market"):
        Code.objects.create(list="facility-kind", edition="t", code=code, name=code)
    make(Facility, code="A1")
    answer = send(chief, "POST", FACILITIES, body)
    if status == 201:
        refused(answer, 422, "property kind")
        return
    refused(answer, status, named)
    assert " / " in answer.json()["detail"] or "(" in answer.json()["detail"]
    assert Facility.objects.count() == 1


def test_forms_and_sizes_are_bounded(chief: Client) -> None:
    refused(send(chief, "POST", FACILITIES, TOILET, ""), 400, "Content-Type")
    refused(send(chief, "POST", FACILITIES, TOILET, "text/xml"), 415, "Content-Type")
    refused(send(chief, "PATCH", f"{FACILITIES}/1", TOILET, GEO, **{"If-Match": "*"}), 415, "merge-patch")
    refused(send(chief, "POST", FACILITIES, " " * (MOST_BYTES + 1)), 413)
    refused(send(chief, "POST", f"{FACILITIES}?colour=red", TOILET), 400, "colour")
    refused(send(chief, "POST", FACILITIES, TOILET, **{"Content-Crs": "<EPSG:9999>"}), 400, "EPSG:9999")
    ring = [[WEST + n * 1e-7, SOUTH] for n in range(incoming.MOST_VERTICES)]
    wide = {
        "type": "Feature",
        "geometry": {"type": "LineString", "coordinates": [*ring, [WEST, SOUTH]]},
        "properties": {},
    }
    refused(send(chief, "POST", SEGMENTS, wide), 422, "geometry")


def test_what_the_database_refuses_is_told_and_leaves_no_trace(chief: Client) -> None:
    grid = make(Grid, geom=square())
    over = {"type": "Feature", "geometry": json.loads(square(WEST + STEP, SOUTH).json), "properties": {"code": "2"}}
    refused(send(chief, "POST", GRIDS, over), 422, "重叠", "overlap")
    bow = [[[WEST, SOUTH], [WEST + 1, SOUTH + 1], [WEST + 1, SOUTH], [WEST, SOUTH + 1], [WEST, SOUTH]]]
    crossed = {**over, "geometry": {"type": "Polygon", "coordinates": bow}}
    refused(send(chief, "POST", GRIDS, crossed), 422, "自相交", "crosses itself")
    zoning = make(Zoning)
    refused(send(chief, "DELETE", f"{SEGMENTS}/{zoning.segment_id}", **{"If-Match": "*"}), 409, "街面分区")
    assert (Grid.objects.get().pk, Segment.objects.count(), LogEntry.objects.count()) == (grid.pk, 1, 0)


@pytest.mark.parametrize("code", [4490, 4549, 3857])
def test_a_shape_comes_in_any_system_in_the_order_of_its_authority(chief: Client, code: int) -> None:
    place = Transformer.from_crs("OGC:CRS84", code).transform(WEST, SOUTH)
    uri = f"<http://www.opengis.net/def/crs/EPSG/0/{code}>"
    assert send(chief, "POST", FACILITIES, at(*place), **{"Content-Crs": uri}).status_code == 201
    assert Facility.objects.get().geom.coords == pytest.approx((WEST, SOUTH), abs=1e-8)
    before = Facility.objects.get()
    path = f"{FACILITIES}/{before.pk}"
    told = chief.get(f"{path}?crs={uri[1:-1]}").json()
    told["properties"]["capacity"] = 4
    assert send(chief, "PUT", path, told, **{"If-Match": "*", "Content-Crs": uri}).status_code == 204
    assert Facility.objects.get().geom == before.geom


def test_days_are_told_and_taken_alike(chief: Client) -> None:
    path = f"{WORKS}/{make(Works).pk}"
    for days in (["2026-11-01", "2026-11-30"], ["2026-11-01", ".."]):
        assert (
            send(chief, "PATCH", path, {"properties": {"period": days}}, PATCH, **{"If-Match": "*"}).status_code == 204
        )
        assert chief.get(path).json()["properties"]["period"] == days
    for days in (["2026-11-02", "2026-11-01"], ["2026-11-02"], ["x", "y"], [1, 2], [None, {}]):
        refused(send(chief, "PATCH", path, {"properties": {"period": days}}, PATCH, **{"If-Match": "*"}), 422, "period")


KEYS = st.sampled_from([*PROPERTIES, "type", "coordinates", "week"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=8,
)


@given(geometry=JSON, properties=st.dictionaries(st.sampled_from([*PROPERTIES, "surveyed_at", "code"]), JSON))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_that_is_sent_breaks_an_answer(chief: Client, geometry: Any, properties: Any) -> None:
    for body in ({**TOILET, "geometry": geometry}, {**TOILET, "properties": {**PROPERTIES, **properties}}):
        answer = send(chief, "POST", FACILITIES, body)
        assert answer.status_code in (201, 400, 422), answer.content
