"""What holds in the streets: zoning of every segment with two years of its past, and the five heads of a segment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from shapely import LineString, STRtree

from data.town.dates import Calendar, moment
from data.town.layout import Block, Layout
from data.town.plane import Thing

BASIS = "示例规定第十二条(虚构)"
WEEKDAYS = ["Mo", "Tu", "We", "Th", "Fr"]
SCHOOL_RUN = {"rules": [{"days": WEEKDAYS, "hours": ["06:30-08:30", "15:30-18:00"]}]}
DAYTIME = {"rules": [{"hours": ["07:00-22:00"]}]}
MORNING = {"rules": [{"hours": ["06:00-09:00"]}]}
OPEN_LAND = ("farmland", "forest", "meadow", "orchard")
LONG_M = 240.0  # longer segments may change their zone half-way


@dataclass(frozen=True, slots=True)
class Zone:
    """A zoning of a segment on one side; `since` and `until` in the world, `recorded` and `closed` by us.

    `start` and `end` are shares of the length of the segment.
    """

    segment: str
    side: str
    street_class: int
    zone: str
    hours: dict[str, Any] | None = None
    basis: str = BASIS
    since: str = ""
    until: str | None = None
    recorded: str = ""
    closed: str | None = None
    start: float = 0.0
    end: float = 1.0


def zones(segments: list[Thing], layout: Layout, day: date) -> list[Zone]:
    """Every segment: strict beside schools, offices and markets, looser outward; what is so now and what was."""
    blocks = [block for block in layout.blocks if block.kind not in OPEN_LAND]
    index = STRtree([block.shape for block in blocks])
    found: list[Zone] = []
    for number, segment in enumerate(segments):
        found += lived(list(present(segment, number, blocks, index)), number, Calendar(day))
    return found


def present(segment: Thing, number: int, blocks: list[Block], index: STRtree) -> Iterator[Zone]:
    """What holds on a segment now, one row where both sides are alike."""
    rank, line = int(segment.properties["rank"]), segment.shape
    klass = 1 if rank == 2 else 2 if rank == 3 or old(line, blocks, index) else 3
    code = segment.properties["code"]
    left, right = (rule(beside(line, 24.0 * way, blocks, index), klass, number) for way in (1, -1))
    if left == right and line.length > LONG_M and number % 4 == 1:
        looser = ("controlled", None) if left[0] != "controlled" else ("strict", DAYTIME)
        yield Zone(code, "both", klass, left[0], left[1], end=0.5)
        yield Zone(code, "both", klass, looser[0], looser[1], start=0.5)
    elif left == right:
        yield Zone(code, "both", klass, *left)
    else:
        yield Zone(code, "left", klass, *left)
        yield Zone(code, "right", klass, *right)


def lived(now: list[Zone], number: int, calendar: Calendar) -> list[Zone]:
    """The rows of a segment with their past: unchanged since the first day, corrected later, or changed on a day."""
    begun, first = calendar.begun.isoformat(), moment(calendar.begun)
    for step, (since, every) in enumerate(zip(calendar.changes, (7, 6, 19, 29), strict=True)):
        if number % every == step + 1:
            return list(changed(now, since, calendar))
    if number % 13 == 5:  # found out later that the first record was wrong
        told = moment(calendar.changes[0] + timedelta(12))
        wrong = [
            replace(row, street_class=row.street_class % 3 + 1, since=begun, recorded=first, closed=told) for row in now
        ]
        return wrong + [replace(row, since=begun, recorded=told, basis=BASIS + ",更正") for row in now]
    return [replace(row, since=begun, recorded=first) for row in now]


def changed(now: list[Zone], since: date, calendar: Calendar) -> Iterator[Zone]:
    """What held until a change: recorded once as open, then again with its end; and what holds from then on."""
    begun, first, told = calendar.begun.isoformat(), moment(calendar.begun), moment(calendar.recorded(since))
    before = replace(now[0], side="both", zone="controlled" if now[0].zone != "controlled" else "strict", hours=None,
                     since=begun, start=0.0, end=1.0)  # fmt: skip
    yield replace(before, recorded=first, closed=told)
    yield replace(before, until=since.isoformat(), recorded=told)
    for row in now:
        yield replace(row, since=since.isoformat(), recorded=told)


def old(line: LineString, blocks: list[Block], index: STRtree) -> bool:
    """Whether a lane runs through the old town or past shops."""
    middle = line.interpolate(0.5, normalized=True)
    return any(blocks[int(number)].kind in ("old", "retail") for number in index.query(middle.buffer(12)))


def beside(line: LineString, aside: float, blocks: list[Block], index: STRtree) -> str:
    """The kind of ground along one side of a street; empty for fields and water."""
    shifted = line.offset_curve(aside)
    spot = (line if shifted.is_empty else shifted).interpolate(0.5, normalized=True)
    near = [blocks[int(number)] for number in index.query(spot.buffer(22))]
    near = [block for block in near if block.shape.distance(spot) < 22]
    return min(near, key=lambda block: block.shape.distance(spot)).kind if near else ""


def rule(kind: str, klass: int, number: int) -> tuple[str, dict[str, Any] | None]:
    """Zone and hours for a kind of ground."""
    if kind in ("school", "kindergarten"):
        return "forbidden", SCHOOL_RUN if klass > 2 else None
    if kind in ("hospital", "office", "plaza", "station"):
        return "forbidden", None
    if kind in ("old", "retail", "commercial", "hotel", "park", "market", "sports"):
        return "strict", DAYTIME if klass > 1 else None
    if klass == 1 and kind not in ("", "industrial", "warehouse", "utility"):
        return ("forbidden", None) if number % 3 == 0 else ("strict", DAYTIME)
    return "controlled", MORNING if number % 5 == 0 else None


TITLES = ("一级段长", "二级段长", "三级段长", "四级段长", "五级段长")
STEMS, BRANCHES = "甲乙丙丁戊己庚辛壬癸", "子丑寅卯辰巳午未申酉戌亥"


def called(number: int) -> str:
    """A name that nobody bears."""
    return f"虚构{STEMS[number % 10]}{BRANCHES[number % 12]}"


def heads(segments: list[Thing]) -> Iterator[tuple[str, int, str, str, str]]:
    """The five heads of every segment: code, level, title, invented name, phone. Higher ones answer for more."""
    for number, segment in enumerate(segments):
        for level, title in enumerate(TITLES, 1):
            person = level * 100 + number // (400, 120, 40, 12, 4)[level - 1]
            yield str(segment.properties["code"]), level, title, called(person), f"000-0000-{2000 + person}"


# room (unit, number), name, identity, phone, relation: nobody can bear these names or numbers
ROLL = (
    ("1单元", "101", "测试甲", "TEST-0000-0001", "000-0000-9001", "户主"),
    ("1单元", "101", "测试乙", "TEST-0000-0002", "000-0000-9002", "配偶"),
    ("1单元", "302", "测试丙", "TEST-0000-0003", "000-0000-9003", "户主"),
    ("2单元", "202", "测试丁", "TEST-0000-0004", "000-0000-9004", "户主"),
    ("2单元", "202", "测试戊", "TEST-0000-0005", "000-0000-9005", "子女"),
    ("2单元", "601", "测试己", "TEST-0000-0006", "000-0000-9006", "户主"),
)
