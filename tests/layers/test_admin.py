"""The back office shows staff of an area no more of what is kept to areas than the map does."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.test import Client

from gis.models import Area, PipeSegment, Room
from layers import registry
from layers.layer import Layer
from layers.models import Account
from layers.roles import grant
from layers.scope import Role
from tests.city import draw

pytestmark = pytest.mark.django_db
KEPT = [layer for layer in registry.every() if layer.by_area]


def staff(role: Role, area: Area | None) -> Client:
    grant()
    user = User.objects.create_user(f"{role}-{area}", is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    Account.objects.create(user=user, area=area)
    client = Client()
    client.force_login(user)
    return client


def listed(client: Client, layer: Layer) -> set[int]:
    page = client.get(f"/admin/spatial/{layer.model._meta.model_name}/")
    return set(page.context["cl"].queryset.values_list("pk", flat=True)) if page.status_code == 200 else set()


@pytest.mark.parametrize("layer", KEPT, ids=lambda layer: layer.id)
@pytest.mark.parametrize("role", [Role.FIELD, Role.PLANNER, Role.MANAGER, Role.ADMIN])
def test_an_area_limits_the_back_office_too(layer: Layer, role: Role) -> None:
    town = draw("A 1 A B 2 B", layer.model)
    sees = role in layer.audience
    for letter, numbers in {"A": {1}, "B": {2}, "": {1, 2}}.items():
        client = staff(role, town.areas.get(letter))
        assert town.numbers(listed(client, layer)) == (numbers if sees else set())
        for number, row in town.rows.items():
            root = f"/admin/spatial/{layer.model._meta.model_name}/{row.pk}"
            for page in (f"{root}/change/", f"{root}/history/", f"{root}/delete/"):
                opened = client.get(page).status_code == 200
                assert not opened or (sees and number in numbers)


def test_nobody_widens_their_own_area() -> None:
    town = draw("A 1 A B 2 B", PipeSegment)
    forms = [f"/admin/spatial/area/{town.areas['A'].pk}/change/", "/admin/spatial/area/add/"]
    kept, free = staff(Role.PLANNER, town.areas["A"]), staff(Role.PLANNER, None)
    assert [b'name="_save"' in free.get(form).content for form in forms] == [True, True]
    assert [kept.post(form, {"name": "x"}).status_code for form in forms] == [403, 403]


def test_rolls_cannot_be_felt_out_through_filters() -> None:
    client = staff(Role.MANAGER, None)
    draw("A 1", Room)
    for lookup in ("rolls__name=x", "rolls__relation=x", "rolls__name__startswith=a", "rolls__room__number=1"):
        assert client.get(f"/admin/spatial/room/?{lookup}").status_code in (302, 400)


def test_who_answers_for_which_area_is_for_administrators_alone() -> None:
    for role in (Role.FIELD, Role.PLANNER, Role.MANAGER):
        assert staff(role, None).get("/admin/layers/account/").status_code == 403
    assert staff(Role.ADMIN, None).get("/admin/layers/account/").status_code == 200
    assert admin.site.is_registered(Account)
