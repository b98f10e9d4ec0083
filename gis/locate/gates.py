"""Gates: 民安花苑北门 where it is on record, else the edge of the estate to that side, which is said to be supposed."""

from __future__ import annotations

import math
from dataclasses import replace

from django.db import connection

from gis.locate.answer import Candidate, Precision
from gis.locate.meaning import BEARINGS
from gis.locate.parts import Understood
from gis.locate.rank import METRES, metres
from gis.locate.store import Row, Store

SUPPOSED = 0.6
"""Of the certainty of the estate: a gate lies somewhere on that side."""
REACH_M = 800.0
EDGE = """
SELECT ST_X(spot), ST_Y(spot) FROM (
  SELECT ST_ClosestPoint(ST_Boundary(geom), ST_SetSRID(ST_Point(%s, %s), 4490)) AS spot
    FROM {table} WHERE id = %s) AS s"""
GROUNDS = {"landuse": "spatial_landuse", "buildings": "spatial_building", "areas": "spatial_area"}


def at_gate(said: Understood, found: list[Candidate], store: Store) -> list[Candidate]:
    """Move answers for an estate to its gate; one that is the gate's own entry stays where it is."""
    return [one if said.gate in one.title else _gate(said, one, store) for one in found]


def _gate(said: Understood, one: Candidate, store: Store) -> Candidate:
    way = BEARINGS.get(said.gate.removesuffix("口").removesuffix("门").removesuffix("大"))
    title, why = f"{one.title}{said.gate}", (*one.assumed, "gate")
    if way is None:  # 2号门, 正门: nobody knows which side that is
        return replace(one, confidence=round(one.confidence * SUPPOSED, 3), assumed=why)
    east, north = math.sin(math.radians(way)), math.cos(math.radians(way))
    lon, lat = _edge(one, east, north) or _outermost(one, east, north, store)
    sure = round(one.confidence * SUPPOSED, 3)
    return replace(one, title=title, lon=lon, lat=lat, precision=Precision.GATE, confidence=sure, layer="", row=0,
                   assumed=why)  # fmt: skip


def _edge(one: Candidate, east: float, north: float) -> tuple[float, float] | None:
    """The point of an outline that lies farthest to a side."""
    if one.layer not in GROUNDS:
        return None
    far = REACH_M / METRES
    with connection.cursor() as cursor:
        spot = (one.lon + far * east / math.cos(math.radians(one.lat)), one.lat + far * north)
        cursor.execute(EDGE.format(table=GROUNDS[one.layer]), [*spot, one.row])
        found: tuple[float, float] | None = cursor.fetchone()
    return found


def _outermost(one: Candidate, east: float, north: float, store: Store) -> tuple[float, float]:
    """The block of an estate that lies farthest to a side."""
    here = Row(one.layer, one.row, "", one.term, "", None, "", "", "", "", (), "", "", one.title, one.lon, one.lat)
    blocks = [row for row in store.named([one.term], ["estate", "name", "door"]) if metres(row, here) < REACH_M]
    shrink = math.cos(math.radians(one.lat))
    best = max([*blocks, here], key=lambda row: (row.lon - one.lon) * shrink * east + (row.lat - one.lat) * north)
    return best.lon, best.lat
