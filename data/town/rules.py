"""What holds where: fences, street zoning with its past, the five heads of a segment, an invented roll."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from shapely import LineString, STRtree
from shapely.geometry.base import BaseGeometry

from data.town.houses import pitch
from data.town.layout import Block, Layout
from data.town.plane import Thing, box

BASIS = "示例规定第十二条(虚构)"
PAST_FROM, PRESENT_FROM, RECORDED_AGAIN = "2024-01-01", "2025-03-01", "2025-02-20T09:00:00+08:00"
RECORDED_FIRST = "2024-01-01T09:00:00+08:00"
WEEKDAYS = ["Mo", "Tu", "We", "Th", "Fr"]
SCHOOL_RUN = {"rules": [{"days": WEEKDAYS, "hours": ["06:30-08:30", "15:30-18:00"]}]}
DAYTIME = {"rules": [{"hours": ["07:00-22:00"]}]}
MORNING = {"rules": [{"hours": ["06:00-09:00"]}]}


@dataclass(frozen=True, slots=True)
class Zone:
    """A zoning of a whole segment on one side; `since` and `until` in the world, `recorded` and `closed` by us."""

    segment: str
    side: str
    street_class: int
    zone: str
    hours: dict[str, Any] | None = None
    basis: str = BASIS
    since: str = PRESENT_FROM
    until: str | None = None
    recorded: str = RECORDED_AGAIN
    closed: str | None = None


def zones(segments: list[Thing], layout: Layout) -> list[Zone]:
    """Main and secondary streets and the old lanes: strict beside schools and offices, looser outward."""
    blocks = [block for block in layout.blocks if block.kind not in ("farmland", "forest", "meadow", "orchard")]
    index = STRtree([block.shape for block in blocks])
    found: list[Zone] = []
    for number, segment in enumerate(segments):
        rank, line = int(segment.properties["rank"]), segment.shape
        if line.length < 25 or (rank > 3 and not old(line, blocks, index)):
            continue
        klass = 1 if rank == 2 else 2 if rank == 3 else 3
        code = segment.properties["code"]
        left, right = (beside(line, 24.0 * way, blocks, index) for way in (1, -1))
        if "" not in (left, right) and left == right:
            present = [Zone(code, "both", klass, *rule(left, klass, number))]
        else:
            sides = (("left", left), ("right", right))
            present = [Zone(code, side, klass, *rule(kind, klass, number)) for side, kind in sides if kind]
        found += [*present, *(past(code, klass) if present and number % 9 == 0 else ())]
    return found


def past(code: str, klass: int) -> Iterator[Zone]:
    """What held until the present rules: recorded once as open, then again with its end."""
    yield Zone(
        code, "both", min(klass + 1, 3), "controlled", None, BASIS, PAST_FROM, None, RECORDED_FIRST, RECORDED_AGAIN
    )
    yield Zone(code, "both", min(klass + 1, 3), "controlled", None, BASIS, PAST_FROM, PRESENT_FROM, RECORDED_AGAIN)


def old(line: LineString, blocks: list[Block], index: STRtree) -> bool:
    """Whether a lane runs through the old town."""
    middle = line.interpolate(0.5, normalized=True)
    return any(blocks[int(number)].kind in ("old", "retail") for number in index.query(middle.buffer(12)))


def beside(line: LineString, aside: float, blocks: list[Block], index: STRtree) -> str:
    """The kind of ground along one side of a street; empty for fields and water."""
    spot = line.offset_curve(aside).interpolate(0.5, normalized=True)
    near = [blocks[int(number)] for number in index.query(spot.buffer(22))]
    near = [block for block in near if block.shape.distance(spot) < 22]
    return min(near, key=lambda block: block.shape.distance(spot)).kind if near else ""


def rule(kind: str, klass: int, number: int) -> tuple[str, dict[str, Any] | None]:
    """Zone and hours for a kind of ground."""
    if kind in ("school", "kindergarten"):
        return "forbidden", SCHOOL_RUN if klass > 2 else None
    if kind in ("hospital", "office", "plaza"):
        return "forbidden", None
    if kind in ("old", "retail", "commercial", "hotel", "park"):
        return "strict", DAYTIME if klass > 1 else None
    if klass == 1:
        return ("forbidden", None) if number % 3 == 0 else ("strict", DAYTIME)
    return "controlled", MORNING if number % 5 == 0 else None


def fence_things(layout: Layout) -> list[Thing]:
    """Eight fences: published ones of several purposes, a draft, one retired."""
    at = {block.name: block for block in sorted(layout.blocks, key=lambda block: block.shape.area) if block.name}
    school, market = at["云汀实验小学"].shape, at["盐埠市场"].shape
    plaza, estate = at["市民广场"].shape, at["澜庭苑"].shape
    drives = [edge.line for edge in layout.edges if edge.street.rank == 6 and edge.line.distance(estate) < 8]
    lane = max(drives, key=lambda line: line.intersection(estate.buffer(8)).length)
    rows: tuple[tuple[str, str, str, BaseGeometry, dict[str, Any]], ...] = (
        ("东渡停车场", "parking", "published", at["东渡停车场"].shape.buffer(-4), {"dwell_s": 120, "drift_m": 5.0}),
        (
            "云汀实验小学周边禁摆区",
            "no-vending",
            "published",
            school.buffer(45),
            {"hours": SCHOOL_RUN, "priority": 9, "dwell_s": 180, "drift_m": 8.0, "clause": "示例条例第三十条(虚构)"},
        ),
        ("盐埠早市", "temporary-market", "published", market_lane(market), {"hours": MORNING, "priority": 5}),
        (
            "澜庭苑消防通道",
            "fire-lane",
            "published",
            lane,
            {"width_m": 4.0, "priority": 8},
        ),
        ("听澜中学校园安全区", "safe-zone", "published", pitch(at["听澜中学"]).buffer(18), {"hours": SCHOOL_RUN}),
        ("市民广场非机动车停放区", "bicycle-parking", "published", bays(plaza), {"drift_m": 3.0, "dwell_s": 60}),
        ("云汀人民医院门前禁停区(草案)", "no-parking", "draft", front(at["云汀人民医院"].shape), {"priority": 7}),
        (
            "菱塘工地围挡(已停用)",
            "construction",
            "retired",
            at["菱塘在建工地"].shape.buffer(-6),
            {"valid_to": "2025-09-30"},
        ),
    )
    return [
        Thing(f"fence-{number:02d}", shape, {
            "code": f"WL-{number:04d}", "name": name, "purpose": purpose, "state": state, "valid_from": PRESENT_FROM,
            "scenes": "占道经营" if "vending" in purpose else "", "clause": BASIS, **more,
        })
        for number, (name, purpose, state, shape, more) in enumerate(rows, 1)
    ]  # fmt: skip


def market_lane(market: BaseGeometry) -> BaseGeometry:
    """A strip along the south side of the market."""
    west, south, east, _ = market.bounds
    return market.intersection(box(((west + east) / 2, south + 20), (east - west) * 1.2, 34, 0.0))


def bays(plaza: BaseGeometry) -> BaseGeometry:
    """A few bays in a corner of the square."""
    spot = plaza.representative_point()
    return plaza.intersection(box((spot.x - 22, spot.y - 18), 30, 9, 0.1))


def front(hospital: BaseGeometry) -> BaseGeometry:
    """The pavement outside a block, ten metres wide, along its south and west."""
    ring = hospital.buffer(14).difference(hospital.buffer(2))
    west, south, east, north = hospital.bounds
    return ring.intersection(box(((west + east) / 2, south), (east - west) * 0.9, (north - south) * 0.7, 0.0))


TITLES = ("一级段长", "二级段长", "三级段长", "四级段长", "五级段长")


def heads(segments: list[Thing]) -> Iterator[tuple[str, int, str, str, str]]:
    """The five heads of every third arterial segment: code, level, title, invented name, phone."""
    for number, segment in enumerate([thing for thing in segments if thing.properties["rank"] == 2][::3]):
        for level, title in enumerate(TITLES, 1):
            name = f"虚构{'赵钱孙李周'[level - 1]}{'一二三四五六七八九十'[number % 10]}"
            yield str(segment.properties["code"]), level, title, name, f"000-0000-{2000 + number * 5 + level}"


# room (unit, number), name, identity, phone, relation: nobody can bear these names or numbers
ROLL = (
    ("1单元", "101", "测试甲", "TEST-0000-0001", "000-0000-9001", "户主"),
    ("1单元", "101", "测试乙", "TEST-0000-0002", "000-0000-9002", "配偶"),
    ("1单元", "302", "测试丙", "TEST-0000-0003", "000-0000-9003", "户主"),
    ("2单元", "202", "测试丁", "TEST-0000-0004", "000-0000-9004", "户主"),
    ("2单元", "202", "测试戊", "TEST-0000-0005", "000-0000-9005", "子女"),
    ("2单元", "601", "测试己", "TEST-0000-0006", "000-0000-9006", "户主"),
)
