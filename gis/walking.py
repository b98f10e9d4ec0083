"""How far it is on foot along the streets, by pgRouting over the segments; None where the database has no pgRouting.

Every spot is led to the nearest point of the nearest segment and from there along the network. Segments meet where
their ends lie on one spot of a grid of about a metre; everybody may walk both ways.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib.gis.geos import Point
from django.db import ProgrammingError, connection, transaction

from gis.models import Segment
from gis.queries import MOST, Rows, mercator, nearest, stretch

MARGIN_M = 800
"""How far round the spots the ways may lead."""
END = "hashtextextended(ST_AsText(ST_SnapToGrid(ST_{0}Point(geom), 0.00001)), 0) & 9223372036854775807"
EDGES = (
    f"SELECT id, {END.format('Start')} AS source, {END.format('End')} AS target, length_m AS cost,"
    f" length_m AS reverse_cost FROM {Segment._meta.db_table}"
    " WHERE shape && ST_MakeEnvelope({0!r}, {1!r}, {2!r}, {3!r}, 3857)"
)
FEET = f"""
SELECT foot.id, ST_LineLocatePoint(foot.geom, spot), ST_Distance(foot.geom::geography, spot::geography)
FROM unnest(%s::float8[], %s::float8[]) WITH ORDINALITY AS given (lon, lat, n)
CROSS JOIN LATERAL (SELECT ST_SetSRID(ST_MakePoint(lon, lat), 4490) AS spot) AS made
CROSS JOIN LATERAL (
  SELECT id, geom FROM {Segment._meta.db_table} WHERE shape && ST_MakeEnvelope(%s, %s, %s, %s, 3857)
  ORDER BY shape <-> ST_Transform(spot, 3857) LIMIT 1
) AS foot ORDER BY n"""
WAYS = "SELECT * FROM pgr_withPointsCost(%s, %s, -1, %s::bigint[], directed := false) AS way (start, goal, metres)"
AT_ONCE = 40
Found = tuple[list[dict[str, Any]], bool]


def prepare() -> bool:
    """Add pgRouting to the database where its files are installed and we may; tell whether it is there."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT installed_version FROM pg_available_extensions WHERE name = 'pgrouting'")
        row = cursor.fetchone()
    if row is None or row[0]:
        return row is not None
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pgrouting")
    except ProgrammingError:  # a database of somebody else's, in which we may not
        return False
    return True


def there() -> bool:
    """Whether the database at hand can be asked for ways."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'pgrouting')")
        return bool(cursor.fetchone()[0])


def walks(start: Point, goals: Sequence[Point]) -> list[float | None]:
    """Metres on foot from a point to each of some others; None where no street leads to one."""
    box = _box([start, *goals])
    with connection.cursor() as cursor:
        cursor.execute(FEET, [[spot.x for spot in (start, *goals)], [spot.y for spot in (start, *goals)], *box])
        feet = cursor.fetchall()
        if len(feet) <= len(goals):  # no street near any of them
            return [None] * len(goals)
        cursor.execute(WAYS, [EDGES.format(*box), _points(feet), [-n for n in range(2, len(feet) + 1)]])
        metres = {-goal: way for _, goal, way in cursor.fetchall()}
    return [None if n not in metres else feet[0][2] + metres[n] + foot[2] for n, foot in enumerate(feet[1:], start=2)]


def _box(spots: Sequence[Point]) -> tuple[float, float, float, float]:
    places = [mercator(spot.x, spot.y) for spot in spots]
    room = MARGIN_M * stretch(max(abs(spot.y) for spot in spots))
    xs, ys = zip(*places, strict=True)
    return min(xs) - room, min(ys) - room, max(xs) + room, max(ys) + room


def _points(feet: list[Any]) -> str:
    """Places on edges, as pgRouting takes them: strictly between the ends."""
    rows = [f"({n}, {edge}, {min(max(share, 1e-6), 1 - 1e-6)!r}::float8)" for n, (edge, share, _) in enumerate(feet, 1)]
    return f"SELECT * FROM (VALUES {', '.join(rows)}) AS spots (pid, edge_id, fraction)"


def nearest_on_foot(
    rows: Rows, point: Point, names: tuple[str, ...], limit: int, keep: Callable[[dict[str, Any]], bool] | None = None
) -> Found:
    """``nearest`` by the way on foot: rows have ``walked`` besides ``metres``, None where no street leads to them.

    No way is shorter than the straight line: as soon as enough ways are no longer than the straight line to the
    farthest candidate, no other row can be nearer.
    """
    several = max(AT_ONCE, 2 * limit)
    while True:
        found, more = nearest(rows, point, names, several, keep)
        for row, metres in zip(found, walks(point, [row["pin"] for row in found]), strict=True):
            row["walked"] = metres
        found.sort(key=lambda row: (row["walked"] is None, row["walked"] or row["metres"], row["pk"]))
        enough = found[: limit + 1]
        farthest = max((row["metres"] for row in found), default=0.0)
        sure = len(enough) > limit and all(row["walked"] is not None and row["walked"] <= farthest for row in enough)
        if sure or not more or len(found) < several or several >= MOST:
            return found[:limit], more or len(found) > limit
        several *= 4
