"""Columns as PostgreSQL's COPY wants them: its binary format put together column-wise, or CSV for rarer types."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

Array = Any
SIGNATURE = b"PGCOPY\n\xff\r\n\0" + bytes(8)
END = b"\xff\xff"
EPOCH = 10957  # days from 1970, where Arrow counts from, to 2000, where PostgreSQL does
FIXED: dict[str, tuple[pa.DataType, str, int]] = {
    "smallint": (pa.int16(), ">i2", 2),
    "int": (pa.int32(), ">i4", 4),
    "bigint": (pa.int64(), ">i8", 8),
    "double precision": (pa.float64(), ">f8", 8),
    "boolean": (pa.bool_(), "u1", 1),
    "date": (pa.int32(), ">i4", 4),
}
"""Types of fixed width by their SQL name: what Arrow calls them, NumPy's name of them on the wire, bytes."""
PREFIXES = {"text": b"", "geometry": b"", "jsonb": b"\x01"}


def binary_can(types: Sequence[str]) -> bool:
    """Whether the binary format is at hand for all these SQL types."""
    return all(kind in FIXED or kind in PREFIXES for kind in types)


def binary(columns: Sequence[Any], types: Sequence[str], count: int | None = None) -> bytes:
    """The rows of a table in COPY's binary format; shapes come as EWKB. A scalar stands for `count` equal values."""
    pieces: list[Any] = [scalar(len(columns).to_bytes(2))]
    for column, kind in zip(columns, types, strict=True):
        values = pa.repeat(column, count) if isinstance(column, pa.Scalar) else column
        pieces += fixed(values, kind) if kind in FIXED else varied(values, PREFIXES[kind])
    rows = pc.binary_join_element_wise(*pieces, scalar(b""))
    _, offsets, content = rows.buffers()
    first, last = np.frombuffer(offsets, np.int64)[[rows.offset, rows.offset + len(rows)]]
    return b"".join((SIGNATURE, memoryview(content)[first:last], END))


def scalar(value: bytes) -> pa.Scalar:
    """Bytes that every row has; large: a batch may pass 2 GB."""
    return pa.scalar(value, pa.large_binary())


def varied(column: Array, prefix: bytes) -> list[Array]:
    """The length of each value and the value; -1 and nothing for none."""
    plain = column.cast(pa.large_binary()) if not pa.types.is_large_binary(column.type) else column
    if prefix:
        plain = pc.binary_join_element_wise(scalar(prefix), plain, scalar(b""))
    lengths = complete(pc.binary_length(plain), -1).to_numpy(zero_copy_only=False).astype(">i4")
    return [raw(lengths), complete(plain, b"")]


def complete(column: Array, value: Any) -> Array:
    """A column with a value where it has none; it is not copied for nothing."""
    return pc.fill_null(column, value) if column.null_count else column


def fixed(column: Array, kind: str) -> list[Array]:
    """The same for numbers, days and flags."""
    arrow, wire, width = FIXED[kind]
    missing = column.is_null().to_numpy(zero_copy_only=False)
    plain = complete(column.cast(arrow), False if kind == "boolean" else 0).to_numpy(zero_copy_only=False)
    whole = np.empty(len(plain), [("length", ">i4"), ("value", wire)])
    whole["length"], whole["value"] = width, plain - EPOCH if kind == "date" else plain
    if not missing.any():
        return [raw(whole)]
    lengths = np.where(missing, -1, width).astype(">i4")
    return [raw(lengths), pc.if_else(pa.array(missing), scalar(b""), raw(whole["value"].copy()))]


def raw(numbers: Any) -> Array:
    """Numbers as their bytes, one value a row."""
    width, count = numbers.dtype.itemsize, len(numbers)
    offsets = np.arange(count + 1, dtype=np.int64) * width
    return pa.Array.from_buffers(
        pa.large_binary(), count, [None, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(numbers))]
    )


def text(columns: Sequence[Array]) -> bytes:
    """The rows as CSV: every text in quotes, nothing at all where there is no value; shapes in hexadecimal."""
    out = io.BytesIO()
    plain = [
        pa.array([one and one.hex() for one in column.to_pylist()], pa.string())
        if pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type) else column
        for column in columns
    ]  # fmt: skip
    table = pa.table(plain, names=[str(place) for place in range(len(plain))])
    pyarrow.csv.write_csv(table, out, pyarrow.csv.WriteOptions(include_header=False))
    return out.getvalue()
