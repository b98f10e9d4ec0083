"""Street zoning as a table: what is on record stays, what differs follows, what cannot be is refused with its place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.gis.geos import LineString
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gis.errors import Conflict
from gis.ingest import undo
from gis.ingest.order import Outcome
from gis.ingest.stretches import SIDES, Stretch, rest
from gis.models import ImportRun, News, Segment, Zoning
from tests.factories import make
from tests.gis.ingest.conftest import Desk

HEAD = "路段编码,侧,起点(米),终点(米),等级,分区,时段,依据,有效期起,有效期止"


def street(code: str = "LD-1", east: float = 0.001) -> Segment:
    """A segment of some ninety-six metres."""
    geom = LineString((121.5, 31.24), (121.5 + east, 31.24), srid=4490)
    segment = make(Segment, code=code, name=f"{code}路", geom=geom)
    assert isinstance(segment, Segment)
    segment.refresh_from_db()
    return segment


def bring(desk: Desk, *rows: str, head: str = HEAD, **asked: Any) -> Outcome:
    return desk.load("zonings", desk.text("\n".join((head, *rows)) + "\n", "分区.csv"), **asked)


def open_rows() -> list[tuple[Any, ...]]:
    """What is on record now: side, metres, class, zone, from, to (exclusive)."""
    rows = Zoning.objects.filter(recorded__endswith__isnull=True).order_by("side", "from_m", "valid")
    return [
        (row.side, float(row.from_m), float(row.to_m), row.street_class, row.zone, row.valid.lower, row.valid.upper)
        for row in rows
    ]


# --- what comes in ----------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_rows_come_in_as_an_office_writes_them(desk: Desk) -> None:
    segment = street()
    done = bring(
        desk,
        "LD-1,左,0,40,一类,严禁,每日07:00-22:00,条例第三条,2026-01-01,2026-12-31",
        "LD-1路,右侧,,50.5,2类,严控区,,,2026/1/1,",
        "LD-1,右,50.5,,三类,控制,,,2026年1月1日,9999-12-31",
    )
    assert (done.added, done.changed, done.refused) == (3, 0, 0)
    full = float(int(segment.length_m * 100)) / 100
    first = date(2026, 1, 1)
    assert open_rows() == [
        ("left", 0.0, 40.0, 1, "forbidden", first, date(2027, 1, 1)),
        ("right", 0.0, 50.5, 2, "strict", first, None),
        ("right", 50.5, full, 3, "controlled", first, None),
    ]
    left = Zoning.objects.get(side="left")
    assert left.hours == {"rules": [{"hours": ["07:00-22:00"]}]}
    assert left.basis == "条例第三条"
    assert left.geom is not None


@pytest.mark.django_db
def test_without_side_metres_or_days_it_is_the_whole_segment_from_today(desk: Desk) -> None:
    street()
    assert bring(desk, "LD-1,一类,严禁区", head="路段编码,等级,分区").added == 1
    [(side, start, _, *_, since, until)] = open_rows()
    assert (side, start, since, until) == ("both", 0.0, timezone.localdate(), None)


@pytest.mark.django_db
def test_what_cannot_be_is_refused_with_its_place(desk: Desk) -> None:
    street()
    done = bring(
        desk,
        "LD-1,左,0,40,一类,严禁,,,2026-01-01,",
        "LD-1,两侧,30,60,一类,严控,,,2026-06-01,",
        "LD-1,右,0,400,一类,严控,,,2026-06-01,",
        "LD-1,右,50,50,一类,严控,,,2026-06-01,",
        "LD-1,右,-5,50,一类,严控,,,2026-06-01,",
        "LD-1,右,0,50,一类,严控,,,2026-06-01,2026-05-01",
        "LD-9,右,0,50,一类,严控,,,2026-06-01,",
        "LD-1,右,0,50,四类,严控,,,2026-06-01,",
        "LD-1,右,0,50,4,严控,,,2026-06-01,",
        "LD-1,右,0,50,一类,随便,,,2026-06-01,",
        "LD-1,上,0,50,一类,严控,,,2026-06-01,",
        "LD-1,右,0,99999999999,一类,严控,,,2026-06-01,",
        "LD-1,左,0,40,一类,严禁,,,2026-01-01,",
        ",左,0,40,一类,严禁,,,2026-01-01,",
    )
    assert (done.added, done.refused) == (1, 13)
    refused = {int(row["row"]): row for row in desk.refused}
    reasons = {number: row["reason_zh"] for number, row in refused.items()}
    assert reasons == {
        3: "与文件中前面一行的路段、侧、起止、有效期重叠", 4: "起止超出路段长度", 5: "终止早于或等于起始",
        6: "数值超出范围", 7: "结束早于开始", 8: "找不到所指的对象", 9: "不在允许的取值之列", 10: "数值超出范围",
        11: "不在允许的取值之列", 12: "不在允许的取值之列", 13: "起止超出路段长度", 14: "与文件中前面的一行完全相同",
        15: "缺少必填项",
    }  # fmt: skip
    assert refused[3]["value"] == "LD-1 30–40 m, 2026-06-01 – , № 2"
    assert refused[4]["value"].startswith("LD-1 0–400 m / 95.")


@pytest.mark.django_db
def test_a_register_may_round_up_to_the_next_metre(desk: Desk) -> None:
    segment = street()
    assert bring(desk, f"LD-1,左,0,{int(segment.length_m) + 1},一类,严禁,,,2026-01-01,").added == 1
    assert 0 <= segment.length_m - open_rows()[0][2] < 0.01


@pytest.mark.django_db
def test_of_several_segments_of_a_name_none_is_meant(desk: Desk) -> None:
    for code in ("LD-1", "LD-2"):
        Segment.objects.filter(pk=street(code).pk).update(name="长安街")
    bring(desk, "长安街,左,0,40,一类,严禁,,,2026-01-01,")
    assert [row["reason_zh"] for row in desk.refused] == ["所指的对象不止一个"]


# --- what is on record ------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_second_run_changes_nothing_and_tells_no_news(desk: Desk) -> None:
    street()
    rows = ("LD-1,左,0,40,一类,严禁,,,2026-01-01,", "LD-1,右,,,二类,严控,,,2026-01-01,2026-06-30",
            "LD-1,右,,,三类,控制,,,2026-07-01,")  # fmt: skip
    bring(desk, *rows)
    before = list(Zoning.objects.order_by("pk").values())
    News.objects.all().delete()
    done = bring(desk, *rows)
    assert (done.added, done.changed, done.unchanged) == (0, 0, 3)
    assert list(Zoning.objects.order_by("pk").values()) == before
    assert not News.objects.filter(table="spatial_zoning").exists()


@pytest.mark.django_db
def test_what_differs_closes_the_record_and_keeps_what_it_said_of_the_rest(desk: Desk) -> None:
    street()
    bring(desk, "LD-1,两侧,0,90,二类,严控,,,2026-01-01,")
    done = bring(desk, "LD-1,左,30,60,一类,严禁,,,2026-07-01,")
    assert (done.added, done.changed) == (0, 1)
    old, new = (2, "strict"), (1, "forbidden")
    first, then = date(2026, 1, 1), date(2026, 7, 1)
    assert sorted(open_rows(), key=str) == sorted([
        ("both", 0.0, 90.0, *old, first, then), ("both", 0.0, 30.0, *old, then, None),
        ("both", 60.0, 90.0, *old, then, None), ("right", 30.0, 60.0, *old, then, None),
        ("left", 30.0, 60.0, *new, then, None),
    ], key=str)  # fmt: skip
    closed = Zoning.objects.get(recorded__endswith__isnull=False)
    assert (closed.side, float(closed.to_m), closed.valid.upper) == ("both", 90.0, None)


@pytest.mark.django_db
def test_a_part_of_what_holds_already_changes_nothing(desk: Desk) -> None:
    street()
    bring(desk, "LD-1,左,0,90,二类,严控,,,2026-01-01,", "LD-1,右,0,90,二类,严控,,,2026-01-01,")
    assert bring(desk, "LD-1,两侧,10,20,二类,严控,,,2026-02-01,2026-03-01").unchanged == 1
    assert Zoning.objects.count() == 2


@pytest.mark.django_db
def test_a_trial_keeps_nothing(desk: Desk) -> None:
    street()
    assert bring(desk, "LD-1,左,0,40,一类,严禁,,,2026-01-01,", dry_run=True).added == 1
    assert not Zoning.objects.exists()


@pytest.mark.django_db
def test_an_import_is_undone_by_closing_and_recording_anew(desk: Desk) -> None:
    street()
    bring(desk, "LD-1,两侧,0,90,二类,严控,,,2026-01-01,", source="一")
    before = open_rows()
    run = ImportRun.objects.get(pk=bring(desk, "LD-1,左,30,60,一类,严禁,,,2026-07-01,", source="二").run)
    assert undo.survey(run).counts == {"deleted": 0, "restored": 0, "gone": 0, "closed": 5, "reopened": 1}
    undo.undo(run)
    assert open_rows() == before
    assert Zoning.objects.count() == 7, "nothing on record is deleted"


@pytest.mark.django_db
def test_what_was_changed_since_stands_against_undoing(desk: Desk) -> None:
    street()
    run = ImportRun.objects.get(pk=bring(desk, "LD-1,两侧,0,90,二类,严控,,,2026-01-01,", source="一").run)
    bring(desk, "LD-1,左,30,60,一类,严禁,,,2026-07-01,", source="二")
    with pytest.raises(Conflict, match="1 条它记录的街面分区后来已被修改"):
        undo.undo(run)


# --- beside brute force -----------------------------------------------------------------------------------------------

CELLS, DAYS, START = 4, 4, date(2026, 1, 1)
"""Twenty metres a cell; a hundred days a cell, and what comes after the last."""
Cell = tuple[int, int, int]


@dataclass(frozen=True)
class Row:
    """A row of a random file, in cells; `until` may be for ever."""

    side: str
    start: int
    end: int
    since: int
    until: int
    grade: int

    @property
    def cells(self) -> Iterator[Cell]:
        for side in range(*SIDES[self.side]):
            for metre in range(self.start, self.end):
                yield from ((side, metre, day) for day in range(self.since, self.until))

    @property
    def text(self) -> str:
        last = "" if self.until > DAYS else (day(self.until) - timedelta(days=1)).isoformat()
        side = {"left": "左", "right": "右", "both": "两侧"}[self.side]
        return f"LD-1,{side},{self.start * 20},{self.end * 20},{self.grade},严控,,,{day(self.since)},{last}"


def day(cell: int) -> date:
    return START + timedelta(days=100 * cell)


def spans(most: int) -> st.SearchStrategy[tuple[int, int]]:
    return st.lists(st.integers(0, most), min_size=2, max_size=2, unique=True).map(lambda ends: (min(ends), max(ends)))


ROWS = st.builds(
    lambda side, metres, days, grade: Row(side, *metres, *days, grade),
    st.sampled_from(list(SIDES)), spans(CELLS), spans(DAYS + 1), st.integers(1, 3),
)  # fmt: skip
FILES = st.lists(st.lists(ROWS, min_size=1, max_size=4), min_size=1, max_size=4)


def taken(rows: list[Row]) -> list[Row]:
    """The rows of a file that overlap no earlier one."""
    return [row for n, row in enumerate(rows) if not any(set(row.cells) & set(one.cells) for one in rows[:n])]


def recorded() -> dict[Cell, int]:
    """Cell by cell what the open records say; AssertionError where two speak of one."""
    held: dict[Cell, int] = {}
    for row in Zoning.objects.filter(recorded__endswith__isnull=True):
        until = DAYS + 1 if row.valid.upper is None else (row.valid.upper - START).days // 100
        box = Row(row.side, int(row.from_m) // 20, int(row.to_m) // 20, (row.valid.lower - START).days // 100, until, 1)
        for cell in box.cells:
            assert cell not in held
            held[cell] = row.street_class
    return held


@pytest.mark.django_db
@given(FILES)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_files_leave_on_record_what_brute_force_says(desk: Desk, files: list[list[Row]]) -> None:
    place = transaction.atomic()
    place.__enter__()
    try:
        street()
        model: dict[Cell, int] = {}
        for rows in files:
            before = dict(model)
            done = bring(desk, *(row.text for row in rows))
            good = taken(rows)
            same = [row for row in good if all(before.get(cell) == row.grade for cell in row.cells)]
            fresh = [row for row in good if not any(cell in before for cell in row.cells)]
            assert (done.unchanged, done.added, done.refused) == (len(same), len(fresh), len(rows) - len(good))
            model |= {cell: row.grade for row in good for cell in row.cells}
            assert recorded() == model
            again = bring(desk, *(row.text for row in good))
            assert (again.added, again.changed) == (0, 0)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    finally:
        transaction.set_rollback(True)
        place.__exit__(None, None, None)


BOXES = st.builds(
    lambda side, metres, days: Stretch(SIDES[side], *map(Decimal, metres), *map(day, days)),
    st.sampled_from(list(SIDES)), spans(CELLS), spans(DAYS),
)  # fmt: skip


def points(box: Stretch) -> set[tuple[int, int, date]]:
    """The unit cells of a box."""
    days = [day(n) for n in range(DAYS) if box.since <= day(n) < box.until]
    return {(s, m, d) for s in range(*box.side) for m in range(int(box.start), int(box.end)) for d in days}


@given(BOXES, st.lists(BOXES, max_size=4))
def test_what_is_left_of_a_stretch_is_what_nobody_took(whole: Stretch, others: list[Stretch]) -> None:
    left = [points(piece) for piece in rest(whole, others)]
    assert set().union(*left) == points(whole).difference(*map(points, others))
    assert sum(map(len, left)) == len(set().union(*left)), "no two pieces overlap"
    assert all(left)
