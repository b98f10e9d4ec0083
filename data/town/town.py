"""The whole town as one value: what a survey would have found, by subject."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from random import Random

from data.town import plan
from data.town.areas import area_things, grid_things, tiles
from data.town.cameras import camera_things
from data.town.components import component_things
from data.town.country import country_things
from data.town.doors import address_things, building_things, number_doors
from data.town.english import english
from data.town.facilities import facility_things
from data.town.fences import Storied, fence_things, storied
from data.town.findings import finding_things
from data.town.ground import landuse_things, micro_gardens, water_things
from data.town.homes import room_things
from data.town.houses import build
from data.town.layout import lay_out
from data.town.markets import market_things, notices
from data.town.people import departments, inspectors
from data.town.pipes import pipe_things
from data.town.plane import Thing
from data.town.public import BUILDERS, name_first
from data.town.rules import Zone, heads, zones
from data.town.streets import road_things, segment_things
from data.town.works import works_things

NAMED = ("roads", "buildings", "facilities", "landuse", "water", "grids", "fences", "works")  # what has an English name


@dataclass(frozen=True, slots=True)
class Town:
    """Features by subject (areas a level each), what comes in tables, and fences with a past, which no file carries."""

    things: dict[str, list[Thing]]
    zones: list[Zone]
    heads: list[tuple[str, int, str, str, str]]
    fences: list[Storied]
    departments: list[tuple[str, str, str, str, str, str]]
    inspectors: list[tuple[str, str, str, str]]


def draw(seed: int = plan.SEED, day: date = plan.DAY) -> Town:
    """The town as founded on a day; the same seed and day give the same town, to the digit."""
    rng = Random(seed)
    layout = lay_out(rng)
    tiled = tiles(layout)
    grids = grid_things(tiled)
    houses = build(layout, rng, BUILDERS)
    name_first(houses)
    number_doors(houses, layout, grids)
    segments = segment_things(layout.named)
    nodes, pipes = pipe_things(layout)
    more = [
        *market_things(houses, rng), *notices(layout), *component_things(layout, houses, nodes, rng),
        *camera_things(layout),
    ]  # fmt: skip
    things = {
        "landuse": [*landuse_things(layout), *micro_gardens(layout, houses)],
        "water": water_things(layout),
        "roads": road_things(layout.edges, layout.water),
        "segments": segments,
        "grids": grids,
        "buildings": building_things(houses),
        "rooms": room_things(houses),
        "addresses": address_things(houses, layout, grids),
        "facilities": facility_things(layout, houses, more, rng),
        "fences": fence_things(layout, day),
        "works": works_things(layout, day),
        "pipe-nodes": nodes,
        "pipes": pipes,
        "pipe-findings": finding_things(pipes),
    }
    for subject, around in country_things(layout, seed).items():
        things[subject] += around
    things |= {f"areas-{number}": level for number, level in enumerate(area_things(tiled), 1)}
    for thing in (thing for subject in (*NAMED, "areas-1", "areas-2", "areas-3") for thing in things[subject]):
        thing.properties["name_en"] = thing.properties.get("name_en") or english(thing.properties.get("name", ""))
    for address in things["addresses"]:  # of its street the import knows the name
        address.properties["estate_en"] = english(address.properties.get("estate", ""))
        address.properties["name_en"] = english(address.properties.get("name", ""))
    return Town(
        things, zones(segments, layout, day), list(heads(segments)), storied(layout, day), list(departments()),
        list(inspectors(grids)),
    )  # fmt: skip
