"""Zoning of the main streets: strict in the middle of the city, looser outward, and what held there before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np

from data.city.drawing import Drawing
from data.town.rules import Zone

STRICT, LOOSE = 0.25, 0.6  # shares of the half width
DAYTIME = {"rules": [{"hours": ["07:00-22:00"]}]}
BASIS = "示例规定第十二条(虚构)"


def zones(drawing: Drawing, day: date) -> Iterator[Zone]:
    """A zoning a stretch of every arterial and secondary street; every seventh had a looser one until a year ago."""
    since, first = (day - timedelta(days=days) for days in (365, 800))
    for street in drawing.streets:
        if street.rank > 3:
            continue
        klass = street.rank - 1
        for number, line in street.stretches():
            code = f"{street.code}{number:03d}"
            out = float(np.hypot(*line.mean(axis=0))) / drawing.sheet.half
            zone = "forbidden" if out < STRICT and klass == 1 else "strict" if out < LOOSE else "controlled"
            hours = DAYTIME if zone == "strict" else None
            recorded = f"{since.isoformat()}T09:00:00+08:00"
            yield Zone(code, "both", klass, zone, hours, BASIS, since.isoformat(), None, recorded)
            if number % 7 == 0:
                old, closed = first.isoformat(), since.isoformat()
                yield Zone(code, "both", klass + 1, "controlled", None, BASIS, old, closed, f"{old}T09:00:00+08:00")
