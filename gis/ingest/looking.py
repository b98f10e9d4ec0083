"""A look into uploaded files before anything is decided: what each holds, some of its rows, some of its shapes."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from gis.crs import configured_grids
from gis.errors import Invalid, NotFound
from gis.ingest import desk_images
from gis.ingest.placing import Mover, looks
from gis.ingest.readers import Ask, Batch, Source, opened
from gis.ingest.readers.source import ROWS
from gis.ingest.seen import Seen, everything, likely, name_crs
from gis.ingest.shapes import moved
from gis.ingest.subjects import IMAGES
from gis.ingest.survey import best, shapes
from gis.ingest.uploads import home
from gis.ingest.whereabouts import offer
from gis.ingest.written import storable
from gis.models import Upload

ROWS_SHOWN, SHAPES_SHOWN, VALUES_SHOWN = 20, 2000, 5
READ = 50_000
"""Rows that are read for the samples."""
LONGEST = 200
CROWDED = 2000
"""Points of one shape that are worth drawing."""


@dataclass(slots=True)
class Sample:
    """What a preview needs: the first rows as texts, some values a field, shapes with their row numbers (WKB, hex)."""

    head: list[dict[str, str]] = field(default_factory=list)
    values: dict[str, list[str]] = field(default_factory=dict)
    shapes: list[tuple[int, str]] = field(default_factory=list)
    numbers: str = ""
    """What the coordinates look like, in a sentence."""

    def add(self, batch: Batch) -> None:
        """Take what is wanted of a batch."""
        for offset in range(min(len(batch), ROWS_SHOWN - len(self.head))):
            self.head.append({name: shown(column[offset]) for name, column in batch.columns.items()})
        for name, column in batch.columns.items():
            known = self.values.setdefault(name, [])
            for value in column[: READ // 10] if len(known) < VALUES_SHOWN else ():
                text = shown(value)
                if text and text not in known and len(known) < VALUES_SHOWN:
                    known.append(text)
        self.shapes += [(batch.row(offset), one.hex()) for offset, one in enumerate(batch.wkb) if one]
        if not self.numbers and any(batch.wkb):
            self.numbers = looks(batch)

    def thin(self) -> None:
        """Keep shapes evenly from the beginning to the end of what was read, and of each what can be seen."""
        step = max(1, -(-len(self.shapes) // SHAPES_SHOWN))
        self.shapes = [(row, light(one)) for row, one in self.shapes[::step]]


def shown(value: Any) -> str:
    """A value as a cell shows it."""
    return "" if value is None else str(value)[:LONGEST]


def light(one: str) -> str:
    """A shape with no more points than can be seen."""
    if len(one) < CROWDED * 32:
        return one
    shape = shapely.from_wkb(bytes.fromhex(one), on_invalid="ignore")
    if shape is None or shapely.is_empty(shape):
        return ""
    west, south, east, north = shapely.bounds(shape)
    return str(shapely.to_wkb(shapely.simplify(shape, max(east - west, north - south) / 500), hex=True))


def look(upload: Upload, tell: Callable[[int], None] = lambda _: None) -> list[dict[str, Any]]:
    """See what the files of an upload hold, keep a sample of each, and remember it with the upload."""
    folder = home(upload)
    found: list[dict[str, Any]] = []
    for seen in everything(folder / "files"):
        if not seen.error:
            sampled(seen, folder, len(found))
        found.append(asdict(seen))
        tell(len(found))
    upload.found = storable(found)
    upload.save(update_fields=["found"])
    return found


def sampled(seen: Seen, folder: Path, number: int) -> None:
    """Read the beginning of a dataset into its sample; what is wrong with it is said in its place."""
    sample = Sample()
    try:
        if seen.subject == IMAGES.id:
            row, outline = desk_images.described(seen, folder / "files")
            sample.head, sample.shapes = [row], [(1, outline)]
        else:
            sample_rows(seen, folder, sample)
    except Invalid as error:
        seen.error = str(error)
    sample.thin()
    (folder / f"sample-{number}.json").write_text(json.dumps(asdict(sample), ensure_ascii=False), encoding="utf-8")


def sample_rows(seen: Seen, folder: Path, sample: Sample) -> None:
    """Read the beginning of a dataset of rows."""
    with opened(folder / "files" / seen.path, seen.ask, READ // ROWS) as source:
        seen.places, seen.presumed, seen.crs = list(source.places), source.presumed, source.crs or ""
        for batch in source.batches:
            sample.add(batch)
        seen.notes = list(dict.fromkeys([*seen.notes, *source.notes]))


def look_again(upload: Upload, number: int, places: list[str]) -> None:
    """See what a table holds where a person says which columns are its coordinates."""
    seen = seen_of(upload, number)
    seen.asked, seen.notes, seen.crs_name = places, [], ""
    sampled(seen, home(upload), number)
    name_crs(seen)
    sample = sample_of(upload, number)
    seen.kinds = list(shapes([bytes.fromhex(one) for _, one in sample.shapes]))
    columns = {name: [row[name] for row in sample.head] for name in seen.fields if sample.head}
    seen.subject = likely(*best(f"{seen.file} {seen.layer}", tuple(seen.kinds), columns))
    upload.found = [storable(asdict(seen)) if at == number else one for at, one in enumerate(upload.found or [])]
    upload.save(update_fields=["found"])


def sample_of(upload: Upload, number: int) -> Sample:
    """The sample kept at the look."""
    path = home(upload) / f"sample-{number}.json"
    if not path.is_file():
        raise NotFound("没有这份数据的样本 / there is no sample of this data")
    kept = json.loads(path.read_text(encoding="utf-8"))
    return Sample(kept["head"], kept["values"], [(row, one) for row, one in kept["shapes"]], kept["numbers"])


def seen_of(upload: Upload, number: int) -> Seen:
    """One of the datasets found in an upload; NotFound for any other number."""
    if not upload.found or not 0 <= number < len(upload.found):
        raise NotFound("没有这份数据 / no such data in this upload")
    return Seen(**upload.found[number])


def preview(upload: Upload, number: int, crs: str) -> dict[str, Any]:
    """The sampled shapes as GeoJSON in degrees, read in the CRS asked for or the file's own. Invalid without either.
    Where not one is on the map, or the file names no CRS, ``better`` is the reading that would bring them there, if
    there is one; of the second ``error`` tells."""
    seen, sample = seen_of(upload, number), sample_of(upload, number)
    pairs = [(row, bytes.fromhex(one)) for row, one in sample.shapes if one]
    mover = Mover(seen.file, crs or None, Source(seen.layer, seen.crs or None, (), iter(()), presumed=seen.presumed))
    if pairs and not crs and not seen.crs:
        error = str(mover.unstated(Batch(1, {}, [one for _, one in pairs])))
        better = offer(*corners(pairs))
        return drawn([], mover) | {"crs": "", "numbers": sample.numbers, "better": better, "error": error}
    found = drawn(pairs, mover)
    better = offer(*corners(pairs)) if found["off_map"] and not found["features"] else ""
    return found | {"crs": mover.name, "numbers": sample.numbers, "better": better}


def corners(pairs: list[tuple[int, bytes]]) -> tuple[Any, Any]:
    """The first numbers of each shape that can be read as the file has them, and the second ones."""
    bounds = shapely.bounds(shapely.from_wkb([one for _, one in pairs], on_invalid="ignore"))
    bounds = bounds[np.isfinite(bounds).all(axis=1)]
    return bounds[:, 0], bounds[:, 1]


def drawn(pairs: list[tuple[int, bytes]], mover: Mover) -> dict[str, Any]:
    """Shapes with their row numbers as a GeoJSON collection; curves and what cannot be read stay away."""
    move = mover(Batch(1, {}, [one for _, one in pairs])) if pairs else None
    shapes = shapely.from_wkb(np.array([one for _, one in pairs], dtype=object), on_invalid="ignore")
    known = ~shapely.is_missing(shapes) & ~shapely.is_empty(shapes)
    rows = [row for (row, _), there in zip(pairs, known, strict=True) if there]
    return collection(shapes[known] if move is None else moved(shapes[known], move), rows)


def collection(shapes: Any, rows: list[int]) -> dict[str, Any]:
    """Shapes as a GeoJSON collection, to seven decimals; what is not on the map of degrees is counted instead."""
    bounds = shapely.bounds(shapes) if len(shapes) else np.empty((0, 4))
    on_map: Any = np.isfinite(bounds).all(axis=1) & (np.abs(bounds) <= (180, 90, 180, 90)).all(axis=1)
    kept = [(row, shape) for row, shape, on in zip(rows, shapes, on_map, strict=False) if on]
    drawn = json.loads(f"[{','.join(geojson(shape) for _, shape in kept)}]")
    features = [
        {"type": "Feature", "id": row, "properties": {"row": row}, "geometry": geometry}
        for (row, _), geometry in zip(kept, drawn, strict=True)
    ]
    box = [float(one) for one in (*bounds[on_map].min(axis=0)[:2], *bounds[on_map].max(axis=0)[2:])] if kept else None
    return {"type": "FeatureCollection", "features": features, "bounds": box, "off_map": int((~on_map).sum())}


def geojson(shape: Any) -> str:
    """A shape as GeoJSON, without height and with no more decimals than matter."""
    flat = shapely.force_2d(shape)
    return str(shapely.to_geojson(shapely.transform(flat, lambda pairs: np.round(pairs, 7))))


def refused_shapes(path: Path, ask: Ask, crs: str | None, rows: set[int]) -> dict[str, Any]:
    """The shapes of the rows refused, as far as they have one that can be drawn, and not more than a map bears."""
    wanted = set(sorted(rows)[:SHAPES_SHOWN])
    pairs: list[tuple[int, bytes]] = []
    with opened(path, ask) as source:
        for batch in source.batches:
            here = {row: at for at in range(len(batch)) if (row := batch.row(at)) in wanted}
            pairs += [(row, bytes(one)) for row, at in here.items() if (one := batch.wkb[at])]
            wanted -= here.keys()
            if not wanted:
                break
        return drawn(pairs, Mover(path.name, crs, source))


def grids() -> list[str]:
    """The names of the city's own grids."""
    return sorted(configured_grids())
