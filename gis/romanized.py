"""Names of streets in Latin letters, as plates write them: the proper part by its sound, the common part in English.

What no rule is sure of has none: a sign that is read in several ways and stands in no known word, a line whose ending
is not that of a street. Who knows better writes the English name himself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

WAYS = {
    "高速公路": "Expressway", "环路": "Ring Road", "快速路": "Expressway", "高架路": "Elevated Road", "公路": "Highway",
    "大道": "Avenue", "大街": "Avenue", "胡同": "Hutong", "步道": "Walk", "路": "Road", "街": "Street", "巷": "Lane",
    "弄": "Lane", "立交桥": "Interchange", "立交": "Interchange", "大桥": "Bridge", "桥": "Bridge",
    "隧道": "Tunnel", "铁路": "Railway",
}  # fmt: skip
SIDES = {"东": "East", "南": "South", "西": "West", "北": "North", "中": "Middle"}
NUMBERS = {sign: f"{number}{ending}" for sign, number, ending in zip(
    "一二三四五六七八九十", range(1, 11), ("st", "nd", "rd", *["th"] * 7), strict=True,
)}  # fmt: skip
OWN = r"(?:(?![路街巷道])[\u4e00-\u9fff])"
STREET = re.compile(  # 云南路 is a road called Yunnan; 南京东路 the eastern part of Nanjing Road
    rf"(?P<own>{OWN}{{2,}}?)(?P<side>[{''.join(SIDES)}])?(?P<number>[{''.join(NUMBERS)}])?"
    rf"(?P<way>{'|'.join(WAYS)})|(?P<short>{OWN})(?P<kind>{'|'.join(WAYS)})"
)
MARKS = {
    "(": " (",
    "（": " (",
    ")": ")",
    "）": ")",
    "—": " – ",
    "-": " – ",
    "－": " – ",
    "至": " – ",
    "与": " / ",
    ";": " / ",
}
WORDS = {"区界": "edge of the district"}
ASIDE = "辅路"
PARTS = re.compile(r"([()（）—－;-]|(?<=[路街巷弄道桥界])[至与])")
SEVERAL = frozenset("长行重乐朝都单解会曾藏曲调柏厦盛宿蔚相莞便传弹车折降省乘差处")
"""Signs of place names that are read in several ways, which only a word tells apart."""
PLACES = {
    "太行": "tai hang", "闵行": "min hang", "高行": "gao hang", "徐行": "xu hang", "殷行": "yin hang",
    "沈行": "shen hang", "嘉行": "jia hang", "会稽": "kuai ji", "重固": "chong gu", "单县": "shan xian",
    "行路": "xing/hang lu", "行东": "xing/hang dong", "行道": "xing/hang dao",
}  # fmt: skip
"""Words that the dictionary lacks, and three of its own that it must not see in the end of a name (知行路)."""


def street(name: str) -> str:
    """Nanjing East Road; nothing of what is no street or of unsure sound."""
    found = STREET.fullmatch(name)
    if not found:
        return ""
    own, way = found["own"] or found["short"], WAYS[found["way"] or found["kind"]]
    said = [spelt(own), SIDES.get(found["side"] or "", ""), NUMBERS.get(found["number"] or "", ""), way]
    return " ".join(filter(None, said)) if said[0] else ""


def spelt(text: str) -> str:
    """Nanjing: one word, as names are written; nothing where its sound is not sure."""
    read = readings(text)
    if len(read) != len(text) or any(len(ways) > 1 and sign in SEVERAL for sign, ways in zip(text, read, strict=True)):
        return ""
    syllables = [ways[0].replace("v", "ü") for ways in read]
    joined = "".join(f"'{one}" if place and one[0] in "aeo" else one for place, one in enumerate(syllables))
    return joined.capitalize()


def readings(text: str) -> list[list[str]]:
    """The readings of each sign without tones, the usual one first; a word of the dictionary is read in one way."""
    from pypinyin import Style, pinyin  # the dictionary is large: who names nothing does not load it

    _learned()
    return [list(ways) for ways in pinyin(text, style=Style.NORMAL, heteronym=True)]


@lru_cache(maxsize=1)
def _learned() -> None:
    from pypinyin import load_phrases_dict

    load_phrases_dict({word: [ways.split("/") for ways in said.split()] for word, said in PLACES.items()})


def written(name: str, known: Mapping[str, str]) -> str:
    """A street, or a stretch of one: 听澜路(渡口街—区界) is Tinglan Road (Dukou Street – edge of the district). What
    is ``known`` of a street goes before the rule; nothing unless every part has an English name."""
    told = []
    for part in filter(None, PARTS.split(name.removesuffix("路口"))):
        if part in MARKS:
            told.append(MARKS[part])
        elif one := _part(part, known):
            told.append(one)
        else:
            return ""
    return "".join(told).strip()


def _part(part: str, known: Mapping[str, str]) -> str:
    if part in known or part in WORDS:
        return known.get(part) or WORDS[part]
    main = part.removesuffix(ASIDE)
    if main != part and (told := _part(main, known)):
        return f"{told} Side Road"
    return part if part.isdigit() else street(part)
