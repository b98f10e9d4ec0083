"""The smallest workbook of the old kind (.xls, and .et of WPS): a compound file with one stream of BIFF8 records."""

from __future__ import annotations

import struct
from typing import Any

SECTOR, LAST, FREE, TABLE = 512, 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
SMALLEST = 4096
"""Bytes below which a stream would lie elsewhere, among the small ones."""


def record(number: int, form: str = "", *values: Any) -> bytes:
    """One record: its number, its length, its body."""
    body = struct.pack("<" + form, *values)
    return struct.pack("<HH", number, len(body)) + body


def words(text: str) -> bytes:
    """A string of 16-bit characters behind its length."""
    return struct.pack("<HB", len(text), 1) + text.encode("utf-16-le")


def cell(row: int, column: int, value: str | float) -> bytes:
    """A label or a number."""
    if isinstance(value, str):
        text = words(value)
        return record(0x0204, f"HHH{len(text)}s", row, column, 0, text)
    return record(0x0203, "HHHd", row, column, 0, value)


def stream(cells: bytes, strings: bytes = b"") -> bytes:
    """A workbook of one sheet with these cells; `strings` are records that stand before it."""
    head, end = record(0x0809, "HHHHII", 0x0600, 5, 0, 0, 0, 6), record(0x000A)
    name = b"\x06\x01" + "Sheet1".encode("utf-16-le")
    first = len(head) + len(record(0x0085, f"IH{len(name)}s", 0, 0, name)) + len(strings) + len(end)
    sheet = record(0x0809, "HHHHII", 0x0600, 0x10, 0, 0, 0, 6) + cells + end
    return head + record(0x0085, f"IH{len(name)}s", first, 0, name) + strings + end + sheet


def entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    """One of the four names in a sector of the directory."""
    text = name.encode("utf-16-le") + b"\0\0"
    return struct.pack("<64sHBBIII16sIQQIQ", text, len(text), kind, 1, FREE, FREE, child, b"", 0, 0, 0, start, size)


def compound(content: bytes) -> bytes:
    """A compound file: header, one table of sectors, one sector of names, the stream."""
    content = content.ljust(max(SMALLEST, -(-len(content) // SECTOR) * SECTOR), b"\0")
    sectors = len(content) // SECTOR
    chain = [TABLE, LAST, *range(3, sectors + 2), LAST]
    head = struct.pack("<8s16s5H6xIIIIIIIII", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"", 0x3E, 3, 0xFFFE, 9, 6,
                       0, 1, 1, 0, SMALLEST, LAST, 0, LAST, 0)  # fmt: skip
    table = struct.pack(f"<{len(chain)}I", *chain).ljust(SECTOR, b"\xff")
    names = entry("Root Entry", 5, 1, LAST, 0) + entry("Workbook", 2, FREE, 2, len(content))
    return head + struct.pack("<109I", 0, *[FREE] * 108) + table + names.ljust(SECTOR, b"\0") + content


def workbook(*rows: list[str | float]) -> bytes:
    """A file with these rows, the first at the top."""
    return compound(stream(b"".join(cell(y, x, value) for y, row in enumerate(rows) for x, value in enumerate(row))))
