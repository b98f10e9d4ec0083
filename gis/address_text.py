"""One way to write an address: what people write in many ways is brought to parts that can be compared.

Widths, blanks and variant characters go; Chinese numerals become digits, everywhere and on both sides alike; the words
after a number (幢 栋 号楼 座, 单元, 室) are dropped, for the part says what it counts. Nothing of this is stored.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import astuple, dataclass, fields
from difflib import SequenceMatcher

from gis.locate.numerals import in_digits
from gis.locate.plain import narrow

WHOLE = re.compile(
    r"(?P<road>\D*?(?:\d\D*?)??(?:路|街|道|巷|弄|里|胡同|条))?(?P<number>\d+(?:弄\d+)?(?:[-附]\d+)?)号(?!楼)(?:附(?P<annex>\d+)号?)?"
    r"(?P<rest>.*)"
)
TAIL = re.compile(
    r"(?P<estate>.*?)(?:(?P<block>\d+|[A-Z])(?:幢|栋|号楼|座|楼))?(?:(?P<unit>\d+|[A-Z])单元)?(?:(?P<room>[A-Z]?\d+[A-Z]?)(?:室|房)?)?"
)


@dataclass(frozen=True, slots=True)
class Parts:
    """An address as it is compared; a part that is not given is empty."""

    road: str = ""
    number: str = ""
    estate: str = ""
    block: str = ""
    unit: str = ""
    room: str = ""
    name: str = ""

    @classmethod
    def of(cls, given: Mapping[str, str]) -> Parts:
        """Parts from the columns of a register; one that wrote the whole line into one column is taken apart."""
        texts = {field.name: plain(given.get(field.name) or "") for field in fields(cls)}
        if not texts["number"]:
            for column in ("road", "estate", "name"):
                if parts := taken_apart(texts[column]):
                    texts = {name: parts.get(name) or ("" if name == column else text) for name, text in texts.items()}
                    break
        for column in ("number", "block", "unit", "room"):
            texts[column] = counted(texts[column])
        return cls(**texts)

    @property
    def key(self) -> str:
        """The whole of it: equal keys are one text. Empty where hardly anything is said."""
        named = (self.number and (self.road or self.estate)) or (self.estate and self.block) or self.name
        return "|".join(astuple(self)[:-1] if self.number or self.block else astuple(self)) if named else ""


def plain(text: str) -> str:
    """Text without what does not tell addresses apart."""
    return in_digits(re.sub(r"[\s·•.,，。、()（）\[\]【】]+", "", narrow(text)))


def counted(text: str) -> str:
    """A number without the word that follows it and without zeros before it."""
    bare = re.sub(r"(?:号楼|单元|号|幢|栋|座|楼|室|房|门)$", "", text).replace("号附", "附").replace("号-", "-")
    return re.sub(r"^0+(?=\d)", "", re.sub(r"(?<=附\d)号$", "", bare))


def taken_apart(text: str) -> dict[str, str]:
    """Road, number, block, unit and room of a line such as 人民路12号3幢2单元501室; nothing where there is no 号.

    Not by ``gis.locate.parse``, which reads a door even where a name only begins with a number: 258私房菜, 三人行.
    """
    found = WHOLE.fullmatch(text)
    if not found or not found["number"]:
        return {}
    rest = TAIL.fullmatch(found["rest"])
    parts = {name: value or "" for name, value in (rest.groupdict() if rest else {}).items()}
    annex = f"附{found['annex']}" if found["annex"] else ""
    return parts | {"road": found["road"] or "", "number": found["number"] + annex}


def alike(a: str, b: str) -> float:
    """How alike two names are, 0 to 1; one that only has more before it (a district, a street) is nearly the same."""
    if a == b:
        return 1.0
    if a and b and (a.endswith(b) or b.endswith(a)):
        return 0.95
    return SequenceMatcher(None, a, b, autojunk=False).ratio()
