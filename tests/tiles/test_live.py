"""The feed of changes: where, for whom, and what it never says."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils.timezone import localdate
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gis.models import Area, Building, Coarse, Facility, Grid, PipeNode, Water
from layers import registry
from layers.coarse import Counts
from layers.scope import RESIDENT, Audience, Role
from tests.client import Answer, ask
from tests.factories import STEP, WEST, make, square
from tiles import generations
from tiles.coarse.keeping import catch_up
from tiles.live import EVERYWHERE, MOST, PATH, Live
from tiles.server import Server


class Page:
    """A page that asks what changed since it last asked."""

    def __init__(self, tiles: Server, layers: str, audience: Audience = RESIDENT) -> None:
        self.live, self.layers, self.audience = Live(tiles.supply), layers, audience
        self.since = ""
        self.since = self.ask()["at"]

    def send(self, query: str) -> Answer:
        return ask(self.live, PATH, self.audience, query=query)

    def ask(self, more: str = "") -> dict[str, Any]:
        told: dict[str, Any] = self.send(f"since={self.since}&layers={self.layers}{more}").json
        self.since = told["at"]
        return told


def test_an_edit_is_told_once_by_its_box(tiles: Server) -> None:
    page = Page(tiles, "water,buildings")
    assert page.ask()["layers"] == {}
    water = make(Water)
    told = page.ask()
    water.refresh_from_db()
    [box] = told["layers"]["water"]
    assert box == pytest.approx(list(water.shape.extent), abs=1.01)
    assert set(told["layers"]) == {"water"}
    assert page.ask()["layers"] == {}


def test_only_what_lies_in_the_view_when_one_is_named(tiles: Server) -> None:
    page = Page(tiles, "water")
    make(Water)
    far = page.ask("&bbox=10,10,11,11")
    assert far["layers"] == {}
    make(Water, geom=square(WEST + STEP))
    assert page.ask("&bbox=121,31,122,32")["layers"]["water"]


@pytest.mark.parametrize("since", [
    "", "x", "abc.1", "{epoch}.999999999", "{epoch}.999999999-1", "{epoch}.-1", "{epoch}.１", "{epoch}.1.2",
    "{epoch}.1", "{epoch}.1-x", "{epoch}.1-１",
])  # fmt: skip
def test_what_cannot_be_told_is_a_reload(tiles: Server, since: str) -> None:
    page = Page(tiles, "water")
    epoch = page.since.split(".")[0]
    told = page.send(f"layers=water&since={since.format(epoch=epoch)}").json
    assert told["reload"] is True
    assert told["at"].startswith(epoch)


def test_news_from_before_a_server_started_is_still_told(tiles: Server) -> None:
    page = Page(tiles, "water")
    make(Water)
    page.ask()
    make(Water, geom=square(WEST + 9 * STEP))
    tiles.supply.forget()
    assert len(page.ask()["layers"]["water"]) == 1


@pytest.mark.parametrize("bound", ["HISTORY", "MOST"])
def test_a_gap_is_a_reload_and_never_silence(tiles: Server, monkeypatch: pytest.MonkeyPatch, bound: str) -> None:
    """What was told before a server began, and more than it reads at once, it does not know."""
    page, other = Page(tiles, "water"), Page(tiles, "roads")
    for n in range(4):
        make(Water, geom=square(WEST + 9 * n * STEP))
    monkeypatch.setattr(generations, bound, 2)
    if bound == "HISTORY":
        tiles.supply.forget()
    assert [page.ask().get("reload"), other.ask().get("reload")] == [True, True]
    assert [page.ask(), other.ask()] == [{"at": page.since, "layers": {}}] * 2


def test_too_many_places_are_everywhere(tiles: Server) -> None:
    page = Page(tiles, "water")
    Water.objects.bulk_create(Water(kind="river", geom=square(WEST + n * STEP * 9)) for n in range(MOST + 1))
    assert page.ask()["layers"] == {"water": "all"}


def test_where_hidden_rows_are_is_never_told(tiles: Server) -> None:
    area = make(Area)
    kept_to_area = Page(tiles, "pipe-nodes", Audience(Role.FIELD, str(area.pk)))
    whole_city = Page(tiles, "pipe-nodes", Audience(Role.FIELD))
    residents = Page(tiles, "facilities")
    make(PipeNode)
    make(Facility)
    assert kept_to_area.ask()["layers"] == {"pipe-nodes": "all"}
    assert isinstance(whole_city.ask()["layers"]["pipe-nodes"], list)
    assert residents.ask()["layers"] == {"facilities": "all"}


def test_where_hidden_rows_of_another_layer_are_is_never_told(tiles: Server) -> None:
    """What stands far out for the rows of all layers lies in one table: an area of next month is nobody's to know."""
    make(Building)
    make(Area)
    catch_up()
    page = Page(tiles, "buildings")
    make(Area, started_on=localdate() + timedelta(days=30), geom=square(WEST + 0.3))
    make(Grid, started_on=localdate() + timedelta(days=30), geom=square(WEST + 0.5))
    catch_up()
    assert page.ask()["layers"] == {}
    make(Building, geom=square(WEST + 0.1))
    assert len(page.ask()["layers"]["buildings"]) == 1
    catch_up()
    assert {box[4] for box in page.ask()["layers"]["buildings"]} == {13}
    Coarse.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE spatial_coarse")
    assert page.ask()["layers"]["buildings"][-1] == [*EVERYWHERE, 13]


def test_no_box_is_told_of_a_cell_of_few(tiles: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a layer that is counted and nothing else: the count is kept back, and where it changed with it."""
    layer = registry.get("buildings", RESIDENT)
    counted = replace(layer, coarse=Counts(below=10, fine=7, least=5), max_zoom=9)
    monkeypatch.setitem(registry._layers, "buildings", counted)
    catch_up([counted])
    page = Page(tiles, "buildings")
    make(Building)
    catch_up([counted])
    assert page.ask()["layers"] == {"buildings": "all"}


def test_no_layer_tells_a_box_where_it_selects(tiles: Server) -> None:
    for layer in registry.every():
        for role in Role:
            if layer.visible_to(Audience(role)) and layer.select.__name__ != "everything":
                page = Page(tiles, layer.id, Audience(role))
                make(layer.model, **({"geom": square(WEST + 99 * STEP)} if layer.model is Building else {}))
                assert set(page.ask()["layers"].values()) <= {"all"}, layer.id


@pytest.mark.parametrize("layers", ["pipe-nodes", "nothing", "water,rooms", "", "," * 40])
def test_layers_that_do_not_exist_for_a_resident_are_not_found(tiles: Server, layers: str) -> None:
    assert Page(tiles, "water").send(f"layers={layers}").status == 404


def test_a_poll_asks_the_database_nothing(tiles: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    page = Page(tiles, "water")
    tiles.supply.generations._interval_s = 3600
    page.ask()
    monkeypatch.setattr(tiles.supply.pool, "_rows", None)
    for _ in range(20):
        assert page.ask()["layers"] == {}


def test_nobody_keeps_an_answer(tiles: Server) -> None:
    answer = Page(tiles, "water").send("layers=water")
    assert (answer.headers["Cache-Control"], answer.headers["Vary"]) == ("no-store", "Cookie, Authorization")
    assert ask(Live(tiles.supply), PATH, method="POST").json["status"] == 405
    assert ask(Live(tiles.supply), PATH + "/x").status == 404


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(st.text(max_size=300) | st.builds("layers=water&{}={}".format, st.sampled_from(["since", "bbox"]), st.text()))
def test_rubbish_is_never_a_failure_of_ours(tiles: Server, query: str) -> None:
    answer = ask(Live(tiles.supply), PATH, query=query)
    assert answer.status in (200, 400, 404)
    assert all(ord(sign) > 31 for value in answer.headers.values() for sign in value)
