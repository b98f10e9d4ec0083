"""A guess at the coordinate system of two columns of numbers, with a sentence a person can check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

Kind: TypeAlias = Literal["degrees", "easting", "zone", "mercator", "unknown"]

_LON, _LAT = (73.0, 136.0), (3.0, 54.0)  # China, generously
_NORTHING = (330_000.0, 6_000_000.0)  # Gauss-Krüger northing between 3° and 54°
_EASTING = (160_000.0, 840_000.0)  # within a 6° zone, false easting 500 000
_MERCATOR = (8_100_000.0, 15_140_000.0), (330_000.0, 7_300_000.0)


@dataclass(frozen=True, slots=True)
class Guess:
    """kind: what the numbers look like; candidates: EPSG codes, the likeliest first, empty if the numbers cannot say.

    northing_first: whether the first column is the northing (or the latitude).
    """

    kind: Kind
    northing_first: bool
    zone: int | None
    candidates: tuple[int, ...]
    zh: str
    en: str

    def __str__(self) -> str:
        return f"{self.zh} / {self.en}"


def guess(xs: ArrayLike, ys: ArrayLike) -> Guess:
    """Judge two columns as delivered; blanks (nan) are passed over. A guess is a proposal: the importer confirms it."""
    a, b = np.asarray(xs, dtype=np.float64).ravel(), np.asarray(ys, dtype=np.float64).ravel()
    known = np.isfinite(a) & np.isfinite(b)
    a, b = a[known], b[known]
    if not a.size:
        return _unknown("没有可判断的坐标", "no coordinates to judge by")
    for judge in (_degrees, _mercator, _zone_prefixed, _six_digits):
        for first, second, swapped in ((a, b, False), (b, a, True)):
            if (found := judge(first, second, swapped)) is not None:
                return found
    return _unknown(
        "不像经纬度、高斯—克吕格或网络墨卡托坐标，可能是地方坐标系，请在配置中给出参数",
        "neither degrees nor Gauss-Krüger nor web mercator: perhaps a local grid, to be configured",
    )


def _unknown(zh: str, en: str) -> Guess:
    return Guess("unknown", False, None, (), zh, en)


_Column: TypeAlias = "np.ndarray[tuple[int, ...], np.dtype[np.float64]]"


def _within(values: _Column, span: tuple[float, float]) -> bool:
    return bool(values.min() >= span[0] and values.max() <= span[1])


def _order(swapped: bool) -> tuple[str, str]:
    return ("第一列为北（X 或纬度）", "north first") if swapped else ("第一列为东（Y 或经度）", "east first")


def _degrees(east: _Column, north: _Column, swapped: bool) -> Guess | None:
    if not (_within(east, (-180, 180)) and _within(north, (-90, 90))):
        return None
    if not swapped and _within(east, _LAT) and _within(north, _LON):
        return None  # 44, 87 could be the Arctic; here it is Urumqi, latitude first
    zh, en = _order(swapped)
    return Guess(
        "degrees", swapped, None, (4490, 4326),
        f"经纬度（度），{zh}；数值看不出是 CGCS2000/WGS 84 还是 GCJ-02、BD-09，请核对来源",
        f"degrees, {en}; the numbers cannot tell CGCS2000/WGS 84 from GCJ-02 or BD-09: ask the source",
    )  # fmt: skip


def _prefix(east: _Column, north: _Column) -> int | None:
    zones = np.unique(np.floor(east / 1e6))
    if zones.size != 1 or not (13 <= zones[0] <= 23 or 25 <= zones[0] <= 45):
        return None
    zone = int(zones[0])
    return zone if _within(east - zone * 1e6, _EASTING) and _within(north, _NORTHING) else None


def _mercator(east: _Column, north: _Column, swapped: bool) -> Guess | None:
    if not (_within(east, _MERCATOR[0]) and _within(north, _MERCATOR[1])):
        return None
    zh, en = _order(swapped)
    # Mercator metres of the populous east (118° to 134° E) read like zones 13 and 14 of the empty far west.
    zone = _prefix(east, north)
    also = () if zone is None else (zone + 4478,)
    doubt = f"；也可能是带号 {zone}（EPSG:{zone + 4478}）" if zone else ""
    doubt_en = f"; or else zone {zone} (EPSG:{zone + 4478})" if zone else ""
    return Guess(
        "mercator", swapped, None, (3857, *also),
        f"网络墨卡托米（EPSG:3857），{zh}{doubt}",
        f"web mercator metres (EPSG:3857), {en}{doubt_en}",
    )  # fmt: skip


def _zone_prefixed(east: _Column, north: _Column, swapped: bool) -> Guess | None:
    zone = _prefix(east, north)
    if zone is None:
        return None
    epsg = zone + (4478 if zone <= 23 else 4488)
    zh, en = _order(swapped)
    return Guess(
        "zone", swapped, zone, (epsg,),
        f"带号 {zone} 的高斯—克吕格坐标（EPSG:{epsg}），{zh}",
        f"Gauss-Krüger with zone prefix {zone} (EPSG:{epsg}), {en}",
    )  # fmt: skip


def _six_digits(east: _Column, north: _Column, swapped: bool) -> Guess | None:
    if not (_within(east, _EASTING) and _within(north, (1_000_000.0, _NORTHING[1]))):
        return None
    zh, en = _order(swapped)
    return Guess(
        "easting", swapped, None, (),
        f"六位东坐标、无带号的高斯—克吕格坐标，{zh}；中央经线看不出来，请选 EPSG:4534–4554 之一",
        f"Gauss-Krüger with a six-digit easting and no zone, {en}; choose the central meridian, EPSG 4534-4554",
    )  # fmt: skip
