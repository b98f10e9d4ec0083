"""Whether shapes would fit what is there clearly better elsewhere: a doubt about their datum, said and never acted on.

Pure: shapes around one place in metres, and by how far each reading of the numbers would move them. A reading must beat
the present one sample by sample, and so must not any equally long move in another direction: chance fits every way.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

import numpy as np
import shapely

from gis.crs import Move, bd09_to_wgs84, gcj02_to_wgs84, wgs84_to_bd09, wgs84_to_gcj02
from gis.degrees import METRES

Vector: TypeAlias = tuple[float, float]
Relation = Literal["same", "along", "inside", "clear"]
Kind = Literal["datum", "offset", "place"]

FEWEST = 25  # samples
SURE, SURER = 5.0, 3.0  # standard deviations of a fair coin: against what is there, and against any other direction
FAR = {"same": 2000.0, "along": 60.0, "inside": 30.0, "clear": 1.0}
"""What a sample can cost at most, metres; beyond that it is not the thing's own neighbour that is measured."""
COVERED = 150.0  # metres: within them something is stored wherever a survey has been
FITTING = 8.0  # metres: a line that lies along another lies no farther from it
REACH, STEP, TRIED = 150.0, 12.0, 100  # metres, and samples a scene, of the search for an offset nobody named


@dataclass(frozen=True, slots=True)
class Doubt:
    """A sentence for people, what it rests on, and the `--crs` that would do it, if any.

    `before` and `after` are metres (medians of an offset, means else), or per cent inside where nothing should be.
    """

    kind: Kind
    zh: str
    en: str
    crs: str = ""
    title: str = ""
    before: float = 0.0
    after: float = 0.0
    samples: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """Points and what they should meet, in metres about `centre` (lon/lat): their own twins (same: an array of points),
    lines or edges (along), the inside of footprints (inside), or no footprint at all (clear).

    `turned`: the points are the stored ones and the shapes came in, so a move goes the other way.
    """

    relation: Relation
    what: tuple[str, str]
    centre: Vector
    points: Any
    shapes: Any
    turned: bool = False
    tree: Any = field(init=False)

    def __post_init__(self) -> None:
        """Index the shapes once: they are asked for again at every move."""
        object.__setattr__(self, "tree", None if self.relation == "same" else shapely.STRtree(self.shapes))

    def moved(self, move: Vector) -> Any:
        """The points after what came in is moved."""
        return shapely.points(shapely.get_coordinates(self.points) + np.array(move) * (-1 if self.turned else 1))

    def covered(self, move: Vector) -> Any:
        """Which points have anything near them, before and after a move: to move to or from where nobody has surveyed
        proves nothing."""
        if self.relation == "same":
            return np.ones(len(self.points), dtype=bool)
        mask = np.ones(len(self.points), dtype=bool)
        for points in (self.points, self.moved(move)):
            near = np.zeros(len(mask), dtype=bool)
            near[self.tree.query_nearest(points, max_distance=COVERED, all_matches=False)[0]] = True
            mask &= near
        return mask

    def costs(self, move: Vector) -> Any:
        """What each point costs when what came in is moved: metres, or 1 for a point where none should be."""
        moved = self.moved(move)
        if self.relation == "same":
            far = shapely.distance(moved, self.shapes)
        else:
            (rows, _), found = self.tree.query_nearest(
                moved, max_distance=FAR[self.relation], all_matches=False, return_distance=True
            )
            far = np.full(len(moved), np.inf)
            far[rows] = found
        if self.relation == "clear":
            return (far <= 0).astype(float)
        return np.minimum(far, FAR[self.relation])


def flat(shapes: Any, centre: Vector) -> Any:
    """Shapes in degrees as metres east and north of a place, true enough within some kilometres."""
    scale = METRES * math.cos(math.radians(centre[1])), METRES
    return shapely.transform(shapely.force_2d(shapes), lambda pairs: (pairs - centre) * scale)


def pieces(shapes: Any) -> Any:
    """Lines and outlines as single straight pieces, among which the nearest is found fast; points as they are."""
    lines = np.where(shapely.get_dimensions(shapes) == 2, shapely.boundary(shapes), shapes)
    if not (shapely.get_dimensions(lines) == 1).all():
        return lines
    pairs, of = shapely.get_coordinates(shapely.get_parts(lines), return_index=True)
    joined = of[1:] == of[:-1]
    return shapely.linestrings(np.stack((pairs[:-1][joined], pairs[1:][joined]), axis=1))


@dataclass(frozen=True, slots=True)
class Reading:
    """Another way to take the numbers: its words, the `--crs` for it, and the two steps from where they lie now."""

    title: tuple[str, str]
    crs: str
    steps: tuple[Move, ...]
    stored: bool = False
    """Whether it is what is there that would be wrong, and not what comes."""

    def move(self, centre: Vector) -> Vector:
        """By how many metres it moves what lies at a place."""
        lon, lat = np.array([centre[0]]), np.array([centre[1]])
        for step in self.steps:
            lon, lat = step(lon, lat)
        east = (float(lon[0]) - centre[0]) * METRES * math.cos(math.radians(centre[1]))
        return east, (float(lat[0]) - centre[1]) * METRES


GCJ, BD = ("GCJ-02（高德、腾讯）", "GCJ-02 (Amap, Tencent)"), ("BD-09（百度）", "BD-09 (Baidu)")
PLAIN = ("CGCS2000/WGS 84", "CGCS2000/WGS 84")
BACK = {"gcj02": (wgs84_to_gcj02,), "bd09": (wgs84_to_bd09,)}
FORTH = {"gcj02": (gcj02_to_wgs84,), "bd09": (bd09_to_wgs84,)}
TITLES = {"gcj02": GCJ, "bd09": BD}


def readings(used: str, degrees: bool) -> list[Reading]:
    """The other datums that numbers may be in which were read as `used`; without `degrees`, --crs cannot say them."""
    others: list[Reading] = []
    for name, forth in FORTH.items():
        if name != used:
            others.append(Reading(TITLES[name], name if degrees else "", (*BACK.get(used, ()), *forth)))
    if used in BACK:
        others.append(Reading(PLAIN, "EPSG:4490", BACK[used]))
    else:
        others += [Reading(TITLES[name], "", back, stored=True) for name, back in BACK.items()]
    return others


def judged(scenes: Sequence[Scene], others: Iterable[Reading]) -> Doubt | None:
    """The reading that the scenes bear out best, if any does clearly; else an offset that nobody named."""
    groups = [group for group in grouped(scenes) if sum(len(scene.points) for scene in group) >= FEWEST]
    best: tuple[float, Doubt] | None = None
    for group in groups:
        for other in others:
            gain = gained(group, other)
            if gain and (best is None or gain[0] > best[0]):
                best = gain[0], said(group, other, *gain[1:])
    return best[1] if best else next((doubt for group in groups if (doubt := offset(group))), None)


def grouped(scenes: Sequence[Scene]) -> list[list[Scene]]:
    """Scenes of one relation to one kind of thing belong together."""
    groups: dict[tuple[str, tuple[str, str]], list[Scene]] = {}
    for scene in scenes:
        if len(scene.points) and len(scene.shapes):
            groups.setdefault((scene.relation, scene.what), []).append(scene)
    return list(groups.values())


def cost(group: Sequence[Scene], moves: Sequence[Vector]) -> Any:
    """What all samples cost under a move a scene."""
    return np.concatenate([scene.costs(move) for scene, move in zip(group, moves, strict=True)])


def gained(group: Sequence[Scene], other: Reading) -> tuple[float, Any, Any] | None:
    """By how many deviations a reading wins, with the costs before and after; None when that is not clear."""
    moves = [other.move(scene.centre) for scene in group]
    mask = np.concatenate([scene.covered(move) for scene, move in zip(group, moves, strict=True)])
    before = cost(group, [(0.0, 0.0)] * len(group))[mask]
    if len(before) < FEWEST or before.sum() < FEWEST / 2 or (group[0].relation != "clear" and before.mean() < 1.0):
        return None  # nothing to mend
    after = cost(group, moves)[mask]
    surely = wins(before, after)
    if surely < SURE or after.mean() > 0.7 * before.mean():
        return None
    if group[0].relation in ("same", "along") and np.median(after) > FITTING:
        return None
    for turn in (1, 2, 3):
        control = cost(group, [turned(move, turn) for move in moves])[mask]
        if wins(control, after) < SURER or after.mean() > 0.8 * control.mean():
            return None
    return surely, before, after


def wins(before: Any, after: Any) -> float:
    """How many standard deviations of a fair coin the second is better more often than the first."""
    better, worse = int((after < before - 0.5).sum()), int((after > before + 0.5).sum())
    return (better - worse) / math.sqrt(better + worse) if better + worse else 0.0


def turned(move: Vector, quarters: int) -> Vector:
    """A move of the same length, by quarters of a turn."""
    for _ in range(quarters):
        move = -move[1], move[0]
    return move


def offset(group: Sequence[Scene]) -> Doubt | None:
    """One move for all that brings things onto their own kind, where they lie beside it: another frame (1954, 1980,
    local) or a slip of the hand. Only things of the same kind can tell."""
    if group[0].relation not in ("same", "along"):
        return None
    before = cost(group, [(0.0, 0.0)] * len(group))
    if np.median(before) < 5 or (group[0].relation == "along" and np.median(before) >= FAR["along"]):
        return None
    move = displaced(group) if group[0].relation == "same" else searched(group)
    after = cost(group, [move] * len(group))
    if np.median(after) > min(3.0, 0.25 * float(np.median(before))) or wins(before, after) < SURE:
        return None
    length, (b, a) = math.hypot(*move), (float(np.median(before)), float(np.median(after)))
    (zh, en), where = group[0].what, f"东 east {move[0]:+.0f} m, 北 north {move[1]:+.0f} m"
    return Doubt(
        "offset",
        f"! 与已有{zh}比较整体偏移约 {length:.0f} m（{where}），平移后偏差中位数由 {b:.1f} m 降为 {a:.1f} m。"
        "可能是 1954、1980 或地方坐标系，参数须由本市在 LOCAL_GRIDS 中配置后用 --crs 指定；本次未作改动。",
        f"Compared with the {en} there, all of it lies about {length:.0f} m off ({where}); moved so, the median "
        f"distance falls from {b:.1f} to {a:.1f} m. Perhaps Beijing 1954, Xian 1980 or a local grid: configure it in "
        "LOCAL_GRIDS and name it with --crs. Nothing was changed.",
        before=b, after=a, samples=len(before),
    )  # fmt: skip


def displaced(group: Sequence[Scene]) -> Vector:
    """The median step from things to their twins."""
    steps = np.concatenate([shapely.get_coordinates(one.shapes) - shapely.get_coordinates(one.points) for one in group])
    east, north = np.median(steps, axis=0)
    return float(east), float(north)


def searched(group: Sequence[Scene]) -> Vector:
    """The move that costs least: first in steps of STEP out to REACH, then finer around the best."""
    group = [replace(scene, points=scene.points[:TRIED]) for scene in group]
    best, reach, step = (0.0, 0.0), REACH, STEP
    while step > 0.5:
        marks = np.arange(-reach, reach + step / 2, step)
        moves = [(best[0] + float(east), best[1] + float(north)) for east in marks for north in marks]
        best = min(moves, key=lambda move: float(cost(group, [move] * len(group)).mean()))
        reach, step = step, step / 4
    return best


def said(group: Sequence[Scene], other: Reading, before: Any, after: Any) -> Doubt:
    """A reading as a doubt in words."""
    (zh, en), (name, name_en) = group[0].what, other.title
    share = group[0].relation == "clear"
    b, a = (float(costs.mean()) * (100 if share else 1) for costs in (before, after))
    fact = f"与已有{zh}的平均偏差由 {b:.1f} m 降为 {a:.1f} m"
    fact_en = f"the mean distance to the {en} there falls from {b:.1f} to {a:.1f} m"
    if share:
        fact = f"与已有{zh}相互穿插的比例由 {b:.1f}% 降为 {a:.1f}%"
        fact_en = f"the share that runs through the {en} there (or is run through) falls from {b:.1f}% to {a:.1f}%"
    if other.stored:
        advice = "可能是已有数据未经改正，请核对两者来源", "perhaps what is there was never corrected: ask both sources"
    elif other.crs:
        advice = f"如属实，请用 --crs {other.crs} 重新导入", f"if so, import it again with --crs {other.crs}"
    else:
        advice = "如属实，请先还原为经纬度再导入", "if so, bring it to degrees of its datum first"
    return Doubt(
        "datum",
        f"! 坐标可能{'与已有数据相差 ' if other.stored else '是 '}{name}：{fact}（{len(before)} 个样点）。"
        f"{advice[0]}；本次未作改动。",
        f"The coordinates may {'differ from what is there by' if other.stored else 'be'} {name_en}: {fact_en} "
        f"({len(before)} samples); {advice[1]}. Nothing was changed.",
        other.crs, name, b, a, len(before),
    )  # fmt: skip
