"""Where rows lie to each other, as an outline that a page can hold without a script: an SVG path, north up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.gis.db.models import Extent, GeometryField
from django.contrib.gis.db.models.functions import AsSVG, SnapToGrid
from django.db.models import F, FloatField, Func, Value

from gis.models.located import TILES
from layers.layer import Layer, Rows

MOST = 400
FINE, DOT, MARGIN = 500, 90, 0.04
"""Of the width: a step of the outline, the side of a point's square, and the rim."""
LEAST_M = 100.0


class Expand(Func):
    """A box around a shape, so many metres wider on every side: how a point is seen."""

    function = "ST_Expand"
    output_field = GeometryField(srid=TILES)


@dataclass(frozen=True, slots=True)
class Outline:
    """The window of EPSG:3857 as SVG counts (south positive), and what lies in it."""

    left: float
    top: float
    width: float
    height: float
    paths: tuple[str, ...]


def outline(layer: Layer, rows: Rows, pks: Sequence[int]) -> Outline | None:
    """Return the outline of some rows; None where there is none."""
    some = rows.order_by().filter(pk__in=pks[:MOST])
    extent = some.aggregate(extent=Extent(layer.shape))["extent"]
    if extent is None:
        return None
    west, south, east, north = extent
    width = max(east - west, north - south, LEAST_M)
    shape: Func = SnapToGrid(F(layer.shape), width / FINE)
    if layer.style.kind == "point":
        shape = Expand(F(layer.shape), Value(width / DOT, FloatField()))
    paths = some.annotate(drawn=AsSVG(shape, relative=False, precision=1)).values_list("drawn", flat=True)
    rim = width * (MARGIN + 1 / DOT)
    return Outline(west - rim, -north - rim, east - west + 2 * rim, north - south + 2 * rim,
                   tuple(path for path in paths if path))  # fmt: skip
