"""The spatial model in the admin: what its lists show, and by what they are searched."""

from __future__ import annotations

from django.contrib import admin

from gis.back_office import LogAdmin, MapAdmin, RecordAdmin
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
