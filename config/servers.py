"""Which servers run on a VAR: each leaves its process number there, so that `make stop` ends what `make run` began."""

import os
import signal
import time
from pathlib import Path

PATIENCE = 30  # seconds; Granian gives a request under way twenty


def mark(var: Path, port: int | str) -> None:
    """Note that this process is the server on `port`, or the one of that name.

    The start time tells it from a later owner of its number.
    """
    (var / f"server-{port}.pid").write_text(f"{os.getpid()} {_started(os.getpid())}\n", encoding="ascii")


def running(var: Path) -> list[int]:
    """The process numbers of the servers alive on `var`; notes about dead ones are removed."""
    alive = []
    for note in sorted(var.glob("server-*.pid")):
        number, _, started = note.read_text(encoding="ascii").strip().partition(" ")
        if number.isdecimal() and started and _started(int(number)) == started:
            alive.append(int(number))
        else:
            note.unlink(missing_ok=True)
    return alive


def stop(var: Path, patience: float = PATIENCE) -> list[int]:
    """Ask every server on `var` to end and wait; returns those that still run. Raises PermissionError."""
    deadline = time.monotonic() + patience
    for number in running(var):
        os.kill(number, signal.SIGTERM)
    while (left := running(var)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return left


def _started(number: int) -> str:
    """When a process began, in ticks since boot; empty for one that ended, reaped or not."""
    try:
        fields = Path("/proc", str(number), "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return ""
    return "" if fields[0] in "ZX" else fields[19]
