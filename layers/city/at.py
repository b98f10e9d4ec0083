"""All that holds at a place at a time: where it belongs, who answers for it, which rules run, what stands there.

Every part says from which register it is and since when it holds, or is named among those that are told as they are
now: of what has no history no other day is known. What has hours says whether they run at the instant. A part of a
layer that the asker may not see is not there at all. What is guarded (pipelines) is told for a named purpose only, and
the reading is kept. Three askings make an answer: what holds at the spot, what hangs on the street and the house found
there, and the words of all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.contrib.gis.db.models import GeometryField, PointField
from django.contrib.gis.geos import Point
from django.db.models import BigIntegerField, CharField, F, FloatField, Func, Q
from django.db.models.functions import Coalesce

from gis.covering import holding
from gis.models import Side
from gis.models.located import STORED
from gis.prepared import Given, Statement, ask, prepared
from gis.queries import NORTH, NORTH_EN, around, constant, foot
from layers import registry
from layers.city.nearby import places
from layers.facts import Found, Json, columns, number, told
from layers.inquiry import inquire
from layers.items import GONE, is_rule, state
from layers.layer import Layer, Rows
from layers.scope import Audience

if TYPE_CHECKING:
    from django.contrib.auth.models import User

STREET_M, DOOR_M, AROUND_M, PIPES_M = 60, 80, 50, 15
SOME = 20


@dataclass(frozen=True, slots=True)
class Spot:
    """A question: a point of degrees, an instant, who asks and, for what is guarded, by which account and what for."""

    point: Point
    at: datetime
    audience: Audience
    reader: User | None = None
    purpose: str = ""

    def rows(self, layer: Layer) -> Rows:
        """The layer's rows that hold on the day, whether or not they still do."""
        return rows_on(layer, self.audience, self.at.date())

    def opens(self, layer: Layer) -> bool:
        """Whether it may ask for the layer: for what is guarded with a purpose only."""
        return not layer.guarded or (bool(self.purpose.strip()) and self.reader is not None)


def rows_on(layer: Layer, audience: Audience, day: date) -> Rows:
    """The layer's rows that hold on a day, whether or not they still do."""
    rows, times = layer.rows_since(audience, day), layer.times
    held: Rows = rows.filter(**{f"{times}__contains": day}) if times else rows
    return held


def at(spot: Spot) -> Json:
    """Return what is on record for a spot; a part is None or empty where nothing is."""
    seen = {layer.id: layer for layer in registry.visible(spot.audience)}
    found = rows_of(spot, seen, [part for part in HELD if part.layer in seen and spot.opens(seen[part.layer])], spot)
    stand = Stand.at(spot.point, found)
    rows = rows_of(spot, seen, [part for part in HUNG if part.layer in seen and stand.has(part)], stand)
    rooms = floors(rows.pop("rooms", [])) if "rooms" in seen else None
    found = {name: [] for name in ("zoning",) if name in seen} | found | rows
    asked = {part.name: part for part in (*HELD, *HUNG)}
    several = [Found(seen[asked[name].layer], some, asked[name].more) for name, some in found.items()]
    facts = dict(zip(found, told(spot.audience, several), strict=True))
    for name, some in found.items():
        for fact, row in zip(facts[name], some, strict=True):
            fact |= running(seen[asked[name].layer], row, spot.at)
    answer: Json = {name: next(iter(some), None) if asked[name].first else some for name, some in facts.items()}
    if stand.segment:
        del answer["segment"]["geom"]
        answer["segment"] |= stand.words
    if stand.building and rooms is not None:
        answer["building"]["rooms"] = rooms
    if "pipes" in seen:
        answer["pipes"] = pipes_told(spot, seen["pipes"], facts.get("pipes"))
    parts = [name for name in ORDER if name in answer]
    asking = {"at": spot.at.isoformat(timespec="minutes"), "lon": spot.point.x, "lat": spot.point.y}
    asking["as_of_now"] = [name for name in parts if not seen[asked[name].layer].times]
    return asking | {name: answer[name] for name in parts}


def running(layer: Layer, row: Json, at: datetime) -> Json:
    """Whether the hours of a row run at an instant, until when, or when they begin next, and whether they are those of
    a ``rule``; nothing for what has none."""
    if "hours" not in row:
        return {}
    said = state(layer, row, at)
    return {"hours": {"now": said.pop("open"), **said, "rule": is_rule(row)}}


@dataclass(frozen=True, slots=True)
class Stand:
    """By which segment and in which building somebody stands, 0 for none: on its ``side`` at its ``metre``."""

    segment: int = 0
    building: int = 0
    metre: float = 0.0
    side: str = ""
    words: Mapping[str, Any] | None = None

    @classmethod
    def at(cls, point: Point, found: Mapping[str, list[Json]]) -> Stand:
        """Read it from the rows of a spot."""
        street, house = (next(iter(found.get(name, ())), None) for name in ("segment", "building"))
        building = house["pk"] if house else 0
        if street is None:
            return cls(building=building)
        where = foot(street["geom"], point, number(street["length_m"]))
        words = {
            "side": where.side,
            "side_title": f"{NORTH[where.way]}侧" if where.side else "",
            "side_title_en": f"{NORTH_EN[where.way]} side" if where.side else "",
            "metre": round(where.metre, 1),
            "metres": round(number(street["metres"]), 1),
        }
        return cls(street["pk"], building, words["metre"], where.side, words)

    def has(self, part: Part) -> bool:
        """Whether there is what a part hangs on."""
        return bool(self.segment if part.name == "zoning" else self.building)

    @property
    def sides(self) -> tuple[str, str]:
        """The sides of the street that are its own: one, or on its middle line both."""
        return (self.side, self.side) if self.side else (Side.LEFT, Side.RIGHT)


@dataclass(frozen=True, slots=True)
class Part:
    """What an answer tells of a layer: which rows, with which columns as they are, all or the first of them.

    ``bare`` are the columns where nothing else is told, and not in words.
    """

    name: str
    layer: str
    rows: Callable[[Layer, Audience, date], Rows]
    more: tuple[str, ...] = ()
    first: bool = False
    bare: tuple[str, ...] = ()


def rows_of(spot: Spot, seen: Mapping[str, Layer], parts: Sequence[Part], about: Spot | Stand) -> dict[str, list[Json]]:
    """Ask for the rows of some parts, all at once."""
    asked = [(_statement(part, seen[part.layer], spot.audience, spot.at.date()), about) for part in parts]
    return dict(zip((part.name for part in parts), ask(*asked), strict=True))


@lru_cache(maxsize=4096)
def _statement(part: Part, layer: Layer, audience: Audience, day: date) -> Statement:
    rows = part.rows(layer, audience, day)
    if part.bare:
        return prepared(rows.values(*part.bare))
    return prepared(rows.values(*columns(layer, audience, *part.more))[: 1 if part.first else SOME])


HERE = Given(lambda spot: spot.point, PointField(srid=STORED))


def areas(layer: Layer, audience: Audience, day: date) -> Rows:
    """The areas that hold the spot, the widest first."""
    return holding(rows_on(layer, audience, day), HERE).order_by("level")


def grid(layer: Layer, audience: Audience, day: date) -> Rows:
    """The grid that held the spot on that day, with its responsible person by right."""
    return holding(rows_on(layer, audience, day), HERE)


def segment(layer: Layer, audience: Audience, day: date) -> Rows:
    """The nearest segment."""
    return around(rows_on(layer, audience, day), HERE, STREET_M)


def zoning(layer: Layer, audience: Audience, day: date) -> Rows:
    """The zoning of the segment that holds at its metre and side on that day, whether or not its hours run."""
    street = Given(lambda stand: stand.segment, BigIntegerField())
    metre = Given(lambda stand: stand.metre, FloatField())
    here, there = (Given(read, CharField()) for read in (lambda stand: stand.sides[0], lambda stand: stand.sides[1]))
    rows = rows_on(layer, audience, day).filter(segment=street, from_m__lte=metre, to_m__gte=metre)
    return rows.filter(Q(side=Side.BOTH) | Q(side=here) | Q(side=there)).order_by("side", "from_m")


def fences(layer: Layer, audience: Audience, day: date) -> Rows:
    """The fences that hold the spot on that day, whether or not their hours run; one drawn as a line holds what is
    within half its width."""
    near = around(places(layer, audience, day), HERE, STREET_M)
    return near.filter(metres__lte=Coalesce(F("width_m"), 0.0) / 2).order_by("-priority", "pk")


def building(layer: Layer, audience: Audience, day: date) -> Rows:
    """The building at the spot."""
    return holding(rows_on(layer, audience, day), HERE)


def rooms(layer: Layer, audience: Audience, _day: date) -> Rows:
    """The rooms of the building."""
    house = Given(lambda stand: stand.building, BigIntegerField())
    rows: Rows = layer.rows_for(audience).filter(building=house).order_by("floor", "number")
    return rows


def floors(rows: list[Json]) -> list[Json]:
    """Return rooms, one entry a floor, the highest first."""
    by_floor: dict[int | None, list[Json]] = {}
    for row in rows:
        by_floor.setdefault(row["floor"], []).append(
            {"id": row["pk"], "number": row["number"], "unit": row["unit__name"] or "", **_origin(row)}
        )
    order = sorted(by_floor, key=lambda floor: -999 if floor is None else floor, reverse=True)
    return [{"floor": floor, "rooms": by_floor[floor]} for floor in order]


def _origin(row: Json) -> Json:
    surveyed = row["surveyed_at"]
    return {"source": row["source"], "surveyed_at": surveyed.isoformat() if surveyed else None}


def address(layer: Layer, audience: Audience, day: date) -> Rows:
    """The nearest doorplate, or the corner of two streets."""
    return around(rows_on(layer, audience, day), HERE, DOOR_M).exclude(doorplate="")


def facilities(layer: Layer, audience: Audience, day: date) -> Rows:
    """What stands around, the nearest first."""
    return around(rows_on(layer, audience, day), HERE, AROUND_M).exclude(state__in=GONE)


def pipes(layer: Layer, audience: Audience, day: date) -> Rows:
    """The pipes around with their depth beside the spot."""
    flat = Func(F("geom"), function="ST_Force2D", output_field=GeometryField(srid=STORED))
    share = Func(flat, constant(HERE), function="ST_LineLocatePoint", output_field=FloatField())
    depth = F("start_depth_m") + share * (F("end_depth_m") - F("start_depth_m"))
    near: Rows = around(rows_on(layer, audience, day), HERE, PIPES_M).annotate(depth_m=depth)
    return near


def pipes_told(spot: Spot, layer: Layer, found: list[Json] | None) -> Json:
    """Return the pipes, and keep that they were asked for; or that a purpose is needed."""
    if found is None:
        return {"needs": "purpose", "items": []}
    inquire(layer, spot.reader, spot.purpose, f"at {spot.point.x:.6f},{spot.point.y:.6f}", len(found))
    return {"items": found}


HELD = (
    Part("areas", "areas", areas),
    Part("grid", "grids", grid, first=True),
    Part("segment", "segments", segment, ("geom", "length_m", "metres"), first=True),
    Part("fences", "fences", fences),
    Part("building", "buildings", building, first=True),
    Part("address", "addresses", address, ("doorplate", "metres"), first=True),
    Part("facilities", "facilities", facilities, ("metres",)),
    Part("pipes", "pipes", pipes, ("metres", "depth_m")),
)
"""What holds at a spot."""
HUNG = (
    Part("zoning", "zoning", zoning),
    Part("rooms", "rooms", rooms, bare=("pk", "floor", "number", "unit__name", "source", "surveyed_at")),
)
"""What hangs on the segment and the building there."""
ORDER = ("areas", "grid", "segment", "zoning", "fences", "building", "address", "facilities", "pipes")
