"""Addresses as three further offices have them: doors of some lanes once more, each written in the office's own way.

Most are surely one with a door of the town, by text and place. Of some a person must say it: another word for a lane,
a district before it, a point far off.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from shapely.affinity import translate

from data.town import plan
from data.town.plane import Thing, on_earth

HEAD = "source_id,路名,门牌号,经度,纬度"
DOORS, ODD = 60, 12
"""Of the town's, that an office has on record; one in so many is written so that nobody can be sure."""
FAR = 50
"""Times as far beside a door as the police usually point, where they are wrong."""
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
SPOKEN = str.maketrans("0123456789", "〇一二三四五六七八九")
Row = tuple[str, str, str, str, str]


@dataclass(frozen=True, slots=True)
class Office:
    """Who keeps a register: its file, its name as a source, its first door, and how far beside the doors it points."""

    file: str
    source: str
    first: int
    beside_m: float


POLICE, HOUSING, NAMES = OFFICES = (
    Office("addresses-police", "公安门牌(虚构)", 0, 3.0),
    Office("addresses-housing", "房管楼盘(虚构)", 20, 8.0),
    Office("addresses-names", "地名普查(虚构)", 40, 15.0),
)
SOURCES = {office.file: office.source for office in OFFICES}


def registers(addresses: list[Thing]) -> Iterator[tuple[Office, list[Row]]]:
    """What each office has on record; they overlap, so that some doors are there four times."""
    doors = [thing for thing in addresses if str(thing.properties["road"]).endswith("巷")]
    for office in OFFICES:
        yield office, [row(office, n, door) for n, door in enumerate(doors[office.first : office.first + DOORS])]


def row(office: Office, n: int, door: Thing) -> Row:
    """A door in the office's own words."""
    odd = n % ODD == 0
    beside = office.beside_m * (FAR if odd and office is POLICE else 1)
    road, number = said(office, odd, str(door.properties["road"]), str(door.properties["number"]))
    spot = on_earth(np.array([translate(door.shape, beside)], dtype=object))[0]
    return f"{office.file}-{n + 1}", road, number, f"{spot.x:.7f}", f"{spot.y:.7f}"


def said(office: Office, odd: bool, road: str, number: str) -> tuple[str, str]:
    """Lane and number: in wide digits; by numerals and in one line, which may begin with the district; or bare, and the
    lane may be called 弄 that is a 巷."""
    if office is POLICE:
        return road, f"{number}号".translate(WIDE)
    if office is HOUSING:
        before = f"{plan.DISTRICT_NAME}{plan.STREET_NAME}" if odd else ""
        return f"{before}{road}{number.translate(SPOKEN)}号", ""
    return (f"{road[:-1]}弄" if odd else road), number
