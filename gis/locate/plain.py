"""A line without its accidents (widths, case, blanks, variants), each character knowing where it came from."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from gis.locate.numerals import SIGNS, UNITS, value

VARIANTS = str.maketrans("萬衖裏裡邨廈號棟樓單層東門廣場園區國業華達紅陽寧長臺頭橋鎮鄉縣莊灣龍鳳興豐",
                         "万巷里里村厦号栋楼单层东门广场园区国业华达红阳宁长台头桥镇乡县庄湾龙凤兴丰")  # fmt: skip
LONGEST = 200
"""Characters of a line that are read; nobody's address is longer."""
DROPPED = re.compile(r"(?!\.)[\s\x00-\x1f·•.。'\"“”‘’《》<>\[\]【】{}!?;:=*\\^`|~_\u200b-\u200f\ufeff]")
KEPT_SIGNS = str.maketrans({"~": "-", "～": "-", "—": "-", "–": "-", "－": "-", "―": "-", "＃": "#", "／": "/"})
SAID = re.compile(rf"(?![{''.join(UNITS)}](?![{SIGNS}]))[{SIGNS}]+")
"""Numerals of a name; 百 alone is a word (百色路), and no number."""
NAMES = re.compile(r"[\s\W_]+")
LANE = re.compile(rf"(?<=[0-9０-９{SIGNS}])衖|(?<=[0-9０-９{SIGNS}]支)衖")
"""98衖 is 98弄; behind a name the sign is 巷 (``VARIANTS``)."""


@dataclass(frozen=True, slots=True)
class Line:
    """Text as it is read, and for each of its characters the place of the character in what was written."""

    written: str
    text: str
    places: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where a stretch of the text stands in what was written."""
        if not self.places or start >= len(self.places):
            return len(self.written), len(self.written)
        if end <= start:
            return self.places[start], self.places[start]
        return self.places[start], self.places[end - 1] + 1


def line(written: str) -> Line:
    """Return a line to be read, cut to ``LONGEST`` characters."""
    read = [_narrow(sign) for sign in _read(written)]
    return Line(written, "".join(read), tuple([place for place, signs in enumerate(read) for _ in signs]))


@lru_cache(maxsize=20_000)
def text(written: str) -> str:
    """The text of ``line`` alone."""
    return "".join(map(_narrow, _read(written)))


def _read(written: str) -> str:
    """As much of a line as is read, sign for sign, with the lane that two signs write."""
    return LANE.sub("弄", written[:LONGEST])


@lru_cache(maxsize=20_000)
def _narrow(sign: str) -> str:
    """A character as it is read: nothing, itself, or several (㎡, ½)."""
    return DROPPED.sub("", narrow(sign.translate(KEPT_SIGNS)).translate(KEPT_SIGNS))


@lru_cache(maxsize=20_000)
def name(text: str) -> str:
    """Return the form in which names are compared: no blanks, no signs, numerals in digits."""
    narrowed = unicodedata.normalize("NFKC", narrow(LANE.sub("弄", text)))
    return SAID.sub(lambda run: value(run[0]), NAMES.sub("", narrowed))


def narrow(text: str) -> str:
    """Return text without what only looks different: widths, case, variants of characters."""
    return unicodedata.normalize("NFKC", text).upper().translate(VARIANTS)
