"""The URLs of the OGC API, below ``/ogc``."""

from django.urls import URLPattern, path, re_path

from frontend.ogc import collections, items, landing, tiles

HERE = "ogc/collections/<str:layer_id>"
urlpatterns: list[URLPattern] = [
    re_path("^ogc/?$", landing.landing),
    path("ogc/conformance", landing.conformance),
    path("ogc/api", landing.definition),
    path("ogc/collections", collections.listing),
    path(HERE, collections.one),
    *(path(f"{HERE}/{kind}", collections.told_by, {"kind": kind}) for kind in ("schema", "queryables", "sortables")),
    path(f"{HERE}/items", items.listing),
    path(f"{HERE}/items/<str:item_id>", items.single),
    path(f"{HERE}/tiles", tiles.listing),
    path(f"{HERE}/tiles/<str:name>", tiles.tileset),
    path("ogc/tileMatrixSets", tiles.sets),
    path("ogc/tileMatrixSets/<str:name>", tiles.matrix_set),
]
