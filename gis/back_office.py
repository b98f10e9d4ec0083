"""How the admin shows things on a map, records that are only closed, and logs that are only read.

Geometry is drawn on a Leaflet map, and the database's own refusals are shown at the form.
"""

from __future__ import annotations

from copy import copy
from typing import Any

from django.contrib import admin
from django.contrib.postgres.fields import DateRangeField
from django.db import DatabaseError, models, transaction
from django.db.backends.postgresql.psycopg_any import DateRange, DateTimeTZRange
from django.db.models.functions import Now
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone
from leaflet.admin import LeafletGeoAdmin

from gis.coded_forms import LISTS, CodeField, HoursField, PeriodField
from gis.coded_lists import CodedFilter, column
from gis.errors import sentence

PERIODS = {
    "valid": "第一天到最后一天，两天都算在内；最后一天不填：长期有效 (both days included; blank: no end)",
    "recorded": "从现在起；第二格不填，关闭记录时自动填写 (leave the second box blank)",
}


class _UndoneError(Exception):
    """Carries a trial save back out of its transaction."""


class TriedForm(ModelForm):
    """A form that tries the save first, so that triggers and constraints speak before anything is lost."""

    def _post_clean(self) -> None:
        super()._post_clean()
        if self.errors:
            return
        trial = copy(self.instance)
        trial._state = copy(self.instance._state)
        try:
            with transaction.atomic():
                trial.save()
                raise _UndoneError
        except _UndoneError:
            pass
        except DatabaseError as wrong:
            self.add_error(None, sentence(wrong))


class MapAdmin(LeafletGeoAdmin):
    """Base of the admins of mapped things: the provenance columns, a map in place of coordinates."""

    form = TriedForm
    list_per_page = 50
    list_filter: Any = ("source",)
    show_full_result_count = False
    map_width = "100%"
    map_height = "480px"

    def get_list_display(self, request: HttpRequest) -> Any:
        """Return the columns, codes and periods in words."""
        return [column(self.model, name) for name in self.list_display]

    def get_list_filter(self, request: HttpRequest) -> Any:
        """Return the filters, those of codes by their names."""
        coded = {name for model, name in LISTS if model == self.model._meta.model_name}
        return [(name, CodedFilter) if name in coded else name for name in self.list_filter]

    def formfield_for_dbfield(self, db_field: models.Field[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        """Return a choice of codes for coded columns, and a field that understands hours for schedules."""
        words: dict[str, Any] = {"label": db_field.verbose_name, "required": not db_field.blank}
        coded = LISTS.get((str(self.model._meta.model_name), db_field.name))
        if coded:
            return CodeField(coded, **words)
        if db_field.name == "hours":
            return HoursField(**words)
        return super().formfield_for_dbfield(db_field, request, **kwargs)


class RecordAdmin(MapAdmin):
    """Records are added and closed, never changed; closing is an action."""

    list_filter: Any = ()
    actions = ("close",)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """What nearly every new record says: it holds from today, and is known from now on."""
        now = timezone.localtime().replace(microsecond=0)
        begun = {"valid": DateRange(now.date(), None), "recorded": DateTimeTZRange(now, None)}
        return {**begun, **super().get_changeform_initial_data(request)}

    def formfield_for_dbfield(self, db_field: models.Field[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        """Return the field, and for a period what its two boxes mean."""
        if db_field.name in PERIODS:
            kwargs["help_text"] = PERIODS[db_field.name]
        if isinstance(db_field, DateRangeField):
            kwargs["form_class"] = PeriodField
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_fields(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        """Return the fields; of a record that is there, which is only read, codes and periods in words."""
        names = super().get_fields(request, obj)
        return names if obj is None else [column(self.model, name) for name in names]

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Closing is permitted to those who may change; the form itself stays closed."""
        return obj is None and super().has_change_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Nobody deletes a record."""
        return False

    @admin.action(description="关闭所选记录 (close the records)", permissions=["change"])
    def close(self, request: HttpRequest, rows: models.QuerySet[Any]) -> None:
        """Give the open ones among the chosen records their end: now."""
        end = models.Func(
            models.Func(models.F("recorded"), function="lower"),
            Now(),
            function="tstzrange",
            output_field=rows.model._meta.get_field("recorded"),
        )
        closed = rows.filter(recorded__endswith__isnull=True).update(recorded=end)
        self.message_user(request, f"已关闭 {closed} 条记录 (closed)")


class LogAdmin(admin.ModelAdmin):
    """Logs are read, not written."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody adds to a log by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Nobody changes a log."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Nobody shortens a log."""
        return False
