"""What comes in no file of ours: records of zonings and fences that were corrected or ended before the town was
imported, codes and rolls, written beside what its files brought. Every function answers how many rows it made; a row
that is there stays as it is."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_FLOOR, Decimal

from django.contrib.gis.geos import GEOSGeometry
from django.db.backends.postgresql.psycopg_any import DateRange, DateTimeTZRange

from data.town.english import english
from data.town.fences import Storied, Version
from data.town.plane import on_earth
from data.town.rules import ROLL, Zone
from gis.models import (
    Building,
    BuildingCode,
    Fence,
    FenceVersion,
    Roll,
    Room,
    Segment,
    Zoning,
)
from gis.models.located import STORED


def put_zonings(rows: Iterable[Zone], source: str) -> int:
    """Tell what was on record, and no longer is, of the segments that have no such past yet: a file says what holds and
    when, not what was once believed."""
    past = Segment.objects.filter(zonings__recorded__endswith__isnull=False)
    free = {segment.code: segment for segment in Segment.objects.filter(source=source).exclude(pk__in=past)}
    made = [zoning(row, free[row.segment]) for row in rows if row.closed and row.segment in free]
    return len(Zoning.objects.bulk_create(made, batch_size=500))


def zoning(row: Zone, segment: Segment) -> Zoning:
    """One zoning over its share of the length of its segment."""
    length = Decimal(segment.length_m)
    start, end = ((length * Decimal(share)).quantize(Decimal("0.01"), ROUND_FLOOR) for share in (row.start, row.end))
    return Zoning(
        segment=segment, side=row.side, from_m=start, to_m=end, street_class=row.street_class, zone=row.zone,
        hours=row.hours, basis=row.basis, valid=DateRange(row.since, row.until),
        recorded=DateTimeTZRange(row.recorded, row.closed),
    )  # fmt: skip


def put_fences(rows: Iterable[Storied], source: str) -> int:
    """Tell the past of fences whose code nobody bears yet."""
    known = set(Fence.objects.values_list("code", flat=True))
    told = [row for row in rows if row.code not in known]
    for row in told:
        fence = Fence.objects.create(source=source, source_id=row.code, code=row.code)
        FenceVersion.objects.bulk_create(version(fence, row, state) for state in row.versions)
    return len(told)


def version(fence: Fence, row: Storied, state: Version) -> FenceVersion:
    """One version of a fence, on the earth."""
    return FenceVersion(
        fence=fence, name=row.name, name_en=english(row.name), purpose=row.purpose, state=state.state,
        width_m=state.width_m, hours=state.hours, clause="示例条例第三十条(虚构)",
        valid=DateRange(state.since, state.until), recorded=DateTimeTZRange(state.recorded, state.closed),
        geom=GEOSGeometry(on_earth(state.shape).wkb_hex, srid=STORED),
    )  # fmt: skip


def put_codes(codes: set[str], source: str) -> int:
    """Give the buildings with these codes their code in the 19-digit scheme."""
    bare = Building.objects.filter(source=source, code__in=codes, codes__isnull=True).order_by("code")
    made = [BuildingCode(building=building, scheme="sz-building", code=building.code) for building in bare]
    return len(BuildingCode.objects.bulk_create(made))


def put_rolls(code: str, source: str) -> int:
    """Register the invented people in one building, unless someone lives there already."""
    rooms = Room.objects.filter(source=source, building__code=code)
    if Roll.objects.filter(room__in=rooms).exists():
        return 0
    for unit, number, name, identity, phone, relation in ROLL:
        room = rooms.get(unit__name=unit, number=number)
        Roll.objects.create(room=room, name=name, identity=identity, phone=phone, relation=relation)
    return len(ROLL)
