"""The copy of a registered image that is served: made once, at registration, beside the untouched original."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from gis.errors import Invalid
from gis.ingest.readers import gdal
from gis.ingest.readers.cell import ROOT
from gis.ingest.readers.gdal import NO_ROOM

SPARE = 1 << 28
"""Bytes of the disk that stay free: the database lives there too."""
SECONDS = 120
"""Processor seconds for any image, and the further ones for each megabyte of it."""
SECONDS_A_MEGABYTE = 2
FREE, SWOLLEN = 1 << 30, 16
"""Bytes that any copy may come to, and the times its original that it may have beyond those: the disk is not all there
is to bound it."""
BLINK_S = 0.5
Tell = Callable[[int], None]
_NAME = re.compile(r"[0-9a-f]{64}")


def served(sha256: str) -> Path:
    """Where the copy of an image lies, whether it is there or not; Invalid when that is no fingerprint."""
    if not _NAME.fullmatch(sha256):
        raise Invalid(f"不是文件指纹：{sha256[:80]}。 Not a fingerprint: {sha256[:80]}.")
    return Path(settings.VAR) / "rasters" / "served" / f"{sha256}.tif"


def build(original: Path, sha256: str, tell: Tell = lambda _: None) -> None:
    """Make the copy, whole or not at all; nothing to do when it is there. Invalid says why it cannot be made.

    `tell` hears now and then how many bytes are written; what it raises ends the work.
    """
    target = served(sha256)
    if target.exists():
        return
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    room = min(shutil.disk_usage(target.parent).free - SPARE, FREE + SWOLLEN * original.stat().st_size)
    part = target.with_name(f"{sha256}.{os.getpid()}.tif")
    try:
        if room > 0:
            _rewrite(original, part, room, tell)
            part.rename(target)
        else:
            raise Invalid(_no_room(original))
    finally:
        for left in target.parent.glob(f"{part.name}*"):  # GDAL keeps half-made overviews beside it
            left.unlink()


def _rewrite(original: Path, part: Path, room: int, tell: Tell) -> None:
    seconds = int(SECONDS + SECONDS_A_MEGABYTE * original.stat().st_size / 1e6)
    words = [sys.executable, "-m", "gis.ingest.readers.pyramid", original.resolve(), part.resolve(), room, seconds]
    code, errors = _run([str(word) for word in words], part, tell)
    if code == 0:
        return
    if code in (NO_ROOM, -signal.SIGXFSZ):
        raise Invalid(_no_room(original))
    if code == -signal.SIGXCPU:
        raise Invalid(
            f"{original.name} 过大，生成金字塔超过时限。 {original.name} is too large: its overviews take too long."
        )
    said = errors.decode(errors="replace").strip()[-200:]
    raise Invalid(
        f"{original.name} 的像素无法读取或显示。 The pixels of {original.name} cannot be read or shown. {said}".strip()
    )


def _run(words: list[str], part: Path, tell: Tell) -> tuple[int, bytes]:
    """How the process ended and what it said; it does not outlive who waits for it."""
    with subprocess.Popen(words, cwd=ROOT, env=gdal.environment(), stderr=subprocess.PIPE) as process:
        while True:
            try:
                _, said = process.communicate(timeout=BLINK_S)
                return process.returncode, said
            except subprocess.TimeoutExpired:
                with closed_on_error(process):
                    tell(sum(one.stat().st_size for one in part.parent.glob(f"{part.name}*")))


@contextmanager
def closed_on_error(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """End a process when what is done beside it fails."""
    try:
        yield
    except BaseException:
        process.kill()
        raise


def _no_room(original: Path) -> str:
    return (
        f"磁盘空间不足，或副本远大于原文件：放不下 {original.name} 的副本。 "
        f"The disk has no room for a copy of {original.name}, or the copy swells far beyond the file."
    )
