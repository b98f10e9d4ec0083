"""A process apart in which a stranger's file is parsed: it has no network, no database, little memory and little time.

Parsers written in C and Rust meet the file there, not where the database connection and the secrets are. What a cell
may do is set once, when it starts (`gis.ingest.readers.__main__`); a cell that broke is thrown away.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any, cast

from gis.errors import Invalid
from gis.ingest.readers import frames, gdal
from gis.ingest.readers.plain import cut
from gis.ingest.readers.source import Ask, Batch, Source

ROOT = Path(__file__).resolve().parents[3]
SECONDS = 60
"""Processor seconds for any file, and the further ones for each megabyte of it."""
SECONDS_A_MEGABYTE = 2

_idle: list[Cell] = []
_door = threading.Lock()


@atexit.register
def dismiss() -> None:
    """End the cells that wait."""
    while _idle:
        cell = _idle.pop()
        if cell.owner == os.getpid():
            cell.end()


class Refused(Exception):
    """What a reader said about a file it does not take."""


class Cell:
    """One child process; it serves one file at a time and ends by itself when nobody asks for a minute."""

    def __init__(self) -> None:
        self.owner = os.getpid()
        self.silent = True
        """Whether it has said all it has to say about the file it was asked for."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gis.ingest.readers"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env=gdal.environment(),
        )
        self.into = cast("IO[bytes]", self.process.stdin)
        self.out = cast("IO[bytes]", self.process.stdout)

    def ask(self, request: dict[str, Any]) -> tuple[bytes, bytes]:
        """Send a request and hear the first frame of the answer."""
        self.silent = False
        frames.say(self.into, b"?", frames.words(request))
        kind, body = frames.hear(self.out)
        self.silent = kind != b"S"
        return kind, body

    def end(self) -> int:
        """Kill it, if it still runs, and tell how it ended."""
        self.process.kill()
        for pipe in (self.into, self.out):
            with suppress(BrokenPipeError):
                pipe.close()
        return self.process.wait()


def taken() -> Cell:
    """A cell that waits, or a new one; a forked child leaves its parent's cells alone."""
    with _door:
        while _idle:
            cell = _idle.pop()
            if cell.owner == os.getpid():
                if cell.process.poll() is None:
                    return cell
                cell.end()
    return Cell()


def given_back(cell: Cell) -> None:
    """Keep one cell for the next file."""
    with _door:
        if not _idle:
            _idle.append(cell)
            return
    cell.end()


@contextmanager
def opened(path: Path, reader: str, ask: Ask, most: int | None = None) -> Iterator[Source]:
    """Read a plain file by one of the readers in a cell; `most` batches at most, where given.

    Raises Invalid when the reader refuses the file, and when the cell dies over it.
    """
    with conversation(path, reader, "open", ask=asdict(ask), most=most) as (cell, kind, body):
        header = answer(kind, body, b"S")
        notes = [str(note) for note in header["notes"]]
        yield Source(
            str(header["layer"]), header["crs"], tuple(header["fields"]), batches(path, cell, notes), header["rows"],
            notes, tuple(header["places"]), bool(header["presumed"]),
        )  # fmt: skip


def told(path: Path, reader: str, do: str) -> Any:
    """A short answer about a plain file: "layers" (their names) or "describe" (what a raster is)."""
    with conversation(path, reader, do) as (_, kind, body):
        return answer(kind, body, b"T")


@contextmanager
def conversation(path: Path, reader: str, do: str, **more: Any) -> Iterator[tuple[Cell, bytes, bytes]]:
    """A cell that has been asked, with the first frame of its answer; one that is not done at the end is ended."""
    if not path.stat().st_size:
        raise Invalid(f"{path.name} 是空文件（0 字节）。 {path.name} is an empty file (0 bytes).")
    seconds = int(SECONDS + SECONDS_A_MEGABYTE * path.stat().st_size / 1e6)
    request = {"do": do, "path": str(path.resolve()), "reader": reader, "seconds": seconds, **more}
    cell = taken()
    try:
        try:
            said = cell.ask(request)
        except (BrokenPipeError, EOFError):
            if cell.process.wait() != 0:  # it died over this file; else it had been idle for too long
                raise
            cell.end()
            cell = Cell()
            said = cell.ask(request)
        yield cell, *said
    except (BrokenPipeError, EOFError) as error:
        raise dead(path, cell.process.wait()) from error
    except Refused as error:
        raise Invalid(str(error)) from error
    finally:
        if cell.silent and cell.process.poll() is None:
            given_back(cell)
        else:
            cell.end()


def answer(kind: bytes, body: bytes, wanted: bytes) -> Any:
    """The JSON of a frame; the reader's own refusal or fault where it is another kind of frame."""
    if kind == wanted:
        return json.loads(body)
    if kind == b"X":
        raise Refused(json.loads(body))
    raise RuntimeError("a reader failed:\n" + json.loads(body))


def batches(path: Path, cell: Cell, notes: list[str]) -> Iterator[Batch]:
    """The batches as they come."""
    while True:
        try:
            kind, body = frames.hear(cell.out)
        except EOFError as error:
            raise dead(path, cell.process.wait()) from error
        if kind == b"B":
            yield frames.unpacked(body, notes)
            continue
        cell.silent = True
        notes += [str(note) for note in answer(kind, body, b"E")]
        return


def dead(path: Path, code: int) -> Invalid:
    """The refusal of a file over which a cell died: out of time, out of memory, or by the parser's own fault."""
    if code == -signal.SIGXCPU:
        return Invalid(
            f"{path.name} 读取时间超过限度，没有导入任何内容；请拆成几个文件。 "
            f"{path.name} takes too long to read; nothing was imported. Hand it over in parts."
        )
    if code in (-signal.SIGABRT, -signal.SIGKILL):
        return roomless(path)
    return cut(path, f"读取程序中断 the reader died ({code})")


def roomless(path: Path) -> Invalid:
    """The refusal of a file that needs more memory than a cell has."""
    return Invalid(
        f"{path.name} 所需内存超过限度，没有导入任何内容；请拆成几个文件。 "
        f"{path.name} needs too much memory to be read; nothing was imported. Hand it over in parts."
    )
