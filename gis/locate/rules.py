"""What may begin at a place of a line, rule by rule: each takes what it knows, or says that it does not.

No dictionary of streets and no database: what a street is called is for the search to find out.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from gis.locate import words
from gis.locate.numerals import SIGNS
from gis.locate.parts import Label
from gis.locate.reading import Reading

Rule = Callable[[Reading], bool]
AREAS = (Label.PROVINCE, Label.CITY, Label.DISTRICT, Label.TOWN)
CHINESE_NUMBER = re.compile(
    rf"第?{words.N}(?:号|弄|支弄|幢|栋|单元|楼|层|室|座|组|梯|期|区(?!域)|#)(?!线|桥|店|码|地铁|院线)"
)
COUNTED = (Label.BLOCK, Label.UNIT, Label.FLOOR, Label.NUMBER, Label.SUB_NUMBER)
NAMED = (Label.PLACE, Label.SUB_PLACE, Label.COMMUNITY)
HINTS = (words.BESIDE, words.GATE, words.CROSSING, words.OFFSET, words.FORMERLY)
HINTED = frozenset(
    "东南西北正斜对旁边隔附一周后前门楼院里内中左右外近的大侧出入交相十丁三路转拐口以之约往向偏旧原故" + SIGNS
)
"""With what a hint can begin."""


def _bracket(reading: Reading) -> bool:
    """What stands in brackets explains; the way is asked by what stands outside. But 民安花苑(北门) is that gate."""
    found = words.BRACKET.match(reading.text, reading.at)
    if found:
        gate = reading.last in NAMED and words.GATE.fullmatch(found[1])
        reading.take(Label.SUB_PLACE if gate else Label.HINT, found.end())
    return bool(found)


def _noise(reading: Reading) -> bool:
    found = words.PHONE.match(reading.text, reading.at) or words.NOISE.match(reading.text, reading.at)
    if found:
        reading.take(Label.NOISE, found.end())
    return bool(found)


def _area(reading: Reading) -> bool:
    """A province, city, district or town; one that was named before is noise."""
    if reading.has(Label.ROAD, Label.NUMBER, Label.BLOCK):
        return _repeated(reading)
    known = reading.gazetteer.at(reading.text, reading.at)
    if known is None:
        patterns = ((Label.CITY, words.CITY), (Label.DISTRICT, words.DISTRICT), (Label.TOWN, words.TOWN))
        guesses = [(label, pattern.match(reading.text, reading.at)) for label, pattern in patterns]
        fitting = [(found.end(), label) for label, found in guesses if found and not reading.has(label)]
        if not fitting:
            return False
        end, label = min(fitting)
        if reading.has(Label.PLACE, Label.COMMUNITY) and label is not Label.TOWN:
            return False
        known = (label, end)
    label, end = known
    if label is Label.PROVINCE and reading.has(Label.PROVINCE) and not reading.has(Label.CITY):
        label = Label.CITY  # 上海市 is both
    reading.take(Label.NOISE if reading.has(label) else label, end)
    return True


def _repeated(reading: Reading) -> bool:
    """Areas after the street are a second telling of them."""
    known = reading.gazetteer.at(reading.text, reading.at)
    if known and known[0] in AREAS and reading.has(known[0]) and known[1] < len(reading.text):
        reading.take(Label.NOISE, known[1])
        return True
    return False


def _zone(reading: Reading) -> bool:
    found = words.ZONE.match(reading.text, reading.at)
    if not found or reading.has(Label.ROAD, Label.PLACE, Label.ZONE):
        return False
    reading.take(Label.ZONE, found.end())
    return True


def _two_streets(reading: Reading) -> bool:
    """With a stroke or 与 between them, whatever they are called: 侨香三道/西村四路."""
    found, place = words.TWO_STREETS.match(reading.text, reading.at), words.PLACE.match(reading.text, reading.at)
    if not found or reading.has(Label.ROAD) or (place and place.end() < found.end("one")):
        return False
    reading.take(Label.ROAD, found.end("one"))
    reading.take(Label.HINT, found.start("other"))
    reading.take(Label.SUB_ROAD, found.end("other"))
    return True


def _community(reading: Reading) -> bool:
    if reading.has(Label.COMMUNITY, Label.NUMBER, Label.BLOCK):
        return False
    found, road = words.COMMUNITY.match(reading.text, reading.at), words.ROAD.match(reading.text, reading.at)
    if not found or (road and road.end() <= found.end()):
        return False
    reading.take(Label.COMMUNITY, found.end())
    return True


def _crossing(reading: Reading) -> bool:
    """What follows a road and says that another crosses it, or which side of it is meant."""
    if not reading.has(Label.ROAD, Label.SUB_ROAD, Label.PLACE, Label.NUMBER):
        return False
    text, at = reading.text, reading.at
    patterns = (words.OFFSET, words.CROSSING, words.BESIDE, words.SIDE, words.FORMERLY)
    found = next((hit for pattern in patterns if (hit := pattern.match(text, at)) and hit.end() > at), None)
    if found is None and reading.last in (Label.ROAD, Label.SUB_ROAD):
        joined = words.AND.match(text, at)
        found = joined if joined and words.CROSSED.match(text, joined.end()) else None
    if found is None:
        return False
    reading.take(Label.HINT, found.end())
    return True


def _gate(reading: Reading) -> bool:
    found = words.GATE.match(reading.text, reading.at) if reading.found else None
    if found:
        reading.take(Label.SUB_PLACE, found.end())
    return bool(found)


def _numbered_road(reading: Reading) -> bool:
    found = words.NUMBERED_ROAD.match(reading.text, reading.at) or words.GROUP.match(reading.text, reading.at)
    if not found or reading.has(Label.BLOCK, Label.UNIT) or (reading.has(Label.NUMBER) and "号" in found[0]):
        return False
    reading.take(Label.SUB_ROAD if reading.has(Label.ROAD) else Label.ROAD, found.end())
    return True


def _counted(reading: Reading) -> bool:
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


def _part(reading: Reading) -> bool:
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


def _number(reading: Reading) -> bool:
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


def _joined(reading: Reading) -> bool:
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


def _digits(reading: Reading) -> bool:
    """A number without any word: what it counts is said by what stands before."""
    last = reading.last
    pattern = words.SPOKEN if last in COUNTED else words.DIGITS
    found = pattern.match(reading.text, reading.at)
    if not found:
        return False
    digits = len(found[0])
    if last in (Label.ROAD, Label.SUB_ROAD):
        label = Label.NUMBER
    elif reading.text[: reading.at].endswith("弄") or (last in NAMED and digits < 3):
        label = Label.BLOCK
    elif last is None:
        label = Label.NUMBER if digits < 6 else Label.NOISE
    else:
        label = Label.ROOM
    if not re.match(rf"{words.HAN}", reading.text[found.end() : found.end() + 1]) or label is not Label.NOISE:
        reading.take(label, found.end())
        return True
    return False


def _road(reading: Reading) -> bool:
    found = words.ROAD.match(reading.text, reading.at)
    if not found or found.end() - reading.at < 2 or found.end() > _stop(reading):
        return False
    place = words.PLACE.match(reading.text, reading.at)
    if place and place.end() <= found.end() - 2 and not reading.has(Label.ROAD):
        rest = reading.text[place.end() : found.end()]
        if len(rest) > 2 or rest[0] not in "东西南北中":
            return False
    label = Label.SUB_ROAD if reading.has(Label.ROAD) else Label.ROAD
    reading.take(label, found.end())
    return True


def _place(reading: Reading) -> bool:
    """A name: up to an ending that closes one, a number, a hint or the end."""
    stop = _stop(reading)
    found = words.PLACE.match(reading.text, reading.at, stop)
    end = found.end() if found and found.end() - reading.at > 2 else stop
    road = words.ROAD.search(reading.text, reading.at + 1, end)
    if end - reading.at < 1:
        return False
    if road and not found and not reading.has(Label.ROAD) and road.start() == reading.at:
        end = road.end()
    taken = reading.has(Label.PLACE)
    reading.take(Label.SUB_PLACE if taken else Label.PLACE, end)
    return True


def _stop(reading: Reading) -> int:
    """Where a name must end: before a digit, a counted numeral, a hint or a bracket."""
    text = reading.text
    for place in range(reading.at + 1, len(text)):
        sign = text[place]
        if sign in "0123456789()（）,，-、/#":
            return place
        if (sign in SIGNS or sign == "第") and place - reading.at > 1 and CHINESE_NUMBER.match(text, place):
            return place
        if place - reading.at > 1 and sign in HINTED and _hinted(text, place):
            return place
        if sign == "的" and words.GATE.match(text, place + 1):
            return place
        if sign.isascii() and sign.isalpha() and (words.BLOCK.match(text, place) or words.FLOOR.match(text, place)):
            return place
    return len(text)


def _hinted(text: str, place: int) -> bool:
    """Whether a hint begins; the 路 of 新桥路口 belongs to the road."""
    return not text.startswith("路口", place) and any(hint.match(text, place) for hint in HINTS)


RULES: tuple[Rule, ...] = (
    _bracket, _noise, _area, _zone, _two_streets, _crossing, _gate, _numbered_road, _counted, _part, _number, _joined,
    _digits, _community, _road, _place,
)  # fmt: skip
"""In this order: what is certain by its ending first, a name last."""
