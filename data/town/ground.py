"""Land use between the streets, and the water."""

from __future__ import annotations

import shapely
from shapely import MultiPolygon
from shapely.geometry.base import BaseGeometry

from data.town import plan
from data.town.houses import pitch
from data.town.layout import Layout
from data.town.plane import Thing, polygons
from data.town.streets import pavement


def multi(shape: BaseGeometry) -> MultiPolygon:
    """Any area as a multipolygon."""
    return MultiPolygon(polygons(shape))


def landuse_things(layout: Layout) -> list[Thing]:
    """A feature a block, the greens of the banks, the pitches of the schools."""
    found = []
    for number, block in enumerate(layout.blocks, 1):
        kind = "residential" if block.kind == "old" else block.kind
        found.append(Thing(f"land-{number:03d}", multi(block.shape), {"kind": kind, "name": block.name}))
    schools = [block for block in layout.blocks if block.kind in ("school", "kindergarten")]
    for number, block in enumerate(schools, 1):
        found.append(Thing(f"pitch-{number:02d}", multi(pitch(block)), {"kind": "pitch", "name": ""}))
    hard = shapely.union_all([layout.water, pavement(edge for edge in layout.edges if edge.street.rank < 7)])
    number = 0
    for strip in layout.banks:
        for part in polygons(strip.difference(hard).buffer(-1).buffer(1), 900):
            number += 1
            name = "滨江绿带" if part.area > 14_000 else ""
            found.append(Thing(f"bank-{number:02d}", multi(part), {"kind": "park", "name": name}))
    return found


def water_things(layout: Layout) -> list[Thing]:
    """River, canal and pond as surfaces."""
    rows = (
        ("river", plan.RIVER_NAME, layout.river),
        ("canal", plan.CANAL_NAME, layout.canal),
        ("pond", "莲塘", layout.pond),
    )
    return [Thing(f"water-{kind}", multi(shape), {"kind": kind, "name": name}) for kind, name, shape in rows]
