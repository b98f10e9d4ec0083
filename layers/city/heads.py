"""The five people who answer for a segment (五级段长), by level, as far as one may read of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gis.models import SegmentHead
from layers.layer import Field
from layers.scope import STAFF, Audience

FIELDS = (
    Field("level", "级别", "Level", audience=STAFF),
    Field("title", "职务", "Office", audience=STAFF),
    Field("name", "姓名", "Name", audience=STAFF),
    Field("phone", "电话", "Phone", audience=STAFF, grant="contacts"),
)
SEGMENTS = "segments"
LEVELS = "一二三四五"

Json = dict[str, Any]


def heads(segments: Iterable[int], audience: Audience) -> dict[int, list[Json]]:
    """Return for each segment its people by level, with what the audience may read; nothing for who may read no name.

    The segments are ones that the audience may see.
    """
    names = [field.name for field in FIELDS if field.seen_by(audience)]
    if "name" not in names:
        return {}
    found: dict[int, list[Json]] = {}
    rows = SegmentHead.objects.filter(segment__in=list(segments)).order_by("segment", "level")
    for row in rows.values("segment", *names):
        found.setdefault(row.pop("segment"), []).append(row)
    return found


def carded(card: Json, audience: Audience) -> Json:
    """A card with the people as further rows, when it is one of a segment."""
    people = heads([card["id"]], audience) if card["layer"] == SEGMENTS else {}
    return card | {"rows": [*card["rows"], *_rows(people.get(card["id"], []))]}


def _rows(people: list[Json]) -> list[Json]:
    return [_row(one, f"{LEVELS[one['level'] - 1]}级段长") for one in people]


def _row(one: Json, rank: str) -> Json:
    office = "" if one["title"] == rank else one["title"]
    said = " ".join(filter(None, (one["name"], office, one.get("phone"))))
    words = {"title": rank, "title_en": f"Head, level {one['level']}", "value": said, "value_en": said}
    return {"key": f"head_{one['level']}", **words, "raw": None, "unit": "", "unit_en": ""}
