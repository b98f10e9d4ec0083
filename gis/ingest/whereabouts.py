"""Numbers that land far from everything there: which other reading (zone, order, units) would bring them home."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from django.conf import settings
from django.db import connection

from gis.crs import TURNED, Crs, configured_grids, in_china, transformer
from gis.crs_guess import guess
from gis.doubt import Doubt
from gis.errors import ChengtuError
from gis.models import Area, Building, Facility, Road, Segment

NEAR = 0.3  # degrees, about thirty kilometres: the same city
FEW = 9  # points are enough
LANDMARKS = (Road, Segment, Building, Facility, Area)
# The likeliest first: degrees, 3° zones without and with their number, 6° zones, web mercator.
CODES = (4490, *range(4534, 4555), *range(4513, 4534), *range(4502, 4513), *range(4491, 4502), 3857)


def offer(xs: Any, ys: Any) -> str:
    """The `--crs` that would bring raw numbers among what is there; else what they look like; empty when neither."""
    xs, ys = few(xs), few(ys)
    if len(xs) and (found := next(homes(xs, ys), "")):
        return found
    seen = guess(xs, ys)
    clear = seen.kind in ("degrees", "zone", "mercator") and len(seen.candidates[:1]) == 1
    return f"EPSG:{seen.candidates[0]}{TURNED if seen.northing_first else ''}" if clear else ""


def few(values: Any) -> Any:
    """Some of many numbers, from all along."""
    column = np.asarray(values, dtype=np.float64)
    return column[np.linspace(0, len(column) - 1, min(FEW, len(column))).astype(int)] if len(column) else column


def homes(xs: Any, ys: Any) -> Iterator[str]:
    """Every reading under which nearly all the points lie near what is there."""
    for name in (*(f"EPSG:{code}" for code in CODES), *configured_grids()):
        for crs in (Crs.parse(name + turn, configured_grids()) for turn in ("", TURNED)):
            lon, lat = transformer(crs)(xs, ys)
            with np.errstate(invalid="ignore"):
                sane = np.isfinite(lon) & np.isfinite(lat) & in_china(lon, lat)
            if sane.all() and at_home(lon, lat) > 0.8:
                yield crs.name


def at_home(lon: Any, lat: Any) -> float:
    """The share of points (degrees) that have something stored near them, or lie in the city's bounds."""
    near = " OR ".join(f"EXISTS (SELECT FROM {model._meta.db_table} t WHERE t.geom && box)" for model in LANDMARKS)
    west, south, east, north = getattr(settings, "CITY_BOUNDS", None) or (1, 1, 0, 0)
    inside = (lon > west) & (lon < east) & (lat > south) & (lat < north)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT array_agg(near ORDER BY n) FROM (SELECT n, " + near + " AS near"
            " FROM unnest(%s::float8[], %s::float8[]) WITH ORDINALITY p (x, y, n)"
            f" CROSS JOIN LATERAL (SELECT ST_SetSRID(ST_Expand(ST_MakePoint(x, y), {NEAR}), 4490) AS box) b) q",
            [list(map(float, lon)), list(map(float, lat))],
        )
        return float(np.mean(np.asarray(cursor.fetchone()[0]) | inside))


def elsewhere(lon: Any, lat: Any, used: str) -> Doubt | None:
    """A doubt about points that lie nowhere near anything, when another reading of their numbers would."""
    lon, lat = few(lon), few(lat)
    if not len(lon):
        return None
    try:
        raw = transformer(Crs.parse(used, configured_grids()), out=True)(lon, lat)
    except ChengtuError:
        return None
    if at_home(lon, lat) > 0.2 or not (better := next(homes(*raw), "")):
        return None
    x, y = (float(column[0]) for column in raw)
    return Doubt(
        "place",
        f"! 按 {used} 读取，图形落在东经 {lon[0]:.2f}°、北纬 {lat[0]:.2f}°，附近没有任何已有数据；"
        f"坐标形如 {x:.10g} {y:.10g}，按 {better} 则与已有数据在一处。"
        f"如属实，请用 --crs {better} 重新导入；本次未作改动。",
        f"Read as {used}, the shapes lie at {lon[0]:.2f} E {lat[0]:.2f} N, near nothing that is there; the numbers are "
        f"like {x:.10g} {y:.10g} and read as {better} would lie among it. If so, import it again with --crs {better}. "
        "Nothing was changed.",
        better, better, samples=len(lon),
    )  # fmt: skip
