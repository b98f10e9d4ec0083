"""The four pages; the resident's map first."""

from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils import translation
from django.views.decorators.http import require_safe

from frontend.words import WORDS

LANGUAGES = {"zh": "zh-hans", "en": "en"}
MODULES = sorted(file.name for file in (Path(__file__).parent / "static" / "frontend").glob("*.js"))
# Our own controls take the place of django-leaflet's, and the page sets the view: no tile is asked for twice.
MAP = {"SCALE": None, "SPATIAL_EXTENT": None}


@require_safe
def city_map(request: HttpRequest) -> HttpResponse:
    """The public map, one page for residents and signed-in staff; ``lang`` chooses the language and is kept."""
    chosen = LANGUAGES.get(request.GET.get("lang", ""))
    if chosen is None:
        return _map(request)
    with translation.override(chosen):
        response = _map(request)
    response.set_cookie(settings.LANGUAGE_COOKIE_NAME, chosen, samesite="Lax", secure=settings.LANGUAGE_COOKIE_SECURE)
    return response


def _map(request: HttpRequest) -> HttpResponse:
    words = {key: str(word) for key, word in WORDS.items()}
    about = {
        "city": settings.CITY_NAME,
        "city_bounds": settings.CITY_BOUNDS,
        "approval_number": settings.APPROVAL_NUMBER,
    }
    return render(request, "frontend/map.html", {"words": words, "modules": MODULES, "leaflet": MAP, **about})


urlpatterns: list[URLPattern] = [path("map", city_map, name="map")]
