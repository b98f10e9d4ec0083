"""A packed file as plain ones: unpacked once into the temporary folder, within bounds, and refused when cut off."""

from __future__ import annotations

import shutil
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import IO, Any, cast

from isal import igzip, isal_zlib

from gis.errors import Invalid

CHUNK = 1 << 20
BROKEN: tuple[type[Exception], ...] = (EOFError, OSError, cast("type[Exception]", isal_zlib.error))
PACKED = (".gz", ".zip", ".kmz")
FOREIGN = (".rar", ".7z", ".tar", ".tgz", ".bz2", ".xz", ".zst")
LARGEST = 1 << 32
"""Bytes that a packed file may come to."""
SWOLLEN, FREE = 200, 1 << 26
"""Times its packed size that a file may come to, once it is larger than so many bytes."""
MOST = 10_000
"""Files in an archive."""
UTF8 = 0x800


@contextmanager
def unpacked(path: Path) -> Iterator[list[tuple[Path, str]]]:
    """The plain files in a path, with their names in the archive: the path itself, or what it packs.

    Raises Invalid when the packing is broken, cut off, too large once unpacked, or leads out of its own folder.
    """
    suffix = path.suffix.lower()
    if suffix in FOREIGN or path.name.lower().endswith(".tar.gz"):
        raise Invalid(
            f"{path.name}：不读取 {suffix} 压缩包，请解压后改用 .zip。 "
            f"{path.name}: {suffix} is not read; pack it as .zip."
        )
    if suffix not in PACKED:
        yield [(path, path.name)]
        return
    with tempfile.TemporaryDirectory(prefix="chengtu-import-") as folder:
        yield gunzipped(path, Path(folder)) if suffix == ".gz" else unzipped(path, Path(folder))


def names(path: Path) -> list[str]:
    """The names of the files in an archive; none of a file that is no .zip."""
    if path.suffix.lower() != ".zip":
        return []
    with zipfile.ZipFile(path) as archive:
        return [name for _, name in members(path, archive)]


def gunzipped(path: Path, folder: Path) -> list[tuple[Path, str]]:
    """Unpack a .gz; the end mark of the stream is what tells a whole file from a cut one."""
    if Path(path.stem).suffix.lower() in (*PACKED, *FOREIGN):
        raise twice(path, path.stem)
    target = folder / path.stem
    try:
        packed = igzip.open(path, "rb")  # type: ignore[no-untyped-call]  # isal has no types for it
        with packed, target.open("wb") as out:
            copy(path, packed, out, path.stat().st_size)
    except BROKEN as error:
        raise cut(path, error) from error
    return [(target, path.stem)]


def unzipped(path: Path, folder: Path) -> list[tuple[Path, str]]:
    """Unpack a .zip, after a look at its table of contents."""
    found = []
    try:
        with zipfile.ZipFile(path) as archive:
            budget = LARGEST
            for info, name in members(path, archive):
                target = folder / name
                target.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(info) as packed, target.open("wb") as out:
                    budget -= copy(path, packed, out, info.compress_size, budget)
                found.append((target, name))
    except (zipfile.BadZipFile, EOFError, zlib.error, OSError, NotImplementedError, RuntimeError, ValueError) as error:
        raise cut(path, error) from error
    return found


def copy(path: Path, packed: IO[bytes] | Any, out: IO[bytes], size: int, budget: int = LARGEST) -> int:
    """Copy a packed stream of `size` packed bytes until it ends or swells beyond what a file of data does."""
    done = 0
    while chunk := packed.read(CHUNK):
        done += len(chunk)
        if done > budget or done > max(FREE, SWOLLEN * size) or shutil.disk_usage(path.parent).free < CHUNK:
            raise bomb(path)
        out.write(chunk)
    return done


def members(path: Path, archive: zipfile.ZipFile) -> list[tuple[zipfile.ZipInfo, str]]:
    """The files of an archive with the names they are unpacked by; Invalid when one should not be there."""
    infos = [info for info in archive.infolist() if not info.is_dir()]
    if len(infos) > MOST or sum(info.file_size for info in infos) > LARGEST:
        raise bomb(path)
    places = sorted((info.header_offset, info.header_offset + 30 + info.compress_size) for info in infos)
    if any(end > start for (_, end), (start, _) in pairwise(places)):
        raise bomb(path)
    kept: dict[str, zipfile.ZipInfo] = {}
    for info in infos:
        name = safe(path, info)
        if name.startswith("__MACOSX/") or PurePosixPath(name).name.startswith("."):
            continue
        if PurePosixPath(name).suffix.lower() in (*PACKED, *FOREIGN):
            raise twice(path, name)
        if name in kept:
            raise cut(path, f"同名文件 twice the same name: {name}")
        kept[name] = info
    return [(info, name) for name, info in kept.items()]


def safe(path: Path, info: zipfile.ZipInfo) -> str:
    """The name of a member below its folder; Chinese names of old packers are GBK that calls itself cp437."""
    name = info.filename
    if not info.flag_bits & UTF8:
        try:
            raw = name.encode("cp437")
            name = raw.decode("utf-8" if legible(raw) else "gb18030")
        except UnicodeError:
            pass
    parts = PurePosixPath(name.replace("\\", "/")).parts
    odd = not parts or ".." in parts or parts[0].startswith("/") or ":" in parts[0] or "\0" in name
    if odd or stat.S_ISLNK(info.external_attr >> 16):
        raise Invalid(
            f"{path.name} 里的“{name[:100]}”是链接或指向压缩包之外，没有解压。 "
            f"{name[:100]!r} in {path.name} is a link or leads out of the archive; nothing was unpacked."
        )
    if info.flag_bits & 1:
        raise Invalid(
            f"{path.name} 有密码，请去掉密码后重新压缩。 {path.name} has a password; pack it again without one."
        )
    return "/".join(part.replace("!", "_") for part in parts)


def legible(raw: bytes) -> bool:
    """Whether the bytes are UTF-8."""
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def bomb(path: Path) -> Invalid:
    """The refusal of an archive that is far larger than it looks."""
    return Invalid(
        f"{path.name} 解压后过大（超过压缩前的 {SWOLLEN} 倍、{LARGEST >> 30} GB 或 {MOST} 个文件，或文件相互重叠），"
        "没有导入。 "
        f"{path.name} swells too much when unpacked (more than {SWOLLEN} times, {LARGEST >> 30} GB or {MOST} files, "
        "or entries that overlap); nothing was imported."
    )


def twice(path: Path, name: str) -> Invalid:
    """The refusal of an archive within an archive."""
    return Invalid(
        f"{path.name} 里还有压缩包 {name}：请先解压，再把数据文件直接压缩。 "
        f"{path.name} holds another archive, {name}: unpack it and pack the data files themselves."
    )


def cut(path: Path, error: Exception | str) -> Invalid:
    """The refusal of a file that ends too early or is damaged; where it lies on our disk is nobody's business."""
    error = str(error).replace(f"{path.parent}/", "").partition("; It might help")[0]
    return Invalid(
        f"{path.name} 不完整或已损坏，没有导入任何内容（{error}）。 "
        f"{path.name} is cut off or damaged; nothing was imported ({error})."
    )
