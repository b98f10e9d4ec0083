"""When a rule is in force: weekly hours, dates and holidays as one frozen value that answers for any instant.

Local time is China Standard Time, UTC+8 without summer time; an aware instant is brought there, a naive one is
taken to be there. A day belongs to the last rule that matches it; hours past midnight belong to the day they began
on and run on into the next, whatever that day says. Text in three forms is read by `gis.schedule_text`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from functools import cached_property
from typing import Any, Literal, TypeAlias

from gis.errors import Invalid

BEIJING = timezone(timedelta(hours=8), "Asia/Shanghai")
DAY = 24 * 60
HORIZON = 800  # days looked ahead for the next change: two winters, so that every yearly season is met

Language: TypeAlias = Literal["zh", "en"]
DayKind: TypeAlias = Literal["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su", "PH", "WD", "RD"]
WEEK: tuple[DayKind, ...] = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
SPECIAL: tuple[DayKind, ...] = ("PH", "WD", "RD")  # public holiday; working day and rest day by the year's calendar
_ZH = dict(zip((*WEEK, *SPECIAL), (*(f"周{c}" for c in "一二三四五六日"), "节假日", "工作日", "休息日"), strict=True))


@dataclass(frozen=True, slots=True)
class Calendar:
    """What the State Council decides each year: days off, and weekend days worked instead (调休)."""

    holidays: frozenset[date] = frozenset()
    workdays: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        if both := self.holidays & self.workdays:
            day = min(both).isoformat()
            raise Invalid(f"{day} 既是假日又是调休工作日 / {day} is both a holiday and a worked day")

    def kinds(self, day: date) -> frozenset[str]:
        """Every name by which a rule may call this day."""
        off = day in self.holidays
        works = not off and (day in self.workdays or day.weekday() < 5)
        return frozenset({WEEK[day.weekday()], "WD" if works else "RD"} | ({"PH"} if off else set()))


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Minutes from midnight, end not included; an end past 1440 runs into the next day."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not (0 <= self.start < DAY and self.start < self.end <= self.start + DAY):
            raise Invalid(
                f"时段 {_clock(self.start)}-{_clock(self.end)} 有误：开始须在 00:00–23:59，长度不超过 24 小时"
                f" / hours {_clock(self.start)}-{_clock(self.end)}: begin within the day, last at most 24 hours"
            )

    def __str__(self) -> str:
        past = DAY < self.end < self.start + DAY  # 08:00 to 08:00 would read as nothing, so 08:00-32:00
        end = self.end - DAY if past else self.end
        return f"{_clock(self.start)}-{_clock(end)}"


@dataclass(frozen=True, slots=True)
class Dates:
    """Days from first to last, both included: (year, month, day), or (month, day) for every year, which may wrap."""

    first: tuple[int, ...]
    last: tuple[int, ...]

    def __post_init__(self) -> None:
        for end in (self.first, self.last):
            _real_day(end)
        if len(self.first) != len(self.last) or (len(self.first) == 3 and self.first > self.last):
            raise Invalid(f"日期范围 {self} 有误 / dates {self}: both with a year or both without, in order")

    def hold(self, day: date) -> bool:
        """Whether the day is within."""
        key = (day.year, day.month, day.day)[-len(self.first) :]
        if self.first <= self.last:
            return self.first <= key <= self.last
        return key >= self.first or key <= self.last

    def __str__(self) -> str:
        return "/".join("-".join(f"{n:02}" for n in end) for end in (self.first, self.last))


def _real_day(end: tuple[int, ...]) -> None:
    try:
        if len(end) not in (2, 3):
            raise ValueError
        date(*(end if len(end) == 3 else (2024, *end)))  # a leap year, so that 29 February may be named
    except ValueError:
        raise Invalid(f"没有这一天：{'-'.join(map(str, end))} / no such day: {'-'.join(map(str, end))}") from None


@dataclass(frozen=True, slots=True)
class Rule:
    """On these days (none: every day) within these dates (none: always), these hours; no hours: off."""

    days: frozenset[DayKind] = frozenset()
    spans: tuple[Span, ...] = ()
    dates: tuple[Dates, ...] = ()

    def matches(self, day: date, kinds: frozenset[str]) -> bool:
        """Whether this rule speaks of the day."""
        return (not self.days or bool(self.days & kinds)) and (not self.dates or any(d.hold(day) for d in self.dates))

    def text(self, lang: Language) -> str:
        """The rule as a person would write it."""
        zh = lang == "zh"
        dates = ("、" if zh else ",").join(_dates_text(d, zh) for d in self.dates)
        hours = ("、" if zh else ",").join(map(str, self.spans)) or ("停用" if zh else "off")
        if self.spans == (Span(0, DAY),):
            hours = "全天" if zh else "00:00-24:00"
        return " ".join(part for part in (dates, _days_text(self.days, zh), hours) if part)

    def to_json(self) -> dict[str, Any]:
        """The JSON form; lists in week order."""
        out: dict[str, Any] = {"hours": [str(span) for span in self.spans]}
        if self.days:
            out["days"] = [d for d in (*WEEK, *SPECIAL) if d in self.days]
        return out | ({"dates": [str(d) for d in self.dates]} if self.dates else {})


@dataclass(frozen=True)
class Schedule:
    """Rules in order, with the calendar of holidays they are read by."""

    rules: tuple[Rule, ...]
    calendar: Calendar = field(default_factory=Calendar)

    @classmethod
    def parse(cls, value: str | Mapping[str, Any], calendar: Calendar | None = None) -> Schedule:
        """Read JSON, OSM opening hours or Chinese usage; Invalid, with a sentence, for what is not understood."""
        from gis.schedule_text import read

        found = read(value)
        return found if calendar is None else cls(found.rules, calendar)

    @classmethod
    def always(cls) -> Schedule:
        """In force at every instant."""
        return cls((Rule(spans=(Span(0, DAY),)),))

    @cached_property
    def constant(self) -> bool:
        """Whether nothing ever changes: every rule is all day, or every rule is off, and one holds on every day."""
        kinds = {rule.spans for rule in self.rules}
        plain = any(not rule.days and not rule.dates for rule in self.rules)
        return kinds <= {()} or (plain and kinds == {(Span(0, DAY),)})

    def in_force(self, t: datetime) -> bool:
        """Whether the rule holds at this instant."""
        here = local(t)
        day, minute = here.date(), here.hour * 60 + here.minute
        if any(span.start <= minute < span.end for span in self._spans(day)):
            return True
        return any(minute < span.end - DAY for span in self._spans(day - timedelta(days=1)))

    def next_change(self, t: datetime) -> datetime | None:
        """The first instant after `t` at which `in_force` turns (aware, UTC+8); None if none within 800 days."""
        if self.constant:
            return None
        here = local(t)
        now = self.in_force(here)
        for moment in self._edges(here.date()):
            if moment > here and self.in_force(moment) != now:
                return moment
        return None

    def text(self, lang: Language = "zh") -> str:
        """The whole schedule in Chinese, or in the manner of OSM; `parse` reads either back."""
        if self.rules == Schedule.always().rules:
            return "每日全天" if lang == "zh" else "24/7"
        return ("；" if lang == "zh" else "; ").join(rule.text(lang) for rule in self.rules)

    def to_json(self) -> dict[str, Any]:
        """The JSON form, which keeps the calendar too."""
        out: dict[str, Any] = {"rules": [rule.to_json() for rule in self.rules]}
        for name in ("holidays", "workdays"):
            if days := getattr(self.calendar, name):
                out[name] = sorted(day.isoformat() for day in days)
        return out

    def _spans(self, day: date) -> tuple[Span, ...]:
        kinds = self.calendar.kinds(day)
        return next((rule.spans for rule in reversed(self.rules) if rule.matches(day, kinds)), ())

    def _edges(self, first: date) -> Iterator[datetime]:
        """Every instant at which something begins or ends, in order, from the day before `first`."""
        carried: set[int] = set()
        for n in range(-1, HORIZON):
            day = first + timedelta(days=n)
            ends = {edge for span in self._spans(day) for edge in (span.start, span.end)}
            midnight = datetime.combine(day, time(), BEIJING)
            for minute in sorted(carried | {edge for edge in ends if edge < DAY}):
                yield midnight + timedelta(minutes=minute)
            carried = {edge - DAY for edge in ends if edge >= DAY}


def local(t: datetime) -> datetime:
    """The instant in UTC+8; a naive one is there already."""
    return t.replace(tzinfo=BEIJING) if t.tzinfo is None else t.astimezone(BEIJING)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _dates_text(dates: Dates, zh: bool) -> str:
    if not zh:
        return str(dates)
    first, last = ("".join(f"{n}{unit}" for n, unit in zip(end, "年月日"[-len(end) :], strict=True))
                   for end in (dates.first, dates.last))  # fmt: skip
    return first if first == last else f"{first}至{last}"


def _days_text(days: frozenset[DayKind], zh: bool) -> str:
    if not days:
        return "每日" if zh else ""
    runs: list[list[DayKind]] = []
    for at, day in enumerate(WEEK):
        if day in days:
            if at and WEEK[at - 1] in days:
                runs[-1].append(day)
            else:
                runs.append([day])
    runs += [[day] for day in SPECIAL if day in days]
    name = _ZH.__getitem__ if zh else str
    join, comma = ("至", "、") if zh else ("-", ",")
    return comma.join(
        name(run[0]) if len(run) == 1 else (join if len(run) > 2 else comma).join((name(run[0]), name(run[-1])))
        for run in runs
    )
