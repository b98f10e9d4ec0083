"""A copied cookie is worth nothing as soon as what it says is no longer so, also where no database is asked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.utils import timezone

from gis.models import Area
from layers import tokens
from layers.models import Account, Ended, Epoch
from layers.scope import COOKIE, GRANTS, LONGEST, MOST_GRANTS, Audience, Bearer, Role, read, sign, sitting_of
from tests.client import Answer, ask
from tests.factories import WEST, make, square, tile_at
from tiles.live import Live
from tiles.pool import Busy
from tiles.server import Server

Get = Callable[..., Answer]
PATH = "/tiles/pipes.json"


@pytest.fixture
def area(transactional_db: None) -> Area:
    found: Area = make(Area, geom=square(WEST - 0.01, side=0.05))
    return found


@pytest.fixture
def user(area: Area) -> User:
    made = User.objects.create_user("wang", password="long-and-odd-7")
    made.groups.add(Group.objects.get_or_create(name=Role.MANAGER.value)[0])
    Account.objects.create(user=made, area=area, grants=["contacts"])
    return made


def signed_in(user: User) -> tuple[Client, str]:
    """A browser of a user, and a copy of its cookie."""
    client = Client()
    client.force_login(user)
    client.get("/api/manifest")
    return client, client.cookies[COOKIE].value


def status(tiles: Server, token: str) -> int:
    return ask(tiles, PATH, COOKIE=f"{COOKIE}={token}").status


CHANGES: dict[str, Callable[[User], Any]] = {
    "role removed": lambda user: user.groups.clear(),
    "role removed by SQL": lambda user: execute("DELETE FROM auth_user_groups WHERE user_id = %s", user.pk),
    "role added": lambda user: user.groups.add(Group.objects.create(name="field")),
    "group renamed": lambda _: Group.objects.filter(name="manager").update(name="former"),
    "group deleted": lambda _: Group.objects.get(name="manager").delete(),
    "area changed": lambda user: Account.objects.filter(user=user).update(area=make(Area, geom=square(WEST + 1))),
    "area taken": lambda user: Account.objects.filter(user=user).update(area=None),
    "grant taken": lambda user: Account.objects.filter(user=user).update(grants=[]),
    "account deleted": lambda user: Account.objects.filter(user=user).delete(),
    "deactivated": lambda user: User.objects.filter(pk=user.pk).update(is_active=False),
    "made a superuser": lambda user: User.objects.filter(pk=user.pk).update(is_superuser=True),
    "password changed": lambda user: (user.set_password("another-odd-8"), user.save()),
    "user deleted": lambda user: user.delete(),
    "sessions deleted": lambda _: Session.objects.all().delete(),
    "sessions emptied": lambda _: execute("TRUNCATE django_session"),
    "groups emptied": lambda _: execute("TRUNCATE auth_user_groups"),
    "accounts emptied": lambda _: execute("TRUNCATE layers_account"),
}
OF_ALL = {"sessions deleted", "sessions emptied", "groups emptied", "accounts emptied"}


def execute(sql: str, *parameters: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)


def style(server: Server, cookie: str) -> Any:
    return ask(server, "/tiles/style.json", COOKIE=cookie).json


@pytest.mark.parametrize("what", CHANGES)
def test_a_copy_ends_with_what_it_says(tiles: Server, user: User, area: Area, what: str) -> None:
    _, copy = signed_in(user)
    other = User.objects.create_user("li", is_superuser=True)
    _, others = signed_in(other)
    assert (status(tiles, copy), status(tiles, others)) == (200, 200)
    assert "pipes" in {one.get("source-layer") for one in style(tiles, f"{COOKIE}={copy}")["layers"]}
    CHANGES[what](user)
    assert status(tiles, copy) == 404
    shown = f"{COOKIE}={copy}"
    assert ask(tiles, f"/tiles/pipes/{tile_at(16)}.mvt", COOKIE=shown).status == 404
    assert ask(Live(tiles.supply), "/live/changes", query="layers=pipes", COOKIE=shown).status == 404
    assert not {"pipes", "rasters"} & {one.get("source-layer") for one in style(tiles, shown)["layers"]}
    if what not in OF_ALL:
        assert status(tiles, others) == 200, "nobody else is sent away"


def test_signing_out_ends_the_copy_of_this_browser_alone(tiles: Server, user: User) -> None:
    client, copy = signed_in(user)
    _, elsewhere = signed_in(user)
    client.post("/accounts/logout/")
    assert (status(tiles, copy), status(tiles, elsewhere)) == (404, 200)


def test_the_browser_itself_gets_a_cookie_that_counts(tiles: Server, user: User) -> None:
    client, copy = signed_in(user)
    Account.objects.filter(user=user).update(grants=[])
    client.get("/api/search?q=none")
    fresh = client.cookies[COOKIE].value
    assert fresh != copy
    assert (status(tiles, copy), status(tiles, fresh)) == (404, 200)
    assert read(fresh).audience.grants == frozenset()


def test_tokens_that_are_emptied_end_the_passes_given_for_them(tiles: Server, user: User) -> None:
    text = tokens.make(user, "QGIS", 30)
    proof = tokens.prove(tokens.digest(text)).proof
    copy = sign(proof.audience, proof.bearer)
    assert status(tiles, copy) == 200
    execute("TRUNCATE layers_token")
    assert status(tiles, copy) == 404


def test_what_changes_nothing_withdraws_nothing(tiles: Server, user: User) -> None:
    _, copy = signed_in(user)
    User.objects.filter(pk=user.pk).update(last_login=timezone.now(), first_name="王")
    Session.objects.create(session_key="old", session_data="", expire_date=timezone.now() - timedelta(days=1))
    Session.objects.filter(session_key="old").delete()
    assert status(tiles, copy) == 200
    assert not Ended.objects.filter(sitting=sitting_of("old")).exists()


def test_ended_sittings_are_not_kept_for_ever(user: User) -> None:
    Ended.objects.create(sitting="long ago", at=timezone.now() - timedelta(hours=2))
    signed_in(user)[0].logout()
    assert set(Ended.objects.values_list("sitting", flat=True)).isdisjoint({"long ago"})
    assert Ended.objects.exists()


def test_news_of_passes_that_cannot_be_read_lets_nobody_in(
    tiles: Server, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, copy = signed_in(user)
    assert status(tiles, copy) == 200
    user.groups.clear()

    def away(*_: object) -> Any:
        raise Busy

    monkeypatch.setattr(tiles.supply.gate, "_rows", away)
    assert status(tiles, copy) == 503
    assert ask(tiles, "/tiles/roads.json").status == 200, "who has no cookie is not asked"


def test_a_database_that_is_away_withdraws_nothing(tiles: Server, user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    _, copy = signed_in(user)
    assert status(tiles, copy) == 200

    def away(*_: object) -> Any:
        raise Busy

    monkeypatch.setattr(tiles.supply.gate, "_rows", away)
    monkeypatch.setattr(tiles.supply.generations, "_read", away)
    assert status(tiles, copy) == 200


def test_an_epoch_before_or_after_is_none(tiles: Server, user: User) -> None:
    number = Epoch.objects.get(account=user.pk).number
    for epoch, expected in ((number - 1, 404), (number, 200), (number + 1, 404)):
        token = sign(Audience(Role.MANAGER), Bearer(user.pk, epoch, "x"))
        assert status(tiles, token) == expected


def test_the_longest_token_is_read() -> None:
    grants = frozenset(f"{'g' * 18}{n}" for n in range(MOST_GRANTS))
    audience = Audience(Role.RESIDENT, str(2**63 - 1), grants)
    token = sign(audience, Bearer(2**63 - 1, 2**63 - 1, "f" * 16))
    assert len(token) <= LONGEST
    assert read(token).audience == audience


def test_a_token_is_the_same_whatever_the_order_of_a_set() -> None:
    audience = Audience(Role.FIELD, "7", frozenset(["b", "a", "c"]))
    assert "~a.b.c~" in sign(audience)
    assert repr(audience) == "Audience('field', '7', ['a', 'b', 'c'])"
    assert set(GRANTS) == {"contacts"}
