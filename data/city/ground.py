"""What lies under everything: land use by block, the river, and areas cut along main streets from the city down."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely

from data.city import cells as kinds
from data.city.cells import Blocks, Cells
from data.city.plan import ESTATE_ENDINGS, names
from data.city.sheet import RIVER_HALF_M, Array, Sheet, ring

LANDUSE = {
    kinds.RESIDENTIAL: "residential", kinds.COMMERCIAL: "commercial", kinds.INDUSTRIAL: "industrial",
    kinds.PARK: "park", kinds.SCHOOL: "school", kinds.FARMLAND: "farmland",
}  # fmt: skip
FIELDS = ("farmland", "farmland", "orchard", "forest", "meadow")


@dataclass(frozen=True, slots=True)
class Share:
    """An area of a level: columns and rows of cells [west, south, east, north), its code and name."""

    level: int
    code: str
    name: str
    full_name: str
    parent: str
    span: tuple[int, int, int, int]


def estate_names(blocks: Blocks) -> list[str]:
    """A name a block; only estates and schools use theirs."""
    return [
        name + (ESTATE_ENDINGS[number % len(ESTATE_ENDINGS)] if kind == kinds.RESIDENTIAL else "")
        for number, (name, kind) in enumerate(zip(names(len(blocks.kind), 3000), blocks.kind, strict=True))
    ]


def landuse(blocks: Blocks, called: list[str]) -> Iterator[tuple[Array, str, str]]:
    """Outline, kind and name of every block whose ground is told apart."""
    for number, (box, kind) in enumerate(zip(blocks.box, blocks.kind, strict=True)):
        if kind not in LANDUSE:
            continue
        name = called[number]
        title = {kinds.RESIDENTIAL: name, kinds.PARK: f"{name}公园", kinds.SCHOOL: f"{name}学校"}.get(int(kind), "")
        yield ring(*box), FIELDS[number % 5] if kind == kinds.FARMLAND else LANDUSE[int(kind)], title


def river(sheet: Sheet) -> Array:
    """The outline of the river, from edge to edge."""
    u = np.linspace(sheet.us[0], sheet.us[-1], int(sheet.half / 40))
    v = sheet.river(u)
    du, dv = np.gradient(u), np.gradient(v)
    size = np.hypot(du, dv)
    half = RIVER_HALF_M * (1 + 0.25 * np.sin(u / 800))
    bank = np.stack([-dv / size * half, du / size * half], 1)
    middle = np.stack([u, v], 1)
    return np.concatenate([middle + bank, (middle - bank)[::-1], (middle + bank)[:1]])


def shares(sheet: Sheet, city: str) -> list[Share]:
    """Districts, street offices and communities: the sheet halved again and again along its main streets."""
    n = sheet.size.cells
    districts, streets, communities = sheet.size.areas
    called = iter(names(districts * (1 + streets * (1 + communities)), 1500))
    found: list[Share] = []
    for d, district in enumerate(split((0, 0, n, n), districts), 1):
        code, name = f"{sheet.size.prefix}{d:02d}", next(called) + "区"
        found.append(Share(3, code, name, city + name, "", district))
        for s, street in enumerate(split(district, streets), 1):
            office, title = f"{code}{s:03d}", next(called) + "街道"
            found.append(Share(4, office, title, city + name + title, code, street))
            for c, community in enumerate(split(street, communities), 1):
                small = next(called) + "社区"
                found.append(Share(5, f"{office}{c:03d}", small, city + name + title + small, office, community))
    return found


def split(span: tuple[int, int, int, int], parts: int) -> list[tuple[int, int, int, int]]:
    """A span of cells in this many spans (a power of two), each cut across its longer side."""
    west, south, east, north = span
    if parts == 1:
        return [span]
    if east - west >= north - south:
        middle = (west + east) // 2
        halves = [(west, south, middle, north), (middle, south, east, north)]
    else:
        middle = (south + north) // 2
        halves = [(west, south, east, middle), (west, middle, east, north)]
    return [part for half in halves for part in split(half, parts // 2)]


def outline(sheet: Sheet, cells: Cells, span: tuple[int, int, int, int]) -> shapely.MultiPolygon:
    """A span of cells as one shape whose corners are those of its neighbours, to the digit."""
    west, south, east, north = span
    inside = (cells.column >= west) & (cells.column < east) & (cells.row >= south) & (cells.row < north)
    parts = [shapely.Polygon(sheet.bend(ring(*cells.box[at]))) for at in np.flatnonzero(inside)]
    return shapely.MultiPolygon([shapely.coverage_union_all(parts)])


def community_of(sheet: Sheet, cells: Cells, found: list[Share]) -> list[Share]:
    """The community of every cell."""
    owner = np.zeros(len(cells), dtype=int)
    small = [share for share in found if share.level == 5]
    for number, share in enumerate(small):
        west, south, east, north = share.span
        inside = (cells.column >= west) & (cells.column < east) & (cells.row >= south) & (cells.row < north)
        owner[inside] = number
    return [small[number] for number in owner]
