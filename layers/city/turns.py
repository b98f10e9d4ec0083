"""When what keeps hours opens and shuts, for as long as a pack may be read: the answers of ``gis.schedule`` taken
along, so that a phone only compares."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from functools import lru_cache
from typing import Any

from gis.schedule import BEIJING, Schedule, local
from layers.items import BROKEN, GONE, Row, is_rule, opening
from layers.layer import Layer

REACH_H = 72
"""A pack lasts 48 hours, and one that is found unchanged on the same day is given as many again."""
KEPT = 4096
Turn = tuple[bool, tuple[int, ...]]


def turns(layer: Layer, rows: Iterable[Row], at: datetime) -> list[list[Any]]:
    """For each row that keeps hours we know: its key, whether it is open at the midnight before ``at``, whether that is
    a rule in force rather than a door, and the minutes after that midnight at which it turns, the first beyond reach
    too."""
    found = []
    for row in rows:
        hours = opening(layer, row) if "hours" in row and "period" not in row else None
        if row.get("state") in BROKEN | GONE and "hours" in row:
            found.append([row["pk"], 0, int(is_rule(row)), []])
        elif hours is not None:
            is_open, edges = ended(_turns(hours, midnight(at), at + timedelta(hours=REACH_H)), last_of(row, at))
            found.append([row["pk"], int(is_open), int(is_rule(row)), list(edges)])
    return found


def midnight(at: datetime) -> datetime:
    """The midnight before an instant, where the city is."""
    return datetime.combine(local(at).date(), time(), BEIJING)


@lru_cache(maxsize=KEPT)
def _turns(hours: Schedule, first: datetime, until: datetime) -> Turn:
    edges, moment = [], first
    while moment <= until and (turn := hours.next_change(moment)):
        edges.append(int((turn - first).total_seconds() // 60))
        moment = turn
    return hours.in_force(first), tuple(edges)


def last_of(row: Row, at: datetime) -> int | None:
    """The minute after which a row of dates holds no more."""
    end = getattr(row.get("valid"), "upper", None)
    return None if end is None else (end - local(at).date()).days * 24 * 60


def ended(turn: Turn, last: int | None) -> Turn:
    """The same, shut from a minute on."""
    is_open, edges = turn
    if last is None:
        return turn
    kept = tuple(edge for edge in edges if edge < last)
    return is_open, (*kept, last) if is_open != bool(len(kept) % 2) else kept
