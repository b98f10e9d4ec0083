"""What stands beside an operator: properties the audience may ask by, literals, reckoning; each with its kind."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db.models import BooleanField, DateField, DateTimeField, F, Func, TextField, Value
from django.db.models.expressions import Combinable

from gis.crs_served import Served
from layers.filters.refusing import refuse
from layers.filters.sql import Lower, Real, Reckoned
from layers.properties import LONGEST, Property, moment

Tree = Any
NUMBERS, TIMES = frozenset({"integer", "number"}), frozenset({"date", "datetime"})
GEOMETRY = "geometry"
ARITHMETIC = {
    "+": "{0} + {1}",
    "-": "{0} - {1}",
    "*": "{0} * {1}",
    "/": "{0} / NULLIF({1}, 0)",
    "^": "power({0}, {1})",
    "%": "mod(({0})::numeric, NULLIF(({1})::numeric, 0))::double precision",
    "div": "trunc({0} / NULLIF({1}, 0))",
}


@dataclass(frozen=True, slots=True)
class Term:
    """An expression, its kind, and the Python value if it is a literal."""

    sql: Combinable
    kind: str
    literal: Any = None

    @property
    def group(self) -> str:
        """Kinds of one group compare with each other."""
        return "number" if self.kind in NUMBERS else "time" if self.kind in TIMES else self.kind


@dataclass(frozen=True, slots=True)
class Scope:
    """What a filter may name: properties by key, the geometry and its copy for the index, the order of coordinates."""

    properties: Mapping[str, Property]
    geometry: str
    shape: str
    crs: Served


def term(node: Tree, where: str, scope: Scope) -> Term:
    """Return what a node stands for; ``Invalid`` when it stands for no value."""
    if isinstance(node, bool):
        return Term(Value(node, output_field=BooleanField()), "boolean", node)
    if isinstance(node, int | float):
        return _number(node, where)
    if isinstance(node, str):
        return _text(node, where)
    if isinstance(node, dict):
        if "property" in node:
            return _property(node["property"], where, scope)
        if "date" in node or "timestamp" in node:
            return instant(node, where)
        if "op" in node:
            return _worked_out(node, where, scope)
    return refuse(where, "此处应为属性、文字、数字或时间", "a property, a text, a number or a time belongs here")


def _number(node: float, where: str) -> Term:
    if not math.isfinite(node):
        refuse(where, "数字过大", "the number is too large")
    number = int(node) if float(node).is_integer() and abs(node) < 2**53 else float(node)
    return Term(Value(number), "number", number)


def _text(node: str, where: str) -> Term:
    if len(node) > LONGEST or "\0" in node:
        refuse(
            where, f"文字不超过 {LONGEST} 字，不含空字符", f"a text has at most {LONGEST} characters, none of them zero"
        )
    return Term(Value(node, output_field=TextField()), "string", node)


def _property(name: Any, where: str, scope: Scope) -> Term:
    if name == GEOMETRY:
        return Term(F(scope.geometry), GEOMETRY)
    found = scope.properties.get(name) if isinstance(name, str) else None
    if found is None:
        known = " ".join([GEOMETRY, *scope.properties])
        refuse(where, f"没有属性“{str(name)[:60]}”，有 {known}", f"no property {str(name)[:60]!r}; there are {known}")
    return Term(found.column, found.kind)


def instant(node: Tree, where: str) -> Term:
    """Return a day or an instant."""
    name = "date" if "date" in node else "timestamp"
    try:
        found: date = date.fromisoformat(node[name]) if name == "date" else moment(node[name])
    except (TypeError, ValueError, OverflowError):
        zh, en = ("不是日期", "is no day") if name == "date" else ("不是时刻", "is no instant")
        refuse(where, f"“{str(node[name])[:40]}”{zh}", f"{str(node[name])[:40]!r} {en}")
    if isinstance(found, datetime):
        return Term(Value(found, output_field=DateTimeField()), "datetime", found)
    return Term(Value(found, output_field=DateField()), "date", found)


def _worked_out(node: Tree, where: str, scope: Scope) -> Term:
    operator, args = str(node["op"]).lower(), node.get("args")
    if operator == "casei":
        [one] = terms(args, 1, f"{where}.args", scope)
        if one.kind != "string":
            refuse(where, "CASEI 只用于文字", "CASEI is for texts")
        return Term(Lower(one.sql), "string", one.literal)
    if operator in ARITHMETIC:
        sides = terms(args, 2, f"{where}.args", scope)
        if any(one.group != "number" for one in sides):
            refuse(where, f"“{operator}”两边应为数字", f"{operator!r} is for numbers")
        left, right = (Real(one.sql) for one in sides)
        return Term(Reckoned(left, right, form=ARITHMETIC[operator]), "number")
    return refuse(where, f"没有函数“{operator[:40]}”", f"no function {operator[:40]!r}")


def terms(args: Any, count: int, where: str, scope: Scope) -> list[Term]:
    """Return so many terms; ``Invalid`` when there are more or fewer."""
    return [term(part, f"{where}[{at}]", scope) for at, part in enumerate(listed(args, count, where))]


def listed(args: Any, count: int, where: str) -> list[Any]:
    """Return the arguments, as many as an operator takes."""
    if not isinstance(args, list) or len(args) != count:
        refuse(where, f"应有 {count} 个参数", f"{count} arguments belong here")
    return args


class AtMidnight(Func):
    """The instant at which a day begins in the city."""

    template = "((%(expressions)s)::timestamp AT TIME ZONE '%(zone)s')"
    output_field = DateTimeField()


def as_instant(one: Term) -> Combinable:
    """A day or an instant as an instant."""
    if isinstance(one.literal, date) and not isinstance(one.literal, datetime):
        return Value(moment(one.literal.isoformat()), output_field=DateTimeField())
    return AtMidnight(one.sql, zone=settings.TIME_ZONE) if one.kind == "date" else one.sql
