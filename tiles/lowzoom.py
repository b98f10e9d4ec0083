"""What a tile far out draws of a layer in place of single rows: stored counts and blocks, stored outlines."""

from __future__ import annotations

from typing import Any

from django.db.models import BinaryField, BooleanField, Case, F, Func, OuterRef, Subquery, When
from django.db.models.functions import Coalesce

from gis.models import Coarse
from layers.coarse import Blocks, Counts, Coverage, counts_of, view
from layers.layer import Layer, Rows
from layers.scope import Audience
from tiles.corners import ENVELOPE, REACH, drawn, overlaps
from tiles.tile import BUFFER, EXTENT, side

FINEST = 2048  # parts of a tile's side: a quarter of a pixel, which nobody sees
SMALL = BUFFER
"""Units of a tile: few that are no larger lie at its edge, so that their boxes reach into it and they do not."""
SPECK = 1.5
"""Units of a square that rounding leaves one or two of, never none."""
COUNT = "count"  # property of features that stand for many; 0 in the tiles that only see a part of one


def gathered(layer: Layer, audience: Audience, zoom: int) -> Rows | None:
    """Tile geometry, number and painted properties of what is stored for a zoom, the most first; None when the layer's
    own rows are drawn.

    A block that reaches into a tile is drawn there, and counted in the one tile that holds its spot.
    """
    coarse = layer.coarse
    whose = view(layer, audience)
    if not isinstance(coarse, Blocks | Counts) or zoom >= coarse.below or whose is None:
        return None
    counts = counts_of(coarse)
    stored = Coarse.objects.filter(overlaps(F("shape"), REACH), layer=layer.id, view=whose, zoom=zoom)
    own = overlaps(F("spot"), ENVELOPE)
    shape = F("shape")
    if counts and zoom < counts.below:
        stored = stored.filter(own, number__gte=counts.least)
        shape = F("spot") if layer.style.kind == "point" else shape
    bare: Any = Func(shape, template="%(expressions)s", output_field=BinaryField())
    seen: Any = drawn(bare)
    if not (counts and zoom < counts.below):  # what the owner has nothing of is still counted there
        seen = Coalesce(seen, Case(When(own, then=drawn(F("spot")))), output_field=BinaryField())
    named = {"mvt_0": seen, "mvt_1": Case(When(own, then=F("number")), default=0), "mvt_2": F("painted")}
    rows: Rows = stored.annotate(**named)
    return rows.order_by("-number", "cell", "part").values_list(*named)[: layer.limit + 1]


def seen(layer: Layer, zoom: int, shape: Any) -> Any:
    """A shape as a tile draws it; of a surface that is too small or too thin for that, a square of a unit or two on it:
    nothing vanishes. What is larger than ``SMALL`` and is not drawn has no part in the tile."""
    if layer.style.kind != "fill":
        return drawn(shape)
    unit, own = side(zoom) / EXTENT, F(layer.shape)
    across, up = (f"ST_{axis}Max(%(expressions)s) - ST_{axis}Min(%(expressions)s)" for axis in "XY")
    small: Any = Func(own, template=f"greatest({across}, {up}) < {SMALL * unit!r}", output_field=BooleanField())
    spot = f"ST_Expand(ST_PointOnSurface(%(expressions)s), {SPECK / 2 * unit!r})"
    square = Func(own, template=spot, output_field=BinaryField())
    return Coalesce(drawn(shape), Case(When(small, then=drawn(square))), output_field=BinaryField())


def outline(layer: Layer, zoom: int) -> Any:
    """The shape of a row without the vertices that no screen can show: half of them, and a phone decodes and paints
    each several times. Of surfaces that cover the ground the stored one, which fits its neighbours'."""
    metres = side(zoom) / FINEST
    simple = Func(
        F(layer.shape), template=f"ST_Simplify(%(expressions)s, {metres:.3f}, true)", output_field=BinaryField()
    )
    if not isinstance(layer.coarse, Coverage) or zoom >= layer.coarse.below:
        return simple
    step = layer.coarse.step(zoom)
    stored = Coarse.objects.filter(layer=layer.id, view="", zoom=step, cell=OuterRef("pk"), part=0)
    bare = Func(F("shape"), template="%(expressions)s", output_field=BinaryField())
    return Coalesce(Subquery(stored.values(coarse_shape=bare)[:1]), simple, output_field=BinaryField())
