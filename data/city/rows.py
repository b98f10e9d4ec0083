"""The features of a drawing, subject by subject, as portions of columns with their shapes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import shapely

from data.city import cells as kinds
from data.city import ground, houses, pipes, points
from data.city.drawing import Drawing
from data.city.sheet import Array, ring

PORTION = 20_000
Rows = Iterator[tuple[dict[str, list[Any]], Any]]
"""Portions of columns, with their shapes as WKB."""


def gathered(rows: Iterable[dict[str, Any]], shape: Callable[[dict[str, Any]], Any]) -> Rows:
    """Single rows as portions; `shape` takes the geometry out of a row."""
    held: list[dict[str, Any]] = []
    for row in rows:
        held.append(row)
        if len(held) == PORTION:
            yield portion(held, shape)
            held = []
    if held:
        yield portion(held, shape)


def portion(held: list[dict[str, Any]], shape: Callable[[dict[str, Any]], Any]) -> tuple[dict[str, list[Any]], Any]:
    """Rows as columns."""
    shapes = shapely.to_wkb([shape(row) for row in held])
    return {name: [row[name] for row in held] for name in held[0] if name != "at"}, shapes


def at(row: dict[str, Any]) -> Any:
    """The geometry of a row."""
    return row["at"]


def landuse(drawing: Drawing) -> Rows:
    """Blocks by what they are for."""
    rows = (
        {"source_id": f"land-{number}", "kind": kind, "name": name, "at": shapely.Polygon(drawing.sheet.bend(line))}
        for number, (line, kind, name) in enumerate(ground.landuse(drawing.blocks, drawing.estates))
    )
    return gathered(rows, at)


def water(drawing: Drawing) -> Rows:
    """The river."""
    shape = shapely.make_valid(shapely.Polygon(drawing.sheet.bend(ground.river(drawing.sheet))))
    return gathered([{"source_id": "river", "kind": "river", "name": "云汀江", "at": shape}], at)


def roads(drawing: Drawing) -> Rows:
    """A road a street."""
    rows = (
        {
            "source_id": f"road-{street.code}", "code": street.code, "name": street.name, "kind": street.kind,
            "rank": street.rank,
            "at": shapely.MultiLineString([drawing.sheet.bend(line) for _, line in street.stretches()]),
        }
        for street in drawing.streets if any(True for _ in street.stretches())
    )  # fmt: skip
    return gathered(rows, at)


def segments(drawing: Drawing) -> Rows:
    """A segment a stretch."""
    rows = (
        {
            "source_id": f"segment-{street.code}-{number}", "code": f"{street.code}{number:03d}",
            "name": f"{street.name}({number + 1})", "road": street.code, "kind": street.kind, "rank": street.rank,
            "at": shapely.LineString(drawing.sheet.bend(line)),
        }
        for street in drawing.streets for number, line in street.stretches()
    )  # fmt: skip
    return gathered(rows, at)


def areas(level: int) -> Callable[[Drawing], Rows]:
    """The areas of one level."""

    def rows(drawing: Drawing) -> Rows:
        found = (
            {
                "source_id": f"area-{share.code}", "level": share.level, "code": share.code, "name": share.name,
                "full_name": share.full_name, "parent": share.parent,
                "at": ground.outline(drawing.sheet, drawing.cells, share.span),
            }
            for share in drawing.shares if share.level == level
        )  # fmt: skip
        return gathered(found, at)

    return rows


def grids(drawing: Drawing) -> Rows:
    """A grid a cell."""
    seen: dict[str, int] = {}
    rows = []
    for number, share in enumerate(drawing.community):
        seen[share.code] = seen.get(share.code, 0) + 1
        shape = shapely.Polygon(drawing.sheet.bend(ring(*drawing.cells.box[number])))
        rows.append({
            "source_id": f"grid-{number}", "code": f"{share.code}{seen[share.code]:03d}",
            "name": f"{share.name.removesuffix('社区')}第{seen[share.code]}网格", "community": share.code,
            "person": f"虚构网格员{number + 1}", "started_on": "2025-01-01", "at": shape,
        })  # fmt: skip
    return gathered(rows, at)


def buildings(drawing: Drawing) -> Rows:
    """Every footprint."""
    for portion, number in drawing.houses():
        codes = house_codes(drawing, portion, number)
        floors = portion.floors
        yield {
            "source_id": codes, "code": codes, "address": addressed(drawing, portion),
            "use": [houses.USES[use] for use in portion.use], "floors": floors.tolist(),
            "height_m": np.round(floors * houses.STOREY_M + 1.2, 1).tolist(),
            "built_year": (1975 + (number * 7 + portion.block) % 49).tolist(),
        }, shapely.to_wkb(shapely.polygons(drawing.sheet.bend(portion.outlines())))  # fmt: skip


def house_codes(drawing: Drawing, portion: houses.Houses, number: Array) -> list[str]:
    """19 digits: the community's 12, and 7 of its own."""
    cell = drawing.blocks.cell[portion.block]
    return [f"{drawing.community[at].code}{n:07d}" for at, n in zip(cell, number, strict=True)]


def addressed(drawing: Drawing, portion: houses.Houses) -> list[str]:
    """What the plate says: estate and block; elsewhere the name of the block, as old quarters and villages do."""
    return [
        f"{drawing.estates[block]}{number}{'幢' if drawing.blocks.kind[block] == kinds.RESIDENTIAL else '号'}"
        for block, number in zip(portion.block, portion.number, strict=True)
    ]


def addresses(drawing: Drawing) -> Rows:
    """A door a house in estates, and every other house elsewhere."""
    for portion, number in drawing.houses():
        share = 1 if drawing.blocks.kind[portion.block[0]] == kinds.RESIDENTIAL else 3
        kept = np.flatnonzero(number % share == 0)
        if not len(kept):
            continue
        codes, called = house_codes(drawing, portion, number), [drawing.estates[block] for block in portion.block]
        doors = drawing.sheet.bend((portion.box[kept, :2] + portion.box[kept, 2:]) / 2)
        where = [drawing.community[at] for at in drawing.blocks.cell[portion.block[kept]]]
        yield {
            "source_id": [f"address-{codes[at]}" for at in kept], "kind": ["door"] * len(kept),
            "community": [share.name for share in where], "estate": [called[at] for at in kept],
            "block": [str(portion.number[at]) for at in kept], "building": [codes[at] for at in kept],
        }, shapely.to_wkb(shapely.points(doors))  # fmt: skip


def facilities(drawing: Drawing) -> Rows:
    """A kind of facility a portion."""
    streets = [street.name for street in drawing.streets if street.rank <= 4]
    found = points.facilities(drawing.sheet, drawing.cells, drawing.built, streets, drawing.seed + 2)
    for kind, spots, names, offers in found:
        if not len(spots):
            continue
        hours = json.dumps(kind.hours) if kind.hours else ""
        yield {
            "source_id": [f"{kind.kind}-{number}" for number in range(len(spots))], "kind": [kind.kind] * len(spots),
            "name": names, "hours": [hours] * len(spots), "features": ["、".join(offer) for offer in offers],
            "state": ["intact"] * len(spots),
        }, shapely.to_wkb(shapely.points(drawing.sheet.bend(spots)))  # fmt: skip


def fences(drawing: Drawing) -> Rows:
    """Temporary markets."""
    rows = (
        {
            "source_id": f"market-{number}", "code": f"{drawing.sheet.size.prefix}F{number:04d}",
            "name": f"{drawing.estates[number]}临时市场", "purpose": "temporary-market", "state": "published",
            "hours": json.dumps(points.MORNING), "valid_from": "2025-03-01",
            "at": shapely.Polygon(drawing.sheet.bend(line)),
        }
        for number, line in enumerate(points.markets(drawing.cells, drawing.built, drawing.seed + 3), 1)
    )  # fmt: skip
    return gathered(rows, at)


def pipe_nodes(drawing: Drawing) -> Rows:
    """A survey point every so many metres of every main."""
    rows = (
        {
            "source_id": f"{run.key}-{n}", "code": f"{run.key}-{n}", "category": run.main.category,
            "subcategory": run.main.subcategory, "appendage": run.main.appendage, "ground_m": float(run.ground[n]),
            "depth_m": float(run.depth[n]), "at": shapely.Point(spot),
        }
        for run in pipes.runs(drawing.sheet, drawing.streets) for n, spot in enumerate(drawing.sheet.bend(run.spots))
    )  # fmt: skip
    return gathered(rows, at)


def pipe_lines(drawing: Drawing) -> Rows:
    """A pipe between neighbouring points of a main."""

    def rows() -> Iterator[dict[str, Any]]:
        for run in pipes.runs(drawing.sheet, drawing.streets):
            height = np.round(run.ground - run.depth, 3)
            line = np.column_stack([drawing.sheet.bend(run.spots), height])
            for n in range(len(line) - 1):
                yield {
                    "source_id": f"{run.key}-{n}", "code": f"{run.key}-{n}", "start": f"{run.key}-{n}",
                    "end": f"{run.key}-{n + 1}", "category": run.main.category, "subcategory": run.main.subcategory,
                    "material": run.main.material, "burial": run.main.burial, "diameter_mm": run.main.diameter,
                    "section": run.main.section, "start_depth_m": float(run.depth[n]),
                    "end_depth_m": float(run.depth[n + 1]), "start_elevation_m": float(height[n]),
                    "end_elevation_m": float(height[n + 1]), "road": run.road,
                    "at": shapely.LineString(line[n : n + 2]),
                }  # fmt: skip

    return gathered(rows(), at)


FILES: tuple[tuple[str, str, str, Callable[[Drawing], Rows]], ...] = (
    ("landuse", "landuse", "Polygon", landuse),
    ("water", "water", "Polygon", water),
    ("roads", "roads", "MultiLineString", roads),
    ("segments", "segments", "LineString", segments),
    ("districts", "areas", "MultiPolygon", areas(3)),
    ("streets", "areas", "MultiPolygon", areas(4)),
    ("communities", "areas", "MultiPolygon", areas(5)),
    ("grids", "grids", "Polygon", grids),
    ("buildings", "buildings", "Polygon", buildings),
    ("addresses", "addresses", "Point", addresses),
    ("facilities", "facilities", "Point", facilities),
    ("fences", "fences", "Polygon", fences),
    ("pipe-nodes", "pipe-nodes", "Point", pipe_nodes),
    ("pipes", "pipes", "LineString Z", pipe_lines),
)
