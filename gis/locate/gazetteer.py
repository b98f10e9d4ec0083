"""Names of areas, so that 金华义乌 is told from a road: with their ending, and without it where nothing contradicts.

The parser knows the provinces; cities, districts and towns come from the city's own areas, or from whoever asks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from gis.locate.parts import Label

PROVINCES = (
    "北京市", "天津市", "河北省", "山西省", "内蒙古自治区", "辽宁省", "吉林省", "黑龙江省", "上海市", "江苏省",
    "浙江省", "安徽省", "福建省", "江西省", "山东省", "河南省", "湖北省", "湖南省", "广东省", "广西壮族自治区",
    "海南省", "重庆市", "四川省", "贵州省", "云南省", "西藏自治区", "陕西省", "甘肃省", "青海省",
    "宁夏回族自治区", "新疆维吾尔自治区", "台湾省", "香港特别行政区", "澳门特别行政区",
)  # fmt: skip
ENDING = re.compile(
    r"(?:特别行政区|(?:壮族|回族|维吾尔)?自治区|[\u4e00-\u9fff]{1,4}族自治[州县旗]|新区|自治[州县旗]|街道(?:办事处)?|省|市|区|县|旗|镇|乡|盟|州)$"
)
NAMESAKE = re.compile(
    r"[东西南北中一二三四五六七八九十0-9]{0,3}(?:路|街|大道|公路|大街|高架|桥|寺|站|港|湖|山|江|河|塘|门|村|弄|巷|里|城|店|"
    r"宾馆|酒店|饭店|大厦|广场|花园|花苑|公园|家园|公寓|新村|小区|名都|豪园|大学|学院|中学|小学|医院|银行|国际|商厦|万达|"
    r"人家|商城|工业|科技|园区|高新|经济|国际|批发|联合|轻纺|专业|诚信|影城|菜|面|烧烤|味|小吃|市场|体育|第|世纪)"
)
"""What makes a bare name part of a longer one: 上海路, 静安寺路, 杭州大厦."""

WRONG_ENDING = re.compile(r"省|市(?!场|政|民)|区(?!域)|县|旗|镇|街道|乡")
ENDINGS = {"区": Label.DISTRICT, "县": Label.DISTRICT, "旗": Label.DISTRICT, "镇": Label.TOWN, "乡": Label.TOWN,
           "街道": Label.TOWN}  # fmt: skip


def bare(name: str) -> str:
    """A name without its ending; itself where too little would be left."""
    short = ENDING.sub("", name)
    return short if len(short) >= 2 else name


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """Names of areas with what they are; ``full`` with their endings, ``short`` without."""

    full: dict[str, Label] = field(default_factory=dict)
    short: dict[str, Label] = field(default_factory=dict)
    begun: frozenset[str] = frozenset()
    """The first two characters of all of them: most places of a line are none's beginning."""

    @classmethod
    def of(cls, names: Iterable[tuple[Label, str]]) -> Gazetteer:
        """A gazetteer of areas and, always, the provinces; the higher level wins where two share a name."""
        full: dict[str, Label] = {}
        short: dict[str, Label] = {}
        for label, name in (*((Label.PROVINCE, name) for name in PROVINCES), *names):
            if label is not Label.TOWN or ENDING.search(name):
                full.setdefault(name, label)
            if bare(name) != name and label is not Label.TOWN:  # 学院路 is a street office, and many a road
                short.setdefault(bare(name), label)
        return cls(full, short, frozenset(name[:2] for name in (*full, *short)))

    def at(self, text: str, start: int) -> tuple[Label, int] | None:
        """What area's name begins at a place, and where it ends; the longest."""
        if text[start : start + 2] not in self.begun:
            return None
        for length in range(min(11, len(text) - start), 1, -1):
            word = text[start : start + length]
            if word in self.full:
                return self.full[word], start + length
            if word in self.short:
                end = start + length
                if ending := WRONG_ENDING.match(text, end):  # 广西省, 奉化市: as people remember it
                    return ENDINGS.get(ending[0], self.short[word]), ending.end()
                if not NAMESAKE.match(text, end) or self.opens(text, end):
                    return self.short[word], end
        return None

    def opens(self, text: str, start: int) -> bool:
        """Whether an area's whole name begins here."""
        return any(text[start : start + length] in self.full for length in range(2, 10))


PLAIN = Gazetteer.of(())
