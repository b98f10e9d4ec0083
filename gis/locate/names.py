"""The names on record, as one question asks about them: which there are, and which are like one that there is not.

Ways to a place ask the same about the same name, one after the other; the database is asked once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from gis import message
from gis.locate.spelling import apart, near, sound_alike
from gis.locate.supposed import Supposed, ends, merged

SAME_SOUND, ONE_MISTAKE, MORE_BEFORE = 0.86, 0.8, 0.85
ENDING = re.compile(r"(?:大道|大街|公路|路|街|巷|弄|道|村|苑|园|城|坊|里)$")
FEW = 8
MOST = 40
"""Names one mistake away that are tried; a short name has many neighbours."""
KNOWN = "SELECT term FROM spatial_placename WHERE term = ANY(%s)"
RESEMBLING = """
SELECT term FROM spatial_placename WHERE near && %s::text[] AND length(term) BETWEEN %s AND %s LIMIT 400"""
ENDING_WITH = """
SELECT term FROM spatial_placename WHERE term LIKE %s AND length(term) <= %s ORDER BY tally DESC LIMIT 8"""
HOLDING = """
SELECT term FROM spatial_placename WHERE term LIKE %s ORDER BY length(term), tally DESC LIMIT 12"""


class Names:
    """Remembers what it was told: it is made for a question and goes with it."""

    def __init__(self) -> None:
        self._known: dict[str, bool] = {}
        self._mistyped: dict[str, Supposed] = {}

    def known(self, terms: Iterable[str]) -> set[str]:
        """Which of these names there are; their ends, which are asked about next, are looked up with them."""
        wanted = set(terms)
        if unknown := wanted - self._known.keys():
            asked_for = list({end for term in unknown for end in ends(term)})
            there = set(_terms(KNOWN, [asked_for]))
            self._known |= {term: term in there for term in asked_for}
        return {term for term in wanted if self._known[term]}

    def mistyped(self, name: str) -> Supposed:
        """Names on record one mistake away from this one, or that have more before it (三甲港人民塘路 for 人民塘路)."""
        if name not in self._mistyped:
            self._mistyped[name] = _mistyped(name)
        return self._mistyped[name]

    def streets(self, name: str) -> Supposed:
        """What a street may be called, those that are on record; mistakes only where it is not on record itself."""
        names = ends(name)
        known = self.known(names)
        if name in known:
            return {name: 1.0}
        near = dict(list(self.mistyped(name).items())[:FEW])
        return merged(({term: names[term] for term in known}, near))


def _mistyped(name: str) -> Supposed:
    found = {
        term: SAME_SOUND if sound_alike(term, name) else ONE_MISTAKE
        for term in _resembling(near(name))
        if apart(term, name) == 1
    }
    if not found and len(name) > 2 and ENDING.search(name):
        return dict.fromkeys(_terms(ENDING_WITH, [f"%{like(name)}", len(name) + 5]), MORE_BEFORE)
    return dict(sorted(found.items(), key=lambda item: -item[1])[:MOST])


def _resembling(forms: Sequence[str]) -> list[str]:
    """Names that share a form (``spelling.near``)."""
    length = max(map(len, forms), default=0)
    return _terms(RESEMBLING, [list(forms), length - 1, length + 1])


def holding(part: str) -> list[str]:
    """Names that hold this, the shortest first; by trigrams, so of three characters at least."""
    return _terms(HOLDING, [f"%{like(part)}%"])


def like(text: str) -> str:
    """Text as LIKE takes it literally."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _terms(statement: str, parameters: list[Any]) -> list[str]:
    return [term for (term,) in message.rows(statement, parameters)]
