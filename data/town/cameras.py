"""Thirty-four sites with sixty heads, each head watching for some of twenty-two scenes."""

from __future__ import annotations

from collections.abc import Iterator

from shapely import Point

from data.town.facilities import Found
from data.town.layout import Layout
from data.town.plane import Spot
from data.town.streets import HALF_WIDTH_M

SITES, HEADS = 34, 60
SCENES = (
    "stall-outside", "mobile-vendor", "occupying-road", "illegal-parking", "bicycle-clutter", "garbage-exposed",
    "bin-overflow", "dumping", "muck-truck", "street-sign-illegal", "hanging-in-street", "advertising-illegal",
    "manhole-missing", "water-on-road", "road-damaged", "smoke", "open-fire", "crowd", "fence-damaged",
    "tree-fallen", "dog-unleashed", "uncovered-earth",
)  # fmt: skip


def camera_things(layout: Layout) -> Iterator[Found]:
    """Heads on a pole at crossings of the larger streets, the busiest first; twenty-six poles carry two."""
    meeting: dict[Spot, dict[str, int]] = {}
    for edge in layout.named:
        if edge.street.rank <= 3:
            for end in edge.ends:
                meeting.setdefault(end, {})[edge.street.name] = edge.street.rank
    corners = [(sum(names.values()), spot, sorted(names)) for spot, names in meeting.items() if len(names) > 1]
    kept: list[tuple[Spot, list[str]]] = []
    for _, spot, names in sorted(corners):
        if len(kept) < SITES and all(Point(spot).distance(Point(other)) > 250 for other, _ in kept):
            kept.append((spot, names))
    head = 0
    for number, (spot, names) in enumerate(kept, 1):
        place = "与".join(names[:2]) + "路口"
        for side in range(2 if number <= HEADS - SITES else 1):
            head += 1
            scenes = [SCENES[(head * 3 + step * 5) % len(SCENES)] for step in range(4)]
            aside = HALF_WIDTH_M[2] - 3
            where = Point(spot[0] + (aside if side else -aside), spot[1] + aside)
            yield "camera", f"{place}{side + 1}号球机", where, {
                "address": place, "owner": "云汀区城市管理局",
                "extra": {"site": f"JK-{number:02d}", "head": side + 1, "scenes": scenes, "bearing": (head * 67) % 360,
                          "device": f"{plan_code()}{head:04d}"},
            }  # fmt: skip


def plan_code() -> str:
    """The first sixteen of a device's twenty digits: place, trade 08 (city management), kind 132 (IP camera), net 0."""
    return "99010100" + "08" + "132" + "000"
