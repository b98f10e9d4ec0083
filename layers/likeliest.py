"""In which order things found by name are told, each once: what bears the name before what only begins so.

Who types a street means the street, then where another crosses it near by; its stretches by code and the plates that
bear its name come last.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from gis.degrees import metres

MEANT = ("areas", "roads", "facilities", "works", "fences", "buildings", "segments", "addresses", "water", "landuse")
"""Whose bearer of a name is meant first: a market is sought, neither its hall nor the ground that it stands on."""
PLATES = {"street-sign", "qr-plate"}
"""Kinds of facility that are called after what they stand at."""
CROSSINGS, STREETS = 4, 2
"""As many crossings of a street come before what else is called after it; of streets half typed, before all else."""
HOUSES = {"addresses", "buildings"}
ROOMS = "rooms"
"""Many bear one number: each is told with the house that it is in."""
SAME_M = 300.0
NEAR, OTHER, LAST = range(3)
Hit = dict[str, Any]


def ordered(hits: list[Hit]) -> list[Hit]:
    """The likeliest first: exact, leading, then holding; of these the nearest."""
    streets = [hit["title"] for hit in hits if hit["layer"] == "roads" and hit["match"] == 0]
    first = _first(sorted(hits, key=lambda hit: hit["distance"]), streets)

    def place(hit: Hit) -> tuple[int, int, float]:
        if hit["layer"] == "facilities" and hit["subtitle"] in PLATES:
            return max(hit["match"], 1), LAST, hit["distance"]
        if hit["match"] == 0 and (not streets or hit["layer"] in ("areas", "roads")):
            return 0, MEANT.index(hit["layer"]) if hit["layer"] in MEANT else len(MEANT), hit["distance"]
        if (hit["layer"], hit["id"]) in first:
            return 1, NEAR, hit["distance"]
        return max(hit["match"], bool(streets)), LAST if hit["layer"] == "segments" else OTHER, hit["distance"]

    return sorted(hits, key=place)


def _first(hits: list[Hit], streets: list[str]) -> set[tuple[str, int]]:
    """The crossings of the street that was typed; while that is typed, the streets that it may become."""
    if streets:
        likely = [hit for hit in hits if _crosses(hit, streets[0])][:CROSSINGS]
    else:
        likely = [hit for hit in hits if hit["layer"] == "roads" and hit["match"] == 1][:STREETS]
    return {(hit["layer"], hit["id"]) for hit in likely}


def _crosses(hit: Hit, street: str) -> bool:
    name = hit["subtitle"] or hit["title"]
    return hit["layer"] == "addresses" and street in name and name.endswith("路口")


def each_once(hits: Iterable[Hit]) -> list[Hit]:
    """Return the hits without what was said before: a row that two registers write differently, a name that a layer has
    already, and what bears the whole name that was typed where the one that is meant stands."""
    once: dict[tuple[str, str, str], Hit] = {}
    rows: set[tuple[str, int]] = set()
    titled: defaultdict[str, list[Hit]] = defaultdict(list)
    for hit in hits:
        row = hit["layer"], hit["id"]
        key = hit["layer"], hit["title"], hit["subtitle"] if hit["layer"] == ROOMS else ""
        if row not in rows and key not in once and not any(_same(hit, other) for other in titled[hit["title"]]):
            once[key] = hit
            titled[hit["title"]].append(hit)
        rows.add(row)
    return list(once.values())


def _same(hit: Hit, other: Hit) -> bool:
    """Whether two of one title both bear the whole name, or are a house and its door, and stand in one place."""
    if hit["match"] != other["match"]:
        return False
    if hit["match"] and {hit["layer"], other["layer"]} != HOUSES:
        return False
    if hit["layer"] == other["layer"] == ROOMS and hit["subtitle"] != other["subtitle"]:
        return False
    return metres((hit["lon"], hit["lat"]), (other["lon"], other["lat"])) < SAME_M
