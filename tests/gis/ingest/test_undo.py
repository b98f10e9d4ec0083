"""A whole import taken back, or refused with what stands against it."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date
from io import StringIO
from typing import Any

import pytest
from conftest import Desk, dot, square
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gis.errors import Conflict
from gis.ingest import subjects, undo
from gis.ingest.forget import forget
from gis.ingest.forget import survey as farewell
from gis.ingest.keeping import mark
from gis.models import (
    Address,
    AddressPair,
    Area,
    Building,
    BuildingCode,
    FenceVersion,
    ImportRun,
    News,
    Room,
    RunAdded,
    RunChanged,
    Unit,
)  # fmt: skip

pytestmark = pytest.mark.django_db

IDS = "abcd"
Rows = dict[str, dict[str, Any]]


def footprints(desk: Desk, rows: Rows) -> ImportRun:
    """Import buildings of the one source: id → (name, floors, east)."""
    features = [
        (
            square(120 + row.get("east", 0) + IDS.index(ident) / 100),
            {"id": ident} | {k: row[k] for k in row if k != "east"},
        )
        for ident, row in rows.items()
    ]
    return ImportRun.objects.get(pk=desk.load("buildings", desk.geojson(*features), source="测绘院").run)


def names() -> dict[str, str]:
    return dict(Building.objects.values_list("source_id", "name"))


def refusal(run: ImportRun) -> str:
    before = list(Building.objects.order_by("pk").values())
    with pytest.raises(Conflict) as caught, transaction.atomic():
        undo.undo(run)
    assert list(Building.objects.order_by("pk").values()) == before
    assert undo.survey(run).against == str(caught.value).split("\n")
    return str(caught.value)


def test_added_rows_go_and_changed_rows_are_as_they_were(desk: Desk) -> None:
    footprints(desk, {"a": {"name": "一", "floors": 3}, "b": {"name": "二", "floors": 4}})
    before = {row["source_id"]: row for row in Building.objects.values()}
    run = footprints(desk, {"a": {"name": "壹", "floors": None, "east": 0.0012345678901234}, "c": {"name": "三"}})
    assert undo.survey(run).counts == {"deleted": 1, "restored": 1, "gone": 0, "closed": 0, "reopened": 0}
    someone = get_user_model().objects.create(username="规划员")
    undo.undo(run, someone.pk)
    assert {row["source_id"]: row for row in Building.objects.values()} == before
    run.refresh_from_db()
    assert run.undone_at and run.undone_by == someone
    assert not RunAdded.objects.filter(run=run).exists() and not RunChanged.objects.exists()
    assert "已撤销" in refusal(run)


def test_a_row_touched_since_stands_against_it_by_name(desk: Desk) -> None:
    run = footprints(desk, {"a": {"name": "一"}, "b": {"name": "二"}})
    Building.objects.filter(source_id="b").update(name="二号楼")  # as SQL does it: nothing else of the row moves
    assert "1 行它新增的数据后来又被改动：b（二号楼）" in refusal(run)
    Building.objects.filter(source_id="b").update(name="二")
    undo.undo(run)
    assert names() == {}


def test_what_hangs_on_an_added_row_stands_against_it(desk: Desk) -> None:
    run = footprints(desk, {"a": {"name": "一"}})
    building = Building.objects.get()
    code = BuildingCode.objects.create(building=building, scheme="local", code="1")
    Unit.objects.create(building=building, name="1单元")  # made by the import of rooms, and empty
    assert "1 行建筑编码依赖这次导入的建筑" in refusal(run)
    code.delete()
    undo.undo(run)
    assert not Unit.objects.exists()


def test_runs_of_a_source_are_undone_newest_first(desk: Desk) -> None:
    first = footprints(desk, {"a": {"name": "一"}})
    second = footprints(desk, {"a": {"name": "壹"}, "b": {"name": "二"}})
    same = footprints(desk, {"a": {"name": "壹"}})
    assert f"№ {second.pk}" in refusal(first) and f"№ {same.pk}" not in refusal(first)
    assert "没有改变任何数据" in refusal(same)
    undo.undo(second)
    undo.undo(first)
    assert names() == {}


def test_a_code_that_moved_to_an_added_row_comes_back(desk: Desk) -> None:
    def areas(*rows: tuple[str, str]) -> ImportRun:
        made = [(square(120 + i / 10), {"id": ident, "code": code, "name": ident, "level": "市"})
                for i, (ident, code) in enumerate(rows)]  # fmt: skip
        return ImportRun.objects.get(pk=desk.load("areas", desk.geojson(*made), source="民政局").run)

    areas(("x", "370100"))
    areas(("x", "370200"))
    run = areas(("y", "370100"))
    undo.undo(run)
    assert list(Area.objects.values_list("source_id", "code")) == [("x", "370200")]


def test_a_rooms_import_goes_back_before_that_of_its_buildings(desk: Desk) -> None:
    path = desk.geojson((square(), {"id": "a", "code": "B1"}))
    below = ImportRun.objects.get(pk=desk.load("buildings", path, source="测绘院").run)
    rooms = desk.text("楼栋编码,单元,室号\nB1,1,101\n", "r.csv")
    run = ImportRun.objects.get(pk=desk.load("rooms", rooms, source="房管局", crs="EPSG:4490").run)
    assert "1 行房屋依赖这次导入的建筑" in refusal(below)
    undo.undo(run)
    undo.undo(below)
    assert not Room.objects.exists() and not Building.objects.exists()


def test_pairs_that_nobody_decided_go_with_their_addresses(desk: Desk) -> None:
    def register(ident: str) -> ImportRun:
        path = desk.geojson((dot(), {"id": ident, "road": "虚构路", "number": "1"}))
        return ImportRun.objects.get(pk=desk.load("addresses", path, source=f"登记册{ident}").run)

    register("甲")
    run = register("乙")
    first, second = Address.objects.order_by("pk")
    Address.objects.filter(pk=first.pk).update(same_as=second)
    pair = AddressPair.objects.create(first=first, second=second, score=1, decided_at="2026-01-01T00:00Z")
    assert "1 行疑似重复地址依赖" in undo.survey(run).against[0]
    AddressPair.objects.filter(pk=pair.pk).update(decided_at=None)
    undo.undo(run)
    assert not AddressPair.objects.exists() and Address.objects.get().same_as is None


FENCE = {"id": "F1", "code": "F1", "name": "禁停", "purpose": "no-parking"}


def test_fence_versions_are_closed_and_recorded_anew_never_deleted(desk: Desk) -> None:
    def fences(**more: Any) -> ImportRun:
        path = desk.geojson((square(), FENCE | more))
        return ImportRun.objects.get(pk=desk.load("fences", path, source="交警").run)

    first = fences(valid_from="2026-01-01")
    second = fences(valid_from="2026-03-01", name="禁停改")
    assert FenceVersion.objects.count() == 3
    with pytest.raises(Conflict, match="请先撤销"):
        undo.undo(first)
    found = undo.undo(second)
    assert found.counts == {"deleted": 0, "restored": 0, "gone": 0, "closed": 2, "reopened": 1}
    now = FenceVersion.objects.get(recorded__endswith=None)
    assert (now.name, now.valid.lower, now.valid.upper) == ("禁停", date(2026, 1, 1), None)
    assert FenceVersion.objects.count() == 4
    with connection.cursor() as cursor:  # somebody retires what the first import recorded
        cursor.execute("UPDATE spatial_fenceversion SET recorded = tstzrange(lower(recorded), clock_timestamp())"
                       " WHERE upper_inf(recorded)")  # fmt: skip
    assert fences(valid_from="2026-01-01").changed == 1


def test_a_fence_version_closed_since_stands_against_it(desk: Desk) -> None:
    run = ImportRun.objects.get(pk=desk.load("fences", desk.geojson((square(), FENCE)), source="交警").run)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE spatial_fenceversion SET recorded = tstzrange(lower(recorded), clock_timestamp())")
    with pytest.raises(Conflict, match="1 个它记录的围栏版本"):
        undo.undo(run)


def test_what_a_forgotten_source_left_is_not_kept(desk: Desk) -> None:
    run = footprints(desk, {"a": {"name": "一"}})
    forget(farewell("测绘院", [subjects.get("buildings")]))
    assert not RunAdded.objects.exists()
    assert "没有留下可供撤销的记录" in undo.survey(run).against[0]


def test_a_trial_leaves_nothing_and_an_unchanged_file_writes_nothing(desk: Desk) -> None:
    path = desk.geojson((square(), {"id": "a", "name": "一"}))
    desk.load("buildings", path, dry_run=True)
    assert not RunAdded.objects.exists() and not ImportRun.objects.exists()
    desk.load("buildings", path)
    News.objects.all().delete()
    assert desk.load("buildings", path).unchanged == 1
    assert not News.objects.exists()


def test_an_import_that_is_called_off_leaves_nothing(desk: Desk) -> None:
    class Enough(Exception):
        pass

    def tell(*_: Any) -> None:
        raise Enough

    with pytest.raises(Enough):
        desk.load("buildings", desk.geojson((square(), {"id": "a"})), tell=tell)
    assert not Building.objects.exists()


@pytest.mark.parametrize("subject", sorted(subjects.SUBJECTS))
def test_every_table_can_be_marked(subject: str) -> None:
    model = subjects.get(subject).model
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT {mark(model)} FROM "{model._meta.db_table}" t')


def test_the_command_lists_says_and_undoes(desk: Desk) -> None:
    run = footprints(desk, {"a": {"name": "一"}})

    def said(*words: str) -> str:
        out = StringIO()
        call_command("undo", *words, stdout=out)
        return out.getvalue()

    assert f"№ {run.pk}" in said() and "测绘院" in said()
    assert "未撤销" in said(str(run.pk), "--dry-run") and names() == {"a": "一"}
    assert "1 行删除" in said(str(run.pk)) and names() == {}
    with pytest.raises(CommandError, match="已撤销"):
        said(str(run.pk))
    with pytest.raises(CommandError, match="没有导入"):
        said("0")


# --- any sequence, beside a model that does the same with dictionaries ------------------------------------------------

ROW = st.fixed_dictionaries({"name": st.sampled_from(["一", "二"]), "floors": st.sampled_from([None, 1, 2])})
STEPS = st.one_of(
    st.tuples(st.just("import"), st.dictionaries(st.sampled_from(IDS), ROW, min_size=1)),
    st.tuples(st.just("edit"), st.sampled_from(IDS)),
    st.tuples(st.just("delete"), st.sampled_from(IDS)),
    st.tuples(st.just("hang"), st.sampled_from(IDS)),
    st.tuples(st.just("undo"), st.integers(0, 5)),
    st.tuples(st.just("undo"), st.integers(0, 5)),
)


@dataclass
class Deed:
    """What a run did: rows added and changed, by the identity of the row."""

    added: dict[int, Any] = field(default_factory=dict)
    changed: dict[int, tuple[Any, Any]] = field(default_factory=dict)
    undone: bool = False


@dataclass
class Book:
    """The brute-force model: rows by an identity that is never used twice."""

    rows: dict[int, Any] = field(default_factory=dict)
    hung: set[int] = field(default_factory=set)
    deeds: list[Deed] = field(default_factory=list)
    last: int = 0

    def find(self, ident: str) -> int | None:
        return next((key for key, row in self.rows.items() if row["id"] == ident), None)

    def take(self, file: Rows) -> None:
        deed = Deed()
        for ident, row in file.items():
            key, new = self.find(ident), {"id": ident} | row
            if key is None:
                self.last += 1
                deed.added[self.last] = self.rows[self.last] = new
            elif self.rows[key] != new:
                deed.changed[key] = (self.rows[key], new)
                self.rows[key] = new
        self.deeds.append(deed)

    def undo(self, place: int) -> bool:
        deed = self.deeds[place]
        later = any(one.added or one.changed for one in self.deeds[place + 1 :] if not one.undone)
        touched = any(key in self.rows and self.rows[key] != row for key, row in deed.added.items())
        moved = any(self.rows.get(key) != after for key, (_, after) in deed.changed.items())
        empty = not (deed.added or deed.changed)
        if deed.undone or later or touched or moved or empty or self.hung & deed.added.keys() & self.rows.keys():
            return False
        deed.undone = True
        for key in deed.added:
            self.rows.pop(key, None)
        self.rows |= {key: before for key, (before, _) in deed.changed.items()}
        return True


@given(st.lists(STEPS, min_size=2, max_size=8))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_sequence_ends_where_the_model_says(desk: Desk, steps: list[tuple[str, Any]]) -> None:
    book, runs = Book(), list[ImportRun]()
    place = transaction.atomic()
    place.__enter__()
    try:
        for what, about in steps:
            done = deepcopy(book)
            perform(desk, book, runs, what, about)
            stored = {row["source_id"]: (row["name"], row["floors"]) for row in Building.objects.values()}
            expected = {row["id"]: (row["name"], row["floors"]) for row in book.rows.values()}
            assert stored == expected, (what, about, done)
    finally:
        transaction.set_rollback(True)
        place.__exit__(None, None, None)


def perform(desk: Desk, book: Book, runs: list[ImportRun], what: str, about: Any) -> None:
    """One step, in the database and in the model."""
    acts: dict[str, Callable[[int], None]] = {
        "edit": lambda key: book.rows.update({key: book.rows[key] | {"name": "改"}}),
        "delete": lambda key: book.rows.pop(key) and None,
        "hang": lambda key: book.hung.add(key),
    }
    if what == "import":
        runs.append(footprints(desk, about))
        book.take(about)
    elif what == "undo":
        if about < len(runs):
            run = ImportRun.objects.get(pk=runs[about].pk)
            if book.undo(about):
                undo.undo(run)
            else:
                assert undo.survey(run).against
                with pytest.raises(Conflict):
                    undo.undo(run)
    elif (key := book.find(about)) is not None:
        building = Building.objects.get(source_id=about)
        acts[what](key)
        if what == "edit":
            building.name = "改"
            building.save()
        elif what == "delete":
            building.delete()
        else:
            BuildingCode.objects.get_or_create(building=building, scheme="local", code=f"{building.pk}")
