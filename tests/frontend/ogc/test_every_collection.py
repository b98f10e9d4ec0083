"""Promises that every layer keeps through the OGC API, to every kind of person; a new layer is tried when declared."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from django.contrib.auth.models import Group, User
from django.contrib.sessions.models import Session
from django.test import Client

from frontend.ogc.answers import REL
from frontend.ogc.asked import NAMES, QUESTIONS
from layers import manifest, registry
from layers.layer import Layer
from layers.models import Account, Inquiry
from layers.scope import RESIDENT, Audience, Role
from tests.city import draw
from tests.factories import make

LAYERS = registry.every()
FORMS = ("json", "csv", "geojsonl")
every = pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.id)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_counts() -> None:
    manifest.forget()


def person(role: Role) -> Client:
    """Someone of a role, signed in, of the whole city and without grants."""
    client = Client()
    if role is not Role.RESIDENT:
        user = User.objects.create_user(f"{role}-ogc", password="x")
        user.groups.add(Group.objects.get_or_create(name=role)[0])
        Account.objects.update_or_create(user=user, defaults={"area": None})
        client.force_login(user)
    return client


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def asked(layer: Layer, path: str) -> str:
    """The path with a purpose, where one must be named."""
    return f"{path}{'&' if '?' in path else '?'}purpose=test" if layer.guarded and "/items" in path else path


def forms(layer: Layer, pk: int) -> list[str]:
    """Every way to a collection as data."""
    here = f"/ogc/collections/{layer.id}"
    parts = ("", "/schema", "/queryables", "/sortables", "/tiles", "/tiles/WebMercatorQuad", f"/items/{pk}")
    return [*(f"{here}{part}?f=json" for part in parts), *(f"{here}/items?f={form}" for form in FORMS)]


def probes(layer: Layer, who: Audience) -> list[str]:
    """Questions by every field that is hidden."""
    here, hidden = (
        f"/ogc/collections/{layer.id}/items",
        {one.key for one in layer.fields} - {one.key for one in layer.fields_for(who)},
    )
    return [
        f"{here}?{question}"
        for key in sorted(hidden)
        for question in (f"{key}=1", f"sortby={key}", f"properties={key}", f"filter={key} IS NULL",
                         f"f=csv&filter={key} IS NOT NULL", f"limit=1&filter=id>0 OR CASEI({key}) LIKE 'a%25'")
    ]  # fmt: skip


@pytest.fixture(scope="module")
def people(django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[Role, Client]]:
    """Someone of each role, signed in, of the whole city and without grants; kept for the whole file."""
    with django_db_blocker.unblock():
        clients = {role: person(role) for role in Role}
        yield clients
        User.objects.filter(username__endswith="-ogc").delete()
        Session.objects.all().delete()


@every
def test_who_may_see_it_gets_it_in_every_form_and_no_field_more(layer: Layer, people: dict[Role, Client]) -> None:
    row = make(layer.model)
    for role, client in people.items():
        who = Audience(role)
        told = {way: client.get(asked(layer, way)) for way in forms(layer, row.pk)}
        expected = 200 if layer.visible_to(who) else 404
        assert {way: answer.status_code for way, answer in told.items()} == dict.fromkeys(told, expected)
        if expected == 404:
            continue
        said = b"".join(body(answer) for answer in told.values())
        hidden = {field.key for field in layer.fields} - {field.key for field in layer.fields_for(who)}
        assert not [key for key in hidden if f'"{key}"'.encode() in said]
        seen = {field.key for field in layer.fields_for(who) if field.card}
        [feature] = client.get(asked(layer, f"/ogc/collections/{layer.id}/items?f=json&id={row.pk}")).json()["features"]
        assert (feature["id"], set(feature["properties"])) == (row.pk, seen)
        answers = {way: client.get(asked(layer, way)) for way in probes(layer, who)}
        assert {way: answer.status_code for way, answer in answers.items()} == dict.fromkeys(answers, 400)


@every
def test_its_pages_can_be_read(layer: Layer, people: dict[Role, Client]) -> None:
    row = make(layer.model)
    about = people[Role.ADMIN].get(f"/ogc/collections/{layer.id}?f=html").content.decode()
    assert ('name="purpose" required' in about) is layer.guarded, "its buttons would be refused"
    for part in ("", "/queryables", "/tiles/WebMercatorQuad", "/items", f"/items/{row.pk}"):
        page = people[Role.ADMIN].get(asked(layer, f"/ogc/collections/{layer.id}{part}?f=html"))
        assert page.status_code == 200
        assert layer.title in page.content.decode()


@pytest.mark.parametrize("role", list(Role))
def test_lists_and_definition_tell_of_what_may_be_seen_and_of_no_more(role: Role, people: dict[Role, Client]) -> None:
    expected = [layer.id for layer in registry.visible(Audience(role))]
    assert [one["id"] for one in people[role].get("/ogc/collections").json()["collections"]] == expected
    for path in ("/ogc/api?f=json", "/ogc/api?f=html", "/ogc/collections?f=html"):
        text = people[role].get(path).content.decode()
        listed = set(re.findall(r"/collections/([a-z-]+)", text))
        assert listed == set(expected), path


@every
def test_every_queryable_filters_and_every_sortable_orders(layer: Layer, people: dict[Role, Client]) -> None:
    """Part 3: what is said to be a queryable is one, as a parameter too where it is one value."""
    row = make(layer.model)
    here, client = f"/ogc/collections/{layer.id}", people[Role.ADMIN]
    known = client.get(f"{here}/queryables").json()["properties"]
    assert all("type" in one or one["format"].startswith("geometry-") for one in known.values()), "as the standard asks"
    items = asked(layer, f"{here}/items?f=json")
    about, order = client.get(here).json(), client.get(f"{here}/sortables").json()
    sorts = order["properties"]
    assert about["storageCrs"] == "http://www.opengis.net/def/crs/EPSG/0/4490", "as they are in the table"
    assert about["storageCrs"] in about["crs"]
    assert (about["defaultSortOrder"], order["additionalProperties"], order["type"]) == (["id"], False, "object"), (
        "Part 8"
    )
    assert all("type" in one for one in sorts.values())
    for told in (about, client.get(f"{items}&sortby=%2Bid").json()):
        [way] = [link["href"] for link in told["links"] if link["rel"] == f"{REL}sortables"]
        assert (urlsplit(way).path, order["$id"]) == (f"{here}/sortables", f"http://testserver{here}/sortables")
    either = " AND ".join(f"({key} IS NULL OR NOT {key} IS NULL)" for key in known)
    answer = client.get(f"{items}&{urlencode({'filter': either, 'sortby': ','.join(list(sorts)[:5])})}")
    assert [one["id"] for one in answer.json()["features"]] == [row.pk], answer.content
    [told] = client.get(items).json()["features"]
    for key in sorts.keys() - {"id", *NAMES, *QUESTIONS}:
        if (value := told["properties"][key]) is not None:
            text = json.dumps(value) if isinstance(value, bool) else str(value)
            found = client.get(f"{items}&{urlencode({key: text})}").json()
            assert found["numberMatched"] == 1, (key, found)


def test_a_person_of_an_area_gets_its_rows_and_no_count_of_others(db: None, people: dict[Role, Client]) -> None:
    for layer in (one for one in LAYERS if one.by_area):
        town = draw("A 1 A B 2 B", layer.model)
        user = User.objects.get(username="field-ogc")
        Account.objects.update_or_create(user=user, defaults={"area": town.areas["A"]})
        here = f"/ogc/collections/{layer.id}/items"
        told = people[Role.FIELD].get(asked(layer, here))
        if not layer.visible_to(Audience(Role.FIELD)):
            continue
        assert [one["id"] for one in told.json()["features"]] == [town.rows[1].pk]
        assert told.json()["numberMatched"] == 1
        assert "no-store" in told["Cache-Control"]
        assert people[Role.FIELD].get(asked(layer, f"{here}/{town.rows[2].pk}")).status_code == 404
        assert people[Role.FIELD].get(asked(layer, f"{here}?filter=id={town.rows[2].pk}")).json()["numberMatched"] == 0


@pytest.mark.parametrize("layer", [one for one in LAYERS if one.guarded], ids=lambda layer: layer.id)
def test_what_is_guarded_is_told_for_a_purpose_and_the_reading_is_kept(
    layer: Layer, people: dict[Role, Client]
) -> None:
    row = make(layer.model)
    here = f"/ogc/collections/{layer.id}/items"
    assert "purpose" in people[Role.ADMIN].get(here).json()["detail"]
    assert not Inquiry.objects.exists()
    for way in (f"{here}?", f"{here}/{row.pk}?", f"{here}/{row.pk}?f=html&", f"{here}?f=csv&", f"{here}?f=html&"):
        refused = people[Role.ADMIN].get(way.rstrip("&?"))
        assert (refused.status_code, b"purpose" in refused.content) == (400, True)
        before = Inquiry.objects.order_by("pk").values_list("pk", flat=True).last() or 0
        body(people[Role.ADMIN].get(f"{way}purpose=抢修"))
        [kept] = Inquiry.objects.filter(pk__gt=before).values_list("layer", "purpose", "rows", "reader__username")
        assert kept == (layer.id, "抢修", 1, "admin-ogc")


def test_a_stranger_is_a_resident(db: None) -> None:
    listed = [one["id"] for one in Client().get("/ogc/collections").json()["collections"]]
    assert listed == [layer.id for layer in registry.visible(RESIDENT)]
