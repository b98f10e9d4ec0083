"""The register's rows as statements, compiled once from the layer's own scope."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import Expression, F, FloatField, Func, IntegerField

from layers.layer import Layer
from layers.scope import Audience
from tiles.statement import NOTHING, READ, Statement

COLUMNS = ("id", "name", "kind", "sha256", "crs", "width", "height", "bands", "dtype", "source", "surveyed_at")
EDGES = ("XMin", "YMin", "XMax", "YMax")


class _Key(Expression):
    """The key of a row, bound as $1."""

    def __init__(self) -> None:
        super().__init__(output_field=IntegerField())

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return "%s", [self]


@lru_cache(maxsize=512)
def registered(layer: Layer, audience: Audience, columns: tuple[str, ...], limit: int | None = None) -> Statement:
    """A statement for columns of a layer's rows that an audience may see, and their boxes; ``NOTHING`` for none.

    The box is west, south, east, north in metres of EPSG:3857. With a limit it takes the newest rows and binds nothing;
    without one it takes the row whose key is bound as $1.
    """
    edges = {
        f"edge_{name}": Func(F(layer.shape), template=f"ST_{name}(%(expressions)s)", output_field=FloatField())
        for name in EDGES
    }
    rows = layer.rows_for(audience)
    rows = (rows.order_by("-pk") if limit else rows.order_by().filter(pk=_Key())).annotate(**edges)
    try:
        sql, parameters = rows.values_list(*columns, *edges)[:limit].query.sql_with_params()
    except EmptyResultSet:
        return NOTHING
    constants = [value for value in parameters if not isinstance(value, _Key)]
    numbers = iter(range(1 if limit else 2, len(parameters) + 2))
    native = sql % tuple("$1" if isinstance(value, _Key) else f"${next(numbers)}" for value in parameters)
    tables = tuple(sorted(set(READ.findall(native))))
    return Statement(native.encode(), tuple(constants), tables, role=audience.role)
