"""The pages' questions to the server: what is there, where is it, what is it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from frontend import parameters as read
from frontend.passport import audience
from frontend.report import reportable
from layers import features, registry, search
from layers.city.heads import carded
from layers.inquiry import BY_ITS_CODE, ON_THE_MAP, inquire
from layers.manifest import manifest as layers_manifest
from layers.onward import onward
from tiles import live

PLAIN = {"ensure_ascii": False, "separators": (",", ":")}


def answer(value: object) -> JsonResponse:
    """Return JSON with Chinese as it is."""
    return JsonResponse(value, json_dumps_params=PLAIN)


@require_safe
@never_cache
def manifest(request: HttpRequest) -> JsonResponse:
    """Layers, groups, legend and who is asking."""
    read.only(request.GET)
    return answer(known(request))


def known(request: HttpRequest) -> dict[str, Any]:
    """Return what the reader's map is made of; the page carries it, so that its first picture waits for nothing."""
    who = audience(request)
    about = {
        "title": settings.CITY_NAME,
        "approval_number": settings.APPROVAL_NUMBER,
        "role": who.role,
        "signed_in": request.user.is_authenticated,
        "username": request.user.get_username(),
        "at": live.at(),  # before the first tile is asked for: what changes from here on is told
    }
    return about | layers_manifest(who)


@require_safe
@never_cache
def find(request: HttpRequest) -> JsonResponse:
    """Features by name, the nearest to lon/lat first when these are given."""
    read.only(request.GET, "q", "lon", "lat")
    text, who = request.GET.get("q", ""), audience(request)
    found = search.search(text, who, read.position(request.GET)) or search.by_code(text.strip(), who)
    for layer in {hit["layer"]: registry.get(hit["layer"], who) for hit in found}.values():
        rows = sum(hit["layer"] == layer.id for hit in found)
        inquire(layer, request.user, BY_ITS_CODE, f"search {text.strip()}", rows)
    return answer({"results": found})


@require_safe
@never_cache
def card(request: HttpRequest, layer_id: str, pk: int) -> JsonResponse:
    """One feature in words and GeoJSON."""
    read.only(request.GET)
    who = audience(request)
    layer = registry.get(layer_id, who)
    found = carded(features.card(layer, who, pk), who)
    inquire(layer, request.user, ON_THE_MAP, f"card {pk}", 1)
    return answer(reportable(request, found | onward(layer, who, found, timezone.now())))
