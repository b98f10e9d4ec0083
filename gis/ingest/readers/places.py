"""Where the rows of a table lie: which of its columns say so, and what stands in them as shapes."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from gis.crs_guess import Guess, guess
from gis.errors import Invalid
from gis.ingest.values import COMMA

EAST = ("lon", "lng", "longitude", "经度", "东经", "x", "x坐标", "坐标x", "point_x", "东坐标", "横坐标", "easting")
NORTH = ("lat", "latitude", "纬度", "北纬", "y", "y坐标", "坐标y", "point_y", "北坐标", "纵坐标", "northing")
WKT = ("wkt", "geom", "geometry", "the_geom", "几何", "图形")
BOTH = ("经纬度", "经纬度坐标", "坐标", "地理坐标", "位置坐标", "lnglat", "lonlat", "location", "coordinates")
"""Columns that may hold both numbers: 121.4,31.2."""
LIKE_EAST = re.compile(r"经度|longitude|(?:^|[^a-z])(?:lon|lng)(?:$|[^a-z])")
LIKE_NORTH = re.compile(r"纬度|latitude|(?:^|[^a-z])lat(?:$|[^a-z])")
"""Degrees by another name: 中心点经度, gps_lng."""
SURVEYED = {"物探点号", "图上点号", "管点编号", "管线点号", "管点号", "点号"}
"""Columns of a pipe survey, whose X runs north as surveyors have it."""
UNIT = re.compile(r"[（(\[【].*?[)）\]】]")
DEEPEST = 8  # collections in collections; GEOS reads them by recursion, and without end falls over
ANGLE = re.compile(
    r"(?:东经|北纬|[EN])?\s*(\d{1,3}(?:\.\d+)?)\s*(?:[°度]\s*(?:(\d{1,2}(?:\.\d+)?)\s*['′’分]\s*"
    r"(?:(\d{1,2}(?:\.\d+)?)\s*(?:[\"”秒]|′′|''|’’)?\s*)?)?)?(?:[EN]|东经|北纬)?",
    re.IGNORECASE,
)
"""Degrees as people write them: 121°28′30.5″, 东经121度28分, 31.2N; normalised, where ″ is two primes."""


Faults = dict[int, tuple[str, str, str]]
"""Field, reason and value by the offset of the row."""


@dataclass(frozen=True, slots=True)
class Places:
    """The columns that place a row: east and north, or one that holds both numbers or a WKT, or none. `flipped`: the
    two numbers of one column have the north first."""

    columns: tuple[int, ...] = ()
    flipped: bool = False
    note: str = ""
    degrees: bool = False

    def read(self, fields: Sequence[str], columns: list[list[Any]]) -> tuple[list[bytes | None], Faults]:
        """WKB a row, and the rows with a coordinate that is no number; what cannot be read gives an empty shape, a
        blank none."""
        if not self.columns:
            return [None] * len(columns[0]), {}
        if len(self.columns) == 1:
            return [drawn(text, self.flipped) for text in columns[self.columns[0]]], {}
        east, north = (columns[at] for at in self.columns)
        numbers = numeric(east), numeric(north)
        points = shapely.to_wkb(shapely.points(*numbers))
        blank = np.array([not str(x).strip() and not str(y).strip() for x, y in zip(east, north, strict=True)])
        faults: Faults = {}
        for at, known in zip(self.columns, numbers, strict=True):
            faults = misread(fields[at], columns[at], np.isnan(known) & ~blank) | faults
        return [None if none else wkb for none, wkb in zip(blank, points, strict=True)], faults


def misread(field: str, texts: list[Any], where: Any) -> Faults:
    """The rows whose text is no number, as they are told of: 121,4944 by its comma, others by themselves."""
    odd = [(row, str(texts[row]).strip()) for row in np.flatnonzero(where).tolist()]
    return {row: (field, "decimal_comma" if COMMA.fullmatch(text) else "empty_geometry", text) for row, text in odd}


def placed(fields: Sequence[str], asked: tuple[str, ...], rows: list[list[str]]) -> Places:
    """The places of a table, judged by its names and first rows; Invalid when a column `asked` for is not there."""
    at = chosen(fields, asked) if asked else named(fields, rows)
    names = called(fields)
    texts = [[row[index] if index < len(row) else "" for row in rows] for index in at]
    if len(at) == 1:
        return one_column(at, texts[0])
    if len(at) < 2:
        return Places()
    degrees = LIKE_EAST.search(names[at[0]]) is not None or names[at[0]] == "东经"
    crooked = "" if asked or degrees else turned(guess(*map(numeric, texts)), names, at)
    return Places(at[::-1] if crooked else at, note=crooked, degrees=degrees)


def one_column(at: tuple[int, ...], texts: list[str]) -> Places:
    """One column: of WKT, or of pairs of numbers, whose order they tell themselves."""
    pairs = [pair for text in texts if (pair := both(text))]
    if not pairs:
        return Places(at)
    looks = guess(*zip(*pairs, strict=True))
    crooked = turned(looks, [""], at)
    return Places(at, bool(crooked), crooked, looks.kind == "degrees")


def chosen(fields: Sequence[str], asked: tuple[str, ...]) -> tuple[int, ...]:
    """Where the columns are that were asked for."""
    lower = [name.strip().lower() for name in fields]
    if missing := [name for name in asked if name.strip().lower() not in lower]:
        raise Invalid(f"没有坐标列 {missing[0]}。 There is no coordinate column {missing[0]}.")
    return tuple(lower.index(name.strip().lower()) for name in asked)


def named(fields: Sequence[str], rows: list[list[str]]) -> tuple[int, ...]:
    """The columns that are called as coordinates are: WKT before east and north, these before one of both."""
    lower = called(fields)
    if known := [lower.index(name) for name in WKT if name in lower]:
        return (known[0],)
    exact = [next((lower.index(name) for name in names if name in lower), None) for names in (EAST, NORTH)]
    if None not in exact:
        return tuple(index for index in exact if index is not None)
    like = [[at for at, name in enumerate(lower) if form.search(name)] for form in (LIKE_EAST, LIKE_NORTH)]
    if all(len(one) == 1 for one in like) and like[0] != like[1]:
        return like[0][0], like[1][0]
    single = [lower.index(name) for name in BOTH if name in lower]
    return next(((at,) for at in single if any(drawn(row[at], False) for row in rows if at < len(row))), ())


def called(fields: Sequence[str]) -> list[str]:
    """The names of fields as they are compared: X坐标(m) is x坐标, 坐标/X is x if no other ends so."""
    plain = [UNIT.sub("", unicodedata.normalize("NFKC", name)).strip().lower() for name in fields]
    last = [name.rpartition("/")[2] for name in plain]
    counts = Counter(last)
    return [short if counts[short] == 1 else name for name, short in zip(plain, last, strict=True)]


def turned(looks: Guess, names: Sequence[str], at: tuple[int, ...]) -> str:
    """A sentence when columns X, Y are north, east, as Chinese survey tables have them; else nothing."""
    if looks.kind == "unknown" and names[at[0]][:1] == "x" and SURVEYED & set(names):
        return (
            "坐标列按“先北后东”读取：物探点表的 X 为北。 Coordinates read north first: X of a survey table runs north."
        )
    if not looks.northing_first or looks.kind == "unknown":
        return ""
    return f"坐标列按“先北后东”读取：{looks.zh}。 Coordinates read north first: {looks.en}."


def drawn(text: str, flipped: bool) -> bytes | None:
    """One WKT (or EWKT without its SRID), or two numbers, as WKB; b"" when it is no readable geometry."""
    words = text.partition(";")[2] if text.upper().startswith("SRID=") else text
    if not words.strip():
        return None
    if pair := both(words):
        return bytes(shapely.to_wkb(shapely.Point(pair[::-1] if flipped else pair)))
    if words.upper().count("COLLECTION") > DEEPEST:
        return b""
    try:
        return bytes(shapely.to_wkb(shapely.from_wkt(words)))
    except (shapely.errors.GEOSException, NotImplementedError):
        return b""


def both(text: str) -> tuple[float, float] | None:
    """The two numbers of a text such as 121.4,31.2; None for anything else."""
    plain = unicodedata.normalize("NFKC", text[:100]).strip(" ()[]")
    parts = re.split(r"\s*[,;、]\s*", plain)
    parts = plain.split() if len(parts) == 1 else parts
    if len(parts) != 2 or len(text) > 100:
        return None
    east, north = map(number, parts)
    return (east, north) if math.isfinite(east) and math.isfinite(north) else None


def numeric(texts: Any) -> Any:
    """Texts as floats, NaN for what is no number."""
    return np.array([number(str(text)) for text in texts], dtype=float)


def number(text: str) -> float:
    """A coordinate as typed, in degrees, minutes and seconds too; NaN for what is none."""
    plain = unicodedata.normalize("NFKC", text.replace("º", "°")).strip()
    try:
        return float(plain)
    except ValueError:
        found = ANGLE.fullmatch(plain)
    parts = [float(part or 0) for part in found.groups()] if found else [float("nan")]
    if parts[1:] and max(parts[1:]) >= 60:
        return float("nan")
    degrees, minutes, seconds = (*parts, 0.0, 0.0)[:3]
    return degrees + minutes / 60 + seconds / 3600
