"""The town as files, one a subject, in the order in which they can be imported: GeoJSON, and CSV for tables."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from data.town.plane import Thing, on_earth
from data.town.registers import HEAD, registers
from data.town.rules import WEEKDAYS, Zone
from data.town.town import Town

# Roads before segments, areas from the top down, buildings before rooms and addresses, nodes before pipes.
ORDER = (
    "landuse", "water", "roads", "segments", "areas-1", "areas-2", "areas-3", "grids", "buildings", "rooms",
    "addresses", "facilities", "fences", "works", "pipe-nodes", "pipes", "pipe-findings",
)  # fmt: skip


def write(town: Town, folder: Path, surveyed: str) -> list[tuple[str, Path]]:
    """Write every subject; the answer is (subject, file) in the order of import."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name in ORDER:
        path = folder / f"{name}.geojson"
        path.write_text(collection(town.things[name], surveyed), encoding="utf-8")
        written.append((name.partition("-")[0] if name.startswith("areas") else name, path))
    lengths = {str(thing.properties["code"]): thing.shape.length for thing in town.things["segments"]}
    for office, rows in registers(town.things["addresses"]):
        written.append(("addresses", table(folder, office.file, HEAD, rows)[1]))
    return [*written, zonings(town.zones, folder, lengths), *people(town, folder)]


SIDES = {"left": "左", "right": "右", "both": "两侧"}
CLASSES = {1: "一类", 2: "二类", 3: "三类"}
ZONES = {"forbidden": "严禁区", "strict": "严控区", "controlled": "控制区"}


def zonings(rows: Iterable[Zone], folder: Path, lengths: dict[str, float]) -> tuple[str, Path]:
    """What is on record of the streets, as a table. A file cannot say what was on record before: `sample` does."""
    head = "路段编码,侧,起点(米),终点(米),等级,分区,时段,依据,有效期起,有效期止"
    return table(folder, "zonings", head, (
        (
            row.segment, SIDES[row.side], metres(row.start, row, lengths), metres(row.end, row, lengths),
            CLASSES[row.street_class], ZONES[row.zone], spoken(row.hours), row.basis, row.since, last(row.until),
        )
        for row in rows if row.closed is None
    ))  # fmt: skip


def people(town: Town, folder: Path) -> list[tuple[str, Path]]:
    """Who answers for what, as tables."""
    return [
        table(folder, "heads", "路段编码,级别,职务,姓名,电话", town.heads),
        table(folder, "departments", "部门编码,部门名称,类别,上级,电话,职责", town.departments),
        table(folder, "inspectors", "网格编码,姓名,电话,班次", town.inspectors),
    ]


def table(folder: Path, subject: str, head: str, rows: Iterable[tuple[Any, ...]]) -> tuple[str, Path]:
    """Write rows as a CSV that a spreadsheet opens."""
    path = folder / f"{subject}.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([head.split(","), *rows])
    return subject, path


def metres(share: float, row: Zone, lengths: dict[str, float]) -> str:
    """A share of the length of a segment in metres; blank at its ends."""
    return f"{share * lengths[row.segment]:.2f}" if 0 < share < 1 else ""


def spoken(hours: dict[str, Any] | None) -> str:
    """The hours of a rule as an office writes them."""
    rules = (hours or {}).get("rules", [])
    days = {None: "每日", tuple(WEEKDAYS): "周一至周五"}
    return ";".join(days[tuple(one["days"]) if "days" in one else None] + " " + ",".join(one["hours"]) for one in rules)


def last(until: str | None) -> str:
    """The last day before an end."""
    return (date.fromisoformat(until) - timedelta(1)).isoformat() if until else ""


def collection(things: list[Thing], surveyed: str) -> str:
    """A FeatureCollection in degrees; what is blank is left out."""
    shapes = shapely.to_geojson(on_earth(np.array([thing.shape for thing in things], dtype=object)))
    rows = (json.dumps(row(thing, surveyed), ensure_ascii=False) for thing in things)
    features = [
        f'{{"type": "Feature", "geometry": {shape}, "properties": {properties}}}'
        for shape, properties in zip(shapes, rows, strict=True)
    ]
    return '{"type": "FeatureCollection", "features": [\n' + ",\n".join(features) + "\n]}\n"


def row(thing: Thing, surveyed: str) -> dict[str, Any]:
    """The properties of a thing that are not blank, with its id and the date of its survey."""
    filled = {name: value for name, value in thing.properties.items() if value not in ("", None)}
    return {"source_id": thing.id, **filled, "surveyed_at": surveyed}
