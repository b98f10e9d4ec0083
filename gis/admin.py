"""The spatial model in the admin: geometry on a Leaflet map, the database's own refusals shown at the form."""

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
from gis.models import (
    Address,
    Area,
    Building,
    BuildingCode,
    Code,
    CodePattern,
    Facility,
    Fence,
    FenceVersion,
    Grid,
    ImportRun,
    Landuse,
    PipeFinding,
    PipeNode,
    PipeSegment,
    Road,
    RollReading,
    Room,
    Segment,
    SegmentHead,
    Unit,
    Water,
    Zoning,
)

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


class SegmentHeads(admin.TabularInline):
    """The five heads of a segment."""

    model = SegmentHead
    extra = 0
    max_num = 5


class BuildingCodes(admin.TabularInline):
    """The codes of a building, one a scheme."""

    model = BuildingCode
    extra = 0


class Units(admin.TabularInline):
    """The stairways of a building."""

    model = Unit
    extra = 0


@admin.register(Area)
class AreaAdmin(MapAdmin):
    """Administrative areas."""

    list_display = ("name", "level", "code", "parent", "started_on", "ended_on", "source")
    list_filter = ("level", "source")
    search_fields = ("name", "code")
    raw_id_fields = ("parent",)


@admin.register(Grid)
class GridAdmin(MapAdmin):
    """Unit grids and their people."""

    list_display = ("code", "name", "community", "person", "started_on", "ended_on")
    search_fields = ("code", "name", "person")
    raw_id_fields = ("community",)


@admin.register(Segment)
class SegmentAdmin(MapAdmin):
    """Street segments with their heads."""

    list_display = ("name", "code", "kind", "length_m", "source")
    search_fields = ("name", "code")
    raw_id_fields = ("road",)
    inlines = (SegmentHeads,)


@admin.register(Building)
class BuildingAdmin(MapAdmin):
    """Buildings with codes and stairways."""

    list_display = ("__str__", "use", "floors", "height_m", "source")
    search_fields = ("name", "address", "code")
    inlines = (BuildingCodes, Units)


@admin.register(Zoning)
class ZoningAdmin(RecordAdmin):
    """Zoning of segments, in both times."""

    list_display = ("segment", "side", "from_m", "to_m", "street_class", "zone", "valid", "recorded")
    autocomplete_fields = ("segment",)
    list_filter = ("zone", "street_class")


@admin.register(FenceVersion)
class FenceVersionAdmin(RecordAdmin):
    """Versions of fences, in both times."""

    list_display = ("name", "fence", "purpose", "state", "valid", "recorded")
    autocomplete_fields = ("fence",)
    search_fields = ("name", "fence__code")
    list_filter = ("state", "purpose")


@admin.register(Fence)
class FenceAdmin(admin.ModelAdmin):
    """Fences as lasting things."""

    list_display = ("code", "source")
    search_fields = ("code",)


@admin.register(Road, Landuse, Water)
class GroundAdmin(MapAdmin):
    """What the map is drawn on."""

    list_display = ("__str__", "kind", "source", "updated_at")
    search_fields = ("name",)


@admin.register(Room)
class RoomAdmin(MapAdmin):
    """Rooms; their rolls are not here."""

    list_display = ("number", "building", "unit", "floor", "use")
    search_fields = ("number", "code")
    raw_id_fields = ("building", "unit")


@admin.register(Address)
class AddressAdmin(MapAdmin):
    """Standard addresses."""

    list_display = ("doorplate", "name", "street", "score", "source")
    search_fields = ("doorplate", "name")
    raw_id_fields = ("building",)


@admin.register(Facility)
class FacilityAdmin(MapAdmin):
    """Components and services."""

    list_display = ("__str__", "kind", "code", "state", "source")
    list_filter = ("kind", "source")
    search_fields = ("name", "code", "address")


@admin.register(PipeNode)
class PipeNodeAdmin(MapAdmin):
    """Survey points of pipes."""

    list_display = ("code", "category", "feature", "appendage", "owner", "source")
    list_filter = ("category", "source")
    search_fields = ("code",)


@admin.register(PipeSegment)
class PipeSegmentAdmin(PipeNodeAdmin):
    """Pipes."""

    list_display = ("__str__", "category", "material", "diameter_mm", "owner", "source")
    raw_id_fields = ("start", "end")


@admin.register(PipeFinding)
class PipeFindingAdmin(MapAdmin):
    """Blocked points and hazards."""

    list_display = ("__str__", "kind", "severity", "state", "found_on")
    list_filter = ("kind", "state")
    raw_id_fields = ("segment",)


@admin.register(Code)
class CodeAdmin(admin.ModelAdmin):
    """Code lists by edition."""

    list_display = ("list", "edition", "code", "name", "symbol", "color")
    list_filter = ("list", "edition")
    search_fields = ("code", "name")


@admin.register(CodePattern)
class CodePatternAdmin(admin.ModelAdmin):
    """The forms codes take in this city."""

    list_display = ("scheme", "title", "pattern")


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


@admin.register(ImportRun)
class ImportRunAdmin(LogAdmin):
    """What was imported, when and with which result."""

    list_display = (
        "id", "at", "subject", "source", "file", "crs", "added", "changed", "unchanged", "refused", "by", "undone_at",
        "undone_by",
    )  # fmt: skip
    list_filter = ("subject", "source")


@admin.register(RollReading)
class RollReadingAdmin(LogAdmin):
    """Who read which roll and why."""

    list_display = ("at", "reader", "room", "purpose")
