"""The files of registered images: kept by their fingerprint, and gone once no row names it any more.

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

from gis.errors import Invalid
from gis.ingest import pyramids
from gis.models import Raster

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
    """Once this transaction is committed, delete the originals and copies that no row names any more."""
    for sha256 in sorted(set(fingerprints)):
        transaction.on_commit(partial(_discard, sha256))


def _discard(sha256: str) -> None:
    copy = pyramids.served(sha256)
    with transaction.atomic():
        hold(sha256)
        if not Raster.objects.filter(sha256=sha256).exists():
            copy.unlink(missing_ok=True)
            (home() / f"{sha256}.tif").unlink(missing_ok=True)


def forgotten(instance: Raster, **_: Any) -> None:
    """Told by Django that a row was deleted."""
    discard([instance.sha256])
