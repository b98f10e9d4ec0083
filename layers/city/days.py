"""From which day to which the model knows what held: the days that one may ask about."""

from __future__ import annotations

from datetime import date, timedelta
from threading import Lock

from cachetools import TTLCache
from django.db.models import Max, Min

from layers import registry
from layers.scope import Audience

Days = tuple[date, date]
FRESH_S = 60
_known: TTLCache[tuple[Audience, Days], Days] = TTLCache(maxsize=1000, ttl=FRESH_S)
_lock = Lock()


def known_days(audience: Audience, today: date, asked: Days) -> Days:
    """The first day on which something held that this audience may hear of and the last on which something begins or
    ends, today between them; none outside the days ``asked``. At most ``FRESH_S`` seconds old."""
    key = (audience, asked)
    with _lock:
        held = _known.get(key)
    if held is None:
        held = _days(audience, asked)
        with _lock:
            _known[key] = held
    return min(held[0], today), max(held[1], today)


def forget() -> None:
    """Drop what is known, for tests that change rows."""
    with _lock:
        _known.clear()


def _days(audience: Audience, asked: Days) -> Days:
    found: list[date] = []
    for layer in registry.visible(audience):
        if layer.times and not layer.guarded:
            begin, end = f"{layer.times}__startswith", f"{layer.times}__endswith"
            rows = layer.rows_since(audience, asked[0]).order_by()
            row = rows.aggregate(first=Min(begin), last=Max(begin), after=Max(end))
            ends = row["after"] - timedelta(days=1) if row["after"] else None
            found += [day for day in (row["first"], row["last"], ends) if day]
    return max(asked[0], min(found, default=asked[1])), min(asked[1], max(found, default=asked[0]))
