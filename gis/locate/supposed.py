"""What a name or number may have meant, each with how likely that is: itself, its end, a name one mistake away."""

from __future__ import annotations

import re
from collections.abc import Iterable

from gis.locate import store
from gis.locate.spelling import apart, near, sound_alike

AFTER_MORE, SAME_SOUND, ONE_MISTAKE, MORE_BEFORE = 0.9, 0.86, 0.8, 0.85
ENDING = re.compile(r"(?:大道|大街|公路|路|街|巷|弄|道|村|苑|园|城|坊|里)$")
MOST = 40
"""Names one mistake away that are tried; a short name has many neighbours."""
Supposed = dict[str, float]


def ends(name: str) -> Supposed:
    """The name, and what is left of it when something was written before it that is no part: 横沙岛新永村."""
    found = {name: 1.0}
    for place in range(1, len(name) - 2):
        if len(name) > 4 or place == 1:
            found.setdefault(name[place:], AFTER_MORE - 0.01 * place)
    return found


def mistyped(name: str) -> Supposed:
    """Names on record one mistake away from this one, or that have more before it."""
    found: Supposed = {}
    for term, _ in store.resembling(near(name)):
        if apart(term, name) == 1:
            found[term] = SAME_SOUND if sound_alike(term, name) else ONE_MISTAKE
    if not found and len(name) > 2 and ENDING.search(name):
        for term, _ in store.ending_with(name, len(name) + 5):
            found.setdefault(term, MORE_BEFORE)
    return dict(sorted(found.items(), key=lambda item: -item[1])[:MOST])


def numbers(number: str) -> Supposed:
    """The number, and those that lead to it: 199弄2 lies in 199弄, 75-3 behind 75."""
    found = {number: 1.0}
    if lane := re.fullmatch(r"([0-9]+弄)(.+)", number):
        found |= {re.split(r"[-附]", number)[0]: 0.9, lane[1]: 0.6}
    elif more := re.fullmatch(r"([0-9]+)[-附].+", number):
        found[more[1]] = 0.8
    letters = re.fullmatch(r"([0-9]+)[A-Z甲乙丙丁]", number)
    return found | ({letters[1]: 0.85} if letters else {})


def merged(several: Iterable[Supposed]) -> Supposed:
    """All of them, each with its greatest likelihood."""
    whole: Supposed = {}
    for some in several:
        for term, likely in some.items():
            whole[term] = max(likely, whole.get(term, 0.0))
    return whole
