"""How people write an address that is on record: each rewriting a stratum. Nothing of the parser is used here.

The patterns below know only digits, 号 弄 幢 层 室 and where a road's name ends; numerals have a rule of their own.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator

from pypinyin import Style, pinyin

NUMERALS = "零一二三四五六七八九"
SIGN_BY_SIGN = str.maketrans("0123456789", "〇一二三四五六七八九")
WIDE = str.maketrans("0123456789()-", "０１２３４５６７８９（）－")
TRADITIONAL = str.maketrans("号楼东门华龙长宁阳栋单园广场", "號樓東門華龍長寧陽棟單園廣場")
SAID = {"长": ("chang", "c"), "都": ("du", "d")}
"""As these are said in every street of Shanghai: the dictionary's words read 长海路 and 金都路 as nobody would."""
HOMOPHONES: dict[str, str] = {}
COMMON = (
    "人民路大中山上海东南西北新华江浦川金银玉石杨柳松柏梅兰竹菊天地日月星辰春夏秋冬红黄蓝白黑青紫龙凤马牛羊平安康宁和顺"
    "福禄寿喜财富贵荣光明亮辉煌建设国家民族文化科技学府书院医药店铺商业工农兵军长短高低远近前后左右内外门窗桥梁河湖湾港"
    "杨扬阳洋羊样养张章彰漳瑞锐蕊永勇咏涌庆清青轻情晴莲连联廉怜宜仪怡义益逸嘉佳家加夹"
)
Rewrite = Callable[[str, str, random.Random], str]
"""From an address, its district and chance to a line; "" where an address cannot be written so."""
EAST_M, NORTH_M = 50.0, 100.0
MOVED = {"东侧50米": (EAST_M, 0.0), "往北约100米": (0.0, NORTH_M)}
"""Rewritings that mean a place beside the door: so many metres east and north of it."""


def spelled(number: int) -> str:
    """一百二十三, by the rule of primary school."""
    if number < 10:
        return NUMERALS[number]
    if number < 20:
        return "十" + (NUMERALS[number % 10] if number % 10 else "")
    for unit, sign in ((1000, "千"), (100, "百"), (10, "十")):
        if number >= unit:
            rest = number % unit
            gap = "零" if rest and rest < unit // 10 else ""
            return NUMERALS[number // unit] + sign + (gap + (NUMERALS[rest // 10] + "十" + spelled(rest % 10)
                   if 10 <= rest < 20 and unit > 10 else spelled(rest)) if rest else "")  # fmt: skip
    raise ValueError(number)


def _numbers(text: str, change: Callable[[str], str]) -> str:
    return re.sub(r"\d+(?=[号弄幢栋层楼室])", lambda found: change(found[0]), text)


def _bare(address: str) -> str:
    return re.sub(r"[(（].*?[)）]", "", address)


def _door(address: str, district: str, written: str) -> str:
    """The line whose last door is written otherwise: ``{0}`` is its number, ``{1}`` and ``{2}`` greater ones."""
    found = re.fullmatch(r"(.*?[路街道弄])(\d+)号", address)
    return f"{district}{found[1]}{written.format(*(int(found[2]) + more for more in (0, 2, 4)))}" if found else ""


def _latin(address: str, style: Style) -> str:
    """A street and its number in Latin letters, as one types without a Chinese keyboard."""
    found = re.fullmatch(r"(?:[\u4e00-\u9fff]{2,3}(?:镇|街道|乡))?([\u4e00-\u9fff]{2,7}路)(\d+)号", address)
    if not found:
        return ""
    before = address[: found.start(1)] if style is Style.NORMAL else ""
    text = before + found[1]
    read = (SAID.get(sign, (sound[0], sound[0]))[style is Style.FIRST_LETTER]
            for sign, sound in zip(text, pinyin(text, style=style), strict=True))  # fmt: skip
    return f"{''.join(read)} {found[2]}"


def _usual(district: str) -> str:
    return district.removesuffix("新区").removesuffix("区")


REWRITES: dict[str, Rewrite] = {
    "as registered": lambda a, d, r: a,
    "省市区 before it": lambda a, d, r: f"上海市{d}{a}",
    "省市区 doubled": lambda a, d, r: f"上海市上海市{d}{d}{a}",
    "上海 and 区 without endings": lambda a, d, r: f"上海{_usual(d)}{a}",
    "市 and 区 with blanks": lambda a, d, r: f"上海市 {d} {a}",
    "区 only": lambda a, d, r: d + a,
    "brackets left out": lambda a, d, r: d + _bare(a),
    "numerals read out": lambda a, d, r: d + _numbers(a, lambda n: spelled(int(n)) if int(n) < 10_000 else n),
    "numerals sign by sign": lambda a, d, r: d + _numbers(a, lambda n: n.translate(SIGN_BY_SIGN)),
    "full width": lambda a, d, r: (d + a).translate(WIDE),
    "traditional": lambda a, d, r: (d + a).translate(TRADITIONAL),
    "号 left out": lambda a, d, r: d + re.sub(r"(?<=\d)号(?=$|[\u4e00-\u9fff(（])(?!楼)", "", a, count=1),
    "层 said 楼": lambda a, d, r: d + re.sub(r"(?<=\d)层", "楼", a),
    "室 left out": lambda a, d, r: d + re.sub(r"(?<=\d)室", "", a),
    "幢 said 栋": lambda a, d, r: d + a.replace("幢", "栋").replace("号楼", "栋"),
    "commas between": lambda a, d, r: "，".join((d, *re.split(r"(?<=[路号弄])(?=\d|[\u4e00-\u9fff])", a, maxsplit=2))),
    "sent by post": lambda a, d, r: f"{d}{a} 电联",
    "beside it": lambda a, d, r: f"{d}{_bare(a)}旁",
    "across from it": lambda a, d, r: f"{d}{_bare(a)}对面",
    "东侧50米": lambda a, d, r: f"{d}{_bare(a)}东侧50米",
    "往北约100米": lambda a, d, r: f"{d}{_bare(a)}往北约100米",
    "12-3-1001": lambda a, d, r: _door(a, d, f"{{0}}-{r.randint(1, 9)}-{r.randint(1, 20)}0{r.randint(1, 4)}"),
    "12号附3号": lambda a, d, r: _door(a, d, f"{{0}}号附{r.randint(1, 9)}号"),
    "12号至16号": lambda a, d, r: _door(a, d, "{0}号至{2}号"),
    "12号、14号": lambda a, d, r: _door(a, d, "{0}号、{1}号"),
    "12-16号": lambda a, d, r: _door(a, d, "{0}-{2}号"),
    "12号底层": lambda a, d, r: _door(a, d, "{0}号" + r.choice(("底层", "地下一层", "3楼"))),
    "98衖 for 98弄": lambda a, d, r: d + a.replace("弄", "衖") if re.search(r"\d弄", a) else "",
    "pinyin": lambda a, d, r: _latin(a, Style.NORMAL),
    "initials": lambda a, d, r: _latin(a, Style.FIRST_LETTER),
}  # fmt: skip


def road_of(address: str) -> re.Match[str] | None:
    """Where the road's name stands: what ends with 路 街 道 村 苑 … before the first digit."""
    return re.match(
        r"(?:[\u4e00-\u9fff]{2,3}(?:镇|街道|乡))?([\u4e00-\u9fff]{2,7}?(?:公路|大道|路|街|道|村))(?=\d)", address
    )


def _sounds_like(sign: str) -> str:
    read = pinyin(sign, style=Style.NORMAL)[0][0]
    if read not in HOMOPHONES:
        HOMOPHONES[read] = "".join(other for other in COMMON if pinyin(other, style=Style.NORMAL)[0][0] == read)
    return HOMOPHONES[read]


def typos(address: str, district: str, chance: random.Random) -> Iterator[tuple[str, str]]:
    """One mistake in the name of the road, of each kind."""
    found = road_of(address)
    if not found or len(found[1]) < 3:
        return
    start, name, end = found.start(1), found[1], found.end(1)
    place = chance.randrange(len(name) - 1)
    before, after = district + address[:start], address[end:]

    def line(changed: str) -> str:
        return before + changed + after

    alike = [sign for sign in dict.fromkeys(_sounds_like(name[place])) if sign != name[place]]
    if alike:
        yield "same sound", line(name[:place] + chance.choice(alike) + name[place + 1 :])
    other = chance.choice([sign for sign in COMMON if sign != name[place]])
    yield "another character", line(name[:place] + other + name[place + 1 :])
    if len(name) > 3:
        yield "one left out", line(name[:place] + name[place + 1 :])
    yield "one twice", line(name[: place + 1] + name[place:])
    if place + 1 < len(name) - 1 and name[place] != name[place + 1]:
        yield "two swapped", line(name[:place] + name[place + 1] + name[place] + name[place + 2 :])
