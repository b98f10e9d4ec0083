"""A packed file as a plain one: unpacked once into the temporary folder, and refused when it was cut off."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from isal import igzip, isal_zlib

from gis.errors import Invalid

CHUNK = 1 << 20
BROKEN: tuple[type[Exception], ...] = (EOFError, OSError, cast("type[Exception]", isal_zlib.error))


@contextmanager
def plain(path: Path, suffixes: tuple[str, ...]) -> Iterator[Path]:
    """The path itself, or the path of its unpacked content; Invalid when the packing is broken or cut off."""
    suffix = path.suffix.lower()
    if suffix not in (".gz", ".zip"):
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="chengtu-import-") as folder:
        yield gunzipped(path, Path(folder)) if suffix == ".gz" else unzipped(path, Path(folder), suffixes)


def gunzipped(path: Path, folder: Path) -> Path:
    """Unpack a .gz; the end mark of the stream is what tells a whole file from a cut one."""
    target = folder / path.stem
    try:
        # isal ships its types without those of open
        with igzip.open(path, "rb") as packed, target.open("wb") as out:  # type: ignore[no-untyped-call]
            shutil.copyfileobj(packed, out, CHUNK)
    except BROKEN as error:
        raise cut(path, error) from error
    return target


def unzipped(path: Path, folder: Path, suffixes: tuple[str, ...]) -> Path:
    """Unpack a .zip and name the one readable file in it."""
    try:
        with zipfile.ZipFile(path) as archive:
            archive.extractall(folder)
    except (zipfile.BadZipFile, EOFError, zlib.error, OSError) as error:
        raise cut(path, error) from error
    found = sorted(file for file in folder.rglob("*") if file.suffix.lower() in suffixes and file.is_file())
    shapes = [file for file in found if file.suffix.lower() == ".shp"]
    found = shapes or found  # a shapefile's README.txt is not its data
    if len(found) != 1:
        names = "、".join(str(file.relative_to(folder)) for file in found) or "—"
        raise Invalid(
            f"{path.name} 里应当正好有一个可导入的文件，现有：{names}。 "
            f"{path.name} should hold exactly one file to import; it holds: {names}."
        )
    return found[0]


def cut(path: Path, error: Exception | str) -> Invalid:
    """The refusal of a file that ends too early or is damaged."""
    return Invalid(
        f"{path.name} 不完整或已损坏，没有导入任何内容（{error}）。 "
        f"{path.name} is cut off or damaged; nothing was imported ({error})."
    )
