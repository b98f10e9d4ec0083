"""Tiles through the nginx that is shipped: fresh, asked for once, and nobody else's."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.management import call_command
from isal import isal_zlib

from gis.models import Building, PipeSegment
from layers.scope import COOKIE, Audience, Role, sign
from tests.config.front_door import get
from tests.config.proxy import fronted
from tests.factories import SOUTH, WEST, make, square, tile_at
from tiles import server as tiles
from tiles.export.shelf import folder
from tiles.pool import Busy
from tiles.supply import ASKED

HERE = tile_at(16, WEST, SOUTH)


def pass_of_now() -> dict[str, str]:
    """A pass of now: it is worth nothing after a quarter of an hour, and the suite is longer."""
    return {"Cookie": f"{COOKIE}={sign(Audience(Role.ADMIN))}"}


@pytest.fixture
def front(server: str) -> Iterator[str]:
    """nginx before the whole server."""
    with fronted(urlsplit(server).port or 0) as url:
        yield url


def test_an_edit_is_seen_behind_nginx_however_old_the_kept_tile_is(front: str) -> None:
    make(Building)
    url = f"{front}/tiles/buildings/{HERE}.mvt"
    before = get(url).body
    assert get(url).headers["X-Cache"] == "REVALIDATED"
    for number in range(3):  # the first reader after an edit sees it, once the server knows: no stale answer for him
        time.sleep(1.1)
        make(Building, geom=square(WEST + 0.0001 * (number + 1)), source_id=f"new {number}")
        time.sleep(tiles.application.supply.generations._interval_s + 0.3)
        after = get(url).body
        assert after != before
        before = after


def test_what_staff_see_never_comes_to_a_resident(front: str) -> None:
    make(PipeSegment)
    url = f"{front}/tiles/pipes/{tile_at(17, WEST, SOUTH)}.mvt"
    for _ in range(3):
        seen = get(url, **pass_of_now())
        assert (seen.status, seen.headers["X-Cache"]) == (200, "BYPASS")
        assert seen.headers["Cache-Control"] == "private, no-cache"
        stranger = get(url)
        assert stranger.status == 404
        assert seen.body not in stranger.body
        forged = get(url, Cookie=f"{COOKIE}=x{sign(Audience(Role.ADMIN))}")
        assert forged.status == 404


def test_both_kinds_of_reader_get_their_own_tile_of_a_public_layer(front: str) -> None:
    make(Building)
    url = f"{front}/tiles/buildings/{HERE}.mvt"
    public, staff, again = get(url), get(url, **pass_of_now()), get(url)
    assert public.body == again.body
    assert again.headers["X-Cache"] == "REVALIDATED"
    assert staff.headers["X-Cache"] == "BYPASS"


def test_gzip_and_plain_are_not_mixed(front: str) -> None:
    make(Building)
    url = f"{front}/tiles/buildings/{HERE}.mvt"
    for _ in range(2):
        packed, plain = get(url, Accept_Encoding="gzip"), get(url, Accept_Encoding="identity")
        assert packed.headers["Content-Encoding"] == "gzip"
        assert "Content-Encoding" not in plain.headers
        assert isal_zlib.decompress(packed.body, 31) == plain.body


def test_while_the_database_is_away_tiles_are_marked_and_afterwards_are_not(
    front: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(Building)
    url, supply = f"{front}/tiles/buildings/{HERE}.mvt", tiles.application.supply
    before = get(url)

    def away(*_: Any) -> Any:
        raise Busy

    with monkeypatch.context() as patch:
        patch.setattr(supply.pool, "rows", away)
        patch.setattr(supply.generations, "_read", away)
        patch.setattr(supply.generations, "_due", 0.0)
        for _ in range(2):
            old = get(url, If_None_Match=before.headers["ETag"])
            assert (old.status, old.headers["X-Tile-Stale"], old.headers["Cache-Control"]) == (200, "1", "no-store")
            assert old.body == before.body
    supply.generations._due = 0.0
    after = get(url)
    assert (after.headers["X-Cache"], after.headers["X-Tile-Stale"]) == ("REVALIDATED", None)


def test_a_range_of_an_archive_is_no_more_than_that_and_a_withdrawn_one_is_gone(front: str, var: Path) -> None:
    make(Building)
    box = f"{WEST - 0.001},{SOUTH - 0.001},{WEST + 0.001},{SOUTH + 0.001}"
    call_command("tiles", "export", "city", bbox=box, zoom="16", stdout=StringIO())
    url = f"{front}/tiles/export/city.pmtiles"
    head = get(url, Range="bytes=0-6")
    assert (head.status, head.body) == (206, b"PMTiles")
    (folder() / "city.json").unlink()
    assert get(url).status == 404


def test_a_cold_tile_is_cut_once_for_all(front: str) -> None:
    make(Building)
    cut = ASKED.sums().get("miss", 0)
    with ThreadPoolExecutor(50) as clients:
        answers = list(clients.map(get, [f"{front}/tiles/buildings/{HERE}.mvt"] * 50))
    assert {answer.status for answer in answers} == {200}
    assert len({answer.body for answer in answers}) == 1
    assert ASKED.sums().get("miss", 0) == cut + 1
