"""Columns as Arrow arrays: parsed at once where their values are alike, else each different value once."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from gis.ingest.values import PARSERS, Wrong

Array = Any
"""A pyarrow.Array; pyarrow ships no types."""
TEXT = pa.string()
TYPES = {"real": pa.float64(), "whole": pa.int64(), "year": pa.int64(), "day": pa.date32(), "flag": pa.bool_()}
"""What a kind of value is in memory, if not text."""


def column(kind: str, values: list[Any] | Array) -> tuple[Array, dict[int, str]]:
    """A whole column parsed as `values.PARSERS` would, and the reasons for the values that are refused, by offset."""
    done = at_once(kind, values)
    if done is not None:
        return done, {}
    return one_by_one(kind, values.to_pylist() if isinstance(values, pa.Array) else values)


def at_once(kind: str, values: list[Any] | Array) -> Array | None:
    """The column where all values are of one plain type and nothing about them is odd; None for every other."""
    try:
        found = values if isinstance(values, pa.Array) else pa.array(values)
    except (pa.ArrowException, TypeError, ValueError, OverflowError):  # a mixture, or a lone surrogate
        return None
    if pa.types.is_int32(found.type) or pa.types.is_int16(found.type):
        found = found.cast(pa.int64())
    if pa.types.is_large_string(found.type):
        found = found.cast(TEXT)
    if pa.types.is_null(found.type):
        return pa.nulls(len(values), TYPES.get(kind, TEXT))
    if pa.types.is_string(found.type) and kind in ("text", "code"):
        return trimmed(found, kind)
    if pa.types.is_int64(found.type) and (
        kind in ("text", "code", "whole", "real") or (kind == "year" and years(found))
    ):
        return found.cast(TYPES.get(kind, TEXT), safe=False)
    if pa.types.is_floating(found.type) and kind == "real":
        found = pc.if_else(pc.is_nan(found), None, found)
        return found if pc.all(pc.is_finite(found)).as_py() is not False else None
    return None


def years(found: Array) -> bool:
    """Whether all numbers are years as they stand."""
    plain = pc.and_(pc.greater_equal(found, 1000), pc.less(found, 2100))
    return pc.all(plain).as_py() is not False


def trimmed(found: Array, kind: str) -> Array | None:
    """Texts without blanks around them, and none where nothing is left."""
    # An E may be that of a spreadsheet's 3.7E+13, and a full-width １ is to be 1.
    odd = "[\\x00]" if kind == "text" else r"[\x00eE\x{ff01}-\x{ff5e}]"
    if pc.any(pc.match_substring_regex(found, odd)).as_py():
        return None
    plain = pc.utf8_trim_whitespace(found)
    return pc.if_else(pc.equal(plain, ""), None, plain)


def one_by_one(kind: str, values: list[Any]) -> tuple[Array, dict[int, str]]:
    """The column value by value; what was parsed once is remembered, for most columns say few things often."""
    parse, seen = PARSERS[kind], dict[Any, tuple[str | None, str]]()
    wrong: dict[int, str] = {}
    done: list[str | None] = []
    for offset, value in enumerate(values):
        key = (type(value), value) if isinstance(value, str | int | float) else None
        found = seen.get(key) if key else None
        if found is None:
            found = judged(parse, value, kind)
            if key:
                seen[key] = found
        done.append(found[0])
        if found[1]:
            wrong[offset] = found[1]
    return typed(kind, done), wrong


def judged(parse: Any, value: Any, kind: str) -> tuple[str | None, str]:
    """One value parsed, or the reason why not."""
    try:
        done = parse(value)
    except Wrong as error:
        return None, str(error)
    if kind == "whole" and done is not None and not -(2**63) <= int(done) < 2**63:
        return None, "number_range"
    return done, ""


def typed(kind: str, texts: list[str | None]) -> Array:
    """Parsed texts as an array of the kind's own type."""
    if kind == "flag":
        return pa.array([None if one is None else one == "t" for one in texts], pa.bool_())
    if kind == "real":
        return pa.array([None if one is None else float(one) for one in texts], pa.float64())
    if TYPES.get(kind) == pa.int64():
        return pa.array([None if one is None else int(one) for one in texts], pa.int64())
    return pa.array(texts, TEXT).cast(TYPES.get(kind, TEXT))
