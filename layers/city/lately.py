"""What changed lately that a resident would notice: works, markets and bans, zonings, things out of order.

Told from the dates that the records themselves bear, never from the day on which a file was read again. That a facility
was added is not told: no register says when.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.contrib.gis.db.models import Union
from django.contrib.gis.geos import GEOSGeometry, Point
from django.db.models import Q

from gis.models import Code, FenceState, Zone
from gis.queries import Box, Pin, around, inside, stretch
from gis.vending import ALLOW
from layers import registry
from layers.city.here import ZONES_EN
from layers.features import DIGITS
from layers.layer import Layer, Rows
from layers.scope import Audience

AHEAD = timedelta(days=14)
NEAR_M = 200
BESIDE_M = 30
STREET_M = 5000  # pieces of one name farther away are another street
AREAS = ("areas", "grids")
MOST = 2000
"""Rows of a layer looked at for one answer."""
BROKEN = {
    "damaged": ("设施损坏", "Out of order"),
    "abandoned": ("设施停用", "Given up"),
    "removed": ("设施拆除", "Removed"),
    "missing": ("设施缺失", "Missing"),
}
BEGIN = {"closed": ("道路封闭", "Road closed"), "half": ("半幅封闭", "One side closed")}

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Window:
    """From which day to which, and where: in a box, around a point, or a shape (EPSG:3857)."""

    first: date
    today: date
    box: Box | None = None
    point: Point | None = None
    reach: float = NEAR_M
    along: GEOSGeometry | None = None

    @property
    def last(self) -> date:
        """The last day told of: works are announced before they begin."""
        return self.today + AHEAD

    def holds(self, day: date | None, ahead: bool = False) -> bool:
        """Whether an event of that day is told."""
        return day is not None and self.first <= day <= (self.last if ahead else self.today)

    def rows(self, rows: Rows) -> Rows:
        """Those of the rows that lie where the window looks."""
        if self.box:
            rows = inside(rows, self.box)
        if self.along is not None:
            return rows.filter(shape__intersects=self.along)
        return around(rows, self.point, self.reach) if self.point else rows


def around_place(found: Json, audience: Audience, first: date, today: date) -> Window:
    """Return the window on a place that ``places.place`` found: an area itself, a street with all pieces of its name
    and both its sides, ``NEAR_M`` around anything else."""
    layer = registry.get(found["layer"], audience)
    row = layer.rows_for(audience).get(pk=found["id"])
    if layer.id in AREAS:
        return Window(first, today, along=row.shape)
    if layer.style.kind == "line":
        name = getattr(row, layer.name, "") if "__" not in layer.name else ""
        pieces = layer.rows_for(audience).filter(**{layer.name: name}) if name else layer.rows_for(audience)
        near = around(pieces, _point(found), STREET_M) if name else pieces.filter(pk=row.pk)
        whole = near.aggregate(all=Union("shape"))["all"]
        return Window(first, today, along=whole.buffer(BESIDE_M * stretch(found["lat"])))
    return Window(first, today, point=_point(found))


def _point(found: Json) -> Point:
    return Point(found["lon"], found["lat"], srid=4490)


def changes(window: Window, audience: Audience, limit: int = 50) -> list[Json]:
    """Return the events of a window, the latest day first."""
    events = [event for tell in (works, fences, zonings, facilities) for event in tell(window, audience)]
    events.sort(key=lambda event: (event["on"], event["layer"], event["id"]), reverse=True)
    return events[:limit]


def _told(rows: Rows, window: Window, *names: str) -> list[Json]:
    return list(window.rows(rows).annotate(pin=Pin("geom")).values("pk", "pin", *names)[:MOST])


def _event(layer: Layer, row: Json, on: date, what: tuple[str, str], title: str, title_en: str) -> Json:
    return {
        "on": on.isoformat(),
        "what": what[0],
        "what_en": what[1],
        "layer": layer.id,
        "id": row["pk"],
        "title": title,
        "title_en": title_en,
        "lon": round(row["pin"].x, DIGITS),
        "lat": round(row["pin"].y, DIGITS),
    }


def works(window: Window, audience: Audience) -> Iterator[Json]:
    """Works that began, that will soon, and that ended."""
    layer = registry.get("works", audience)
    rows = layer.rows_since(audience, window.first - timedelta(days=1)).exclude(state="cancelled")
    for row in _told(rows, window, "name", "name_en", "effect", "state", "period"):
        first, after = row["period"].lower, row["period"].upper
        zh, en = BEGIN.get(row["effect"], ("占道施工", "Road works"))
        named = row["name"], row["name_en"]
        if window.holds(first, ahead=True):
            soon = first > window.today
            yield _event(layer, row, first, (f"即将{zh}", f"{en} soon") if soon else (zh, en), *named)
        if window.holds(after):
            over = ("恢复通行", "Open again") if row["effect"] in BEGIN else ("施工结束", "Works over")
            yield _event(layer, row, after, over, *named)


def fences(window: Window, audience: Audience) -> Iterator[Json]:
    """Fences that came into force, were changed, or ended."""
    layer = registry.get("fences", audience)
    rows = layer.rows_since(audience, window.first - timedelta(days=1))
    names = ("fence_id", "name", "name_en", "purpose", "valid", "state")
    told = _told(rows.filter(state=FenceState.PUBLISHED), window, *names)
    follow = {(row["fence_id"], row["valid"].upper) for row in told}
    begun = {(row["fence_id"], row["valid"].lower) for row in told}
    named = _purposes()
    for row in told:
        zh, en = named.get(row["purpose"], ("电子围栏", "fence"))
        first, after = row["valid"].lower, row["valid"].upper
        if window.holds(first):
            kept = (row["fence_id"], first) in follow
            new = "新开" if row["purpose"] in ALLOW else "新设"
            told_of = (f"{zh}调整", f"{en} changed") if kept else (f"{new}{zh}", f"New {en}")
            yield _event(layer, row, first, told_of, row["name"], row["name_en"])
        if window.holds(after) and (row["fence_id"], after) not in begun:
            yield _event(layer, row, after, (f"{zh}撤销", f"{en} ended"), row["name"], row["name_en"])


def _purposes() -> dict[str, tuple[str, str]]:
    entries = Code.objects.filter(list="fence-purpose").order_by("edition")
    return {entry.code: (entry.name, entry.name_en.lower()) for entry in entries}


def zonings(window: Window, audience: Audience) -> Iterator[Json]:
    """Zonings that came into force: changed where another held until that day, else new."""
    layer = registry.get("zoning", audience)
    rows = layer.rows_since(audience, window.first - timedelta(days=1)).filter(
        Q(valid__startswith__gte=window.first) | Q(valid__endswith__isnull=False)
    )
    told = _told(rows, window, "segment_id", "segment__name", "segment__name_en", "valid", "zone")
    ended = {(row["segment_id"], row["valid"].upper) for row in told}
    both: set[tuple[Any, ...]] = set()  # what holds on both sides of a street is said once
    for row in told:
        first, same = row["valid"].lower, (row["segment_id"], row["valid"].lower, row["zone"])
        if window.holds(first) and same not in both:
            both.add(same)
            zone, zone_en = str(Zone(row["zone"]).label), ZONES_EN[row["zone"]]
            what = (f"分区调整为{zone}", f"Zoning changed to {zone_en}") if same[:2] in ended else (
                f"新划{zone}", f"New {zone_en}")  # fmt: skip
            named = (row["segment__name"], row["segment__name_en"]) if row["segment__name"] else (
                layer.title, layer.title_en)  # fmt: skip
            yield _event(layer, row, first, what, *named)


def facilities(window: Window, audience: Audience) -> Iterator[Json]:
    """Facilities that a survey of these days found out of order."""
    layer = registry.get("facilities", audience)
    days = (window.first, window.today)
    rows = layer.rows_for(audience).filter(state__in=BROKEN, surveyed_at__range=days)
    names = {code: (zh, en) for code, zh, en in Code.objects.filter(list="facility-kind").order_by("edition")
             .values_list("code", "name", "name_en")}  # fmt: skip
    for row in _told(rows, window, "name", "name_en", "kind", "state", "surveyed_at"):
        named = (row["name"], row["name_en"]) if row["name"] else names.get(row["kind"], (layer.title, layer.title_en))
        yield _event(layer, row, row["surveyed_at"], BROKEN[row["state"]], *named)
