"""The fifteen checks of a pipe survey in one report; the fifteenth looks twice, at slopes and at the network."""

from __future__ import annotations

from dataclasses import asdict

from gis.survey import lines, network, points
from gis.survey.finding import Report, run
from gis.survey.limits import PipeLimits, of_city

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


def check_pipes(source: str | None = None, limits: PipeLimits | None = None) -> Report:
    """Every check over the pipes and points of a source, or of all sources, by the city's limits or others."""
    return run(CHECKS, {"source": source, **asdict(limits or of_city(PipeLimits))}, TABLES)
