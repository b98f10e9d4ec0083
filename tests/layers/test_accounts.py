"""Demo accounts: only on this machine, only in demo mode, passwords said once and kept for the owner alone."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.core.management.base import CommandError

from gis.models import Area
from layers.roles import grant
from layers.scope import Role, audience_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def demo_mode(settings: Any, tmp_path: Path) -> Iterator[Path]:
    settings.DEMO, settings.VAR = True, tmp_path
    settings.ENV = replace(settings.ENV, host="127.0.0.1", demo=True)
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    yield tmp_path / "secrets" / "demo-accounts.txt"


def accounts() -> str:
    said = StringIO()
    call_command("demo_accounts", stdout=said)
    return said.getvalue()


def community() -> Area:
    square = "SRID=4490;MULTIPOLYGON(((0 0, 0.01 0, 0.01 0.01, 0 0.01, 0 0)))"
    return Area.objects.create(level=5, name="甲社区", geom=square)


def test_each_account_has_its_role_and_can_sign_in(demo_mode: Path) -> None:
    area = community()
    said = accounts()
    passwords = dict(line.split() for line in demo_mode.read_text(encoding="utf-8").splitlines())
    roles = {}
    for name, password in passwords.items():
        assert password in said
        user = authenticate(username=name, password=password)
        assert isinstance(user, User)
        roles[name] = audience_of(user).role
        assert audience_of(user).area == (str(area.pk) if name == "field1" else "")
    assert roles == {
        "planner1": Role.PLANNER, "field1": Role.FIELD, "manager1": Role.MANAGER, "admin1": Role.ADMIN,
    }  # fmt: skip


def test_the_file_is_for_its_owner_alone(demo_mode: Path) -> None:
    accounts()
    assert stat.S_IMODE(demo_mode.stat().st_mode) == 0o600


def test_a_second_run_shows_no_password_and_changes_none(demo_mode: Path) -> None:
    accounts()
    kept, hashes = demo_mode.read_text(encoding="utf-8"), list(User.objects.order_by("pk").values_list("password"))
    said = accounts()
    assert str(demo_mode) in said
    assert not any(line.split()[1] in said for line in kept.splitlines())
    assert list(User.objects.order_by("pk").values_list("password")) == hashes


def test_a_lost_file_means_new_passwords(demo_mode: Path) -> None:
    accounts()
    before = demo_mode.read_text(encoding="utf-8")
    demo_mode.unlink()
    accounts()
    assert demo_mode.read_text(encoding="utf-8") != before
    assert User.objects.count() == 4


def test_not_outside_demo_mode(settings: Any) -> None:
    settings.DEMO = False
    with pytest.raises(CommandError, match="DEMO=1"):
        accounts()
    assert not User.objects.exists()


def test_not_on_an_address_others_can_reach(settings: Any) -> None:
    settings.ENV = replace(settings.ENV, host="192.0.2.7")
    with pytest.raises(CommandError, match=r"192\.0\.2\.7"):
        accounts()
    assert not User.objects.exists()


def test_not_where_real_people_work(demo_mode: Path) -> None:
    User.objects.create_user("planner1", email="someone@city.example")
    assert "真实账号" in accounts()
    assert User.objects.count() == 1
    assert not demo_mode.exists()


def permissions(role: Role) -> set[str]:
    return {
        f"{app}.{name}"
        for app, name in Group.objects.get(name=role).permissions.values_list("content_type__app_label", "codename")
    }


def test_groups_may_do_what_their_work_is() -> None:
    assert grant() > 0
    assert grant() == 0
    planner, field, manager = (permissions(role) for role in (Role.PLANNER, Role.FIELD, Role.MANAGER))
    assert {
        "spatial.add_fenceversion",
        "spatial.change_zoning",
        "spatial.change_segment",
        "spatial.change_area",
    } <= planner
    assert not {"spatial.change_building", "spatial.view_room", "spatial.change_pipesegment"} & planner
    assert {name for name in field if not name.startswith("spatial.view_")} == set()
    assert {name for name in manager if not name.startswith("spatial.view_")} == {"spatial.read_roll"}
    assert [role for role in Role if role is not Role.RESIDENT and "spatial.read_roll" in permissions(role)] == [
        Role.MANAGER
    ]


def test_what_a_city_gave_its_group_stays() -> None:
    grant()
    group = Group.objects.get(name=Role.FIELD)
    group.permissions.add(*Group.objects.get(name=Role.PLANNER).permissions.all())
    before = group.permissions.count()
    grant()
    assert group.permissions.count() == before
