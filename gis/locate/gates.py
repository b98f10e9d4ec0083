"""Gates: 民安花苑北门 where it is on record, else the edge of the estate to that side, which is said to be supposed.

A gate is one however it is written: 北门, 北大门, 北门口; 大门 is 正门.
"""

from __future__ import annotations

import math
import re
from dataclasses import replace

from django.db import connection

from gis.degrees import METRES
from gis.locate import inside, plain, words
from gis.locate.answer import Candidate, Precision
from gis.locate.meaning import BEARINGS
from gis.locate.parts import Understood
from gis.locate.rank import metres
from gis.locate.store import Row, Store

SUPPOSED, BY_ANOTHER = 0.6, 0.45
"""Of the certainty of the estate: a gate lies somewhere on that side. Less where only another of its gates is known."""
REACH_M, WIDE_M = 800.0, 20.0
EDGE = """
SELECT ST_X(spot), ST_Y(spot) FROM (
  SELECT ST_ClosestPoint(ST_Boundary(geom), ST_SetSRID(ST_Point(%s, %s), 4490)) AS spot
    FROM {table} WHERE id = %s) AS s"""
ENGLISH = {f"{told.upper()}GATE": f"{said}门" for told, said in inside.WAYS.items()} | {"GATE": "正门"}
ENGLISH_LAST = re.compile(rf"(?<=[A-Z0-9 ])(?:(?:{'|'.join(inside.WAYS)})\s?)?gate$", re.IGNORECASE)
"""Behind a name, as it is written and as names are compared."""
GROUNDS = {"landuse": "spatial_landuse", "buildings": "spatial_building", "areas": "spatial_area"}


def usual(gate: str) -> str:
    """A gate in the one form in which gates are compared, "" where there is none."""
    bare = re.sub(r"(?<=门)口$", "", plain.name(gate)).replace("大门", "门")
    return "正门" if bare == "门" else bare


def spellings(gate: str) -> list[str]:
    """The ways in which a register may have written a gate."""
    one = usual(gate)
    more = (*(["大门"] if one == "正门" else []), *(told for told, meant in ENGLISH.items() if meant == one))
    return list(dict.fromkeys((gate, one, one.replace("门", "大门"), f"{one}口", *more)))


def gate_of(name: str) -> str:
    """The gate with which a name ends, in its usual form."""
    if found := ENGLISH_LAST.search(name):
        return ENGLISH[plain.name(found[0])]
    found = words.GATE_LAST.search(name)
    return usual(found["gate"]) if found and found.start() else ""


def _gateless(name: str) -> str:
    return words.GATE_LAST.sub("", ENGLISH_LAST.sub("", name)).rstrip()


def turned(said: Understood) -> Understood | None:
    """北门民安花苑 as 民安花苑北门, which is asked when there is nothing called 北门民安花苑."""
    found = words.GATE_FIRST.fullmatch(said.places[0]) if said.places and not said.gate else None
    if not found:
        return None
    place, gate = found["place"], found["gate"]
    estate = place if said.estate == said.places[0] else said.estate
    return replace(said, places=(place, *said.places[1:]), estate=estate, gate=gate, whole=f"{place}{gate}")


def at_gate(said: Understood, found: list[Candidate], store: Store) -> list[Candidate]:
    """Move answers for an estate to its gate; one that is the gate's own entry stays where it is, and comes first."""
    gate = usual(said.gate)
    own = [replace(one, precision=Precision.GATE) for one in found if gate in (gate_of(one.title), gate_of(one.term))]
    left = [one for one in found if gate not in (gate_of(one.title), gate_of(one.term))]
    left = [one if said.gate in plain.name(one.title) else _gate(said, gate, one, store) for one in left]
    return own + sorted(left, key=lambda one: -one.confidence)


def _gate(said: Understood, gate: str, one: Candidate, store: Store) -> Candidate:
    why = (*one.assumed, "gate")
    estate = _without_gate(one)
    other = gate_of(one.title) or gate_of(one.term)
    way = BEARINGS.get(gate.removesuffix("门").rstrip("0123456789"))
    if way is not None:
        east, north = math.sin(math.radians(way)), math.cos(math.radians(way))
        rows = _rows(one, estate, store)
        spot = _edge(rows, east, north) or _outermost(one, rows, east, north)
        if spot:
            return replace(one, title=f"{estate}{said.gate}", lon=spot[0], lat=spot[1], precision=Precision.GATE,
                           confidence=round(one.confidence * SUPPOSED, 3), layer="", row=0, assumed=why)  # fmt: skip
    if other:  # of the estate no more is known than where another gate is
        one = replace(one, title=estate, layer="", row=0)
    return replace(one, confidence=round(one.confidence * (BY_ANOTHER if other else SUPPOSED), 3), assumed=why)


def _without_gate(one: Candidate) -> str:
    """What the estate is called, when its answer is one of its gates."""
    if gate_of(one.title):
        return _gateless(one.title)
    return _gateless(one.term) if gate_of(one.term) else one.title


def _rows(one: Candidate, estate: str, store: Store) -> list[Row]:
    """The answer itself first, then what else is on record of its estate, but for other gates."""
    here = Row(one.layer, one.row, "", one.term, "", None, "", "", "", "", (), "", "", one.title, one.lon, one.lat)
    known = store.named(list({one.term, plain.name(estate)}), ["estate", "name", "door"])
    return [here, *(row for row in known if metres(row, here) < REACH_M and not gate_of(row.title))]


def _edge(rows: list[Row], east: float, north: float) -> tuple[float, float] | None:
    """The point of the outline that lies farthest to a side, where the estate has one."""
    ground = next((row for row in rows if row.layer in GROUNDS), None)
    if ground is None:
        return None
    far = REACH_M / METRES
    with connection.cursor() as cursor:
        spot = (ground.lon + far * east / math.cos(math.radians(ground.lat)), ground.lat + far * north)
        cursor.execute(EDGE.format(table=GROUNDS[ground.layer]), [*spot, ground.row])
        found: tuple[float, float] | None = cursor.fetchone()
    return found


def _outermost(one: Candidate, rows: list[Row], east: float, north: float) -> tuple[float, float] | None:
    """The block of an estate that lies farthest to a side; none where all that is known of it is one spot."""
    if all(metres(row, rows[0]) < WIDE_M for row in rows):
        return None
    shrink = math.cos(math.radians(one.lat))
    best = max(rows, key=lambda row: (row.lon - one.lon) * shrink * east + (row.lat - one.lat) * north)
    return best.lon, best.lat
