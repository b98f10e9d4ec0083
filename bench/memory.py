"""Memory by proportional set size (pages shared by several processes count once in the sum), and processor time."""

import os
from pathlib import Path


def tree(root: int) -> set[int]:
    """A process and all its descendants."""
    parents: dict[int, int] = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = status.read_text()
        except OSError:  # it ended while we looked
            continue
        parents[int(status.parent.name)] = int(text.rpartition(")")[2].split()[1])
    found = {root}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def pss(processes: set[int]) -> float:
    """Megabytes of the processes together."""
    kilobytes = 0
    for process in processes:
        try:
            text = Path(f"/proc/{process}/smaps_rollup").read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue
        kilobytes += int(text.partition("\nPss:")[2].split()[0])
    return kilobytes / 1024


def cpu(processes: set[int]) -> float:
    """Seconds of processor time that the processes took, and such children of theirs as have ended."""
    ticks = 0
    for process in processes:
        try:
            text = Path(f"/proc/{process}/stat").read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue
        ticks += sum(int(part) for part in text.rpartition(")")[2].split()[11:15])
    return ticks / os.sysconf("SC_CLK_TCK")
