"""A word planted in every column and row that residents may not see: where it turns up, something leaks.

Columns are found, not listed: whatever a public layer does not show to residents is planted, so that a column that is
added tomorrow is watched from its first day.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

from django.apps import apps
from django.contrib.auth.models import Group, User
from django.db import DatabaseError, connection, models, transaction
from django.db.backends.postgresql.psycopg_any import DateRange, DateTimeTZRange
from django.utils import timezone

from gis.models import (
    Address,
    Area,
    Code,
    CodePattern,
    Facility,
    FenceState,
    FenceVersion,
    Grid,
    GridInspector,
    PipeFinding,
    Place,
    PlaceDue,
    PlaceName,
    Roll,
    Room,
    Segment,
    SegmentHead,
    Works,
    Zoning,
)
from layers import registry
from layers.models import Account
from layers.scope import RESIDENT
from tests.factories import dot, line, make, square

WORD = "CANARY"
PUBLIC_LISTS = (Code, CodePattern)
DERIVED = (Place, PlaceDue, PlaceName)
"""Made of the other tables by triggers and the gazetteer: what is planted there turns up here by itself."""
PAST = DateRange(date(2019, 1, 1), date(2020, 1, 1))
TEXT = (models.CharField, models.TextField)


def shown() -> dict[type[models.Model], set[str]]:
    """The columns of each table that a resident is shown through some layer."""
    found: dict[type[models.Model], set[str]] = defaultdict(set)
    for layer in registry.visible(RESIDENT):
        for field in layer.fields_for(RESIDENT):
            owner: Any = layer.model
            for part in field.name.split("__"):
                found[owner].add(part)
                owner = owner._meta.get_field(part).related_model
    # Of doorplates, in both languages; flats are planted row by row.
    found[Address] |= {"road", "road_en", "estate", "estate_en", "block", "unit", "room"}
    return found


def plant() -> set[str]:
    """Plant everywhere; return the columns planted as table.column. Hidden rows are added first, then columns."""
    add_rows()
    seen = shown()
    planted: set[str] = set()
    for app in ("spatial", "layers"):
        for model in apps.get_app_config(app).get_models():
            if model not in (*PUBLIC_LISTS, *DERIVED) and model._meta.managed:
                planted |= set(plant_columns(model, seen.get(model, set())))
    return planted


def plant_columns(model: type[models.Model], seen: set[str]) -> list[str]:
    """Overwrite every text column of a table that nobody may see, in all rows; tables that forbid it are left."""
    wanted = {
        str(field.column): field.max_length or 99
        for field in model._meta.concrete_fields
        if field.name not in seen
        and isinstance(field, TEXT)
        and not (field.generated or field.choices or field.is_relation)
        and (field.max_length or 99) > len(WORD) + 12
    }
    table = model._meta.db_table
    if not wanted or overwrite(table, wanted):
        return [f"{table}.{column}" for column in wanted]
    return [f"{table}.{column}" for column, length in wanted.items() if overwrite(table, {column: length})]


def overwrite(table: str, columns: dict[str, int]) -> bool:
    """Write the word into columns of all rows, each with its number; False where a trigger or a check forbids it."""
    said = ", ".join(f"\"{name}\" = left('{WORD}-' || id || '-{name}', {length})" for name, length in columns.items())
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f'UPDATE "{table}" SET {said}')
    except DatabaseError:
        return False
    return True


def add_rows() -> None:
    """One row of everything that residents may not see, with the word where they would see it."""
    Facility.objects.filter(kind="camera").update(name=f"{WORD}-camera", address=f"{WORD}-camera")
    make(Facility, kind="camera", name=f"{WORD}-camera", address=f"{WORD}-camera")
    Facility.objects.update(extra={"keeper": f"{WORD}-keeper", "free": 1})
    make(Address, road=f"{WORD}-road", number="1", unit=f"{WORD}", room=f"{WORD}", name=f"{WORD}-flat")
    flats = Address.objects.exclude(unit="", room="")
    flats.update(name=f"{WORD}-flat", number=f"{WORD}-number", estate=f"{WORD}-estate", unit=WORD, room=WORD)
    flats.update(name_en=f"{WORD}-flat", road_en=f"{WORD}-road", estate_en=f"{WORD}-estate")
    make(Works, name=f"{WORD}-cancelled", state="cancelled", detour=WORD, road=WORD, builder=WORD)
    make(Works, name=f"{WORD}-over", state="finished", period=PAST, detour=WORD)
    for state in (FenceState.DRAFT, FenceState.REVIEW):
        make(FenceVersion, name=f"{WORD}-{state}", state=state, clause=WORD, scenes=[WORD], priority=99)
    make(FenceVersion, name=f"{WORD}-past", valid=PAST)
    make(Grid, code="990199001001999", name=f"{WORD}-ended", ended_on=date(2020, 1, 1), started_on=date(2019, 1, 1),
         person=WORD, geom=square(121.6, 31.4))  # fmt: skip
    make(Area, name=f"{WORD}-ended", ended_on=date(2020, 1, 1), geom=square(121.6, 31.4))
    segment = make(Segment, name="云汀试验路", geom=line(121.61, 31.41))
    make(Zoning, segment=segment, basis=f"{WORD}-past", valid=PAST)
    closed = DateTimeTZRange(timezone.now().replace(year=2020), timezone.now().replace(year=2021))
    make(Zoning, segment=segment, basis=f"{WORD}-corrected", recorded=closed)
    SegmentHead.objects.create(segment=segment, level=1, title=WORD, name=WORD, phone=WORD)
    GridInspector.objects.create(grid=Grid.objects.first(), name=WORD, phone=WORD)
    room = make(Room, number=WORD)
    Roll.objects.create(room=room, name=WORD, identity=f"{WORD}-identity", phone=f"{WORD}-phone")
    make(PipeFinding, note=WORD, geom=dot())
    officer = User.objects.create_user(f"{WORD}-officer", password="long-and-odd-1", first_name=WORD)
    officer.groups.add(Group.objects.get_or_create(name="admin")[0])
    Account.objects.create(user=officer, area=None)
