"""Never a tile that is older than what was told: the races by which caches go stale, each made to happen."""

from __future__ import annotations

import dataclasses
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import product
from threading import Event
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import CharField, TextField
from django.utils.timezone import localdate

from gis.models import Area, AreaDue, Building, Water
from layers import registry
from layers.scope import RESIDENT, STAFF, Audience, Role
from tests.client import ask
from tests.factories import SOUTH, STEP, WEST, make, make_at, square, tile_at
from tiles import hearing
from tiles.coarse.keeping import catch_up
from tiles.pool import Busy
from tiles.server import Server
from tiles.server import make as make_server
from tiles.statement import NOTHING, statement
from tiles.supply import ASKED
from tiles.tile import Tile, parse

PATH = f"/tiles/buildings/{tile_at(16)}.mvt"
ADMIN = Audience(Role.ADMIN)
SAID = ("name", "note", "road", "number", "owner", "person", "material")
"""What rows say in words, where they have it."""


def names(server: Server, path: str = PATH) -> set[str]:
    answer = ask(server, path)
    return {row["properties"]["name"] for row in answer.features("buildings")} if answer.status == 200 else set()


@contextmanager
def hits() -> Iterator[Callable[[], int]]:
    before = ASKED.sums().get("hit", 0)
    yield lambda: int(ASKED.sums().get("hit", 0) - before)


def interrupted(server: Server, between: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    """Have something happen once, after a tile's rows were read and before it is kept."""
    cut = server.supply._cut
    todo = [between]

    def slow(*given: Any) -> Any:
        made = cut(*given)
        while todo:
            todo.pop()()
        return made

    monkeypatch.setattr(server.supply, "_cut", slow)


def test_an_edit_while_a_tile_is_cut_is_in_the_next(tiles: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    building = make(Building)

    def edit() -> None:
        Building.objects.filter(pk=building.pk).update(name="新")
        tiles.supply.generations.hear()

    interrupted(tiles, edit, monkeypatch)
    assert names(tiles) == {building.name}
    assert names(tiles) == {"新"}, "(a) kept under the moment before its rows, not under the one after"


def test_who_comes_after_an_edit_is_not_handed_what_was_begun_before(
    tiles: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(Building, name="旧")
    read, go = Event(), Event()

    def wait() -> None:
        read.set()
        go.wait(20)

    interrupted(tiles, wait, monkeypatch)
    with ThreadPoolExecutor(2) as threads:
        early = threads.submit(names, tiles)
        assert read.wait(20)
        with psycopg.connect(**plain()) as other:
            other.execute("UPDATE spatial_building SET name = '新'")
        late = threads.submit(names, tiles)
        time.sleep(0.1)
        go.set()
        assert early.result(20) == {"旧"}
        assert late.result(20) == {"新"}


def plain() -> dict[str, Any]:
    given = connection.get_connection_params()
    return {name: value for name, value in given.items() if name not in ("cursor_factory", "context")}


def test_stored_counts_that_come_after_the_edit_are_seen_too(tiles: Server) -> None:
    def counted() -> int:
        answer = ask(tiles, f"/tiles/buildings/{tile_at(8)}.mvt")
        return sum(row["properties"].get("count", 0) for row in answer.features("buildings"))

    make(Building)
    catch_up()
    assert counted() == 1
    make(Building, geom=square(WEST + 9 * STEP))
    counted()  # a tile cut now, of the old counts, is kept as what it is
    catch_up()
    assert counted() == 2, "(b)"


@pytest.mark.parametrize("query", ["", "v=1", "v=999999"])
def test_no_answer_may_be_kept_without_asking(tiles: Server, query: str) -> None:
    make(Building)
    answer = ask(tiles, PATH, query=query)
    assert "must-revalidate" in answer.headers["Cache-Control"]
    assert "immutable" not in answer.headers["Cache-Control"], "(c) nobody can warm the key of a version to come"
    Building.objects.update(name="新")
    again = ask(tiles, PATH, query=query, IF_NONE_MATCH=answer.headers["ETag"])
    assert again.status == 200


def test_every_process_hears_of_an_edit_though_it_never_reads_by_itself(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hearing, "SILENCE_S", 0.1)
    workers = [make_server(interval_s=3600.0, hearing=True) for _ in range(2)]
    try:
        building = make(Building)
        for worker in workers:
            assert names(worker) <= {building.name}
        Building.objects.update(name="新")
        for worker in workers:
            eventually(lambda worker=worker: names(worker) == {"新"})
        with psycopg.connect(**plain(), autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'chengtu-news'"
                " AND datname = current_database()"
            )
        Building.objects.update(name="更新")
        for worker in workers:
            eventually(lambda worker=worker: names(worker) == {"更新"})
        AreaDue.objects.create(day=localdate(), name="甲乙")  # nobody tells that its day has come
        eventually(lambda: not AreaDue.objects.exists())
    finally:
        for worker in workers:
            worker.supply.forget()


def eventually(true: Callable[[], bool]) -> None:
    for _ in range(600):
        if true():
            return
        time.sleep(0.05)
    raise AssertionError("(d) it never heard")


def test_every_table_that_a_tile_reads_tells_its_news_and_is_known_to_be_read(db: None) -> None:
    """Whatever joins, policies and functions PostgreSQL makes of it: an edit there moves the tile."""
    area = make(Area)
    read, told = set[str](), set[str]()
    for layer, who, zoom in product(
        registry.every(), (RESIDENT, ADMIN, Audience(Role.FIELD, str(area.pk))), (8, 13, 18)
    ):
        cut = statement((layer,), who, zoom) if layer.visible_to(who) else NOTHING
        if cut is not NOTHING:
            assert relations(cut.sql, cut.parameters(parse(*tile_at(zoom).split("/")))) <= set(cut.tables), layer.id
            read.update(cut.tables)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text, count(*) FROM pg_trigger WHERE tgname ~ '^tell_news' GROUP BY 1"
        )
        told.update(table for table, triggers in cursor.fetchall() if triggers == 4)
    assert {layer.model._meta.db_table for layer in registry.every()} <= read <= told


def relations(sql: bytes, parameters: tuple[Any, ...]) -> set[str]:
    """The tables of a statement's plan."""
    with connection.cursor() as opened:
        [plan] = psycopg.RawCursor(opened.connection).execute(b"EXPLAIN (FORMAT JSON) " + sql, parameters).fetchone()
    return set(re.findall(r"'Relation Name': '(\w+)'", str(plan)))


def test_another_declaration_is_another_tile(tiles: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    building = make(Building)
    layer = registry.get("buildings", ADMIN)
    assert names(tiles) == {building.name}
    fewer = tuple(field for field in layer.fields if field.name != "name")
    monkeypatch.setitem(registry._layers, "buildings", dataclasses.replace(layer, fields=fewer))
    assert "name" not in ask(tiles, PATH).features("buildings")[0]["properties"]
    monkeypatch.setitem(registry._layers, "buildings", dataclasses.replace(layer, audience=STAFF))
    assert ask(tiles, PATH).status == 404, "(e) unpublished"


def test_another_style_is_another_document_and_where_it_changes_what_is_drawn_another_tile(
    tiles: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None of the answers that were kept is shown again to who holds its tag."""
    make(Building)
    layer = registry.get("buildings", ADMIN)
    paint = layer.style.classes[0]
    other = dataclasses.replace(paint, paint=dataclasses.replace(paint.paint, fill="#123456"))
    looks = {  # what is changed of the style: which documents are others
        "colour": (dataclasses.replace(layer.style, classes=(other, *layer.style.classes[1:])), {"/tiles/style.json"}),
        "words": (dataclasses.replace(layer.style, label=None), {PATH}),  # which the style leaves to the page
        "kind": (dataclasses.replace(layer.style, kind="point"), {"/tiles/style.json", PATH}),
    }
    held = {path: ask(tiles, path).headers["ETag"] for path in ("/tiles/style.json", PATH)}
    for what, (style, changed) in looks.items():
        with monkeypatch.context() as patch:
            patch.setitem(registry._layers, "buildings", dataclasses.replace(layer, style=style))
            for path, tag in held.items():
                again = ask(tiles, path, IF_NONE_MATCH=tag)
                seen = again.status, again.headers["ETag"] != tag
                assert seen == ((200, True) if path in changed else (304, False)), (what, path)


def test_a_move_makes_the_old_place_and_the_new_anew_and_no_third(tiles: Server) -> None:
    building = make(Building)
    far, between = (f"/tiles/buildings/{tile_at(16, WEST + east * STEP)}.mvt" for east in (2000, 1000))
    assert [ask(tiles, path).status for path in (PATH, between, far)] == [200, 204, 204]
    building.geom = square(WEST + 2000 * STEP)
    building.save()
    with hits() as found:
        assert [ask(tiles, path).status for path in (PATH, between, far)] == [204, 204, 200]
        assert found() == 1
        assert [ask(tiles, path).status for path in (PATH, between, far)] == [204, 204, 200]
        assert found() == 4


WRITTEN = {
    "merged": "MERGE INTO spatial_building b USING (VALUES ({one}), ({two})) AS v(id) ON b.id = v.id"
    " WHEN MATCHED AND b.id = {one} THEN DELETE WHEN MATCHED THEN UPDATE SET name = '合'",
    "one statement, two writes": "WITH first AS (UPDATE spatial_building SET name = '一' WHERE id = {one} RETURNING 1)"
    " UPDATE spatial_building SET geom = ST_Translate(geom, 0.01, 0) WHERE id = {two}",
    "another key": "UPDATE spatial_building SET id = id + 100000, geom = ST_Translate(geom, 0.01, 0)",
    "half taken back": "DO $$ BEGIN UPDATE spatial_building SET name = '留'; BEGIN DELETE FROM spatial_building;"
    " RAISE EXCEPTION 'no'; EXCEPTION WHEN OTHERS THEN NULL; END; END $$",
    "numbered before its end": "SET CONSTRAINTS ALL IMMEDIATE; UPDATE spatial_building SET name = '早' WHERE"
    " id = {one}; UPDATE spatial_building SET geom = ST_Translate(geom, 0.01, 0) WHERE id = {two}",
}


@pytest.mark.parametrize("sql", WRITTEN.values(), ids=WRITTEN)
def test_however_it_is_written_no_kept_tile_is_old_near_or_far(tiles: Server, sql: str) -> None:
    one, two = make(Building), make(Building, geom=square(WEST + 0.005))
    catch_up()
    paths = [
        f"/tiles/buildings/{tile_at(zoom, WEST + east)}.mvt"
        for zoom in (8, 11, 14, 16)
        for east in (0, 0.005, 0.01, 0.015)
    ]
    before = [ask(tiles, path).body for path in paths]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql.format(one=one.pk, two=two.pk))
    catch_up()
    kept = [ask(tiles, path).body for path in paths]
    tiles.supply.cache.clear()
    assert kept == [ask(tiles, path).body for path in paths] != before


def test_a_kept_tile_is_handed_out_while_the_database_is_away(tiles: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    building = make(Building)
    assert names(tiles) == {building.name}

    def away(*_: Any) -> Any:
        raise Busy

    monkeypatch.setattr(tiles.supply.pool, "rows", away)
    monkeypatch.setattr(tiles.supply.generations, "_read", away)
    assert names(tiles) == {building.name}


def test_after_any_edits_every_kept_tile_is_what_would_be_cut_now(tiles: Server) -> None:
    chance, stop = random.Random(4), Event()
    asked = questions()

    def read(seed: int) -> None:
        mine = random.Random(seed)
        while not stop.wait(0.01):  # the editor wants a share of the interpreter
            assert ask(tiles, *mine.choice(asked)).status in (200, 204, 404)

    done: Counter[str] = Counter()
    with ThreadPoolExecutor(8) as threads:
        readers = [threads.submit(read, seed) for seed in range(8)]
        try:
            rows = first_rows()
            for _ in range(300):
                done.update(edit(chance, rows))
        finally:
            stop.set()
        for reader in readers:
            reader.result(60)
    assert all(done[kind] > 10 for kind in ("insert", "delete", "say", "move")), done
    assert {layer.model.__name__ for layer in registry.every()} <= set(done), done
    kept = {one: ask(tiles, *one).body for one in asked}
    tiles.supply.cache.clear()
    stale = [one for one, body in kept.items() if ask(tiles, *one).body != body]
    assert stale == []


def questions() -> list[tuple[str, Audience]]:
    """Tiles near and far of every layer that is drawn near; all of them for who sees everything, some of each layer for
    everybody and for who sees what lies in an area."""
    area = make(Area, code="310115099", geom=square(WEST - 300 * STEP, SOUTH - 100 * STEP, 500 * STEP))
    narrow = (RESIDENT, Audience(Role.FIELD, str(area.pk)))
    near = [layer for layer in registry.every() if layer.max_zoom >= 14]
    tiles = [f"/tiles/{layer.id}/{place}.mvt" for layer in near for place in places()]
    return [(path, ADMIN) for path in tiles] + list(product(tiles[::4], narrow))


def first_rows() -> list[Any]:
    """A few of each layer, most of what can be made and taken away without end."""
    return [make(model) for model in (Building, Water) for _ in range(4)] + [
        make(layer.model) for layer in registry.every()
    ]


def places() -> list[Tile | str]:
    z, x, y = tile_at(16).split("/")
    here = parse(z, x, y)
    near = [f"16/{here.x + dx}/{here.y + dy}" for dx in (-1, 0, 1, 2) for dy in (-1, 0, 1)]
    return [*near, tile_at(14), tile_at(18), tile_at(9)]


def edit(chance: random.Random, rows: list[Any]) -> list[str]:
    """Insert, delete, say otherwise or move one row of any layer; what was done, nothing where the model refuses it."""
    row, place = chance.choice(rows), (WEST + chance.randrange(-600, 900) * STEP, SOUTH)
    model, table = type(row), connection.ops.quote_name(type(row)._meta.db_table)
    fields = {field.name: field for field in model._meta.concrete_fields}
    what = chance.choice(("insert", "delete", "say", "move"))
    said = [name for name in SAID if isinstance(fields.get(name), CharField | TextField)]
    try:
        if what == "insert":
            rows.append(make_at(model, *place) if "geom" in fields else make(model))
        elif what == "delete":
            with connection.cursor() as cursor:  # not by its class: an image would look for its file
                cursor.execute(f"DELETE FROM {table} WHERE id = %s", [row.pk])
            rows.remove(row)
            if not any(isinstance(other, model) for other in rows):
                rows.append(make(model))
        elif what == "say" and said:
            model._default_manager.filter(pk=row.pk).update(**{chance.choice(said): f"x{chance.randrange(10**6)}"})
        elif what == "move" and "geom" in fields:
            with connection.cursor() as cursor:
                cursor.execute(f"UPDATE {table} SET geom = ST_Translate(geom, 0.0003, 0) WHERE id = %s", [row.pk])
        else:
            return []
    except DatabaseError:  # grids may not overlap, what is recorded is not changed, what others need stays
        return []
    return [what, model.__name__]
