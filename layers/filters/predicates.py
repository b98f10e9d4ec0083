"""The tree of a filter becomes one condition, by an allow-list: logic, comparisons, then space, time and lists."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gis.crs_served import Served
from layers.filters.lists import LISTS, lists
from layers.filters.places import PLACES, places
from layers.filters.refusing import refuse
from layers.filters.sql import Between, In, IsNull, Not, Yes, joined
from layers.filters.terms import Scope, Term, Tree, as_instant, listed, term, terms
from layers.filters.times import TIMES, times
from layers.layer import Layer
from layers.properties import queryables
from layers.scope import Audience

COMPARISONS = {"=": "=", "<>": "<>", "<": "<", ">": ">", "<=": "<=", ">=": ">="}
EQUAL = ("=", "<>")
COMPARED = ("string", "number", "time", "boolean")
MOST_AMONG = 500
Rule = Callable[[str, Any, str, Scope], Yes]


def condition(tree: Tree, layer: Layer, audience: Audience, crs: Served) -> Yes:
    """Return the condition a tree means; what the audience may not ask by is refused like what is not there."""
    return predicate(tree, "$", Scope(queryables(layer, audience), layer.geometry, layer.shape, crs))


def predicate(node: Tree, where: str, scope: Scope) -> Yes:
    """Return what a node says, yes or no."""
    if isinstance(node, dict) and isinstance(node.get("op"), str):
        operator = node["op"].lower()
        rule = RULES.get(operator)
        if rule:
            return rule(operator, node.get("args"), f"{where}.args", scope)
    one = term(node, where, scope)
    if one.kind != "boolean":
        refuse(where, "此处应为条件", "a condition belongs here")
    return Yes(one.sql)


def _logic(operator: str, args: Any, where: str, scope: Scope) -> Yes:
    if not isinstance(args, list) or len(args) < 2:
        refuse(where, "应有至少 2 个条件", "at least 2 conditions belong here")
    sides = [predicate(part, f"{where}[{at}]", scope) for at, part in enumerate(args)]
    return joined(operator.upper(), *sides)


def _not(_operator: str, args: Any, where: str, scope: Scope) -> Yes:
    [inner] = listed(args, 1, where)
    return Not(predicate(inner, f"{where}[0]", scope))


def _comparison(operator: str, args: Any, where: str, scope: Scope) -> Yes:
    left, right = alike(terms(args, 2, where, scope), where)
    if left.group == "boolean" and operator not in EQUAL:
        refuse(where, "真假不分大小", "true and false have no order")
    return joined(COMPARISONS[operator], left.sql, right.sql)


def alike(given: list[Term], where: str) -> list[Term]:
    """Return terms that compare with each other; days become instants beside instants."""
    groups = {one.group for one in given}
    if len(groups) > 1 or not groups <= set(COMPARED):
        told = " / ".join(one.kind for one in given)
        refuse(where, f"两边不可相比：{told}", f"cannot be compared: {told}")
    if len({one.kind for one in given}) > 1 and groups == {"time"}:
        return [Term(as_instant(one), "datetime") for one in given]
    return given


def _like(_operator: str, args: Any, where: str, scope: Scope) -> Yes:
    value, pattern = terms(args, 2, where, scope)
    text = pattern.literal
    if value.kind != "string" or not isinstance(text, str):
        refuse(where, "LIKE 左边应为文字，右边应为文字常量", "LIKE takes a text and a literal pattern")
    if (len(text) - len(text.rstrip("\\"))) % 2:
        refuse(f"{where}[1]", "末尾的反斜线没有下文", "the backslash at the end escapes nothing")
    return joined("LIKE", value.sql, pattern.sql)


def _between(_operator: str, args: Any, where: str, scope: Scope) -> Yes:
    given = alike(terms(args, 3, where, scope), where)
    if given[0].group not in ("number", "time"):
        refuse(where, "BETWEEN 只用于数字与时间", "BETWEEN is for numbers and times")
    return Between(*(one.sql for one in given))


def _in(_operator: str, args: Any, where: str, scope: Scope) -> Yes:
    value, among = listed(args, 2, where)
    if not isinstance(among, list) or not 1 <= len(among) <= MOST_AMONG:
        refuse(f"{where}[1]", f"应为 1 到 {MOST_AMONG} 个值", f"1 to {MOST_AMONG} values belong here")
    given = [term(value, f"{where}[0]", scope)]
    given += [term(part, f"{where}[1][{at}]", scope) for at, part in enumerate(among)]
    return In(*(one.sql for one in alike(given, where)))


def _is_null(_operator: str, args: Any, where: str, scope: Scope) -> Yes:
    [one] = terms(args, 1, where, scope)
    return IsNull(one.sql)


RULES: dict[str, Rule] = {
    "and": _logic,
    "or": _logic,
    "not": _not,
    **dict.fromkeys(COMPARISONS, _comparison),
    "like": _like,
    "between": _between,
    "in": _in,
    "isnull": _is_null,
    **dict.fromkeys(PLACES, places),
    **dict.fromkeys(TIMES, times),
    **dict.fromkeys(LISTS, lists),
}
