"""Time in a filter: instants and intervals, how they lie to each other (Allen's relations as CQL2 names them).

An interval is its two ends, both inside. The last day of a span of days counts; PostgreSQL stores the day after it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import DateTimeField, Func, Value
from django.db.models.expressions import Combinable

from layers.filters.refusing import refuse
from layers.filters.sql import IsNull, Yes, joined
from layers.filters.terms import Scope, Term, Tree, as_instant, listed, term
from layers.properties import SPANS, moment

# What must hold of (left start, left end, right start, right end): pairs of ends and the sign between.
LS, LE, RS, RE = range(4)
TIMES: dict[str, tuple[tuple[int, str, int], ...]] = {
    "t_after": ((LS, ">", RE),),
    "t_before": ((LE, "<", RS),),
    "t_contains": ((LS, "<", RS), (LE, ">", RE)),
    "t_disjoint": ((LE, "<", RS), (LS, ">", RE)),
    "t_during": ((LS, ">", RS), (LE, "<", RE)),
    "t_equals": ((LS, "=", RS), (LE, "=", RE)),
    "t_finishedby": ((LS, "<", RS), (LE, "=", RE)),
    "t_finishes": ((LS, ">", RS), (LE, "=", RE)),
    "t_intersects": ((LS, "<=", RE), (LE, ">=", RS)),
    "t_meets": ((LE, "=", RS),),
    "t_metby": ((LS, "=", RE),),
    "t_overlappedby": ((LS, ">", RS), (LS, "<", RE), (LE, ">", RE)),
    "t_overlaps": ((LS, "<", RS), (LE, ">", RS), (LE, "<", RE)),
    "t_startedby": ((LS, "=", RS), (LE, ">", RE)),
    "t_starts": ((LS, "=", RS), (LE, "<", RE)),
}
INSTANTS_TOO = ("t_after", "t_before", "t_disjoint", "t_equals", "t_intersects")
Ends = tuple[Combinable, Combinable]


class End(Func):
    """An end of a stored span as an instant; an open one lies at infinity."""

    output_field = DateTimeField()


def times(operator: str, args: Any, where: str, scope: Scope) -> Yes:
    """Return how two times lie to each other."""
    sides = [ends(part, f"{where}[{at}]", scope, operator) for at, part in enumerate(listed(args, 2, where))]
    points = (*sides[0], *sides[1])
    held = [joined(sign, points[one], points[other]) for one, sign, other in TIMES[operator]]
    return held[0] if len(held) == 1 else joined("OR" if operator == "t_disjoint" else "AND", *held)


def ends(node: Tree, where: str, scope: Scope, operator: str) -> Ends:
    """Return the first and last instant of a time."""
    if isinstance(node, dict) and "interval" in node:
        first, last = listed(node["interval"], 2, where)
        return _end(first, where, scope, "-infinity"), _end(last, where, scope, "infinity")
    found = term(node, where, scope)
    if found.kind in SPANS:
        return span(found)
    if found.group != "time":
        refuse(where, "此处应为时间", "a time belongs here")
    if operator not in INSTANTS_TOO:
        refuse(where, f"{operator.upper()} 需要时间段", f"{operator.upper()} takes intervals")
    at = as_instant(found)
    return at, at


def span(found: Term) -> Ends:
    """Return the ends of a stored span; days begin at the city's midnight."""
    first, last = "lower(%(expressions)s)", "upper(%(expressions)s)"
    if found.kind == "days":
        first, last = (f"(({day})::timestamp AT TIME ZONE '{settings.TIME_ZONE}')" for day in (first, f"{last} - 1"))
    return (
        End(found.sql, template=f"COALESCE({first}, '-infinity'::timestamptz)"),
        End(found.sql, template=f"COALESCE({last}, 'infinity'::timestamptz)"),
    )


def _end(node: Tree, where: str, scope: Scope, open_: str) -> Combinable:
    if node == "..":
        return End(Value(open_), template="(%(expressions)s)::timestamptz")
    if isinstance(node, str):
        return Value(_moment(node, where), output_field=DateTimeField())
    found = term(node, where, scope)
    if found.group != "time":
        refuse(where, "时间段的端点应为日期、时刻或 ..", "an interval ends at a day, an instant or ..")
    return as_instant(found)


def _moment(text: str, where: str) -> datetime:
    try:
        return moment(text)
    except (ValueError, OverflowError):
        refuse(where, f"“{text[:40]}”不是日期或时刻", f"{text[:40]!r} is no day and no instant")


def meets(found: Term, first: datetime | None, last: datetime | None) -> Yes:
    """Return whether a time has an instant with an interval in common; what has no time always has."""
    start, end = span(found) if found.kind in SPANS else (as_instant(found), as_instant(found))
    told = [IsNull(found.sql)]
    ends_ = [(end, ">=", first), (start, "<=", last)]
    held = [joined(sign, side, Value(at, output_field=DateTimeField())) for side, sign, at in ends_ if at]
    return joined("OR", *told, joined("AND", *held)) if held else Yes(Value(True))
