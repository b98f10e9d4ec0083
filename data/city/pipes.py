"""Mains under the main streets of the inner city: one of every category of CJJ 61, side by side, drains downhill."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from data.city.sheet import RIVER_HALF_M, Array, Sheet
from data.city.streets import Street

APART_M = 75.0


@dataclass(frozen=True, slots=True)
class Main:
    """A kind of main: metres aside of the middle of the street, metres of cover, diameter or section, material,
    burial, what its points are."""

    category: str
    subcategory: str
    aside: float
    depth: float
    diameter: float | None
    section: str
    material: str
    burial: str
    appendage: str


MAINS = (
    Main("JS", "JP", 6.0, 1.3, 300, "", "QM", "ZM", "阀门"),
    Main("PS", "YS", 2.0, 2.4, 600, "", "T", "ZM", "窨井"),
    Main("PS", "WS", -2.5, 3.2, 400, "", "PE", "ZM", "窨井"),
    Main("RQ", "TR", 9.0, 1.2, 200, "", "PE", "ZM", "阀门"),
    Main("RL", "RS", -9.0, 1.5, 300, "", "G", "ZM", "阀门"),
    Main("DL", "GD", 12.0, 1.0, None, "800X600", "TZ", "GG", "人孔"),
    Main("TX", "DX", -12.0, 0.9, None, "300X200", "GX", "GK", "人孔"),
    Main("GY", "", -14.5, 1.6, 250, "", "G", "ZM", "阀门"),
    Main("QT", "ZH", 14.5, 3.0, None, "3000X2500", "T", "ZH", "人孔"),
)


@dataclass(frozen=True, slots=True)
class Run:
    """One main under one street: its points on the sheet in order of flow, ground height and depth of each."""

    main: Main
    road: str
    key: str
    spots: Array
    ground: Array
    depth: Array


def runs(sheet: Sheet, streets: list[Street]) -> Iterator[Run]:
    """The mains of every arterial and secondary street of the inner city, broken at the river."""
    reach = sheet.half * sheet.size.wells
    for number, street in enumerate(street for street in streets if street.rank <= 3):
        line = np.concatenate([piece for _, piece in street.stretches()] or [np.empty((0, 2))])
        inside = np.hypot(*line.T) < reach
        inside &= sheet.from_river(*line.T) > RIVER_HALF_M + 40
        for main in MAINS if number % 2 == 0 else MAINS[:6]:
            for part, piece in enumerate(together(line, inside)):
                yield from run(sheet, street, main, f"{number:03d}{part}", piece)


def together(line: Array, inside: Array) -> Iterator[Array]:
    """The pieces of a line that lie inside, thinned to a point every APART_M metres or so."""
    edges = np.flatnonzero(np.diff(inside.astype(int))) + 1
    for piece, flag in zip(np.split(line, edges), np.split(inside, edges), strict=True):
        steps = np.abs(np.diff(piece, axis=0)).sum(1)
        kept = piece[np.concatenate([[True], steps > 1.0])] if len(piece) else piece
        if flag.any() and len(kept) > 3:
            yield kept


def run(sheet: Sheet, street: Street, main: Main, part: str, piece: Array) -> Iterator[Run]:
    """A main beside a piece of street; a drain is cut where the ground turns, and each part runs downhill."""
    upright = abs(piece[-1, 0] - piece[0, 0]) < 1
    spots = piece + (np.array([main.aside, 0.0]) if upright else np.array([0.0, main.aside]))
    ground = sheet.ground(*spots.T)
    if main.category != "PS":
        yield Run(
            main,
            street.name,
            f"{main.category}{main.subcategory}{part}",
            spots,
            ground,
            np.full(len(spots), main.depth),
        )
        return
    falls = np.sign(np.diff(ground))
    turns = np.flatnonzero(np.diff(falls)) + 1
    for leg, (start, end) in enumerate(zip([0, *turns], [*turns, len(spots) - 1], strict=True)):
        order = slice(start, end + 1)
        ways = spots[order], ground[order]
        if len(ways[0]) < 2:
            continue
        if ways[1][0] < ways[1][-1]:
            ways = ways[0][::-1], ways[1][::-1]
        fall = np.minimum.accumulate(ways[1] - main.depth - 0.001 * APART_M * np.arange(len(ways[1])) * 0.2)
        yield Run(main, street.name, f"{main.subcategory}{part}{leg:02d}", *ways, np.round(ways[1] - fall, 3))
