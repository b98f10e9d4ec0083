"""What stands beside streets: toilets, bins, stops, markets, lamps, covers; and the places of temporary markets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from data.city.cells import MAIN_HALF_M, Cells
from data.city.sheet import RIVER_HALF_M, Array, Sheet, ring

DAILY = {"rules": [{"hours": ["06:00-22:00"]}]}
ALWAYS = {"rules": [{"hours": ["00:00-24:00"]}]}
MARKET = {"rules": [{"hours": ["05:30-18:30"]}]}
MORNING = {"rules": [{"days": ["Mo", "We", "Fr", "Sa", "Su"], "hours": ["06:00-09:30"]}]}


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of facility: how many a cell has on average, how it is called, its hours, what it may offer."""

    kind: str
    each: float
    title: str = ""
    hours: dict[str, Any] | None = None
    features: tuple[str, ...] = ()


KINDS = (
    Kind("toilet", 0.9, "公厕", DAILY, ("accessible", "baby", "paper")),
    Kind("bin", 6.0, "", None, ("recyclable", "hazardous", "kitchen", "residual")),
    Kind("collection-point", 0.8, "垃圾收集点", DAILY),
    Kind("market", 0.12, "菜市场", MARKET, ("vegetables", "meat", "cooked")),
    Kind("bus-stop", 2.2, "站"),
    Kind("pharmacy", 0.5, "药房", DAILY),
    Kind("supermarket", 0.4, "超市", DAILY),
    Kind("parking", 0.6, "停车场", ALWAYS),
    Kind("charging", 0.3, "充电站", ALWAYS),
    Kind("clinic", 0.15, "社区卫生站"),
    Kind("restaurant", 2.0, "饭店"),
    Kind("lamp", 9.0),
    Kind("manhole", 7.0),
    Kind("bench", 1.0),
    Kind("rest-station", 0.1, "爱心驿站", DAILY),
)


def facilities(
    sheet: Sheet, cells: Cells, built: Array, streets: list[str], seed: int
) -> Iterator[tuple[Kind, Array, list[str], list[list[str]]]]:
    """A kind at a time: where its points are on the sheet (n, 2), their names and what each offers. Points stand on
    the pavement of the main street west or south of a cell, never in the river."""
    rng = np.random.default_rng(seed)
    for kind in KINDS:
        cell = np.repeat(built, rng.poisson(kind.each, len(built)))
        box, along, upright = cells.box[cell], rng.uniform(0.06, 0.94, len(cell)), rng.random(len(cell)) < 0.5
        aside = MAIN_HALF_M - 2.5
        u = np.where(upright, box[:, 0] + aside, box[:, 0] + along * (box[:, 2] - box[:, 0]))
        v = np.where(upright, box[:, 1] + along * (box[:, 3] - box[:, 1]), box[:, 1] + aside)
        dry = sheet.from_river(u, v) > RIVER_HALF_M + 10
        picked = rng.integers(0, len(streets), len(cell))
        names = [f"{streets[at]}{kind.title}" if kind.title else "" for at in picked[dry]]
        offers = rng.random((int(dry.sum()), len(kind.features))) < 0.5
        yield kind, np.stack([u, v], 1)[dry], names, [
            [name for name, has in zip(kind.features, row, strict=True) if has] for row in offers
        ]  # fmt: skip


def markets(cells: Cells, built: Array, seed: int) -> list[Array]:
    """Outlines of temporary markets: strips of pavement along main streets, one for every dozen cells."""
    rng = np.random.default_rng(seed)
    found = []
    for cell in rng.choice(built, max(1, len(built) // 12), replace=False):
        west, south, _, _ = cells.box[cell]
        found.append(ring(west + 60, south + MAIN_HALF_M - 8, west + 150, south + MAIN_HALF_M - 1, 40))
    return found
