"""A piece of the city that somebody may take along: as far as it lies in the own area, no larger than a phone bears."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.gis.geos import GeometryCollection, GEOSGeometry, MultiPolygon, Point, Polygon

from gis.errors import Invalid, NotAllowed, NotFound
from gis.models import Area
from gis.models.located import STORED
from gis.queries import Box, nearest
from layers import registry
from layers.scope import Audience

AREAS = "areas"
MOST_KM2 = 12.0
MOST_PARTS = 12
DIGITS = 6
EDGE = 1e-5
"""Degrees, a metre: who only shares a border with the piece does not reach into it."""
KM = 111.32


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of the city: its name (empty for one drawn by hand) and its surface in degrees."""

    title: str
    shape: MultiPolygon

    @property
    def km2(self) -> float:
        """About how large it is."""
        return float(self.shape.area) * KM**2 * math.cos(math.radians(self.shape.centroid.y))

    @property
    def inner(self) -> GEOSGeometry:
        """The piece less its border."""
        shape = self.shape.buffer(-EDGE)
        shape.srid = STORED
        return self.shape if shape.empty else shape

    @property
    def outline(self) -> list[Any]:
        """Its outer rings, lon/lat."""
        rings = [polygon[0].simplify(EDGE, preserve_topology=True) for polygon in self.shape]
        return [[[round(lon, DIGITS), round(lat, DIGITS)] for lon, lat, *_ in ring.coords] for ring in rings]


def own_area(audience: Audience) -> Area | None:
    """The area of somebody's account, None for the whole city. ``NotAllowed`` for staff to whom none was given."""
    own = Area.objects.filter(pk=int(audience.area)).first() if audience.area else None
    if audience.area and own is None:
        raise NotAllowed("账号还没有辖区，不能带走资料 / The account has no area yet: there is nothing to take along")
    return own


def piece(audience: Audience, area: int | None, box: Box | None) -> Piece:
    """Return the piece that is asked for, as far as it lies in the asker's own area.

    ``NotFound`` where nothing of it does, ``Invalid`` when it is too large.
    """
    own = own_area(audience)
    if area is not None:
        row = registry.get(AREAS, audience).rows_for(audience).filter(pk=area).first()
        title, shape = (row.name, row.geom) if row else ("", None)
    else:
        title, shape = "", Polygon.from_bbox((box.west, box.south, box.east, box.north)) if box else None
    theirs = shape and surfaces(shape.intersection(own.geom) if own and own.pk != area else shape)
    if not theirs:
        raise NotFound("没有这个片区，或不在您的辖区内 (no such piece, or none of yours)")
    found = Piece(title, theirs)
    if found.km2 > MOST_KM2:
        raise Invalid(
            f"片区约 {found.km2:.0f} 平方公里，一次最多带走 {MOST_KM2:.0f} / "
            f"the piece has {found.km2:.0f} km², at most {MOST_KM2:.0f} can be taken at once"
        )
    return found


def parts(audience: Audience, own: Area, point: Point) -> list[int]:
    """Return the areas just below one that is too large to be taken at once, the nearest first."""
    if Piece(own.name, own.geom).km2 <= MOST_KM2:
        return []
    below = registry.get(AREAS, audience).rows_for(audience).filter(parent=own.pk)
    found, _ = nearest(below, point, ("pk",), MOST_PARTS)
    return [row["pk"] for row in found]


def surfaces(shape: GEOSGeometry) -> MultiPolygon:
    """The surfaces of what an intersection left, without points and lines where two only touched; one may be empty."""
    parts: Iterable[Any] = shape if isinstance(shape, GeometryCollection) else [shape]
    return MultiPolygon([part for part in parts if isinstance(part, Polygon) and not part.empty], srid=STORED)
