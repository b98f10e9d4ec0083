"""The stored pieces: read in the order of their cells, and written so that what did not change is not touched."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import shapely
from django.db import connection
from django.db.models import BinaryField, F, Func

from layers.layer import Layer
from layers.scope import Audience, Role
from tiles.coarse import cells

COLUMNS = "layer, view, zoom, cell, part, number, painted, tally, covered, shape, spot"
SAME = " AND ".join(
    f"n.{name} = c.{name}" for name in ("cell", "part", "number", "painted", "tally", "covered")
) + " AND n.shape::bytea = c.shape::bytea AND n.spot::bytea IS NOT DISTINCT FROM c.spot::bytea"  # fmt: skip
PORTION = 5000
Values = dict[str, Any]


@dataclass(slots=True)
class Piece:
    """A stored part of a cell before it is stored: see ``gis.models.Coarse``."""

    cell: int
    part: int
    number: int
    shape: shapely.Geometry
    painted: Values
    tally: dict[str, int]
    covered: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """Where pieces are kept: a layer's, for a view, at a zoom whose cells are ``fine`` zooms deeper."""

    layer: Layer
    view: str
    zoom: int
    fine: int

    @property
    def deep(self) -> int:
        """The zoom of the cells."""
        return self.zoom + self.fine

    @property
    def key(self) -> tuple[str, str, int]:
        """What the table calls it."""
        return self.layer.id, self.view, self.zoom


def base(place: Place, picked: str, only: Collection[int] | None, order: str = "") -> Iterator[tuple[Any, ...]]:
    """Yield ``picked`` (SQL over ``cell``, ``value`` as jsonb, ``id`` and ``shape``) of the rows of a view, of all or
    ``only`` some cells."""
    layer = place.layer
    field = next((field.name for field in layer.fields if field.key == layer.style.by), "")
    bare = Func(F(layer.shape), template="%(expressions)s", output_field=BinaryField())
    named = {"coarse_id": F("pk"), "coarse_shape": bare, **({"coarse_value": F(field)} if field else {})}
    rows = layer.rows_for(Audience(Role(place.view))).order_by().annotate(**named).values_list(*named)
    sql, given = rows.query.sql_with_params()
    inner = f"({sql}) AS r(id, shape{', value' if field else ''})"
    value = "to_jsonb(r.value)" if field else "'null'::jsonb"
    keyed = f"SELECT {cells.key('r.shape', place.deep)} AS cell, {value} AS value, r.id, r.shape FROM {inner}"
    if only is not None:
        _list_cells(only, place.deep)
        keyed += f" JOIN coarse_cells s ON r.shape && s.box AND {cells.key('r.shape', place.deep)} = s.cell"
    yield from _stream(f"SELECT {picked} FROM ({keyed}) AS k {order}", given)


def _list_cells(only: Collection[int], zoom: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE IF NOT EXISTS coarse_cells (cell bigint PRIMARY KEY, box geometry) ON COMMIT DROP"
        )
        cursor.execute("TRUNCATE coarse_cells")
        with cursor.copy("COPY coarse_cells FROM STDIN") as copy:
            for cell in only:
                copy.write_row((cell, shapely.to_wkb(_wide(cell, zoom), hex=True, include_srid=True)))
        cursor.execute("ANALYZE coarse_cells")


def _wide(cell: int, zoom: int) -> shapely.Geometry:
    """A cell for ``&&``: a hair wider, because the key of a row is computed in another order than this edge."""
    return shapely.set_srid(shapely.buffer(cells.square(cell, zoom), 0.001, join_style="mitre"), 3857)


def stored(place: Place, only: Collection[int] | None) -> Iterator[list[Piece]]:
    """Yield the pieces of each parent cell, of all cells or some of that zoom, in order."""
    group: list[Piece] = []
    parent = "(cell >> 33) << 32 | (cell & 4294967295) >> 1"
    given: list[Any] = [*place.key, *([list(only)] if only is not None else [])]
    sql = (
        "SELECT cell, part, number, ST_AsBinary(shape), painted::text, tally::text, covered FROM spatial_coarse "
        f"WHERE layer = %s AND view = %s AND zoom = %s {'AND cell = ANY(%s)' if only is not None else ''} "
        f"ORDER BY {parent}, cell, part"
    )
    for cell, part, number, shape, painted, tally, covered in _stream(sql, given):
        if group and cells.up(group[0].cell) != cells.up(cell):
            yield group
            group = []
        shape = shapely.from_wkb(bytes(shape))
        group.append(Piece(cell, part, number, shape, json.loads(painted), json.loads(tally), covered))
    if group:
        yield group


def _stream(sql: str, given: Any) -> Iterator[tuple[Any, ...]]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql, given)
        while rows := cursor.fetchmany(PORTION):
            yield from rows


def write(place: Place, only: Collection[int] | None, pieces: Iterable[Piece]) -> bool:
    """Make what is stored at a place (all cells or some) these pieces; returns whether anything changed."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE IF NOT EXISTS coarse_new (LIKE spatial_coarse) ON COMMIT DROP")
        cursor.execute("ALTER TABLE coarse_new ALTER id DROP NOT NULL")
        cursor.execute("TRUNCATE coarse_new")
        waiting = iter(pieces)
        while portion := list(islice(waiting, PORTION)):  # making them asks the same connection
            with cursor.copy(f"COPY coarse_new ({COLUMNS}) FROM STDIN") as copy:
                for row in _rows(place, portion):
                    copy.write_row(row)
        cursor.execute("ANALYZE coarse_new")
        scope = "c.layer = %s AND c.view = %s AND c.zoom = %s"
        given: list[Any] = [*place.key]
        if only is not None:
            scope, given = f"{scope} AND c.cell = ANY(%s)", [*given, list(only)]
        cursor.execute(
            f"DELETE FROM spatial_coarse c WHERE {scope} AND NOT EXISTS (SELECT FROM coarse_new n WHERE {SAME})", given
        )
        gone = cursor.rowcount
        cursor.execute(
            f"INSERT INTO spatial_coarse ({COLUMNS}) SELECT {COLUMNS} FROM coarse_new ORDER BY cell, part"
            " ON CONFLICT DO NOTHING"
        )
        return bool(gone + cursor.rowcount)


def _rows(place: Place, portion: Sequence[Piece]) -> Iterator[tuple[Any, ...]]:
    shapes = _hex([piece.shape for piece in portion])
    spots = _hex(_spots(place, portion)) if place.view else [None] * len(portion)
    for piece, shape, spot in zip(portion, shapes, spots, strict=True):
        yield (
            *place.key, piece.cell, piece.part, piece.number,
            json.dumps(piece.painted, ensure_ascii=False), json.dumps(piece.tally, ensure_ascii=False), piece.covered,
            shape, spot,
        )  # fmt: skip


def _spots(place: Place, portion: Sequence[Piece]) -> list[shapely.Point]:
    """Where each piece is counted: in the middle of its cell, or of the cell in which it is. A part of a house may lie
    beside the cell of the house, in a tile that has nothing of it."""
    boxes = shapely.box(*np.transpose([cells.box(piece.cell, place.deep) for piece in portion]))
    within = shapely.intersects([piece.shape for piece in portion], boxes)
    return [
        cells.middle(piece.cell if here else cells.at(shapely.point_on_surface(piece.shape), place.deep), place.deep)
        for piece, here in zip(portion, within, strict=True)
    ]


def _hex(shapes: Sequence[shapely.Geometry]) -> list[str]:
    return list(shapely.to_wkb(shapely.set_srid(shapes, 3857), hex=True, include_srid=True))
