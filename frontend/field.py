"""The field map: one page for staff on the street, which a phone can keep and open without the network.

What is kept is the page and its files, and a pack of the city for whom asked for one (``packs``), never an answer: the
page says for whom it was made (a mark of the sitting), so that the service worker keeps one for whoever is signed in
and none for anybody else.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from itertools import chain

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.templatetags.static import static
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from frontend.field_words import FIELD_WORDS
from frontend.joined import FIRST, FOLDER, PARTS, imports, places, source
from frontend.language import in_language
from frontend.pages import drawn
from frontend.passport import audience, sitting
from gis.errors import NotAllowed

PAGE = "/field"
PARTS_OF_FIELD = ("field.js", "spot.js", "finder.js", "report.js")
"""What the page has beside the map's own; the others come when they are first wanted."""
BESIDE = ("leaflet/leaflet.css", "frontend/city.css", "leaflet/leaflet.js", "vendor/protomaps-leaflet.js")
ICONS = {"192x192": "field-192.png", "512x512": "field-512.png"}
View = Callable[[HttpRequest], HttpResponse]


def workers(view: View) -> View:
    """A page for staff: strangers may sign in first, to others it is refused with a sentence."""

    @wraps(view)
    @never_cache
    def guarded(request: HttpRequest) -> HttpResponse:
        if not audience(request).public:
            return view(request)
        if request.user.is_authenticated:
            raise NotAllowed("外勤地图供工作人员使用 / The field map is for staff")
        return redirect_to_login(request.get_full_path())

    return guarded


@require_safe
@workers
def field_map(request: HttpRequest) -> HttpResponse:
    """The page; ``Kept-For`` names the sitting that it was made for."""
    whose = sitting(request)
    response = in_language(request, lambda: drawn(request, "frontend/field.html", FIELD_WORDS, kept_for=whose))
    response["Kept-For"] = whose
    return response


@require_safe
def web_manifest(_request: HttpRequest) -> JsonResponse:
    """What a phone needs to install the page; the same for everybody."""
    name = f"{settings.CITY_NAME} {_('外勤')}"
    about = {
        "id": PAGE,
        "start_url": PAGE,
        "scope": PAGE,
        "display": "standalone",
        "name": name,
        "short_name": _("外勤地图"),
        "background_color": "#f4f2ec",
        "theme_color": "#0b6e69",
        "icons": _icons(),
    }
    return JsonResponse(about, content_type="application/manifest+json")


def _icons() -> list[dict[str, str]]:
    drawn_ = [
        {"src": static(f"frontend/{name}"), "sizes": size, "type": "image/png", "purpose": purpose}
        for size, name in ICONS.items()
        for purpose in ("any", "maskable")
    ]
    return [{"src": static("frontend/icon.svg"), "sizes": "any", "type": "image/svg+xml"}, *drawn_]


@require_safe
@never_cache
def worker(_request: HttpRequest) -> HttpResponse:
    """The service worker, told what the shell of this release is; it may look after ``/field`` and nothing else."""
    told = json.dumps({"release": settings.STATIC_URL, "files": shell()})
    response = HttpResponse(f"const SHELL = {told};\n{source('field-worker.js')}", content_type="text/javascript")
    response["Service-Worker-Allowed"] = PAGE
    return response


def shell() -> list[str]:
    """The files without which the page does not open."""
    own = dict.fromkeys(chain(*(imports(name) for name in PARTS_OF_FIELD)))
    if settings.DEBUG:
        scripts = dict.fromkeys([*chain(*(PARTS[part] for part in (*FIRST, "wording.js", "page.js"))), *own])
    else:
        scripts = dict.fromkeys([*PARTS, *(name for name in own if name not in {**places(), **PARTS})])
    return [*(static(name) for name in BESIDE), *(static(f"{FOLDER}/{name}") for name in (*scripts, "icon.svg"))]


urlpatterns: list[URLPattern] = [
    path("field", field_map, name="field"),
    path("field/app.webmanifest", web_manifest, name="field-manifest"),
    path("field/worker.js", worker, name="field-worker"),
]
