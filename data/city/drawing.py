"""One city, drawn: its sheet, its cells and blocks, its streets and areas; houses are drawn again when asked for."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from data.city import cells as kinds
from data.city import ground, houses
from data.city.cells import Blocks, Cells, cut, settle
from data.city.ground import Share
from data.city.plan import Size
from data.city.sheet import Array, Sheet, unroll
from data.city.streets import Street, lay


class Drawing:
    """Everything the files are made of, drawn once; houses are drawn again for every file that needs them."""

    def __init__(self, size: Size, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.seed = seed
        self.sheet: Sheet = unroll(size, rng)
        self.cells: Cells = settle(self.sheet, rng)
        self.blocks: Blocks = cut(self.cells, self.sheet, rng)
        self.streets: list[Street] = lay(self.cells, self.sheet)
        self.shares: list[Share] = ground.shares(self.sheet, size.title)
        self.community = ground.community_of(self.sheet, self.cells, self.shares)
        self.estates = ground.estate_names(self.blocks)
        self.built = np.flatnonzero(self.cells.kind != kinds.FARMLAND)

    def houses(self) -> Iterator[tuple[houses.Houses, Array]]:
        """Portions of houses, each with its number in its community: what its code ends in."""
        seen: dict[str, int] = {}
        for portion in houses.build(self.blocks, self.seed + 1):
            number = np.empty(len(portion), dtype=int)
            for at, block in enumerate(portion.block):
                code = self.community[self.blocks.cell[block]].code
                seen[code] = number[at] = seen.get(code, 0) + 1
            yield portion, number
