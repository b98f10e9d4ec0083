"""Rules for the pipes themselves: their ends, depth, length, slope, and what must not change from one to the next."""

from __future__ import annotations

from gis.survey.finding import Check
from gis.survey.points import PRACTICE

PIPE = (
    "SELECT 'pipes' AS layer, p.id, coalesce(nullif(p.code, ''), p.source_id) AS code,"
    " ST_LineInterpolatePoint(ST_Force2D(p.geom), 0.5) AS place"
)
END = "SELECT 'pipes' AS layer, e.id, e.code, e.place"
SIDE = "CASE e.side WHEN 's' THEN '起点 start' ELSE '终点 end' END"
FLAT = "ST_Length(ST_Force2D(p.geom)::geography)"
RISE = "(p.end_elevation_m - p.start_elevation_m)"
LENGTH = f"sqrt({FLAT} ^ 2 + coalesce({RISE}, 0) ^ 2)"

SAME_ENDS = f"""
{PIPE}, coalesce((SELECT a.code FROM spatial_pipenode a WHERE a.id = p.start_id), '') AS value FROM pipes p
WHERE p.start_id = p.end_id
   OR p.burial <> 'SJ' AND ST_DWithin(ST_StartPoint(p.geom), ST_EndPoint(p.geom), 1e-8)
"""

# A pipe that names no points is known by where it ends, to a centimetre.
TWICE = f"""
{PIPE}, p.first AS value FROM (
    SELECT q.*, row_number() OVER w AS turn, first_value(coalesce(nullif(q.code, ''), q.source_id)) OVER w AS first
    FROM (SELECT o.*,
        coalesce('#' || o.start_id, ST_AsText(ST_Force2D(ST_StartPoint(o.geom)), 7)) AS a,
        coalesce('#' || o.end_id, ST_AsText(ST_Force2D(ST_EndPoint(o.geom)), 7)) AS b FROM pipes o) q
    WINDOW w AS (PARTITION BY q.category, least(q.a, q.b), greatest(q.a, q.b) ORDER BY q.id)) p
WHERE p.turn > 1
"""

# Overhead lines and risers end above the ground, so their depth may be negative (App. C.0.2).
DEPTH = f"""
{END}, {SIDE} || ' ' || e.depth || ' m' AS value FROM ends e
WHERE e.depth > %(deepest_m)s OR e.depth < 0 AND e.burial NOT IN ('JK', 'SJ', 'DM')
UNION ALL
SELECT 'pipe-nodes', n.id, n.code, n.geom, n.depth_m || ' m' FROM nodes n WHERE n.depth_m > %(deepest_m)s
"""

# In a well pipes come in at levels of their own; at 变径, 变材, 三通 … what follows may differ: they say so.
CHANGES = """
SELECT 'pipe-nodes' AS layer, n.id, n.code, n.geom AS place, concat_ws('; ',
    CASE WHEN level AND g.fall > %(tolerance_m)s THEN '高程差 elevations ' || round(g.fall::numeric, 2) || ' m' END,
    CASE WHEN level AND g.deep > %(tolerance_m)s THEN '埋深差 depths ' || round(g.deep::numeric, 2) || ' m' END,
    CASE WHEN plain AND cardinality(g.materials) > 1 THEN array_to_string(g.materials, ' ≠ ') END,
    CASE WHEN plain AND cardinality(g.sizes) > 1 THEN array_to_string(g.sizes, ' ≠ ') END) AS value
FROM (SELECT e.node, e.category, e.subcategory, count(*) AS lines, max(e.elevation) - min(e.elevation) AS fall,
        max(e.depth) - min(e.depth) AS deep,
        array_agg(DISTINCT e.material) FILTER (WHERE e.material <> '') AS materials,
        array_agg(DISTINCT e.size) FILTER (WHERE e.size <> '') AS sizes
      FROM ends e WHERE e.node IS NOT NULL AND e.burial NOT IN ('SJ', 'JN') GROUP BY 1, 2, 3 HAVING count(*) > 1) g
JOIN spatial_pipenode n ON n.id = g.node
CROSS JOIN LATERAL (SELECT
    n.appendage !~ '井|孔|箅|篦|池|室' AND n.feature !~ '变深|变坡|出地|上杆|入户|偏心|出水|进水' AS level,
    g.lines = 2 AND n.appendage = '' AND n.feature !~ '变|通|分支|预留|出地|上杆|偏心' AS plain) rule
WHERE level AND (g.fall > %(tolerance_m)s OR g.deep > %(tolerance_m)s)
   OR plain AND (cardinality(g.materials) > 1 OR cardinality(g.sizes) > 1)
"""

SPAN = f"""
SELECT 'pipes' AS layer, p.id, p.code, p.place, round(p.metres::numeric, 3) || ' m' AS value
FROM (SELECT s.*, {LENGTH.replace("p.", "o.")} AS metres FROM ({PIPE} FROM pipes p) s JOIN pipes o ON o.id = s.id) p
WHERE p.metres < %(shortest_m)s OR p.metres > %(longest_m)s
"""

# atan2 of rise and run is asin of rise and 3-D length, and has a value where both are nought.
SLOPE = f"degrees(atan2(abs({RISE}), {FLAT}))"
STEEP = f"""
{PIPE}, round({SLOPE}::numeric, 1) || '°' AS value
FROM pipes p WHERE p.burial NOT IN ('SJ', 'JK')
AND {SLOPE} > CASE p.category WHEN 'PS' THEN %(gravity_slope_deg)s ELSE %(slope_deg)s END
"""

CHECKS = (
    Check(6, "same-ends", "起点与终点相同", "A pipe begins and ends at one point",
          "error", f"{PRACTICE} 6", SAME_ENDS),
    Check(7, "pipe-twice", "管线段重复(含反向)", "A pipe is there twice, or once each way",
          "error", f"{PRACTICE} 7", TWICE),
    Check(8, "depth", "埋深超出范围", "Depth beyond the limit, or negative below ground",
          "error", f"CJJ 61-2017 附录 C.0.2；{PRACTICE} 8", DEPTH),
    Check(9, "changes", "同一点上相邻管段不一致", "Adjoining pipes disagree where nothing says they change",
          "warning", f"{PRACTICE} 9", CHANGES),
)  # fmt: skip
LENGTHS = (
    Check(12, "length", "管线段过短或过长", "A pipe is too short or too long", "warning", f"{PRACTICE} 12", SPAN),
    Check(13, "slope", "坡度过大", "A pipe is too steep", "warning", f"{PRACTICE} 13", STEEP),
)
