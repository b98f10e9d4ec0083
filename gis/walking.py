"""How far it is on foot along the streets, by pgRouting over the segments; None where the database has no pgRouting.

Every spot is led to the nearest point of the nearest segment and from there along the network. Segments meet where an
end of one lies on another, within a metre: at its end, or on its way, as a lane does that leads into a main street
between two crossings. Everybody may walk both ways.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import shapely
from django.contrib.gis.geos import Point
from django.db import ProgrammingError, connection, transaction
from pyproj import Geod

from gis.models import Segment
from gis.network import Network, network
from gis.queries import MOST, Rows, degrees, mercator, nearest, stretch

MARGIN_M = 800
"""How far round the spots the ways may lead."""
TOUCH_M = 1
"""How near an end must come to another segment to meet it."""
INSIDE = f"""
SELECT length_m::float8, ST_AsBinary(shape) FROM {Segment._meta.db_table}
WHERE shape && ST_MakeEnvelope(%s, %s, %s, %s, 3857) ORDER BY id"""
WAYS = """
SELECT way.start_pid, way.end_pid, way.agg_cost
FROM pgr_withPointsCost(%s, %s, -1, %s::bigint[], directed := false) AS way (start_pid, end_pid, agg_cost)"""
EARTH = Geod(ellps="GRS80")
AT_ONCE = 40
WIDER = 4
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
    spots = [start, *goals]
    box, touch = _box(spots), TOUCH_M * stretch(start.y)
    with connection.cursor() as cursor:
        cursor.execute(INSIDE, box)
        rows = cursor.fetchall()
        if not rows:
            return [None] * len(goals)
        streets = shapely.STRtree(shapely.from_wkb([row[1] for row in rows]))
        net = network(streets, np.array([row[0] for row in rows]), touch)
        feet = [(net.place(segment, share), away) for segment, share, away in _feet(streets, spots)]
        points = _points([place for place, _ in feet])
        cursor.execute(WAYS, [_edges(net), points, [-n for n in range(2, len(feet) + 1)]])
        metres = {-goal: way for _, goal, way in cursor.fetchall()}
    return [None if n not in metres else feet[0][1] + metres[n] + away for n, (_, away) in enumerate(feet[1:], start=2)]


def _feet(streets: shapely.STRtree, spots: Sequence[Point]) -> Iterator[tuple[int, float, float]]:
    """For each spot the line that is nearest on the map, the share of it where one comes to it, and how far that is."""
    places = shapely.points([mercator(spot.x, spot.y) for spot in spots])
    nearest_lines = streets.nearest(places)
    lines = streets.geometries[nearest_lines]
    shares = shapely.line_locate_point(lines, places, normalized=True)
    feet = shapely.get_coordinates(shapely.line_interpolate_point(lines, shares, normalized=True))
    for spot, line, share, foot in zip(spots, nearest_lines, shares, feet, strict=True):
        _, _, metres = EARTH.inv(spot.x, spot.y, *degrees(*foot))
        yield int(line), float(share), metres


def _box(spots: Sequence[Point]) -> tuple[float, float, float, float]:
    places = [mercator(spot.x, spot.y) for spot in spots]
    room = MARGIN_M * stretch(max(abs(spot.y) for spot in spots))
    xs, ys = zip(*places, strict=True)
    return min(xs) - room, min(ys) - room, max(xs) + room, max(ys) + room


def _edges(net: Network) -> str:
    """The pieces as pgRouting takes edges, numbered from 0."""
    columns = ("'{" + ",".join(map(str, column.tolist())) + "}'" for column in (net.source, net.target, net.length))
    source, target, cost = columns
    return (
        "SELECT n - 1 AS id, source, target, cost, cost AS reverse_cost"
        f" FROM unnest({source}::bigint[], {target}::bigint[], {cost}::float8[])"
        " WITH ORDINALITY AS edge (source, target, cost, n)"
    )


def _points(places: Sequence[tuple[int, float]]) -> str:
    """Places on edges, as pgRouting takes them: strictly between the ends."""
    rows = [f"({n}, {edge}, {min(max(share, 1e-6), 1 - 1e-6)!r}::float8)" for n, (edge, share) in enumerate(places, 1)]
    return f"SELECT * FROM (VALUES {', '.join(rows)}) AS spots (pid, edge_id, fraction)"


def nearest_on_foot(
    rows: Rows, point: Point, names: tuple[str, ...], limit: int, keep: Callable[[dict[str, Any]], bool] | None = None
) -> Found:
    """``nearest`` by the way on foot: rows have ``walked`` besides ``metres``, None where no street leads to them.

    No way is shorter than the straight line: once enough ways are no longer than the straight line to the farthest
    candidate, no other row can be nearer. Where that is not so among the first, four times as many are looked at, and
    then no more: who stands where few streets lead on would have the ways through the whole city counted.
    """
    several = max(AT_ONCE, 2 * limit)
    found, more = _walked(rows, point, names, several, keep)
    if more and not _sure(found, limit):
        found, more = _walked(rows, point, names, min(WIDER * several, MOST), keep)
    return found[:limit], more or len(found) > limit


def _walked(
    rows: Rows, point: Point, names: tuple[str, ...], several: int, keep: Callable[[dict[str, Any]], bool] | None
) -> Found:
    """The nearest by the straight line, by the way on foot."""
    found, more = nearest(rows, point, names, several, keep)
    for row, metres in zip(found, walks(point, [row["pin"] for row in found]), strict=True):
        row["walked"] = metres
    found.sort(key=lambda row: (row["walked"] is None, row["walked"] or row["metres"], row["pk"]))
    return found, more


def _sure(found: list[dict[str, Any]], limit: int) -> bool:
    """Whether nothing that was not looked at can be nearer than those that are to be told."""
    farthest = max((row["metres"] for row in found), default=0.0)
    enough = found[: limit + 1]
    return len(enough) > limit and all(row["walked"] is not None and row["walked"] <= farthest for row in enough)
