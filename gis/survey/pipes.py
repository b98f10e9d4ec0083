"""The fifteen checks of a pipe survey in one report; the fifteenth looks twice, at slopes and at the network."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from gis.survey import lines, network, points
from gis.survey.finding import Report, run

CHECKS = (*points.CHECKS, *lines.CHECKS, *network.MEETS, *lines.LENGTHS, *network.NETS)

# Not materialised: each check is planned as if it had named the tables itself, and uses their indexes.
TABLES = """
WITH nodes AS NOT MATERIALIZED (
    SELECT * FROM spatial_pipenode WHERE %(source)s::text IS NULL OR source = %(source)s),
pipes AS NOT MATERIALIZED (
    SELECT * FROM spatial_pipesegment WHERE %(source)s::text IS NULL OR source = %(source)s),
ends AS NOT MATERIALIZED (
    SELECT id, coalesce(nullif(code, ''), source_id) AS code, category, subcategory, burial, material,
        coalesce(nullif(section, ''), diameter_mm::text, '') AS size, 's' AS side, start_id AS node,
        start_depth_m AS depth, start_elevation_m AS elevation, ST_Force2D(ST_StartPoint(geom)) AS place
    FROM pipes
    UNION ALL
    SELECT id, coalesce(nullif(code, ''), source_id), category, subcategory, burial, material,
        coalesce(nullif(section, ''), diameter_mm::text, ''), 'e', end_id, end_depth_m, end_elevation_m,
        ST_Force2D(ST_EndPoint(geom))
    FROM pipes)
"""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a city may set otherwise: metres and degrees. The defaults are those of CJJ 61 practice, or generous."""

    deepest_m: float = 15.0
    tolerance_m: float = 0.05
    shortest_m: float = 0.05
    longest_m: float = 75.0
    slope_deg: float = 30.0
    gravity_slope_deg: float = 10.0
    rise_m: float = 0.02
    apart_m: float = 0.1
    near_m: float = 1000.0


def check_pipes(source: str | None = None, limits: Limits | None = None) -> Report:
    """Every check over the pipes and points of a source, or of all sources."""
    return run(CHECKS, {"source": source, **asdict(limits or Limits())}, TABLES)
