"""The pages' questions to the server: what is there, where is it, what is it."""

from __future__ import annotations

from math import isfinite

from django.conf import settings
from django.contrib.gis.geos import Point
from django.http import HttpRequest, HttpResponseRedirect, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from frontend.passport import audience
from gis.errors import Invalid, NotFound
from layers import features, registry, search
from layers.manifest import manifest as layers_manifest

PLAIN = {"ensure_ascii": False, "separators": (",", ":")}


def answer(value: object) -> JsonResponse:
    """Return JSON with Chinese as it is."""
    return JsonResponse(value, json_dumps_params=PLAIN)


@require_safe
@never_cache
def manifest(request: HttpRequest) -> JsonResponse:
    """Layers, groups, legend and who is asking."""
    who = audience(request)
    about = {
        "title": settings.CITY_NAME,
        "approval_number": settings.APPROVAL_NUMBER,
        "role": who.role,
        "signed_in": request.user.is_authenticated,
        "username": request.user.get_username(),
    }
    return answer(about | layers_manifest(who))


@require_safe
@never_cache
def find(request: HttpRequest) -> JsonResponse:
    """Features by name, the nearest to lon/lat first when these are given."""
    found = search.search(request.GET.get("q", ""), audience(request), position(request))
    return answer({"results": found})


@require_safe
@never_cache
def card(request: HttpRequest, layer_id: str, pk: int) -> JsonResponse:
    """One feature in words and GeoJSON."""
    who = audience(request)
    return answer(features.card(registry.get(layer_id, who), who, pk))


@require_safe
@never_cache
def place(request: HttpRequest, code: str) -> HttpResponseRedirect:
    """The one URL of a place: the map with it selected."""
    found = search.place(code, audience(request))
    if found is None:
        raise NotFound(f"没有编码为「{code}」的地点 (no place has this code)")
    where = f"#17.00/{found['lat']:.5f}/{found['lon']:.5f}"
    return HttpResponseRedirect(f"/map?sel={found['layer']}:{found['id']}{where}")


def position(request: HttpRequest) -> Point | None:
    """Return the point of the lon and lat parameters; ``Invalid`` when only one is there or they are no position."""
    texts = request.GET.get("lon"), request.GET.get("lat")
    if texts == (None, None):
        return None
    try:
        lon, lat = (float(text or "") for text in texts)
    except ValueError:
        raise Invalid("lon 与 lat 须为数字 (lon and lat are numbers)") from None
    if not (isfinite(lon) and isfinite(lat) and -180 <= lon <= 180 and -90 <= lat <= 90):
        raise Invalid("lon 须在 ±180, lat 须在 ±90 之内 (lon within 180, lat within 90 degrees)")
    return Point(lon, lat, srid=4490)
