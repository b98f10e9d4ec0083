"""Tables without shapes at the import desk: recognised by their columns, offered to those who may add their rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connections
from django.test import Client

from gis.models import Area, ImportRun, Segment, Zoning
from layers.models import Account
from layers.roles import grant
from tests.factories import make
from tests.frontend.test_imports import bring, order, person, signed_in

pytestmark = pytest.mark.django_db(transaction=True)
ZONINGS = "路段编码,侧,起点,终点,等级,分区,时段\nLD-1,左,0,40,一类,严禁,周一至周五7:30-9:00\nLD-1,左,30,60,一类,严控,\n"


@pytest.fixture(autouse=True)
def here(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.VAR, settings.IMPORT_WORKERS = tmp_path, False
    yield
    connections.close_all()


def clerk(role: str, area: Any = None) -> Client:
    """Somebody with the permissions of a role."""
    grant()
    user = person(role)
    Account.objects.create(user=User.objects.get(pk=user.pk), area=area)
    return signed_in(user)


def offered(client: Client) -> set[str]:
    page = client.get("/import").content.decode()
    return {name for name in ("zonings", "heads", "departments", "inspectors") if f'"{name}"' in page}


def test_each_is_offered_what_he_may_add() -> None:
    assert offered(clerk("planner")) == {"zonings", "heads"}
    assert offered(clerk("admin")) == {"zonings", "heads", "departments", "inspectors"}


def test_who_is_kept_to_an_area_is_offered_none() -> None:
    client = clerk("planner", make(Area, code="310115005"))
    assert offered(client) == set()
    token = bring(client, ("分区.csv", ZONINGS.encode()))["token"]
    assert client.get(f"/api/imports/uploads/{token}/datasets/0/form?subject=zonings").status_code == 404


def test_a_table_of_zonings_comes_in_at_the_desk_and_goes_back() -> None:
    make(Segment, code="LD-1")
    client = clerk("planner")
    seen = bring(client, ("街面分区.csv", ZONINGS.encode()))
    assert [(one["subject"], one["kinds"]) for one in seen["found"]] == [("zonings", [])]
    form = client.get(f"/api/imports/uploads/{seen['token']}/datasets/0/form?subject=zonings").json()
    titles = {one["name"]: one["title"] for one in form["columns"]}
    assert (titles["segment"], titles["from_m"], titles["valid_from"]) == ("路段", "起点(米)", "有效期起")
    job = order(client, seen["token"], "load", {"subject": "zonings", "source": "城管"})
    assert (job["outcome"]["added"], job["outcome"]["refused"]) == (1, 1)
    assert job["outcome"]["reasons"][0]["value"].startswith("LD-1 30–40 m")
    run = ImportRun.objects.get()
    ahead = client.get(f"/api/imports/runs/{run.pk}/undo").json()
    assert (ahead["closed"], ahead["against"]) == (1, [])
    assert client.post(f"/api/imports/runs/{run.pk}/undo").status_code == 202
    assert Zoning.objects.count() == 1
