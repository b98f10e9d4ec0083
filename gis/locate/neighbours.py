"""A number that is not on record, between those that are: the street is right, the door is near."""

from __future__ import annotations

from collections.abc import Iterator

from gis.degrees import metres as apart
from gis.locate.answer import BESIDE, BETWEEN, DOOR, STREET, Candidate, Precision
from gis.locate.parts import Street, Understood
from gis.locate.rank import Kind, metres, ranked, scored
from gis.locate.store import Row, Store
from gis.locate.supposed import Supposed

LIMIT = 5
TOGETHER_M = 700.0
"""Doors of one street farther apart than this are not taken to bound the door between them."""
ONE_STREET_M = 3_000.0
"""Doors of one name and about the same number that lie farther apart are of two streets."""


def between(said: Understood, store: Store) -> list[Candidate]:
    """A number that is not on record, between those that are: the street is right, the door is near."""
    found: list[Candidate] = []
    for street in said.streets:
        if street.main is None:
            continue
        names = store.names.streets(street.name)
        rows = [row for row in store.along(list(names), street.main) if row.main is not None]
        behind = [scored(said, row, 0.95 * names[row.term]) for row in rows if _behind(street, row)]
        found += ranked(said, behind, Kind(Precision.NUMBER, DOOR)) or _between(said, street, names, rows)
    return sorted(found, key=lambda one: -one.confidence)[:LIMIT]


def _behind(street: Street, row: Row) -> bool:
    """Whether a door lies behind the one asked for: 199弄5 in 199弄, 151-5 at 151."""
    main = street.number.removesuffix("弄")
    return row.number.startswith((f"{main}弄", f"{main}-", f"{main}附")) and street.number in (main, f"{main}弄")


def _between(said: Understood, street: Street, names: Supposed, rows: list[Row]) -> Iterator[Candidate]:
    main = street.main or 0
    for term in dict.fromkeys(row.term for row in rows):
        each = [scored(said, row, names[term]) for row in rows if row.term == term]
        best = max(one.fit for one in each)
        good = [one.row for one in each if one.fit > best - 1e-3]
        good.sort(key=lambda row: abs((row.main or 0) - main) + 3 * (((row.main or 0) - main) % 2))
        why = () if term == street.name else ("spelling",)
        yield _meant(said, [_estimate(street, along, best, why) for along in _each_street(good)])


def _each_street(rows: list[Row]) -> list[list[Row]]:
    """Doors of one name by the streets that bear it, which lie in different places."""
    streets: list[list[Row]] = []
    while rows:
        streets.append([row for row in rows if metres(row, rows[0]) < ONE_STREET_M])
        rows = [row for row in rows if metres(row, rows[0]) >= ONE_STREET_M]
    return streets


def _meant(said: Understood, found: list[Candidate]) -> Candidate:
    """The estimate on the street that is meant: with doors nearest to the number, or, of those told alike, near by."""
    if said.near is None:
        return found[0]
    here = said.near
    alike = [one for one in found if one.confidence == found[0].confidence]
    return min(alike, key=lambda one: apart((one.lon, one.lat), here))


def _estimate(street: Street, along: list[Row], fit: float, why: tuple[str, ...]) -> Candidate:
    """Between the two doors, beside the nearer one, or, where all are far, only the street; ``along`` the nearest
    number comes first."""
    main, nearest = street.main or 0, along[0]
    low = next((row for row in along if (row.main or 0) <= main), None)
    high = next((row for row in along if (row.main or 0) > main), None)
    title = f"{nearest.term}{street.number}号附近"
    if low and high and low.main != high.main and metres(low, high) < TOGETHER_M:
        part = (main - (low.main or 0)) / ((high.main or 0) - (low.main or 0))
        lon, lat = (a + (b - a) * part for a, b in ((low.lon, high.lon), (low.lat, high.lat)))
        return Candidate(title, lon, lat, Precision.INTERPOLATED, round(BETWEEN * fit, 3), assumed=(*why, "number"),
                         term=nearest.term)  # fmt: skip
    near = abs((nearest.main or 0) - main) <= 12
    precision, certain = (Precision.INTERPOLATED, BESIDE) if near else (Precision.ROAD, STREET)
    return Candidate(title if near else nearest.term, nearest.lon, nearest.lat, precision, round(certain * fit, 3),
                     assumed=(*why, "number"), term=nearest.term)  # fmt: skip
