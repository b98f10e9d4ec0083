"""What lies under the streets: nets that follow the street graph, each a little aside of the middle and at its depth.

A net is the street graph moved by one vector, so that mains of every kind run beside each other and still meet at
crossings. Drains fall to their outlets and nowhere rise; every end obeys ground = depth + elevation of the pipe.
"""

from __future__ import annotations

import heapq
import math
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from shapely import LineString, Point
from shapely.ops import substring

from data.town.layout import Layout
from data.town.plane import Spot, Thing
from data.town.streets import Edge

STEP_M = 70.0  # CJJ 61: no piece longer than 75 m


@dataclass(frozen=True, slots=True)
class Net:
    """One kind of pipe: where it runs, what it is made of, how deep it lies and how its points are called."""

    category: str
    part: str
    aside_m: float
    ranks: tuple[int, ...]
    streets: tuple[str, ...]
    material: str
    burial: str
    size: tuple[float, str]
    depth_m: float
    line_code: str
    point_codes: dict[str, str]
    owner: str
    well: str = ""
    outlets: tuple[Spot, ...] = ()


WATER = {"三通": "51042102", "四通": "51042103", "盖堵": "51042113", "阀门井": "51042205"}
STORM = {"雨水井": "52012205", "出水口": "52012105"}
SEWER = {"污水井": "52022205", "出水口": "52022105"}
NETS = (
    Net("JS", "JP", -5.0, (2,), ("渡口街", "北环路", "桑园路", "石埠路", "南园路"), "QM", "ZM",
        (300, ""), 1.2, "51041000", WATER, "示例供水公司", "阀门井"),
    Net("PS", "YS", 2.0, (2, 3), (), "T", "ZM", (800, ""), 2.2, "52011000", STORM, "示例市政管理处", "雨水井",
        ((-250, -95), (-300, 100), (560, -70), (620, 130), (20, 195), (150, 0), (-722, -97), (858, -140))),
    Net("PS", "WS", -2.0, (2, 3), (), "PVC", "ZM", (500, ""), 2.8, "52021000", SEWER, "示例市政管理处", "污水井",
        ((610, -950), (860, -140))),
    Net("RQ", "TR", 5.0, (), ("云汀大道", "听澜路", "东渡路"), "PE", "ZM",
        (200, ""), 1.0, "53031000", {}, "示例燃气公司"),
    Net("DL", "GD", 8.0, (), ("云汀大道", "听澜路", "环城南路"), "TZ", "GK",
        (0, "600X400"), 0.9, "55011000", {}, "示例供电公司", "人孔"),
    Net("TX", "XX", -8.0, (), ("云汀大道", "渡口街", "东渡路"), "GX", "GM",
        (110, ""), 0.8, "56031000", {}, "示例通信公司", "手孔"),
    Net("RL", "RS", 11.0, (), ("云汀大道",), "G", "GG",
        (0, "1200X800"), 1.4, "54011000", {}, "示例热力公司", "小室"),
)  # fmt: skip


def ground_m(spot: Point, layout: Layout) -> float:
    """Elevation of the ground: the town rises gently from the river."""
    away = float(spot.distance(layout.river_line))
    return round(6.2 + 0.0018 * away + 0.12 * math.sin(spot.x / 170), 2)


@dataclass(slots=True)
class Joint:
    """A point of a net on the board, before it is written down."""

    spot: Point
    crossing: bool
    ground: float
    depth: float = 0.0
    fed: int = 0


def pipe_things(layout: Layout) -> tuple[list[Thing], list[Thing]]:
    """Nodes and pipes of every net."""
    nodes: list[Thing] = []
    pipes: list[Thing] = []
    for net in NETS:
        chains = _chains(net, layout)
        joints, spans = _joints(net, chains, layout)
        spans = _fall(net, joints, spans) if net.outlets else _level(net, joints, spans)
        names = _names(net, joints, spans)
        met = Counter(end for span in spans for end in span[:2])
        used = [key for key in joints if met[key]]
        nodes += [_node(net, names[key], joints[key], met[key]) for key in used]
        pipes += [_pipe(net, number, span, joints, names) for number, span in enumerate(spans, 1)]
    return nodes, pipes


def _chains(net: Net, layout: Layout) -> list[Edge]:
    """The edges of the streets a net follows; bridges carry none."""
    return [
        edge for edge in layout.named
        if (edge.street.rank in net.ranks or edge.street.name in net.streets)
        and not edge.line.intersects(layout.river) and edge.line.length > 12
    ]  # fmt: skip


Span = tuple[Spot, Spot, str]


def _joints(net: Net, chains: list[Edge], layout: Layout) -> tuple[dict[Spot, Joint], list[Span]]:
    """Points at crossings and between them, by their place on the street, and the stretches that join them."""
    joints: dict[Spot, Joint] = {}
    spans: list[Span] = []
    for edge in chains:
        count = max(1, math.ceil(edge.line.length / STEP_M))
        keys = []
        for step in range(count + 1):
            at = edge.line.interpolate(step / count, normalized=True)
            key = (round(at.x, 1), round(at.y, 1))
            moved = Point(at.x + net.aside_m, at.y + net.aside_m)
            joints.setdefault(key, Joint(moved, step in (0, count), ground_m(moved, layout)))
            keys.append(key)
        spans += [(a, b, edge.street.name) for a, b in pairwise(keys) if a != b]
    return joints, spans


def _level(net: Net, joints: dict[Spot, Joint], spans: list[Span]) -> list[Span]:
    """Pipes under pressure and cables: the same depth everywhere, but for a decimetre."""
    for number, joint in enumerate(joints.values()):
        joint.depth = round(net.depth_m + (number % 5) * 0.05, 2)
    return spans


def _fall(net: Net, joints: dict[Spot, Joint], spans: list[Span]) -> list[Span]:
    """Drains: each point empties along the shortest way to an outlet; inverts rise 1.2 ‰ upstream from there."""
    beside: dict[Spot, list[tuple[Spot, str]]] = defaultdict(list)
    for a, b, name in spans:
        beside[a].append((b, name))
        beside[b].append((a, name))
    invert: dict[Spot, float] = {}
    falls: list[Span] = []
    queue: list[tuple[float, Spot, Spot, str]] = []  # level, place, what it empties into, street
    for outlet in net.outlets:
        key = min(joints, key=lambda spot: math.dist(spot, outlet))
        heapq.heappush(queue, (round(joints[key].ground - net.depth_m - 1.6, 2), key, key, ""))
    while queue:
        level, key, down, name = heapq.heappop(queue)
        if key in invert:
            continue
        invert[key] = level
        joints[key].depth = round(joints[key].ground - level, 2)
        if down != key:
            falls.append((key, down, name))
        for other, street in beside[key]:
            rise = math.dist(key, other) * 0.0012
            heapq.heappush(queue, (round(level + max(rise, 0.01), 2), other, key, street))
    return falls


def _names(net: Net, joints: dict[Spot, Joint], spans: list[Span]) -> dict[Spot, str]:
    """Survey numbers: the letters of the part and a sequence."""
    used = {end for span in spans for end in span[:2]}
    return {key: f"{net.part}{number:04d}" for number, key in enumerate((key for key in joints if key in used), 1)}


def _node(net: Net, code: str, joint: Joint, met: int) -> Thing:
    """A point: an appendage (a well) at crossings and along drains, else the feature its number of pipes makes it."""
    feature = {1: "盖堵", 2: "直线点", 3: "三通"}.get(met, "四通")
    appendage = net.well if net.well and (net.outlets or joint.crossing) else ""
    properties = {
        "code": code, "category": net.category, "小类": net.part,
        "feature": "" if appendage else feature, "appendage": appendage,
        "feature_code": net.point_codes.get(appendage or feature, ""),
        "ground_m": joint.ground, "depth_m": joint.depth, "owner": net.owner, "built_year": 2016,
        "well_depth_m": round(joint.depth + 0.3, 2) if appendage else None,
    }  # fmt: skip
    return Thing(f"node-{code}", joint.spot, properties)


def _pipe(net: Net, number: int, span: Span, joints: dict[Spot, Joint], names: dict[Spot, str]) -> Thing:
    """A pipe between two points, its ends at their depths, its third dimension the elevation of the pipe."""
    a, b = joints[span[0]], joints[span[1]]
    top, bottom = round(a.ground - a.depth, 2), round(b.ground - b.depth, 2)
    size, section = net.size
    properties = {
        "code": f"{net.part}-{number:04d}", "start": names[span[0]], "end": names[span[1]],
        "category": net.category, "小类": net.part, "feature_code": net.line_code, "material": net.material,
        "burial": net.burial, "状态": "0", "diameter_mm": size or None, "section": section,
        "start_depth_m": a.depth, "end_depth_m": b.depth, "start_elevation_m": top, "end_elevation_m": bottom,
        "owner": net.owner, "built_year": 2016, "road": span[2],
    }  # fmt: skip
    line = LineString([(a.spot.x, a.spot.y, top), (b.spot.x, b.spot.y, bottom)])
    return Thing(f"pipe-{net.part}-{number:04d}", line, properties)


FINDINGS = (
    ("YS", "blockage", "serious", "处理中", "雨水管淤积过半,汛前须清掏"),
    ("YS", "overflow", "moderate", "待处理", "强降雨时井口冒溢"),
    ("WS", "misconnection", "moderate", "待处理", "疑似沿街商户污水接入雨水井"),
    ("WS", "blockage", "minor", "已处理", "油脂堵塞,已疏通"),
    ("RQ", "hazard", "serious", "处理中", "阀门井内检出可燃气体,加密巡查"),
    ("JS", "leak", "moderate", "已处理", "接口渗漏,已更换"),
    ("DL", "built-over", "minor", "待处理", "排管上方堆放物料"),
)


def finding_things(pipes: list[Thing]) -> list[Thing]:
    """A few things found wrong, each in the middle of a pipe."""
    return [Thing(f"finding-{number:02d}", *found) for number, found in enumerate(_findings(pipes), 1)]


def _findings(pipes: list[Thing]) -> Iterator[tuple[Point, dict[str, str]]]:
    for number, (part, kind, severity, state, note) in enumerate(FINDINGS, 1):
        own = [pipe for pipe in pipes if part in (pipe.properties["小类"], pipe.properties["category"])]
        pipe = own[len(own) * number // (len(FINDINGS) + 1)]
        middle = substring(pipe.shape, 0.5, 0.5, normalized=True)
        yield Point(middle.x, middle.y), {
            "code": f"YH-{number:03d}", "kind": kind, "severity": severity, "state": state, "note": note,
            "found_on": f"2025-0{number}-15", "segment": pipe.properties["code"],
        }  # fmt: skip
