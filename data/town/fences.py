"""Fences: what holds now, and a few whose past is known version by version."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from data.town.dates import Calendar, moment
from data.town.layout import Layout
from data.town.markets import PEAK, PEAK_STREET, peak, pitch_edges
from data.town.plane import Thing, box
from data.town.public import pitch
from data.town.rules import BASIS, DAYTIME, MORNING, SCHOOL_RUN
from data.town.streets import HALF_WIDTH_M

CLAUSE = "示例条例第三十条(虚构)"
Now = tuple[str, str, str, BaseGeometry, dict[str, Any]]  # name, purpose, state, shape, more


@dataclass(frozen=True, slots=True)
class Version:
    """One state of a fence: `since`, `until` in the world, `recorded`, `closed` by us."""

    state: str
    since: str
    until: str | None
    recorded: str
    closed: str | None
    shape: BaseGeometry
    hours: dict[str, Any] | None = None
    width_m: float | None = None


@dataclass(frozen=True, slots=True)
class Storied:
    """A fence with all its versions."""

    code: str
    name: str
    purpose: str
    versions: list[Version] = field(default_factory=list)


def places(layout: Layout) -> dict[str, BaseGeometry]:
    """The ground of every named place."""
    parts: dict[str, list[BaseGeometry]] = {}
    for block in layout.blocks:
        if block.name:
            parts.setdefault(block.name, []).append(block.shape)
    return {name: shapely.union_all(shapes) for name, shapes in parts.items()}


def fence_things(layout: Layout, day: date) -> list[Thing]:
    """Every fence of today; the temporary markets are numbered from 101."""
    since = Calendar(day).changes[0].isoformat()
    markets = list(market_fences(layout))
    past = gone(layout, day)
    rows = [*enumerate(kept(layout), 1), *enumerate(markets, 101), (301, past)]
    return [
        Thing(f"fence-{number:03d}", shape, {
            "code": f"WL-{number:04d}", "name": name, "purpose": purpose, "state": state, "valid_from": since,
            "scenes": "占道经营" if "vending" in purpose or "market" in purpose else "", "clause": BASIS, **more,
        })
        for number, (name, purpose, state, shape, more) in rows
    ]  # fmt: skip


def gone(layout: Layout, day: date) -> Now:
    """The stalls of one road at their peak: what a look at that time finds, and one of today does not."""
    began, ended = Calendar(day).begun.isoformat(), Calendar(day).changes[0].isoformat()
    name = f"{PEAK_STREET}沿街摊点(高峰期{PEAK}处)"
    return name, "vending", "published", peak(layout), {"valid_from": began, "valid_to": ended}


def market_fences(layout: Layout) -> Iterator[Now]:
    """The strip of street that each temporary market takes, at its hours."""
    for found, edge in pitch_edges(layout):
        middle = edge.line.interpolate(0.5, normalized=True)
        near = edge.line.intersection(middle.buffer(30 + 4 * found.stalls))
        side = near.offset_curve(-(HALF_WIDTH_M[edge.street.rank] - 2.5)).buffer(2.5, cap_style="flat")
        more = {"hours": {"rules": found.rules}, "priority": 5, "drift_m": 4.0}
        yield found.name, "temporary-market", "published", side, more


def kept(layout: Layout) -> Iterator[Now]:
    """Parking, schools, fire lanes, squares; a draft, some in review."""
    at = places(layout)
    for name in ("东渡停车场", "站前停车场"):
        yield name, "parking", "published", at[name].buffer(-4), {"dwell_s": 120, "drift_m": 5.0}
    schools = sorted({block.name for block in layout.blocks if block.kind == "school"})
    for name in schools:
        near = {"hours": SCHOOL_RUN, "priority": 9, "dwell_s": 180, "drift_m": 8.0, "clause": CLAUSE}
        yield f"{name}周边禁摆区", "no-vending", "published", pavement_round(at[name]), near
    estates = {block.name: block for block in layout.blocks if block.kind == "residential" and block.name}
    drives = [edge.line for edge in layout.edges if edge.street.rank == 6]
    for name in estates:
        own = [line for line in drives if line.length > 30 and line.distance(at[name]) < 5]
        if own:
            lane = max(own, key=lambda line: (line.length, line.bounds))
            yield f"{name}消防通道", "fire-lane", "published", lane, {"width_m": 4.0, "priority": 8}
    court = next(block for block in layout.blocks if block.name == "听澜中学" and block.shape.area > 20_000)
    yield "听澜中学校园安全区", "safe-zone", "published", pitch(court).buffer(18), {"hours": SCHOOL_RUN}
    for name in ("市民广场", "云汀百货", "盐埠市场", "云汀人民医院", "站前广场", "西塘生活广场"):
        yield f"{name}非机动车停放区", "bicycle-parking", "published", bays(at[name]), {"drift_m": 3.0, "dwell_s": 60}
    yield "东湖万汇城商圈", "trade-area", "published", quarter(layout, at["东湖万汇城"]), {}
    yield "渡口老街商圈", "trade-area", "published", quarter(layout, at["云汀百货"]), {}
    yield "市民广场活动区", "event-area", "published", at["市民广场"].buffer(-6), {"hours": DAYTIME}
    yield "南园疏导区", "vending", "published", front(at["南园"]), {"hours": MORNING, "priority": 4}
    yield "云汀人民医院门前禁停区(草案)", "no-parking", "draft", front(at["云汀人民医院"]), {"priority": 7}
    yield "站前广场禁停区(送审)", "no-parking", "review", front(at["站前广场"]), {"priority": 7}
    yield "锦帆小学周边停车区(送审)", "parking", "review", front(at["锦帆小学"]), {"hours": SCHOOL_RUN}


def storied(layout: Layout, day: date) -> list[Storied]:
    """Fences with a past: moved, corrected after the fact, ended, and one followed from draft to use."""
    at, calendar = places(layout), Calendar(day)
    begun, (one, two, three, _) = calendar.begun, calendar.changes

    def version(state: str, since: date, until: date | None, told: date, closed: date | None,
                shape: BaseGeometry, hours: dict[str, Any] | None = None) -> Version:  # fmt: skip
        end, shut = until.isoformat() if until else None, moment(closed) if closed else None
        return Version(state, since.isoformat(), end, moment(told), shut, shape, hours)

    ten, street = timedelta(10), front(at["盐埠市场"])
    wide, site = street.buffer(6), at["菱塘在建工地"].buffer(-6)
    festival, stalls = at["站前广场"].buffer(-5), front(at["云汀百货"])
    return [
        Storied("WL-0201", "盐埠市场周边禁摆区", "no-vending", [
            version("published", begun, None, begun, one - ten, street, DAYTIME),
            version("published", begun, one, one - ten, None, street, DAYTIME),
            version("published", one, None, one - ten, two - ten, wide, DAYTIME),
            version("published", one, two, two - ten, None, wide, DAYTIME),
            version("published", two, None, two - ten, None, wide, MORNING),
        ]),
        Storied("WL-0202", "菱塘工地围挡", "construction", [
            version("published", begun, None, begun, three - ten, site),
            version("published", begun, three, three - ten, None, site),
            version("retired", three, None, three - ten, None, site),
        ]),
        Storied("WL-0203", "云汀百货门前禁停区", "no-parking", [
            version("published", one, None, one, two + ten, stalls),
            version("published", one, None, two + ten, None, stalls.buffer(3), DAYTIME),  # corrected after the fact
        ]),
        Storied("WL-0204", "站前广场灯会活动区", "event-area", [
            version("published", two, two + 2 * ten, two - ten, None, festival, DAYTIME),
        ]),
        Storied("WL-0205", "滨河广场便民疏导区", "vending", [
            version("draft", three, None, two + ten, two + 3 * ten, front(at["滨河广场"]), MORNING),
            version("review", three, None, two + 3 * ten, three - ten, front(at["滨河广场"]), MORNING),
            version("published", three, None, three - ten, None, front(at["滨河广场"]), MORNING),
        ]),
        Storied("WL-0206", "东渡停车场临时停车区", "parking", [
            version("published", begun, two, begun, None, front(at["东渡停车场"])),
            version("retired", two, None, two - ten, None, front(at["东渡停车场"])),
        ]),
    ]  # fmt: skip


def pavement_round(ground: BaseGeometry) -> BaseGeometry:
    """The pavements round a place, not its ground: one ring with a hole."""
    return ground.convex_hull.buffer(24).difference(ground.buffer(6).buffer(-4))


def quarter(layout: Layout, middle: BaseGeometry) -> BaseGeometry:
    """The blocks of shops within a short walk of a place, with the streets between them."""
    kinds = ("old", "retail", "market", "commercial")
    near = [block.shape for block in layout.blocks if block.kind in kinds and block.shape.distance(middle) < 30]
    grown = shapely.union_all([middle, *near]).buffer(15, join_style="mitre").buffer(-14, join_style="mitre")
    return max(shapely.get_parts(grown), key=lambda part: float(part.area)).simplify(1.0)


def bays(plaza: BaseGeometry) -> BaseGeometry:
    """A few bays at a place, wholly on its ground."""
    spot = plaza.representative_point()
    for dx, dy in ((-22, -18), (0, 0)):
        bay = plaza.intersection(box((spot.x + dx, spot.y + dy), 30, 9, 0.1))
        if bay.area > 100:
            return bay
    return plaza.intersection(spot.buffer(15))


def front(ground: BaseGeometry) -> BaseGeometry:
    """The pavement outside a block, ten metres wide, along its south and west."""
    ring = ground.buffer(14).difference(ground.buffer(2))
    west, south, east, north = ground.bounds
    return ring.intersection(box(((west + east) / 2, south), (east - west) * 0.9, (north - south) * 0.7, 0.0))
