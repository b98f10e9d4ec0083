"""A wrong declaration is refused with a sentence that says what to mend."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Q
from django.db.models.functions import Now

from gis.models import Roll, Water
from layers import registry
from layers.checks import problems
from layers.coarse import Blocks, Counts, Coverage
from layers.layer import Field, Layer, Units
from layers.scope import ADMINS, RESIDENT, STAFF, Role
from layers.style import Channel, Class, Label, Paint, Style

PLAIN = Style("fill", (Class((), "水", "Water", Paint(fill="#b9d8e8")),))
GOOD = Layer(
    "pond",
    "池塘",
    "Pond",
    "base",
    Water,
    (Field("name", "名", "Name", tile=True), Field("kind", "类", "Kind", audience=STAFF, tile=True)),
    PLAIN,
    order=("-shape__area", "pk"),
)
GATHERED = Blocks(below=14, counts=Counts(below=10))


def wrong(**changes: Any) -> list[str]:
    return [f"{problem.id}: {problem.msg}" for problem in problems(replace(GOOD, **changes))]


def test_a_right_declaration_passes() -> None:
    assert wrong() == []


@pytest.mark.parametrize(
    "changes",
    [
        {"order": ("pk",), "min_zoom": 15},
        {"order": ("pk",), "thin": ((9, Q(name="")),)},
        {"order": ("pk",), "coarse": GATHERED},
        {"order": ("pk",), "coarse": Coverage(by=("kind",))},
    ],
)
def test_each_way_to_say_what_is_shown_far_out_will_do(changes: dict[str, Any]) -> None:
    assert wrong(**changes) == []


def test_who_edits_must_see_and_be_able_to_say_what_a_row_needs() -> None:
    assert wrong(editors=ADMINS) == []
    assert "E016" in wrong(editors=frozenset({Role.RESIDENT}))[0]
    assert "E016" in wrong(editors=ADMINS, guarded=True)[0]
    assert "E016" in wrong(editors=ADMINS, audience=STAFF - ADMINS)[0]
    [problem] = wrong(editors=ADMINS, fields=(GOOD.fields[0],), style=PLAIN)
    assert problem == "layers.E017: layer 'pond' is edited by 'admin', who cannot say 'kind'"


def test_ours_pass_when_django_checks() -> None:
    assert [problem for problem in run_checks() if str(problem.id).startswith("layers.")] == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"search": ("nmae",)}, "layers.E001: layer 'pond' shows 'nmae', which Water lacks"),
        ({"inside": ("house",)}, "layers.E001: layer 'pond' shows 'house', which Water lacks"),
        (
            {"fields": (*GOOD.fields, Field("id", "", "", units=Units("sort", {})))},
            "layers.E001: layer 'pond' shows 'sort', which Water lacks",
        ),
        ({"fields": (Field("stat", "", ""),)}, "layers.E001: layer 'pond' shows 'stat', which Water lacks"),
        ({"geometry": "place"}, "layers.E001: layer 'pond' shows 'place', which Water lacks"),
        (
            {"style": replace(PLAIN, label=Label("depth", "#000000"))},
            "layers.E002: layer 'pond' is styled by 'depth', which its tiles do not carry",
        ),
        (
            {"style": replace(PLAIN, width=Channel("kind", {}, 1))},
            "layers.E003: layer 'pond' is styled by 'kind', which not all of its audience may see",
        ),
        (
            {"fields": (Field("name", "", "", tile=True, english="kind"), GOOD.fields[1])},
            "layers.E018: layer 'pond' says 'name' in English by 'kind', which not all who see the one may see",
        ),
        ({"min_zoom": 9, "max_zoom": 8}, "layers.E004: layer 'pond' has no zooms between 9 and 8"),
        (
            {"style": replace(PLAIN, classes=())},
            "layers.E005: layer 'pond' has a style without a class, so nothing would be drawn",
        ),
        ({"by_area": True}, "layers.E007: layer 'pond' is kept to staff areas and yet public: residents have no area"),
        ({"source": "register"}, "layers.E001: layer 'pond' shows 'register', which Water lacks"),
        ({"order": ("-size",)}, "layers.E008: layer 'pond' cannot be cut at zoom 0: Cannot resolve keyword 'size'"),
        (
            {"thin": ((9, Q(size=1)),)},
            "layers.E008: layer 'pond' cannot be cut at zoom 0: Cannot resolve keyword 'size'",
        ),
        (
            {"order": ("pk",), "min_zoom": 14},
            "layers.E010: layer 'pond' would send all its rows at zoom 14: declare coarse, thin or order",
        ),
        (
            {"coarse": GATHERED, "style": replace(PLAIN, by="name", dash=Channel("kind", {}, ()))},
            "layers.E011: layer 'pond' is gathered, which keeps 'name' but not 'kind' of its style",
        ),
        (
            {"coarse": GATHERED, "style": replace(PLAIN, kind="line")},
            "layers.E012: layer 'pond' has blocks, but its style does not fill surfaces",
        ),
        (
            {"coarse": GATHERED, "select": lambda rows, _: rows.filter(updated_at__lt=Now())},
            "layers.E013: layer 'pond' is gathered, but its rows for 'resident' depend on the day",
        ),
        ({"coarse": Coverage(by=("level",))}, "layers.E001: layer 'pond' shows 'level', which Water lacks"),
        ({"id": "pond'); --"}, "layers.E009: layer 'pond'); --' needs an id of small letters, digits and hyphens"),
    ],
)
def test_a_wrong_one_is_refused_with_a_sentence(changes: dict[str, Any], sentence: str) -> None:
    found = wrong(**changes)
    assert any(problem.startswith(sentence) for problem in found), found


def test_people_are_never_a_layer() -> None:
    layer = Layer("people", "人", "People", "base", Roll, (), PLAIN, audience=STAFF, geometry="id", shape="id")
    assert "layers.E006: layer 'people' shows Roll: people's data is never a layer" in [
        f"{problem.id}: {problem.msg}" for problem in problems(layer)
    ]


def test_an_id_is_declared_once() -> None:
    with registry.registered(GOOD), pytest.raises(ImproperlyConfigured, match="declared twice"):
        registry.register(GOOD)


def test_a_test_layer_leaves_with_its_test() -> None:
    with pytest.raises(RuntimeError), registry.registered(GOOD):
        assert registry.get("pond", RESIDENT) is GOOD
        raise RuntimeError
    assert "pond" not in {layer.id for layer in registry.every()}
