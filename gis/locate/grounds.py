"""What lies in an area that came, went or changed is read anew, as it is on the day from which another holds there.

Triggers note the ground of such areas, and their days to come, in ``AreaDue``, whoever wrote them; here it becomes rows
that are due. So an edit of a district is as quick as any, and rows that others were writing meanwhile are found, too.
"""

from __future__ import annotations

import re
from typing import Any

from django.db import connection, transaction

from gis.locate.sources import SOURCES, Source
from gis.patience import UNHURRIED
from gis.today import TODAY

LOCK = 7_115
READY = f"coalesce(d.day, '-infinity') <= {TODAY}"
WAITING = f"SELECT EXISTS (SELECT FROM spatial_areadue d WHERE {READY})"
FIRST = f"SELECT d.id, d.name FROM spatial_areadue d WHERE {READY}"
DUE = 'INSERT INTO spatial_placedue (layer, "row", around) SELECT %s, r.id, true FROM {found} ON CONFLICT DO NOTHING'
INSIDE = "coalesce(ST_Intersects({0}, ST_PointOnSurface(r.shape)), false)"
LYING = f"""spatial_areadue d JOIN {{table}} r ON r.shape && ST_Collect(d.was, d.now)
 WHERE d.id = ANY(%s) AND concat({{watched}}) <> '' AND {{told}}
   AND {INSIDE.format("d.was")} <> {INSIDE.format("d.now")}"""
SPEAKING = "{table} r WHERE concat({lines}) ~ %s"


def spread() -> None:
    """Have what lies in areas that changed, or speaks of them, read anew; nothing where somebody is at it."""
    with connection.cursor() as cursor:
        cursor.execute(WAITING)
        if cursor.fetchone()[0]:
            _spread(cursor)


@transaction.atomic
def _spread(cursor: Any) -> None:
    cursor.execute(UNHURRIED)
    cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
    if not cursor.fetchone()[0]:
        return
    cursor.execute(FIRST)
    found = cursor.fetchall()
    grounds = [pk for pk, name in found if name is None]
    spoken = "|".join(re.escape(name) for _, name in found if name is not None)
    for source in SOURCES.values():
        _lying(cursor, source, grounds)
        if source.lines and any(name is not None for _, name in found):
            lines = ", ' ', ".join(f"r.{column}" for column in source.lines)
            cursor.execute(DUE.format(found=SPEAKING.format(table=source.table, lines=lines)), [source.layer, spoken])
    cursor.execute("DELETE FROM spatial_areadue WHERE id = ANY(%s)", [[pk for pk, _ in found]])


def _lying(cursor: Any, source: Source, grounds: list[int]) -> None:
    """Rows of a layer that lie on some grounds and take the names of their areas from there."""
    found = LYING.format(table=source.table, watched=source.watched, told=source.located)
    cursor.execute(DUE.format(found=found), [source.layer, grounds])
