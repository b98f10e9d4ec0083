"""Programs with tokens: who they are, what they may, that each is named, and that a token ends when it should."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import count, product
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.core.handlers.wsgi import WSGIHandler
from django.db import DatabaseError, connection
from django.test import Client
from django.utils.timezone import localdate, now

from config import wsgi
from config.door import Door
from gis.errors import Conflict, Invalid, NotAllowed
from gis.models import Area, PipeSegment, Road
from layers import manifest, registry, tokens
from layers.models import Account, Inquiry, Token
from layers.roles import grant
from layers.scope import COOKIE, GRANTS, Audience, Role, audience_of, sign
from tests.client import Answer, ask
from tests.factories import SOUTH, WEST, make, square, tile_at
from tiles import server
from tiles.generations import Generations
from tiles.server import Server

Go = Callable[..., Answer]
PIPES = f"/tiles/pipes/{tile_at(16)}.mvt"
NUMBERS = count()
ITEMS = "/ogc/collections/pipes/items"


@pytest.fixture
def area(transactional_db: None) -> Area:
    found: Area = make(Area, name="本街道", geom=square(WEST - 0.01, SOUTH - 0.01, 0.05))
    return found


def staff(role: Role, area: Area | None, *grants: str, **more: Any) -> User:
    made = User.objects.create_user(f"{role}-{next(NUMBERS)}", password="long-and-odd-7", **more)
    made.groups.add(Group.objects.get_or_create(name=role.value)[0])
    Account.objects.create(user=made, area=area, grants=list(grants))
    return made


@pytest.fixture
def user(area: Area) -> User:
    return staff(Role.MANAGER, area, "contacts")


@pytest.fixture
def go(tiles: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Go]:
    """``go(path, token)`` over the whole composition, whose tiles read the news at every request."""
    monkeypatch.setattr(wsgi, "PREFIXES", (("/tiles/", tiles),))
    monkeypatch.setattr(server, "application", tiles)
    manifest.forget()
    composed = wsgi.compose(WSGIHandler())

    def go(path: str, token: str = "", **more: Any) -> Answer:
        said = {"AUTHORIZATION": f"Bearer {token}"} if token else {}
        return ask(composed, path, **said | more)

    yield go
    manifest.forget()


def basic(name: str, password: str) -> str:
    return "Basic " + b64encode(f"{name}:{password}".encode()).decode()


def test_a_token_opens_what_its_owner_may_see_however_it_is_shown(go: Go, user: User) -> None:
    pipe = make(PipeSegment, code="GX-1")
    token = tokens.make(user, "QGIS", 90)
    for said in (f"Bearer {token}", f"bearer  {token}", basic("", token), basic("谁都行", token)):
        assert go("/tiles/pipes.json", AUTHORIZATION=said).status == 200
        assert go(PIPES, AUTHORIZATION=said).features("pipes")
        listed = go(ITEMS, AUTHORIZATION=said, query="purpose=test").json["features"]
        assert [one["id"] for one in listed] == [pipe.pk]
        assert "pipes" in {one["id"] for one in go("/api/manifest", AUTHORIZATION=said).json["layers"]}
    assert go("/tiles/pipes.json").status == 404, "who shows nothing is a stranger as ever"
    answer = go("/ogc/collections/pipes", token)
    assert "Authorization" in answer.headers["Vary"]
    assert "Set-Cookie" not in answer.headers
    assert Token.objects.get().used_on == localdate()


NONE = (
    "", "Bearer", "Bearer x", "Bearer ct_", "Basic", "Basic %%%", basic("manager", "long-and-odd-7"), "Digest a=b",
    "Bearer " + "x" * 10_000, "Bearer \xff",
)  # fmt: skip


def test_what_is_no_token_is_refused_and_not_overlooked(go: Go, user: User) -> None:
    for said, path in product(NONE, ("/tiles/roads.json", "/api/search", "/ogc", "/p/x", "/api/nothing")):
        answer = go(path, AUTHORIZATION=said, query="q=a")
        assert answer.status == 401, (said, path)
        assert "WWW-Authenticate" in answer.headers
        assert answer.headers["Cache-Control"] == "no-store"
        assert "oken" in answer.body.decode()
    assert go("/ogc", "x").json["status"] == go("/tiles/roads.json", "x").json["status"] == 401
    assert go("/tiles/roads.json", method="HEAD", AUTHORIZATION="").body == b""
    assert go("/map", "x").status == 200, "pages for people do not look at tokens"


ENDS: dict[str, tuple[Callable[[User], Any], int]] = {
    "revoked": (lambda user: Token.objects.all().delete(), 401),
    "revoked by SQL": (lambda user: execute("DELETE FROM layers_token"), 401),
    "deactivated": (lambda user: User.objects.filter(pk=user.pk).update(is_active=False), 401),
    "user deleted": (lambda user: user.delete(), 401),
    "role removed": (lambda user: user.groups.clear(), 401),
    "another role": (lambda user: user.groups.set([Group.objects.get_or_create(name="planner")[0]]), 200),
    "grant taken": (lambda user: Account.objects.filter(user=user).update(grants=[]), 200),
    "password changed": (lambda user: (user.set_password("another-odd-8"), user.save()), 200),
}


def execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def test_what_its_owner_lost_it_has_lost_at_once(go: Go, area: Area) -> None:
    paths = ("/tiles/rooms.json", "/api/manifest", "/ogc/collections/rooms")
    for what, (end, status) in ENDS.items():
        user = staff(Role.MANAGER, area, "contacts")
        token = tokens.make(user, "QGIS", 90)
        assert [go(path, token).status for path in paths] == [200] * 3
        end(user)
        left = 404 if what == "another role" else status  # planners have no rooms
        assert (what, [go(path, token).status for path in paths]) == (what, [left, status, left])


def test_it_ends_on_its_day(go: Go, user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    token = tokens.make(user, "QGIS", 1)
    assert go("/tiles/rooms.json", token).status == 200
    Token.objects.update(made_at=now() - timedelta(days=2), expires_at=now() - timedelta(seconds=1))
    assert go("/tiles/rooms.json", token).status == 200, "remembered for minutes, unless its end was known"
    monkeypatch.setattr("config.door.time", lambda: now().timestamp() + 301)
    assert go("/tiles/rooms.json", token).status == 401


def test_the_pass_given_for_it_outlives_it_nowhere(go: Go, user: User, tiles: Server) -> None:
    shown = f"Bearer {tokens.make(user, 'QGIS', 90)}"
    environ = {"PATH_INFO": PIPES, "HTTP_AUTHORIZATION": shown, "HTTP_COOKIE": "sessionid=x"}
    Door(tiles, tiles.supply.gate).admit(environ)
    assert "sessionid" not in environ["HTTP_COOKIE"]
    assert ask(tiles, "/tiles/rooms.json", COOKIE=environ["HTTP_COOKIE"]).status == 200
    Token.objects.all().delete()
    assert ask(tiles, "/tiles/rooms.json", COOKIE=environ["HTTP_COOKIE"]).status == 404


def test_cookies_beside_a_token_count_for_nothing(go: Go, user: User, area: Area) -> None:
    token = tokens.make(staff(Role.PLANNER, area), "script", 30)
    wider = f"{COOKIE}={sign(Audience(Role.ADMIN))}"
    assert go("/tiles/rooms.json", COOKIE=wider).status == 200
    assert go("/tiles/rooms.json", token, COOKIE=wider).status == 404
    assert go("/tiles/rooms.json", "ct_bad", COOKIE=wider).status == 401


def test_news_that_is_on_its_way_is_waited_for(go: Go, user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    token = tokens.make(user, "QGIS", 90)
    assert go("/tiles/rooms.json", token).status == 200
    monkeypatch.setattr(Generations, "generation", lambda *_: 0)  # and so the gate has heard of nothing since
    assert go("/tiles/rooms.json", token).status == 200
    with monkeypatch.context() as patch:
        patch.setattr(tokens, "prove", lambda _: (_ for _ in ()).throw(DatabaseError))
        assert go("/tiles/rooms.json", tokens.make(user, "new", 90)).status == 500
        assert go("/tiles/rooms.json", token).status == 200, "a database that is away withdraws nothing"


def test_looks_at_what_is_guarded_name_the_token(go: Go, user: User) -> None:
    make(PipeSegment, code="GX-1")
    token = tokens.make(user, "巡检脚本", 90)
    assert go(PIPES, token).status == 200
    assert go(ITEMS, token, query="purpose=%E6%A0%B8%E5%AF%B9").status == 200
    assert go(ITEMS, token).status == 200, "a program that names no purpose has the name of its token for one"
    assert go("/api/search", token, query="q=GX-1").status == 200
    assert list(Inquiry.objects.order_by("pk").values_list("reader", "token", "purpose")) == [
        (user.pk, "巡检脚本", said) for said in ("图上浏览", "核对", "巡检脚本", "扫码或链接查看")
    ]
    client = Client()
    client.force_login(user)
    assert client.get(ITEMS).status_code == 400, "people say what for"
    assert client.get(ITEMS, {"purpose": "核对"}).status_code == 200
    assert Inquiry.objects.latest("pk").token == ""


def test_an_administrators_token_is_a_managers(go: Go, area: Area) -> None:
    grant()
    chief = User.objects.create_superuser("chief")
    chief.groups.add(Group.objects.get(name="planner"), Group.objects.get(name="admin"))
    assert audience_of(chief).role is Role.ADMIN
    assert tokens.lessened(audience_of(chief)) == Audience(Role.MANAGER, grants=frozenset(GRANTS))
    token = tokens.make(chief, "script", 90)
    allowed = {name: go(f"/ogc/collections/{name}/items", token, method="OPTIONS").headers["Allow"]
               for name in ("facilities", "roads")}  # fmt: skip
    assert ("POST" in allowed["facilities"], "POST" in allowed["roads"]) == (False, True)
    assert go("/admin/", token).status == 302


def test_what_a_managers_token_opens_an_administrator_may_see() -> None:
    manager, admin = Audience(Role.MANAGER), Audience(Role.ADMIN)
    for layer in registry.every():
        assert layer.visible_to(admin) or not layer.visible_to(manager)
        assert all(field.seen_by(admin) for field in layer.fields if field.seen_by(manager))


def test_changes_need_no_other_token(go: Go, area: Area) -> None:
    grant()
    user, row = staff(Role.PLANNER, area), make(Road)
    token, path = tokens.make(user, "script", 90), f"/ogc/collections/roads/items/{row.pk}"
    seen = go(path, token)
    assert seen.headers["ETag"]
    body = json.dumps({"properties": {"name": "东路"}}).encode()
    said = {"method": "PATCH", "body": body, "kind": "application/merge-patch+json", "IF_MATCH": seen.headers["ETag"]}
    cookie = f"{COOKIE}={sign(Audience(Role.PLANNER))}"
    assert go(path, COOKIE=cookie, **said).status in (403, 405), "the pass alone changes nothing"
    page = {"ORIGIN": "https://elsewhere.example"}
    assert go(path, token, **said | page).status == 403, "a browser may have kept it"
    assert go(path, token, **said).status == 204
    row.refresh_from_db()
    assert row.name == "东路"
    assert LogEntry.objects.get().user == user


def test_the_account_page_makes_shows_once_and_revokes(user: User, client: Client) -> None:
    assert client.get("/accounts/")["Location"] == "/accounts/login/?next=/accounts/"
    client.force_login(user)
    made = client.post("/accounts/", {"name": " QGIS ", "days": "90"})
    assert "no-store" in made["Cache-Control"]
    [token] = Token.objects.all()
    [text] = [word for word in made.content.decode().split('"') if word.startswith(tokens.PREFIX)]
    assert (token.name, token.digest) == ("QGIS", tokens.digest(text))
    assert timedelta(days=89) < token.expires_at - now() < timedelta(days=91)
    page = client.get("/accounts/").content.decode()
    assert "QGIS" in page
    assert "本街道" in page
    assert text not in page
    for wrong in ({"name": "QGIS", "days": "90"}, {"name": "", "days": "90"}, {"name": "x", "days": "9999"}):
        assert client.post("/accounts/", wrong).status_code == 400
    other = Client()
    other.force_login(User.objects.create_superuser("other"))
    assert other.post(f"/accounts/tokens/{token.pk}").status_code == 404, "of others nobody revokes any here"
    assert client.get(f"/accounts/tokens/{token.pk}").status_code == 405
    assert client.post(f"/accounts/tokens/{token.pk}").status_code == 302
    assert not Token.objects.exists()


def test_who_may_make_which(user: User) -> None:
    with pytest.raises(NotAllowed):
        tokens.make(User.objects.create_user("resident"), "x", 30)
    for name, days in (("", 30), ("x" * 61, 30), ("a\nb", 30), ("x", 0), ("x", 366)):
        with pytest.raises(Invalid):
            tokens.make(user, name, days)
    for number in range(tokens.MOST):
        tokens.make(user, f"{number}", 365)
    with pytest.raises(Conflict):
        tokens.make(user, "one more", 30)
    assert len({token.digest for token in Token.objects.all()}) == tokens.MOST
