"""Rows of cells as a table: its header is found, under titles and over two lines, and the rows below are counted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from gis.ingest.readers.source import ROWS

TOP = 30
"""Rows in which the header is looked for, under titles and remarks."""
Merged = list[tuple[tuple[int, int], tuple[int, int]]]
FIGURE = re.compile(r"(?=.*\d)[-+.:\s\d]+(?:[eE][-+]?\d+)?")


class Grid:
    """A table with its header found: the fields, some first rows, and blocks of rows with their numbers.

    `start` is the number of the first row as a spreadsheet shows it; `strict`, whether a row of another length than
    the header's is at fault (a CSV's, not a sheet's): such a row comes with a cell too many.
    """

    def __init__(self, rows: Iterator[list[str]], merged: Merged, start: int = 1, strict: bool = False) -> None:
        self.rows, self.strict = rows, strict
        top = list(islice(rows, TOP))
        self.depth, names = header([[cell.strip() for cell in row] for row in top], merged)
        if strict and not names:  # a table of one column has a header too
            self.depth, names = next(((at + 1, row) for at, row in enumerate(top) if blankless(row)), (0, []))
        self.names = [name.strip() for name in names[: len(top[self.depth - 1]) if self.depth else 0]]
        self.columns = [index for index, name in enumerate(self.names) if name]
        self.fields = tuple(once(self.names[index] for index in self.columns))
        self.straight = self.columns == list(range(len(self.names)))
        self.start = start + self.depth
        self.spans = downward(merged, self.depth)
        self.top = top[self.depth :]
        self.first = [row for row in map(self.cut, self.top) if blankless(row)]

    @property
    def notes(self) -> list[str]:
        """A sentence about columns that hold something and have no name."""
        if not self.fields:
            return []
        seen = {at for row in self.top for at, cell in enumerate(row) if cell.strip()}
        nameless = "、".join(letters(at) for at in sorted(seen - set(self.columns)) if at < len(self.names))
        return [
            f"{nameless} 列没有列名，没有读取。 Column {nameless} has no name and was not read."
        ] if nameless else []  # fmt: skip

    def cut(self, row: list[str]) -> list[str]:
        """The cells of a row that stand under a header."""
        if self.straight and len(row) == len(self.names):
            return row
        cells = [row[index] if index < len(row) else "" for index in self.columns]
        return [*cells, ""] if self.strict and not self.fits(row) else cells

    def fits(self, row: list[str]) -> bool:
        """Whether a row has all its cells, and none that is filled beyond the last name."""
        return len(row) > self.columns[-1] and not blankless(row[len(self.names) :])

    def blocks(self) -> Iterator[tuple[list[int], list[list[str]]]]:
        """The rows that are not empty, some at a time, with their numbers."""
        filled = ((number, row) for number, row in enumerate(self.everything(), self.start) if blankless(row))
        while some := list(islice(filled, ROWS)):
            yield [number for number, _ in some], [row for _, row in some]

    def everything(self) -> Iterator[list[str]]:
        """All rows below the header; a cell merged downwards counts for each row that it spans."""
        under: dict[int, tuple[int, str]] = {}
        for at, row in enumerate(self.below(), self.depth):
            if not self.spans:
                yield self.cut(row)
                continue
            under = {left: span for left, span in under.items() if at <= span[0]}
            full = [cell or under[n][1] if n in under else cell for n, cell in enumerate(row)]
            under |= {left: (last, full[left]) for last, left in self.spans.get(at, ()) if left < len(full)}
            yield self.cut(full if blankless(row) else row)

    def below(self) -> Iterator[list[str]]:
        """The rows as they stand."""
        yield from self.top
        yield from self.rows


def downward(merged: Merged, depth: int) -> dict[int, list[tuple[int, int]]]:
    """The cells merged over several rows below the header, by their first row: (last row, column)."""
    spans: dict[int, list[tuple[int, int]]] = {}
    for (up, left), (down, _) in merged:
        if depth <= up < down and left >= 0:
            spans.setdefault(up, []).append((down, left))
    return spans


def header(top: list[list[str]], merged: Merged) -> tuple[int, list[str]]:
    """How many rows the header and what stands over it take, and the name of each column ("" for none).

    The header is the first row with nearly as many different words as any row has. A second line of it, under merged
    or empty cells, joins the first: 坐标 over X and Y gives 坐标/X and 坐标/Y.
    """
    rows = spread(top, merged)
    scores = [len({cell for cell in row if cell and not numeric(cell)}) for row in rows]
    best = max(scores, default=0)
    if best < 2:
        return 0, []
    at = next(index for index, score in enumerate(scores) if score >= max(2, 0.6 * best))
    names = [" ".join(cell.split()) for cell in rows[at]]
    if at + 1 < len(rows) and second(rows if not merged else top, at, merged):
        names = names if merged else carried(names, rows[at + 1])
        names = [joined(one, other) for one, other in zip(names, rows[at + 1], strict=True)]
        at += 1
    return at + 1, names


def spread(top: list[list[str]], merged: Merged) -> list[list[str]]:
    """The rows with the text of merged cells in every cell they cover, all of one width."""
    width = max(map(len, top), default=0)
    rows = [row + [""] * (width - len(row)) for row in top]
    for (up, left), (down, right) in merged:
        if 0 <= up < len(rows) and 0 <= left < width:
            for row in rows[up : down + 1]:
                row[left : right + 1] = [rows[up][left]] * (min(right + 1, width) - left)
    return rows


def second(top: list[list[str]], at: int, merged: Merged) -> bool:
    """Whether the row after `at` goes on with the header: all words, and something of the first line spans it."""
    below = [cell for cell in top[at + 1] if cell]
    if not below or any(numeric(cell) for cell in below):
        return False
    wide = any(up == at == down and right > left for (up, left), (down, right) in merged)
    tall = any(up <= at < down for (up, _), (down, _) in merged)
    return wide or tall or (not merged and grouped(top[at], top[at + 1]))


def grouped(line: Sequence[str], below: Sequence[str]) -> bool:
    """Whether a line goes on with the one above it where nothing tells of merged cells: it stands under gaps, or under
    the word before a gap; a row of data would stand under other words too."""
    gaps = [not one for one in line]
    under = [at for at, word in enumerate(below) if word]
    return any(gaps[at] for at in under) and all(gaps[at] or any(gaps[at + 1 : at + 2]) for at in under)


def carried(line: list[str], below: Sequence[str]) -> list[str]:
    """A line of groups with each group's word over all that stands below it: of 起点, , 终点, the gaps are filled."""
    for at in range(1, len(line)):
        line[at] = line[at] or (line[at - 1] if below[at] else "")
    return line


def joined(parent: str, child: str) -> str:
    """A name out of two lines."""
    child = " ".join(child.split())
    return f"{parent}/{child}" if parent and child and parent != child else parent or child


def once(names: Iterable[str]) -> Iterator[str]:
    """The names, a repeated one numbered."""
    seen: dict[str, int] = {}
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        yield name if seen[name] == 1 else f"{name} {seen[name]}"


def numeric(cell: str) -> bool:
    """Whether a cell holds a number or a date rather than a word."""
    return FIGURE.fullmatch(cell) is not None


def blankless(row: Sequence[str]) -> bool:
    """Whether a cell of the row is filled."""
    return any(map(str.strip, row))


def letters(at: int) -> str:
    """A column as spreadsheets call it: A to Z, AA …"""
    return (letters(at // 26 - 1) if at >= 26 else "") + chr(65 + at % 26)
