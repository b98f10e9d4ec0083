"""A column of shapes as delivered, made into shapes as stored: read, moved to EPSG:4490, checked, mended, coerced.

Everything works on whole arrays; only what is wrong is looked at one by one.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import shapely

from gis.crs import STORED, Move

Shapes = Any
"""A NumPy array of shapely geometries, None where there is none."""

POINT, LINE, POLYGON, MULTIPOINT, MULTILINE, MULTIPOLYGON, COLLECTION = 0, 1, 3, 4, 5, 6, 7
NAMES = {
    0: "Point", 1: "LineString", 2: "LinearRing", 3: "Polygon", 4: "MultiPoint", 5: "MultiLineString",
    6: "MultiPolygon", 7: "GeometryCollection",
}  # fmt: skip
CODES = {name: code for code, name in NAMES.items()}
CURVES = tuple(range(8, 13))  # CircularString to MultiSurface, in the numbering of ISO WKB
SOLIDS = (13, 14, 15, 16, 17)  # abstract curve and surface, PolyhedralSurface, TIN, Triangle
NORTHMOST = 85.06  # where the web map ends
Linearise = Callable[[Sequence[bytes]], list[bytes]]


@dataclass(slots=True)
class Shaped:
    """Shapes ready to store: an Arrow array of EWKB; `origin` gives the row (offset in the batch) that each came
    from."""

    ewkb: Any
    origin: Any
    wrong: dict[int, tuple[str, str]] = field(default_factory=dict)
    repaired: int = 0
    curves: int = 0
    outside: int = 0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the table takes: types by name, whether a multi-line is split into rows, whether Z is kept."""

    kinds: frozenset[str]
    split: bool = False
    z: bool = False
    optional: bool = False
    box: tuple[float, float, float, float] = (72.0, 0.8, 137.9, 55.9)
    cut: Callable[[Shapes], Shapes] = lambda shapes: shapes
    """Cuts lines into multi-lines, for a table of segments that end at crossings."""


def shape(wkb: list[bytes | None], move: Move | None, wanted: Wanted, linearise: Linearise) -> Shaped:
    """Take a batch of WKB through every step; `move` is None where the numbers are stored degrees already."""
    done = Shaped(pa.nulls(0, pa.large_binary()), np.arange(0))
    shapes = read(wkb, done, wanted, linearise)
    if move is not None:
        shapes = moved(shapes, move)
    in_range(shapes, done)
    shapes = mended(coerced(clean(shapes, done), wanted, done), done)
    shapes = wanted.cut(clean(shapes, done))
    done.outside = int(np.count_nonzero(beyond(shapes, wanted.box)))
    store(shapes, wanted, done)
    return done


def refuse(done: Shaped, where: Any, reason: str, value: Callable[[int], str] = lambda row: "") -> None:
    """Note a reason for the rows where the mask holds, unless they have one already."""
    for row in np.flatnonzero(where):
        done.wrong.setdefault(int(row), (reason, value(int(row))))


def clean(shapes: Shapes, done: Shaped) -> Shapes:
    """The shapes with the refused ones taken out."""
    if done.wrong:
        shapes = shapes.copy()
        shapes[list(done.wrong)] = None
    return shapes


def read(wkb: list[bytes | None], done: Shaped, wanted: Wanted, linearise: Linearise) -> Shapes:
    """WKB as shapes; curves become lines first, because GEOS has none."""
    kinds = kinds_of(wkb)
    solid = np.isin(kinds, SOLIDS)
    if solid.any():
        refuse(done, solid, "wrong_kind", lambda row: "TIN / PolyhedralSurface")
        wkb = [None if odd else one for one, odd in zip(wkb, solid, strict=True)]
    bent = np.flatnonzero(np.isin(kinds, CURVES)).tolist()
    if bent:
        wkb = list(wkb)
        for row, straight in zip(bent, linearise([wkb[row] or b"" for row in bent]), strict=True):
            wkb[row] = straight
        done.curves = len(bent)
    shapes = shapely.from_wkb(np.array(wkb, dtype=object), on_invalid="ignore")
    missing = np.array([one is None for one in wkb], dtype=bool)
    if not wanted.optional:
        refuse(done, missing, "no_geometry")
    refuse(done, shapely.is_missing(shapes) & ~missing, "bad_geometry")
    refuse(done, shapely.is_empty(shapes), "empty_geometry")
    coordinates, index = shapely.get_coordinates(shapes, return_index=True)
    broken = np.zeros(len(shapes), dtype=bool)
    broken[index[~np.isfinite(coordinates).all(axis=1)]] = True
    refuse(done, broken, "not_finite")
    return clean(shapes, done)


def kind_of(wkb: bytes) -> int:
    """The geometry type of one WKB or EWKB header, without its dimensions; 0 for what is too short to have one."""
    return int(kinds_of([wkb])[0]) if len(wkb) >= 5 else 0


def kinds_of(wkb: list[bytes | None]) -> Any:
    """The geometry types by their WKB or EWKB headers, without dimensions; 0 where there is none."""
    heads = [(one or b"")[:5] for one in wkb]
    known = {
        head: int.from_bytes(head[1:], "little" if head[0] == 1 else "big") for head in set(heads) if len(head) == 5
    }
    return np.array([(known.get(head, 0) & 0x1FFFFFFF) % 1000 for head in heads], dtype=np.int64)


def moved(shapes: Shapes, move: Move) -> Shapes:
    """The shapes in stored degrees; Z stays as it is."""
    coordinates = shapely.get_coordinates(shapes, include_z=True)
    if not len(coordinates):
        return shapes
    east, north = move(coordinates[:, 0], coordinates[:, 1])
    flat = shapely.transform(shapes, lambda _: np.column_stack((east, north)))
    solid = shapely.has_z(shapes)
    if solid.any():
        full = shapely.transform(shapes, lambda _: np.column_stack((east, north, coordinates[:, 2])), include_z=True)
        flat = np.where(solid, full, flat)
    return flat


def placed(wkb: list[bytes | None], move: Move | None) -> Shapes:
    """The readable shapes of a batch in stored degrees, for a first look at a file."""
    flat = ~np.isin(kinds_of(wkb), CURVES)
    shapes = shapely.from_wkb([one for one, plain in zip(wkb, flat, strict=True) if one and plain], on_invalid="ignore")
    return shapes if move is None else moved(shapes, move)


def in_range(shapes: Shapes, done: Shaped) -> None:
    """Refuse what is not on the map of degrees, and say when longitude and latitude look swapped."""
    west, south, east, north = shapely.bounds(shapes).T
    known = ~shapely.is_missing(shapes)
    bad = known & ~((west >= -180) & (east <= 180) & (south >= -NORTHMOST) & (north <= NORTHMOST))
    turned = bad & (south >= -180) & (north <= 180) & (west >= -NORTHMOST) & (east <= NORTHMOST)
    refuse(done, turned, "swapped", lambda row: f"{west[row]:.7g} {south[row]:.7g}")
    refuse(done, bad, "out_of_range", lambda row: f"{west[row]:.10g} {south[row]:.10g}")


def beyond(shapes: Shapes, box: tuple[float, float, float, float]) -> Any:
    """Which shapes do not touch the box where the city, or at least the country, should be."""
    west, south, east, north = shapely.bounds(shapes).T
    return (east < box[0]) | (west > box[2]) | (north < box[1]) | (south > box[3])


def coerced(shapes: Shapes, wanted: Wanted, done: Shaped) -> Shapes:
    """Each shape as a type the table takes, where that loses nothing; the rest is refused."""
    kinds = shapely.get_type_id(shapes)
    accepted = {CODES[name] for name in wanted.kinds}
    if wanted.split:
        accepted.add(MULTILINE)
    other = ~np.isin(kinds, [-1, *accepted])
    if not other.any():
        return shapes
    shapes = shapes.copy()
    for kind, multi, build in (
        (POLYGON, MULTIPOLYGON, shapely.multipolygons),
        (LINE, MULTILINE, shapely.multilinestrings),
    ):
        if multi in accepted and kind not in accepted:
            single = np.flatnonzero(kinds == kind)
            if len(single):
                shapes[single] = build(shapes[single], indices=np.arange(len(single)))
                other[single] = False
    for row in np.flatnonzero(other):
        made = coerce(shapes[row], accepted)
        if made is None:
            done.wrong.setdefault(int(row), ("wrong_kind", NAMES.get(int(kinds[row]), "?")))
        shapes[row] = made
    return shapes


def coerce(shape: Any, accepted: set[int]) -> Any:
    """One shape as another type, or None."""
    kind = int(shapely.get_type_id(shape))
    if kind in (MULTIPOINT, MULTILINE, MULTIPOLYGON, COLLECTION) and len(shape.geoms) == 1:
        inner = shape.geoms[0]
        return inner if shapely.get_type_id(inner) in accepted else coerce(inner, accepted)
    if kind == LINE and MULTILINE in accepted:
        return shapely.multilinestrings([shape])
    if kind == POLYGON and MULTIPOLYGON in accepted:
        return shapely.multipolygons([shape])
    if kind in (POLYGON, MULTIPOLYGON) and accepted == {POINT}:
        return shapely.point_on_surface(shape)
    if kind == MULTILINE and LINE in accepted:
        merged = shapely.line_merge(shape)
        return merged if shapely.get_type_id(merged) == LINE else None
    return None


def mended(shapes: Shapes, done: Shaped) -> Shapes:
    """Invalid shapes made valid where their type stays; what falls apart into another type is refused."""
    bad = ~shapely.is_missing(shapes) & ~shapely.is_valid(shapes)
    if not bad.any():
        return shapes
    shapes = shapes.copy()
    refuse(done, bad & np.isin(shapely.get_type_id(shapes), (LINE, MULTILINE)), "zero_length")
    for row in np.flatnonzero(bad):
        made = mend(shapes[row])
        if made is None:
            done.wrong.setdefault(int(row), ("not_mendable", str(shapely.is_valid_reason(shapes[row]))))
        else:
            done.repaired += 1
        shapes[row] = made
    return shapes


def mend(shape: Any) -> Any:
    """A valid shape of the same kind, or None."""
    kind = int(shapely.get_type_id(shape))
    if kind not in (POLYGON, MULTIPOLYGON):
        return None
    made = shapely.make_valid(shape, method="structure", keep_collapsed=False)
    if shapely.get_type_id(made) == POLYGON and kind == MULTIPOLYGON:
        made = shapely.multipolygons([made])
    good = not made.is_empty and shapely.get_type_id(made) in (POLYGON, kind) and made.area > 0
    return made if good else None


def store(shapes: Shapes, wanted: Wanted, done: Shaped) -> None:
    """Write the shapes out, a multi-line as one row a part where the table wants single lines."""
    origin = np.arange(len(shapes))
    if wanted.split and (shapely.get_type_id(shapes) == MULTILINE).any():
        parts, of = shapely.get_parts(shapes, return_index=True)
        lost = np.setdiff1d(origin, of)  # rows without a shape have no part
        order = np.argsort(np.concatenate((of, lost)), kind="stable")
        shapes = np.concatenate((parts, shapes[lost]))[order]
        origin = np.concatenate((of, lost))[order]
    if wanted.z:
        shapes = shapely.force_3d(shapes)
    elif shapely.has_z(shapes).any() or shapely.has_m(shapes).any():
        shapes = shapely.force_2d(shapes)
    done.ewkb, done.origin = ewkb(shapes), origin


def ewkb(shapes: Shapes) -> Any:
    """The shapes with the stored SRID in an Arrow array. Where all heads are alike it is put into the bytes: a shape
    with an SRID would be a copy of the shape."""
    plain = shapely.to_wkb(shapes, byte_order=1).tolist()
    heads = {one[:5] for one in plain if one is not None}
    if len(heads) == 1:
        [kind] = struct.unpack("<xI", *heads)
        head = struct.pack("<BII", 1, kind | 0x20000000, STORED)
        plain = [one if one is None else head + one[5:] for one in plain]
    elif heads:
        plain = shapely.to_wkb(shapely.set_srid(shapes, STORED), byte_order=1, include_srid=True).tolist()
    return pa.array(plain, pa.large_binary())
