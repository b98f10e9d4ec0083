"""The town as GeoJSON files, one a subject, in the order in which they can be imported."""

from __future__ import annotations

import json
from pathlib import Path

import shapely

from data.town.plane import Thing, on_earth
from data.town.town import Town

# Roads before segments, areas from the top down, buildings before rooms and addresses, nodes before pipes.
ORDER = (
    "landuse", "water", "roads", "segments", "areas-1", "areas-2", "areas-3", "grids", "buildings", "rooms",
    "addresses", "facilities", "fences", "pipe-nodes", "pipes", "pipe-findings",
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
    features = [
        {
            "type": "Feature",
            "geometry": json.loads(shapely.to_geojson(on_earth(thing.shape))),
            "properties": {
                "source_id": thing.id,
                **{name: value for name, value in thing.properties.items() if value not in ("", None)},
                "surveyed_at": surveyed,
            },
        }
        for thing in things
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)
