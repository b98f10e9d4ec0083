"""What a name or number may have meant, each with how likely that is: itself, its end, or more than it seems."""

from __future__ import annotations

import re
from collections.abc import Iterable

from gis.locate import plain, words
from gis.locate.meaning import AREAS
from gis.locate.parts import Label, Understood

AFTER_MORE = 0.9
WITHOUT_PHASE = 0.82
"""Above another phase, which is one sign away; below what counts as sure, for phases may count their blocks anew."""
PHASE = re.compile(r"(?P<of>.{2,}?)第?(?P<number>[0-9]+|[A-Z])期")
Supposed = dict[str, float]


def ends(name: str) -> Supposed:
    """The name, and what is left of it when something was written before it that is no part: 横沙岛新永村.

    民安花苑第2期 is 民安花苑2期, and may be on record as 民安花苑.
    """
    found = {name: 1.0} | phased(name)
    for place in range(1, len(name) - 2):
        if len(name) > 4 or place == 1:
            found.setdefault(name[place:], AFTER_MORE - 0.01 * place)
    return found


def phased(name: str) -> Supposed:
    """What a phase of an estate may be on record as."""
    phase = PHASE.fullmatch(name)
    return {f"{phase['of']}{phase['number']}期": 1.0, phase["of"]: WITHOUT_PHASE} if phase else {}


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


def wholes(said: Understood) -> list[str]:
    """The line but for its gate, alone and with the areas before it, which may be part of the name (上海交通大学).

    And without what says that it was called so once, or that it is an estate.
    """
    pieces = [piece for piece in said.pieces if not words.FORMERLY.match(piece.text.lstrip("(（"))]
    before = next((n for n, piece in enumerate(pieces) if piece.label not in AREAS), 0)
    meant = [[piece for piece in pieces[n:] if piece.label is not Label.NOISE] for n in range(before + 1)]
    joined = (plain.name("".join(piece.text for piece in some)) for some in (pieces, *meant))
    named = [text.removesuffix(said.gate) for text in (said.whole, *joined)]
    return [text for text in dict.fromkeys((*named, *(text.removesuffix("小区") for text in named))) if len(text) > 1]
