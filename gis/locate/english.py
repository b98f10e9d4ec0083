"""An address as those write it who read no Chinese: No. 12, Tinglan Road; Tinglan Lu 12; Block 3, Dunan New Village.

What a street is called in English may be on record; if it is not, it was named by rule (``gis.romanized``), and read
backwards the rule gives the sound of its name. An estate is called what is on record.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product

from gis import message
from gis.locate import plain
from gis.locate.inside import Inside, taken
from gis.locate.parts import Label, Piece, Street, Understood
from gis.locate.spelling import pinyin
from gis.locate.store import Store
from gis.romanized import NUMBERS, SIDES, WAYS

SHORT = {"rd": "road", "st": "street", "str": "street", "ave": "avenue", "av": "avenue", "ln": "lane", "hwy": "highway"}
SHORT_SIDES = {"e": "east", "s": "south", "w": "west", "n": "north", "central": "middle", "mid": "middle"}
SOUNDS = {"lu", "jie", "dadao", "dajie", "xiang", "nong", "hutong", "gonglu"}
"""Kinds of street in pinyin, written as a word of their own: Tinglan Lu."""
NO = r"(?:(?:number|no|nr)\b\.?|№|#)"
NUMBER = rf"(?P<no>(?P<said>{NO})?\s*(?P<number>[0-9]{{1,5}}(?:-[0-9]{{1,4}})?)(?:\s*hao\b|号)?)"
NAME = r"(?P<street>[a-zü](?:[a-zü'’.() -]|[0-9](?:st|nd|rd|th)\b)*)"
REST = r"(?:,(?P<rest>.*))?"
FIRST = re.compile(rf"\s*{NUMBER}(?:\s*,\s*|\s+|(?<=号)){NAME}{REST}", re.I)
LAST = re.compile(rf"\s*{NAME}(?:\s*,\s*|\s+|(?<=\.)){NUMBER}\s*{REST}", re.I)
ALONE = re.compile(rf"\s*{NAME}{REST}", re.I)
SPELLED = """
SELECT term FROM spatial_placename WHERE pinyin = ANY(%s) OR pinyin_too = ANY(%s) ORDER BY tally DESC LIMIT 6"""
CHIEFLY = ("区", "县", "旗", "市")
NOTHING = Inside("")
GROUND = "landuse"
"""The layer in which an estate has its Chinese name beside its English one, for registers that have only that."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it was taken apart: what the street may be called on record; what it may sound like; what it is in;
    the estate, and what is said of its inside."""

    streets: tuple[str, ...] = ()
    number: str = ""
    sounds: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    pieces: tuple[Piece, ...] = ()
    estate: str = ""
    inside: Inside = NOTHING

    @property
    def numbered(self) -> bool:
        """Whether it says one of many: a door, or a block."""
        return bool(self.number or self.inside.block)


def read(written: str) -> Line | None:
    """A line that says a kind of street in English or pinyin, a number before a name in letters, or where in one."""
    if not written.isascii() and not re.match(r"[\x00-\x7fü’号№]*$", written, re.I):
        return None
    inside = taken(written)
    line = _street(inside.rest) or _estate(inside)
    if line and inside.pieces:
        pieces = sorted((*line.pieces, *inside.pieces), key=lambda one: one.start)
        return replace(line, inside=inside, pieces=tuple(pieces))
    return line


def _estate(inside: Inside) -> Line | None:
    """A place with something inside, or before a street or area."""
    named, comma, more = inside.rest.partition(",")
    estate = plain.name(named)
    if not (inside.pieces or comma) or not re.search("[A-Z]", estate):
        return None
    start = len(named) - len(named.lstrip())
    piece = Piece(Label.PLACE, named.strip(), start, len(named.rstrip()))
    line = _street(" " * len(named + comma) + more) or Line(areas=_names(more.split(",")))
    return replace(line, estate=estate, pieces=(piece, *line.pieces))


def _street(written: str) -> Line | None:
    """The street of a line, with its number and what follows."""
    found = FIRST.fullmatch(written) or LAST.fullmatch(written) or ALONE.fullmatch(written)
    if not found:
        return None
    named, said = found["street"].rstrip(" -"), found.groupdict()
    streets, sounds = called(named)
    if not sounds and found.re is not FIRST:
        return None
    start, parts = found.start("street"), (said.get("rest") or "").split(",")
    pieces = [Piece(Label.ROAD, named, start, start + len(named))]
    if said.get("number"):
        pieces.append(Piece(Label.NUMBER, found["no"], *found.span("no")))
    bare = re.sub("[^a-zü]", "", named.lower())
    return Line(
        streets, said.get("number") or "", sounds or (bare, f"{bare}lu"),
        _names(parts), tuple(sorted(pieces, key=lambda one: one.start)),
    )  # fmt: skip


def _names(parts: Iterable[str]) -> tuple[str, ...]:
    return tuple(filter(None, map(plain.name, parts)))


def called(named: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """A street's name written out, as names are compared, and its sounds in Chinese; none of these without a kind."""
    spoken = re.findall(r"[a-zü'’]+|[0-9](?:st|nd|rd|th)", named.lower())
    spoken = [SHORT.get(word, word) for word in spoken]
    spoken = [SHORT_SIDES.get(word, word) if place else word for place, word in enumerate(spoken)]
    for length in (2, 1):
        for start in range(len(spoken) - length, 0, -1):
            kind = spoken[start : start + length]
            if ends := _kinds().get(" ".join(kind)):
                ways = _orders([*spoken[:start], *spoken[start + length :]])
                names = [plain.name("".join([*way, *kind])) for way in ways]
                sounds = ("".join([*map(_sounds, way), end]) for way, end in product(ways, ends))
                return tuple(dict.fromkeys(names)), tuple(dict.fromkeys(sounds))
    return (plain.name(named),), ()


def _orders(spoken: list[str]) -> list[list[str]]:
    """The words of a name, side and number behind as in Chinese; or as they stand, for a side may be part of it."""
    aside = [word for word in spoken if word in _sides()]
    return [sorted(spoken, key=aside.__contains__), spoken]


def _sounds(word: str) -> str:
    return _sides().get(word) or re.sub("['’]", "", word).replace("ü", "v")


@lru_cache(maxsize=1)
def _kinds() -> dict[str, tuple[str, ...]]:
    kinds: dict[str, tuple[str, ...]] = {sound: (sound,) for sound in SOUNDS}
    for said, told in WAYS.items():
        kinds[told.lower()] = (*kinds.get(told.lower(), ()), pinyin(said))
    return kinds


@lru_cache(maxsize=1)
def _sides() -> dict[str, str]:
    return {told.lower(): pinyin(said) for said, told in (*SIDES.items(), *NUMBERS.items())}


def meanings(line: Line, store: Store) -> list[Understood]:
    """What it is in Chinese: the street that is called so, or those that sound so; the estate by all of its names."""
    names = [plain.name(row.title) for row in store.named(line.streets, ["road"])] if line.streets else []
    names = names or _terms(line.sounds)
    if line.streets and not names:
        return []
    areas = [row.title for row in store.named(line.areas, ["area"])] if line.areas else []
    district = next((area for area in areas if area.endswith(CHIEFLY)), "")
    town = next((area for area in areas if not area.endswith(CHIEFLY)), "")
    inside = line.inside
    said = Understood(
        district=district, town=town, block=inside.block, unit=inside.unit, floor=inside.floor, room=inside.room,
        gate=inside.gate, pieces=line.pieces, near=store.near,
    )  # fmt: skip
    found = [replace(said, streets=(Street(name, line.number),)) for name in dict.fromkeys(names)]
    return [place for one in found or [said] for place in _placed(one, line, store)]


def _placed(said: Understood, line: Line, store: Store) -> list[Understood]:
    """What is said of the estate: by its English name, and by the Chinese one of the ground that bears it."""
    if not line.estate:
        return [said]
    counted = said.block or said.unit or said.floor or said.room  # then the name is not the whole of it
    grounds = (plain.name(row.title) for row in store.named([line.estate], ["estate"]) if row.layer == GROUND)
    names = dict.fromkeys((line.estate, *grounds))
    return [
        replace(said, places=(name,), estate=name if counted else "", whole="" if counted else name) for name in names
    ]


def _terms(sounds: Sequence[str]) -> list[str]:
    return [term for (term,) in message.rows(SPELLED, [list(sounds)] * 2)]
