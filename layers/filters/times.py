"""Time in a filter: instants and intervals, how they lie to each other (Allen's relations as CQL2 names them).

A day lasts until the next begins, and so does the last day of a span: a time is its first instant, where it ends (of a
day: where the next begins, which is outside) and its last instant, as fine as PostgreSQL tells them. What is asked of
two ends, whether one time meets another, is asked of where they end; what is asked of instants, of the last.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db.models import DateField, DateTimeField, Func, Value
from django.db.models.expressions import Combinable

from layers.filters.refusing import refuse
from layers.filters.sql import IsNull, Yes, joined
from layers.filters.terms import Scope, Term, Tree, listed, term
from layers.properties import SPANS, is_day, moment

# What must hold of (left first, end, last, right first, end, last): pairs of them and the sign between.
LS, LE, LL, RS, RE, RL = range(6)
TIMES: dict[str, tuple[tuple[int, str, int], ...]] = {
    "t_after": ((LS, ">", RL),),
    "t_before": ((LL, "<", RS),),
    "t_contains": ((LS, "<", RS), (LE, ">", RE)),
    "t_disjoint": ((LL, "<", RS), (LS, ">", RL)),
    "t_during": ((LS, ">", RS), (LE, "<", RE)),
    "t_equals": ((LS, "=", RS), (LE, "=", RE)),
    "t_finishedby": ((LS, "<", RS), (LE, "=", RE)),
    "t_finishes": ((LS, ">", RS), (LE, "=", RE)),
    "t_intersects": ((LS, "<=", RL), (LL, ">=", RS)),
    "t_meets": ((LE, "=", RS),),
    "t_metby": ((LS, "=", RE),),
    "t_overlappedby": ((LS, ">", RS), (LS, "<", RE), (LE, ">", RE)),
    "t_overlaps": ((LS, "<", RS), (LE, ">", RS), (LE, "<", RE)),
    "t_startedby": ((LS, "=", RS), (LE, ">", RE)),
    "t_starts": ((LS, "=", RS), (LE, "<", RE)),
}
INSTANTS_TOO = ("t_after", "t_before", "t_disjoint", "t_equals", "t_intersects")
Ends = tuple[Combinable, Combinable, Combinable]
"""The first instant of a time, where it ends, and its last instant."""
TICK = "interval '1 microsecond'"


class End(Func):
    """An end of a time as an instant; an open one lies at infinity."""

    output_field = DateTimeField()


def times(operator: str, args: Any, where: str, scope: Scope) -> Yes:
    """Return how two times lie to each other."""
    sides = [ends(part, f"{where}[{at}]", scope, operator) for at, part in enumerate(listed(args, 2, where))]
    points = (*sides[0], *sides[1])
    held = [joined(sign, points[one], points[other]) for one, sign, other in TIMES[operator]]
    return held[0] if len(held) == 1 else joined("OR" if operator == "t_disjoint" else "AND", *held)


def ends(node: Tree, where: str, scope: Scope, operator: str) -> Ends:
    """Return where a time begins and ends."""
    if isinstance(node, dict) and "interval" in node:
        first, last = listed(node["interval"], 2, where)
        return _end(first, where, scope, "-infinity")[0], *_end(last, where, scope, "infinity")[1:]
    found = term(node, where, scope)
    if found.kind in SPANS:
        return span(found)
    if found.group != "time":
        refuse(where, "此处应为时间", "a time belongs here")
    if operator not in INSTANTS_TOO:
        refuse(where, f"{operator.upper()} 需要时间段", f"{operator.upper()} takes intervals")
    return one_time(found)


def one_time(found: Term) -> Ends:
    """Return the ends of a day, or of an instant."""
    if found.kind != "date":
        return found.sql, found.sql, found.sql
    end = _midnight("%(expressions)s + 1")
    return (
        End(found.sql, template=_midnight("%(expressions)s")),
        End(found.sql, template=end),
        End(found.sql, template=f"{end} - {TICK}"),
    )


def span(found: Term) -> Ends:
    """Return the ends of a stored span; days begin at the city's midnight. PostgreSQL stores what comes after it."""
    first, end = "lower(%(expressions)s)", "upper(%(expressions)s)"
    if found.kind == "days":
        first, end = _midnight(first), _midnight(end)
    return (
        End(found.sql, template=f"COALESCE({first}, '-infinity'::timestamptz)"),
        End(found.sql, template=f"COALESCE({end}, 'infinity'::timestamptz)"),
        End(found.sql, template=f"COALESCE({end} - {TICK}, 'infinity'::timestamptz)"),
    )


def _midnight(day: str) -> str:
    return f"(({day})::timestamp AT TIME ZONE '{settings.TIME_ZONE}')"


def _end(node: Tree, where: str, scope: Scope, open_: str) -> Ends:
    if node == "..":
        return one_time(Term(End(Value(open_), template="(%(expressions)s)::timestamptz"), "datetime"))
    if isinstance(node, str):
        return one_time(_read(node, where))
    found = term(node, where, scope)
    if found.group != "time":
        refuse(where, "时间段的端点应为日期、时刻或 ..", "an interval ends at a day, an instant or ..")
    return one_time(found)


def _read(text: str, where: str) -> Term:
    """Read a text as a day or an instant."""
    try:
        at: date = date.fromisoformat(text) if is_day(text) else moment(text)
    except (ValueError, OverflowError):
        refuse(where, f"“{text[:40]}”不是日期或时刻", f"{text[:40]!r} is no day and no instant")
    if isinstance(at, datetime):
        return Term(Value(at, output_field=DateTimeField()), "datetime", at)
    return Term(Value(at, output_field=DateField()), "date", at)


def meets(found: Term, first: datetime | None, last: datetime | None) -> Yes:
    """Return whether a time has an instant with an interval in common; what has no time always has."""
    start, _, until = span(found) if found.kind in SPANS else one_time(found)
    told = [IsNull(found.sql)]
    ends_ = [(until, ">=", first), (start, "<=", last)]
    held = [joined(sign, side, Value(at, output_field=DateTimeField())) for side, sign, at in ends_ if at]
    return joined("OR", *told, joined("AND", *held)) if held else Yes(Value(True))
