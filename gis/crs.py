"""Coordinate systems: what the project stores and serves, and how everything else becomes that.

The only module that knows GCJ-02, BD-09 and a city's own grid. Inside it, and everywhere else, a pair is
(east, north): longitude before latitude, easting before northing. An authority that says northing first is
answered here and nowhere else. Sources: EPSG dataset for CGCS2000; the published GCJ-02 and BD-09 formulas,
which are true to some metres only (a round trip is exact, the absolute position is not).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from gis.crs_guess import Guess as Guess
from gis.crs_guess import guess as guess
from gis.errors import Invalid

STORED = 4490  # CGCS2000, the national system
SERVED = 4326  # what GeoJSON promises; equal to STORED at the accuracy of a map
TILES = 3857

Floats: TypeAlias = NDArray[np.float64]
Pair: TypeAlias = tuple[Floats, Floats]
Move: TypeAlias = Callable[[ArrayLike, ArrayLike], Pair]
Shift: TypeAlias = Literal["", "gcj02", "bd09"]

TURNED = ":yx"

GEOGRAPHIC = frozenset({STORED, SERVED})
GAUSS_KRUGER = range(4491, 4555)
UTM = frozenset(range(32601, 32661)) | frozenset(range(32701, 32761))
ABROAD = frozenset({3089, 2817})  # Kentucky (US feet) and Missouri West: public pipe networks used as examples
ALLOWED = GEOGRAPHIC | {TILES} | frozenset(GAUSS_KRUGER) | UTM | ABROAD

_NAMES = {"wgs84": SERVED, "cgcs2000": STORED, "webmercator": TILES}
_REFUSED = {
    4479: ("地心坐标 X Y Z，不是平面坐标", "geocentric X Y Z, not map coordinates"),
    4214: ("1954 北京坐标系，转换参数须由本市提供", "Beijing 1954: the city must configure its own parameters"),
    4610: ("1980 西安坐标系，转换参数须由本市提供", "Xian 1980: the city must configure its own parameters"),
}


@dataclass(frozen=True, slots=True)
class Crs:
    """A coordinate system that data may arrive in.

    name: as it is written in a report. definition: what PROJ reads. northing_first: the order the authority (or
    the configuration) gives the two numbers; Chinese survey tables follow it: their X is the northing. turned: the
    file gives the two numbers the wrong way round.
    """

    name: str
    definition: str
    shift: Shift = ""
    northing_first: bool = False
    turned: bool = False

    @classmethod
    def parse(cls, text: str | int, grids: Mapping[str, Crs] | None = None) -> Crs:
        """Read "EPSG:4549", "4490", "wgs84", "gcj02", "bd09" or the name of a configured grid; ":yx" after it says
        that the file gives its two numbers the wrong way round.

        Raises Invalid for anything else; free PROJ or WKT text is read from configuration only.
        """
        asked = str(text).strip()
        if asked.lower().endswith(TURNED):
            straight = cls.parse(asked[: -len(TURNED)], grids)
            return replace(straight, name=straight.name + TURNED, turned=True)
        if grids and asked in grids:
            return grids[asked]
        plain = re.sub(r"[\s_-]", "", asked.lower())
        if plain in ("gcj02", "bd09"):
            return cls(plain, f"EPSG:{SERVED}", "gcj02" if plain == "gcj02" else "bd09")
        found = re.fullmatch(r"(?:epsg:?)?([0-9]{4,5})", plain)
        code = _NAMES.get(plain) or (int(found[1]) if found else 0)
        if code in ALLOWED:
            return _from_epsg(code)
        raise Invalid(_why_not(asked, code, grids or {}))

    @property
    def epsg(self) -> int | None:
        """The EPSG code, or None for a shifted, turned or local system."""
        plain = not self.shift and not self.turned
        return int(self.definition[5:]) if plain and self.definition.startswith("EPSG:") else None

    @property
    def central_meridian(self) -> float | None:
        """Degrees east of the Gauss-Krüger zone's middle, by the EPSG numbering; None outside 4491 to 4554."""
        code = self.epsg or 0
        if code not in GAUSS_KRUGER:
            return None
        first, step = next((low, step) for low, step in ((4534, 3), (4513, 3), (4502, 6), (4491, 6)) if code >= low)
        return float(75 + step * (code - first))

    @property
    def zone(self) -> int | None:
        """The zone number that prefixes the easting (25 to 45 of 3°, 13 to 23 of 6°); None without a prefix."""
        code = self.epsg or 0
        if 4513 <= code <= 4533:
            return code - 4488
        return code - 4478 if 4491 <= code <= 4501 else None


@lru_cache(maxsize=256)
def _from_epsg(code: int) -> Crs:
    axes = CRS.from_epsg(code).axis_info
    # 4490 and 4326 say latitude first, yet every file of degrees delivers longitude first: follow the files.
    return Crs(f"EPSG:{code}", f"EPSG:{code}", "", code not in GEOGRAPHIC and axes[0].direction == "north")


def _why_not(asked: str, code: int, grids: Mapping[str, Crs]) -> str:
    zh, en = _REFUSED.get(code, ("不在可用之列", "not one of those accepted"))
    names = "、".join(sorted(grids)) or "—"
    return (
        f"坐标系“{asked}”：{zh}。可用 EPSG:4490、4326、3857、4491–4554、UTM（326xx、327xx）、gcj02、bd09，"
        f"或配置的地方坐标系：{names}。"
        f" / Coordinate system {asked!r}: {en}. Accepted: EPSG 4490, 4326, 3857, 4491-4554, UTM (326xx, 327xx), "
        f"gcj02, bd09, or a configured local grid: {names}."
    )


@lru_cache(maxsize=8)
def local_grids(path: Path) -> Mapping[str, Crs]:
    """The city's own grids from a TOML file that lives with the deployment (their parameters may be classified).

    One table a grid: `wkt` or `proj`, or else `central_meridian` with optional `false_easting` (default 500 000 m),
    `false_northing`, `latitude_of_origin`, `scale`; and `axes`, "north-east" (default, as survey tables) or
    "east-north". Raises Invalid, naming the file's own name and the grid.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as wrong:
        raise Invalid(f"地方坐标系文件 {path.name} 无法读取：{wrong} / cannot read {path.name}: {wrong}") from wrong
    return {name: _local_grid(path.name, name, table) for name, table in tables.items()}


def _local_grid(file: str, name: str, table: Any) -> Crs:
    try:
        definition = str(table.get("wkt") or table.get("proj") or _tmerc(table))
        axes = table.get("axes", "north-east")
        if axes not in ("north-east", "east-north"):
            raise ValueError("axes: north-east | east-north")
        if not CRS.from_user_input(definition).is_projected:
            raise ValueError("not a projected system")
    except (AttributeError, KeyError, TypeError, ValueError, CRSError) as wrong:
        raise Invalid(f"{file} 中的地方坐标系“{name}”有误：{wrong} / {file}, grid {name!r}: {wrong}") from wrong
    return Crs(name, definition, "", axes == "north-east")


def _tmerc(table: Mapping[str, Any]) -> str:
    middle, scale = float(table["central_meridian"]), float(table.get("scale", 1))
    east, north = float(table.get("false_easting", 500_000)), float(table.get("false_northing", 0))
    origin = float(table.get("latitude_of_origin", 0))
    return (
        f"+proj=tmerc +lat_0={origin!r} +lon_0={middle!r} +k={scale!r} +x_0={east!r} +y_0={north!r} "
        "+ellps=GRS80 +units=m +no_defs +type=crs"  # GRS80 has the very axis and flattening of CGCS2000
    )


def configured_grids() -> Mapping[str, Crs]:
    """The grids of the file that settings.LOCAL_GRIDS names; none if it names none."""
    from django.conf import settings

    path = getattr(settings, "LOCAL_GRIDS", None)
    return local_grids(Path(path)) if path else {}


@lru_cache(maxsize=512)
def transformer(crs: Crs, *, northing_first: bool = False, out: bool = False) -> Move:
    """A function from two arrays to (longitude, latitude) in STORED; with `out`, from STORED to `crs`.

    The arrays are (east, north) unless `northing_first`, which is then the order of the foreign side: pass
    `northing_first=crs.northing_first` for a survey table whose columns X, Y are taken as they stand.
    A pair the projection cannot carry comes back as inf: the reader refuses that row, not the file.
    """
    projection = _projection(crs.definition, out)
    inward, outward = _SHIFTS[crs.shift]
    crossed = northing_first != crs.turned

    def move(first: ArrayLike, second: ArrayLike) -> Pair:
        a, b = _floats(first), _floats(second)
        if out:
            a, b = projection(*outward(a, b))
            return (b, a) if crossed else (a, b)
        return inward(*projection(*((b, a) if crossed else (a, b))))

    return move


@lru_cache(maxsize=512)  # some milliseconds each, and whoever guesses tries all 130 of the country's
def _projection(definition: str, out: bool) -> Move:
    if definition in (f"EPSG:{STORED}", f"EPSG:{SERVED}"):
        return _same  # PROJ knows no better than equal, either
    source, target = (STORED, definition) if out else (definition, STORED)
    proj = Transformer.from_crs(source, target, always_xy=True)

    def project(a: ArrayLike, b: ArrayLike) -> Pair:
        x, y = proj.transform(a, b)
        return _floats(x), _floats(y)

    return project


def _floats(values: ArrayLike) -> Floats:
    return np.asarray(values, dtype=np.float64)


def _same(a: ArrayLike, b: ArrayLike) -> Pair:
    return _floats(a), _floats(b)


# --- GCJ-02 and BD-09 ---------------------------------------------------------------------------------------------

_A = 6378245.0  # Krasovsky 1940
_EE = 0.00669342162296594323
_BD = np.pi * 3000 / 180
_ROUNDS = 6  # three leave 0.2 mm; BD-09 upon GCJ-02 wants one or two more, and they cost nothing
_BOX = (72.004, 137.8347, 0.8293, 55.8271)


def in_china(lon: ArrayLike, lat: ArrayLike) -> NDArray[np.bool_]:
    """Inside the rectangle within which the shifts apply; outside it coordinates pass through unchanged."""
    west, east, south, north = _BOX
    x, y = _floats(lon), _floats(lat)
    return (x > west) & (x < east) & (y > south) & (y < north)


def _gcj_shift(lon: Floats, lat: Floats) -> Pair:
    x, y, pi = lon - 105, lat - 35, np.pi
    root = np.sqrt(np.abs(x))
    ripple = 20 * np.sin(6 * x * pi) + 20 * np.sin(2 * x * pi)
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north += (ripple + 20 * np.sin(y * pi) + 40 * np.sin(y / 3 * pi) + 160 * np.sin(y / 12 * pi)) * 2 / 3
    north += 320 * np.sin(y * pi / 30) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east += (ripple + 20 * np.sin(x * pi) + 40 * np.sin(x / 3 * pi) + 150 * np.sin(x / 12 * pi)) * 2 / 3
    east += 300 * np.sin(x / 30 * pi) * 2 / 3
    phi = np.radians(lat)
    magic = 1 - _EE * np.sin(phi) ** 2
    dlat = np.degrees(north * magic * np.sqrt(magic) / (_A * (1 - _EE)))
    dlon = np.degrees(east * np.sqrt(magic) / (_A * np.cos(phi)))
    return dlon, dlat


def _bd_shift(lon: Floats, lat: Floats) -> Pair:
    z = np.hypot(lon, lat) + 0.00002 * np.sin(lat * _BD)
    theta = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * _BD)
    return z * np.cos(theta) + 0.0065 - lon, z * np.sin(theta) + 0.006 - lat


def _known(lon: ArrayLike, lat: ArrayLike) -> tuple[NDArray[np.bool_], Floats, Floats, Floats, Floats]:
    """What lies in the rectangle; the numbers, and these again with a place in the country for all that does not: a
    stranger's 1e308 is not computed with."""
    x, y = _floats(lon), _floats(lat)
    inside = in_china(x, y)
    return inside, x, y, np.where(inside, x, 105.0), np.where(inside, y, 35.0)


def _shifted(shift: Callable[[Floats, Floats], Pair], lon: ArrayLike, lat: ArrayLike) -> Pair:
    inside, x, y, a, b = _known(lon, lat)
    dx, dy = shift(a, b)
    return np.where(inside, a + dx, x), np.where(inside, b + dy, y)


def _unshifted(shift: Callable[[Floats, Floats], Pair], lon: ArrayLike, lat: ArrayLike) -> Pair:
    inside, x, y, east, north = _known(lon, lat)
    a, b = east, north
    for _ in range(_ROUNDS):
        dx, dy = shift(a, b)
        a, b = east - dx, north - dy
    return np.where(inside, a, x), np.where(inside, b, y)


def wgs84_to_gcj02(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Degrees of WGS 84 (or CGCS2000) to the shifted degrees of Chinese web maps."""
    return _shifted(_gcj_shift, lon, lat)


def gcj02_to_wgs84(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """The inverse, by fixed-point rounds, to far less than a centimetre."""
    return _unshifted(_gcj_shift, lon, lat)


def gcj02_to_bd09(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Degrees of GCJ-02 to the doubly shifted degrees of Baidu's maps."""
    return _shifted(_bd_shift, lon, lat)


def bd09_to_gcj02(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """The inverse, by fixed-point rounds (the closed form in circulation is wrong by up to 22 cm)."""
    return _unshifted(_bd_shift, lon, lat)


def wgs84_to_bd09(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """WGS 84 to BD-09, through GCJ-02."""
    return gcj02_to_bd09(*wgs84_to_gcj02(lon, lat))


def bd09_to_wgs84(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """BD-09 to WGS 84, through GCJ-02."""
    return gcj02_to_wgs84(*bd09_to_gcj02(lon, lat))


_SHIFTS: Mapping[Shift, tuple[Move, Move]] = {
    "": (_same, _same),
    "gcj02": (gcj02_to_wgs84, wgs84_to_gcj02),
    "bd09": (bd09_to_wgs84, wgs84_to_bd09),
}
