"""The town as GeoJSON files, one a subject, in the order in which they can be imported."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from data.town.plane import Thing, on_earth
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
    return written


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
