"""Where the numbers of a file lie: its coordinate system, asked for, stated or missing, and what they look like."""

from __future__ import annotations

import shapely
from django.conf import settings
from pyproj import CRS
from pyproj.exceptions import CRSError

from gis.crs import GEOGRAPHIC, Crs, Move, configured_grids, transformer
from gis.crs_guess import guess
from gis.errors import Invalid
from gis.ingest.readers import Batch, Source
from gis.ingest.shapes import Shaped
from gis.ingest.whereabouts import offer

CHINA = (72.0, 0.8, 137.9, 55.9)

PRESUMED = (
    "! 度数看起来像经纬度，按 WGS84/CGCS2000 读取；若来自高德、腾讯或百度地图，请加 --crs gcj02 或 --crs bd09，"
    "否则会偏移数百米。 Read as WGS84/CGCS2000 degrees; numbers from Amap or Tencent need --crs gcj02, "
    "from Baidu --crs bd09."
)


def box() -> tuple[float, float, float, float]:
    """Where the data should lie: the configured city, or China."""
    found = getattr(settings, "CITY_BOUNDS", None)
    return (float(found[0]), float(found[1]), float(found[2]), float(found[3])) if found else CHINA


class Mover:
    """The coordinate system of a file: settled at the first shape, judged by the first batch."""

    def __init__(self, name_of_file: str, asked: str | None, source: Source) -> None:
        self.file, self.asked, self.source = name_of_file, asked, source
        self.crs: Crs | None = None
        self.judged = False

    @property
    def name(self) -> str:
        """The CRS as a report writes it."""
        return self.crs.name if self.crs else ""

    def __call__(self, batch: Batch) -> Move | None:
        """The move into stored degrees, None where there is nothing to move."""
        if self.crs is None and any(batch.wkb):
            self.crs = self._settle(batch)
        if self.crs is None or self.crs.epsg in GEOGRAPHIC:
            return None
        return transformer(self.crs)

    def _settle(self, batch: Batch) -> Crs:
        if self.asked:
            crs = Crs.parse(self.asked, configured_grids())
            if self.source.crs and stated(self.source.crs, self.file) != crs:
                self.source.notes.append(
                    f"文件写的坐标系是 {self.source.crs[:60]}，按要求用 {crs.name}。 "
                    f"The file says {self.source.crs[:60]}; {crs.name} was asked for and is used."
                )
            return crs
        if self.source.crs:
            if self.source.presumed:
                self.source.notes.append(PRESUMED)
            return stated(self.source.crs, self.file)
        raise self.unstated(batch)

    def unstated(self, batch: Batch) -> Invalid:
        """The refusal of a file whose coordinate system nobody has named."""
        return Invalid(
            f"{self.file} 没有写明坐标系，请用 --crs 指定（例如 --crs EPSG:4549）。{looks(batch)} "
            f"{self.file} does not say its coordinate system; name it, for example --crs EPSG:4549."
        )

    def judge(self, batch: Batch, shaped: Shaped) -> None:
        """Invalid when not one shape of the first batch lands on the map: then it is the CRS, not the rows."""
        if self.judged or self.crs is None:
            return
        self.judged = True
        drawn = sum(1 for one in batch.wkb if one)
        off = sum(1 for reason, _ in shaped.wrong.values() if reason in ("out_of_range", "swapped"))
        if off and off == drawn:
            raise Invalid(
                f"{self.file} 按 {self.name} 读取，全部 {off} 个图形都不在经纬度范围内，"
                f"坐标系不对，请用 --crs 指定。{looks(batch)} "
                f"Read as {self.name}, all {off} shapes of {self.file} lie outside the range "
                "of degrees: the coordinate system is wrong; name the right one with --crs."
            )


def require_places(name: str, source: Source) -> None:
    """Invalid when a table has no column that is known as a coordinate: every row would be refused for it."""
    if not source.presumed or source.places:
        return
    listed = "、".join(source.fields)
    raise Invalid(
        f"{name} 没有认出坐标列（现有：{listed}）；请指明哪两列是坐标：在导入页面上选，或写进映射文件的 [places]"
        f"（x 为东或经度，y 为北或纬度；或 wkt）。 {name} has no columns known as coordinates (it has {listed}): "
        "choose them on the import page, or name them in [places] of a mapping, x east and y north, or wkt."
    )


def looks(batch: Batch) -> str:
    """What the numbers of a batch look like, in a sentence."""
    shapes = shapely.from_wkb([one for one in batch.wkb if one], on_invalid="ignore")
    bounds = shapely.bounds(shapes)
    x, y = bounds[:, 0], bounds[:, 1]
    found = guess(x, y)
    first = f"{x[0]:.10g} {y[0]:.10g}" if len(x) else "—"
    said = f"坐标形如 {first}：{found.zh}。 The numbers are like {first}: {found.en}."
    better = offer(x, y)
    return f"{said} 可试 --crs {better}。 Try --crs {better}." if better else said


def stated(text: str, name: str) -> Crs:
    """The CRS that a file states, as ours; one without an EPSG number is read from its own definition."""
    try:
        found = CRS.from_user_input(text)
    except CRSError as error:
        raise Invalid(f"{name} 的坐标系无法识别，请用 --crs 指定。 {name}: unknown CRS, name it with --crs.") from error
    code = found.to_epsg(min_confidence=60)
    if code is not None:
        try:
            return Crs.parse(code)
        except Invalid:
            pass
    return Crs(found.name, text)
