"""How names are reached half typed or mistyped: pinyin, initials, and the name with any one character left out.

Two names that differ by one character, one more, one fewer or two changed places share a form of ``near``: the
database finds all of them by one look-up, whatever the length of the name, where trigrams of three signs share nothing.
"""

from __future__ import annotations

from functools import lru_cache

LONGEST = 14
"""Of a name that is found mistyped by its forms; longer ones are found by trigrams."""


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
    from pypinyin import Style, pinyin  # the dictionary is large: who never indexes does not load it

    read = pinyin(sign, style=Style.NORMAL, heteronym=True)
    return tuple(read[0]) if read else (sign.lower(),)


def pinyin(text: str) -> str:
    """nanjingdonglu: the usual readings in one word."""
    return "".join(syllables(sign)[0].lower() for sign in text if sign.isalnum())


def initials(text: str) -> str:
    """njdl."""
    return "".join(syllables(sign)[0][:1].lower() for sign in text if sign.isalnum())


def sound_alike(a: str, b: str) -> bool:
    """Whether two names are read the same: 张扬路, 张杨路."""
    return len(a) == len(b) and all(x == y or set(syllables(x)) & set(syllables(y)) for x, y in zip(a, b, strict=True))
