"""The systems of answers and questions: their URIs, and which of the two numbers their authority says first.

OGC API wants the order of the authority: CRS84 and EPSG:3857 say east first, EPSG:4490, 4326 and the Gauss-Krüger zones
north first. Inside the project a pair stays (east, north); it is turned at this edge only (OGC 18-058r1, EPSG dataset).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

from pyproj import CRS, Transformer

from gis.errors import Invalid

STORED, WGS84, WEB = 4490, 4326, 3857
FIRST_ZONE, STEP_DEGREES, MIDDLES = 4534, 3, range(75, 136, 3)
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Served:
    """A system by its URI and SRID. ``north_first``: its authority's order; ``digits``: decimals worth writing."""

    uri: str
    srid: int
    north_first: bool
    digits: int

    @property
    def degrees(self) -> bool:
        """Whether its numbers are degrees, and those of the database."""
        return self.srid in (STORED, WGS84)

    def pair(self, first: float, second: float) -> tuple[float, float]:
        """(east, north) of two numbers in the order of the authority, or the other way round."""
        return (second, first) if self.north_first else (first, second)


CRS84 = Served("http://www.opengis.net/def/crs/OGC/1.3/CRS84", STORED, False, 7)
"""Longitude and latitude; those of CGCS2000 differ from those of WGS 84 by less than a map shows."""


@lru_cache(maxsize=128)
def by_code(code: int) -> Served:
    """Return the system of an EPSG code; its order is asked of the EPSG dataset."""
    crs = CRS.from_epsg(code)
    north = crs.axis_info[0].direction == "north"
    return Served(f"http://www.opengis.net/def/crs/EPSG/0/{code}", code, north, 7 if crs.is_geographic else 3)


def zone(lon: float) -> int:
    """The EPSG code of the three-degree Gauss-Krüger zone (CGCS2000, without the number before the easting)."""
    middle = min(MIDDLES, key=lambda middle: abs(middle - lon))
    return FIRST_ZONE + (middle - MIDDLES[0]) // STEP_DEGREES


def served(lon: float | None) -> tuple[Served, ...]:
    """Return what a city around a longitude serves, CRS84 first; without a longitude there is no zone."""
    codes = (STORED, WGS84, WEB, *(() if lon is None else (zone(lon),)))
    return (CRS84, *(by_code(code) for code in codes))


def find(uri: str, known: tuple[Served, ...]) -> Served:
    """Return the system of a URI, or of a CURIE in brackets; ``Invalid`` says which there are."""
    plain = uri.strip().removeprefix("[").removesuffix("]")
    for one in known:
        curie = "OGC:CRS84" if one is CRS84 else f"EPSG:{one.srid}"
        if plain in (one.uri, one.uri.replace("http:", "https:", 1), curie):
            return one
    names = " ".join(one.uri for one in known)
    raise Invalid(f"没有坐标系“{uri[:80]}”，可用：{names} / no such system; there are: {names}")


def degrees(system: Served, east: float, north: float) -> tuple[float, float]:
    """Longitude and latitude of a place; ``Invalid`` when the system does not reach there."""
    lon, lat = (east, north) if system.degrees else _move(system.srid).transform(east, north)
    if not (math.isfinite(lon) and math.isfinite(lat) and -180 <= lon <= 180 and -90 <= lat <= 90):
        raise Invalid(
            "坐标超出该坐标系的范围，请查两数的次序 / off the system's reach; look at the order of the two numbers"
        )
    return lon, lat


def around(system: Served, box: Box) -> Box:
    """West, south, east, north in degrees around a box (least east, least north, most east, most north)."""
    if system.degrees:
        return box
    west, south, east, north = _move(system.srid).transform_bounds(*box, densify_pts=21)
    return west, south, east, north


@lru_cache(maxsize=32)
def _move(srid: int) -> Transformer:
    return Transformer.from_crs(srid, STORED, always_xy=True)
