"""What may begin at a place of a line, rule by rule: each takes what it knows, or says that it does not.

No dictionary of streets and no database: what a street is called is for the search to find out.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from gis.locate import words
from gis.locate.counts import NAMED, counted, digits, joined, number, part
from gis.locate.numerals import SIGNS
from gis.locate.parts import Label
from gis.locate.reading import Reading

Rule = Callable[[Reading], bool]
AREAS = (Label.PROVINCE, Label.CITY, Label.DISTRICT, Label.TOWN)
CHINESE_NUMBER = re.compile(
    rf"第?{words.N}(?:号|弄|支弄|幢|栋|单元|楼|层|室|座|组|梯|期|区(?!域)|#)(?!线|桥|店|码|地铁|院线)"
)
ENDINGS = ((Label.CITY, words.CITY), (Label.DISTRICT, words.DISTRICT), (Label.TOWN, words.TOWN))
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
    known = reading.gazetteer.at(reading.text, reading.at) or _like_area(reading)
    if known is None:
        return False
    label, end = known
    if label is Label.PROVINCE and reading.has(Label.PROVINCE) and not reading.has(Label.CITY):
        label = Label.CITY  # 上海市 is both
    reading.take(Label.NOISE if reading.has(label) else label, end)
    return True


def _like_area(reading: Reading) -> tuple[Label, int] | None:
    """What ends like an area that was not named yet, the shortest; behind the name of a place only a town."""
    text, at = reading.text, reading.at
    unnamed = [(label, pattern) for label, pattern in ENDINGS if label not in reading.called]
    end, label = min(
        ((found.end(), label) for label, pattern in unnamed if (found := pattern.match(text, at))), default=(0, None)
    )
    if label is None or (label is not Label.TOWN and reading.has(Label.PLACE, Label.COMMUNITY)):
        return None
    return label, end


def _repeated(reading: Reading) -> bool:
    """Areas after the street are a second telling of them."""
    known = reading.gazetteer.at(reading.text, reading.at)
    if known and known[0] in AREAS and reading.has(known[0]) and known[1] < len(reading.text):
        reading.take(Label.NOISE, known[1])
        return True
    return False


def _zone(reading: Reading) -> bool:
    if reading.has(Label.ROAD, Label.PLACE, Label.ZONE):
        return False
    found = words.ZONE.match(reading.text, reading.at)
    if found:
        reading.take(Label.ZONE, found.end())
    return bool(found)


def _two_streets(reading: Reading) -> bool:
    """With a stroke or 与 between them, whatever they are called: 侨香三道/西村四路."""
    found = None if reading.has(Label.ROAD) else words.TWO_STREETS.match(reading.text, reading.at)
    place = words.PLACE.match(reading.text, reading.at) if found else None
    if not found or (place and place.end() < found.end("one")):
        return False
    reading.take(Label.ROAD, found.end("one"))
    reading.take(Label.HINT, found.start("other"))
    reading.take(Label.SUB_ROAD, found.end("other"))
    return True


def _community(reading: Reading) -> bool:
    if reading.has(Label.COMMUNITY, Label.NUMBER, Label.BLOCK):
        return False
    found = words.COMMUNITY.match(reading.text, reading.at)
    road = words.ROAD.match(reading.text, reading.at) if found else None
    if not found or (road and road.end() <= found.end()):
        return False
    reading.take(Label.COMMUNITY, found.end())
    return True


def _crossing(reading: Reading) -> bool:
    """What follows a road and says that another crosses it, or which side of it is meant."""
    if not reading.has(Label.ROAD, Label.SUB_ROAD, Label.PLACE, Label.NUMBER):
        return False
    text, at = reading.text, reading.at
    found = words.HINT.match(text, at)
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
    if reading.has(Label.BLOCK, Label.UNIT):
        return False
    found = words.NUMBERED_ROAD.match(reading.text, reading.at) or words.GROUP.match(reading.text, reading.at)
    if not found or (reading.has(Label.NUMBER) and "号" in found[0]):
        return False
    reading.take(Label.SUB_ROAD if reading.has(Label.ROAD) else Label.ROAD, found.end())
    return True


def _road(reading: Reading) -> bool:
    found = words.ROAD.match(reading.text, reading.at)
    if not found or found.end() - reading.at < 2 or found.end() > _stop(reading):
        return False
    place = None if reading.has(Label.ROAD) else words.PLACE.match(reading.text, reading.at)
    if place and place.end() <= found.end() - 2:
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
    return not text.startswith("路口", place) and bool(words.HINT_BEHIND_NAME.match(text, place))


RULES: tuple[Rule, ...] = (
    _bracket, _noise, _area, _zone, _two_streets, _crossing, _gate, _numbered_road, counted, part, number, joined,
    digits, _community, _road, _place,
)  # fmt: skip
"""In this order: what is certain by its ending first, a name last."""
