"""Plates of places as a PDF to print and cut: A4, two by five, each with its QR code, name and code; marks to cut by.

The type is STSong-Light, one of the fonts that every PDF reader brings or replaces for Chinese: it is named, not
embedded, for no Chinese font is ours to ship (decision 0071).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BytesIO

import segno
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from layers.plates import Plate

COLUMNS, ROWS = 2, 5
WIDE, HIGH = 90 * mm, 52 * mm
LEFT, BOTTOM = (A4[0] - COLUMNS * WIDE) / 2, (A4[1] - ROWS * HIGH) / 2
CODE = 42 * mm  # side of a QR code with its quiet zone: read from two metres
INSET = 4 * mm
MARK = 3 * mm
QUIET = 4
FONT = "STSong-Light"
INK, SECOND = 0.11, 0.36
Coded = Callable[[str], segno.QRCode]


def sheet(plates: list[Plate], city: str, link: Callable[[str], str], coded: Coded) -> bytes:
    """Return the PDF; ``link`` makes a path a whole link, ``coded`` a link its QR code."""
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    made = BytesIO()
    canvas = Canvas(made, pagesize=A4, invariant=True)
    canvas.setTitle(f"{city} · {plates[0].what if len({one.what for one in plates}) == 1 else '二维码标牌'}")
    page = COLUMNS * ROWS
    for start in range(0, len(plates), page):
        some = plates[start : start + page]
        for place, plate in enumerate(some):
            x, y = LEFT + place % COLUMNS * WIDE, BOTTOM + (ROWS - 1 - place // COLUMNS) * HIGH
            draw(canvas, x, y, plate, city, link(plate.path), coded)
        cut_marks(canvas)
        canvas.showPage()
    canvas.save()
    return made.getvalue()


def draw(canvas: Canvas, x: float, y: float, plate: Plate, city: str, url: str, coded: Coded) -> None:
    """Draw one plate with its lower left corner at x, y (points)."""
    canvas.setFillGray(0)
    path = canvas.beginPath()
    code = coded(url)
    dot = CODE / (code.symbol_size(border=0)[0] + 2 * QUIET)
    top = y + (HIGH + CODE) / 2
    for row, first, length in runs(code):
        path.rect(x + (QUIET + first) * dot, top - (QUIET + row + 1) * dot, length * dot, dot)
    canvas.drawPath(path, stroke=0, fill=1)
    canvas.linkURL(url, (x, y, x + WIDE, y + HIGH))
    words(canvas, x + CODE, y, WIDE - CODE - INSET, plate, city)


def runs(code: segno.QRCode) -> Iterator[tuple[int, int, int]]:
    """The dark modules as row, first column and length, from the top left."""
    for number, row in enumerate(code.matrix):
        first = -1
        for column, dark in enumerate((*row, 0)):
            if dark and first < 0:
                first = column
            elif not dark and first >= 0:
                yield number, first, column - first
                first = -1


def words(canvas: Canvas, x: float, y: float, room: float, plate: Plate, city: str) -> None:
    """Write what a person reads: what it is, its name, its code; at the foot whose it is. A long code leaves the name
    a line less."""
    codes = wrapped(plate.code, 9, room)[:2]
    name = shortened(wrapped(plate.title, 14, room), 4 - max(1, len(codes)))
    what, what_en = wrapped(plate.what, 8.5, room)[:1], wrapped(plate.what_en, 7, room)[:1]
    down = y + HIGH - INSET - 2 * mm
    for lines, size, gray in ((what, 8.5, SECOND), (what_en, 7, SECOND), (name, 14, INK), (codes, 9, INK)):
        for line in lines:
            write(canvas, x, down - size, line, size, gray)
            down -= size * 1.3
        down -= 2
    write(canvas, x, y + INSET + 9, shortened(wrapped(city, 8, room), 1)[0], 8, SECOND)
    write(canvas, x, y + INSET, "扫码查看 Scan for details", 6.5, SECOND)


def shortened(lines: list[str], most: int) -> list[str]:
    """The first lines, with a sign where more would follow."""
    return lines if len(lines) <= most else [*lines[: most - 1], f"{lines[most - 1][:-1]}…"]


def write(canvas: Canvas, x: float, y: float, text: str, size: float, gray: float) -> None:
    """Write one line."""
    canvas.setFillGray(gray)
    canvas.setFont(FONT, size)
    canvas.drawString(x, y, text)


def wrapped(text: str, size: float, room: float) -> list[str]:
    """Lines that fit into the room, broken at any character, as Chinese and codes are; what the font lacks is □."""
    lines: list[str] = []
    for sign in "".join(sign if " " <= sign <= "\uffff" else "□" for sign in text):
        if lines and pdfmetrics.stringWidth(lines[-1] + sign, FONT, size) <= room:
            lines[-1] += sign
        else:
            lines.append(sign)
    return lines


def cut_marks(canvas: Canvas) -> None:
    """Draw a small cross where the corners of plates meet."""
    canvas.setStrokeGray(0.5)
    canvas.setLineWidth(0.3)
    for column in range(COLUMNS + 1):
        for row in range(ROWS + 1):
            x, y = LEFT + column * WIDE, BOTTOM + row * HIGH
            canvas.line(x - MARK / 2, y, x + MARK / 2, y)
            canvas.line(x, y - MARK / 2, x, y + MARK / 2)
