"""The questions of residents: what is near, in view, under way, allowed here, new. Answers carry no personal data."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.utils.timezone import localdate
from django.views.decorators.http import require_safe

from frontend import parameters as read
from frontend.api import answer
from frontend.passport import audience
from layers import registry
from layers.city import nearby
from layers.city.days import known_days
from layers.city.here import here as holding
from layers.city.lately import Window, around_place, changes
from layers.city.nearby import LISTS, Asked
from layers.inquiry import inquire
from layers.places import place
from layers.scope import Audience

SHARED = ("at", "lon", "lat", "bbox", "limit")
SHARED_FOR = "public, max-age=30"
LONGEST_DAYS = 400


def told(request: HttpRequest, who: Audience, value: object) -> JsonResponse:
    """Return an answer that proxies may keep for a moment, unless it says where somebody stands or is for staff."""
    response = answer(value)
    shared = who.public and "lon" not in request.GET and request.method != "POST"
    response["Cache-Control"] = SHARED_FOR if shared else "private, no-store"
    return response


def asked_by(request: HttpRequest, limit: int, *names: str) -> Asked:
    """Read what lists have in common, and what this one has besides; other names are refused."""
    asked = request.GET
    read.only(asked, *SHARED, *names)
    return Asked(
        at=read.instant(asked),
        point=read.position(asked),
        box=read.box(asked),
        limit=read.count(asked, "limit", limit),
        kinds=read.words(asked, "kind"),
        features=read.words(asked, "features"),
        only_open=read.flag(asked, "open"),
        on_foot=read.flag(asked, "walk"),
        layers=read.words(asked, "layers", LISTS),
        first=read.day(asked, "from"),
        last=read.day(asked, "to"),
        road=read.word(asked, "road"),
        zoom=read.count(asked, "zoom", nearby.DEEPEST, nearby.DEEPEST),
    )


@require_safe
def near(request: HttpRequest) -> JsonResponse:
    """Facilities and markets by kind, the nearest first."""
    who = audience(request)
    return told(request, who, nearby.near(asked_by(request, 20, "kind", "features", "open", "walk"), who))


@require_safe
def listing(request: HttpRequest) -> JsonResponse:
    """What is in view, of several layers; what is guarded for a purpose that is named."""
    who, asked = audience(request), asked_by(request, 50, "layers", "zoom", "open", "walk", "purpose")
    purpose, found = read.word(request.GET, "purpose"), nearby.listing(asked, who)
    question = f"list {read.said(request.GET)}"
    for layer in (registry.get(name, who) for name in asked.layers):
        rows = sum(line["layer"] == layer.id for line in found["items"])
        inquire(layer, request.user, purpose, question, rows)
    return told(request, who, found)


@require_safe
def works(request: HttpRequest) -> JsonResponse:
    """Works and closures by date."""
    who = audience(request)
    return told(request, who, nearby.works(asked_by(request, 100, "from", "to", "road"), who))


@require_safe
def here(request: HttpRequest) -> JsonResponse:
    """What holds at a point."""
    read.only(request.GET, "lon", "lat", "at")
    who, point = audience(request), read.position(request.GET, required=True)
    assert point is not None
    return told(request, who, holding(point, read.instant(request.GET), who))


@require_safe
def lately(request: HttpRequest) -> JsonResponse:
    """What changed lately, in a box, around a point or around a place."""
    who, asked = audience(request), request.GET
    read.only(asked, "days", "bbox", "lon", "lat", "place", "limit")
    days, today = timedelta(days=read.count(asked, "days", 30, LONGEST_DAYS)), localdate()
    window = Window(today - days, today, read.box(asked), read.position(asked), reach=1000)
    if code := read.word(asked, "place"):
        window = around_place(known(code, who), who, window.first, today)
    return told(request, who, {"items": changes(window, who, read.count(asked, "limit", 50))})


@require_safe
def days(request: HttpRequest) -> JsonResponse:
    """From which day to which one may ask what held."""
    read.only(request.GET)
    who, today = audience(request), localdate()
    first, last = known_days(who, today, read.days_to_ask(today))
    return told(request, who, {"from": first.isoformat(), "today": today.isoformat(), "to": last.isoformat()})


def known(code: str, who: Audience) -> dict[str, Any]:
    """Return the place of a code; ``Invalid`` when there is none."""
    found = place(code, who)
    if found is None:
        read.refuse("place", f"没有编码为“{code}”的地点", "no place has this code")
    return found
