"""Tiles that stay small: rows come the most important first, and what no longer fits is left out, and said to be.

A tile may hold ``BUDGET`` bytes. The rows' sizes are summed in order; when the layers of a tile want more, each is cut
to the same part of its wish. It happens within the statement that cuts the tile; whether it must is told by another,
which encodes the rows as they come.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tiles.tile import EXTENT

BUDGET = 500_000
FEATURE, TAG = 20, 4  # bytes, a little more than it is on the average
WORD, NUMBER = 4, 11  # beside its tag and its letters, what a text and a fraction take that no other row has
BESIDE = ("mvt_id", "mvt_geom")  # columns that are no properties
VERTEX = "3 / 16"  # of what it takes in the database, which is quicker to ask than how many there are


@dataclass(frozen=True, slots=True)
class Wish:
    """The rows (SQL) that a layer would like to show, at most one more than ``limit``: columns, of which ``texts`` hold
    words, ``numbers`` fractions and the others what many rows share; the first is the feature's key when ``keyed``."""

    name: str
    rows: str
    columns: tuple[str, ...]
    texts: tuple[str, ...]
    limit: int
    keyed: bool = True
    numbers: tuple[str, ...] = ()


def entire(wishes: Sequence[Wish]) -> str:
    """Return the statement for all that is wanted: the tile, and whether it fits. It is no tile where it does not."""
    parts = [
        f"(SELECT {_mvt(wish)} AS body{at}, coalesce(sum({_cost(wish)}), 0) AS all{at}, count(*) AS rows{at}"
        f" FROM ({wish.rows}) AS t({_names(wish)})) AS s{at}"
        for at, wish in enumerate(wishes)
    ]
    few = " AND ".join(f"rows{at} <= {wish.limit}" for at, wish in enumerate(wishes))
    bodies, spent = (" || ".join(f"body{at}" for at in range(len(wishes))), _all(len(wishes)))
    return f"SELECT {bodies}, {spent} <= {BUDGET} AND {few} FROM {', '.join(parts)}"


def fitted(wishes: Sequence[Wish]) -> str:
    """Return the statement for as much as fits: the tile, and the names of the layers cut, joined by commas."""
    parts = [f"w{index} AS MATERIALIZED ({_measured(wish)})" for index, wish in enumerate(wishes)]
    sums = [
        f"(SELECT coalesce(max(spent), 0) AS all{at}, count(*) AS rows{at} FROM w{at}) AS s{at}"
        for at in range(len(wishes))
    ]
    times = f"greatest(1, ({_all(len(wishes))})::float8 / {BUDGET})"
    parts.append(f"fit AS MATERIALIZED (SELECT {times} AS times, * FROM {', '.join(sums)})")
    bodies = [_encoded(index, wish) for index, wish in enumerate(wishes)]
    short: dict[str, list[str]] = {}
    for at, wish in enumerate(wishes):
        some = f"rows{at} > {wish.limit} OR (times > 1 AND all{at} > 0)"
        short.setdefault(wish.name.partition(":")[0], []).append(some)
    cuts = [f"CASE WHEN {' OR '.join(some)} THEN '{name}' END" for name, some in short.items()]
    return f"WITH {', '.join(parts)} SELECT {' || '.join(bodies)}, concat_ws(',', {', '.join(cuts)}) FROM fit"


def _measured(wish: Wish) -> str:
    """The rows with what all of them down to here take (the rows of a subquery stay in its order)."""
    spent = f"sum({_cost(wish)}) OVER (ROWS UNBOUNDED PRECEDING) AS spent"
    return f"SELECT *, {spent} FROM ({wish.rows}) AS t({_names(wish)})"


def _encoded(at: int, wish: Wish) -> str:
    some = f"SELECT {_names(wish)} FROM w{at} WHERE spent * times <= all{at} LIMIT {wish.limit}"
    return f"(SELECT {_mvt(wish)} FROM ({some}) AS t)"


def _mvt(wish: Wish) -> str:
    key = ", 'mvt_id'" if wish.keyed else ""
    return f"coalesce(ST_AsMVT(t.*, '{wish.name}', {EXTENT}, 'mvt_geom'{key}), '')"


def _cost(wish: Wish) -> str:
    """Bytes; null, which sums leave out, where nothing is drawn."""
    tags = TAG * sum(name not in BESIDE for name in wish.columns)
    words = "".join(f""" + coalesce({WORD} + octet_length(nullif("{name}"::text, '')), 0)""" for name in wish.texts)
    numbers = ", ".join(f'"{name}"' for name in wish.numbers)
    fractions = f" + {NUMBER} * num_nonnulls({numbers})" if numbers else ""
    return f"ST_MemSize(mvt_geom) * {VERTEX} + {FEATURE + tags}{words}{fractions}"


def _names(wish: Wish) -> str:
    return ", ".join(f'"{name}"' for name in wish.columns)


def _all(wishes: int) -> str:
    return " + ".join(f"all{at}" for at in range(wishes))
