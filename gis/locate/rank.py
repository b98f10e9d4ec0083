"""Which of the rows found is meant, where that is when several are, and how sure one may be.

A row is worth how well name and number fit, times what area and detail say for or against it. Rows that are equally
good stand for the place together: it is where most of them are, and the less they agree the less sure it is.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gis.degrees import METRES
from gis.locate.answer import Candidate, Precision
from gis.locate.gazetteer import bare
from gis.locate.parts import Understood
from gis.locate.spelling import apart
from gis.locate.store import Row

BESIDE_M = 50.0
"""As far as the points of one door may lie apart and be one place."""
SETTLED = 2 / 3
"""Where so many of equal rows agree, they tell the place; else whoever says where he is means what is near him."""
WIDE_M, SHOP_M = 600.0, 200.0
"""As far as rows may lie apart and be one place: doors of a hospital, blocks of an estate; what bears a name itself."""
HOUSES = "buildings"
"""Of equal rows the house leads who asks for a room or a block: it has the rooms; else the door does."""
MOST_POINTS = 24
"""Points of one answer that are compared with each other."""


@dataclass(frozen=True, slots=True)
class Scored:
    """A row, how well it fits what was asked (0 to 1), how well the details agree, and why it is not certain."""

    row: Row
    fit: float
    detail: float
    assumed: tuple[str, ...] = ()


def metres(a: Row, b: Row) -> float:
    """How far two rows lie apart."""
    east = (a.lon - b.lon) * math.cos(math.radians((a.lat + b.lat) / 2))
    return math.hypot(east, a.lat - b.lat) * METRES


def scored(said: Understood, row: Row, fit: float, assumed: Iterable[str] = ()) -> Scored:
    """Weigh a row of which name and number fit so well."""
    area, why = in_area(said, row)
    return Scored(row, fit * area, detail(said, row), (*assumed, *why))


def in_area(said: Understood, row: Row) -> tuple[float, tuple[str, ...]]:
    """What the areas say: nothing when either names none."""
    factor, why = 1.0, []
    areas = (("district", said.district, row.district, 0.4), ("town", said.town, row.town, 0.85))
    for name, asked, there, unlike in areas:
        if asked and there and not same_area(asked, there):
            factor *= unlike
            why.append(name)
    return factor, tuple(why)


def same_area(asked: str, there: str) -> bool:
    """Whether two names of an area are one, its ending or one character aside."""
    a, b = bare(asked), bare(there)
    return a == b or a.endswith(b) or b.endswith(a) or (apart(a, b) == 1 and len(b) > 1)


def detail(said: Understood, row: Row) -> float:
    """How well block, unit, floor, room and the names in the line agree."""
    total = 0.0
    pairs = ((said.block, row.block), (said.unit, row.unit), (said.floor, row.floor), (said.room, row.room))
    for asked, there in pairs:
        if asked and there:
            total += 1.0 if asked == there else -1.0
        elif asked or there:
            total -= 0.25
    return total + sum(like(place, row.names) for place in said.places)


def like(name: str, names: Sequence[str]) -> float:
    """How well a name is among others, -0.3 to 1.5."""
    best = max((dice(name, other) for other in names), default=0.0)
    return 1.5 * best if best > 0.35 else -0.3


def dice(a: str, b: str) -> float:
    """The share of pairs of characters that two names have in common; 0.8 at least when one holds the other."""
    if a == b:
        return 1.0
    if min(len(a), len(b)) > 1 and (a in b or b in a):
        return 0.8 + 0.2 * min(len(a), len(b)) / max(len(a), len(b))
    pairs_a, pairs_b = ({text[i : i + 2] for i in range(len(text) - 1)} for text in (a, b))
    return 2 * len(pairs_a & pairs_b) / (len(pairs_a) + len(pairs_b)) if pairs_a and pairs_b else 0.0


def middle(rows: Sequence[Row]) -> tuple[Row, float]:
    """The row with most of the others beside it, and their share; of equals the one nearest to all."""
    points: dict[tuple[float, float], Row] = {}
    for row in rows:  # of those at one point the first
        points.setdefault((row.lon, row.lat), row)
    some = list(points.values())
    if len(some) > MOST_POINTS:  # from all over the place, in whatever order they came
        some = sorted(some, key=lambda row: (row.lon, row.lat))[:: math.ceil(len(some) / MOST_POINTS)]
    if len(some) == 1:
        return some[0], 1.0
    shrink = math.cos(math.radians(some[0].lat)) * METRES
    spots = [(row.lon * shrink, row.lat * METRES) for row in some]
    far = [[math.dist(one, other) for other in spots] for one in spots]
    best = max(range(len(some)), key=lambda n: (sum(map(BESIDE_M.__ge__, far[n])), -sum(far[n])))
    beside = sum(math.dist(spots[best], (row.lon * shrink, row.lat * METRES)) <= BESIDE_M for row in rows)
    return some[best], beside / len(rows)


def meant(said: Understood, rows: Sequence[Row]) -> tuple[Row, float]:
    """The row for which equal ones stand, and how far they agree: that one is near makes nobody surer."""
    row, share = middle(rows)
    if said.near is None or share >= SETTLED:
        return row, share
    here = row._replace(lon=said.near[0], lat=said.near[1])
    nearest = min(rows, key=lambda one: metres(one, here))
    reach = SHOP_M if nearest.kind == "name" else WIDE_M
    if metres(row, nearest) > reach:  # another place
        row, _ = middle([one for one in rows if metres(one, nearest) <= reach])
    return row, share


@dataclass(frozen=True, slots=True)
class Kind:
    """What sort of answer a way gives: how exact, how often right when faultless, and whether rooms may be told."""

    precision: Precision
    certain: float
    rooms: bool = False
    limit: int = 5


def ranked(said: Understood, found: Iterable[Scored], kind: Kind) -> list[Candidate]:
    """The places for which the rows stand, the likeliest first."""
    inside = bool(said.room or said.block)
    left = sorted(
        found, key=lambda one: (-round(one.fit, 3), -one.detail, (one.row.layer == HOUSES) != inside, one.row.row)
    )
    best = left[0].fit if left else 0.0
    answers: list[Candidate] = []
    while left and len(answers) < kind.limit and left[0].fit >= 0.5 * best:
        top = [one for one in left if one.fit > left[0].fit - 1e-3 and one.detail > left[0].detail - 1e-3]
        row, share = meant(said, [one.row for one in top])
        chosen = next(one for one in top if one.row is row)
        sure = kind.certain * chosen.fit * (0.4 + 0.6 * share) * (0.5 if answers else 1.0)
        if said.near and answers:
            sure = min(sure, answers[-1].confidence)
        answers.append(_candidate(said, chosen, kind, sure))
        left = [one for one in left if metres(one.row, row) > BESIDE_M]
    return answers


def _candidate(said: Understood, one: Scored, kind: Kind, sure: float) -> Candidate:
    """The answer that a row gives: as exact as it agrees, and never a room to whom rooms are not told."""
    row, precision, title = one.row, kind.precision, one.row.title
    if kind.rooms and said.room and said.room == row.room and said.unit in ("", row.unit):
        precision = Precision.ROOM
        title = f"{title}{row.unit}{'单元' if row.unit else ''}{row.room}室"
    elif precision is Precision.NUMBER and said.block and said.block in (row.block, row.number):
        precision = Precision.BUILDING
    return Candidate(title, row.lon, row.lat, precision, round(sure, 3), row.layer, row.row, one.assumed, row.term)
