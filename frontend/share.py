"""One page a place: a preview for whoever gets the link in a chat, and the open card for whoever follows it."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from frontend.passport import audience
from gis.errors import NotFound
from layers import features, registry, search
from layers.scope import RESIDENT, Audience
from tiles import picture

FRESH_S = 300
SAID = 4  # facts in the preview's description


def found(code: str, who: Audience) -> dict[str, Any]:
    """Return the place of a code; ``NotFound`` when there is none for this audience."""
    place = search.place(code, who)
    if place is None:
        raise NotFound(f"没有编码为「{code[:60]}」的地点 (no place has this code)")
    return place


@require_safe
def place(request: HttpRequest, code: str) -> HttpResponse:
    """The page of a place, the same to a person and to a chat's robot; it goes on to the map by itself."""
    who = audience(request)
    at = found(code, who)
    response = render(request, "frontend/share.html", preview(request, code, at, who))
    patch_cache_control(response, private=True, no_cache=True)  # the form of its head carries a token
    return response


@require_safe
def image(request: HttpRequest, code: str) -> HttpResponse:
    """The picture of a place, as anyone may see it."""
    response = HttpResponse(picture.of(found(code, RESIDENT)), content_type="image/png")
    patch_cache_control(response, public=True, max_age=FRESH_S)
    return response


def preview(request: HttpRequest, code: str, at: dict[str, Any], who: Audience) -> dict[str, Any]:
    """Return what the page says: title, a few facts, picture, and the way on."""
    card = features.card(registry.get(at["layer"], who), who, at["id"])
    facts = [f"{row['title']}：{row['value']}{row['unit']}" for row in card["rows"] if row["value"] != card["title"]]
    where = "›".join(part["title"] for part in card["within"] if part["layer"] == "areas")
    name = quote(code)
    return {
        "title": card["title"],
        "description": "；".join(filter(None, [card["layer_title"], where, *facts[:SAID]])),
        "city": settings.CITY_NAME,
        "url": request.build_absolute_uri(f"/p/{name}"),
        "image": request.build_absolute_uri(f"/p/{name}.png") if shared(code) else "",
        "map": f"/map?sel={at['layer']}:{at['id']}#17.00/{at['lat']:.5f}/{at['lon']:.5f}",
        "width": picture.WIDTH,
        "height": picture.HEIGHT,
    }


def shared(code: str) -> bool:
    """Whether anyone may see the place: only then there is a picture of it."""
    return search.place(code, RESIDENT) is not None
