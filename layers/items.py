"""Rows of any layer as lines of a list: the same form whatever they are, so that a list can be a map's twin."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from gis.schedule import Schedule
from gis.vending import ALLOW
from layers.features import DIGITS, choice, code_names, codes, whole
from layers.hours import schedule, standing
from layers.layer import Field, Layer
from layers.scope import Audience

WALK_M_PER_MINUTE = 75
DETOUR = 1.3
"""How much longer a way through streets is than the straight line, by and large."""
KINDS = ("kind", "purpose", "zone", "level")
CODES = ("code", "fence__code")
USEFUL = ("name_en", "address", "hours", "features", "capacity", "state", "road", "effect", "period", "detour", "phone")
BROKEN, GONE = frozenset({"damaged"}), frozenset({"missing", "abandoned", "removed"})
VISITED = ALLOW | {"parking", "bicycle-parking"}
"""Purposes of fences that are places to go to, open or shut; any other fence is a rule, in force or not."""
SHUT = {"open": False, **dict.fromkeys(("until", "until_en", "opens", "opens_en"))}
"""Of what is broken: nobody knows when it opens."""
ALWAYS = "always"
"""The feature that says "day and night" of a place without hours."""

Row = Mapping[str, Any]
Names = dict[tuple[str, str], tuple[str, str]]


def columns(layer: Layer, audience: Audience) -> tuple[str, ...]:
    """Return the columns that a line needs, as far as the audience may see them."""
    wanted = {layer.name, layer.name_en, layer.subtitle, *KINDS, *CODES, *USEFUL}
    return ("pk", *(field.name for field in layer.fields_for(audience) if field.name in wanted))


def items(layer: Layer, audience: Audience, rows: list[dict[str, Any]], at: datetime) -> list[dict[str, Any]]:
    """Return lines for rows that have ``columns``, ``pin`` and ``metres``; one query for all their words."""
    fields = {field.name: field for field in layer.fields_for(audience)}
    names = code_names(list(_spoken(fields.values(), rows)))
    return [item(layer, fields, row, names, at) for row in rows]


def _spoken(fields: Iterable[Field], rows: list[dict[str, Any]]) -> Iterable[tuple[str, str]]:
    for field in fields:
        if field.told_by:
            for row in rows:
                yield from ((field.told_by, code) for code in codes(row.get(field.name)) if code)


def item(layer: Layer, fields: Mapping[str, Field], row: Row, names: Names, at: datetime) -> dict[str, Any]:
    """Return one line."""
    kind = next((name for name in KINDS if name in fields), "")
    zh, en = _word(layer, fields, kind, row, names)
    named = row.get(layer.name) or ""
    title = (named if layer.inside else whole(named, row.get(layer.subtitle))) or zh or layer.title
    line = {
        "layer": layer.id,
        "id": row["pk"],
        "code": next((row[name] for name in CODES if row.get(name)), ""),
        "title": title,
        "title_en": row.get(layer.name_en) or (title if named else en or layer.title_en),
        "kind": row.get(kind) if kind else layer.id,
        "kind_title": zh or layer.title,
        "kind_title_en": en or layer.title_en,
        "lon": round(row["pin"].x, DIGITS),
        "lat": round(row["pin"].y, DIGITS),
        **distance(row["metres"], row.get("walked")),
        **state(layer, row, at),
        "features": [_feature(code, names) for code in row.get("features") or ()],
        "capacity": row.get("capacity"),
        "free": row.get("extra__free") if type(row.get("extra__free")) is int else None,
        **_told("address", fields, row, names),
    } | ({"rule": True} if is_rule(row) else {})
    return line | (_spans(layer, fields, row, names) if "period" in fields else {})


def distance(metres: float | None, walked: float | None = None) -> dict[str, Any]:
    """Return metres in a straight line, along the streets where these were asked (else None), and minutes on foot: by
    the streets, or as the straight line lets one guess."""
    if metres is None:
        return {"metres": None, "walked": None, "minutes": None}
    way = metres * DETOUR if walked is None else walked
    minutes = max(1, math.ceil(way / WALK_M_PER_MINUTE))
    return {"metres": round(metres), "walked": None if walked is None else round(walked), "minutes": minutes}


def state(layer: Layer, row: Row, at: datetime) -> dict[str, Any]:
    """Return whether it is open then; works have dates instead, and what is broken is not open."""
    if "period" in row:
        known = schedule(row.get("hours"))
        said = {"hours": known.text("zh"), "hours_en": known.text("en")} if known else {}
        return standing(None, at) | said
    found = standing(opening(layer, row), at)
    if row.get("state") in BROKEN | GONE:
        found |= SHUT
    return found


def is_rule(row: Row) -> bool:
    """Return whether the hours of a row are those of a rule: nobody should read that a street is shut."""
    return "zone" in row or ("purpose" in row and row["purpose"] not in VISITED)


def opening(layer: Layer, row: Row) -> Schedule | None:
    """Return the hours of a row. A fence or zoning without hours holds always; of a facility without hours nothing is
    known."""
    known = schedule(row.get("hours"))
    always = "purpose" in row or "zone" in row or ALWAYS in (row.get("features") or ())
    if known is None and not row.get("hours") and always:
        return Schedule.always()
    return known


def _feature(code: str, names: Names) -> dict[str, str]:
    zh, en = names.get(("facility-feature", code), (code, code))
    return {"code": code, "title": zh, "title_en": en or zh}


def _word(layer: Layer, fields: Mapping[str, Field], name: str, row: Row, names: Names) -> tuple[str, str]:
    value = row.get(name) if name else None
    if value in (None, ""):
        return "", ""
    zh, en = names.get((fields[name].told_by, str(value))) or choice(layer.model, name, value) or (str(value), "")
    return zh, en or zh


def _told(name: str, fields: Mapping[str, Field], row: Row, names: Names) -> dict[str, str]:
    """A text as it is, and in English as far as that is known."""
    text = row.get(name) or ""
    known = names.get((fields[name].phrases, text)) if text and name in fields else None
    return {name: text, f"{name}_en": known[1] if known else ""}


def _spans(layer: Layer, fields: Mapping[str, Field], row: Row, names: Names) -> dict[str, Any]:
    """Return what is particular to works: dates with the last day included, effect, state, detour, phone."""
    period = row["period"]
    said: dict[str, Any] = {"phone": row.get("phone") or ""}
    for name in ("road", "detour"):
        said |= _told(name, fields, row, names)
    for name in ("effect", "state"):
        said[name] = row.get(name) or ""
        said[f"{name}_title"], said[f"{name}_title_en"] = _word(layer, fields, name, row, names)
    last = period.upper - timedelta(days=1) if period.upper else None
    return said | {
        "from": period.lower.isoformat() if period.lower else None,
        "to": last.isoformat() if last else None,
    }
