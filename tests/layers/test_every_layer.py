"""Promises that every declared layer keeps, on every way out; a new layer is tried the moment it is declared."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from layers import manifest, registry
from layers.layer import Layer
from layers.scope import RESIDENT, Audience, Role
from tests.city import CELL, draw
from tests.client import Answer
from tests.factories import SOUTH, WEST, make, tile_at
from tiles import style as maplibre
from tiles.generations import NEWS, WHERE
from tiles.pool import Pool
from tiles.server import Server
from tiles.statement import holdings, statement
from tiles.tile import Tile
from tiles.tilejson import document

Get = Callable[..., Answer]
LAYERS = registry.every()
AUDIENCES = [Audience(role) for role in Role]
DOCUMENT = Path(__file__).parents[2] / "docs" / "layers.md"
KINDS = {str: "String", float: "Number", int: "Number", bool: "Boolean"}
COLOR = re.compile(r"#[0-9a-f]{6}")


def named(value: Any) -> str:
    return value.id if isinstance(value, Layer) else f"{value.role}"


every = pytest.mark.parametrize("layer", LAYERS, ids=named)


def seeing(layer: Layer) -> list[Audience]:
    return [who for who in AUDIENCES if layer.visible_to(who)]


def strangers(layer: Layer) -> list[Audience]:
    return [who for who in AUDIENCES if not layer.visible_to(who)]


@pytest.fixture
def pool(db: None) -> Iterator[Pool]:
    opened = Pool(size=1)
    yield opened
    opened.close()


def high(layer: Layer) -> int:
    """A zoom at which nothing is thinned out."""
    return max([layer.min_zoom, *(zoom for zoom, _ in layer.thin)])


def url(layer: Layer, zoom: int | None = None) -> str:
    return f"/tiles/{layer.id}/{tile_at(zoom or max(high(layer), 14))}.mvt"


def tile_over(row: Any, layer: Layer) -> str:
    row.refresh_from_db()
    west, south, *_ = getattr(row, layer.geometry).extent
    return f"/tiles/{layer.id}/{tile_at(max(high(layer), 14), west, south)}.mvt"


@every
def test_without_rows_a_tile_is_empty(get: Get, layer: Layer) -> None:
    assert [get(url(layer), who).status for who in seeing(layer)] == [204] * len(seeing(layer))


@every
def test_a_tile_shows_its_rows_with_what_the_style_paints_and_no_more_than_may_be_seen(get: Get, layer: Layer) -> None:
    row = make(layer.model)
    path = tile_over(row, layer)
    for who in seeing(layer):
        features = get(path, who).features(layer.id)
        properties = {key for feature in features for key in feature["properties"]}
        assert row.pk in [feature["id"] for feature in features]
        assert layer.style.fields <= properties
        assert properties <= {field.key for field in layer.fields if field.tile and who.role in field.audience}
        promised = document([layer], who, "", None, [])["vector_layers"][0]["fields"]
        for feature in features:
            assert {key: KINDS[type(value)] for key, value in feature["properties"].items()}.items() <= promised.items()


@every
def test_strangers_are_told_that_there_is_nothing(get: Get, layer: Layer) -> None:
    path = tile_over(make(layer.model), layer)
    etag = get(path, seeing(layer)[-1]).headers["ETag"]  # from now on the tile is kept
    for who in strangers(layer):
        nothing = get("/tiles/no-such-layer.json", who)
        for way in (path, url(layer), f"/tiles/{layer.id}.json", f"/tiles/areas,{layer.id}/14/0/0.mvt"):
            answer = get(way, who, IF_NONE_MATCH=etag)
            assert (answer.status, answer.body, answer.headers) == (404, nothing.body, nothing.headers)
        assert f'"{layer.id}' not in get("/tiles/style.json", who).body.decode()
        assert layer.id not in {shown["id"] for shown in manifest.manifest(who)["layers"]}
        assert not layer.rows_for(who).exists()


@pytest.mark.parametrize("layer", [layer for layer in LAYERS if layer.by_area], ids=named)
def test_an_area_limits_staff_to_their_rows(get: Get, layer: Layer) -> None:
    town = draw("A 1 A B 2 B", layer.model)
    zoom = max(high(layer), 14)
    letters = {"A": {1}, "B": {2}, "": {1, 2}}
    for letter, expected in letters.items():
        area = str(town.areas[letter].pk) if letter else ""
        who = Audience(next(role for role in Role if role in layer.audience), area)
        found: set[int] = set()
        for column in range(6):
            path = f"/tiles/{layer.id}/{tile_at(zoom, WEST + (column + 0.5) * CELL, SOUTH + CELL / 2)}.mvt"
            found |= {feature["id"] for feature in get(path, who).features(layer.id)}
        assert town.numbers(found) == expected
        assert town.numbers(set(layer.rows_for(who).values_list("pk", flat=True))) == expected


@every
def test_queries_do_not_grow_with_rows(get: Get, tiles: Server, layer: Layer, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bytes] = []
    run = tiles.supply.pool._rows
    monkeypatch.setattr(tiles.supply.pool, "_rows", lambda sql, *given: (asked.append(sql), run(sql, *given))[1])
    counts = []
    for rows in (1, 3):
        for _ in range(rows):
            make(layer.model)
        asked.clear()
        get(url(layer), Audience(Role.ADMIN))
        get(f"/tiles/{layer.id}.json", Audience(Role.ADMIN))
        counts.append(len([sql for sql in asked if sql not in (WHERE, NEWS)]))  # what is new is read once a second
    assert counts[1] <= counts[0] <= 2


@every
def test_every_zoom_compiles_and_is_understood(pool: Pool, layer: Layer) -> None:
    for who in seeing(layer):
        for area in ("", "1"):
            cuts = {
                (zoom, english): statement((layer,), Audience(who.role, area), zoom, english)
                for zoom in range(23)
                for english in {False, any(field.english for field in layer.fields)}
            }
            assert all(layer.min_zoom <= zoom <= layer.max_zoom for (zoom, _), cut in cuts.items() if cut.sql)
            for cut in {cut.sql: cut for cut in cuts.values() if cut.sql}.values():
                for sql in (cut.sql, cut.fitted):
                    pool.rows(b"EXPLAIN " + sql, cut.parameters(Tile(0, 0, 0)))


@every
def test_tables_that_a_tile_reads_tell_their_news(db: None, layer: Layer) -> None:
    who = Audience(Role.ADMIN, "1")
    read = {*statement((layer,), who, high(layer)).tables, *holdings(layer, who).tables}
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE 'tell_news%%'")
        telling = {name for (name,) in cursor.fetchall()}
    assert layer.model._meta.db_table in read
    assert read <= telling, f"no news of {read - telling}: add gis.operations.TellNews to a migration"


@every
def test_the_legend_covers_what_the_style_paints(layer: Layer) -> None:
    painted = set(COLOR.findall(json.dumps(maplibre.document([layer], "")["layers"][1:])))
    explained = set(COLOR.findall(json.dumps(layer.style.legend())))
    assert painted <= explained
    values = [value for row in layer.style.legend() for value in row["values"]]
    assert len(values) == len(set(values)), "one value, two legend rows"
    assert all(row["title"] and row["title_en"] for row in layer.style.legend())


@every
def test_the_style_draws_only_what_tiles_carry(layer: Layer) -> None:
    style = maplibre.document([layer], "")
    drawn = style["layers"][1:]
    assert drawn
    assert {part["source-layer"] for part in drawn} == {layer.id}
    read = set(re.findall(r'\["get", "(\w+)"\]', json.dumps(drawn)))
    assert read <= {field.key for field in layer.fields if field.tile}
    assert len({part["id"] for part in drawn}) == len(drawn)


@pytest.mark.parametrize("who", AUDIENCES, ids=named)
def test_manifest_style_and_tilejson_name_the_same_layers(get: Get, who: Audience) -> None:
    expected = [layer.id for layer in registry.visible(who)]
    style = get("/tiles/style.json", who).json
    assert [layer["id"] for layer in manifest.manifest(who)["layers"]] == expected
    assert list(style["sources"]) == expected
    for layer_id in expected:
        described = get(f"/tiles/{layer_id}.json", who).json
        assert [part["id"] for part in described["vector_layers"]] == [layer_id]
    assert "http" not in get("/tiles/style.json", who).body.decode().replace("http://localhost:80/tiles/", "")


@every
def test_it_is_described(layer: Layer) -> None:
    heading = f"## `{layer.id}` {layer.title} · {layer.title_en}\n"
    text = DOCUMENT.read_text(encoding="utf-8")
    assert heading in text, f"docs/layers.md lacks the section {heading!r}"
    section = text.partition(heading)[2].partition("\n## ")[0]
    for field in layer.fields:
        assert f"`{field.key}`" in section, f"docs/layers.md, {layer.id}: {field.key} is not described"
    restricted = Role.RESIDENT not in layer.audience
    assert ("Never public" in section) is restricted


def test_no_people_and_no_pipes_for_residents() -> None:
    public = {layer.id for layer in registry.visible(RESIDENT)}
    assert not {name for name in public if name.startswith("pipe") or name in ("rooms", "rolls")}
