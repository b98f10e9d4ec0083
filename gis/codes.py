"""The numbers places go by: how each is built, what it is part of, and what is wrong with one that is refused.

Every code is a frozen text with named parts; its parent is always a prefix of it. The patterns here are those of
the national standards. A city that deviates configures its own (`CodeScheme`, rows of data/codes/patterns.csv),
which the database enforces; widths are therefore never fixed in a table.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self, TypeAlias

from gis.errors import Invalid

Parts: TypeAlias = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class CodeScheme:
    """A named pattern, matched whole; it must read the same in Python's `re` and PostgreSQL's regular expressions."""

    name: str
    pattern: str
    title: str
    title_en: str = ""

    def __post_init__(self) -> None:
        try:
            re.compile(self.pattern)
        except re.error as wrong:
            raise Invalid(f"编码规则 {self.name} 有误：{wrong} / pattern of {self.name}: {wrong}") from wrong

    def holds(self, text: str) -> bool:
        """Whether `text` as a whole follows the pattern."""
        return re.fullmatch(self.pattern, text) is not None

    def check(self, text: str) -> str:
        """`text` as it is; Invalid if it breaks the pattern."""
        if not self.holds(text):
            raise Invalid(
                f"{self.title}“{text}”（{len(text)} 位）不符合规则 {self.pattern}"
                f" / {self.title_en or self.name} {text!r} ({len(text)} characters) breaks {self.pattern}"
            )
        return text


@dataclass(frozen=True, slots=True)
class PlaceCode:
    """A code with parts of fixed width. Raises Invalid when made from anything else."""

    text: str

    PARTS: ClassVar[Parts] = ()
    PARENT: ClassVar[int] = 0  # how many characters the parent keeps; 0: no parent
    SCHEME: ClassVar[CodeScheme] = CodeScheme("any", ".+", "编码", "code")

    def __post_init__(self) -> None:
        self.SCHEME.check(self.text)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a code as people deliver it: blanks around and between groups of digits are dropped."""
        return cls(re.sub(r"\s", "", text))

    @classmethod
    def of(cls, *values: str) -> Self:
        """Put a code together from its parts, each of its exact width."""
        return cls("".join(values))

    @property
    def parts(self) -> dict[str, str]:
        """The parts by name, in order; joined they are the code."""
        found, at = {}, 0
        for name, width in self.PARTS:
            found[name], at = self.text[at : at + width], at + width
        return found

    @property
    def parent(self) -> str | None:
        """The code of what this is part of: always a prefix."""
        return self.text[: self.PARENT] or None

    def __str__(self) -> str:
        return self.text


class GridCode(PlaceCode):
    """单元网格, 15 digits (GB/T 30428.1): county 6, street 3, community 3, sequence 3; the parent is the community."""

    __slots__ = ()
    PARTS = (("county", 6), ("street", 3), ("community", 3), ("sequence", 3))
    PARENT = 12
    SCHEME = CodeScheme("grid", "[1-9][0-9]{14}", "单元网格编码", "unit grid code")


class ComponentCode(PlaceCode):
    """部件, 16 digits (GB/T 30428.2): county 6, class 2, subclass 2, sequence 6; the parent is county and class."""

    __slots__ = ()
    PARTS = (("county", 6), ("category", 2), ("subclass", 2), ("sequence", 6))
    PARENT = 10
    SCHEME = CodeScheme("component", "[1-9][0-9]{15}", "部件编码", "component code")

    @property
    def class_code(self) -> str:
        """The four digits that name the class; they mean nothing without their edition."""
        return self.text[6:10]


class AreaCode(PlaceCode):
    """行政区划, 2 digits a province, 4 a city, 6 a county, 9 a street, 12 a community (GB/T 2260, GB/T 10114)."""

    __slots__ = ()
    PARTS = (("province", 2), ("city", 2), ("county", 2), ("street", 3), ("community", 3))
    LENGTHS: ClassVar[tuple[int, ...]] = (2, 4, 6, 9, 12)
    SCHEME = CodeScheme(
        "area", "[1-9][0-9]([0-9]{2}([0-9]{2}([0-9]{3}([0-9]{3})?)?)?)?", "行政区划代码", "area code"
    )  # fmt: skip

    @property
    def level(self) -> int:
        """1 province, 2 city, 3 county, 4 street, 5 community."""
        return self.LENGTHS.index(len(self.text)) + 1

    @property
    def parent(self) -> str | None:
        """The next level up; a province has none."""
        return self.text[: self.LENGTHS[self.level - 2]] if self.level > 1 else None

    @property
    def parts(self) -> dict[str, str]:
        """Only the levels the code reaches."""
        names = dict(self.PARTS[: self.level])
        ends = dict(zip(names, self.LENGTHS, strict=False))
        return {name: self.text[ends[name] - width : ends[name]] for name, width in names.items()}

    @classmethod
    def trim(cls, text: str) -> Self:
        """Read the statistical form that fills lower levels with zeros: 110105000000 and 110100 are 110105 and 1101."""
        text = re.sub(r"\s", "", text)
        for short, long in reversed(tuple(zip(cls.LENGTHS, cls.LENGTHS[1:], strict=False))):
            if len(text) == long and not text[short:].strip("0"):
                text = text[:short]
        return cls(text)


class ShenzhenBuilding(PlaceCode):
    """深圳楼栋编码, 19 digits: province 2, city 2, county 2, street 3, community 3, grid 2, building 5."""

    __slots__ = ()
    PARTS = (("province", 2), ("city", 2), ("county", 2), ("street", 3), ("community", 3), ("grid", 2), ("building", 5))
    PARENT = 14
    SCHEME = CodeScheme("sz-building", "[1-9][0-9]{18}", "深圳楼栋编码", "Shenzhen building code")


class ShenzhenRoom(PlaceCode):
    """深圳房屋编码, 25 digits: the building's 19 and a room's 6."""

    __slots__ = ()
    PARTS = (*ShenzhenBuilding.PARTS, ("room", 6))
    PARENT = 19
    SCHEME = CodeScheme("sz-room", "[1-9][0-9]{24}", "深圳房屋编码", "Shenzhen room code")


class HouseCode(PlaceCode):
    """房屋代码, 22 characters and a check (JGJ/T 246): area 9, year 4, building 4, room 5 (00000: the building)."""

    __slots__ = ()
    PARTS = (("area", 9), ("year", 4), ("building", 4), ("room", 5), ("check", 1))
    PARENT = 17
    SCHEME = CodeScheme("jgj246", "[1-9][0-9]{8}[0-9*]{13}[0-9X]", "房屋代码", "JGJ/T 246 house code")

    @property
    def check_holds(self) -> bool:
        """Whether the last character is the one computed: report it, do not refuse (see `check_character`)."""
        return check_character(self.text[:22]) == self.text[22]


class PropertyUnit(PlaceCode):
    """不动产单元代码, 28 characters: county 6, zone 3, subzone 3, parcel kind 2 and number 5, fixture F/L/Q/W and 8."""

    __slots__ = ()
    PARTS = (("county", 6), ("zone", 3), ("subzone", 3), ("kind", 2), ("parcel", 5), ("fixture", 1), ("unit", 8))
    PARENT = 19
    SCHEME = CodeScheme(
        "property-unit", "[1-9][0-9]{11}[GJZ][ABCDEFSWXY][0-9]{5}[FLQW][0-9]{8}", "不动产单元代码", "property unit code"
    )  # fmt: skip


class CameraCode(PlaceCode):
    """视频设备编码, 20 digits (GB/T 28181, rule A): centre 8, trade 2 (08: city management), kind 3, number 7."""

    __slots__ = ()
    PARTS = (("centre", 8), ("trade", 2), ("kind", 3), ("number", 7))
    PARENT = 8
    SCHEME = CodeScheme("camera", "[1-9][0-9]{19}", "视频设备编码", "camera code")

    @property
    def is_camera(self) -> bool:
        """Kind 131 or 132: a camera, and not a recorder, a gate or a server."""
        return self.text[10:13] in ("131", "132")


class FeatureCode(PlaceCode):
    """管线要素代码, 8 digits (CJJ 61 App. F): 5, class 1, subclass 2, shape 1 line 2 point 3 area, role, number 2."""

    __slots__ = ()
    PARTS = (("base", 1), ("category", 1), ("subclass", 2), ("shape", 1), ("role", 1), ("number", 2))
    PARENT = 4
    SCHEME = CodeScheme(
        "pipe-feature", "5[1-8][0-9]{2}(0000|[13]0[0-9]{2}|2[1-3][0-9]{2})", "管线要素代码", "pipeline feature code"
    )  # fmt: skip


KINDS: tuple[type[PlaceCode], ...] = (
    GridCode, ComponentCode, AreaCode, ShenzhenBuilding, ShenzhenRoom, HouseCode, PropertyUnit, CameraCode, FeatureCode,
)  # fmt: skip

_WEIGHTS = tuple(pow(2, i + 1, 11) for i in range(22))  # 2 4 8 5 10 9 7 3 6 1, again and again
CHECKS = "10X98765432"


def check_character(body: str, checks: str = CHECKS) -> str:
    """The check of a 22-character house code: the weighted sum, modulo 11, looked up in `checks`.

    `*` counts as ten (JGJ/T 246). The standard's own look-up table could not be read; the default is the one of
    the same family (ISO 7064 MOD 11-2, as on identity cards), so a mismatch is a finding and never a refusal.
    """
    if not re.fullmatch(r"[0-9*]{22}", body):
        raise Invalid(f"房屋代码本体应为 22 位数字或 *，收到“{body}” / a house code has 22 digits or *, not {body!r}")
    total = sum((10 if sign == "*" else int(sign)) * weight for sign, weight in zip(body, _WEIGHTS, strict=True))
    return checks[total % 11]


@dataclass(frozen=True, slots=True)
class Restored:
    """A code with its leading zeros back; `changed` says whether any had been lost."""

    text: str
    changed: bool


def restore_zeros(values: Sequence[str | int | float], widths: Sequence[int]) -> Restored:
    """Give the parts of a code back the leading zeros a spreadsheet took: 1, 1 of widths 2, 2 is 0101.

    One value for one column: a code kept in one cell has lost zeros only in front, so pass its whole width. Raises
    Invalid for what cannot be known: too long, empty, no digits, or a number the spreadsheet has rounded.
    """
    if len(values) != len(widths):
        raise Invalid(f"应有 {len(widths)} 段，收到 {len(values)} 段 / {len(widths)} parts, not {len(values)}")
    given = [_digits(value) for value in values]
    for text, width in zip(given, widths, strict=True):
        if len(text) > width:
            raise Invalid(f"“{text}”多于 {width} 位 / {text!r} is longer than {width} digits")
    padded = "".join(text.zfill(width) for text, width in zip(given, widths, strict=True))
    return Restored(padded, padded != "".join(given))


def _digits(value: str | int | float) -> str:
    text = str(value).strip()
    if re.fullmatch(r"[0-9]+\.0*", text):
        text = text.partition(".")[0]
        if len(text) > 15:  # a spreadsheet keeps fifteen digits and writes zeros for the rest
            raise Invalid(f"“{value}”超过 15 位，表格已舍入 / {value!r} was rounded by a spreadsheet (over 15 digits)")
    if not re.fullmatch(r"[0-9]+", text):
        raise Invalid(f"“{value}”不是数字编码，无法补零 / {value!r} is no digits: its zeros cannot be restored")
    return text
