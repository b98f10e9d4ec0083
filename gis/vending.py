"""May one sell here at this hour: what is on record for a spot, weighed in one fixed order, and why.

A market or vending fence in force says yes and a no-vending fence in force says no; of several the greater priority
counts, then the no. Without either the zoning of the street side speaks: forbidden and strict zones say no while their
hours run. Controlled zones, and hours that do not run, say neither: nothing forbids it, and nothing allows it. Where
there is no rule at all, nothing is known, and that is the answer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from gis.schedule import Schedule

Kind = Literal["allow", "forbid", "zone"]
ALLOW = frozenset({"temporary-market", "vending"})
"""Purposes of fences that are places to go to."""
FORBID = frozenset({"no-vending"})
NO_ZONES = frozenset({"forbidden", "strict"})
TURNS = 20  # of the rules, looked ahead for another answer


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule that covers the spot: ``what`` is the purpose of the fence or the zone; no hours: at every hour."""

    kind: Kind
    what: str
    name: str
    hours: Schedule | None = None
    priority: int = 0
    name_en: str = ""

    def in_force(self, t: datetime) -> bool:
        """Whether it speaks at this instant."""
        return self.hours is None or self.hours.in_force(t)

    def turns(self, t: datetime) -> datetime | None:
        """When it will next begin or cease to speak."""
        return self.hours.next_change(t) if self.hours else None


Reason = Literal["market", "banned", "zone", "controlled", "off-hours", "unknown"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Allowed, not allowed or not known (None); the rule that decides; when and why another answer comes."""

    allowed: bool | None
    reason: Reason
    rule: Rule | None = None
    until: datetime | None = None
    after: Reason | None = None


def of_fence(purpose: str) -> Kind | None:
    """How a fence of a purpose speaks about vending; None when it does not."""
    return "allow" if purpose in ALLOW else "forbid" if purpose in FORBID else None


def judge(rules: list[Rule], t: datetime) -> Verdict:
    """Weigh the rules that cover a spot at an instant; ``until`` is when the answer will be another one."""
    now = _weigh(rules, t)
    moment: datetime | None = t
    for _ in range(TURNS):
        moment = min((turn for rule in rules if moment and (turn := rule.turns(moment))), default=None)
        if moment is None:
            return now
        if (then := _weigh(rules, moment)) != now:
            return replace(now, until=moment, after=then.reason)
    return now


def _weigh(rules: list[Rule], t: datetime) -> Verdict:
    fences = [rule for rule in rules if rule.kind != "zone" and rule.in_force(t)]
    if fences:
        first = min(fences, key=lambda rule: (-rule.priority, rule.kind == "allow", rule.name))
        allowed = first.kind == "allow"
        return Verdict(allowed, "market" if allowed else "banned", first)
    zones = sorted((rule for rule in rules if rule.kind == "zone"), key=_strictness)
    speaking = [rule for rule in zones if rule.in_force(t)]
    for rule in speaking:
        if rule.what in NO_ZONES:
            return Verdict(False, "zone", rule)
    if speaking:
        return Verdict(None, "controlled", speaking[0])
    silent = next(iter((*zones, *rules)), None)
    return Verdict(None, "off-hours", silent) if silent else Verdict(None, "unknown")


def _strictness(rule: Rule) -> int:
    order = ("forbidden", "strict", "controlled")
    return order.index(rule.what) if rule.what in order else len(order)
