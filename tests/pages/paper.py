"""Where a printed sheet is painted in a colour, and its pictures: what is needed of PDF to measure on paper."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pypdf import PageObject
from pypdf.generic import ContentStream

Matrix = tuple[float, ...]
Square = tuple[tuple[float, ...], tuple[float, float]]
UPRIGHT: Matrix = (1, 0, 0, 1, 0, 0)


def squares(sheet: PageObject) -> Iterator[Square]:
    """Yield the colour (red, green, blue) of each rectangle that is filled, and where its corner is, in points."""
    yield from _painted(sheet["/Resources"], ContentStream(sheet.get_contents(), sheet.pdf), UPRIGHT)


def pictures(sheet: Any) -> Iterator[tuple[int, int]]:
    """Yield the width and height in pixels of each picture on a sheet, or in a form on it."""
    for part in (one.get_object() for one in sheet["/Resources"].get("/XObject", {}).values()):
        if part["/Subtype"] == "/Image":
            yield part["/Width"], part["/Height"]
        elif "/Resources" in part:
            yield from pictures(part)


def _painted(resources: Any, content: ContentStream, matrix: Matrix) -> Iterator[Square]:
    kept: list[tuple[Matrix, tuple[float, ...]]] = []
    colour: tuple[float, ...] = ()
    for operands, operator in content.operations:
        if operator == b"q":
            kept.append((matrix, colour))
        elif operator == b"Q":
            matrix, colour = kept.pop()
        elif operator == b"cm":
            matrix = _within(matrix, tuple(map(float, operands)))
        elif operator == b"rg":
            colour = tuple(map(float, operands))
        elif operator == b"re":
            yield colour, _within(matrix, (1, 0, 0, 1, *map(float, operands[:2])))[4:]
        elif operator == b"Do" and (form := resources["/XObject"][operands[0]])["/Subtype"] == "/Form":
            inside = _within(matrix, tuple(map(float, form.get("/Matrix", UPRIGHT))))
            yield from _painted(form.get("/Resources", {}), ContentStream(form, content.pdf), inside)


def _within(outer: Matrix, inner: Matrix) -> Matrix:
    """The matrix that does the inner first."""
    a, b, c, d, e, f = outer
    g, h, i, j, k, m = inner
    return g * a + h * c, g * b + h * d, i * a + j * c, i * b + j * d, k * a + m * c + e, k * b + m * d + f
