"""Areas and grids as a coverage: children fill their parent, without gap, overlap or sliver, and nothing stands alone.

Those in force today are judged; a parent that is over is none. Areas of one level are neighbours; grids are the level
below communities. What is smaller than `smallest_m2` is digitising noise; what is narrower than `sliver_m` (twice its
area by its perimeter) is a sliver.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.db import connection

from gis.survey.finding import Check, Finding, Report
from gis.survey.limits import AreaLimits, of_city
from gis.today import TODAY

CITES = "GB/T 30428.1"
IN_FORCE = f"WHERE valid @> {TODAY}"
ABOVE = f"(SELECT p.id FROM spatial_area p {IN_FORCE} AND p.id = c.{{}}) AS parent_id"
AREAS = (
    f"(SELECT 'areas' AS layer, id, level, {ABOVE.format('parent_id')}, name AS code, geom"
    f" FROM spatial_area c {IN_FORCE})"
)
GRIDS = (
    f"(SELECT 'grids' AS layer, id, 6 AS level, {ABOVE.format('community_id')}, code, geom"
    f" FROM spatial_grid c {IN_FORCE})"
)
FACES = "(ST_Dump(ST_CollectionExtract({}, 3))).geom"

# ST_Relate looks for a common interior first: neighbours that only touch are never cut with each other.
OVERLAPS = f"""
SELECT 'overlap', a.layer, a.id, a.code, o.code AS other, {FACES.format("ST_Intersection(a.geom, o.geom)")} AS part
FROM {{cover}} a JOIN {{cover}} o ON o.level = a.level AND o.id > a.id AND o.geom && a.geom
WHERE ST_Relate(a.geom, o.geom, '2********')
"""
OUTSIDE = f"""
SELECT 'outside', a.layer, a.id, a.code, p.name, {FACES.format("ST_Difference(a.geom, p.geom)")} AS part
FROM {{cover}} a JOIN spatial_area p ON p.id = a.parent_id WHERE NOT ST_CoveredBy(a.geom, p.geom)
"""
# Once and for all: a planner that takes the table for empty would have the union made anew for every parent.
GAPS = f"""
WITH c AS MATERIALIZED (SELECT parent_id, ST_Union(geom) AS geom FROM {{cover}} a GROUP BY 1)
SELECT 'gap', 'areas', p.id, p.name, '', {FACES.format("ST_Difference(p.geom, c.geom)")} AS part
FROM c JOIN (SELECT * FROM spatial_area {IN_FORCE}) p ON p.id = c.parent_id
"""
# Without a parent nobody says how far the coverage should reach; what it encloses and leaves out is a gap all the same.
HOLES = """
SELECT 'gap', n.layer, n.id, n.code, '', h.part FROM (
    SELECT f.level, ST_MakePolygon(ST_ExteriorRing(r.geom)) AS part, r.path
    FROM (SELECT level, (ST_Dump(ST_Union(geom))).geom FROM {cover} a WHERE parent_id IS NULL GROUP BY level) f
    CROSS JOIN LATERAL ST_DumpRings(f.geom) r WHERE r.path[1] > 0) h
CROSS JOIN LATERAL (SELECT a.layer, a.id, a.code FROM {cover} a WHERE a.level = h.level AND a.parent_id IS NULL
    ORDER BY a.geom <-> h.part LIMIT 1) n
"""
PARTS = (OVERLAPS, OUTSIDE, GAPS, HOLES)
MEASURED = """
SELECT kind, layer, id, code, other, ST_X(place), ST_Y(place), m2, width, ST_AsBinary(part) FROM (
    SELECT p.*, ST_PointOnSurface(part) AS place, ST_Area(part::geography) AS m2,
        2 * ST_Area(part::geography) / nullif(ST_Perimeter(part::geography), 0) AS width
    FROM ({parts}) p (kind, layer, id, code, other, part)) q
WHERE m2 > %(smallest_m2)s ORDER BY kind, layer, id, m2 DESC, other
"""

NO_PARENT = f"""
SELECT a.layer, a.id, a.code, ST_PointOnSurface(a.geom) AS place, '' AS value
FROM (SELECT * FROM {AREAS} x UNION ALL SELECT * FROM {GRIDS} y) a
WHERE a.parent_id IS NULL AND EXISTS (SELECT FROM spatial_area u WHERE u.level < a.level AND u.valid @> {TODAY})
"""
NOBODY = f"""
SELECT 'grids' AS layer, g.id, g.code, ST_PointOnSurface(g.geom) AS place, g.name AS value FROM spatial_grid g
WHERE coalesce(g.ended_on, 'infinity') > {TODAY} AND g.person = ''
  AND NOT EXISTS (SELECT FROM spatial_gridinspector i WHERE i.grid_id = g.id)
"""
UNDIVIDED = f"""
SELECT 'areas' AS layer, a.id, a.name AS code, ST_PointOnSurface(a.geom) AS place, '' AS value FROM spatial_area a
WHERE a.level = 5 AND a.valid @> {TODAY} AND EXISTS (SELECT FROM spatial_grid)
  AND NOT EXISTS (SELECT FROM spatial_grid g WHERE g.community_id = a.id
                  AND coalesce(g.ended_on, 'infinity') > {TODAY})
"""

SHAPES = (
    Check(1, "overlap", "重叠", "Overlap", "error", CITES),
    Check(2, "gap", "缝隙或未覆盖", "Gap, or ground not covered", "error", CITES),
    Check(3, "outside", "超出上级范围", "Part outside the parent", "error", CITES),
    Check(4, "sliver", "狭长碎屑", "Sliver", "warning", CITES),
)
ROWS = (
    Check(5, "no-parent", "没有上级", "No parent", "warning", CITES, NO_PARENT),
    Check(6, "undivided", "社区没有网格", "Community without grids", "warning", CITES, UNDIVIDED),
    Check(7, "nobody", "网格没有责任人", "Grid without a person in charge", "warning", CITES, NOBODY),
)
CHECKS = (*SHAPES, *ROWS)
MANY_POINTS = 300_000  # vertices; so many take some seconds
WORDS = {"overlap": "重叠 overlap", "gap": "缝隙 gap", "outside": "越界 outside"}


def check_areas(limits: AreaLimits | None = None) -> Report:
    """Every check over all areas and the grids in force, by the city's limits or others."""
    limits = limits or of_city(AreaLimits)
    found = [*parts(AREAS, limits), *parts(GRIDS, limits)]
    found += [finding for check in ROWS for finding in check.find({})]
    order = {check.id: check.number for check in CHECKS}
    return Report(CHECKS, tuple(sorted(found, key=lambda one: order[one.check])))


def parts(cover: str, limits: AreaLimits) -> list[Finding]:
    """The faces of a coverage that lie twice, nowhere or outside, each as a finding."""
    sql = " UNION ALL ".join(f"({part.format(cover=cover)})" for part in PARTS)
    with connection.cursor() as cursor:
        cursor.execute(MEASURED.format(parts=sql), asdict(limits))
        return [shown(row, limits) for row in cursor.fetchall()]


def shown(row: tuple[Any, ...], limits: AreaLimits) -> Finding:
    """A measured face as a finding; a thin one is a sliver, whatever made it."""
    kind, layer, ident, code, other, lon, lat, m2, width, ground = row
    facts = [WORDS[kind], other, f"{m2:,.1f} m²", f"{width:.2f} m"]
    check = "sliver" if width < limits.sliver_m else kind
    value = "; ".join(fact for fact in facts if fact)
    return Finding(check, layer, ident, code, lon, lat, value, bytes(ground))


def mention() -> str:
    """One sentence about what a new coverage leaves to be mended; empty when nothing does. What takes long is left
    to the command."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT coalesce(sum(ST_NPoints(a.geom)), 0) FROM {AREAS} a")
        if cursor.fetchone()[0] > MANY_POINTS:
            return "! 拓扑未查，请运行 manage.py check_areas。 Topology not checked: run manage.py check_areas."
    counts = check_areas().counts
    said = [(check, counts[check.id]) for check in SHAPES if counts[check.id]]
    if not said:
        return ""
    zh = "、".join(f"{check.title} {number}" for check, number in said)
    en = ", ".join(f"{check.title_en.lower()} {number}" for check, number in said)
    return f"! 拓扑检查：{zh}，见 /checks/areas 或 manage.py check_areas。 Topology: {en}; see /checks/areas."
