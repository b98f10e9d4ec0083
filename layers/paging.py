"""Rows a page at a time, the ten thousandth as fast as the first: each begins after the last row of the one before.

Of a narrowed question the rows are found first, by whatever index finds them, and counted while there are few. In the
order of their keys PostgreSQL would walk the whole table to where the rows of a box happen to lie. In any other order
it reads all rows for each page, and keeps the first: no more for the last page than for page 1 (decision 0061).
"""

from __future__ import annotations

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import DataError, InternalError, OperationalError, connection, transaction
from django.db.models import F, Q
from psycopg.errors import QueryCanceled

from gis.errors import Invalid
from gis.message import Question, ask
from layers.layer import Rows
from layers.properties import ID, Property

FEW = 10_000
"""Rows that are counted; of more nobody is told how many."""
PATIENCE_MS = 8_000
NOTHING = "SELECT NULL::bigint, NULL::text WHERE false", ()
FOUND = """
WITH found(key) AS MATERIALIZED ({rows} LIMIT %s)
SELECT few.n, few.further, array_agg(page.key ORDER BY page.key) FILTER (WHERE page.key IS NOT NULL),
       string_agg(whole.text, ',' ORDER BY page.key)
  FROM (SELECT count(*) AS n, count(*) FILTER (WHERE key > %s) AS further FROM found) AS few
  LEFT JOIN (SELECT key FROM found WHERE key > %s ORDER BY key LIMIT %s) AS page ON few.n <= %s
  LEFT JOIN LATERAL (SELECT every.text FROM ({whole}) AS every(key, text) WHERE every.key = page.key OFFSET 0)
    AS whole ON true GROUP BY few.n, few.further
"""
"""How many rows there are, and how many from the page on; its numbers and texts, as one value each: to read a hundred
lines costs more than all the rest. OFFSET 0 has each row of the page looked up: a plan for any box fears too many, and
would read the whole table."""
BOUNDS = 5
"""The last parameters of ``FOUND``."""


@dataclass(frozen=True, slots=True)
class Way:
    """``FOUND`` of some rows that is written already, and the numbers of these rows."""

    question: Question
    numbers: Sequence[float]


@dataclass(frozen=True, slots=True)
class Key:
    """A property to order by."""

    property: Property
    falling: bool = False


@dataclass(frozen=True, slots=True)
class After:
    """Where a page begins: behind a row, by the values it is ordered by and its number. ``many``: not counted."""

    values: tuple[Any, ...] = ()
    pk: int = -(2**63)
    many: bool = False

    def written(self) -> str:
        """The same as a token that means nothing to others."""
        told = [int(self.many), self.pk, *(_plain(value) for value in self.values)]
        return urlsafe_b64encode(json.dumps(told, separators=(",", ":")).encode()).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class Page:
    """The numbers of the rows of a page in order, how many there are in all if that is known, what comes after, and
    what is told of them, commas between, if it was asked for and is already known."""

    pks: Sequence[int]
    matched: int | None
    after: After | None
    text: str | None = None


def settled(keys: Sequence[Key]) -> tuple[Key, ...]:
    """Return the keys that decide: none behind the number of the row, which no two share, and rising it ends each order
    in any case."""
    for n, key in enumerate(keys):
        if key.property is ID:
            return tuple(keys[: n + key.falling])
    return tuple(keys)


def read_after(token: str, keys: Sequence[Key]) -> After:
    """Return where a token points; ``Invalid`` when it is none of ours, or of another order."""
    try:
        many, pk, *values = json.loads(urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        if type(pk) is not int or not -(2**63) <= pk < 2**63 or len(values) != len(keys):
            raise ValueError(token)
        told = tuple(_value(key.property, value) for key, value in zip(keys, values, strict=True))
    except (ValueError, TypeError, RecursionError, binascii.Error, Invalid):
        raise Invalid(
            "参数 after：请用 next 链接中的原值 / parameter after: take it from a next link as it is"
        ) from None
    return After(told, pk, bool(many))


def page(
    rows: Callable[[], Rows],
    keys: Sequence[Key],
    after: After | None,
    limit: int,
    narrowed: bool,
    whole: tuple[str, tuple[Any, ...]] = NOTHING,
    way: Way | None = None,
) -> Page:
    """Return a page of rows; ``Invalid`` when the question takes too long or cannot be reckoned.

    ``whole`` is a statement of the numbers of all rows with a text each, which comes along where that is cheaper. A
    ``way`` is both written already; the rows are asked for only where it leads nowhere.
    """
    few = narrowed and not keys and not (after and after.many)
    if few and way:
        with spoken():
            n, further, pks, text = ask(way.question, (*way.numbers, *_bounds(after, limit)), PATIENCE_MS)
        told = [int(pk) for pk in pks[1:-1].split(b",")] if pks else None
        known = _few((int(n or 0), int(further or 0), told, (text or b"").decode()), limit)
        if known is not None:
            return known
    with patient():
        if few and not way:
            known = _found(rows(), after, limit, whole)
            if known is not None:
                return known
        return _walked(rows(), keys, after, limit)


@contextmanager
def patient() -> Iterator[None]:
    """A transaction in which no statement lasts for ever, and what the asker's own numbers break is told to him."""
    with spoken(), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = {PATIENCE_MS}")
        yield


@contextmanager
def spoken() -> Iterator[None]:
    """Tell what the database refuses for a reason of the asker's own as ``Invalid``."""
    try:
        yield
    except OperationalError as wrong:
        if not isinstance(wrong.__cause__, QueryCanceled):
            raise
        raise Invalid(
            "查询用时过长，请缩小范围或简化条件 / this takes too long; narrow it or make it simpler"
        ) from None
    except (DataError, InternalError):
        raise Invalid(
            "参数 filter：其中的数值无法计算 / parameter filter: its values cannot be reckoned with"
        ) from None


def _found(rows: Rows, after: After | None, limit: int, whole: tuple[str, tuple[Any, ...]]) -> Page | None:
    """A page of few rows with their count; None when there are many."""
    try:
        sql, given = rows.order_by().values("pk").query.sql_with_params()
    except EmptyResultSet:
        return Page((), 0, None)
    with connection.cursor() as cursor:
        cursor.execute(FOUND.format(rows=sql, whole=whole[0]), [*given, *_bounds(after, limit), *whole[1]])
        found = _few(cursor.fetchone(), limit)
    return replace(found, text=None) if found and whole is NOTHING else found


def _bounds(after: After | None, limit: int) -> list[int]:
    pk = (after or After()).pk
    return [FEW + 1, pk, pk, limit, FEW]


def _few(line: Any, limit: int) -> Page | None:
    count, further, pks, text = line
    if count > FEW:
        return None
    return Page(pks or (), count, After(pk=pks[-1]) if further > limit else None, text or "")


def _walked(rows: Rows, keys: Sequence[Key], after: After | None, limit: int) -> Page:
    """A page in the order of the keys, each row by index."""
    paths = [key.property.path for key in keys]
    ordered = rows.order_by(*_order(keys))
    beyond = ordered.filter(_beyond(keys, after)) if after else ordered
    lines = [(line[0], tuple(line[1:])) for line in beyond.values_list("pk", *paths)[: limit + 1]]
    matched = None if after else len(lines) if len(lines) <= limit else _counted(rows)
    return _cut(lines, limit, matched, many=not keys and (matched is None or matched > FEW))


def _cut(lines: list[tuple[int, tuple[Any, ...]]], limit: int, matched: int | None, many: bool) -> Page:
    shown = lines[:limit]
    more = After(shown[-1][1], shown[-1][0], many) if len(lines) > limit else None
    return Page(tuple(pk for pk, _ in shown), matched, more)


def _counted(rows: Rows) -> int | None:
    count = rows.order_by().values("pk")[: FEW + 1].count()
    return count if count <= FEW else None


def _order(keys: Sequence[Key]) -> list[Any]:
    if keys and keys[-1].property is ID:
        return [*_order(keys[:-1])[:-1], "-pk"]  # NULLS LAST would keep PostgreSQL from walking the index backwards
    columns = [
        F(key.property.path).desc(nulls_last=True) if key.falling else F(key.property.path).asc(nulls_last=True)
        for key in keys
    ]
    return [*columns, "pk"]


def _beyond(keys: Sequence[Key], after: After) -> Q:
    """What comes after a row in the order of the keys; what has no value comes last."""
    if keys and keys[-1].property is ID:
        return _past(keys[:-1], after, Q(pk__lt=after.pk))
    return _past(keys, after, Q(pk__gt=after.pk))


def _past(keys: Sequence[Key], after: After, last: Q) -> Q:
    same, beyond = Q(), Q(pk__in=[])
    for key, value in zip(keys, after.values, strict=False):  # that of the number stands in ``last``
        path = key.property.path
        if value is None:
            same &= Q(**{f"{path}__isnull": True})
            continue
        further = Q(**{f"{path}__{'lt' if key.falling else 'gt'}": value}) | Q(**{f"{path}__isnull": True})
        beyond |= same & further
        same &= Q(**{path: value})
    return beyond | (same & last)


def _plain(value: Any) -> Any:
    if isinstance(value, date | datetime):
        return value.isoformat()
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


def _value(property_: Property, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(value, bool):
        return value
    return value if property_.kind == "string" and isinstance(value, str) else property_.read(str(value))
