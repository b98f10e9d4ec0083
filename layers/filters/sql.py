"""The few forms of SQL that a filter becomes: constant text, every value a parameter.

Nothing of it is Django's ``exclude``: what is unknown (NULL) stays unknown, as in CQL2 and in SQL written by hand.
"""

from __future__ import annotations

from typing import Any

from django.db.models import BooleanField, FloatField, Func, TextField


class Yes(Func):
    """Something that is true, false or unknown."""

    output_field = BooleanField()
    template = "(%(expressions)s)"


class Not(Yes):
    """The opposite; the unknown stays so."""

    template = "(NOT %(expressions)s)"


class IsNull(Yes):
    """Whether there is no value."""

    template = "(%(expressions)s IS NULL)"


class Between(Yes):
    """A value between two others, both included."""

    template = "(%(expressions)s)"

    def as_sql(self, compiler: Any, connection: Any, *_: Any, **context: Any) -> Any:
        """``a BETWEEN b AND c``."""
        sides = [compiler.compile(one) for one in self.get_source_expressions()]
        (value, given), (low, given_low), (high, given_high) = sides
        return f"({value} BETWEEN {low} AND {high})", [*given, *given_low, *given_high]


class In(Yes):
    """A value among others."""

    def as_sql(self, compiler: Any, connection: Any, *_: Any, **context: Any) -> Any:
        """``a IN (b, c, …)``."""
        sides = [compiler.compile(one) for one in self.get_source_expressions()]
        (value, given), among = sides[0], sides[1:]
        names = ", ".join(sql for sql, _ in among)
        return f"({value} IN ({names}))", [*given, *(one for _, parameters in among for one in parameters)]


class Lower(Func):
    """A text without regard to case."""

    function = "LOWER"
    output_field = TextField()


class Real(Func):
    """A number to reckon with."""

    template = "(%(expressions)s)::double precision"
    output_field = FloatField()


class Reckoned(Func):
    """What arithmetic gives: a form of SQL with the two sides filled in."""

    output_field = FloatField()

    def as_sql(self, compiler: Any, connection: Any, *_: Any, **context: Any) -> Any:
        """The form, in which each side stands once."""
        (one, given), (other, other_given) = (compiler.compile(side) for side in self.get_source_expressions())
        return "(" + self.extra["form"].format(one, other) + ")", [*given, *other_given]


def joined(operator: str, *sides: Any) -> Yes:
    """Two or more sides with an operator between; the operator is ours, never the asker's."""
    return Yes(*sides, arg_joiner=f" {operator} ")


def asked(function: str, *sides: Any) -> Yes:
    """A function that answers yes or no."""
    return Yes(*sides, template=f"{function}(%(expressions)s)")
