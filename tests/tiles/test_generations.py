"""What is known of changes: where, since when, and what must be forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import box as rectangle

from tiles.generations import WHERE, Generations
from tiles.marks import MOST, Change, Marks, reach
from tiles.pool import Busy
from tiles.statement import Statement
from tiles.tile import HALF_WORLD_M, Box, Tile

WATER, ROAD = "spatial_water", "spatial_road"
DOWNTOWN = (13_525_000.0, 3_662_000.0)
HERE = Tile(16, *(int((DOWNTOWN[0] + HALF_WORLD_M) / (2 * HALF_WORLD_M) * 65536), 26767))


class Told:
    """A database that has told some news."""

    def __init__(self) -> None:
        self.epoch, self.rows = "one", list[tuple[Any, ...]]()
        self.asked, self.away = 0, False
        self.day = date(2026, 11, 1)

    def tell(self, seq: int, table: str, *box: float) -> None:
        self.rows.append((seq, table, not box, *(box or (None,) * 4)))

    def __call__(self, sql: bytes, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        if self.away:
            raise Busy
        since = parameters[0]
        if sql == WHERE:
            self.asked += 1
            seqs = [row[0] for row in self.rows]
            return [(self.epoch, max(seqs, default=0), since in seqs, self.day)]
        return [row for row in self.rows if row[0] > since][: parameters[1]]


@pytest.fixture
def told() -> Told:
    return Told()


def cut(*tables: str) -> Statement:
    return Statement(b"", (), tables, frozenset({WATER}))


def middle(tile: Tile) -> tuple[float, float, float, float]:
    west, south, east, north = tile.envelope
    x, y = (west + east) / 2, (south + north) / 2
    return x, y, x + 1, y + 1


boxes = st.builds(
    lambda x, y, w, h: (x, y, x + w, y + h),
    st.floats(-HALF_WORLD_M, HALF_WORLD_M), st.floats(-HALF_WORLD_M, HALF_WORLD_M),
    st.sampled_from([0.0, 1.0, 300.0, 1e5]) | st.floats(0, 1e6), st.sampled_from([0.0, 1.0, 300.0]) | st.floats(0, 1e6),
)  # fmt: skip


@st.composite
def tiles_near(draw: st.DrawFn) -> tuple[list[Box], Tile]:
    """Boxes and a tile close to one of them, so that they meet about half the time."""
    several = draw(st.lists(boxes))
    zoom = draw(st.integers(0, 22))
    last = (1 << zoom) - 1
    x, y = draw(st.tuples(st.integers(0, last), st.integers(0, last)))
    if several:
        west, _, _, north = draw(st.sampled_from(several))
        side = 2 * HALF_WORLD_M / (last + 1)
        x, y = int((west + HALF_WORLD_M) // side), int((HALF_WORLD_M - north) // side)
        x, y = x + draw(st.integers(-1, 1)), y + draw(st.integers(-1, 1))
    return several, Tile(zoom, min(max(x, 0), last), min(max(y, 0), last))


@given(tiles_near(), st.integers(0, 30))
def test_a_tile_is_touched_by_what_reaches_into_it_since(drawn: Any, since: int) -> None:
    several, tile = drawn
    changes: list[Change] = list(enumerate(several, 1))
    marks = Marks(0, 0).after(len(changes), changes)
    brute = any(at > since and rectangle(*reach(tile)).intersects(rectangle(*box)) for at, box in changes)
    assert marks.touch(tile, since) == brute


@given(st.lists(st.none() | boxes, max_size=40), st.data())
def test_it_does_not_matter_how_changes_came_in_batches(several: list[Any], data: st.DataObject) -> None:
    changes: list[Change] = list(enumerate(several, 1))
    at = data.draw(st.integers(0, len(changes)))
    since = data.draw(st.integers(0, len(changes)))
    once = Marks(0, 0).after(len(changes), changes)
    twice = Marks(0, 0).after(at, changes[:at]).after(len(changes), changes[at:])
    tile = data.draw(st.integers(0, 18).map(lambda z: Tile(z, 0, 0)))
    assert once.touch(tile, since) == twice.touch(tile, since)


def test_what_no_longer_fits_counts_as_everywhere() -> None:
    marks = Marks(0, 0)
    for start in range(0, MOST + 10_000, 10_000):
        marks = marks.after(start + 10_000, [(start + n, (0.0, 0.0, 1.0, 1.0)) for n in range(10_000)])
    assert len(marks.times) <= MOST
    far = Tile(16, 0, 0)
    assert marks.touch(far, marks.floor - 1)
    assert not marks.touch(far, marks.floor)


def test_a_box_in_a_tile_leaves_its_neighbours_and_another_table_does_not(told: Told) -> None:
    generations = Generations(told, interval_s=0)
    before = generations.now().at
    told.tell(1, WATER, *middle(HERE))
    known = generations.now()
    assert known.touched(cut(WATER), HERE, before)
    assert known.touched(cut(WATER), Tile(0, 0, 0), before)
    assert not known.touched(cut(WATER), Tile(16, HERE.x + 1, HERE.y), before)
    assert not known.touched(cut(ROAD), HERE, before)
    told.tell(2, ROAD, *middle(HERE))
    assert not generations.now().touched(cut(WATER), HERE, known.at)
    assert generations.now().touched(cut(ROAD, WATER), Tile(16, HERE.x + 1, HERE.y), known.at), "joined: anywhere"


def test_of_a_whole_table_every_tile_is_touched(told: Told) -> None:
    generations = Generations(told, interval_s=0)
    before = generations.now().at
    told.tell(1, WATER)
    assert generations.now().touched(cut(WATER), Tile(16, 0, 0), before)
    assert not generations.now().touched(cut(WATER), Tile(16, 0, 0), generations.now().at)


def test_numbers_that_a_rollback_took_are_no_gap(told: Told) -> None:
    generations = Generations(told, interval_s=0)
    told.tell(1, WATER, *middle(HERE))
    before = generations.now().at
    told.tell(7, WATER, *middle(HERE))
    assert not generations.now().touched(cut(WATER), Tile(16, 0, 0), before)


@pytest.mark.parametrize("loss", ["another database", "fewer", "the last is gone"])
def test_news_that_does_not_continue_makes_everything_old(told: Told, loss: str) -> None:
    generations = Generations(told, interval_s=0)
    for seq in (1, 2, 3):
        told.tell(seq, WATER, *middle(HERE))
    before = generations.now()
    told.rows.pop()
    if loss == "another database":
        told.tell(3, WATER, *middle(HERE))
        told.epoch = "two"
    if loss == "the last is gone":
        told.tell(9, WATER, *middle(HERE))
    known = generations.now()
    assert known.at > before.at
    assert known.touched(cut(WATER), Tile(16, 0, 0), before.at)
    assert known.touched(cut(ROAD), Tile(16, 0, 0), before.at)
    told.tell(50, WATER, *middle(HERE))
    assert not generations.now().touched(cut(WATER), Tile(16, 0, 0), known.at)


def test_too_much_news_at_once_makes_everything_old(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tiles.generations.MOST", 10)
    generations = Generations(told, interval_s=0)
    told.tell(1, ROAD)
    before = generations.now().at
    for seq in range(2, 13):
        told.tell(seq, ROAD, *middle(HERE))
    assert generations.now().touched(cut(WATER), Tile(16, 0, 0), before)
    assert generations.now().seq == 12


def test_the_news_is_read_once_an_interval(told: Told) -> None:
    lazy = Generations(told, interval_s=3600)
    assert lazy.now() is lazy.now()
    assert told.asked == 1
    told.tell(1, WATER)
    lazy.hear()
    assert lazy.now().at == 1
    assert told.asked == 2


def test_a_generation_is_of_its_tables(told: Told) -> None:
    generations = Generations(told, interval_s=0)
    water, road = generations.generation((WATER,)), generations.generation((ROAD,))
    told.tell(1, WATER)
    assert generations.generation((WATER,)) != water
    assert generations.generation((ROAD,)) == road


def test_while_the_database_is_away_what_is_known_stays_known(told: Told) -> None:
    generations = Generations(told, interval_s=0)
    known = generations.now()
    told.away = True
    assert generations.now() is known
    with pytest.raises(Busy):
        Generations(told).now()


def test_a_new_day_of_the_database_is_a_new_generation(told: Told) -> None:
    generations = Generations(told, interval_s=0)
    today = generations.generation(())
    told.day = date(2099, 1, 1)
    assert generations.generation(()) != today
    assert generations.now().day == date(2099, 1, 1).toordinal()
