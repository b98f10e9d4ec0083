"""The ground plan: water, streets and blocks, each block with a purpose, before anything is built."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from random import Random

import numpy as np
import shapely
from shapely import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.ops import nearest_points

from data.town import plan
from data.town.plane import curve, lines, long_axis, polygons
from data.town.streets import Edge, Street, bound, divide, edges_of, faces, main_streets, pavement, trimmed

TARGETS = {"old": 10_000.0, "residential": 23_000.0, "rural": 90_000.0}


@dataclass(frozen=True, slots=True)
class Block:
    """Ground between streets and drives; `piece` numbers what only streets cut, so that an estate is one thing."""

    piece: int
    kind: str
    name: str
    shape: Polygon
    angle: float


@dataclass(frozen=True, slots=True)
class Layout:
    """What everything else is placed on."""

    town: Polygon
    river_line: LineString
    canal_line: LineString
    river: BaseGeometry
    canal: BaseGeometry
    pond: BaseGeometry
    edges: list[Edge]
    named: list[Edge]  # streets with names, cut only where they meet each other
    blocks: list[Block]
    banks: list[Polygon] = field(default_factory=list)

    @property
    def water(self) -> BaseGeometry:
        """All water as one shape."""
        return shapely.union_all([self.river, self.canal, self.pond])


def lay_out(rng: Random) -> Layout:
    """The ground plan of the town."""
    town = bound()
    river_line, canal_line = curve(plan.RIVER), curve(plan.CANAL)
    river = wide(river_line, plan.RIVER_WIDTHS).intersection(town)
    canal = canal_line.buffer(9.5).intersection(town).difference(river)
    pond = Polygon(curve((*plan.POND, plan.POND[0]), 6))
    water = shapely.union_all([river, canal])
    mains = trimmed(main_streets(river_line, canal_line))
    ground: list[Polygon] = []
    banks: list[Polygon] = []
    for face in faces([*(edge.line for edge in edges_of(mains)), town.exterior]):
        (banks if face.intersection(water).area > 0.12 * face.area else ground).append(face)
    pieces, cuts = parcel(ground, rng)
    streets = [*mains, *lanes(cuts, len(mains))]
    kinds = purposes(pieces, rng)
    drives = [drive(piece, rng) for piece, (kind, _) in zip(pieces, kinds, strict=True) if kind == "residential"]
    streets += [Street(len(streets) + number, "", "", 6, line) for number, line in enumerate(filter(None, drives), 1)]
    walks = footways(pieces, kinds, river_line, pond, town)
    streets += [Street(len(streets) + number, name, "", 7, line) for number, (name, line) in enumerate(walks, 1)]
    edges = edges_of(streets)
    taken = shapely.union_all([pavement([edge for edge in edges if edge.street.rank < 7]), water, pond])
    blocks = [
        Block(number, kind, name, left, long_axis(left)[0])
        for number, (piece, (kind, name)) in enumerate(zip(pieces, kinds, strict=True), 1)
        for left in polygons(piece.difference(taken).buffer(-2).buffer(2, join_style="mitre"), 600)
    ]
    named = edges_of([street for street in streets if street.rank <= 5])
    return Layout(town, river_line, canal_line, river, canal, pond, edges, named, blocks, banks)


def wide(line: LineString, widths: tuple[int, ...]) -> Polygon:
    """A ribbon along a line whose width runs through the given widths."""
    left, right = [], []
    for share in np.linspace(0, 1, 120):
        here, ahead = (line.interpolate(min(share + step, 1), normalized=True) for step in (0, 0.004))
        behind = line.interpolate(max(share - 0.004, 0), normalized=True)
        dx, dy = ahead.x - behind.x, ahead.y - behind.y
        size = math.hypot(dx, dy)
        half = float(np.interp(share * (len(widths) - 1), range(len(widths)), widths)) / 2
        left.append((here.x - dy / size * half, here.y + dx / size * half))
        right.append((here.x + dy / size * half, here.y - dx / size * half))
    return Polygon([*left, *reversed(right)]).buffer(0).simplify(0.5)


def parcel(ground: list[Polygon], rng: Random) -> tuple[list[Polygon], list[tuple[int, LineString]]]:
    """The ground divided by smaller streets; places that stay whole and the country are left large."""
    whole = [Point(place.spot) for place in plan.PLACES if place.whole]
    pieces: list[Polygon] = []
    cuts: list[tuple[int, LineString]] = []
    for face in ground:
        if any(face.contains(spot) for spot in whole):
            pieces.append(face)
            continue
        more, deeper = divide(face, TARGETS[belt(face)], rng)
        pieces += more
        cuts += deeper
    return pieces, cuts


def belt(shape: Polygon) -> str:
    """Which part of town this is: old, residential or rural."""
    spot = shape.representative_point()
    if any(math.dist(spot.coords[0], middle) < reach for middle, reach in plan.OLD_TOWN):
        return "old"
    return "rural" if shape.distance(bound().exterior) < 1 and not inner(spot) else "residential"


def inner(spot: Point) -> bool:
    """Whether a spot is far enough from the edge of the town to be built on."""
    return float(spot.distance(bound().exterior)) > 130


def purposes(pieces: list[Polygon], rng: Random) -> list[tuple[str, str]]:
    """Kind and name of every block: the places of the plan first, estates by their names, old streets, the country."""
    taken: dict[int, tuple[str, str]] = {}
    for place in plan.PLACES:
        free = [number for number in range(len(pieces)) if number not in taken]
        nearest = min(free, key=lambda number: pieces[number].distance(Point(place.spot)))
        taken[nearest] = (place.kind, place.name)
    estates = iter(plan.ESTATES)
    for number, piece in enumerate(pieces):
        if number in taken:
            continue
        part = belt(piece)
        if part == "rural":
            taken[number] = (rng.choice(("farmland", "farmland", "forest", "orchard", "meadow")), "")
        else:
            taken[number] = ("old", "") if part == "old" else ("residential", next(estates, ""))
    return [taken[number] for number in range(len(pieces))]


def lanes(cuts: list[tuple[int, LineString]], count: int) -> list[Street]:
    """The cuts as named streets: longer ones 路, shorter ones 巷."""
    found = []
    for number, ((rank, line), name) in enumerate(zip(cuts, (*plan.LANES, *[""] * len(cuts)), strict=False), 1):
        ending = "路" if rank == 4 and line.length > 180 else "街" if rank == 4 else "巷"
        found.append(Street(count + number, name + ending if name else "", "", rank, line))
    return found


def drive(block: Polygon, rng: Random) -> LineString | None:
    """A lane through an estate, along its longer axis; None where it would be too short to need one."""
    angle, length, width = long_axis(block)
    if length < 110 or width < 70:
        return None
    middle, bend = block.centroid, rng.uniform(-6, 6)
    cos, sin = math.cos(angle), math.sin(angle)
    spots = [(-500.0, 0.0), (-40.0, bend), (40.0, -bend), (500.0, 0.0)]
    through = LineString((middle.x + t * cos - s * sin, middle.y + t * sin + s * cos) for t, s in spots)
    inside = lines(through.intersection(block), 40)
    return max(inside, key=lambda part: part.length) if inside else None


def footways(
    pieces: list[Polygon], kinds: list[tuple[str, str]], river: LineString, pond: Polygon, town: Polygon
) -> list[tuple[str, BaseGeometry]]:
    """Promenades on both banks, the footbridge, rings and gates of the parks."""
    found: list[tuple[str, BaseGeometry]] = []
    for name, offset in (("北岸步道", 66.0), ("南岸步道", -64.0)):
        found.append((name, river.offset_curve(offset).simplify(1.5).intersection(town)))
    found.append(("云汀步行桥", LineString(plan.FOOTBRIDGE)))
    for piece, (kind, _) in zip(pieces, kinds, strict=True):
        if kind not in ("park", "plaza"):
            continue
        found += [("", walk) for walk in park_walks(piece, pond)]
    if not pond.is_empty:
        found.append(("莲塘环路", pond.buffer(9).simplify(1.5).exterior))
    return found


def park_walks(park: Polygon, pond: Polygon) -> list[LineString]:
    """A ring inside the fence, gates to it, and two curved walks across; none through the pond."""
    rings = polygons(park.buffer(-34).buffer(12).simplify(2), 3000)
    if not rings:
        return []
    ring = max(rings, key=lambda part: part.area)
    walks = [LineString(ring.exterior)]
    for share in (0.1, 0.37, 0.6, 0.86):
        gate = park.exterior.interpolate(share, normalized=True)
        walks.append(LineString([gate, nearest_points(gate, ring.exterior)[1]]))
    if park.area > 30_000:
        middle = ring.centroid
        for share in (0.05, 0.3):
            a, b = (ring.exterior.interpolate((share + half) % 1, normalized=True) for half in (0, 0.5))
            bend = (middle.x + 0.18 * (b.y - a.y), middle.y - 0.18 * (b.x - a.x))
            across = curve([(a.x, a.y), bend, (b.x, b.y)])
            walks += lines(across.intersection(ring).difference(pond.buffer(9)), 15)
    return walks
