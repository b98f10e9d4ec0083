"""Registers of several offices say one address each in its own way: what is surely one is joined, what may be is asked.

Nothing is deleted. `Address.same_as` of a copy leads to the row that stands for the address; the pairs behind it are
`AddressPair`s: joined by rule (SAME, nobody's decision), doubtful (OPEN), or decided by a person, which no rule moves.
Rows of one register are never joined by rule, for it says itself that they are two. All order is by (source,
source_id): in which order the registers came does not matter.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

from gis.address_text import Parts, alike
from gis.degrees import metres

CELL = 0.003  # degrees, about 300 m: what is farther apart is not compared by place
CROWD = 60  # rows that share a code or a text beyond which it says nothing ("0", "无")
BESIDE_M, TEXT_M, NEAR_M, CODE_M, FAR_M = 20.0, 100.0, 300.0, 500.0, 1000.0
DOUBT = 0.6

Pair = frozenset[int]


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of a register as it is compared; `place` is lon/lat (EPSG:4490)."""

    id: int
    source: str
    source_id: str
    code: str
    parts: Parts
    place: tuple[float, float]
    building: int | None = None
    score: float = 0.0

    @property
    def key(self) -> tuple[str, str]:
        """What names the row whatever its id here."""
        return self.source, self.source_id

    @property
    def worth(self) -> tuple[Any, ...]:
        """The least is what stands for an address: with a code, on a building, trusted, and then by name."""
        return not self.code, self.building is None, -self.score, self.key


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two entries are (0 to 1), why, and whether that is enough to join them."""

    first: int
    second: int
    score: float
    sure: bool
    decided: bool = False
    reasons: dict[str, Any] = field(default_factory=dict, hash=False, compare=False)

    @property
    def pair(self) -> Pair:
        """The two ids."""
        return frozenset((self.first, self.second))


def compare(a: Entry, b: Entry) -> Likeness:
    """Weigh two entries: text 0.6, distance 0.25, building 0.15."""
    apart = metres(a.place, b.place)
    text, clash = text_of(a.parts, b.parts)
    near = max(0.0, min(1.0, (NEAR_M - apart) / (NEAR_M - BESIDE_M)))
    same_building = None if None in (a.building, b.building) else a.building == b.building
    score = 0.6 * text + 0.25 * near + 0.15 * (0.5 if same_building is None else float(same_building))
    code = bool(a.code) and a.code == b.code
    if code:
        score = max(score, 0.7)
        sure = not clash and text >= 0.5 and apart <= CODE_M
    else:
        score = 0.0 if clash or apart > FAR_M else score  # every town has a 人民路12号
        sure = bool(a.parts.key) and a.parts.key == b.parts.key and (apart <= TEXT_M or same_building is True)
    reasons = {"code": code, "text": round(text, 2), "metres": round(apart, 1), "building": same_building}
    first, second = sorted((a.id, b.id))
    return Likeness(first, second, round(score, 4), sure, reasons=reasons | ({"clash": clash} if clash else {}))


def text_of(p: Parts, q: Parts) -> tuple[float, list[str]]:
    """How alike two texts are, and the parts in which they contradict each other."""
    clash = [name for name in ("unit", "room") if getattr(p, name) != getattr(q, name)]
    both = [name for name in ("number", "block") if getattr(p, name) and getattr(q, name)]
    clash += [name for name in both if getattr(p, name) != getattr(q, name)]
    one_sided = sum(bool(getattr(p, name)) != bool(getattr(q, name)) for name in ("number", "block"))
    names = [(getattr(p, name), getattr(q, name)) for name in ("road", "estate")]
    words = [alike(a, b) for a, b in names if a and b]
    if not words and not both:
        words = [alike(p.name, q.name)] if p.name and q.name else [0.0]
    text = (max(words) if words else 0.5) * 0.8**one_sided
    return (0.0 if clash else text), clash


def candidates(entries: Iterable[Entry]) -> Iterator[tuple[Entry, Entry]]:
    """Pairs of different registers that share a code, a whole text, or a number nearby; each once."""
    groups: dict[Hashable, list[Entry]] = defaultdict(list)
    for entry in entries:
        for key in blocks(entry):
            groups[key].append(entry)
    seen: set[Pair] = set()
    for group in groups.values():
        if len(group) > CROWD:
            continue
        for a, b in combinations(group, 2):
            pair = frozenset((a.id, b.id))
            if a.source != b.source and pair not in seen:
                seen.add(pair)
                yield a, b


def blocks(entry: Entry) -> Iterator[Hashable]:
    """What an entry can meet another by; the cells around its own are named too, so that neighbours meet."""
    parts = entry.parts
    if entry.code:
        yield "code", entry.code
    if parts.key:
        yield "text", parts.key
    said = (parts.number, parts.unit, parts.room) if parts.number else (parts.block, parts.unit, parts.room, parts.name)
    if any(said):
        x, y = (math.floor(degree / CELL) for degree in entry.place)
        yield from (("cell", x + i, y + j, said) for i in (0, 1) for j in (0, 1))


def likely(entries: Iterable[Entry]) -> list[Likeness]:
    """Every pair that is one address or may be."""
    found = (compare(a, b) for a, b in candidates(entries))
    return [one for one in found if one.sure or one.score >= DOUBT]


def settled(
    entries: Mapping[int, Entry], people: list[Likeness], apart: frozenset[Pair]
) -> tuple[dict[int, int], dict[tuple[int, int], tuple[Likeness, bool]]]:
    """Everything that follows from the entries and from what people said: which are copies of which, and the pairs by
    rule, each with whether it is joined (True) or to be asked. What others have joined needs no question."""
    known = {link.pair for link in people} | apart
    rules = [link for link in likely(entries.values()) if link.pair not in known]
    leads, refused = joined(entries, [*people, *(link for link in rules if link.sure)], apart)
    held = {link.pair for link in refused}
    pairs = {}
    for link in rules:
        sure = link.sure and link.pair not in held
        if sure or leads.get(link.first, link.first) != leads.get(link.second, link.second):
            pairs[link.first, link.second] = link, sure
    return leads, pairs


def joined(
    entries: Mapping[int, Entry], links: Iterable[Likeness], apart: frozenset[Pair]
) -> tuple[dict[int, int], list[Likeness]]:
    """For each entry that is a copy, the one that stands for it; and the links that could not be followed.

    People's links come first, then the likeliest. No link joins what a person has called different, however many steps
    away; none that a rule made puts two rows of one register together.
    """
    groups: dict[int, set[int]] = {}
    refused = []
    for link in sorted(links, key=lambda one: _order(one, entries)):
        left, right = (groups.setdefault(ident, {ident}) for ident in (link.first, link.second))
        if left is right:
            continue
        if _forbidden(link, left, right, entries, apart):
            refused.append(link)
            continue
        left |= right
        groups.update(dict.fromkeys(right, left))
    leads = {}
    for group in {id(group): group for group in groups.values()}.values():
        best = min(group, key=lambda ident: entries[ident].worth)
        leads.update(dict.fromkeys(group - {best}, best))
    return leads, refused


def _order(link: Likeness, entries: Mapping[int, Entry]) -> tuple[Any, ...]:
    return not link.decided, -link.score, sorted((entries[link.first].key, entries[link.second].key))


def _forbidden(
    link: Likeness, left: set[int], right: set[int], entries: Mapping[int, Entry], apart: frozenset[Pair]
) -> bool:
    if any(frozenset((a, b)) in apart for a in left for b in right):
        return True
    sources = {entries[ident].source for ident in left} & {entries[ident].source for ident in right}
    return bool(sources) and not link.decided
