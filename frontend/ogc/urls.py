"""The URLs of the OGC API, below ``/ogc``."""

from django.urls import URLPattern, path, re_path
from django.views.decorators.csrf import csrf_exempt

from frontend.ogc import changes, collections, landing, tiles

HERE = "ogc/collections/<str:layer_id>"
_pages: list[URLPattern] = [
    re_path("^ogc/?$", landing.landing),
    path("ogc/conformance", landing.conformance),
    path("ogc/api", landing.definition),
    path("ogc/collections", collections.listing),
    path(HERE, collections.one),
    *(path(f"{HERE}/{kind}", collections.told_by, {"kind": kind}) for kind in ("schema", "queryables", "sortables")),
    path(f"{HERE}/items", changes.collection),
    path(f"{HERE}/items/<str:item_id>", changes.feature),
    path(f"{HERE}/tiles", tiles.listing),
    path(f"{HERE}/tiles/<str:name>", tiles.tileset),
    path("ogc/tileMatrixSets", tiles.sets),
    path("ogc/tileMatrixSets/<str:name>", tiles.matrix_set),
]
for _page in _pages:
    # Most change nothing, and other methods are a 405, no 403; what does change asks for the token itself.
    _page.callback = csrf_exempt(_page.callback)
urlpatterns = _pages
