"""Rules for pipes and points together: they meet, their heights add up, and they hang together as a network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from typing import Any, TypeVar

from django.db import connection

from gis.survey.finding import Check, Finding, Scope
from gis.survey.lines import END, PIPE, SIDE
from gis.survey.points import PRACTICE

T = TypeVar("T", bound=Hashable)

# How many pipes meet at a feature; its name may end in 点.
MEET = {
    "三通": 3, "四通": 4, "五通": 5, "三分支": 3, "四分支": 4, "五分支": 5, "六分支": 6, "直线": 2, "转折": 2,
    "弯头": 2, "变径": 2, "变材": 2, "变坡": 2, "变深": 2, "盖堵": 1, "管堵": 1, "预留口": 1, "起": 1, "终": 1,
}  # fmt: skip
MEETINGS = ", ".join(f"('{word}', {number})" for word, number in MEET.items())

# Points are looked for everywhere: a survey of pipes may lean on the points of another source.
APART = f"""
{END}, {SIDE} || ' 无管点 no point' AS value FROM ends e
WHERE e.node IS NULL AND NOT EXISTS (SELECT FROM spatial_pipenode n WHERE ST_DWithin(n.geom, e.place, 1e-6))
UNION ALL
{END}, {SIDE} || ' ' || n.code || ' '
    || round(ST_Distance(n.geom::geography, e.place::geography)::numeric, 2) || ' m'
FROM ends e JOIN spatial_pipenode n ON n.id = e.node
WHERE ST_Distance(n.geom::geography, e.place::geography) > %(apart_m)s
UNION ALL
SELECT 'pipe-nodes', n.id, n.code, n.geom, '无管线段 no pipe' FROM nodes n
WHERE NOT EXISTS (SELECT FROM spatial_pipesegment p WHERE p.start_id = n.id)
  AND NOT EXISTS (SELECT FROM spatial_pipesegment p WHERE p.end_id = n.id)
  AND NOT EXISTS (SELECT FROM spatial_pipesegment p WHERE ST_DWithin(p.geom, n.geom, 1e-6)
                  AND (p.start_id IS NULL OR p.end_id IS NULL))
"""

HEIGHTS = f"""
{END}, {SIDE} || ' ' || n.ground_m || ' ≠ ' || e.depth || ' + ' || e.elevation AS value
FROM ends e JOIN spatial_pipenode n ON n.id = e.node
WHERE e.burial <> 'DM' AND abs(n.ground_m - e.depth - e.elevation) > %(tolerance_m)s
"""

COUNT = f"""
SELECT 'pipe-nodes' AS layer, n.id, n.code, n.geom AS place, n.feature || ': ' || g.lines AS value
FROM nodes n
JOIN (VALUES {MEETINGS}) m (word, lines) ON m.word = rtrim(n.feature, '点')
CROSS JOIN LATERAL (SELECT count(*) AS lines FROM spatial_pipesegment p WHERE n.id IN (p.start_id, p.end_id)) g
WHERE g.lines NOT IN (0, m.lines)
"""

UPHILL = f"""
{PIPE}, p.start_elevation_m || ' → ' || p.end_elevation_m AS value FROM pipes p
WHERE p.category = 'PS' AND p.pressure = '' AND p.burial NOT IN ('JK', 'SJ')
  AND p.end_elevation_m - p.start_elevation_m > %(rise_m)s
"""


def gathered(pairs: Iterable[tuple[T, T]]) -> dict[T, T]:
    """For everything named in a pair, one thing that stands for all it is joined with, directly or through others."""
    leads: dict[T, T] = {}

    def root(one: T) -> T:
        path = []
        while leads.setdefault(one, one) != one:
            path.append(one)
            one = leads[one]
        leads.update(dict.fromkeys(path, one))
        return one

    for a, b in pairs:
        leads[root(a)] = root(b)
    return {one: root(one) for one in list(leads)}


def islands(scope: Scope) -> Iterator[Finding]:
    """One finding for each part of a net (pipes of one subcategory) that hangs together apart from its largest."""
    rows = joined(scope)
    roots = gathered(((kind, a), (kind, b)) for kind, a, b, *_ in rows)
    sizes = Counter(roots[kind, a] for kind, a, *_ in rows)
    largest: dict[Any, Any] = {}
    for root, _ in sorted(sizes.items(), key=lambda item: -item[1]):
        largest.setdefault(root[0], root)
    told = set(largest.values())
    for kind, a, _, ident, code, lon, lat in rows:
        root = roots[kind, a]
        if root not in told:
            told.add(root)
            yield Finding("island", "pipes", ident, code, lon, lat, f"{kind[0]} × {sizes[root]}")


def joined(scope: Scope) -> list[tuple[Any, ...]]:
    """(kind, start, end, id, code, lon, lat) of the pipes that name both points, kind being (category, source)."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT coalesce(nullif(f.subcategory, ''), f.category), f.source, f.start_id, f.end_id, f.id, f.shown,"
            " ST_X(f.place), ST_Y(f.place) FROM (SELECT q.*, i.code AS shown, i.place FROM spatial_pipesegment q"
            f" JOIN ({PIPE} FROM spatial_pipesegment p) i ON i.id = q.id) f"
            " WHERE f.start_id IS NOT NULL AND f.end_id IS NOT NULL"
            " AND (%(source)s::text IS NULL OR f.source = %(source)s) ORDER BY f.id",
            dict(scope),
        )
        return [((kind, source), *rest) for kind, source, *rest in cursor.fetchall()]


MEETS = (
    Check(10, "apart", "管线端点无管点,或管点无管线", "A pipe ends without a point, or a point has no pipe",
          "error", f"{PRACTICE} 10", APART),
    Check(11, "heights", "地面高程 ≠ 埋深 + 管线高程", "Ground level is not depth plus level of the pipe",
          "error", f"{PRACTICE} 11", HEIGHTS),
)  # fmt: skip
NETS = (
    Check(14, "count", "连接管线数与特征不符", "The number of pipes disagrees with the feature",
          "warning", f"{PRACTICE} 14", COUNT),
    Check(15, "uphill", "重力流管段逆坡", "A gravity pipe rises", "warning", f"{PRACTICE} 15", UPHILL),
    Check(15, "island", "与主网不连通的管线", "Pipes apart from the main net", "warning", f"{PRACTICE} 15",
          search=islands),
)  # fmt: skip
