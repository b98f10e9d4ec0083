"""Files on their way in: named safely, written in order, kept apart a person, and gone again after some days."""

from __future__ import annotations

import errno
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from django.conf import settings
from django.contrib.auth.models import User
from django.utils import timezone

from gis.errors import Conflict, Invalid, NoRoom, NotFound
from gis.models import ImportJob, Upload

CHUNK = 1 << 20
"""Bytes a request brings: what a proxy lets through unasked."""
MOST_FILES, MOST_OPEN, LONGEST = 1000, 50, 120
KEPT = timedelta(days=7)
SPARE = 1 << 29
"""Bytes of the disk that stay free: the database lives there too."""
TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
ODD = re.compile(r'[\x00-\x1f\x7f<>:"|?*\u202a-\u202e\u2066-\u2069\ud800-\udfff]')
"""Signs that no file system should meet, that turn the reading direction, and halves of signs."""


def folder() -> Path:
    """Where the files of all uploads lie."""
    return Path(settings.VAR) / "imports" / "incoming"


def home(upload: Upload) -> Path:
    """The folder of one upload."""
    return folder() / upload.token


def place(upload: Upload, number: int) -> Path:
    """Where a file of an upload lies; NotFound when there is no such file."""
    if not 0 <= number < len(upload.files):
        raise NotFound("没有这个文件 / no such file")
    base = home(upload) / "files"
    path = Path(os.path.normpath(base / str(upload.files[number]["name"])))
    if not path.is_relative_to(base):  # `safe` lets no such name in; nothing may be written elsewhere whatever it does
        raise NotFound("没有这个文件 / no such file")
    return path


def received(upload: Upload, number: int) -> int:
    """Bytes of a file that have arrived."""
    path = place(upload, number)
    return path.stat().st_size if path.is_file() else 0


def complete(upload: Upload) -> bool:
    """Whether every file is whole."""
    return all(received(upload, number) == file["size"] for number, file in enumerate(upload.files))


def safe(name: Any) -> str:
    """A file's name, with the folders it was dropped with, as a path below ours; Invalid for one that leads out."""
    parts = PurePosixPath(str(name).replace("\\", "/")).parts
    # Two slashes in front are a root of their own to POSIX: its part is "//", not "/".
    if not isinstance(name, str) or not parts or parts[0][0] == "/" or ".." in parts or ODD.search(name):
        raise Invalid(f"文件名不能用：{str(name)[:LONGEST]!r} / this file name will not do: {str(name)[:LONGEST]!r}")
    if len(parts) > 8 or any(len(part.encode()) > 2 * LONGEST for part in parts):
        raise Invalid(f"文件名过长：{name[:LONGEST]} / this file name is too long: {name[:LONGEST]}")
    return "/".join(parts)


def begin(by: User, announced: Any) -> Upload:
    """Open an upload for the files announced as [{name, size}]; Invalid when it will not do, NoRoom on a full disk."""
    clear_old()
    files = checked(announced)
    if Upload.objects.filter(by=by).count() >= MOST_OPEN:
        raise Conflict(f"已有 {MOST_OPEN} 次上传，请先删除一些 / you have {MOST_OPEN} uploads: delete some")
    folder().mkdir(parents=True, exist_ok=True)
    if sum(file["size"] for file in files) + SPARE > shutil.disk_usage(folder()).free:
        raise full()
    upload = Upload.objects.create(by=by, files=files)
    for number in range(len(files)):
        path = place(upload, number)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return upload


def checked(announced: Any) -> list[dict[str, Any]]:
    """The files of an announcement, their names made safe."""
    if not isinstance(announced, list) or not 0 < len(announced) <= MOST_FILES:
        raise Invalid(f"一次请选 1–{MOST_FILES} 个文件 / choose 1 to {MOST_FILES} files")
    files: list[dict[str, Any]] = []
    for one in announced:
        name, size = (safe(one.get("name")), one.get("size")) if isinstance(one, dict) else ("", None)
        if type(size) is not int or size < 0:
            raise Invalid(f"{name}：缺少文件大小 / {name}: its size is missing")
        files.append({"name": name, "size": size})
    names = [file["name"].casefold() for file in files]
    if twice := {name for name in names if names.count(name) > 1}:
        raise Invalid(f"有同名文件：{min(twice)} / two files have one name: {min(twice)}")
    if inside := {name for name in names for other in names if other.startswith(name + "/")}:
        raise Invalid(f"{min(inside)} 既是文件又是文件夹 / {min(inside)} is both a file and a folder")
    total, limit = sum(file["size"] for file in files), settings.IMPORT_LIMIT
    if total > limit:
        raise Invalid(
            f"共 {total / 2**20:,.0f} MB，超过上限 {limit / 2**20:,.0f} MB；请分批上传，或请管理员用命令行导入 / "
            f"{total / 2**20:,.0f} MB in all is over the limit of {limit / 2**20:,.0f} MB"
        )
    return files


def append(upload: Upload, number: int, offset: int, body: BinaryIO) -> int:
    """Write the next bytes of a file and return how many it has now.

    Conflict when they do not join on (a repeated or lost request): the browser then asks where to go on.
    """
    path, size = place(upload, number), int(upload.files[number]["size"])
    if shutil.disk_usage(folder()).free < SPARE:  # several uploads may have been promised the same room
        raise full()
    with writing(path) as file:
        have = file.seek(0, 2)
        if have != offset:
            raise Conflict(f"应从第 {have} 字节继续 / go on at byte {have}")
        data = body.read(CHUNK + 1)
        if len(data) > CHUNK or have + len(data) > size:
            raise Invalid(f"{path.name}：内容比所报的 {size} 字节多 / more bytes than the {size} announced")
        file.write(data)
        return have + len(data)


@contextmanager
def writing(path: Path) -> Iterator[BinaryIO]:
    """A file to append to; a full disk is a sentence, and a chunk that broke off leaves no half of it."""
    before = path.stat().st_size if path.exists() else 0
    try:
        with path.open("ab") as file:
            yield file
    except OSError as error:
        with suppress(OSError):
            os.truncate(path, before)
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise full() from error
        if isinstance(error, FileNotFoundError):
            raise NotFound("这次上传已被删除 / this upload was deleted") from error
        raise


def full() -> NoRoom:
    """The refusal on a full disk."""
    return NoRoom("服务器磁盘空间不足，请联系管理员 / the server's disk is full: tell the administrator")


def of(by: User, token: str, everybody: bool = False) -> Upload:
    """One's own upload (with `everybody`: anyone's); NotFound for every other token."""
    found = Upload.objects.filter(token=token) if TOKEN.fullmatch(token) else Upload.objects.none()
    upload = (found if everybody else found.filter(by=by)).first()
    if upload is None:
        raise NotFound("没有这次上传，或已过期 / no such upload, or it has expired")
    return upload


def drop(uploads: Sequence[Upload]) -> None:
    """Delete uploads and their files; Conflict while one of them is being worked on."""
    ids = [upload.pk for upload in uploads]
    if ImportJob.objects.filter(upload__in=ids, state__in=("waiting", "running")).exists():
        raise Conflict("任务还在进行，请先取消 / a job is under way: cancel it first")
    Upload.objects.filter(pk__in=ids).delete()
    for upload in uploads:
        shutil.rmtree(home(upload), ignore_errors=True)


def clear_old() -> None:
    """Delete what is older than a week and not at work."""
    busy = ImportJob.objects.filter(state__in=("waiting", "running")).values("upload")
    old = Upload.objects.filter(at__lt=timezone.now() - KEPT).exclude(pk__in=busy.filter(upload__isnull=False))
    drop(list(old))
