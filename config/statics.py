"""Static files: each release has a folder of its own, and the last ones are served too. Their pages are open still, and
until all nodes are replaced another node may be asked for them."""

import re
import shutil
from pathlib import Path
from typing import Any

from django.conf import settings
from whitenoise.middleware import WhiteNoiseMiddleware

KEPT = 3
"""Releases, this one among them."""
RELEASE = re.compile("[0-9a-f]{10}")


def releases() -> list[Path]:
    """The folders of the releases that are there, the newest first."""
    beside = Path(settings.STATIC_ROOT).parent
    if not beside.is_dir():
        return []
    found = [folder for folder in beside.iterdir() if RELEASE.fullmatch(folder.name) and any(folder.iterdir())]
    return sorted(found, key=lambda folder: folder.stat().st_mtime, reverse=True)


def collected() -> bool:
    """Whether this release's files are there."""
    return Path(settings.STATIC_ROOT) in releases()


def forget() -> None:
    """Delete what is of releases long gone; one that is prepared again, as after a step back, is the newest."""
    Path(settings.STATIC_ROOT).touch()
    for folder in releases()[KEPT:]:
        shutil.rmtree(folder)


class Statics(WhiteNoiseMiddleware):  # type: ignore[misc]  # it has no types
    """Serves each release below its own name."""

    def __init__(self, get_response: Any = None) -> None:
        super().__init__(get_response)
        for folder in releases():
            self.add_files(str(folder), prefix=f"/static/{folder.name}/")

    def add_files(self, root: str, prefix: str | None = None) -> None:
        """Serve a folder; not one that is not there, into which nothing was collected yet: WhiteNoise warns of it."""
        if Path(root).is_dir():
            super().add_files(root, prefix)
