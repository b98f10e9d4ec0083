"""Rasters into the register: the file is kept under $VAR/rasters by its fingerprint, its outline becomes a row.

Beside it lies the copy that is served (`gis.ingest.pyramids`), made here, so that no reader ever waits for it.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely
from django.contrib.gis.geos import Polygon
from django.db import transaction
from pyproj import Geod

from gis.crs import GEOGRAPHIC, STORED, Crs, configured_grids, transformer
from gis.errors import Invalid
from gis.ingest import pyramids
from gis.ingest.keeping import note, picture
from gis.ingest.originals import hold, home, keep, let_go, sweep
from gis.ingest.placing import looks, stated
from gis.ingest.readers import RASTERS, Batch, cell, unpacked
from gis.models import ImportRun, Raster


@dataclass(frozen=True, slots=True)
class Registered:
    """What came of it; `how` is added, changed or unchanged; `run` is its entry in the log, None where nothing was
    written."""

    raster: Raster
    how: str
    run: ImportRun | None = None


def register(
    path: Path,
    source: str | None = None,
    crs: str | None = None,
    dry_run: bool = False,
    by: int | None = None,
    tell: pyramids.Tell = lambda _: None,
) -> Registered:
    """Register a GeoTIFF, packed or not, for a user (by id); a file of the same name and source takes the place of the
    earlier one. `tell` hears how many bytes of its copy are written, and what it raises takes the registration back.

    Raises Invalid when it is no GeoTIFF, is cut off, is not georeferenced, or has no CRS and none was named.
    """
    with image_in(path) as image:
        raster = described(image, crs)
        raster.source, raster.source_id = source or "影像", image.stem[:200]
        with image.open("rb") as file:
            raster.sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        raster.file = f"{raster.sha256}.tif"
        before = Raster.objects.filter(source=raster.source, source_id=raster.source_id).first()
        how = "added" if before is None else "unchanged" if same(before, raster) else "changed"
        if dry_run:
            return Registered(raster, how)
        if how == "unchanged":
            complete(raster)  # an earlier release made no copy
            return Registered(raster, how)
        run = ImportRun(
            subject="rasters", source=raster.source, file=path.name, sha256=raster.sha256, crs=raster.crs, by_id=by,
            **{how: 1},
        )  # fmt: skip
        try:
            kept(image, raster, before, run, tell)
        except BaseException:
            sweep(raster.sha256)
            raise
        return Registered(raster, how, run)


@contextmanager
def image_in(path: Path) -> Iterator[Path]:
    """The one GeoTIFF in a path, unpacked where it is packed; Invalid when there is none, or several."""
    if not path.is_file():
        raise Invalid(f"没有这个文件：{path}。 No such file: {path}.")
    with unpacked(path) as files:
        images = [file for file, _ in files if file.suffix.lower() in RASTERS]
        if len(images) != 1:
            raise Invalid(f"{path.name} 里应当正好有一个 GeoTIFF。 {path.name} should hold exactly one GeoTIFF.")
        yield images[0]


def kept(image: Path, raster: Raster, before: Raster | None, run: ImportRun, tell: pyramids.Tell) -> None:
    """File, copy, row and log entry, with what it takes to undo it, all at once."""
    with transaction.atomic():
        hold(raster.sha256)
        keep(image, raster)
        pyramids.build(home() / raster.file, raster.sha256, tell)
        earlier = picture(Raster, before.pk) if before else None
        if before:
            let_go([before.pk])
        raster.pk = before.pk if before else None
        raster.save(force_update=before is not None)
        run.save()
        note(run, Raster, raster.pk, earlier)


def complete(raster: Raster) -> None:
    """Make the copy that is served where it is missing; Invalid when the original has gone or cannot be drawn."""
    original = home() / raster.file
    if not original.is_file():
        raise Invalid(f"影像“{raster.name}”的文件不见了。 The file of the image {raster.name!r} has gone.")
    pyramids.build(original, raster.sha256)


def described(path: Path, asked: str | None) -> Raster:
    """An unsaved row for an image: what it is, and its outline in EPSG:4490."""
    found = cell.told(path, "images", "describe")
    if asked is None and found["crs"] is None:
        raise Invalid(
            f"{path.name} 没有写明坐标系，请用 --crs 指定。{like(found['ring'])} "
            f"{path.name} does not say its CRS; name it with --crs."
        )
    crs = Crs.parse(asked, configured_grids()) if asked else stated(found["crs"], path.name)
    outline = placed(found["ring"], crs, path.name)
    area, _ = Geod(ellps="GRS80").geometry_area_perimeter(outline)
    return Raster(
        name=path.stem[:200], kind="高程" if found["bands"] == 1 else "影像", crs=crs.name[:60],
        width=found["width"], height=found["height"], bands=found["bands"], dtype=found["dtype"],
        nodata=found["nodata"], resolution_m=math.sqrt(abs(area) / (found["width"] * found["height"])),
        geom=Polygon(list(outline.exterior.coords), srid=STORED),
    )  # fmt: skip


def like(ring: list[list[float]]) -> str:
    """What the numbers of an outline look like, in a sentence."""
    return looks(Batch(1, {}, [shapely.to_wkb(shapely.Polygon(ring))]))


def placed(ring: list[list[float]], crs: Crs, name: str) -> shapely.Polygon:
    """The outline in stored degrees; Invalid when it does not lie on the map."""
    x, y = np.array(ring, dtype=float).T
    if crs.epsg not in GEOGRAPHIC:
        x, y = transformer(crs)(x, y)
    outline = shapely.Polygon(np.stack([x, y], axis=1))
    west, south, east, north = outline.bounds if np.isfinite([x, y]).all() else (math.inf,) * 4
    if not (-180 <= west < east <= 180 and -85 <= south < north <= 85) or not outline.is_valid or not outline.area:
        raise Invalid(
            f"{name} 按 {crs.name} 不在地图范围内，坐标系不对，请用 --crs 指定。{like(ring)} "
            f"Read as {crs.name}, {name} does not lie on the map: name the right CRS with --crs."
        )
    return outline


def same(before: Raster, after: Raster) -> bool:
    """Whether nothing about an image has changed."""
    return (before.sha256, before.crs) == (after.sha256, after.crs)
