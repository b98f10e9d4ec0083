"""The ground between the main streets, divided by smaller ones until the town has the segments it was ordered with."""

from __future__ import annotations

import math
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from random import Random

from shapely import LineString, Point, Polygon
from shapely.ops import split

from data.town import places, plan
from data.town.places import Place
from data.town.plane import lines, long_axis, polygons
from data.town.streets import Street, bound, edges_of

# Square metres of an ordinary block.
TARGETS = {"old": 9_000.0, "works": 60_000.0, "tall": 17_000.0, "urban": 19_000.0, "rural": 150_000.0}
MOST = 70_000.0  # square metres, for a place that shares its block
SPREADING = ("cemetery", "utility", "industrial", "residential")
FIELDS = ("farmland", "farmland", "farmland", "forest", "orchard", "meadow", "village")


@dataclass(frozen=True, slots=True)
class Cut:
    """A street across the piece `number`, which becomes two new pieces at the end of the list."""

    number: int
    parts: tuple[Polygon, Polygon]
    rank: int
    line: LineString


def belt(shape: Polygon) -> str:
    """Which part of town this is."""
    spot = shape.representative_point()
    for part, circles in (("old", places.OLD_TOWN), ("works", places.WORKS_TOWN), ("tall", places.TALL_TOWN)):
        if any(math.dist(spot.coords[0], middle) < reach for middle, reach in circles):
            return part
    return "rural" if shape.distance(bound().exterior) < 1 else "urban"


def whole(shape: Polygon) -> bool:
    """Whether a place that stays in one piece lies here."""
    return any(shape.contains(Point(place.spot)) for place in (*places.PLACES, *places.ESTATES) if place.whole)


def cut_up(ground: list[Polygon], rng: Random) -> list[Cut]:
    """All the cuts there could be, those of the blocks most too large first."""
    waiting = [(-face.area / TARGETS[belt(face)], number, 4, face) for number, face in enumerate(ground)]
    waiting = [entry for entry in waiting if not whole(entry[3])]
    heapify(waiting)
    found: list[Cut] = []
    while waiting:
        excess, number, rank, face = heappop(waiting)
        if -excess < 1.25:
            break
        line = cross_cut(face, rng)
        parts = polygons(split(face, line), 1500)
        if len(parts) != 2:
            continue
        street = max(lines(line.intersection(face)), key=lambda part: part.length)
        first = len(ground) + 2 * len(found)
        found.append(Cut(number, (parts[0], parts[1]), rank, street))
        for offset, part in enumerate(parts):
            heappush(waiting, (-part.area / TARGETS[belt(part)], first + offset, 5, part))
    return found


def cross_cut(block: Polygon, rng: Random) -> LineString:
    """A slightly bent line across a block, near its middle, nearly square to its longer axis."""
    angle, length, _ = long_axis(block)
    middle = block.centroid
    shift = rng.uniform(-0.12, 0.12) * length
    turn = angle + math.pi / 2 + math.radians(rng.uniform(-9, 9))
    x, y = middle.x + shift * math.cos(angle), middle.y + shift * math.sin(angle)
    bend = rng.uniform(-12, 12)
    spots = [(-1200.0, 0.0), (-90.0, -bend), (0.0, bend), (90.0, bend / 2), (1200.0, 0.0)]
    return LineString(
        (x + t * math.cos(turn) - s * math.sin(turn), y + t * math.sin(turn) + s * math.cos(turn)) for t, s in spots
    )


def parcel(ground: list[Polygon], mains: list[Street], rng: Random) -> tuple[list[Polygon], list[Street]]:
    """The pieces and the streets between them: as many cuts as the ordered number of segments allows."""
    cuts = cut_up(ground, rng)
    small = lanes(cuts, len(mains))

    def segments(count: int) -> int:
        return sum(edge.street.rank <= 5 for edge in edges_of([*mains, *small[:count]]))

    low, high = 0, len(cuts)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if segments(middle) <= plan.SEGMENTS else (low, middle - 1)
    pieces = dict(enumerate([*ground, *(part for cut in cuts[:low] for part in cut.parts)]))
    for cut in cuts[:low]:
        del pieces[cut.number]
    return list(pieces.values()), small[:low]


def lanes(cuts: list[Cut], count: int) -> list[Street]:
    """The cuts as named streets: longer ones 路, shorter ones 巷."""
    names = (*plan.LANES, *plan.MORE_LANES, *[""] * len(cuts))
    found = []
    for number, (cut, name) in enumerate(zip(cuts, names, strict=False), count + 1):
        ending = "路" if cut.rank == 4 and cut.line.length > 180 else "街" if cut.rank == 4 else "巷"
        found.append(Street(number, name + ending if name else "", "", cut.rank, cut.line))
    return found


def purposes(pieces: list[Polygon], rng: Random) -> list[tuple[str, str]]:
    """Kind and name of every block: the places drawn by hand first, then what its part of town is made of."""
    taken: dict[int, tuple[str, str]] = {}
    for place in sorted((*places.PLACES, *places.ESTATES), key=lambda place: not place.whole):
        taken[nearest(place, pieces, taken)] = (place.kind, place.name)
    for number, piece in enumerate(pieces):
        if number not in taken:
            taken[number] = (ordinary(piece, rng), "")
    return [taken[number] for number in range(len(pieces))]


def nearest(place: Place, pieces: list[Polygon], taken: dict[int, tuple[str, str]]) -> int:
    """The free piece nearest to the spot of a place that is large enough for it."""
    spot = Point(place.spot)
    most = math.inf if place.whole or place.kind in SPREADING else MOST
    free = [number for number, piece in enumerate(pieces) if number not in taken and place.least <= piece.area <= most]
    return min(free, key=lambda number: (pieces[number].distance(spot), -pieces[number].area))


def ordinary(piece: Polygon, rng: Random) -> str:
    """What stands on a block that nobody gave a purpose."""
    part = belt(piece)
    if part == "rural":
        return rng.choice(FIELDS)
    if part == "works":
        return rng.choice(("industrial", "industrial", "warehouse"))
    if part == "tall":
        return rng.choice(("towers", "commercial", "terrace"))
    return "old" if part == "old" else rng.choice(("terrace", "terrace", "terrace", "terrace", "towers", "commercial"))
