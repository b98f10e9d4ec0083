"""What any hostile file may take: so much of a processor and so much memory, of the importer and of its cell."""

from __future__ import annotations

import os
import re
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gis.ingest.readers import cell

SECONDS, MEMORY = 20, 1 << 30
"""Processor seconds and bytes for any hostile file of these tests, which are small; wall seconds would tell of the
machine's other work."""


@contextmanager
def bounded() -> Iterator[None]:
    """Neither the importer nor its cell takes more than SECONDS, nor is larger than MEMORY at any time."""
    spent, others = time.process_time(), resource.getrusage(resource.RUSAGE_CHILDREN)
    before = {one.process.pid: seconds(one.process.pid) for one in cell._idle}
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    resting = peak("self")
    try:
        yield
    finally:
        ended, alive = resource.getrusage(resource.RUSAGE_CHILDREN), [one.process.pid for one in cell._idle]
        spent = time.process_time() - spent + sum(map(seconds, alive)) - sum(before.values())
        assert spent + ended.ru_utime + ended.ru_stime - others.ru_utime - others.ru_stime < SECONDS
        assert peak("self") - resting < MEMORY, "the importer"
        assert max(map(peak, alive), default=0) < MEMORY, "a cell that lives"
        assert ended.ru_maxrss << 10 < max(MEMORY, (others.ru_maxrss << 10) + 1), "a cell that died"


def peak(pid: int | str) -> int:
    """The most memory that a process ever had, in bytes."""
    found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) << 10 if found else 0


def seconds(pid: int) -> float:
    """The processor seconds of a living process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
