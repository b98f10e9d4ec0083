"""Five markets with their stalls, and twelve that stand in a street for some hours of the week."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any, NamedTuple

import shapely
from shapely import Point
from shapely.geometry.base import BaseGeometry

from data.town import plan
from data.town.facilities import Found, kerb
from data.town.forms import at, sides
from data.town.houses import House
from data.town.layout import Layout
from data.town.streets import HALF_WIDTH_M, Edge

GOODS = ("vegetables", "vegetables", "meat", "meat", "cooked", "sundries")
OPEN = ("05:30-18:30", "05:00-19:00", "06:00-18:00", "05:30-13:00,15:00-19:00", "05:00-20:00")


class Pitch(NamedTuple):
    """A market in a street: its name, its street, when it is open, its stalls and how many of them are free."""

    name: str
    street: str
    rules: list[dict[str, Any]]
    stalls: int
    free: int


def week(days: str, *hours: str) -> list[dict[str, Any]]:
    """One rule of a schedule; no days means every day."""
    return [{**({"days": days.split()} if days else {}), "hours": list(hours)}]


PITCHES = (
    Pitch("盐埠早市", "盐埠东街", week("", "05:30-08:30"), 8, 0),
    Pitch("渡口夜市", "渡口街", week("Fr Sa Su", "18:00-22:30"), 8, 2),
    Pitch("桑园周末集", "桑园路", week("Sa Su", "07:00-12:00"), 6, 1),
    Pitch("石埠早市", "石埠路", week("", "06:00-09:00"), 5, 0),
    Pitch("南园晚市", "南园路", week("Mo We Fr", "16:30-20:00"), 5, 3),
    Pitch("西塘农夫集", "西塘大道", week("Sa", "06:30-11:30"), 6, 2),
    Pitch("东湖夜市", "晴川路", week("", "17:30-22:00"), 8, 1),
    Pitch("锦帆早市", "锦帆路", week("Mo Tu We Th Fr", "05:30-08:00"), 4, 1),
    Pitch("稻香集", "稻香路", week("Su", "06:00-12:00") + week("We", "15:00-19:00"), 5, 2),
    Pitch("文澜旧书集", "文澜路", week("Su", "09:00-16:00"), 4, 1),
    Pitch("秋水早市", "秋水路", week("Tu Th Sa", "05:30-09:00"), 4, 0),
    Pitch("芦汀瓜果点", "芦汀路", week("", "15:00-19:00"), 3, 2),
)  # together 66 stalls


PEAK_STREET, PEAK = "稻香路", 214
"""Where the most stalls stood at once, and how many: they are gone since the temporary markets began."""
ROOM_M, STALL_M = 3.2, 2.2


def peak(layout: Layout) -> shapely.MultiPolygon:
    """The ground of every stall of those days, one beside the other along both kerbs, none at a crossing."""
    own = [edge for edge in layout.named if edge.street.name == PEAK_STREET and not edge.line.intersects(layout.river)]
    spots = [
        kerb(edge.line, 10 + ROOM_M * place, side * (HALF_WIDTH_M[edge.street.rank] - 1.3))
        for edge in sorted(own, key=lambda edge: edge.ends)
        for side in (1, -1)
        for place in range(int((edge.line.length - 20) / ROOM_M))
    ]
    return shapely.MultiPolygon([spot.buffer(STALL_M / 2, cap_style="square") for spot in spots[:PEAK]])


def market_things(houses: list[House], rng: Random) -> Iterator[Found]:
    """The markets and every stall in their halls, with its number, goods and monthly fee in yuan."""
    for number, (name, count) in enumerate(plan.STALLS.items()):
        hall = next(house for house in houses if house.name == name)
        hours = {"rules": [{"hours": OPEN[number].split(",")}]}
        stalls = [stall(name, place, hall.shape, count, rng) for place in range(count)]
        free = sum(more["extra"]["free"] for _, _, _, more in stalls)
        yield "market", name, hall.shape.representative_point(), {
            "hours": hours, "capacity": count, "address": hall.address, "phone": "000-0000-0520",
            "features": sorted({goods for stall in stalls for goods in stall[3]["features"]}), "extra": {"free": free},
        }  # fmt: skip
        yield from ((kind, title, spot, {**more, "hours": hours}) for kind, title, spot, more in stalls)


def stall(market: str, place: int, hall: BaseGeometry, count: int, rng: Random) -> Found:
    """One stall, in rows of ten along the hall."""
    row, column = divmod(place, 10)
    rows = (count - 1) // 10 + 1
    spot = Point(at(sides(shapely.Polygon(hall.exterior)), 0.08 + 0.84 * column / 9, 0.1 + 0.8 * (row + 0.5) / rows))
    goods = GOODS[row * len(GOODS) // rows]
    return "stall", f"{market}{place + 1:02d}号摊位", spot, {
        "capacity": 1, "features": [goods],
        "extra": {"market": market, "number": f"{place + 1:02d}", "fee": rng.randrange(200, 601, 20),
                  "free": int(rng.random() < 0.08)},
    }  # fmt: skip


def pitch_edges(layout: Layout) -> Iterator[tuple[Pitch, Edge]]:
    """Where each temporary market stands: a stretch of its street, on dry land."""
    for pitch in PITCHES:
        own = [
            edge for edge in layout.named
            if edge.street.name == pitch.street and edge.line.length > 60 and not edge.line.intersects(layout.river)
        ]  # fmt: skip
        yield pitch, min(own, key=lambda edge: (edge.line.distance(Point(plan.MIDDLE)), edge.ends))


def notices(layout: Layout) -> Iterator[Found]:
    """The board at the entrance of each temporary market: how many stalls there are and how many are free."""
    for number, (pitch, edge) in enumerate(pitch_edges(layout), 1):
        spot = kerb(edge.line, 4, HALF_WIDTH_M[edge.street.rank] - 1)
        yield "notice-board", f"{pitch.name}公示牌", spot, {
            "address": pitch.street, "hours": {"rules": pitch.rules}, "capacity": pitch.stalls,
            "extra": {"fence": f"WL-{100 + number:04d}", "free": pitch.free},
        }  # fmt: skip
