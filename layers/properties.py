"""The fields of a layer as other programs meet them: a name, a kind that JSON Schema knows, how a value is read."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Literal
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.postgres.fields import ArrayField, DateRangeField, DateTimeRangeField
from django.db.models import (
    BooleanField,
    CharField,
    DateField,
    DateTimeField,
    DecimalField,
    F,
    FloatField,
    GeneratedField,
    IntegerField,
    JSONField,
    TextField,
)

from gis.errors import Invalid
from layers.layer import Field, Layer
from layers.scope import Audience

Kind = Literal["string", "integer", "number", "boolean", "date", "datetime", "days", "moments", "strings", "json"]
# The first that fits counts: a date-time is a date to Django.
KINDS: tuple[tuple[type, Kind], ...] = (
    (ArrayField, "strings"),
    (DateTimeRangeField, "moments"),
    (DateRangeField, "days"),
    (JSONField, "json"),
    (DateTimeField, "datetime"),
    (DateField, "date"),
    (BooleanField, "boolean"),
    (IntegerField, "integer"),
    (FloatField, "number"),
    (DecimalField, "number"),
    (CharField, "string"),
    (TextField, "string"),
)
PLAIN: frozenset[Kind] = frozenset({"string", "integer", "number", "boolean", "date", "datetime"})
SPANS: frozenset[Kind] = frozenset({"days", "moments"})
LONGEST = 200
WHOLE = 2**63


@dataclass(frozen=True, slots=True)
class Property:
    """A field under its public name; ``path`` leads to its column."""

    key: str
    path: str
    kind: Kind
    field: Field | None = None

    @property
    def column(self) -> F:
        """Its value in SQL."""
        return F(self.path)

    @property
    def plain(self) -> bool:
        """Whether it is one value, that can be compared and put in order."""
        return self.kind in PLAIN

    def read(self, text: str) -> Any:
        """Return the value that a text means; ``Invalid`` when it means none of this kind."""
        try:
            return _READERS[self.kind](text)
        except (ValueError, OverflowError):
            zh, en = _WANTED[self.kind]
            raise Invalid(f"“{text[:60]}”应为{zh} / {text[:60]!r} should be {en}") from None


ID = Property("id", "pk", "integer")
"""The number of a feature; a property to filters, beside the properties in answers."""


@lru_cache(maxsize=512)
def properties(layer: Layer, audience: Audience) -> Mapping[str, Property]:
    """Return what an audience is told of each row, by public name: the fields of a card, in their order."""
    shown = (field for field in layer.fields_for(audience) if field.card)
    told = {field.key: Property(field.key, field.name, kind_of(layer, field.name), field) for field in shown}
    return MappingProxyType(told)  # it is kept, and nobody may change it


def queryables(layer: Layer, audience: Audience) -> dict[str, Property]:
    """Return what an audience may ask by."""
    told = properties(layer, audience)
    return {"id": ID, **{key: one for key, one in told.items() if one.kind != "json"}}


def sortables(layer: Layer, audience: Audience) -> dict[str, Property]:
    """Return what an audience may have put in order."""
    return {key: one for key, one in queryables(layer, audience).items() if one.plain}


def span_of(layer: Layer, audience: Audience) -> Property | None:
    """Return what ``datetime`` asks about: the time of validity if the layer has one, else that of the last change."""
    if layer.times:
        return Property(layer.times, layer.times, kind_of(layer, layer.times))
    told = properties(layer, audience)
    wanted = (one for kinds in (SPANS, {"datetime"}, {"date"}) for one in told.values() if one.kind in kinds)
    return next(wanted, None)


def kind_of(layer: Layer, path: str) -> Kind:
    """Return the kind of a column or joined path."""
    model: Any = layer.model
    for part in path.split("__"):
        found = model._meta.get_field(part)
        model = found.related_model
    column = found.output_field if isinstance(found, GeneratedField) else found
    return next((kind for declared, kind in KINDS if isinstance(column, declared)), "json")


def moment(text: str) -> datetime:
    """Return an instant of ISO 8601; without an offset it is the city's own time."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=ZoneInfo(settings.TIME_ZONE))


def is_day(text: str) -> bool:
    """Whether a text of ISO 8601 says a day and no hour of it."""
    return "T" not in text.upper() and " " not in text and ":" not in text


def last_moment(text: str) -> datetime:
    """Return the last instant of what ISO 8601 says: of a day its end, else the instant."""
    if not is_day(text):
        return moment(text)
    return datetime.combine(date.fromisoformat(text), time.max, ZoneInfo(settings.TIME_ZONE))


def whole(text: str) -> int:
    """Return a whole number that a column can hold."""
    number = int(text) if len(text) < 20 and text.lstrip("-").isascii() else WHOLE
    if not -WHOLE < number < WHOLE:
        raise ValueError(text)
    return number


def finite(text: str) -> float:
    """Return a number that is one."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def truth(text: str) -> bool:
    """Return true or false."""
    return {"true": True, "false": False, "1": True, "0": False}.get(text) or _false(text)


def _false(text: str) -> bool:
    if text not in ("false", "0"):
        raise ValueError(text)
    return False


def words(text: str) -> str:
    """Return a text that PostgreSQL takes."""
    if len(text) > LONGEST or "\0" in text:
        raise ValueError(text)
    return text


_READERS: dict[str, Any] = {
    "string": words,
    "integer": whole,
    "number": finite,
    "boolean": truth,
    "date": date.fromisoformat,
    "datetime": moment,
}
_WANTED = {
    "string": (f"不超过 {LONGEST} 字的文字", f"a text of at most {LONGEST} characters"),
    "integer": ("整数", "a whole number"),
    "number": ("数字", "a number"),
    "boolean": (" true 或 false", "true or false"),
    "date": ("日期，例 2026-11-22", "a day, such as 2026-11-22"),
    "datetime": ("时刻，例 2026-11-22T07:00:00Z", "an instant, such as 2026-11-22T07:00:00Z"),
}
