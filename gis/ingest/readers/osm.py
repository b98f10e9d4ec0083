"""OpenStreetMap XML and PBF: the subject decides which objects are taken and which of their tags become columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import osmium
import shapely
from osmium.filter import KeyFilter
from osmium.geom import WKBFactory

from gis.errors import Invalid
from gis.ingest.readers.plain import cut
from gis.ingest.readers.source import ROWS, Ask, Batch, Source

Row = tuple[dict[str, str], str, bytes | None]
"""Tags, the object's id as written ("way/123"), its shape."""

ROADS = ("highway",)
PLACES = ("amenity", "shop", "tourism", "leisure", "public_transport", "emergency", "man_made", "office", "historic")
STREET_THINGS = frozenset({"bus_stop", "street_lamp", "traffic_signals", "crossing", "elevator", "toll_booth"})
NOT_LAND = frozenset({"water", "bay", "coastline", "reservoir", "basin", "tree", "tree_row", "cliff", "peak"})


@dataclass(frozen=True, slots=True)
class Extract:
    """What a subject takes: objects with one of `keys`, as `shapes`, if `wanted`; `columns` are the tags it may map."""

    keys: tuple[str, ...]
    shapes: frozenset[str]
    columns: tuple[str, ...]
    wanted: Callable[[dict[str, str]], bool] = lambda tags: True
    split: bool = False


ADMIN_LEVELS = {"4": "省", "5": "市", "6": "区县", "8": "街道", "10": "社区"}
NAMES = ("name", "name:zh", "name:en")
ADDRESS = ("addr:street", "addr:housenumber", "addr:housename", "addr:unit", "addr:district", "addr:city", "addr:place")


def is_road(tags: dict[str, str]) -> bool:
    """A way to go along, not a square drawn as an area."""
    return tags.get("area") != "yes" and tags["highway"] not in ("proposed", "construction", "platform", "rest_area")


def is_facility(tags: dict[str, str]) -> bool:
    """A thing people look for; of `highway` only what stands at the street."""
    return any(key in tags for key in PLACES) or tags.get("highway") in STREET_THINGS


def is_water(tags: dict[str, str]) -> bool:
    """Standing or flowing water, without dams and weirs."""
    flowing = tags.get("waterway") in ("river", "canal", "stream", "ditch", "drain", "riverbank", "dock")
    return flowing or tags.get("natural") == "water" or tags.get("landuse") in ("reservoir", "basin")


def is_land(tags: dict[str, str]) -> bool:
    """Ground with a use, not water."""
    return not is_water(tags) and tags.get("natural") not in NOT_LAND


ROAD_TAGS = (*NAMES, "highway", "oneway", "tunnel", "bridge", "ref", "lanes", "maxspeed", "surface")
EXTRACTS = {
    "roads": Extract(ROADS, frozenset({"line"}), ROAD_TAGS, is_road),
    "segments": Extract(ROADS, frozenset({"line"}), ROAD_TAGS, is_road, split=True),
    "buildings": Extract(
        ("building",),
        frozenset({"area"}),
        (*NAMES, "building", "building:levels", "building:levels:underground", "height", "start_date", *ADDRESS, "ref"),
        lambda tags: tags["building"] != "no",
    ),
    "addresses": Extract(("addr:housenumber",), frozenset({"node", "middle"}), (*NAMES, *ADDRESS)),
    "facilities": Extract(
        (*PLACES, "highway"),
        frozenset({"node", "middle"}),
        (*NAMES, *PLACES, "highway", *ADDRESS, "phone", "opening_hours", "operator", "capacity", "ref"),
        is_facility,
    ),
    "landuse": Extract(
        ("landuse", "leisure", "natural"), frozenset({"area"}), (*NAMES, "landuse", "leisure", "natural"), is_land
    ),
    "water": Extract(
        ("natural", "waterway", "landuse"),
        frozenset({"area", "line"}),
        (*NAMES, "waterway", "water", "natural", "landuse"),
        is_water,
    ),
    "areas": Extract(
        ("boundary",),
        frozenset({"area"}),
        (*NAMES, "level", "ref"),
        lambda tags: tags["boundary"] == "administrative" and tags.get("admin_level") in ADMIN_LEVELS,
    ),
}


def layers(path: Path) -> list[str]:
    """An extract gives every subject its own layer."""
    return list(EXTRACTS)


@contextmanager
def opened(path: Path, ask: Ask) -> Iterator[Source]:
    """Open an extract for one subject; Invalid when the file is cut off or the subject has no OSM counterpart."""
    extract = EXTRACTS.get(ask.subject)
    if extract is None:
        listed = " ".join(EXTRACTS)
        raise Invalid(
            f"OSM 文件里没有 {ask.subject} 这类数据，可导入：{listed}。 "
            f"An OSM file holds no {ask.subject}; it can give {listed}."
        )
    fields = ("osm_id", *extract.columns)
    yield Source(ask.subject, "EPSG:4326", fields, batches(path, extract))


def batches(path: Path, extract: Extract) -> Iterator[Batch]:
    """The wanted objects as columns of tags; a damaged file ends the import."""
    number = 1
    found = rows(path, extract)
    while True:
        try:
            block = list(islice(found, ROWS))
        except RuntimeError as error:  # what osmium raises for anything wrong in a file
            raise cut(path, error) from error
        if not block:
            return
        columns: dict[str, list[Any]] = {name: [tags.get(name) for tags, _, _ in block] for name in extract.columns}
        columns["osm_id"] = [name for _, name, _ in block]
        yield Batch(number, columns, [wkb for _, _, wkb in block])
        number += len(block)


def rows(path: Path, extract: Extract) -> Iterator[Row]:
    """Every wanted object once, in the order of the file: nodes, ways, then areas."""
    meetings = crossings(path, extract) if extract.split else frozenset()
    kinds = extract.shapes
    keep = KeyFilter(*extract.keys)
    stream = osmium.FileProcessor(str(path)).with_locations()
    if kinds & {"area", "middle"}:
        stream = stream.with_areas(keep)
    factory = WKBFactory()
    thing: Any
    for thing in stream.with_filter(keep):
        tags = dict(thing.tags)
        if not any(key in tags for key in extract.keys) or not extract.wanted(tags):
            continue
        if "admin_level" in tags:
            tags["level"] = ADMIN_LEVELS.get(tags["admin_level"], "")
        if thing.is_node() and "node" in kinds:
            yield tags, f"node/{thing.id}", drawn(factory.create_point, thing)
        elif thing.is_way() and "line" in kinds and not (thing.is_closed() and "area" in kinds):
            yield from pieces(thing, tags, meetings) if extract.split else [whole(thing, tags)]
        elif thing.is_area() and kinds & {"area", "middle"}:
            yield area(factory, thing, tags, middle="middle" in kinds)


def drawn(create: Callable[[Any], str], thing: Any) -> bytes | None:
    """The WKB of an object, or an empty shape where the extract lacks its nodes."""
    try:
        return bytes.fromhex(create(thing))
    except (RuntimeError, osmium.InvalidLocationError):
        return b""


def whole(way: Any, tags: dict[str, str]) -> Row:
    """A way as one line, through those of its nodes that the extract holds."""
    places = [(node.lon, node.lat) for node in way.nodes if node.location.valid()]
    wkb = bytes(shapely.to_wkb(shapely.linestrings(places))) if len(places) > 1 else b""
    return tags, f"way/{way.id}", wkb


def area(factory: Any, thing: Any, tags: dict[str, str], middle: bool) -> Row:
    """A closed way or multipolygon relation as its outline, or as a point inside it."""
    kind = "way" if thing.from_way() else "relation"
    wkb = drawn(factory.create_multipolygon, thing)
    if middle and wkb:
        wkb = bytes(shapely.to_wkb(shapely.point_on_surface(shapely.from_wkb(wkb))))
    return tags, f"{kind}/{thing.orig_id()}", wkb


def crossings(path: Path, extract: Extract) -> frozenset[int]:
    """Nodes that more than one road passes, or one road twice."""
    seen: Counter[int] = Counter()
    way: Any
    try:
        for way in osmium.FileProcessor(str(path), osmium.osm.WAY).with_filter(KeyFilter(*extract.keys)):
            if way.is_way() and extract.wanted(dict(way.tags)):
                seen.update(node.ref for node in way.nodes)
    except RuntimeError as error:
        raise cut(path, error) from error
    return frozenset(node for node, count in seen.items() if count > 1)


def pieces(way: Any, tags: dict[str, str], meetings: frozenset[int]) -> Iterator[Row]:
    """A way as its stretches between crossings, named by the nodes they run between."""
    nodes = [node for node in way.nodes if node.location.valid()]
    start = 0
    for end in range(1, len(nodes)):
        if end < len(nodes) - 1 and nodes[end].ref not in meetings:
            continue
        stretch = nodes[start : end + 1]
        line = shapely.linestrings([(node.lon, node.lat) for node in stretch])
        yield tags, f"way/{way.id}#{stretch[0].ref}-{stretch[-1].ref}", bytes(shapely.to_wkb(line))
        start = end
