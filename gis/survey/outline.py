"""The ground of a finding as the map's address tells shapes: its corners, a band where it is too thin, else a circle.

An address tells corners to a metre and not many of them (frontend's shapes.js): a sliver is thinner, a border longer.
"""

from __future__ import annotations

from typing import cast

import numpy as np
import shapely

from gis.degrees import METRES

FINE = 100_000
"""Parts of a degree in which corners are told: a metre."""
METRE = 1 / METRES
MOST = 60
"""Corners, so that a link stays short."""
COARSE_M = (0.5, 2, 8, 32)
THIN_M = 3
LIKENESS = 0.25
"""The share of a shape that its telling may miss or add."""
RADII_M = (5, 20_000)


def told(wkb: bytes) -> str:
    """A polygon of degrees as `poly:lat,lon,…` in steps of FINE, or as `circle:lat,lon,metres`."""
    part = cast("shapely.Polygon", shapely.from_wkb(wkb))
    whole = shapely.Polygon(part.exterior)
    for grown in (whole, shapely.buffer(whole, THIN_M * METRE, join_style="mitre")):
        for coarse in COARSE_M:
            if drawn := polygon(grown, coarse * METRE):
                return drawn
    place = part.representative_point()
    reach = np.hypot(*(shapely.get_coordinates(part) - shapely.get_coordinates(place)).T).max() / METRE
    return f"circle:{place.y:.5f},{place.x:.5f},{int(np.clip(np.ceil(reach), *RADII_M))}"


def polygon(whole: shapely.Polygon, coarse: float) -> str:
    """A polygon in whole steps; "" when it has too many corners or is another shape then."""
    rough = whole.simplify(coarse)
    steps = np.rint(shapely.get_coordinates(rough.exterior)[:-1, ::-1] * FINE).astype(int)
    if not 3 <= len(steps) <= MOST:
        return ""
    again = shapely.Polygon(steps[:, ::-1] / FINE)
    if not again.is_valid or again.symmetric_difference(whole).area > LIKENESS * whole.area:
        return ""
    first, rest = steps[0] / FINE, np.diff(steps, axis=0).ravel()
    return f"poly:{first[0]:.5f},{first[1]:.5f}," + ",".join(map(str, rest))
