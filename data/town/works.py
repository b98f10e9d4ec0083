"""Permits for what takes road or pavement for a time: past, running and to come, counted from the town's day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

from shapely import Point
from shapely.geometry.base import BaseGeometry

from data.town.dates import Calendar
from data.town.layout import Layout
from data.town.plane import Thing
from data.town.streets import HALF_WIDTH_M, Edge

NIGHT = {"rules": [{"hours": ["22:00-05:00"]}]}
DAY = {"rules": [{"hours": ["08:00-18:00"]}]}
WEEKEND = {"rules": [{"days": ["Sa", "Su"], "hours": ["07:00-22:00"]}]}


class Permit(NamedTuple):
    """Kind, what for, street, effect, first and last day from today, hours, detour, how far along its street."""

    kind: str
    name: str
    street: str
    effect: str
    first: int
    last: int
    hours: dict[str, Any] | None = None
    detour: str = ""
    share: float = 0.5


PERMITS = (
    Permit("pipeline", "雨水管清淤改造", "渡口街", "half", -620, -560),
    Permit("resurfacing", "路面整修", "东渡路", "lane", -410, -380, NIGHT),
    Permit("excavation", "供水管抢修", "南园路", "lane", -210, -205),
    Permit("event", "端午龙舟赛交通管制", "望江路", "closed", -168, -166, DAY, "请绕行云汀大道", 0.45),
    Permit("scaffold", "外墙修缮围挡", "盐埠西街", "pavement", -90, -20),
    Permit("occupation", "信号灯杆迁移", "石埠路", "bicycle", -25, -4, DAY),
    Permit("pipeline", "燃气主管更换", "北环路", "half", -30, 25, None, "东向车辆请绕行锦帆路", 0.35),
    Permit("closure", "云汀桥桥面维修", "采莲路", "closed", -12, 40, None, "全封闭；请绕行听澜路或秋水路", 0.5),
    Permit("resurfacing", "沥青摊铺", "西塘大道", "lane", -6, 10, NIGHT, "", 0.3),
    Permit("scaffold", "沿街立面改造", "渡口街", "pavement", -18, 60, None, "", 0.7),
    Permit("occupation", "地铁勘探钻孔", "云汀大道", "lane", -3, 20, DAY, "", 0.62),
    Permit("excavation", "污水支管接驳", "稻香路", "half", -9, 12, DAY, "", 0.4),
    Permit("other", "古树支护", "桑园路", "bicycle", -40, 90, None, "", 0.6),
    Permit("event", "周末步行街", "盐埠东街", "closed", -60, 120, WEEKEND, "步行进入；车辆请绕行东渡路", 0.5),
    Permit("pipeline", "综合管廊二期", "东湖大道", "lane", 9, 200, None, "", 0.4),
    Permit("closure", "铁路道口改造", "南园路", "closed", 15, 45, None, "请绕行听澜路或东渡路", 0.95),
    Permit("resurfacing", "人行道翻修", "文澜路", "pavement", 22, 70, DAY),
    Permit("event", "迎新跑步活动", "滨河路", "closed", 41, 41, DAY, "请绕行菱塘路", 0.5),
    Permit("excavation", "通信管道扩容", "晴川路", "lane", -5, 3, NIGHT),
    Permit("occupation", "绿化移栽", "枫林路", "lane", -2, 6, DAY),
)


def works_things(layout: Layout, day: date) -> list[Thing]:
    """Every permit, on a stretch of its street."""
    return [Thing(f"works-{number:02d}", *found) for number, found in enumerate(_found(layout, Calendar(day)), 1)]


def _found(layout: Layout, calendar: Calendar) -> Iterator[tuple[BaseGeometry, dict[str, Any]]]:
    for number, permit in enumerate(PERMITS, 1):
        edge = stretch(layout, permit)
        state = "planned" if permit.first > 0 else "finished" if permit.last < 0 else "active"
        aside = 0.0 if permit.effect == "closed" else HALF_WIDTH_M[edge.street.rank] * 0.55
        line = edge.line.offset_curve(-aside) if aside else edge.line
        yield line.buffer(2.5 if aside else HALF_WIDTH_M[edge.street.rank] * 0.6, cap_style="flat"), {
            "code": f"占掘({calendar.day.year}){number:03d}号(虚构)", "kind": permit.kind,
            "name": f"{permit.street}{permit.name}", "road": permit.street, "effect": permit.effect, "state": state,
            "applicant": "示例市政管理处", "builder": "示例建设公司", "phone": "000-0000-0319",
            "conditions": "保持人行通道不少于1.5米;夜间设警示灯" if aside else "保障行人与应急车辆通行",
            "detour": permit.detour, "starts": calendar.after(permit.first), "ends": calendar.after(permit.last),
            "hours": permit.hours,
        }  # fmt: skip


def stretch(layout: Layout, permit: Permit) -> Edge:
    """The segment of a street nearest to a share of its length, not too short to see."""
    own = [edge for edge in layout.named if edge.street.name == permit.street and edge.line.length > 50]
    spot: Point = own[0].street.line.interpolate(permit.share, normalized=True)
    return min(own, key=lambda edge: (edge.line.distance(spot), edge.ends))
