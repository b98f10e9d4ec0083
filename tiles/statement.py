"""One SQL statement cuts a tile of several layers: the ORM's own rows inside ``ST_AsMVT``, joined by ``||``.

It is compiled once for (layers, audience, zoom); only envelope, reach and shifts change from tile to tile.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import blake2b
from typing import Any, cast

from django.contrib.gis.db.models import PointField
from django.contrib.gis.db.models.functions import PointOnSurface
from django.core.exceptions import EmptyResultSet
from django.db.models import (
    BinaryField,
    BooleanField,
    CharField,
    DecimalField,
    F,
    FloatField,
    Func,
    GeneratedField,
    IntegerField,
    Model,
    TextField,
    Value,
)
from django.db.models import Field as Column
from django.db.models.functions import Cast, Coalesce, NullIf

from gis.models import Coarse
from layers.layer import Field, Layer, Rows
from layers.scope import Audience, Role
from tiles.budget import Wish, entire, fitted
from tiles.corners import CORNERS, ENVELOPE, REACH, Corner, drawn, overlaps
from tiles.lowzoom import COUNT, gathered, outline, seen
from tiles.tile import Tile
from tiles.whole import whole

SURVEYED_ZOOM = 15  # from here on tiles carry every vertex
PLAIN = (CharField, TextField, IntegerField, FloatField, BooleanField)
SILENT = Func(template="''", output_field=CharField())
"""No words, and no parameter: a plan for all parameters would not see that an index holds those that have some."""
READ = re.compile(r'(?:FROM|JOIN) "(\w+)"')  # the tables that SQL of the ORM names


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL with PostgreSQL's ``$n``: $1–$4 envelope, $5–$8 reach, $9–$12 shifts, then constants; it reads ``tables``.

    ``sql`` shows everything that is wanted, ``fitted`` as much of it as fits, both with the same parameters.

    Rows of its ``own`` tables are shown where their ``shape`` is, and nowhere else. ``stamp`` stands for all that
    decides what is in the tile, but for rows and place: layers, audience, SQL, constants.
    """

    sql: bytes
    constants: tuple[Any, ...]
    tables: tuple[str, ...]
    own: frozenset[str] = frozenset()
    stamp: bytes = b""
    role: Role = Role.RESIDENT
    fitted: bytes = b""

    def parameters(self, tile: Tile) -> tuple[Any, ...]:
        """Everything to bind for a tile."""
        return (*tile.envelope, *tile.reach, *tile.shift(0), *tile.shift(0.5), *self.constants)


NOTHING = Statement(b"", (), ())


@lru_cache(maxsize=1024)
def statement(layers: tuple[Layer, ...], audience: Audience, zoom: int, english: bool = False) -> Statement:
    """Compile the statement for a tile; ``NOTHING`` when no layer can have a row there for this audience. In English it
    carries the English of what has it, under the same keys."""
    wishes: list[Wish] = []
    constants: list[Any] = []
    reading: list[tuple[Layer, str]] = []
    for layer in layers:
        for wish, parameters in wanted(layer, audience, zoom, english):
            wishes.append(replace(wish, rows=_numbered((wish.rows, parameters), constants)))
            reading.append((layer, wish.rows))
    if not wishes:
        return NOTHING
    sql = entire(wishes)
    stamp = repr(([layer.id for layer in layers], audience, sql, constants)).encode()
    return Statement(
        sql.encode(),
        tuple(constants),
        _tables(sql),
        shown_in_place(reading),
        blake2b(stamp, digest_size=16).digest(),
        audience.role,
        fitted(wishes).encode(),
    )


def shown_in_place(reading: Iterable[tuple[Layer, str]]) -> frozenset[str]:
    """The tables whose rows are shown where their ``shape`` is and change nothing elsewhere: a layer's own, where its
    SQL names it but once, and the stored shapes that stand for it. What is joined can change what is far from it."""
    own, strange = {Coarse._meta.db_table}, set[str]()
    for layer, sql in reading:
        named = READ.findall(sql)
        table = layer.model._meta.db_table
        if layer.shape == "shape" and named.count(table) == 1:
            own.add(table)
            named.remove(table)
        strange.update(named)
    return frozenset(own - (strange - {Coarse._meta.db_table}))


Wanted = tuple[Wish, tuple[Any, ...]]
"""A wish whose rows have a place for each of some parameters, as the ORM writes them."""


@lru_cache(maxsize=1024)
def wanted(layer: Layer, audience: Audience, zoom: int, english: bool) -> tuple[Wanted, ...]:
    """What a layer would show, in whatever company it is asked for: the ORM takes its time to write it."""
    if not layer.min_zoom <= zoom <= layer.max_zoom:
        return ()
    try:
        wish = _wish(layer, audience, zoom, english)
    except EmptyResultSet:  # a scope that allows nothing
        return ()
    if any(label.min_zoom - 1 <= zoom < label.max_zoom for label in layer.style.spots):
        return wish, _words(layer, audience, zoom, english)
    return (wish,)


def _wish(layer: Layer, audience: Audience, zoom: int, english: bool) -> Wanted:
    coarse = gathered(layer, audience, zoom)
    if coarse is not None:
        sql, parameters = coarse.query.sql_with_params()
        return Wish(layer.id, sql, ("mvt_geom", COUNT, "painted"), (), layer.limit, keyed=False), parameters
    fields = layer.tile_fields(audience)
    own = [field for field in fields if not field.codes]  # a code is that of many rows
    texts, numbers = _keys(layer, own, CharField, TextField), _keys(layer, own, FloatField, DecimalField)
    sql, parameters = _features(layer, audience, zoom, english).query.sql_with_params()
    columns = ("mvt_id", "mvt_geom", *(field.key for field in fields))
    return Wish(layer.id, sql, columns, texts, layer.limit, numbers=numbers), parameters


def _keys(layer: Layer, fields: Iterable[Field], *kinds: type[Column[Any, Any]]) -> tuple[str, ...]:
    """The keys of the fields whose columns are of some kinds."""
    return tuple(field.key for field in fields if isinstance(column(layer.model, field.name), kinds))


def _features(layer: Layer, audience: Audience, zoom: int, english: bool) -> Rows:
    """Id, tile geometry and properties of the rows that reach into the tile, the most important first."""
    shape: Any = F(layer.shape)
    if layer.style.kind == "point" and not isinstance(column(layer.model, layer.shape), PointField):
        shape = PointOnSurface(layer.shape)
    elif layer.style.kind != "point" and zoom < SURVEYED_ZOOM:
        shape = outline(layer, zoom)
    drawing = whole(layer, zoom, seen(layer, zoom, shape))
    values = [F("pk"), drawing, *(_value(layer, field, english) for field in layer.tile_fields(audience))]
    named = {f"mvt_{index}": value for index, value in enumerate(values)}
    reaches = overlaps(F(layer.shape), REACH)
    rows: Rows = layer.rows_at(audience, zoom).filter(reaches).annotate(**named)
    return rows.order_by(*layer.order).values_list(*named)[: layer.limit + 1]


def _words(layer: Layer, audience: Audience, zoom: int, english: bool) -> Wanted:
    said = _said(layer, audience)
    sql, parameters = _spots(layer, audience, zoom, english).query.sql_with_params()
    columns = ("mvt_id", "mvt_geom", *said, "room")
    return Wish(f"{layer.id}:words", sql, columns, tuple(said), layer.limit), parameters


def _spots(layer: Layer, audience: Audience, zoom: int, english: bool) -> Rows:
    """Where the words of surfaces stand: one point well inside each, in the one tile that it falls into, with what the
    style needs and ``room``, the side in metres of a square as large as the surface."""
    spot = PointOnSurface(layer.shape)
    room = Func(F(layer.shape), template="sqrt(ST_Area(%(expressions)s))::int", output_field=BinaryField())
    fields = [field for field in layer.tile_fields(audience) if field.key in _said(layer, audience)]
    values = [F("pk"), drawn(spot, 0), *(_value(layer, field, english) for field in fields), room]
    named = {f"mvt_{index}": value for index, value in enumerate(values)}
    rows: Rows = layer.rows_at(audience, zoom)
    rows = rows.filter(overlaps(F(layer.shape), REACH), overlaps(spot, ENVELOPE)).annotate(**named)
    if not any(row.paint.glyph for row in layer.style.classes):
        rows = rows.exclude(**{layer.style.spots[0].field: SILENT})
    return rows.order_by(*layer.order).values_list(*named)[: layer.limit + 1]


def _said(layer: Layer, audience: Audience) -> list[str]:
    return [field.key for field in layer.tile_fields(audience) if field.key in layer.style.fields]


def _value(layer: Layer, field: Field, english: bool) -> Any:
    """A property as a type that a tile can hold: text, number or truth."""
    if english and field.english:
        return Coalesce(NullIf(F(field.english), Value("")), F(field.name))
    kind = column(layer.model, field.name)
    if isinstance(kind, DecimalField):
        return Cast(field.name, FloatField())
    return F(field.name) if isinstance(kind, PLAIN) else Cast(field.name, TextField())


def column(model: type[Model], path: str) -> Column[Any, Any]:
    """Return the model field at the end of a path such as ``segment__name``; of a generated one, what it generates."""
    found: Any = None
    for part in path.split("__"):
        found = model._meta.get_field(part)
        model = found.related_model
    kind: Any = found.output_field if isinstance(found, GeneratedField) else found
    return cast("Column[Any, Any]", kind)


def _numbered(written: tuple[str, Sequence[Any]], constants: list[Any], bound: int = CORNERS) -> str:
    """Return SQL of the ORM with ``$n`` for every parameter; constants join the list of those after ``bound``."""
    sql, parameters = written
    numbers: list[str] = []
    for parameter in parameters:
        if isinstance(parameter, Corner):
            numbers.append(f"${parameter.number}")
        else:
            constants.append(parameter)
            numbers.append(f"${bound + len(constants)}")
    return sql % tuple(numbers)


@lru_cache(maxsize=256)
def holdings(layer: Layer, audience: Audience) -> Statement:
    """A statement for where a layer has rows and from which registers: west, south, east, north, sources.

    Metres of EPSG:3857, null when there are no rows; no tile is bound.
    """
    bare = Func(F(layer.shape), template="%(expressions)s", output_field=BinaryField())
    named = {"held_shape": bare, "held_source": F(layer.source or "source")}
    constants: list[Any] = []
    try:
        held = layer.rows_for(audience).order_by().annotate(**named).values_list(*named)
        rows = _numbered(held.query.sql_with_params(), constants, bound=0)
    except EmptyResultSet:
        return NOTHING
    corners = ", ".join(f"ST_{edge}(box)" for edge in ("XMin", "YMin", "XMax", "YMax"))
    whole = f"SELECT ST_Extent(shape) AS box, array_agg(DISTINCT source) AS sources FROM ({rows}) AS r(shape, source)"
    sql = f"SELECT {corners}, sources FROM ({whole}) AS w".encode()
    return Statement(sql, tuple(constants), _tables(rows), role=audience.role)


def _tables(sql: str) -> tuple[str, ...]:
    return tuple(sorted(set(READ.findall(sql))))
