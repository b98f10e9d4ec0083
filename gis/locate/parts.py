"""What a line says, as values: pieces with their labels as written, and what follows from them for the search."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Label(StrEnum):
    """What a piece is; the words are those of the NCAP corpus (Li et al., NAACL 2019), so that we can be measured."""

    PROVINCE = "prov"
    CITY = "city"
    DISTRICT = "district"
    ZONE = "devZone"
    TOWN = "town"
    COMMUNITY = "community"
    ROAD = "road"
    NUMBER = "roadno"
    SUB_ROAD = "subRoad"
    SUB_NUMBER = "subroadno"
    PLACE = "poi"
    SUB_PLACE = "subpoi"
    BLOCK = "houseno"
    UNIT = "cellno"
    FLOOR = "floorno"
    ROOM = "roomno"
    HINT = "assist"
    NOISE = "redundant"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the line: its label, how it was written, and from where to where."""

    label: Label
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Offset:
    """Away from a place: a bearing in degrees (0 north) and metres; None where the line says only "beside"."""

    word: str
    bearing: float | None = None
    metres: float | None = None


@dataclass(frozen=True, slots=True)
class Street:
    """A name that carries a number: 金滂路 and 199弄2. ``number`` is bare digits with 弄, - and 附 between them."""

    name: str
    number: str = ""
    more: tuple[str, ...] = ()
    """Further numbers of a range or list, 38、39号楼."""

    @property
    def main(self) -> int | None:
        """The first of the digits, by which numbers lie along a road."""
        digits = "".join(iter_digits(self.number))
        return int(digits) if digits and len(digits) < 7 else None


def iter_digits(text: str) -> str:
    """The digits with which a text begins."""
    count = 0
    while count < len(text) and text[count].isascii() and text[count].isdigit():
        count += 1
    return text[:count]


@dataclass(frozen=True, slots=True)
class Understood:
    """A line taken apart; names in the form in which they are compared, numbers in digits, "" where nothing is said."""

    province: str = ""
    city: str = ""
    district: str = ""
    town: str = ""
    community: str = ""
    streets: tuple[Street, ...] = ()
    places: tuple[str, ...] = ()
    """Estates, buildings, shops and other names, in the order of the line."""
    estate: str = ""
    """Of the places the one to which block, unit and room belong."""
    block: str = ""
    blocks: tuple[str, ...] = ()
    unit: str = ""
    floor: str = ""
    room: str = ""
    gate: str = ""
    crossing: bool = False
    offset: Offset | None = None
    whole: str = ""
    """All but the areas in one word: what a place may be called that is named like a street."""
    pieces: tuple[Piece, ...] = field(default=(), compare=False)
    near: tuple[float, float] | None = field(default=None, compare=False)
    """Where it was said (lon, lat): of places that are meant equally well the nearest is."""

    @property
    def ignored(self) -> tuple[str, ...]:
        """What was written and played no part."""
        return tuple(piece.text for piece in self.pieces if piece.label is Label.NOISE)
