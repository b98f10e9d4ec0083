"""What a person would say who stands there: the street, the door, which side of it and how many metres."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from django.contrib.gis.geos import Point
from django.utils.timezone import localdate

from gis.models import Area, Level
from gis.models.addresses import CORNER
from gis.queries import NORTH, NORTH_EN, Pin, around
from layers import registry
from layers.scope import Audience

AT_DOOR_M, DOOR_M, STREET_M, CROSSING_M = 12.0, 80.0, 300.0, 40.0
NOTHING = "此处没有登记的地址", "no address is on record here"
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Near:
    """A thing beside a point: its names, metres, and in which eighth of the compass the point lies from it."""

    layer: str
    id: int
    title: str
    title_en: str
    metres: float
    way: int

    @property
    def in_english(self) -> str:
        """Its name in English, or as it stands on the sign where nobody gave it one."""
        return self.title_en or self.title

    @property
    def told(self) -> Json:
        """As an answer names it."""
        return {"layer": self.layer, "id": self.id, "title": self.title, "title_en": self.title_en,
                "metres": round(self.metres), "way": NORTH[self.way], "way_en": NORTH_EN[self.way]}  # fmt: skip


def reverse(point: Point, audience: Audience) -> Json:
    """Return the sentence for a point (EPSG:4490) in two languages, and what it is made of."""
    door = next(iter(_near("addresses", "doorplate", point, audience, DOOR_M)), None)
    streets = _near("roads", "name", point, audience, STREET_M)
    house = _inside(point, audience)
    where, where_en, precision = _sentence(door, streets, house)
    areas = _areas(point)
    return {
        "lon": point.x,
        "lat": point.y,
        "sentence": "".join([*(zh for zh, _ in areas), where]) or NOTHING[0],
        "sentence_en": ", ".join(filter(None, (where_en, *(en or zh for zh, en in reversed(areas))))) or NOTHING[1],
        "precision": precision if where else "area" if areas else "",
        "door": door and door.told,
        "street": streets[0].told if streets else None,
        "building": house and house.told,
        "areas": [zh for zh, _ in areas],
        "areas_en": [en for _, en in areas],
    }


def _sentence(door: Near | None, streets: list[Near], house: Near | None) -> tuple[str, str, str]:
    """The words and how exact they are; a building's name follows its door."""
    if house:
        if door is None or door.metres > 40:
            return house.title, house.in_english, "building"
        if house.title in door.title:
            return house.title, house.title_en or door.in_english, "building"
        return door.title + house.title, f"{house.in_english}, {door.in_english}", "building"
    if door and door.metres <= AT_DOOR_M:
        return door.title, door.in_english, "number"
    if len(streets) > 1 and streets[1].metres <= CROSSING_M:
        one, other = streets[:2]
        en = f"corner of {one.in_english} and {other.in_english}"
        return f"{one.title}与{other.title}路口", en, "crossing"
    if beside := door or (streets[0] if streets else None):
        zh = f"{beside.title}{NORTH[beside.way]}侧约{_round(beside.metres)}米"
        en = f"about {_round(beside.metres)} m {NORTH_EN[beside.way]} of {beside.in_english}"
        return zh, en, "number" if door else "road"
    return "", "", ""


def _round(metres: float) -> int:
    """As people estimate: to five metres, from a hundred on to ten."""
    step = 5 if metres < 100 else 10
    return max(step, round(metres / step) * step)


def _near(layer_id: str, column: str, point: Point, audience: Audience, reach: float) -> list[Near]:
    """The things with a name within reach, each name once, the nearest first."""
    layer = next((layer for layer in registry.visible(audience) if layer.id == layer_id), None)
    if layer is None:
        return []
    rows = around(layer.rows_for(audience), point, reach).exclude(**{column: ""})
    rows = rows.exclude(CORNER) if layer_id == "addresses" else rows
    found: dict[str, Near] = {}
    for row in rows.values("pk", column, layer.name_en, "metres", "geom")[:8]:
        names = row[column], row[layer.name_en]
        found.setdefault(names[0], Near(layer_id, row["pk"], *names, row["metres"], _way(row["geom"], point)))
    return list(found.values())


def _way(thing: Any, point: Point) -> int:
    """In which eighth of the compass a point lies from the nearest spot of a thing, 0 north, 2 east."""
    spot = thing if thing.geom_type == "Point" else thing.interpolate(thing.project(point))
    east = (point.x - spot.x) * math.cos(math.radians(point.y))
    return round(math.degrees(math.atan2(east, point.y - spot.y)) / 45) % 8


def _inside(point: Point, audience: Audience) -> Near | None:
    """The building with a name in which the point lies."""
    layer = next((layer for layer in registry.visible(audience) if layer.id == "buildings"), None)
    if layer is None:
        return None
    rows = around(layer.rows_for(audience), point, 0.5).exclude(name="").annotate(pin=Pin("geom"))
    row = rows.values("pk", "name", "name_en", "metres").first()
    return row and Near("buildings", row["pk"], row["name"], row["name_en"], row["metres"], 0)


def _areas(point: Point) -> list[tuple[str, str]]:
    """District and street office, in Chinese and in English."""
    levels = (Level.DISTRICT, Level.STREET)
    rows = Area.objects.filter(level__in=levels, shape__isnull=False, valid__contains=localdate())
    return list(around(rows, point, 0.5).order_by("level").values_list("name", "name_en")[:2])
