"""A tile is the same whichever way it is cut; only one that is too much is cut twice, and only the first time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from gis.models import Facility
from layers import registry
from layers.scope import Audience, Role
from tests.factories import MAKERS, make, tile_at
from tiles import budget, statement
from tiles.cutter import REMEMBERED, Cutter
from tiles.pool import Pool
from tiles.statement import Statement
from tiles.tile import parse

pytestmark = pytest.mark.django_db(transaction=True)
TILE = parse(*tile_at(16).split("/"))
ADMIN = Audience(Role.ADMIN)
FEW = 8


class Counted(Pool):
    """A pool that counts what it is asked."""

    asked = 0

    def _rows(self, *given: object) -> list[tuple[object, ...]]:
        self.asked += 1
        return super()._rows(*given)  # type: ignore[arg-type]

    def asking(self) -> int:
        asked, self.asked = self.asked, 0
        return asked


@pytest.fixture
def pool() -> Iterator[Counted]:
    made = Counted(size=1)
    yield made
    made.close()


@pytest.fixture
def facilities(monkeypatch: pytest.MonkeyPatch) -> Iterator[Statement]:
    """The facilities of a tile that may hold a few of them."""
    statement.statement.cache_clear()
    monkeypatch.setattr(budget, "BUDGET", FEW * 60)
    yield statement.statement((registry.get("facilities", ADMIN),), ADMIN, TILE.z)
    statement.statement.cache_clear()


def test_both_ways_give_the_same_tile_of_all_layers(pool: Counted) -> None:
    for model in MAKERS:
        make(model)
    for zoom in (6, 16, 18):  # far out the waters are specks
        asked = statement.statement(tuple(registry.visible(ADMIN)), ADMIN, zoom)
        tile = parse(*tile_at(zoom).split("/"))
        [(entire, fits)] = pool.rows(asked.sql, asked.parameters(tile))
        [(fitted, short)] = pool.rows(asked.fitted, asked.parameters(tile))
        assert (fits, short) == (True, "")
        assert bytes(entire) == bytes(fitted) != b""


def test_what_fits_is_cut_once_and_what_does_not_is_fitted(pool: Counted, facilities: Statement) -> None:
    cutter = Cutter(pool)
    made = [make(Facility, name=f"{n}") for n in range(2)]
    assert (cutter.cut(facilities, TILE).short, pool.asking()) == ("", 1)
    made += [make(Facility, name=f"{n}") for n in range(2 * FEW)]
    first = cutter.cut(facilities, TILE)
    assert (first.short, pool.asking()) == ("facilities", 2)
    assert (cutter.cut(facilities, TILE)[:2], pool.asking()) == (first[:2], 1), "known from the last time"
    Facility.objects.filter(pk__in=[row.pk for row in made[2:]]).delete()
    assert (cutter.cut(facilities, TILE).short, pool.asking()) == ("", 1)
    assert (cutter.cut(facilities, TILE).short, pool.asking()) == ("", 1)


def test_a_light_tile_of_the_same_statement_leaves_a_full_one_known(pool: Counted, facilities: Statement) -> None:
    cutter, light = Cutter(pool), replace(TILE, x=TILE.x + 2)
    for n in range(2 * FEW):
        make(Facility, name=f"{n}")
    assert (cutter.cut(facilities, TILE).short, pool.asking()) == ("facilities", 2)
    for _ in range(2):
        assert (cutter.cut(facilities, light).short, pool.asking()) == ("", 1)
        assert (cutter.cut(facilities, TILE).short, pool.asking()) == ("facilities", 1)


def test_what_is_remembered_has_a_bound(pool: Counted) -> None:
    cutter = Cutter(pool)
    for number in range(REMEMBERED + 2):
        cutter._remember(number, full=True)
    assert len(cutter._full) == 2
