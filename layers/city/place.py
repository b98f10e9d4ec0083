"""What the page of a place says beyond its card: the rules now, who answers for it, what held before, what is by."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.gis.db.models.functions import Intersection
from django.contrib.gis.geos import Point
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import F, Q
from django.utils.timezone import localdate

from gis.models import FenceState, Side, Zone
from gis.queries import NORTH, NORTH_EN, listed, on_day, on_map
from gis.schedule import Schedule
from layers import registry
from layers.city.heads import carded
from layers.city.here import ZONES_EN, beside, covering
from layers.city.nearby import FENCES, places
from layers.city.neighbours import neighbours
from layers.features import card, code_names, in_english, period
from layers.hours import schedule, standing
from layers.items import columns, items
from layers.layer import Layer, Rows
from layers.onward import name_of, onward
from layers.places import left
from layers.scope import Audience

AREAS, GRIDS, SEGMENTS, ZONING = "areas", "grids", "segments", "zoning"
KEPT = (AREAS, GRIDS, SEGMENTS, ZONING, FENCES)
"""Of which former states are kept, or of segments former rules."""
SMALL = ("buildings", "rooms")
"""Surfaces of which one point tells what holds; so do points."""
MOST = 20
TOUCHING = 0.01
"""Of a grid's ground: less in common with another is a border drawn twice."""
SIDES_EN = {Side.LEFT: "left side", Side.RIGHT: "right side", Side.BOTH: "both sides"}
TIMES = ("until", "until_en", "opens", "opens_en", "hours", "hours_en")

Json = dict[str, Any]


def about(layer: Layer, audience: Audience, pk: int, at: datetime) -> Json:
    """Return the card with where it leads on to, and ``rules``, ``person``, ``history``, ``neighbours``, each by right.

    ``as_of_now``: but for former codes only the present state is kept, so that history says no more.

    Raises ``NotFound`` when the place is not theirs.
    """
    said = carded(card(layer, audience, pk), audience)
    row = layer.rows_for(audience).get(pk=pk)
    point = Point(said["lon"], said["lat"], srid=4490)
    held = rules(layer, row, point, audience, at)
    return {
        **said,
        **onward(layer, audience, said, at),
        "rules": held[:MOST],
        "more_rules": len(held) > MOST,
        "person": person(layer, row, point, audience),
        "history": [*history(layer, row, audience), *_codes_left(layer, audience, pk)],
        "as_of_now": layer.id not in KEPT,
        "neighbours": neighbours(layer, row, point, audience, at),
    }


def rules(layer: Layer, row: Any, point: Point, audience: Audience, at: datetime) -> list[Json]:
    """Return the fences and zonings of that day where the place is; ``now`` says whether their hours run."""
    if layer.style.kind == "point" or layer.id in SMALL:
        zoning = beside(point, at, audience)
        zoned = _based([_zoned(zoning, at)] if zoning else [])
        return [*map(_fence, covering(point, at, audience)[0]), *zoned]
    held = places(registry.get(FENCES, audience), audience, at.date()).filter(shape__intersects=row.shape)
    others = held.exclude(pk=row.pk) if layer.id == FENCES else held
    return [*_fences(others, audience, at), *_based(_zonings(layer, row, audience, at))]


def _based(rules: list[Json]) -> list[Json]:
    """The rules with what they are based on in English."""
    told = in_english([rule["basis"] for rule in rules])
    return [{**rule, "basis_en": en} for rule, en in zip(rules, told, strict=True)]


def _fences(rows: Rows, audience: Audience, at: datetime) -> list[Json]:
    layer = registry.get(FENCES, audience)
    found, _ = listed(rows.order_by(*layer.order), columns(layer, audience), MOST + 1)
    return [_fence(line) for line in items(layer, audience, found, at)]


def _fence(line: Json) -> Json:
    name = name_of(registry.get(FENCES, Audience()), {"fence__code": line["code"], "pk": line["id"]})
    return {
        "layer": FENCES,
        "title": line["title"],
        "title_en": line["title_en"],
        "what": line["kind_title"],
        "what_en": line["kind_title_en"],
        "now": line["open"],
        **{key: line[key] for key in TIMES},
        "basis": "",
        "link": f"/p/{name}",
    }


def _zonings(layer: Layer, row: Any, audience: Audience, at: datetime) -> list[Json]:
    """Those of a segment, and those that touch a grid; of a larger area there would be no end."""
    which = {SEGMENTS: Q(segment=row.pk), GRIDS: Q(shape__intersects=row.shape)}.get(layer.id)
    if which is None:
        return []
    rows = on_day(registry.get(ZONING, audience).rows_for(audience), at.date()).filter(which)
    told = rows.order_by("segment__name", "from_m", "pk").values(
        "pk", "segment__name", "segment__name_en", "side", "zone", "street_class", "hours", "basis", "from_m", "to_m"
    )
    return [_zoned(found, at) for found in told[: MOST + 1]]


def _zoned(row: Json, at: datetime) -> Json:
    hours = standing(schedule(row["hours"]) or Schedule.always(), at)
    side, side_en = _side(row)
    return {
        "layer": ZONING,
        "title": f"{row['segment__name']}{side}",
        "title_en": f"{row['segment__name_en'] or row['segment__name']} {side_en}".strip(),
        **_zone(row),
        "now": hours["open"],
        **{key: hours[key] for key in TIMES},
        "basis": row["basis"],
        "link": f"/p/{ZONING}:{row['pk']}",
    }


def _zone(row: Json) -> Json:
    return {
        "what": f"{Zone(row['zone']).label} · {'一二三'[row['street_class'] - 1]}类街面",
        "what_en": f"{ZONES_EN[row['zone']].capitalize()}, class {row['street_class']} street",
    }


def _side(row: Json) -> tuple[str, str]:
    """The side as the compass says it where one stands beside the street, else as the segment runs, with metres."""
    if "way" in row:
        return ("", "") if row["on_line"] else (f"{NORTH[row['way']]}侧", f"{NORTH_EN[row['way']]} side")
    span = f"{row['from_m']:.0f}–{row['to_m']:.0f}"
    return f"{Side(row['side']).label} {span} 米", f"{SIDES_EN[row['side']]}, {span} m"


def person(layer: Layer, row: Any, point: Point, audience: Audience) -> Json | None:
    """Return who answers for the grid of the place, as far as the audience may read the grid's fields."""
    grids = registry.get(GRIDS, audience)
    names = [field.name for field in grids.fields_for(audience) if field.name in ("person", "phone")]
    if "person" not in names or layer.id == AREAS:
        return None
    which = Q(pk=row.pk) if layer.id == GRIDS else Q(shape__contains=on_map(point), valid__contains=localdate())
    found = grids.rows_for(audience).filter(which).order_by("pk").values("pk", "code", "name", *names).first()
    return found and {
        "name": found["person"],
        "phone": found.get("phone", ""),
        "grid": found["name"] or found["code"],
        "link": f"/p/{name_of(grids, found)}",
    }


def history(layer: Layer, row: Any, audience: Audience) -> list[Json]:
    """Return what held and what will, the latest first: the versions of a fence, the zonings of a stretch, the areas or
    grids of a ground."""
    if layer.id == FENCES:
        return _versions(Q(fence=row.fence_id), audience)
    if layer.id == SEGMENTS:
        return _zoned_once(Q(segment=row.pk), audience)
    if layer.id == ZONING:
        same = Q() if row.side == Side.BOTH else Q(side__in=(row.side, Side.BOTH))
        return _zoned_once(same & Q(segment=row.segment_id, from_m__lt=row.to_m, to_m__gt=row.from_m), audience)
    return _grounds(layer, row, audience) if layer.id in (AREAS, GRIDS) else []


def _grounds(layer: Layer, row: Any, audience: Audience) -> list[Json]:
    """The grids, or areas of its level, that share ground with this one, itself among them: of those in force on a day
    there is one."""
    alike = Q(level=row.level) if layer.id == AREAS else Q()
    ever = layer.rows_ever(audience).filter(alike, shape__intersects=row.shape)
    shared = ever.alias(common=Intersection("shape", row.shape)).filter(common__area__gt=TOUCHING * row.shape.area)
    known = shared.exclude(started_on=None, ended_on=None).order_by(F("started_on").desc(nulls_last=True), "-pk")
    return [
        _held({"valid": DateRange(one.started_on, one.ended_on)}, one.name, one.name_en or one.name,
              {"what": one.code, "what_en": one.code})
        for one in known[:MOST]
    ]  # fmt: skip


def _versions(which: Q, audience: Audience) -> list[Json]:
    told = registry.get(FENCES, audience).rows_ever(audience).filter(which).order_by("-valid", "-pk")
    rows = list(told.values("name", "name_en", "purpose", "state", "valid")[:MOST])
    named = [("fence-purpose", row["purpose"]) for row in rows] + [("fence-state", row["state"]) for row in rows]
    words = code_names(named)
    lines = []
    for row in rows:
        zh, en = words.get(("fence-purpose", row["purpose"]), (row["purpose"], ""))
        state, state_en = words.get(("fence-state", row["state"]), (FenceState(row["state"]).label, ""))
        what = {"what": f"{zh} · {state}", "what_en": f"{en or zh}, {(state_en or state).lower()}"}
        lines.append(_held(row, row["name"], row["name_en"] or row["name"], what))
    return lines


def _zoned_once(which: Q, audience: Audience) -> list[Json]:
    rows = registry.get(ZONING, audience).rows_ever(audience).filter(which).order_by("-valid", "from_m", "-pk")
    names = ("segment__name", "side", "zone", "street_class", "from_m", "to_m", "valid")
    lines = []
    for row in rows.values(*names)[:MOST]:
        side, side_en = _side(row)
        lines.append(_held(row, side, side_en, _zone(row)))
    return lines


def _codes_left(layer: Layer, audience: Audience, pk: int) -> list[Json]:
    told = [(code, localdate(moment)) for code, moment in left(layer, audience, pk)]
    return [
        {"title": code, "title_en": code, "what": "原编码", "what_en": "former code",
         "period": f"至 {day}", "period_en": f"until {day}"}
        for code, day in told
    ]  # fmt: skip


def _held(row: Json, title: str, title_en: str, what: Json) -> Json:
    zh, en = period(row["valid"])
    return {"title": title, "title_en": title_en, **what, "period": zh, "period_en": en or zh}
