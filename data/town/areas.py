"""District, street office, communities and unit grids: one tiling, cut along streets and the middle of the water."""

from __future__ import annotations

import shapely
from shapely import LineString, MultiPolygon, Point, Polygon
from shapely.geometry.base import BaseGeometry

from data.town import plan
from data.town.layout import Layout
from data.town.plane import Thing, lines, polygons
from data.town.rules import called
from data.town.streets import faces


def community_of(spot: Point, layout: Layout) -> int:
    """0 north-west, 1 north-east beyond the canal, 2 south of the river."""
    river = layout.river_line
    at = river.interpolate(river.project(spot))
    if spot.y < at.y:
        return 2
    canal = layout.canal_line
    return 0 if spot.x < canal.interpolate(canal.project(spot)).x else 1


def tiles(layout: Layout) -> list[list[Polygon]]:
    """The unit grids of each community: faces joined to their best neighbour until the ordered number is left."""
    canal_end = layout.canal_line.coords[-1]
    river = layout.river_line
    to_river = LineString([canal_end, river.interpolate(river.project(Point(canal_end)))])
    avenues = [edge.line for edge in layout.edges if edge.street.rank <= 3]
    cuts = lines(shapely.union_all([river, layout.canal_line, to_river]).intersection(layout.town.buffer(5)))
    cells = [cell for cell in faces([*avenues, *cuts, layout.town.exterior]) if cell.area > 1]
    groups: list[list[Polygon]] = [[], [], []]
    for cell in cells:
        groups[community_of(cell.representative_point(), layout)].append(cell)
    return [in_order(merge(group, plan.GRIDS_EACH)) for group in groups]


def merge(cells: list[Polygon], count: int) -> list[Polygon]:
    """Join the smallest cell to the neighbour it shares most border with, until `count` are left."""
    cells = list(cells)
    while len(cells) > count:
        cells.sort(key=lambda cell: cell.area)
        smallest = cells.pop(0)
        shared = [smallest.intersection(other).length / (1 + other.area / 120_000) for other in cells]
        best = shared.index(max(shared))
        cells[best] = polygons(shapely.coverage_union_all([smallest, cells[best]]))[0]
    return cells


def in_order(cells: list[Polygon]) -> list[Polygon]:
    """West to east within bands from north to south, as GB/T 30428.1 numbers them."""
    return sorted(cells, key=lambda cell: (-round(cell.centroid.y / 450), cell.centroid.x))


def grid_things(tiled: list[list[Polygon]]) -> list[Thing]:
    """Grids with their codes and the invented people who answer for them."""
    found, person = [], 0
    for community, cells in enumerate(tiled, 1):
        for sequence, cell in enumerate(cells, 1):
            code = f"{community_code(community)}{sequence:03d}"
            name = f"{plan.COMMUNITIES[community - 1].removesuffix('社区')}第{sequence}网格"
            found.append(
                Thing(
                    f"grid-{code}",
                    MultiPolygon([cell]),
                    {
                        "code": code,
                        "name": name,
                        "community": community_code(community),
                        "person": called(person),
                        "phone": f"000-0000-{1000 + person}",
                        "grade": ("一级", "二级", "三级")[(sequence + community) % 3],
                        "started_on": "2025-01-01",
                    },
                )
            )
            person += 1
    return found


def community_code(number: int) -> str:
    """12 digits: district, street office 001, community."""
    return f"{plan.DISTRICT}001{number:03d}"


def area_things(tiled: list[list[Polygon]]) -> list[list[Thing]]:
    """District, street office and communities, a list a level from the top, each the exact union of what it holds."""
    parts = [shapely.coverage_union_all(cells) for cells in tiled]
    whole = shapely.coverage_union_all([cell for cells in tiled for cell in cells])
    street, full = f"{plan.DISTRICT}001", f"{plan.DISTRICT_NAME}{plan.STREET_NAME}"
    return [
        [area(3, plan.DISTRICT, plan.DISTRICT_NAME, plan.DISTRICT_NAME, "", whole)],
        [area(4, street, plan.STREET_NAME, full, plan.DISTRICT, whole)],
        [
            area(5, community_code(number), name, full + name, street, part)
            for number, (part, name) in enumerate(zip(parts, plan.COMMUNITIES, strict=True), 1)
        ],
    ]


def area(level: int, code: str, name: str, full_name: str, parent: str, shape: BaseGeometry) -> Thing:
    """One administrative area."""
    properties = {"level": level, "code": code, "name": name, "full_name": full_name, "parent": parent}
    return Thing(f"area-{code}", MultiPolygon(polygons(shape)), properties)
