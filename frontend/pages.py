"""The four pages; the resident's map first."""

import json
from collections.abc import Mapping
from itertools import chain
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import URLPattern, path
from django.utils import translation
from django.utils.cache import patch_cache_control
from django.utils.html import json_script
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_safe

from frontend.api import answer, known
from frontend.ask_words import ASK_WORDS
from frontend.field_words import FIELD_WORDS
from frontend.joined import FIRST, FOLDER, PARTS, places
from frontend.language import LANGUAGES, in_language
from frontend.words import WORDS

# What the import desk leaves out of django-leaflet's map: a scale and a view of its own.
MAP = {"SCALE": None, "SPATIAL_EXTENT": None}


LATER = {"ask": ASK_WORDS, "field": FIELD_WORDS}
"""Words that the first picture does not wait for."""
WORDS_S = 300


class Readable(DjangoJSONEncoder):
    """JSON with Chinese as it is: a third of the bytes."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "ensure_ascii": False})


def scripts() -> dict[str, Any]:
    """What the template needs to load the map's modules: the files of the first picture, and where others are."""
    if settings.DEBUG:
        return {"first": list(chain(*(PARTS[part] for part in FIRST))), "mapped": {}}
    mapped = {static(f"{FOLDER}/{name}"): static(f"{FOLDER}/{part}") for name, part in places().items()}
    return {"first": list(FIRST), "mapped": mark_safe(json.dumps({"imports": mapped}))}


@require_safe
def city_map(request: HttpRequest) -> HttpResponse:
    """The public map, one page for residents and signed-in staff."""
    return in_language(request, lambda: drawn(request, "frontend/map.html"))


def drawn(request: HttpRequest, template: str, words: Mapping[str, Any] | None = None, **more: Any) -> HttpResponse:
    """A page whose map is made of what the reader may see, with more words than the map's own and more for the
    template."""
    about = {
        "words": json_script({key: str(word) for key, word in {**WORDS, **(words or {})}.items()}, "words", Readable),
        "manifest": json_script(known(request), "manifest", Readable),
        **scripts(),
        "city": settings.CITY_NAME,
        "city_bounds": settings.CITY_BOUNDS,
        "approval_number": settings.APPROVAL_NUMBER,
        **more,
    }
    return render(request, template, about)


@require_safe
def later_words(request: HttpRequest, part: str) -> HttpResponse:
    """The sentences of a part of the page that comes when it is first wanted, in the language of ``lang``."""
    if part not in LATER:
        raise Http404
    with translation.override(LANGUAGES.get(request.GET.get("lang", ""), "zh-hans")):
        response = answer({key: str(word) for key, word in LATER[part].items()})
    patch_cache_control(response, public=True, max_age=WORDS_S)
    return response


urlpatterns: list[URLPattern] = [
    path("map", city_map, name="map"),
    path("map/words/<slug:part>.json", later_words),
]
