"""Small files made on the spot, and one call that imports them."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gis.ingest import subjects
from gis.ingest.load import load
from gis.ingest.mapping import Plan
from gis.ingest.order import Order, Outcome
from gis.ingest.refusals import Refusals

Tell = Callable[[Outcome, int | None], None]


class Desk:
    """Where a test makes files and imports them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.report = folder / "refused.csv"

    def geojson(self, *features: tuple[dict[str, Any] | None, dict[str, Any]], name: str = "a.geojson") -> Path:
        """A GeoJSON of (geometry, properties)."""
        rows = [{"type": "Feature", "geometry": shape, "properties": properties} for shape, properties in features]
        path = self.folder / name
        path.write_text(json.dumps({"type": "FeatureCollection", "features": rows}, ensure_ascii=False))
        return path

    def text(self, words: str, name: str, encoding: str = "utf-8") -> Path:
        """Any file of text."""
        path = self.folder / name
        path.write_bytes(words.encode(encoding))
        return path

    def gz(self, path: Path, keep: float = 1.0) -> Path:
        """The file packed, and cut off after a share of its bytes."""
        packed = path.with_name(path.name + ".gz")
        whole = gzip.compress(path.read_bytes())
        packed.write_bytes(whole[: int(len(whole) * keep)])
        return packed

    def load(self, subject: str, path: Path, mapping: str = "", tell: Tell | None = None, **asked: Any) -> Outcome:
        """Import a file; `mapping` is TOML."""
        plan = Plan.read(self.text(mapping, "m.toml")) if mapping else Plan()
        order, refusals = Order(path, subjects.get(subject), plan, **asked), Refusals(self.report)
        return load(order, refusals, tell) if tell else load(order, refusals)

    @property
    def refused(self) -> list[dict[str, str]]:
        """The rows of the refusal CSV."""
        with self.report.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


Square = Callable[..., dict[str, Any]]


def square(x: float = 120.0, y: float = 30.0, side: float = 0.001) -> dict[str, Any]:
    """A square polygon with its south-west corner at (x, y)."""
    ring = [[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]]
    return {"type": "Polygon", "coordinates": [ring]}


def line(*points: tuple[float, float]) -> dict[str, Any]:
    """A line through the points."""
    return {"type": "LineString", "coordinates": [list(point) for point in points]}


def dot(x: float = 120.0, y: float = 30.0) -> dict[str, Any]:
    """A point."""
    return {"type": "Point", "coordinates": [x, y]}
