"""The geocoder for an audience: what it may not see is not found, and a resident is never led to a room.

Which rows exist for it is said by the layers, compiled once for an audience and a day into a condition of the search.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from functools import lru_cache
from time import time

from django.contrib.gis.geos import Point
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.backends.postgresql.psycopg_any import mogrify

from gis.locate import index, plain
from gis.locate.answer import Answer, Candidate, Precision
from gis.locate.find import find
from gis.locate.gazetteer import Gazetteer
from gis.locate.meaning import count
from gis.locate.sources import SOURCES
from gis.locate.store import Store
from gis.models import Address, Area
from gis.queries import Pin
from gis.schedule import BEIJING
from layers import registry
from layers.scope import Audience

LONGEST = 200
FRESH_S = 60
ADDRESSES, ROOMS = "addresses", "rooms"


def locate(text: str, audience: Audience, limit: int = 5, near: Point | None = None) -> Answer:
    """Return where a line may be, as far as the audience may know; of places meant equally well the ``near`` one."""
    index.glance()
    answer = find(text[:LONGEST], store_of(audience, near), names(int(time() / FRESH_S)))
    answer = _to_the_room(answer, audience)
    return replace(answer, candidates=answer.candidates[:limit]) if len(answer.candidates) > limit else answer


def store_of(audience: Audience, near: Point | None = None) -> Store:
    """The index as an audience may see it today, and from where."""
    store = _store(audience, datetime.now(BEIJING).date())
    return replace(store, near=(near.x, near.y)) if near else store


@lru_cache(maxsize=256)
def _store(audience: Audience, day: date) -> Store:
    return Store(seen(audience, day), told_rooms(audience))


def told_rooms(audience: Audience) -> bool:
    """Whether an audience may be told the room of an address."""
    addresses = next((layer for layer in registry.visible(audience) if layer.id == ADDRESSES), None)
    return addresses is not None and any(field.name == "room" for field in addresses.fields_for(audience))


def _to_the_room(answer: Answer, audience: Audience) -> Answer:
    """Lead on from a door to the room in the register of rooms, for whom that layer exists."""
    room, found = answer.understood.room, answer.candidates
    if not room or not found or found[0].precision not in (Precision.NUMBER, Precision.BUILDING):
        return answer
    rooms = next((layer for layer in registry.visible(audience) if layer.id == ROOMS), None)
    building = _building(found[0]) if rooms else None
    if rooms is None or building is None:
        return answer
    rows = rooms.rows_for(audience).filter(building_id=building, number=room).annotate(pin=Pin("geom"))
    fitting = [row for row in rows if answer.understood.unit in ("", count(row.unit.name if row.unit else ""))]
    if len(fitting) != 1:
        return answer
    row, door = fitting[0], found[0]
    exact = replace(door, title=f"{door.title}{row.unit.name if row.unit else ''}{row.number}室", lon=row.pin.x,
                    lat=row.pin.y, precision=Precision.ROOM, layer=ROOMS, row=row.pk)  # fmt: skip
    return replace(answer, candidates=(exact, *found[1:]), unused=())


def _building(one: Candidate) -> int | None:
    if one.layer == "buildings":
        return one.row
    if one.layer != ADDRESSES:
        return None
    return Address.objects.filter(pk=one.row).values_list("building_id", flat=True).first()


def seen(audience: Audience, _day: date) -> str:
    """Which rows of the index exist for an audience, with its rights written out: they are the same in all questions.

    Rules of layers that go by the day are compiled anew each day.
    """
    conditions = []
    for layer in registry.visible(audience):
        if layer.id not in SOURCES or layer.guarded:  # what is guarded is found by nobody who only tries names
            continue
        try:
            rows = mogrify(*layer.rows_for(audience).values("pk").query.sql_with_params(), connection)
        except EmptyResultSet:
            continue
        conditions.append(
            f"(p.layer = '{layer.id}' AND EXISTS (SELECT FROM ({rows}) AS seen WHERE seen.pk = p.\"row\"))"
        )
    return " OR ".join(conditions).replace("%", "%%") or "false"


def areas_en(*areas: str) -> str:
    """Areas in English, the smaller first; nothing where one of them has none."""
    known = _in_english(int(time() / FRESH_S))
    told = [known.get(area, "") for area in reversed(areas) if area]
    return ", ".join(told) if all(told) else ""


@lru_cache(maxsize=2)
def _in_english(_now: int) -> dict[str, str]:
    """What areas are called in English by their names as the index has them, read once in ``FRESH_S``."""
    named = Area.objects.filter(ended_on=None).exclude(name_en="").values_list("name", "name_en")
    return {plain.name(name): name_en for name, name_en in named}


@lru_cache(maxsize=2)
def names(_now: int) -> Gazetteer:
    """The names of areas, read once in ``FRESH_S``."""
    return index.city()
