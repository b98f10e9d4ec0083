"""What was found wrong underground: blocked points, hazards, leaks, each in the middle of a pipe."""

from __future__ import annotations

from collections.abc import Iterator

from shapely import Point
from shapely.ops import substring

from data.town.plane import Thing

FINDINGS = (
    ("YS", "blockage", "serious", "处理中", "雨水管淤积过半,汛前须清掏"),
    ("YS", "overflow", "moderate", "待处理", "强降雨时井口冒溢"),
    ("WS", "misconnection", "moderate", "待处理", "疑似沿街商户污水接入雨水井"),
    ("WS", "blockage", "minor", "已处理", "油脂堵塞,已疏通"),
    ("RQ", "hazard", "serious", "处理中", "阀门井内检出可燃气体,加密巡查"),
    ("JS", "leak", "moderate", "已处理", "接口渗漏,已更换"),
    ("DL", "built-over", "minor", "待处理", "排管上方堆放物料"),
    ("RL", "damage", "moderate", "处理中", "保温层破损"),
    ("TX", "damage", "minor", "待处理", "手孔盖板断裂"),
    ("WS", "collapse", "critical", "处理中", "管顶脱空,路面沉陷,已围挡"),
    ("GY", "hazard", "moderate", "待处理", "标志桩缺失"),
    ("QT", "other", "minor", "待处理", "管廊出入口照明失效"),
)
EACH = 2  # of every line above, on different pipes


def finding_things(pipes: list[Thing]) -> list[Thing]:
    """A few things found wrong."""
    return [Thing(f"finding-{number:02d}", *found) for number, found in enumerate(_findings(pipes), 1)]


def _findings(pipes: list[Thing]) -> Iterator[tuple[Point, dict[str, str]]]:
    for number, (part, kind, severity, state, note) in enumerate(FINDINGS * EACH, 1):
        own = [pipe for pipe in pipes if part in (pipe.properties["小类"], pipe.properties["category"])]
        pipe = own[len(own) * number // (len(FINDINGS) * EACH + 1)]
        middle = substring(pipe.shape, 0.5, 0.5, normalized=True)
        yield Point(middle.x, middle.y), {
            "code": f"YH-{number:03d}", "kind": kind, "severity": severity, "state": state, "note": note,
            "found_on": f"2025-{(number - 1) % 5 + 1:02d}-15", "segment": pipe.properties["code"],
        }  # fmt: skip
