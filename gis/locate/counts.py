"""What the numbers of a line count: doors, blocks, units, floors, rooms; said by a word behind or by what is before."""

from __future__ import annotations

import re

from gis.locate import words
from gis.locate.parts import Label
from gis.locate.reading import Reading

COUNTED = (Label.BLOCK, Label.UNIT, Label.FLOOR, Label.NUMBER, Label.SUB_NUMBER)
NAMED = (Label.PLACE, Label.SUB_PLACE, Label.COMMUNITY)


def counted(reading: Reading) -> bool:
    """Block, unit, floor, room: numbers with a word that says what they count."""
    text, at = reading.text, reading.at
    if found := words.UNIT.match(text, at):
        reading.take(Label.UNIT, found.end())
    elif found := words.BLOCK.match(text, at):
        reading.take(Label.ROOM if reading.has(Label.FLOOR) and found["word"] == "#" else Label.BLOCK, found.end())
    elif found := words.ROOM.match(text, at):
        reading.take(Label.ROOM, found.end())
    elif found := words.FLOOR.match(text, at):
        reading.take(Label.FLOOR, found.end())
    elif (found := words.NAMED_BLOCK.match(text, at)) and reading.found:
        reading.take(Label.BLOCK, found.end())
    return bool(found)


def part(reading: Reading) -> bool:
    """三期, B区: parts of the place before."""
    found = words.PART_OF_PLACE.match(reading.text, reading.at)
    if not found or not reading.has(Label.PLACE, Label.NUMBER, Label.ROAD):
        return False
    if reading.found[-1][0] is Label.PLACE:
        label, start, _ = reading.found.pop()
        reading.at = start
        reading.take(label, found.end())
    else:
        reading.take(Label.SUB_PLACE if reading.has(Label.PLACE) else Label.PLACE, found.end())
    return True


def number(reading: Reading) -> bool:
    """Doors of streets and lanes; after a lane or another door it is a house behind it."""
    text, at = reading.text, reading.at
    lane = words.LANE.match(text, at)
    found = lane or words.NUMBER.match(text, at) or (reading.has(Label.NUMBER) and words.ANNEX.match(text, at)) or None
    if not found:
        return False
    label = Label.NUMBER
    if reading.last is Label.SUB_ROAD:
        label = Label.SUB_NUMBER
    elif reading.has(Label.FLOOR, Label.ROOM, Label.UNIT):
        label = Label.ROOM
    elif reading.has(Label.BLOCK):
        label = Label.UNIT if re.match(r"[0-9]", text[found.end() : found.end() + 1]) else Label.ROOM
    elif reading.has(Label.NUMBER):
        label = Label.SUB_ROAD if lane else Label.BLOCK
    reading.take(label, found.end())
    return True


def joined(reading: Reading) -> bool:
    """12-3-1001 and 12-1001: block, unit, room. On a road without a number 465-1 is its number."""
    text, at = reading.text, reading.at
    street = reading.last in (Label.ROAD, Label.SUB_ROAD)
    if found := words.TRIPLE.match(text, at):
        labels: tuple[tuple[Label, str], ...] = (
            (Label.NUMBER if street else Label.BLOCK, "block"), (Label.UNIT, "unit"), (Label.ROOM, "room"),
        )  # fmt: skip
    elif (found := words.PAIR.match(text, at)) and not street:
        if reading.has(Label.FLOOR, Label.UNIT):
            reading.take(Label.ROOM, found.end())
            return True
        first = Label.UNIT if reading.has(Label.BLOCK) else Label.BLOCK
        labels = ((first, "block"), (Label.ROOM, "room"))
    else:
        if found:
            reading.take(Label.NUMBER, found.end())
        return bool(found)
    for label, name in labels:
        if found.start(name) > reading.at:
            reading.take(Label.NOISE, found.start(name))
        reading.take(label, found.end(name))
    return True


def digits(reading: Reading) -> bool:
    """A number without any word: what it counts is said by what stands before."""
    last = reading.last
    pattern = words.SPOKEN if last in COUNTED else words.DIGITS
    found = pattern.match(reading.text, reading.at)
    if not found:
        return False
    length = len(found[0])
    if last in (Label.ROAD, Label.SUB_ROAD):
        label = Label.NUMBER
    elif reading.text[: reading.at].endswith("弄") or (last in NAMED and length < 3):
        label = Label.BLOCK
    elif last is None:
        label = Label.NUMBER if length < 6 else Label.NOISE
    else:
        label = Label.ROOM
    if not re.match(rf"{words.HAN}", reading.text[found.end() : found.end() + 1]) or label is not Label.NOISE:
        reading.take(label, found.end())
        return True
    return False
