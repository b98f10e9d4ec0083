"""How many rows of a layer in a shape held in each month, on each day, or run in each hour of a day.

A row that holds for a part of a month or day counts for it. Hours are those of the weekly schedules that rows bear; of
a row about whose hours nothing is known nothing is counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any

from django.contrib.gis.geos import GEOSGeometry
from django.db.backends.postgresql.psycopg_any import Range
from django.db.models import Count

from gis.covering import within
from gis.errors import Invalid
from gis.schedule import BEIJING
from layers.city.at import Spot, rows_on
from layers.facts import Json
from layers.items import opening
from layers.layer import Layer

MOST = {"month": 120, "day": 366}
"""Steps of one answer."""
USUAL = {"month": timedelta(days=334), "day": timedelta(days=29)}
"""How far back it goes where nothing is said: a year, thirty days."""
YEARS = range(2, 9999)
"""Of days that may be named: the calendar has days before and after them."""
STEPS = ("month", "day", "hour")
SCHEDULED = ("hours", "purpose", "zone", "features")
MOST_ROWS = 20_000


@dataclass(frozen=True, slots=True)
class Steps:
    """Months or days from the first to the last, both included, or the hours of the day that is asked about."""

    per: str
    first: date
    last: date

    def __post_init__(self) -> None:
        if self.per not in STEPS:
            raise Invalid(f"参数 per：应为 {' '.join(STEPS)} / parameter per: one of them")
        if self.first > self.last:
            raise Invalid("参数 to：早于 from / parameter to: before from")
        if self.per != "hour" and sum(1 for _ in islice(self, MOST[self.per] + 1)) > MOST[self.per]:
            raise Invalid(
                f"参数 from、to：最多 {MOST[self.per]} 步 / parameters from, to: at most {MOST[self.per]} steps"
            )

    @classmethod
    def of(cls, per: str, at: date, first: date | None, last: date | None) -> Steps:
        """Read what was asked: up to the day of the question, and back for a usual time, where nothing else is said."""
        for name, day in (("from", first), ("to", last)):
            if day and day.year not in YEARS:
                raise Invalid(
                    f"参数 {name}：年份须在 {YEARS[0]}–{YEARS[-1]} 之内 / parameter {name}: a year within these"
                )
        last = last or max(at, first or at)
        if per == "hour" and (first or last != at):
            raise Invalid("参数 per：hour 只问 at 那一天 / parameter per: hour is of the day of at")
        return cls(per, first or last - USUAL.get(per, timedelta()), last)

    def __iter__(self) -> Iterator[tuple[date, date]]:
        """Yield the first day of each step and that of the next."""
        start = self.first.replace(day=1) if self.per == "month" else self.first
        while start <= self.last:
            end = (start + timedelta(days=32)).replace(day=1) if self.per == "month" else start + timedelta(days=1)
            yield start, end
            start = end


def over_time(spot: Spot, layer: Layer, shape: GEOSGeometry, steps: Steps) -> list[Json]:
    """Return a count for each step; ``Invalid`` for a layer that does not know such times."""
    return _by_hour(spot, layer, shape) if steps.per == "hour" else _by_day(spot, layer, shape, steps)


def _by_day(spot: Spot, layer: Layer, shape: GEOSGeometry, steps: Steps) -> list[Json]:
    times = layer.times
    if not times:
        raise _unfit(layer, "没有起止日期", "has no dates from and to")
    rows = within(layer.rows_since(spot.audience, steps.first), shape).order_by()
    spans = [(row[times], row["rows_"]) for row in rows.values(times).annotate(rows_=Count("pk"))]
    return [
        {"from": start.isoformat(), "count": sum(n for span, n in spans if _meets(span, start, end))}
        for start, end in steps
    ]


def _meets(span: Range[Any], start: date, end: date) -> bool:
    return (span.lower is None or span.lower < end) and (span.upper is None or span.upper > start)


def _by_hour(spot: Spot, layer: Layer, shape: GEOSGeometry) -> list[Json]:
    names = [field.name for field in layer.fields_for(spot.audience) if field.name in SCHEDULED]
    if "hours" not in names:
        raise _unfit(layer, "没有时段", "has no hours")
    day = spot.at.date()
    rows = within(rows_on(layer, spot.audience, day), shape).order_by().values(*names)[: MOST_ROWS + 1]
    if len(rows) > MOST_ROWS:
        raise Invalid(f"图层 {layer.id} 在此范围内超过 {MOST_ROWS} 条 / more than {MOST_ROWS} rows of it lie there")
    known = [hours for row in rows if (hours := opening(layer, row))]
    start = datetime.combine(day, time(), BEIJING)
    clock = [start + timedelta(hours=n) for n in range(24)]
    return [
        {"from": hour.isoformat(timespec="minutes"), "count": sum(each.in_force(hour) for each in known)}
        for hour in clock
    ]


def _unfit(layer: Layer, zh: str, en: str) -> Invalid:
    return Invalid(f"参数 per：图层 {layer.id} {zh} / parameter per: layer {layer.id} {en}")
