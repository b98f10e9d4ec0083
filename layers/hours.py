"""Open or closed at an instant, and until when, in the words of a person who stands there at that time."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from gis.errors import Invalid
from gis.schedule import Schedule, local

WEEK = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
WEEK_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
KEPT = 2048


def schedule(stored: Any) -> Schedule | None:
    """Return stored hours as a schedule; None when there are none or they are of a form we do not know."""
    return _parsed(json.dumps(stored, sort_keys=True)) if isinstance(stored, dict) and stored else None


@lru_cache(maxsize=KEPT)
def _parsed(stored: str) -> Schedule | None:
    try:
        return Schedule.parse(json.loads(stored))
    except Invalid:
        return None


def standing(hours: Schedule | None, at: datetime) -> dict[str, Any]:
    """Return open (None: not known), until when, when it opens next, and the hours themselves; Chinese and English."""
    if hours is None:
        nothing = ("until", "until_en", "opens", "opens_en", "hours", "hours_en")
        return {"open": None, **dict.fromkeys(nothing)}
    is_open, turn = hours.in_force(at), hours.next_change(at)
    zh, en = moment(turn, at) if turn else (None, None)
    return {
        "open": is_open,
        "until": zh if is_open else None,
        "until_en": en if is_open else None,
        "opens": None if is_open else zh,
        "opens_en": None if is_open else en,
        "hours": hours.text("zh"),
        "hours_en": hours.text("en"),
    }


def moment(then: datetime, at: datetime) -> tuple[str, str]:
    """Return a coming instant as people say it: 22:00, 明天 06:00, 周一 06:00, 12月1日 06:00."""
    there, here = local(then), local(at)
    days, clock = (there.date() - here.date()).days, f"{there:%H:%M}"
    if days == 1 and clock == "00:00":
        return "24:00", "24:00"
    if days == 0:
        return clock, clock
    if days == 1:
        return f"明天 {clock}", f"tomorrow {clock}"
    if timedelta(days=days) < timedelta(days=7):
        return f"{WEEK[there.weekday()]} {clock}", f"{WEEK_EN[there.weekday()]} {clock}"
    return f"{there.month}月{there.day}日 {clock}", f"{there:%Y-%m-%d} {clock}"
