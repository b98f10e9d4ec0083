"""What holds at a spot: may one sell here now, by which rule, and where instead; works, places and address around."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.contrib.gis.geos import Point
from django.utils.timezone import localdate

from gis.models import Side, Zone
from gis.queries import NORTH, NORTH_EN, Pin, around, foot, on_day
from gis.schedule import Schedule, local
from gis.vending import ALLOW, Rule, Verdict, judge, of_fence
from layers import registry
from layers.city.at import rows_on
from layers.city.nearby import FENCES, WORKS, Asked, near, places
from layers.features import in_english, whole, within
from layers.hours import moment, schedule
from layers.items import columns, items
from layers.layer import Rows
from layers.scope import Audience

ZONING, ADDRESSES = "zoning", "addresses"
BESIDE_M = 30
"""From the middle of a street: half a broad one with its pavement. Farther off its zoning says nothing."""
DOOR_M = 80
WORKS_M = 60
INSTEAD = 3

Json = dict[str, Any]


def here(point: Point, at: datetime, audience: Audience) -> Json:
    """Return what is on record for a spot at an instant, in words; None and empty lists where nothing is."""
    fences, fence_rules = covering(point, at, audience)
    zoning = beside(point, at, audience)
    rules = [*fence_rules, *([_rule(zoning)] if zoning else [])]
    verdict = judge(rules, at)
    instead = [] if verdict.allowed else elsewhere(point, at, audience)
    return {
        "at": at.isoformat(timespec="minutes"),
        "lon": point.x,
        "lat": point.y,
        "vending": told(verdict, zoning, instead, at),
        "zoning": _zoning(zoning) if zoning else None,
        "fences": fences,
        "works": _lines(WORKS, around(_works(audience, at), point, WORKS_M), audience, at),
        "within": within(point, at.date()),
        "address": address(point, audience),
        "instead": instead,
    }


def _rows(layer_id: str, audience: Audience) -> Rows:
    return registry.get(layer_id, audience).rows_for(audience)


def _works(audience: Audience, at: datetime) -> Rows:
    """Those that go on or come soon; on another day than today those of that day."""
    day = at.date()
    return _rows(WORKS, audience) if day == localdate() else rows_on(registry.get(WORKS, audience), audience, day)


def _lines(layer_id: str, rows: Rows, audience: Audience, at: datetime) -> list[Json]:
    layer = registry.get(layer_id, audience)
    names = [name for name in columns(layer, audience) if name != "pk"]
    found = list(rows.annotate(pin=Pin("geom")).values("pk", *names, "pin", "metres")[:50])
    return items(layer, audience, found, at)


def covering(point: Point, at: datetime, audience: Audience) -> tuple[list[Json], list[Rule]]:
    """Return the fences that hold a spot on that day, as lines, and those that speak about vending as rules.

    A fence drawn as a line holds what is within half its width.
    """
    layer = registry.get(FENCES, audience)
    rows = around(places(layer, audience, at.date()), point, 50)
    about = [row for row in rows.values("pk", "purpose", "name", "name_en", "hours", "priority", "width_m", "metres")
             if row["metres"] <= (row["width_m"] or 0) / 2]  # fmt: skip
    held = rows.filter(pk__in=[row["pk"] for row in about])
    rules = [
        Rule(kind, row["purpose"], row["name"], schedule(row["hours"]), row["priority"], row["name_en"])
        for row in about
        if (kind := of_fence(row["purpose"]))
    ]
    return _lines(FENCES, held, audience, at), rules


def beside(point: Point, at: datetime, audience: Audience) -> Json | None:
    """Return the zoning of the nearest street side that the spot lies on."""
    layer = registry.get(ZONING, audience)
    rows = on_day(layer.rows_since(audience, at.date()), at.date())
    near_by = around(rows, point, BESIDE_M).values(
        "pk", "segment_id", "segment__name", "segment__name_en", "side", "zone", "street_class", "hours", "basis",
        "geom", "metres",
    )  # fmt: skip
    for row in near_by:
        where = foot(row["geom"], point, 0)
        if row["side"] == Side.BOTH or where.side in ("", row["side"]):
            return {**row, "way": where.way, "on_line": where.side == ""}
    return None


def _rule(zoning: Json) -> Rule:
    return Rule("zone", zoning["zone"], zoning["segment__name"], schedule(zoning["hours"]))


def _zoning(row: Json) -> Json:
    hours = schedule(row["hours"]) or Schedule.always()
    return {
        "layer": ZONING,
        "id": row["pk"],
        "segment": row["segment__name"],
        "segment_en": row["segment__name_en"] or row["segment__name"],
        "side": "" if row["on_line"] else f"{NORTH[row['way']]}侧",
        "side_en": "" if row["on_line"] else f"{NORTH_EN[row['way']]} side",
        "zone": row["zone"],
        "zone_title": str(Zone(row["zone"]).label),
        "zone_title_en": ZONES_EN[row["zone"]],
        "class_title": f"{'一二三'[row['street_class'] - 1]}类街面",
        "class_title_en": f"class {row['street_class']} street",
        "hours_text": hours.text("zh"),
        "hours_text_en": hours.text("en"),
        "basis": row["basis"],
        "basis_en": in_english([row["basis"]])[0],
        "metres": round(row["metres"]),
    }


def elsewhere(point: Point, at: datetime, audience: Audience) -> list[Json]:
    """Return the nearest places where selling is allowed at that instant; where all are shut, those that will open."""
    asked = Asked(at, point, None, INSTEAD, tuple(ALLOW), only_open=True)
    shut = replace(asked, only_open=False)
    return near(asked, audience)["items"] or [one for one in near(shut, audience)["items"] if one["opens"]]


def address(point: Point, audience: Audience) -> Json | None:
    """Return the nearest doorplate, or the corner of two streets."""
    layer = registry.get(ADDRESSES, audience)
    rows = around(layer.rows_for(audience), point, DOOR_M).exclude(doorplate="")
    row = rows.values("pk", "doorplate", "doorplate_en", "name", "metres").first()
    if row is None:
        return None
    title = whole(row["doorplate"], row["name"])
    title_en = row["doorplate_en"]
    return {"layer": ADDRESSES, "id": row["pk"], "title": title, "title_en": title_en, "metres": round(row["metres"])}


def told(verdict: Verdict, zoning: Json | None, instead: list[Json], at: datetime) -> Json:
    """Return the verdict in a sentence of each language, with the rule that decided."""
    place = _zoning(zoning) if zoning else None
    then_zh, then_en = _then(at)
    zh, en = _because(verdict, place, then_zh), _because_en(verdict, place, then_en)
    then = moment(verdict.until, at) if verdict.until else None
    if then and verdict.after:
        (after_zh, after_en), (from_zh, from_en) = AFTER[verdict.after], _apart(*then, at)
        zh, en = f"{zh}，{from_zh} 起{after_zh}", f"{en}; from {from_en} {after_en}"
    if instead:
        more_zh, more_en = _offer(instead[0], at)
        zh, en = f"{zh}；{more_zh}", f"{en}. {more_en}"
    return {
        "allowed": verdict.allowed,
        "reason": verdict.reason,
        "rule": {"name": verdict.rule.name, "what": verdict.rule.what} if verdict.rule else None,
        "until": then[0] if then else None,
        "until_en": then[1] if then else None,
        "sentence": f"{zh}。",
        "sentence_en": f"{en}.",
    }


ZONES_EN = {"forbidden": "no-vending zone", "strict": "strict-control zone", "controlled": "controlled zone"}
AFTER = {
    "market": ("可以摆摊", "selling is allowed"),
    "banned": ("不可摆摊", "no selling"),
    "zone": ("不可摆摊", "no selling"),
    "controlled": ("按控制区管理", "it is a controlled zone"),
    "off-hours": ("不在管控时段", "its hours do not run"),
    "unknown": ("没有登记的规定", "no rule is on record"),
}


def _then(at: datetime) -> tuple[str, str]:
    """When it is, in both languages: now, or the day and hour that somebody asks about."""
    clock = f"{local(at):%H:%M}"
    if at.date() == localdate():
        return f"现在（{clock}）", f"now ({clock})"
    return f"{at:%Y-%m-%d} {clock} ", f"on {at:%Y-%m-%d} at {clock}"


def _apart(zh: str, en: str, at: datetime) -> tuple[str, str]:
    """A coming instant, as one says it today: of another day its morrow is not tomorrow."""
    if at.date() == localdate():
        return zh, en
    return zh.replace("明天", "次日"), en.replace("tomorrow", "the next day")


def _because(verdict: Verdict, place: Json | None, then: str) -> str:
    """The reason in Chinese."""
    name = verdict.rule.name if verdict.rule else ""
    where = f"这里是{place['zone_title']}（{place['segment']}{place['side']}）" if place else ""
    if verdict.reason == "off-hours" and place is None:
        return f"“{name}”{then}不在生效时段，没有禁止或许可的记录"
    return {
        "market": f"这里在“{name}”内，{then}可以摆摊",
        "banned": f"这里在“{name}”内，{then}不可摆摊",
        "zone": f"{where}，{then}不可摆摊",
        "controlled": f"{where}，不一律禁止，须按划定的位置和时段摆放，请先问街道",
        "off-hours": f"{where}，{then}不在管控时段（{place and place['hours_text']}），没有禁止的记录",
        "unknown": "这里没有登记的街面规定，不能断定可否摆摊",
    }[verdict.reason]


def _because_en(verdict: Verdict, place: Json | None, then: str) -> str:
    """The reason in English."""
    name = (verdict.rule.name_en or verdict.rule.name) if verdict.rule else ""
    where = (
        f"This is a {place['zone_title_en']} ({place['segment_en']}, {place['side_en'] or 'street'})" if place else ""
    )
    if verdict.reason == "off-hours" and place is None:
        return f"{name} is not in force {then}: nothing on record forbids or allows it"
    return {
        "market": f"This is inside {name}: selling is allowed {then}",
        "banned": f"This is inside {name}: no selling {then}",
        "zone": f"{where}: no selling {then}",
        "controlled": f"{where}: not forbidden as such, but only at marked spots; ask the street office first",
        "off-hours": f"{where}; its hours ({place and place['hours_text_en']}) do not run {then}: "
        "nothing on record forbids it",
        "unknown": "No street rule is on record here, so it is not known",
    }[verdict.reason]


def _offer(item: Json, at: datetime) -> tuple[str, str]:
    """Where one may go: now, or when it opens."""
    if not item["open"]:
        then, then_en = ("此刻", "now") if at.date() == localdate() else ("当时", "then")
        zh, en = _apart(item["opens"], item["opens_en"], at)
        return (
            f"{then}没有开放的市场，最近的是{item['title']} {item['metres']} 米，{zh} 开放",
            f"No market is open {then_en}; the nearest is {item['title_en']}, {item['metres']} m, from {en}",
        )
    free = f"，余 {item['free']} 个摊位" if item["free"] is not None else ""
    free_en = f", {item['free']} stalls free" if item["free"] is not None else ""
    return (
        f"最近可摆：{item['title']} {item['metres']} 米{free}，{item['hours']}",
        f"Nearest place to sell: {item['title_en']}, {item['metres']} m{free_en}, {item['hours_en']}",
    )
