"""Tiles that stay small: rows come the most important first, and what no longer fits is left out, and said to be.

A tile may hold ``BUDGET`` bytes. The rows' sizes are summed in order; when the layers of a tile want more, each is cut
to the same part of its wish. It happens within the statement that cuts the tile.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tiles.tile import EXTENT

BUDGET = 500_000
VERTEX, FEATURE, TAG = 3, 20, 4  # bytes, a little more than it is on the average


@dataclass(frozen=True, slots=True)
class Wish:
    """The rows (SQL) that a layer would like to show, at most one more than ``limit``: columns, of which ``texts`` hold
    words, and the first is the key of the feature when ``keyed``."""

    name: str
    rows: str
    columns: tuple[str, ...]
    texts: tuple[str, ...]
    limit: int
    keyed: bool = True


def fitted(wishes: Sequence[Wish]) -> str:
    """Return the statement: the tile, and the names of the layers that were cut, joined by commas."""
    parts = [f"w{index} AS MATERIALIZED ({_measured(wish)})" for index, wish in enumerate(wishes)]
    sums = " + ".join(f"coalesce((SELECT max(spent) FROM w{index}), 0)" for index in range(len(wishes)))
    parts.append(f"fit AS MATERIALIZED (SELECT greatest(1, ({sums})::float8 / {BUDGET}) AS times)")
    bodies = [_encoded(index, wish) for index, wish in enumerate(wishes)]
    short: dict[str, list[str]] = {}
    for index, wish in enumerate(wishes):
        some = f"EXISTS (SELECT FROM w{index}, fit WHERE NOT {_fits(index, wish)})"
        short.setdefault(wish.name.partition(":")[0], []).append(some)
    cuts = [f"CASE WHEN {' OR '.join(some)} THEN '{name}' END" for name, some in short.items()]
    return f"WITH {', '.join(parts)} SELECT {' || '.join(bodies)}, concat_ws(',', {', '.join(cuts)})"


def _measured(wish: Wish) -> str:
    """The rows with what all of them down to here take (the rows of a subquery stay in its order)."""
    names = ", ".join(f'"{name}"' for name in wish.columns)
    words = "".join(f' + coalesce(octet_length("{name}"::text), 0)' for name in wish.texts)
    bytes_ = f"{VERTEX} * ST_NPoints(mvt_geom) + {FEATURE + TAG * len(wish.columns)}{words}"
    cost = f"CASE WHEN mvt_geom IS NULL THEN 0 ELSE {bytes_} END"
    over = "OVER (ROWS UNBOUNDED PRECEDING)"
    return f"SELECT *, sum({cost}) {over} AS spent, count(*) {over} AS place FROM ({wish.rows}) AS t({names})"


def _fits(index: int, wish: Wish) -> str:
    return f"(place <= {wish.limit} AND spent * times <= (SELECT max(spent) FROM w{index}))"


def _encoded(index: int, wish: Wish) -> str:
    names = ", ".join(f'"{name}"' for name in wish.columns)
    key = ", 'mvt_id'" if wish.keyed else ""
    encode = f"ST_AsMVT(t.*, '{wish.name}', {EXTENT}, 'mvt_geom'{key})"
    return f"(SELECT coalesce({encode}, '') FROM (SELECT {names} FROM w{index}, fit WHERE {_fits(index, wish)}) AS t)"
