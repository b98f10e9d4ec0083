"""Main streets from edge to edge, lesser ones within their large block; each cut into segments where they meet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from data.city import cells as kinds
from data.city.cells import MAIN_HALF_M, SIDE_HALF_M, Cells
from data.city.plan import names
from data.city.sheet import RIVER_HALF_M, Array, Sheet, stretch

ARTERY = 4  # every so many main streets one is wider
# From the middle of a street to the fronts, a rank.
STREET_HALF_M = {
    2: MAIN_HALF_M,
    3: MAIN_HALF_M,
    4: SIDE_HALF_M,
    5: SIDE_HALF_M,
}


@dataclass(frozen=True, slots=True)
class Street:
    """A street of the sheet: a straight run from crossing to crossing; `spots` are its crossings in order."""

    code: str
    name: str
    rank: int
    spots: tuple[tuple[float, float], ...]
    gaps: frozenset[int] = frozenset()  # the stretches that were not built: over water, through fields

    @property
    def kind(self) -> str:
        """Its kind in the list road-kind."""
        return {2: "arterial", 3: "secondary", 4: "branch", 5: "lane"}[self.rank]

    def stretches(self) -> Iterator[tuple[int, Array]]:
        """Number and line of every stretch that is there."""
        for number in range(len(self.spots) - 1):
            if number not in self.gaps:
                yield number, stretch(self.spots[number], self.spots[number + 1])


def lay(cells: Cells, sheet: Sheet) -> list[Street]:
    """Every street, main ones first."""
    drawn = [*mains(cells, sheet), *lesser(cells, sheet)]
    called = names(len(drawn))
    return [
        Street(f"{sheet.size.prefix}{number:06d}", call(name, rank), rank, spots, gaps)
        for number, ((rank, spots, gaps), name) in enumerate(zip(drawn, called, strict=True), 1)
    ]


def call(name: str, rank: int) -> str:
    """The ending that goes with a rank."""
    return name + {2: "大道", 3: "路", 4: "街", 5: "巷"}[rank]


Drawn = tuple[int, tuple[tuple[float, float], ...], frozenset[int]]


def mains(cells: Cells, sheet: Sheet) -> Iterator[Drawn]:
    """Streets between the cells, left out where there are fields on both sides; every bridge is one of theirs."""
    n = sheet.size.cells
    wild = np.zeros((n + 2, n + 2), dtype=bool)
    wild[1:-1, 1:-1] = (cells.kind == kinds.FARMLAND).reshape(n, n)
    wild[[0, -1], :] = wild[:, [0, -1]] = True
    for line in range(n + 1):
        rank = 2 if line % ARTERY == 0 else 3
        for upright in (True, False):
            beside = wild[1:-1, line] & wild[1:-1, line + 1] if upright else wild[line, 1:-1] & wild[line + 1, 1:-1]
            gaps = frozenset(np.flatnonzero(beside).tolist()) if rank == 3 else frozenset[int]()
            here, across = (sheet.us[line], sheet.vs) if upright else (sheet.vs[line], sheet.us)
            spots = tuple((float(here), float(at)) if upright else (float(at), float(here)) for at in across)
            yield rank, spots, gaps


def lesser(cells: Cells, sheet: Sheet) -> Iterator[Drawn]:
    """Streets within a cell, from one side of it to the other; none reaches into the river."""
    for number in np.flatnonzero(cells.kind != kinds.FARMLAND):
        west, south, east, north = cells.box[number]
        us = np.linspace(west, east, cells.across[number] + 1)
        vs = np.linspace(south, north, cells.along[number] + 1)
        for at, u in enumerate(us[1:-1]):
            yield drawn(sheet, 4 if at == len(us) // 2 - 1 else 5, [(float(u), float(v)) for v in vs])
        for at, v in enumerate(vs[1:-1]):
            yield drawn(sheet, 4 if at == len(vs) // 2 - 1 else 5, [(float(u), float(v)) for u in us])


def drawn(sheet: Sheet, rank: int, spots: list[tuple[float, float]]) -> Drawn:
    """A lesser street without the stretches that water would cut."""
    wet = sheet.from_river(*np.array(spots).T) < RIVER_HALF_M + 20
    north = np.array([v for _, v in spots]) > sheet.river(np.array([u for u, _ in spots]))
    gaps = np.flatnonzero(wet[:-1] | wet[1:] | (north[:-1] != north[1:]))
    return rank, tuple(spots), frozenset(gaps.tolist())
