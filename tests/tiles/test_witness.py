"""Who has pipes drawn is kept once a sitting and cell, before the first tile of it is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import DatabaseError
from django.test import Client
from django.utils.timezone import localdate

from gis.models import PipeSegment
from layers.models import Account, Inquiry
from layers.scope import COOKIE, Role
from tests.client import Answer, ask
from tests.factories import SOUTH, WEST, line, make, tile_at
from tiles.server import Server

Draw = Callable[..., Answer]


@pytest.fixture
def user(transactional_db: None) -> User:
    made = User.objects.create_user("ma")
    made.groups.add(Group.objects.get_or_create(name=Role.MANAGER.value)[0])
    Account.objects.create(user=made)
    make(PipeSegment, code="GX-1")
    make(PipeSegment, code="GX-2", geom=line(WEST + 1))
    return made


@pytest.fixture
def draw(tiles: Server, user: User) -> Draw:
    """``draw(layers, lon, zoom)`` as the user, ``anew=True`` in another sitting."""
    sitting: list[str] = []

    def get(layers: str, lon: float = WEST, zoom: int = 18, anew: bool = False) -> Answer:
        if anew or not sitting:
            client = Client()
            client.force_login(user)
            client.get("/api/manifest")
            sitting[:] = [client.cookies[COOKIE].value]
        return ask(tiles, f"/tiles/{layers}/{tile_at(zoom, lon, SOUTH)}.mvt", COOKIE=f"{COOKIE}={sitting[0]}")

    return get


def kept() -> list[tuple[Any, ...]]:
    return list(Inquiry.objects.order_by("pk").values_list("reader__username", "layer", "purpose", "question", "rows"))


def test_a_look_is_kept_once_a_sitting_layer_and_cell(draw: Draw) -> None:
    assert draw("facilities,roads").status in (200, 204)
    assert kept() == []
    assert {draw("pipes").status, draw("pipes,roads").status, draw("pipes", zoom=17).status} == {200}
    look = ("ma", "pipes", "图上浏览", f"tiles {tile_at(13, WEST, SOUTH)}", 1)
    assert kept() == [look]
    draw("pipes", WEST + 1)
    draw("pipe-nodes")
    assert [(one[1], one[4]) for one in kept()] == [("pipes", 1), ("pipes", 1), ("pipe-nodes", 0)]
    draw("pipes", anew=True)
    assert kept()[-1] == look


def test_the_city_s_next_day_is_another_look(draw: Draw, monkeypatch: pytest.MonkeyPatch) -> None:
    draw("pipes")
    tomorrow = localdate() + timedelta(days=1)
    monkeypatch.setattr("tiles.witness.localdate", lambda: tomorrow)
    assert {draw("pipes").status for _ in range(2)} == {200}
    assert [one[1] for one in kept()] == ["pipes", "pipes"]


def test_a_large_tile_is_its_own_cell(draw: Draw) -> None:
    draw("pipes", zoom=11)
    assert [one[3] for one in kept()] == [f"tiles {tile_at(11, WEST, SOUTH)}"]


def test_nothing_is_told_of_which_nothing_can_be_kept(draw: Draw, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(**_: Any) -> None:
        raise DatabaseError

    with monkeypatch.context() as patch:
        patch.setattr(Inquiry.objects, "create", away)
        assert draw("pipes").status == 503
        assert draw("facilities").status in (200, 204)
    assert draw("pipes").status == 200
