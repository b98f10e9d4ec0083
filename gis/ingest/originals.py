"""The files of registered images: kept by their fingerprint, and gone once nothing names it any more.

A row names its file, and so does the log of the registration that took its place: the earlier file stays until that can
no longer be undone, which is when a third one comes.

Only fingerprints that have just lost a row are looked at. What no row names need not be rubbish: when a city is
restored, the files come first, and the rows after them.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Func, Q

from gis.errors import Invalid
from gis.ingest import pyramids
from gis.models import ImportRun, Raster, RunAdded, RunChanged

SUBJECT = "rasters"
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('image ' || %s, 0))"


def home() -> Path:
    """Where the files of rasters lie."""
    return Path(settings.VAR) / "rasters"


def hold(sha256: str) -> None:
    """Until the transaction ends, let nobody else keep or discard the image of a fingerprint."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [sha256])


def keep(path: Path, raster: Raster) -> None:
    """Copy the file to where the server keeps it, whole or not at all."""
    target = home() / raster.file
    if target.exists():
        return
    home().mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(home()).free < path.stat().st_size + pyramids.SPARE:
        raise Invalid(f"磁盘空间不足，放不下 {path.name}。 The disk has no room for {path.name}.")
    part = target.with_suffix(f".{os.getpid()}.part")
    shutil.copyfile(path, part)
    part.rename(target)


def discard(fingerprints: Iterable[str]) -> None:
    """Once this transaction is committed, delete the originals and copies that nothing names any more."""
    for sha256 in sorted(set(fingerprints)):
        transaction.on_commit(partial(sweep, sha256))


def sweep(sha256: str) -> None:
    """Delete the original and the copy of a fingerprint, if nothing names it."""
    copy = pyramids.served(sha256)
    with transaction.atomic():
        hold(sha256)
        undoable = RunChanged.objects.filter(run__subject=SUBJECT, before__sha256=sha256)
        if not Raster.objects.filter(sha256=sha256).exists() and not undoable.exists():
            copy.unlink(missing_ok=True)
            (home() / f"{sha256}.tif").unlink(missing_ok=True)


def forgotten(instance: Raster, **_: Any) -> None:
    """Told by Django that a row was deleted."""
    discard([instance.sha256])
    let_go([instance.pk])


def let_go(rows: Iterable[int]) -> None:
    """Keep no longer what stood in these rows before: there is no way back to it."""
    kept = RunChanged.objects.filter(run__subject=SUBJECT, row__in=list(rows))
    discard(kept.values_list("before__sha256", flat=True))
    kept.delete()


def brought(run: ImportRun) -> list[str]:
    """The fingerprints of the images that a registration brought, as far as their rows are there."""
    added = RunAdded.objects.filter(run=run).values(row=Func("ids", function="unnest"))
    changed = RunChanged.objects.filter(run=run).values("row")
    return list(Raster.objects.filter(Q(pk__in=added) | Q(pk__in=changed)).values_list("sha256", flat=True))
