"""`python -m layers.fileindex`: gives a FlatGeobuf its index, of bounds that lie beside it, by sorting numbers alone.

GDAL makes one too, of an object for each feature: 155 bytes of memory each, and the rest of the writer's stays with it.
Here a feature is 52 bytes, in a process that has nothing else. The form: flatgeobuf.org; features stand in the order of
a Hilbert curve, before them a packed R-tree of sixteens (a box and an offset each), the root first.
"""

from __future__ import annotations

import os
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

MAGIC = 8
SIXTEEN = 16
NODE = np.dtype([("box", "<f8", 4), ("offset", "<u8")])
ENVELOPE, COUNT = 1, 8
"""Fields of a header by their places in its table (header.fbs)."""
CALLED = {ENVELOPE: "envelope", COUNT: "features_count"}
SIDE = (1 << 16) - 1
PIECE = 1 << 20
AT_ONCE = 1 << 16


class Unfit(Exception):
    """What came is no file that can be indexed; says why."""


def order(boxes: Any) -> Any:
    """Return the numbers of boxes along a Hilbert curve through their middles."""
    low, high = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    width = np.where(high > low, high - low, 1.0)
    places = np.empty(len(boxes), np.uint32)
    for some in slices(len(boxes)):
        x, y = (((boxes[some, :2] + boxes[some, 2:]) / 2 - low) / width * SIDE).astype(np.uint32).T
        places[some] = hilbert(x, y)
    return np.argsort(places, kind="stable").astype(np.uint32)


def hilbert(x: Any, y: Any) -> Any:
    """Return where points of a square of 65,536 a side lie along the curve (Warren, Hacker's Delight, 16-3)."""
    place = np.zeros(len(x), np.uint32)
    for bit in range(15, -1, -1):
        a, b = (x >> bit) & 1, (y >> bit) & 1
        place = place << 2 | (3 * a) ^ b
        turn = b == 0
        flip = turn & (a == 1)
        x, y = np.where(flip, SIDE - x, x), np.where(flip, SIDE - y, y)
        x, y = np.where(turn, y, x), np.where(turn, x, y)
    return place


def levels(boxes: Any) -> list[Any]:
    """Return the boxes of a tree, those of its leaves first, then of each level above them, sixteen in one."""
    found = [boxes]
    while len(found) < 2 or len(found[-1]) > 1:
        below = found[-1]
        firsts = np.arange(0, len(below), SIXTEEN)
        low, high = np.fmin.reduceat(below[:, :2], firsts), np.fmax.reduceat(below[:, 2:], firsts)
        found.append(np.hstack([low, high]))
    return found


def nodes(tree: list[Any], sizes: Any) -> Iterator[bytes]:
    """Yield the index: inner nodes name the number of their first child, leaves the byte at which a feature begins."""
    place = 0
    for above in reversed(tree[1:]):
        place += len(above)
        yield packed(above, place + SIXTEEN * np.arange(len(above), dtype=np.uint64))
    begin = np.uint64(0)
    for some in slices(len(sizes)):
        ends = begin + np.cumsum(sizes[some], dtype=np.uint64)
        yield packed(tree[0][some], ends - sizes[some])
        begin = ends[-1]


def packed(boxes: Any, offsets: Any) -> bytes:
    """Nodes as they stand in the file."""
    told = np.empty(len(boxes), NODE)
    told["box"], told["offset"] = boxes, offsets
    return told.tobytes()


def field(header: bytearray, number: int) -> int:
    """Return where a field of a header's table lies (FlatBuffers: a table names its list of places)."""
    table: int = struct.unpack_from("<I", header)[0]
    back: int = struct.unpack_from("<i", header, table)[0]
    place: int = struct.unpack_from("<H", header, table - back + 4 + 2 * number)[0]
    if not place:
        raise Unfit(f"the header of the one feature has no {CALLED[number]}")
    return table + place


def headed(header: bytes, box: Any, count: int) -> bytes:
    """Return a header of one indexed feature as that of all."""
    told = bytearray(header)
    struct.pack_into("<Q", told, field(told, COUNT), count)
    at = field(told, ENVELOPE)
    at += struct.unpack_from("<I", told, at)[0]
    struct.pack_into("<4d", told, at + 4, *box)
    return bytes(told)


def header_of(path: Path) -> bytes:
    """What stands before index and features."""
    with path.open("rb") as file:
        start = file.read(MAGIC + 4)
        return start + file.read(struct.unpack("<I", start[MAGIC:])[0])


def spans(file: Any, begin: int) -> Iterator[int]:
    """Yield how many bytes each feature takes, its own length before it included."""
    file.seek(begin)
    while head := file.read(4):
        size = int.from_bytes(head, "little")
        file.seek(size, os.SEEK_CUR)
        yield size + 4


def slices(size: int) -> Iterator[slice]:
    """Yield parts of a long list, so that what is made of it never lies in memory as a whole."""
    for first in range(0, size, AT_ONCE):
        yield slice(first, first + AT_ONCE)


def index(raw: Path, one: Path, bounds: Path, into: Path) -> None:
    """Write the features of a file without an index into one with it; ``one`` is an indexed file of one such feature,
    ``bounds`` has west, south, east, north of each as doubles."""
    boxes, begin = np.fromfile(bounds, "<f8").reshape(-1, 4), len(header_of(raw))
    with raw.open("rb", PIECE) as file, into.open("wb", PIECE) as out:
        sizes = np.fromiter(spans(file, begin), np.uint32)
        if len(sizes) != len(boxes):
            raise Unfit(f"{len(sizes)} features in the file, bounds of {len(boxes)}")
        sequence = order(boxes)
        for axis in range(4):  # one after the other: all at once would be a second list as long
            boxes[:, axis] = boxes[sequence, axis]
        tree = levels(boxes)
        out.write(header_of(one)[: MAGIC + 4] + headed(header_of(one)[MAGIC + 4 :], tree[-1][0], len(boxes)))
        out.writelines(nodes(tree, sizes[sequence]))
        del tree, boxes
        begins = np.cumsum(sizes, dtype=np.uint64) - sizes + np.uint64(begin)
        for some in slices(len(sizes)):
            told = sequence[some]
            for size, at in zip(sizes[told].tolist(), begins[told].tolist(), strict=True):
                out.write(os.pread(file.fileno(), size, at))


if __name__ == "__main__":
    try:
        index(*map(Path, sys.argv[1:]))
    except Unfit as unfit:
        sys.exit(f"no index: {unfit}")
