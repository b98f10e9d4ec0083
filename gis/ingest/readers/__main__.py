"""The inside of a cell: bound by the kernel first, then serving files until nobody asks any more."""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import platform
import resource
import select
import struct
import sys
import traceback
from itertools import islice
from pathlib import Path
from typing import IO, Any

from gis.errors import Invalid
from gis.ingest.readers import frames
from gis.ingest.readers.bulk import bounded
from gis.ingest.readers.cell import roomless
from gis.ingest.readers.plain import cut
from gis.ingest.readers.source import Ask

MEMORY = 3 << 30
"""Bytes of address space that a cell may have."""
WIDEST = 2_000
"""Columns that a file may have."""
IDLE = 60.0
"""Seconds after which a cell that nobody asks ends."""
ARCHITECTURE, *CALLS = {
    "x86_64": (0xC000003E, 41, 42, 59, 322, 101, 310, 311, 425, 438),
    "aarch64": (0xC00000B7, 198, 203, 221, 281, 117, 270, 271, 425, 438),
}.get(platform.machine(), (0,))
"""The kernel's numbers of socket, connect, execve and execveat; of ptrace, process_vm_readv, process_vm_writev and
pidfd_getfd, which reach into the importer; and of io_uring_setup, through which one could connect all the same."""
OTHER_ABI = 1 << 30
"""From here on numbers are of x86's x32 ABI, which would name the same calls anew."""


def bind() -> None:
    """Give up memory without end, files to write, core dumps, sockets and other programs, for good."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (128, 128))
    if ARCHITECTURE:
        refuse_calls()


def refuse_calls() -> None:
    """Let the kernel answer CALLS with EPERM (seccomp filter); where it cannot, GDAL's own settings still stand."""
    load, equal, above, give, pass_on, refuse = 0x20, 0x15, 0x35, 0x06, 0x7FFF0000, 0x00050001  # BPF, and answers
    program = [(load, 0, 0, 4), (equal, 1, 0, ARCHITECTURE), (give, 0, 0, pass_on), (load, 0, 0, 0)]
    program += [(above, len(CALLS) + 1, 0, OTHER_ABI)]
    program += [(equal, len(CALLS) - place, 0, number) for place, number in enumerate(CALLS)]
    program += [(give, 0, 0, pass_on), (give, 0, 0, refuse)]
    code = b"".join(struct.pack("HBBI", *line) for line in program)
    lines = ctypes.create_string_buffer(code, len(code))
    whole = struct.pack("HxxxxxxP", len(program), ctypes.addressof(lines))
    libc = ctypes.CDLL(None)
    libc.prctl(38, 1, 0, 0, 0)  # no new privileges: what an unprivileged filter asks for
    libc.prctl(22, 2, ctypes.create_string_buffer(whole, len(whole)), 0, 0)


def allow(seconds: int) -> None:
    """Let this process use so many processor seconds more; then the kernel ends it by SIGXCPU."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(used.ru_utime + used.ru_stime) + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))


def serve(asked: IO[bytes], out: IO[bytes]) -> None:
    """Answer one request after the other; nothing waits in the buffer between them, so that select sees the next."""
    while select.select([asked], [], [], IDLE)[0]:
        try:
            _, body = frames.hear(asked)
        except EOFError:
            return
        request = json.loads(body)
        path = Path(request["path"])
        allow(request["seconds"])
        try:
            answer(path, request, out)
        except Invalid as error:
            frames.say(out, b"X", frames.words(str(error)))
        except MemoryError:
            frames.say(out, b"X", frames.words(str(roomless(path))))
        except (RecursionError, OverflowError) as error:
            frames.say(out, b"X", frames.words(str(cut(path, type(error).__name__))))
        except BrokenPipeError:
            return
        except Exception:
            frames.say(out, b"!", frames.words(traceback.format_exc()))


def answer(path: Path, request: dict[str, Any], out: IO[bytes]) -> None:
    """A short answer in one frame, or the header of a file and then its batches."""
    reader = importlib.import_module(f"gis.ingest.readers.{request['reader']}")
    if request["do"] != "open":
        frames.say(out, b"T", frames.words(getattr(reader, request["do"])(path)))
        return
    asked = request["ask"]
    with reader.opened(path, Ask(asked["subject"], asked["layer"], tuple(asked["places"]))) as source:
        if len(source.fields) > WIDEST:
            raise wide(path, len(source.fields))
        told = len(source.notes)
        header = {
            "layer": source.layer, "crs": source.crs, "fields": source.fields, "rows": source.rows,
            "notes": source.notes, "places": source.places, "presumed": source.presumed,
        }  # fmt: skip
        frames.say(out, b"S", frames.words(header))
        for batch in islice(source.batches, request["most"]):
            for parts in frames.packed(bounded(batch), source.notes[told:]):
                frames.say(out, b"B", *parts)
            told = len(source.notes)
        frames.say(out, b"E", frames.words(source.notes[told:]))


def wide(path: Path, columns: int) -> Invalid:
    """The refusal of a file with more columns than any register has: each is compared with every name we know."""
    return Invalid(
        f"{path.name} 有 {columns} 列，超过 {WIDEST} 列，没有导入任何内容。 "
        f"{path.name} has {columns} columns, over {WIDEST}; nothing was imported."
    )


def main() -> None:
    """Serve on the standard pipes; what a library prints must not mix with the frames."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    bind()
    serve(sys.stdin.buffer, out)


if __name__ == "__main__":
    main()
