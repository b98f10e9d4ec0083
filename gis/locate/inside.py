"""What English says of a place inside an estate, wherever in the line it stands: block, unit, floor, room, or gate."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gis.locate.meaning import count
from gis.locate.parts import Label, Piece

NO = r"\.?\s*(?:\b(?:number|no|nr)\b\.?|#)?\s*"
COUNT = r"([0-9]{1,5}[a-z]?|[a-z][0-9]{0,4})(?![\w'’])"
WAYS = {
    "north": "北", "northeast": "东北", "east": "东", "southeast": "东南", "south": "南", "southwest": "西南",
    "west": "西", "northwest": "西北", "main": "正", "front": "正", "back": "后", "rear": "后", "side": "侧",
}  # fmt: skip
WAY = rf"((?:north|south)[ -]?(?:east|west)|{'|'.join(WAYS)})"
BLOCK = rf"\b(?:block|blk|building|bldg|tower){NO}{COUNT}|\b(?:number|no)\b\.?\s*([0-9]{{1,4}})\s+(?:building|block)\b"
GATE = rf"\b(?:{WAY}\s+)?gate(?:{NO}([0-9]{{1,2}}))?(?:\s+(?:of|to)(?:\s+the)?\b|\s*(?=,|$))"
SAID = tuple(
    (label, re.compile(pattern, re.IGNORECASE))
    for label, pattern in (
        (Label.ROOM, rf"\b(?:room|rm|flat|apartment|apt|suite){NO}{COUNT}"),
        (Label.UNIT, rf"\b(?:unit|entrance){NO}{COUNT}"),
        (Label.FLOOR, rf"\b(?:floor|level){NO}{COUNT}|\b([0-9]{{1,3}})(?:st|nd|rd|th)?(?:\s*floor\b|\s*/?f\b)"),
        (Label.BLOCK, BLOCK),
        (Label.SUB_PLACE, GATE),
    )
)
SPARE = re.compile(r"^[\s,]+|,(?=\s*(?:,|$))")
"""Commas between which nothing is left."""


@dataclass(frozen=True, slots=True)
class Inside:
    """What was said, in the form of Chinese addresses; ``rest`` is the rest of the line, each sign where it stood."""

    rest: str
    block: str = ""
    unit: str = ""
    floor: str = ""
    room: str = ""
    gate: str = ""
    pieces: tuple[Piece, ...] = ()


def taken(written: str) -> Inside:
    """Take out of a line what it says of the inside of a place."""
    rest, said, pieces = written, dict[str, str](), list[Piece]()
    for label, pattern in SAID:
        if found := pattern.search(rest):
            value = next(filter(None, found.groups()), "")
            said |= {"gate": _gate(value)} if label is Label.SUB_PLACE else {label.name.lower(): count(value.upper())}
            pieces.append(Piece(label, found[0], *found.span()))
            rest = f"{rest[: found.start()]}{' ' * len(found[0])}{rest[found.end() :]}"
    return Inside(SPARE.sub(lambda spare: " " * len(spare[0]), rest), **said, pieces=tuple(pieces))


def _gate(said: str) -> str:
    """北门, 2号门, or 大门 where nothing more is said."""
    return WAYS.get(re.sub("[ -]", "", said.lower()), f"{said}号" if said else "大") + "门"
