"""Chinese numerals and the numbers they say, there and back: 一百二十 is 120, 二〇一 is 201, 廿三 is 23."""

from __future__ import annotations

import re

DIGITS = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
UNITS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
TENS = {"廿": 20, "卅": 30, "卌": 40}
SIGNS = "".join((*DIGITS, *UNITS, *TENS))
RUN = re.compile(f"[{SIGNS}]+")
LARGEST = 9999


def value(signs: str) -> str:
    """Return a run of numerals in digits; positional ones (二〇一, 〇五) keep their zeros."""
    if not any(sign in UNITS or sign in TENS for sign in signs):
        return "".join(str(DIGITS[sign]) for sign in signs)
    total, pending = 0, 0
    for sign in signs:
        if sign in DIGITS:
            pending = DIGITS[sign]
        elif sign in TENS:
            total, pending = total + TENS[sign], 0
        else:
            total, pending = total + (pending or 1) * UNITS[sign], 0
    return str(total + pending)


def spoken(number: int) -> str:
    """Return a number from 0 to 9999 as it is read: 120 is 一百二十, 203 二百零三, 12 十二."""
    if not 0 <= number <= LARGEST:
        raise ValueError(number)
    if number == 0:
        return "零"
    said, gap = "", False
    for unit, sign in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, unit)
        if digit:
            bare_ten = unit == 10 and digit == 1 and not said
            said += ("零" if gap and said else "") + ("" if bare_ten else "零一二三四五六七八九"[digit]) + sign
            gap = False
        else:
            gap = bool(said)
    return said


def in_digits(text: str) -> str:
    """Return text with every run of numerals in digits, in names too: the form in which names are compared."""
    return RUN.sub(lambda found: value(found[0]), text)
