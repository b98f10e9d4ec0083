"""All that holds at a place at a time: where it belongs, who answers for it, which rules run, what stands there.

Every part says from which register it is and since when it holds. A part of a layer that the asker may not see is not
there at all. What is guarded (pipelines) is told for a named purpose only, and the reading is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib.gis.db.models import GeometryField
from django.contrib.gis.geos import Point
from django.db.models import F, FloatField, Func
from django.db.models.functions import Coalesce

from gis.covering import holding
from gis.models import Side
from gis.models.located import STORED
from gis.queries import NORTH, NORTH_EN, Foot, around, constant, foot
from layers import registry
from layers.city.nearby import places
from layers.facts import Json, facts
from layers.inquiry import inquire
from layers.items import GONE
from layers.layer import Layer, Rows, reaches
from layers.scope import Audience

if TYPE_CHECKING:
    from django.contrib.auth.models import User

STREET_M, DOOR_M, AROUND_M, PIPES_M = 60, 80, 50, 15
SOME = 20
TIMES = ("valid", "period")
"""The days on which a row holds, as a table calls them."""


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
        day = self.at.date()
        rows = layer.rows_since(self.audience, day)
        times = next((name for name in TIMES if layer.past and reaches(layer.model, name)), "")
        held: Rows = rows.filter(**{f"{times}__contains": day}) if times else rows
        return held

    def told(self, layer: Layer, rows: Rows, *more: str) -> list[Json]:
        """The first rows in words, with ``more`` columns as they are."""
        return facts(layer, self.audience, rows[:SOME], *more)


def at(spot: Spot) -> Json:
    """Return what is on record for a spot; a part is None or empty where nothing is."""
    answer: Json = {"at": spot.at.isoformat(timespec="minutes"), "lon": spot.point.x, "lat": spot.point.y}
    for layer in registry.visible(spot.audience):
        if layer.id in PARTS:
            name, part = PARTS[layer.id]
            answer[name] = part(spot, layer)
    if answer.get("segment") and "zoning" in answer:
        answer["zoning"] = zoning(spot, answer["segment"])
    return dict(sorted(answer.items(), key=lambda one: ORDER.index(one[0])))


def areas(spot: Spot, layer: Layer) -> list[Json]:
    """Return the areas that hold the spot, the widest first."""
    return spot.told(layer, holding(spot.rows(layer), spot.point).order_by("level"))


def grid(spot: Spot, layer: Layer) -> Json | None:
    """Return the grid that held the spot on that day, with its responsible person by right."""
    day = spot.at.date()
    held = holding(spot.rows(layer), spot.point).exclude(started_on__gt=day).exclude(ended_on__lte=day)
    return next(iter(spot.told(layer, held)), None)


def segment(spot: Spot, layer: Layer) -> Json | None:
    """Return the nearest segment, on which side of it the spot lies and at which metre."""
    near = around(spot.rows(layer), spot.point, STREET_M)[:1]
    told = next(iter(spot.told(layer, near, "geom", "length_m", "metres")), None)
    if told is None:
        return None
    return told | beside(foot(told.pop("geom"), spot.point, told["length_m"]), told["metres"])


def beside(where: Foot, metres: float) -> Json:
    """Return the place of a foot in words."""
    return {
        "side": where.side,
        "side_title": f"{NORTH[where.way]}侧" if where.side else "",
        "side_title_en": f"{NORTH_EN[where.way]} side" if where.side else "",
        "metre": round(where.metre, 1),
        "metres": round(metres, 1),
    }


def zoning(spot: Spot, street: Json) -> list[Json]:
    """Return the zoning of the segment that runs at its metre and side on that day."""
    layer = registry.get("zoning", spot.audience)
    rows = spot.rows(layer).filter(segment=street["id"], from_m__lte=street["metre"], to_m__gte=street["metre"])
    if street["side"]:
        rows = rows.filter(side__in=(street["side"], Side.BOTH))
    return spot.told(layer, rows.order_by("side", "from_m"))


def fences(spot: Spot, layer: Layer) -> list[Json]:
    """Return the fences in force that hold the spot; one drawn as a line holds what is within half its width."""
    near = around(places(layer, spot.audience, spot.at.date()), spot.point, STREET_M)
    held = near.filter(metres__lte=Coalesce(F("width_m"), 0.0) / 2)
    return spot.told(layer, held.order_by("-priority", "pk"))


def building(spot: Spot, layer: Layer) -> Json | None:
    """Return the building at the spot, with its rooms by floor for those who may see them."""
    told = next(iter(spot.told(layer, holding(spot.rows(layer), spot.point))), None)
    rooms = next((each for each in registry.visible(spot.audience) if each.id == "rooms"), None)
    return told | {"rooms": floors(rooms, told["id"], spot.audience)} if told and rooms else told


def floors(layer: Layer, building_id: int, audience: Audience) -> list[Json]:
    """Return the rooms of a building, one entry a floor, the highest first."""
    rows = layer.rows_for(audience).filter(building=building_id).order_by("floor", "number")
    by_floor: dict[int | None, list[Json]] = {}
    for row in rows.values("pk", "floor", "number", "unit__name"):
        by_floor.setdefault(row["floor"], []).append(
            {"id": row["pk"], "number": row["number"], "unit": row["unit__name"] or ""}
        )
    order = sorted(by_floor, key=lambda floor: -999 if floor is None else floor, reverse=True)
    return [{"floor": floor, "rooms": by_floor[floor]} for floor in order]


def address(spot: Spot, layer: Layer) -> Json | None:
    """Return the nearest doorplate."""
    near = around(spot.rows(layer), spot.point, DOOR_M).exclude(doorplate="")
    return next(iter(spot.told(layer, near[:1], "doorplate", "metres")), None)


def facilities(spot: Spot, layer: Layer) -> list[Json]:
    """Return what stands around, the nearest first."""
    near = around(spot.rows(layer), spot.point, AROUND_M).exclude(state__in=GONE)
    return spot.told(layer, near, "metres")


def pipes(spot: Spot, layer: Layer) -> Json:
    """Return the pipes around with their depth beside the spot, and keep that they were asked for."""
    if not spot.purpose.strip() or spot.reader is None:
        return {"needs": "purpose", "items": []}
    flat = Func(F("geom"), function="ST_Force2D", output_field=GeometryField(srid=STORED))
    share = Func(flat, constant(spot.point), function="ST_LineLocatePoint", output_field=FloatField())
    depth = F("start_depth_m") + share * (F("end_depth_m") - F("start_depth_m"))
    near = around(spot.rows(layer), spot.point, PIPES_M).annotate(depth_m=depth)
    found = spot.told(layer, near, "metres", "depth_m")
    question = f"at {spot.point.x:.6f},{spot.point.y:.6f}"
    inquire(layer, spot.reader, spot.purpose, question, len(found))
    return {"items": found}


Part = Callable[[Spot, Layer], Any]
PARTS: dict[str, tuple[str, Part]] = {
    "areas": ("areas", areas),
    "grids": ("grid", grid),
    "segments": ("segment", segment),
    "zoning": ("zoning", lambda *_: []),
    "fences": ("fences", fences),
    "buildings": ("building", building),
    "addresses": ("address", address),
    "facilities": ("facilities", facilities),
    "pipes": ("pipes", pipes),
}
ORDER = ("at", "lon", "lat", *(name for name, _ in PARTS.values()))
