"""Columns and filters of the admin's lists as people read them: codes by their names, periods by their days."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib import admin
from django.db import models
from django.utils import timezone

from gis.coded_forms import LISTS, choices

PERIODS = frozenset({"valid", "recorded", "period"})


def column(model: type[models.Model], name: str) -> str | Callable[[Any], str]:
    """Return a column: itself, or what says its code or period in words and is sorted as it was."""
    coded = LISTS.get((str(model._meta.model_name), name))
    if not coded and name not in PERIODS:
        return name
    names = dict(choices(coded)) if coded else {}

    def tell(row: Any) -> str:
        value = getattr(row, name)
        return names.get(value, value) if coded else period(value)

    title = str(getattr(model._meta.get_field(name), "verbose_name", name))
    return admin.display(description=title, ordering=name)(tell)


def period(span: Any) -> str:
    """Return a range of days or instants in words; the last day is included, as people count."""
    if span is None or span.isempty:
        return "—"
    return (
        f"{_moment(span.lower)} 起" if span.upper is None else f"{_moment(span.lower)} 至 {_moment(span.upper, True)}"
    )


def _moment(at: date | None, last: bool = False) -> str:
    if isinstance(at, datetime):
        return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"
    return "…" if at is None else str(at - timedelta(days=last))


class CodedFilter(admin.AllValuesFieldListFilter):
    """The values of a coded column that occur, by their names."""

    def choices(self, changelist: Any) -> Iterator[Any]:
        """Return what can be chosen."""
        names = dict(choices(LISTS[str(self.field.model._meta.model_name), self.field.name]))
        for choice in super().choices(changelist):
            yield {**choice, "display": names.get(str(choice["display"]), choice["display"])}
