"""Others' verdicts on tiles are ours: Mapbox's fixtures by our reading of the specification, and by our decoder."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mapbox_vector_tile
import pytest

from layers import registry
from layers.scope import RESIDENT, Audience, Role
from tests.client import Answer
from tests.factories import SOUTH, WEST, make, tile_at
from tests.verdict import Fault, check

FIXTURES = Path(__file__).parents[1] / "pages" / "vendor" / "mvt-fixtures"
NAMES = sorted(folder.name for folder in FIXTURES.glob("[0-9]*"))

DISPUTED = {
    "016": "called valid; the very bytes of 003, which is called invalid",
    "057": "called valid; one place, and a command that promises half a milliard",
}
UNKNOWN = "039"
"""Valid, with a geometry of a kind unknown, which a decoder may pass over. This one refuses the tile; we write none."""
FORGIVEN = {
    "004": "a feature without a place is empty",
    "007": "the version is not looked at",
    "008": "the extent is not looked at, 4096 is taken",
    "010": "what does not fit is passed over, as Protocol Buffers tell readers to",
    "012": "the version is not looked at",
    "014": "the name is empty",
    "015": "the later layer of a name counts",
    "023": "the name is empty",
    "024": "the version is not looked at",
    "026": "what is not known is passed over, as Protocol Buffers tell readers to",
    "030": "the pieces are one geometry",
    "046": "a place twice is drawn like once",
    "047": "closed is closed",
}

pytestmark = pytest.mark.skipif(not NAMES, reason="no fixtures: `make test` brings them")


def fixture(name: str) -> tuple[bytes, Any, Any]:
    """Its bytes, what they mean, and what is said of them."""
    folder = FIXTURES / name
    told, info = (json.loads((folder / file).read_text()) for file in ("tile.json", "info.json"))
    return (folder / "tile.mvt").read_bytes(), told, info


def test_there_are_fixtures_of_both_kinds() -> None:
    valid = [fixture(name)[2]["validity"]["v2"] for name in NAMES]
    assert (sum(valid), len(valid)) == (46, 74)


@pytest.mark.parametrize("name", NAMES)
def test_our_verdict_is_theirs(name: str) -> None:
    tile, _, info = fixture(name)
    if info["validity"]["v2"] and name not in DISPUTED:
        check(tile)
        return
    with pytest.raises((Fault, UnicodeDecodeError)):
        check(tile)


@pytest.mark.parametrize("name", NAMES)
def test_the_decoder_reads_what_is_valid_and_refuses_or_forgives_the_rest(name: str) -> None:
    tile, told, info = fixture(name)
    layers = told.get("layers", [])
    read = info["validity"]["v2"] and name not in (*DISPUTED, UNKNOWN)
    if not read and name not in FORGIVEN:
        with pytest.raises((ValueError, IndexError, AssertionError)):
            mapbox_vector_tile.decode(tile)
        return
    found = mapbox_vector_tile.decode(tile)
    assert set(found) == {layer.get("name", "") for layer in layers}
    for layer in layers if read else ():
        had = [feature["properties"] for feature in found[layer["name"]]["features"]]
        assert had == [tags(feature, layer) for feature in layer["features"]]


def tags(feature: dict[str, Any], layer: dict[str, Any]) -> dict[str, Any]:
    """The properties that a feature of the fixture's own JSON has."""
    pairs = zip(feature.get("tags", [])[::2], feature.get("tags", [])[1::2], strict=True)
    return {layer["keys"][key]: meant(layer["values"][value]) for key, value in pairs}


def meant(value: dict[str, Any]) -> Any:
    """What a value of the fixture's own JSON is once it was written."""
    [(kind, told)] = value.items()
    if kind == "float_value":
        return pytest.approx(told)
    return str(told) if kind == "string_value" else told


@pytest.mark.parametrize("who", [RESIDENT, Audience(Role.ADMIN)], ids=lambda who: who.role)
def test_our_tiles_are_valid(get: Callable[..., Answer], transactional_db: None, who: Audience) -> None:
    for layer in registry.every():
        make(layer.model)
    ids = [layer.id for layer in registry.visible(who)]
    wanted = [f"{one}/{tile_at(zoom, WEST, SOUTH)}" for one in (*ids, ",".join(ids)) for zoom in (6, 9, 12, 14, 16, 19)]
    tiles = [get(f"/tiles/{one}.mvt", who).body for one in wanted]
    assert len(list(filter(None, tiles))) > len(ids)
    for tile in tiles:
        check(tile)
