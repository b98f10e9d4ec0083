"""An image at the import desk: where it lies is seen, tried, registered with its overviews, and may be taken back."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import shapely

from gis.errors import Invalid
from gis.ingest import images
from gis.ingest.queue import Progress
from gis.ingest.readers import cell
from gis.ingest.seen import Seen, name_crs
from gis.ingest.subjects import IMAGES
from gis.ingest.uploads import home
from gis.models import ImportJob

FACTS = {"width": "列数", "height": "行数", "bands": "波段数", "dtype": "数据类型", "nodata": "无效值"}
NUMBERS = ("rows", "added", "changed", "unchanged", "refused", "skipped", "folded", "parts", "repaired", "curves",
           "outside", "absent")  # fmt: skip


def described(seen: Seen, folder: Path) -> tuple[dict[str, str], str]:
    """What an image says of itself as the row of a table, and its outline (WKB, hex) in its own system; what it is and
    which system it names is noted with it. Invalid when it cannot be registered."""
    with images.image_in(folder / seen.path) as image:
        found = cell.told(image, "images", "describe")
    seen.crs = found["crs"] or ""
    seen.rows, seen.kinds = 1, ["Polygon"]
    name_crs(seen)
    ring = shapely.Polygon(found["ring"])
    return {title: "" if found[key] is None else str(found[key]) for key, title in FACTS.items()}, ring.wkb_hex


def checked(seen: Seen, subject: str) -> None:
    """Invalid when an image is to become rows, or something else an image."""
    if (subject == IMAGES.id) != (seen.subject == IMAGES.id):
        raise Invalid(
            f"{seen.file} 只能登记为影像，其他文件不能。 An image is registered as one, nothing else is: {seen.file}."
        )


def do(job: ImportJob, progress: Progress) -> None:
    """Register an image, or try to; it says how many megabytes of the copy are written."""
    upload, order = job.upload, job.order
    assert upload is not None
    source = (order.get("source") or "").strip() or Path(order["file"]).name.partition(".")[0]
    path, trial = home(upload) / "files" / order["path"], job.kind == ImportJob.Kind.TRIAL
    done = images.register(
        path, source[:100], order.get("crs") or None, trial, upload.by_id, lambda size: progress(size >> 20)
    )
    job.outcome, job.run = account(done), done.run


def account(done: images.Registered) -> dict[str, Any]:
    """What came of it, in the words of any import."""
    raster, counts = done.raster, Counter({"rows": 1, done.how: 1})
    size = f"{raster.width} × {raster.height} × {raster.bands} {raster.dtype}"
    note = f"{raster.kind}，{size}，分辨率 {raster.resolution_m:.3g} 米。 {size}, {raster.resolution_m:.3g} m a pixel."
    return {name: counts[name] for name in NUMBERS} | {
        "source": raster.source, "crs": raster.crs, "ids": "", "unused": [], "notes": [note], "seconds": 0,
        "fruitless": False, "reasons": [], "strange": [], "doubts": [],
    }  # fmt: skip
