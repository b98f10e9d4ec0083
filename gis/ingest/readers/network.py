"""EPANET and SWMM models: pipes and nodes out of their shared sectioned text, in metres and millimetres."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shapely

from gis.errors import Invalid
from gis.ingest.readers.plain import cut
from gis.ingest.readers.source import ROWS, Ask, Batch, Source
from gis.ingest.readers.table import encoding

Sections = dict[str, list[list[str]]]
FOOT, INCH = 0.3048, 25.4
US_UNITS = {"CFS", "GPM", "MGD", "IMGD", "AFD"}

NODE_FIELDS: tuple[str, ...] = (
    "code",
    "kind",
    "category",
    "ground_m",
    "depth_m",
    "well_depth_m",
    "feature",
    "appendage",
)
PIPE_FIELDS: tuple[str, ...] = (
    "code", "kind", "category", "start", "end", "diameter_mm", "section", "status",
    "start_elevation_m", "end_elevation_m", "start_depth_m", "end_depth_m",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Node:
    """A node in metres: `bottom` is the invert (SWMM) or the elevation (EPANET), `rim` the ground where known."""

    code: str
    kind: str
    bottom: float | None
    rim: float | None
    depth: float | None = None


def layers(path: Path) -> list[str]:
    """A model gives its nodes and its pipes."""
    return ["pipe-nodes", "pipes"]


@contextmanager
def opened(path: Path, ask: Ask) -> Iterator[Source]:
    """Open a model for `pipes` or `pipe-nodes`; its coordinates are local, so the CRS is never known from the file."""
    if ask.subject not in ("pipes", "pipe-nodes"):
        raise Invalid(
            f"{path.name} 是管网模型，只能导入 pipes 或 pipe-nodes。 "
            f"{path.name} is a network model; it gives pipes or pipe-nodes."
        )
    sections = read(path)
    check_rows(path, sections)
    swmm = any(name in sections for name in ("CONDUITS", "SUBCATCHMENTS", "RAINGAGES"))
    if not swmm and "PIPES" not in sections:
        raise Invalid(f"{path.name} 里没有管段。 {path.name} has no section of pipes.")
    if not swmm and "END" not in sections:
        raise cut(path, "缺少 [END] no [END]")
    options = {row[0].upper(): row[-1].upper() for row in sections["OPTIONS"] if len(row) > 1}
    foot = FOOT if options.get("FLOW_UNITS" if swmm else "UNITS", "CFS" if swmm else "GPM") in US_UNITS else 1.0
    nodes = (swmm_nodes if swmm else epanet_nodes)(sections, foot)
    if ask.subject == "pipe-nodes":
        rows, fields = list(node_rows(nodes, swmm)), NODE_FIELDS
        places = coordinates(sections)
        wkb = [point(places.get(node.code)) for node in nodes.values()]
    else:
        rows = list(swmm_pipes(sections, nodes, foot, options) if swmm else epanet_pipes(sections, nodes, foot))
        fields, wkb = PIPE_FIELDS, lines(sections, rows)
    note = "SWMM" if swmm else "EPANET"
    units = "英制，已换算 (US units, converted)" if foot != 1 else "公制 (SI)"
    yield Source(ask.subject, None, fields, batches(rows, fields, wkb), len(rows), [f"{note}，{units}"])


def read(path: Path) -> Sections:
    """The words of every line, by section; comments begin with a semicolon."""
    sections: Sections = defaultdict(list)
    name = ""
    with path.open(encoding=encoding(path)) as file:
        for line in file:
            text = line.partition(";")[0].strip()
            if text.startswith("["):
                name = text.strip("[] ").upper()
                sections[name]  # an empty section exists too
            elif text and name:
                sections[name].append(text.split())
    return sections


LINKS = ("PIPES", "PUMPS", "VALVES", "CONDUITS", "ORIFICES", "WEIRS", "OUTLETS", "COORDINATES", "VERTICES")


def check_rows(path: Path, sections: Sections) -> None:
    """Refuse a model with a link that does not name both its ends, or a coordinate that is no number."""
    for name in LINKS:
        for row in sections.get(name, []):
            placed = name in ("COORDINATES", "VERTICES")
            if len(row) < 3 or (placed and None in (number(row, 1), number(row, 2))):
                line = " ".join(row)[:80]
                raise cut(path, f"[{name}] {line}")


def number(row: list[str], index: int, scale: float = 1.0) -> float | None:
    """A word as a number, None where the row is too short or the word is none ("*" in SWMM)."""
    try:
        return round(float(row[index]) * scale, 6)
    except (IndexError, ValueError):
        return None


def epanet_nodes(sections: Sections, foot: float) -> dict[str, Node]:
    """Junctions, tanks and reservoirs; a tank's and a junction's elevation is given, a reservoir's is its head."""
    nodes = {}
    for section, kind in (("JUNCTIONS", "junction"), ("TANKS", "tank"), ("RESERVOIRS", "reservoir")):
        for row in sections[section]:
            level = number(row, 1, foot)
            nodes[row[0]] = Node(row[0], kind, level, None if kind == "reservoir" else level)
    return nodes


def swmm_nodes(sections: Sections, foot: float) -> dict[str, Node]:
    """Manholes, storages, dividers and outfalls; the rim is the invert plus the greatest depth."""
    nodes = {}
    for section, kind in (
        ("JUNCTIONS", "manhole"), ("STORAGE", "storage"), ("DIVIDERS", "divider"), ("OUTFALLS", "outfall"),
    ):  # fmt: skip
        for row in sections[section]:
            bottom = number(row, 1, foot)
            depth = number(row, 2, foot) if kind in ("manhole", "storage") else None
            top = round(bottom + depth, 6) if bottom is not None and depth is not None and depth > 0 else None
            nodes[row[0]] = Node(row[0], kind, bottom, top, depth or None)
    return nodes


KINDS = {
    "tank": ("", "水池"), "reservoir": ("", "水源"), "manhole": ("", "窨井"), "storage": ("", "蓄水池"),
    "divider": ("", "分水井"), "outfall": ("出水口", ""), "junction": ("", ""),
}  # fmt: skip


def node_rows(nodes: dict[str, Node], swmm: bool) -> Iterator[dict[str, Any]]:
    """Nodes as rows of NODE_FIELDS."""
    for node in nodes.values():
        feature, appendage = KINDS[node.kind]
        yield {
            "code": node.code, "kind": node.kind, "category": "PS" if swmm else "JS",
            "ground_m": node.rim, "depth_m": node.depth, "well_depth_m": node.depth,
            "feature": feature, "appendage": appendage,
        }  # fmt: skip


def epanet_pipes(sections: Sections, nodes: dict[str, Node], foot: float) -> Iterator[dict[str, Any]]:
    """Pipes, and the pumps and valves between nodes (a pump has no diameter)."""
    inch = INCH if foot != 1 else 1.0
    for section, kind, place in (("PIPES", "pipe", 4), ("PUMPS", "pump", 0), ("VALVES", "valve", 3)):
        for row in sections[section]:
            level = [nodes[end].bottom if end in nodes else None for end in row[1:3]]
            yield {
                "code": row[0], "kind": kind, "category": "JS", "start": row[1], "end": row[2],
                "diameter_mm": number(row, place, inch) if place else None,
                "start_elevation_m": level[0], "end_elevation_m": level[1],
            }  # fmt: skip


def swmm_pipes(
    sections: Sections, nodes: dict[str, Node], foot: float, options: dict[str, str]
) -> Iterator[dict[str, Any]]:
    """Conduits, and the pumps, orifices, weirs and outlets between nodes; depth is from the rim to the invert."""
    sizes = {row[0]: row[1:] for row in sections["XSECTIONS"] if len(row) > 2}
    by_depth = options.get("LINK_OFFSETS", "DEPTH") != "ELEVATION"
    for section, kind in (
        ("CONDUITS", "conduit"), ("PUMPS", "pump"), ("ORIFICES", "orifice"), ("WEIRS", "weir"), ("OUTLETS", "outlet"),
    ):  # fmt: skip
        for row in sections[section]:
            pipe = {"code": row[0], "kind": kind, "category": "PS", "start": row[1], "end": row[2]}
            pipe |= size(sizes.get(row[0], []), 1000 * foot)
            for end, offset in ((("start", row[1]), 5), (("end", row[2]), 6)):
                pipe |= levels(*end, nodes, number(row, offset, foot) if kind == "conduit" else 0.0, by_depth)
            yield pipe


def levels(end: str, code: str, nodes: dict[str, Node], offset: float | None, by_depth: bool) -> dict[str, Any]:
    """Elevation and depth of a pipe's invert at one end."""
    node = nodes.get(code)
    if node is None or node.bottom is None:
        return {}
    level = round(node.bottom + (offset or 0), 6) if by_depth or offset is None else offset
    depth = None if node.rim is None else round(node.rim - level, 6)
    return {f"{end}_elevation_m": level, f"{end}_depth_m": depth}


def size(words: list[str], scale: float) -> dict[str, Any]:
    """A round pipe's diameter, or width X height of another section, in mm."""
    high, wide = number(words, 1, scale), number(words, 2, scale)
    if not words or not high:
        return {}
    if words[0].upper() in ("CIRCULAR", "FORCE_MAIN", "FILLED_CIRCULAR"):
        return {"diameter_mm": high}
    return {"section": f"{wide:g}X{high:g}"} if wide else {}


def coordinates(sections: Sections) -> dict[str, tuple[float, float]]:
    """Where the nodes are, in the model's own numbers."""
    return {row[0]: (float(row[1]), float(row[2])) for row in sections["COORDINATES"] if len(row) > 2}


def point(place: tuple[float, float] | None) -> bytes | None:
    """The WKB of a node, None where the model does not place it."""
    return bytes(shapely.to_wkb(shapely.Point(place))) if place else None


def lines(sections: Sections, rows: list[dict[str, Any]]) -> list[bytes | None]:
    """The WKB of every link through its bends; None where an end is not placed."""
    places = coordinates(sections)
    bends: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for row in sections["VERTICES"]:
        bends[row[0]].append((float(row[1]), float(row[2])))
    return [
        bytes(shapely.to_wkb(shapely.linestrings([places[row["start"]], *bends[row["code"]], places[row["end"]]])))
        if row["start"] in places and row["end"] in places
        else None
        for row in rows
    ]


def batches(rows: list[dict[str, Any]], fields: tuple[str, ...], wkb: list[bytes | None]) -> Iterator[Batch]:
    """The rows in blocks of columns."""
    for first in range(0, len(rows), ROWS):
        block = rows[first : first + ROWS]
        yield Batch(
            first + 1, {name: [row.get(name) for row in block] for name in fields}, wkb[first : first + len(block)]
        )
