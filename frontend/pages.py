"""The four pages; the resident's map first."""

import re
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils import translation
from django.utils.html import json_script
from django.views.decorators.http import require_safe

from frontend.api import known
from frontend.words import WORDS

LANGUAGES = {"zh": "zh-hans", "en": "en"}
SCRIPTS = Path(__file__).parent / "static" / "frontend"
IMPORTED = re.compile(r'^(?:import|export) .*from "\./([a-z-]+\.js)";$', re.MULTILINE)
# What the import desk leaves out of django-leaflet's map: a scale and a view of its own.
MAP = {"SCALE": None, "SPATIAL_EXTENT": None}


class Readable(DjangoJSONEncoder):
    """JSON with Chinese as it is: a third of the bytes."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "ensure_ascii": False})


def imports(name: str) -> list[str]:
    """Return a module and all that it imports before it runs, each once: what the first picture waits for."""
    found = {name: None}
    for other in IMPORTED.findall((SCRIPTS / name).read_text(encoding="utf-8")):
        found |= dict.fromkeys(imports(other))
    return list(found)


FIRST = list(dict.fromkeys([*imports("ahead.js"), *imports("main.js")]))


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
    about = {
        "words": json_script({key: str(word) for key, word in WORDS.items()}, "words", Readable),
        "manifest": json_script(known(request), "manifest", Readable),
        "first": FIRST,
        "city": settings.CITY_NAME,
        "city_bounds": settings.CITY_BOUNDS,
        "approval_number": settings.APPROVAL_NUMBER,
    }
    return render(request, "frontend/map.html", about)


urlpatterns: list[URLPattern] = [path("map", city_map, name="map")]
