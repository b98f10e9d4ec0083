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
import pyarrow.compute as pc
import shapely

from gis.crs import STORED, Move

Shapes = Any
"""A NumPy array of shapely geometries, None where there is none."""
Bytes = Any
"""An Arrow array (large_binary) of WKB, null where there is none."""

POINT, LINE, POLYGON, MULTIPOINT, MULTILINE, MULTIPOLYGON, COLLECTION = 0, 1, 3, 4, 5, 6, 7
NAMES = {
    0: "Point", 1: "LineString", 2: "LinearRing", 3: "Polygon", 4: "MultiPoint", 5: "MultiLineString",
    6: "MultiPolygon", 7: "GeometryCollection",
}  # fmt: skip
CODES = {name: code for code, name in NAMES.items()}
CURVES = tuple(range(8, 13))  # CircularString to MultiSurface, in the numbering of ISO WKB
SOLIDS = (13, 14, 15, 16, 17)  # abstract curve and surface, PolyhedralSurface, TIN, Triangle
NORTHMOST = 85.06  # where the web map ends
GRAIN = 1e-9  # degrees, a tenth of a millimetre
PLAIN = [struct.pack("<BI", 1, kind) for kind in range(POINT + 1, COLLECTION)]
"""Heads of WKB that PostGIS takes as it stands: little-endian, two dimensions, no collection."""
WITH_SRID = 1 << 29
END = 1 << 31  # beyond every shape; where none is given, Arrow 26 miscounts
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

    @property
    def wraps(self) -> bool:
        """Whether a polygon becomes a multi-polygon of one; that is done to its bytes, when it is stored."""
        return "MultiPolygon" in self.kinds and "Polygon" not in self.kinds


def shape(wkb: Sequence[bytes | None] | Bytes, move: Move | None, wanted: Wanted, linearise: Linearise) -> Shaped:
    """Take a batch of WKB through every step; `move` is None where the numbers are stored degrees already."""
    done = Shaped(pa.nulls(0, pa.large_binary()), np.arange(0))
    came, given = read(arrow(wkb), done, wanted, linearise)
    shapes = given if move is None else moved(given, move)
    in_range(shapes, done)
    shapes = mended(coerced(clean(shapes, done), wanted, done), wanted, done)
    shapes = wanted.cut(clean(shapes, done))
    done.outside = int(np.count_nonzero(beyond(shapes, wanted.box)))
    shapes, done.origin = rows(shapes, wanted)
    done.ewkb = ewkb(written(shapes, given, came), wanted.wraps)
    return done


def arrow(wkb: Sequence[bytes | None] | Bytes) -> Bytes:
    """WKB as an Arrow array."""
    return wkb.cast(pa.large_binary()) if isinstance(wkb, pa.Array) else pa.array(wkb, pa.large_binary())


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


def read(wkb: Bytes, done: Shaped, wanted: Wanted, linearise: Linearise) -> tuple[Bytes, Shapes]:
    """WKB as shapes, with the bytes they were read from; curves become lines first, because GEOS has none."""
    kinds = kinds_of(wkb)
    solid = np.isin(kinds, SOLIDS)
    if solid.any():
        refuse(done, solid, "wrong_kind", lambda row: "TIN / PolyhedralSurface")
        wkb = pc.if_else(pa.array(solid), pa.scalar(None, pa.large_binary()), wkb)
    bent = pa.array(np.isin(kinds, CURVES))
    if bent_count := pc.sum(bent).as_py():
        wkb = pc.replace_with_mask(wkb, bent, arrow(linearise(wkb.filter(bent).to_pylist())))
        done.curves = bent_count
    shapes = shapely.from_wkb(wkb.to_numpy(zero_copy_only=False), on_invalid="ignore")
    missing = wkb.is_null().to_numpy(zero_copy_only=False)
    if not wanted.optional:
        refuse(done, missing, "no_geometry")
    refuse(done, shapely.is_missing(shapes) & ~missing, "bad_geometry")
    refuse(done, shapely.is_empty(shapes), "empty_geometry")
    coordinates, index = shapely.get_coordinates(shapes, return_index=True)
    broken = np.zeros(len(shapes), dtype=bool)
    broken[index[~np.isfinite(coordinates).all(axis=1)]] = True
    refuse(done, broken, "not_finite")
    return wkb, clean(shapes, done)


def kind_of(wkb: bytes) -> int:
    """The geometry type of one WKB or EWKB header, without its dimensions; 0 for what is too short to have one."""
    code = int.from_bytes(wkb[1:5], "little" if wkb[0] == 1 else "big") if len(wkb) >= 5 else 0
    return (code & 0x1FFFFFFF) % 1000


def kinds_of(wkb: Bytes) -> Any:
    """The geometry types by their headers; 0 where there is none."""
    heads = pc.dictionary_encode(pc.fill_null(pc.binary_slice(wkb, 0, 5), b""))
    kinds = np.array([kind_of(head) for head in heads.dictionary.to_pylist()], dtype=np.int64)
    return kinds[heads.indices.to_numpy()]


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


def placed(wkb: Sequence[bytes | None] | Bytes, move: Move | None) -> Shapes:
    """The readable shapes of a batch in stored degrees, for a first look at a file."""
    given = arrow(wkb)
    flat = given.filter(pa.array(~np.isin(kinds_of(given), CURVES))).drop_null()
    shapes = shapely.from_wkb(flat.to_numpy(zero_copy_only=False), on_invalid="ignore")
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
    accepted |= ({MULTILINE} if wanted.split else set()) | ({POLYGON} if wanted.wraps else set())
    other = ~np.isin(kinds, [-1, *accepted])
    if not other.any():
        return shapes
    shapes = shapes.copy()
    if MULTILINE in accepted and LINE not in accepted and len(single := np.flatnonzero(kinds == LINE)):
        shapes[single] = shapely.multilinestrings(shapes[single], indices=np.arange(len(single)))
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


def mended(shapes: Shapes, wanted: Wanted, done: Shaped) -> Shapes:
    """Invalid shapes made valid where their type stays; what falls apart into another type is refused."""
    bad = ~shapely.is_missing(shapes) & ~shapely.is_valid(shapes)
    if not bad.any():
        return shapes
    shapes = shapes.copy()
    refuse(done, bad & np.isin(shapely.get_type_id(shapes), (LINE, MULTILINE)), "zero_length")
    for row in np.flatnonzero(bad):
        made = mend(shapes[row], wanted.wraps)
        if made is None:
            done.wrong.setdefault(int(row), ("not_mendable", str(shapely.is_valid_reason(shapes[row]))))
        else:
            done.repaired += 1
        shapes[row] = made
    return shapes


def mend(shape: Any, wraps: bool) -> Any:
    """A valid shape of the same kind, or None; a polygon may fall into several where it `wraps` to a multi-polygon."""
    kind = int(shapely.get_type_id(shape))
    if kind not in (POLYGON, MULTIPOLYGON):
        return None
    made = shapely.make_valid(shape, method="structure", keep_collapsed=False)
    if not shapely.is_valid(made):  # GEOS loses its way among points that are the same but for their last digits
        made = shapely.make_valid(shapely.set_precision(shape, GRAIN, mode="pointwise"), method="structure")
    if shapely.get_type_id(made) == POLYGON and kind == MULTIPOLYGON:
        made = shapely.multipolygons([made])
    kinds = (POLYGON, MULTIPOLYGON) if wraps else (POLYGON, kind)
    good = made.is_valid and not made.is_empty and shapely.get_type_id(made) in kinds and made.area > 0
    return made if good else None


def rows(shapes: Shapes, wanted: Wanted) -> tuple[Shapes, Any]:
    """The shapes as rows with the rows they came from: a multi-line one a part where the table wants single lines."""
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
    return shapes, origin


def written(shapes: Shapes, given: Shapes, came: Bytes) -> Bytes:
    """The shapes as little-endian WKB: the very bytes that came where a shape is the one that was read from them."""
    if len(shapes) != len(given):
        return arrow(shapely.to_wkb(shapes, byte_order=1))
    same = np.array([a is b for a, b in zip(shapes, given, strict=True)], dtype=bool) & ~shapely.is_missing(shapes)
    same &= pc.fill_null(pc.is_in(pc.binary_slice(came, 0, 5), arrow(PLAIN)), False).to_numpy(zero_copy_only=False)
    if same.all():
        return came
    return pc.replace_with_mask(came, pa.array(~same), arrow(shapely.to_wkb(shapes[~same], byte_order=1)))


def ewkb(wkb: Bytes, wraps: bool) -> Bytes:
    """WKB with the stored SRID in its head, and (`wraps`) a polygon within the head of a multi-polygon of one."""
    heads = pc.dictionary_encode(pc.binary_slice(wkb, 0, 5))
    codes = [int.from_bytes(head[1:], "little") for head in heads.dictionary.to_pylist()]
    single = [wraps and code & 0xFF == POLYGON for code in codes]
    new = [
        struct.pack("<BIII", 1, code + 3 | WITH_SRID, STORED, 1) if one else
        struct.pack("<BII", 1, code | WITH_SRID, STORED) for code, one in zip(codes, single, strict=True)
    ]  # fmt: skip
    whole = pa.array(single, pa.bool_()).take(heads.indices)
    rest = wkb if all(single) else pc.if_else(whole, wkb, pc.binary_slice(wkb, 5, END))
    return pc.binary_join_element_wise(arrow(new).take(heads.indices), rest, pa.scalar(b"", pa.large_binary()))
