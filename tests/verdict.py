"""What the Mapbox Vector Tile specification 2.1 forbids, found in the bytes themselves, where no decoder is lenient."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from itertools import pairwise

VARINT, EIGHT, BYTES, FOUR = 0, 1, 2, 5
VALUE_KINDS = {1: BYTES, 2: FOUR, 3: EIGHT, 4: VARINT, 5: VARINT, 6: VARINT, 7: VARINT}
MOVE, LINE, CLOSE = 1, 2, 7
UNKNOWN, POINTS, LINES, POLYGONS = range(4)

Wire = tuple[int, int, int | bytes]
"""Number of a field, its wire type, what it holds."""
Part = list[tuple[int, int]]


class Fault(Exception):
    """What is wrong with a tile."""


def check(tile: bytes) -> None:
    """Raise ``Fault`` at the first thing the specification does not allow."""
    names = [_layer(bytes(held)) for field, kind, held in _fields(tile) if field == 3 and _is(kind == BYTES, "a layer")]
    _is(len(set(names)) == len(names), "two layers of one name")


def _is(so: bool, what: str) -> bool:
    if not so:
        raise Fault(what)
    return True


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        _is(at < len(data) and shift < 70, "a number cut off")
        value |= (data[at] & 127) << shift
        at, shift = at + 1, shift + 7
        if data[at - 1] < 128:
            return value, at


def _fields(data: bytes) -> Iterator[Wire]:
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        kind = tag & 7
        if kind == VARINT:
            number, at = _varint(data, at)
            yield tag >> 3, kind, number
            continue
        _is(kind in (EIGHT, BYTES, FOUR), f"wire type {kind}")
        size, at = _varint(data, at) if kind == BYTES else ({EIGHT: 8, FOUR: 4}[kind], at)
        _is(at + size <= len(data), "bytes cut off")
        yield tag >> 3, kind, data[at : at + size]
        at += size


def _held(fields: Sequence[Wire], number: int, kind: int, what: str) -> list[int | bytes]:
    """All that stands under a number, which must be of a wire type."""
    return [held for field, found, held in fields if field == number and _is(found == kind, what)]


def _numbers(held: Sequence[int | bytes]) -> list[int]:
    """Packed numbers."""
    found, data, at = [], b"".join(bytes(part) for part in held), 0
    while at < len(data):
        number, at = _varint(data, at)
        found.append(number & 0xFFFFFFFF)
    return found


def _layer(data: bytes) -> bytes:
    fields = list(_fields(data))
    versions = _held(fields, 15, VARINT, "a version that is no number")
    _is(len(versions) == 1 and versions[0] in (1, 2), f"version {versions}")
    names = _held(fields, 1, BYTES, "a name that is no text")
    _is(len(names) == 1, "a layer without a name")
    _is(0 not in _held(fields, 5, VARINT, "an extent that is no number"), "no extent")
    keys = _held(fields, 3, BYTES, "a key that is no text")
    values = _held(fields, 4, BYTES, "a value that is none")
    for text in (*names, *keys):
        bytes(text).decode()
    for value in values:
        _value(list(_fields(bytes(value))))
    for feature in _held(fields, 2, BYTES, "a feature that is none"):
        _feature(list(_fields(bytes(feature))), len(keys), len(values))
    return bytes(names[0])


def _value(fields: Sequence[Wire]) -> None:
    _is(len(fields) == 1, "not one value")
    [(number, kind, held)] = fields
    _is(VALUE_KINDS.get(number) == kind, "a value of no known kind")
    if number == 1:
        bytes(held).decode()
    elif isinstance(held, bytes):
        struct.unpack("<f" if kind == FOUR else "<d", held)


def _feature(fields: Sequence[Wire], keys: int, values: int) -> None:
    tags = _numbers(_held(fields, 2, BYTES, "tags that are none"))
    _is(len(tags) % 2 == 0, "an odd number of tags")
    _is(all(tag < keys for tag in tags[::2]) and all(tag < values for tag in tags[1::2]), "a tag that leads nowhere")
    _is(len(set(tags[::2])) == len(tags[::2]), "a key twice")
    kinds = _held(fields, 3, VARINT, "a type that is no number")
    _is(len(kinds) == 1 and kinds[0] in range(4), f"geometry type {kinds}")
    shapes = _held(fields, 4, BYTES, "a geometry that is none")
    _is(len(shapes) == 1, f"{len(shapes)} geometries")
    if kinds[0] != UNKNOWN:
        _geometry(int(kinds[0]), list(_parts(_numbers(shapes))))


def _parts(numbers: Sequence[int]) -> Iterator[tuple[int, Part]]:
    """Each command with the places it leads to; one may not promise more than there are."""
    at = x = y = 0
    while at < len(numbers):
        command, count = numbers[at] & 7, numbers[at] >> 3
        _is(command in (MOVE, LINE, CLOSE) and count > 0, f"command {numbers[at]}")
        _is(command != CLOSE or count == 1, "a ring closed more than once")
        size = 0 if command == CLOSE else 2 * count
        _is(at + size < len(numbers), "fewer places than a command promises")
        places: Part = []
        for east, south in zip(numbers[at + 1 : at + size : 2], numbers[at + 2 : at + size + 1 : 2], strict=True):
            _is(command != LINE or (east, south) != (0, 0), "a step to where it stands")
            x, y = x + (east >> 1 ^ -(east & 1)), y + (south >> 1 ^ -(south & 1))
            places.append((x, y))
        yield command, places
        at += 1 + size


def _geometry(kind: int, parts: list[tuple[int, Part]]) -> None:
    commands = [command for command, _ in parts]
    whole = {POINTS: [MOVE], LINES: [MOVE, LINE], POLYGONS: [MOVE, LINE, CLOSE]}[kind]
    _is(bool(parts) and commands == whole * (len(parts) // len(whole)), f"commands {commands[:6]} for type {kind}")
    if kind == POINTS:
        return _is(len(parts) == 1, "points in pieces") and None
    starts = [places for command, places in parts if command == MOVE]
    _is(all(len(places) == 1 for places in starts), "several starts of one line")
    if kind == POLYGONS:
        lines = [places for command, places in parts if command == LINE]
        rings = [_doubled(start + line) for start, line in zip(starts, lines, strict=True)]
        _is(all(len(line) > 1 for line in lines) and 0 not in rings, "a ring without a surface")
        _is(rings[0] > 0, "a hole in nothing")
    return None


def _doubled(ring: Part) -> int:
    """Twice the area, positive where an outer ring is: clockwise on a screen."""
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise([*ring, ring[0]]))
