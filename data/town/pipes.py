"""What lies under the streets: nets that follow the street graph, each a little aside of the middle and at its depth.

A net is the street graph moved by one vector, so that mains of every kind run beside each other and still meet at
crossings. Drains fall to their outlets and nowhere rise; every end obeys ground = depth + elevation of the pipe.
"""

from __future__ import annotations

import heapq
import math
from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import pairwise

from shapely import LineString, Point, prepare

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
    slope: float = 0.001


WATER = {"三通": "51042102", "四通": "51042103", "盖堵": "51042113", "阀门井": "51042205", "弯头": "51042101"}
STORM = {"雨水井": "52012205", "出水口": "52012105"}
SEWER = {"污水井": "52022205", "出水口": "52022105"}
NETS = (
    Net("JS", "JP", -5.0, (2, 3), (), "QM", "ZM", (300, ""), 1.2, "51041000", WATER, "示例供水公司", "阀门井"),
    Net("PS", "YS", 2.0, (2, 3), (), "T", "ZM", (800, ""), 3.4, "52011000", STORM, "示例市政管理处", "雨水井",
        ((-1400, 110), (-250, -95), (-300, 100), (560, -70), (620, 130), (20, 195), (150, 0), (-722, -97), (858, -140),
         (1560, 30), (1570, -190), (-1390, -80), (1980, 110), (-1930, 220))),
    Net("PS", "WS", -2.0, (2, 3), (), "PVC", "ZM", (500, ""), 5.8, "52021000", SEWER, "示例市政管理处", "污水井",
        ((1880, -90),), 0.0006),
    Net("RQ", "TR", 5.0, (2,), ("北环路", "菱塘路"), "PE", "ZM", (200, ""), 1.0, "53031000", {}, "示例燃气公司"),
    Net("DL", "GD", 8.0, (2,), ("渡口街",), "TZ", "GK", (0, "600X400"), 0.9, "55011000", {}, "示例供电公司", "人孔"),
    Net("TX", "XX", -8.0, (2,), ("渡口街", "锦帆路"), "GX", "GM", (110, ""), 0.8, "56031000", {},
        "示例通信公司", "手孔"),
    Net("RL", "RS", 11.0, (), ("云汀大道", "西塘大道", "东湖大道"), "G", "GG", (0, "1200X800"), 1.4, "54011000", {},
        "示例热力公司", "小室"),
    Net("GY", "YQ", -11.0, (), ("南外环路",), "G", "ZM", (150, ""), 1.6, "57021000", {}, "示例气体公司", "阀门井"),
    Net("QT", "ZH", 13.0, (), ("东湖大道",), "T", "ZH", (0, "3000X2600"), 5.0, "58011000", {},
        "示例管廊公司", "检修井"),
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
    """Nodes and pipes of every net; what does not hang together with the largest part of its net is not laid."""
    nodes: list[Thing] = []
    pipes: list[Thing] = []
    prepare(layout.river)
    for net in NETS:
        joints, spans = _joints(net, _chains(net, layout), layout)
        spans = _largest(spans)
        spans = _fall(net, joints, spans) if net.outlets else _level(net, joints, spans)
        names = _names(net, joints, spans)
        beside: dict[Spot, list[Spot]] = defaultdict(list)
        for a, b, *_ in spans:
            beside[a].append(b)
            beside[b].append(a)
        nodes += [_node(net, names[key], key, joint, beside[key]) for key, joint in joints.items() if key in names]
        pipes += [_pipe(net, number, span, joints, names) for number, span in enumerate(spans, 1)]
    return nodes, pipes


def _chains(net: Net, layout: Layout) -> list[Edge]:
    """The edges of the streets a net follows."""
    return [edge for edge in layout.named if edge.street.rank in net.ranks or edge.street.name in net.streets]


Span = tuple[Spot, Spot, str, bool]  # from, to, street, under the river


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
        for a, b in pairwise(keys):
            if a != b:
                spans.append((a, b, edge.street.name, bool(layout.river.intersects(LineString([a, b])))))
    return joints, spans


def _largest(spans: list[Span]) -> list[Span]:
    """The spans of the largest part that hangs together."""
    leads: dict[Spot, Spot] = {}

    def root(one: Spot) -> Spot:
        while leads.setdefault(one, one) != one:
            leads[one] = leads[leads[one]]
            one = leads[one]
        return one

    for a, b, *_ in spans:
        leads[root(a)] = root(b)
    sizes = Counter(root(a) for a, *_ in spans)
    main = max(sizes, key=lambda one: (sizes[one], one))
    return [span for span in spans if root(span[0]) == main]


def _level(net: Net, joints: dict[Spot, Joint], spans: list[Span]) -> list[Span]:
    """Pipes under pressure and cables: the same depth everywhere, but for a decimetre."""
    for number, joint in enumerate(joints.values()):
        joint.depth = round(net.depth_m + (number % 5) * 0.05, 2)
    return spans


def _fall(net: Net, joints: dict[Spot, Joint], spans: list[Span]) -> list[Span]:
    """Drains: inverts rise upstream from the nearest outlet along the streets, and every pipe runs downhill."""
    beside: dict[Spot, list[Spot]] = defaultdict(list)
    for a, b, *_ in spans:
        beside[a].append(b)
        beside[b].append(a)
    invert: dict[Spot, float] = {}
    queue: list[tuple[float, Spot]] = []
    for outlet in net.outlets:
        key = min(beside, key=lambda spot: math.dist(spot, outlet))
        heapq.heappush(queue, (round(joints[key].ground - net.depth_m, 2), key))
    while queue:
        level, key = heapq.heappop(queue)
        if key in invert:
            continue
        invert[key] = level
        joints[key].depth = round(joints[key].ground - level, 2)
        for other in beside[key]:
            rise = max(math.dist(key, other) * net.slope, 0.01)
            heapq.heappush(queue, (round(level + rise, 2), other))
    return [(a, b, name, wet) if invert[a] >= invert[b] else (b, a, name, wet) for a, b, name, wet in spans]


def _names(net: Net, joints: dict[Spot, Joint], spans: list[Span]) -> dict[Spot, str]:
    """Survey numbers: the letters of the part and a sequence."""
    used = {end for a, b, *_ in spans for end in (a, b)}
    return {key: f"{net.part}{number:04d}" for number, key in enumerate((key for key in joints if key in used), 1)}


def _node(net: Net, code: str, key: Spot, joint: Joint, met: list[Spot]) -> Thing:
    """A point: an appendage (a well) at crossings and along drains, else the feature its pipes make it."""
    feature = {1: "盖堵", 2: "直线点", 3: "三通", 4: "四通"}.get(len(met), "五通")
    if len(met) == 2 and _bends(met[0], key, met[1]):
        feature = "弯头" if net.category == "JS" else "转折点"
    appendage = net.well if net.well and (net.outlets or joint.crossing) else ""
    if feature == "五通" or (feature == "盖堵" and net.category == "QT"):
        appendage = net.well or "检修井"
    properties = {
        "code": code, "category": net.category, "小类": net.part,
        "feature": "" if appendage else feature, "appendage": appendage,
        "feature_code": net.point_codes.get(appendage or feature, ""),
        "ground_m": joint.ground, "depth_m": joint.depth, "owner": net.owner, "built_year": 2016,
        "well_depth_m": round(joint.depth + 0.3, 2) if appendage else None,
    }  # fmt: skip
    return Thing(f"node-{code}", joint.spot, properties)


def _bends(before: Spot, here: Spot, after: Spot) -> bool:
    """Whether a line turns by more than eight degrees."""
    turn = math.atan2(here[1] - before[1], here[0] - before[0]) - math.atan2(after[1] - here[1], after[0] - here[0])
    return abs((turn + math.pi) % (2 * math.pi) - math.pi) > math.radians(8)


def _pipe(net: Net, number: int, span: Span, joints: dict[Spot, Joint], names: dict[Spot, str]) -> Thing:
    """A pipe between two points, its ends at their depths, its third dimension the elevation of the pipe."""
    a, b = joints[span[0]], joints[span[1]]
    top, bottom = round(a.ground - a.depth, 2), round(b.ground - b.depth, 2)
    size, section = net.size
    properties = {
        "code": f"{net.part}-{number:04d}", "start": names[span[0]], "end": names[span[1]],
        "category": net.category, "小类": net.part, "feature_code": net.line_code, "material": net.material,
        "burial": "SX" if span[3] else net.burial, "状态": "0", "diameter_mm": size or None, "section": section,
        "start_depth_m": a.depth, "end_depth_m": b.depth, "start_elevation_m": top, "end_elevation_m": bottom,
        "owner": net.owner, "built_year": 2016, "road": span[2],
    }  # fmt: skip
    line = LineString([(a.spot.x, a.spot.y, top), (b.spot.x, b.spot.y, bottom)])
    return Thing(f"pipe-{net.part}-{number:04d}", line, properties)
