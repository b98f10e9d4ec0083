"""Large blocks between main streets, each of one character, and the blocks that lesser streets make of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.city.sheet import RIVER_HALF_M, Array, Sheet

KINDS = ("old", "village", "residential", "commercial", "industrial", "park", "school", "farmland")
OLD, VILLAGE, RESIDENTIAL, COMMERCIAL, INDUSTRIAL, PARK, SCHOOL, FARMLAND = range(8)
BLOCK_M = (88.0, 120.0, 165.0, 140.0, 260.0, 420.0, 190.0, 900.0)  # the usual side of a block, a kind
MAIN_HALF_M, SIDE_HALF_M = 17.0, 7.0  # from the middle of a street to the fronts


@dataclass(frozen=True, slots=True)
class Cells:
    """Column and row of every cell, its kind, and into how many blocks it is cut each way."""

    column: Array
    row: Array
    kind: Array
    across: Array
    along: Array
    box: Array  # (n, 4) between the middles of the main streets

    def __len__(self) -> int:
        return len(self.kind)


@dataclass(frozen=True, slots=True)
class Blocks:
    """Blocks between street fronts, (n, 4) on the sheet; the cell each lies in, its place there, its kind."""

    box: Array
    cell: Array
    across: Array
    along: Array
    kind: Array


def settle(sheet: Sheet, rng: np.random.Generator) -> Cells:
    """A character for every cell: old and tall in the middle, estates around it, works and fields outside."""
    n = sheet.size.cells
    column, row = (axis.ravel() for axis in np.meshgrid(np.arange(n), np.arange(n)))
    box = np.stack([sheet.us[column], sheet.vs[row], sheet.us[column + 1], sheet.vs[row + 1]], 1)
    u, v = (box[:, 0] + box[:, 2]) / 2, (box[:, 1] + box[:, 3]) / 2
    out = np.hypot(u, v) / sheet.half / sheet.size.core + rng.normal(0, 0.06, len(u))
    dice = rng.random(len(u))
    kind = np.full(len(u), RESIDENTIAL)
    kind[(out < 0.3) & (dice < 0.62)] = OLD
    kind[(out < 0.22) & (dice > 0.7)] = COMMERCIAL
    kind[(out >= 0.3) & (dice < 0.34)] = OLD
    kind[(out >= 0.3) & (dice > 0.93)] = COMMERCIAL
    kind[(out > 0.45) & (dice > 0.34) & (dice < 0.60)] = VILLAGE
    kind[(out > 0.6) & (dice > 0.86)] = INDUSTRIAL
    kind[(out > 0.85) & (dice < 0.55)] = VILLAGE
    kind[dice > 0.985] = PARK
    kind[out > 1.08] = np.where(dice[out > 1.08] < 0.3, VILLAGE, FARMLAND)
    side = np.array(BLOCK_M)[kind] * rng.uniform(0.85, 1.2, len(u))
    across = np.maximum(1, np.round((box[:, 2] - box[:, 0]) / side)).astype(int)
    along = np.maximum(1, np.round((box[:, 3] - box[:, 1]) / side)).astype(int)
    return Cells(column, row, kind, across, along, box)


def cut(cells: Cells, sheet: Sheet, rng: np.random.Generator) -> Blocks:
    """Every block of every cell; blocks that would stand in the river are left out, some become schools and parks."""
    number = cells.across * cells.along
    cell = np.repeat(np.arange(len(cells)), number)
    place = np.arange(number.sum()) - np.repeat(np.cumsum(number) - number, number)
    i, j = place % cells.across[cell], place // cells.across[cell]
    west, south, east, north = cells.box[cell].T
    wide, high = (east - west) / cells.across[cell], (north - south) / cells.along[cell]
    left = west + i * wide + np.where(i == 0, MAIN_HALF_M, SIDE_HALF_M)
    right = west + (i + 1) * wide - np.where(i == cells.across[cell] - 1, MAIN_HALF_M, SIDE_HALF_M)
    low = south + j * high + np.where(j == 0, MAIN_HALF_M, SIDE_HALF_M)
    top = south + (j + 1) * high - np.where(j == cells.along[cell] - 1, MAIN_HALF_M, SIDE_HALF_M)
    kind = cells.kind[cell].copy()
    dice = rng.random(len(cell))
    built = np.isin(kind, (OLD, VILLAGE, RESIDENTIAL, COMMERCIAL))
    kind[built & (dice < 0.02)] = SCHOOL
    kind[built & (dice > 0.97)] = PARK
    kind[(kind == VILLAGE) & (dice > 0.55) & (dice <= 0.97)] = FARMLAND
    box = np.stack([left, low, right, top], 1)
    dry = sheet.from_river((left + right) / 2, (low + top) / 2) > RIVER_HALF_M + 25 + (top - low) / 2
    return Blocks(box[dry], cell[dry], i[dry], j[dry], kind[dry])
