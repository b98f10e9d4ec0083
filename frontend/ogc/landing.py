"""The door: what this is, what it holds to, and where the rest is."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from frontend.ogc import openapi
from frontend.ogc.answers import HTML, JSON, OPENAPI, PLAIN, REL, form_of, link, links, shown, url, written
from frontend.ogc.changes import editor
from frontend.ogc.conformance import CLASSES
from frontend.parameters import only
from frontend.passport import audience
from layers import registry

DEFINITION = {"json": OPENAPI, "html": HTML}


@require_safe
def landing(request: HttpRequest) -> HttpResponse:
    """The landing page."""
    only(request.GET, "f")
    who, form = audience(request), form_of(request, PLAIN)
    told = {
        "title": f"{settings.CITY_NAME} · OGC API",
        "description": "城图的图层：要素与瓦片 / The layers of this city's map as features and tiles",
        "attribution": settings.APPROVAL_NUMBER,
        "links": [
            *links(request, form, PLAIN),
            link(url(request, "/api", f="json"), "service-desc", OPENAPI, "接口定义 API definition"),
            link(url(request, "/api", f="html"), "service-doc", HTML, "接口说明 API documentation"),
            link(url(request, "/conformance"), "conformance", JSON, "符合的标准 Conformance"),
            link(url(request, "/collections"), "data", JSON, "图层 Collections"),
            link(url(request, "/collections"), REL + "data", JSON, "图层 Collections"),
            link(url(request, "/tileMatrixSets"), REL + "tiling-schemes", JSON, "瓦片方案 Tile matrix sets"),
            link(request.build_absolute_uri("/tiles/style.json"), "style", JSON, "样式 MapLibre style"),
        ],
    }
    if form == "html":
        return shown(request, who, "landing", {"layers": registry.visible(who), "about": told})
    return written(request, who, told)


@require_safe
def conformance(request: HttpRequest) -> HttpResponse:
    """What this API holds to."""
    only(request.GET, "f")
    who, form = audience(request), form_of(request, PLAIN)
    if form == "html":
        return shown(request, who, "conformance", {"classes": CLASSES})
    return written(request, who, {"conformsTo": CLASSES, "links": links(request, form, PLAIN)})


@require_safe
def definition(request: HttpRequest) -> HttpResponse:
    """The OpenAPI definition, as far as the asker may know."""
    only(request.GET, "f")
    who, form = audience(request), form_of(request, DEFINITION)
    told = openapi.document(editor(request), url(request))
    if form == "html":
        return shown(request, who, "definition", {"paths": openapi.spoken(told)})
    return written(request, who, told, OPENAPI)
