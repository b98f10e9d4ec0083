"""How names are reached half typed or mistyped: pinyin, initials, and the name with any one character left out.

Two names that differ by one character, one more, one fewer or two changed places share a form of ``near``: the
database finds all of them by one look-up, whatever the length of the name, where trigrams of three signs share nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from gis import romanized

LONGEST = 14
"""Of a name that is found mistyped by its forms; longer ones are found by trigrams."""
RUN = re.compile(r"[\u3400-\u9fff]+|[^\W_]")
SEVERAL = romanized.SEVERAL | set("六番莘蚌")
"""Signs for which the dictionary of words is asked; for a million names that takes twenty times as long as signs."""
USUAL = {"长": "chang", "都": "du", "曾": "zeng", "朝": "chao"}
"""Of signs that are read in several ways the one of place names, where no word tells: 长宁路, but 校长."""
OTHER = {"行": "hang", "重": "chong", "单": "shan", "乐": "yue", "柏": "bo", "藏": "zang", "莘": "xin"}
"""The other reading of signs that place names have in two, where no word tells which: 知行路, but 米行路."""


def near(term: str) -> list[str]:
    """The name and what is left of it without any one character."""
    if not 2 <= len(term) <= LONGEST:
        return [term] if len(term) > LONGEST else []
    shorter = (term[:place] + term[place + 1 :] for place in range(len(term)))
    return list(dict.fromkeys((term, *(form for form in shorter if len(form) > 1))))


def apart(a: str, b: str) -> int:
    """0 for the same, 1 for one mistake (a character wrong, missing, too many, or two swapped), 2 for more."""
    if a == b:
        return 0
    if abs(len(a) - len(b)) > 1:
        return 2
    head = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    rest_a, rest_b = a[head:], b[head:]
    if rest_a[1:] == rest_b[1:] or rest_a[1:] == rest_b or rest_a == rest_b[1:]:
        return 1
    swapped = len(rest_a) > 1 and rest_a[1::-1] == rest_b[:2] and rest_a[2:] == rest_b[2:]
    return 1 if swapped else 2


@lru_cache(maxsize=50_000)
def syllables(sign: str) -> tuple[str, ...]:
    """The readings of a character without tones, the usual one first; of others themselves in small letters."""
    read = romanized.readings(sign)
    return tuple(read[0]) if read else (sign.lower(),)


@lru_cache(maxsize=50_000)
def aloud(text: str) -> tuple[str, ...]:
    """The syllables of a name without tones, as its words are read: 重庆路 is chongqinglu; other signs themselves."""
    return _said(text, USUAL)


def otherwise(text: str) -> tuple[str, ...]:
    """The syllables of a name whose words leave two readings open, in the other one: 知行路 as zhihanglu."""
    if OTHER.keys().isdisjoint(text):
        return ()
    said = _said(text, USUAL | OTHER)
    return said if said != aloud(text) else ()


def _said(text: str, rather: Mapping[str, str]) -> tuple[str, ...]:
    """The syllables of a name, of several readings of a sign the one that is ``rather`` meant, else the usual one."""
    said: list[str] = []
    for run in RUN.findall(text):
        ways: list[Sequence[str]] = [syllables(sign) for sign in run]
        if not SEVERAL.isdisjoint(run):
            words = romanized.readings(run)
            ways = [*words] if len(words) == len(run) else ways
        said += [rather.get(sign, some[0]) if len(some) > 1 else some[0] for sign, some in zip(run, ways, strict=True)]
    return tuple(sound.lower() for sound in said)


def pinyin(text: str) -> str:
    """nanjingdonglu, in one word."""
    return "".join(aloud(text))


def initials(text: str) -> str:
    """njdl."""
    return "".join(sound[:1] for sound in aloud(text))


def also(text: str) -> tuple[str, str] | tuple[None, None]:
    """Both in the other reading of the name, where its words leave one open."""
    said = otherwise(text)
    return ("".join(said), "".join(sound[:1] for sound in said)) if said else (None, None)


def sound_alike(a: str, b: str) -> bool:
    """Whether two names are read the same: 张扬路, 张杨路."""
    return len(a) == len(b) and all(x == y or set(syllables(x)) & set(syllables(y)) for x, y in zip(a, b, strict=True))
