"""Form fields of the admin for what has a language of its own: codes from their list, hours as people say them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

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


class HoursField(forms.JSONField):
    """Hours as the stored JSON, OSM opening hours or Chinese usage (每日06:00-22:00); ``ValidationError`` otherwise."""

    def to_python(self, value: Any) -> Any:
        """Return the one JSON form."""
        if value in self.empty_values:
            return None
        try:
            return Schedule.parse(str(value)).to_json()
        except Invalid as wrong:
            raise ValidationError(str(wrong)) from wrong
