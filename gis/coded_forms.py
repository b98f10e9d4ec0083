"""Form fields of the admin for what has a language of its own: codes from their list, hours and periods as people say
them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib.postgres.forms import DateRangeField, RangeWidget
from django.core.exceptions import ValidationError
from django.db.backends.postgresql.psycopg_any import DateRange

from gis.errors import Invalid
from gis.models import Code
from gis.schedule import Schedule

LISTS = {
    ("building", "use"): "building-use",
    ("facility", "kind"): "facility-kind",
    ("facility", "state"): "facility-state",
    ("fenceversion", "purpose"): "fence-purpose",
    ("landuse", "kind"): "landuse-kind",
    ("pipefinding", "kind"): "pipe-finding",
    ("pipefinding", "severity"): "severity",
    ("pipenode", "category"): "pipe-category",
    ("pipesegment", "burial"): "pipe-burial",
    ("pipesegment", "category"): "pipe-category",
    ("pipesegment", "material"): "pipe-material",
    ("pipesegment", "status"): "pipe-status",
    ("road", "kind"): "road-kind",
    ("segment", "kind"): "road-kind",
    ("water", "kind"): "water-kind",
}

HOURS_HELP = "例：每日07:00-22:00；周一至周五 07:00-09:00、17:00-19:00，节假日除外。不填：不限 (blank: at all hours)"


def choices(list_name: str) -> list[tuple[str, str]]:
    """Return the codes of a list with their names, the last edition's name for a code."""
    names = dict(Code.objects.filter(list=list_name).order_by("edition").values_list("code", "name"))
    return [("", "—"), *names.items()]


class CodeField(forms.ChoiceField):
    """A code chosen by its name; a list that was never loaded lets anything pass."""

    def __init__(self, list_name: str, **options: Any) -> None:
        super().__init__(choices=lambda: choices(list_name), **options)
        self.list_name = list_name

    def valid_value(self, value: Any) -> bool:
        """Whether the code is on the list."""
        return super().valid_value(value) or not Code.objects.filter(list=self.list_name).exists()


class PeriodWidget(RangeWidget):
    """Two boxes: the first day and the last."""

    def decompress(self, value: Any) -> tuple[date | None, date | None]:
        """Return the days of a stored range."""
        return (value.lower, last_day(value)) if value else (None, None)


class PeriodField(DateRangeField):
    """A period by its first and its last day, as the map tells it; stored is the day after, as PostgreSQL counts."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"widget": PeriodWidget(self.base_field().widget), **options})

    def prepare_value(self, value: Any) -> Any:
        """Return the days of a stored range; what was typed stays as it was typed."""
        return [value.lower, last_day(value)] if isinstance(value, DateRange) else super().prepare_value(value)

    def compress(self, values: Any) -> DateRange | None:
        """Return the range of the days that were typed."""
        found = super().compress(values)
        if found is None or found.upper is None:
            return found
        if found.upper == date.max:
            raise ValidationError("截止日太晚；长期有效请不填 (no such last day; leave it blank for no end)")
        return DateRange(found.lower, found.upper + timedelta(days=1))


def last_day(span: Any) -> date | None:
    """Return the last day on which a range of days holds, None where it has no end."""
    return None if span.upper is None else span.upper - timedelta(days=1)


class HoursField(forms.JSONField):
    """Hours as the stored JSON, OSM opening hours or Chinese usage (每日06:00-22:00); ``ValidationError`` otherwise.

    What is stored is shown as people say it, and what was typed wrong as it was typed.
    """

    widget = forms.Textarea(attrs={"rows": 2, "cols": 60})

    def __init__(self, **options: Any) -> None:
        super().__init__(help_text=HOURS_HELP, **options)

    def prepare_value(self, value: Any) -> Any:
        """Return the words; a schedule with a calendar of its own stays JSON, for words do not tell that."""
        if isinstance(value, dict) and not value.keys() & {"holidays", "workdays"}:
            return Schedule.parse(value).text()
        return super().prepare_value(value) if isinstance(value, dict) else value or ""

    def to_python(self, value: Any) -> Any:
        """Return the one JSON form."""
        if value in self.empty_values:
            return None
        try:
            return Schedule.parse(str(value)).to_json()
        except Invalid as wrong:
            raise ValidationError(str(wrong)) from wrong
