"""Lists in a filter: whether one holds, is held by, equals or meets another."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import Func, TextField, Value

from layers.filters.refusing import refuse
from layers.filters.sql import Yes, joined
from layers.filters.terms import Scope, Term, listed, term

LISTS = {"a_equals": "=", "a_contains": "@>", "a_containedby": "<@", "a_overlaps": "&&"}
TEXTS = ArrayField(TextField())


def lists(operator: str, args: Any, where: str, scope: Scope) -> Yes:
    """Return how two lists relate, as sets; what is no text is in no list of ours."""
    left, right = (_list(part, f"{where}[{at}]", scope) for at, part in enumerate(listed(args, 2, where)))
    if left.literal is not None and right.literal is not None:
        refuse(where, "应有一边是属性", "one side should be a property")
    if (right.literal and operator in ("a_contains", "a_equals")) or (
        left.literal and operator in ("a_containedby", "a_equals")
    ):
        return Yes(Value(False))
    if operator == "a_equals":
        both = (joined(sign, left.sql, right.sql) for sign in ("@>", "<@"))
        return joined("AND", *both)
    return joined(LISTS[operator], left.sql, right.sql)


def _list(node: Any, where: str, scope: Scope) -> Term:
    """A list of texts; ``literal`` says of one that was written down whether it holds more than texts."""
    if isinstance(node, list):
        told = [term(part, f"{where}[{at}]", scope).literal for at, part in enumerate(node)]
        texts = [one for one in told if isinstance(one, str)]
        return Term(AsTexts(Value(texts, output_field=TEXTS)), "strings", len(texts) < len(told))
    found = term(node, where, scope)
    if found.kind != "strings":
        refuse(where, "此处应为列表", "a list belongs here")
    return Term(AsTexts(found.sql), "strings")


class AsTexts(Func):
    """A list of words in the one type that two lists share."""

    template = "(%(expressions)s)::text[]"
    output_field = TEXTS
