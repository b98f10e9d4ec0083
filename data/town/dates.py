"""Two years of the town's life, counted from the day on which it is founded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta


def first_of(day: date, months: int) -> date:
    """The first day of the month so many months after that of `day`."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, 1)


def moment(day: date) -> str:
    """Nine in the morning of a day, Chinese time."""
    return f"{day.isoformat()}T09:00:00+08:00"


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days on which rules changed: first set two years ago, changed three times since, once more to come."""

    day: date

    @property
    def begun(self) -> date:
        """The first rules."""
        return first_of(self.day, -24)

    @property
    def changes(self) -> tuple[date, date, date, date]:
        """The changes since; the last but one is this month's, the last is still to come."""
        return first_of(self.day, -17), first_of(self.day, -9), first_of(self.day, 0), first_of(self.day, 2)

    def recorded(self, since: date) -> date:
        """When a change that holds since a day was written down: a little before, never later than today."""
        return min(since - timedelta(10), self.day - timedelta(1))

    def after(self, days: int) -> str:
        """A day relative to today, as ISO."""
        return (self.day + timedelta(days)).isoformat()
