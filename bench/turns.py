"""Processors go from process to process, not from session to session, while a server is measured (docs/operator.md).

Each process of PostgreSQL is a session of its own. Where Linux groups processes by session, it gives one of them as
much as the server, the clients and all else together, now too much and then nothing for a fifth of a second.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SWITCH = Path("/proc/sys/kernel/sched_autogroup_enabled")
"""Of the whole machine; what cgroups keep apart, as containers, it does not concern."""


@contextmanager
def one_by_one() -> Iterator[None]:
    """Set the switch as the guide does, and back. Where that is not allowed, say so."""
    before = SWITCH.read_text() if SWITCH.exists() else "0"
    if before.strip() == "0":
        yield
        return
    try:
        SWITCH.write_text("0")
    except OSError:
        print(f"  {SWITCH.name} = 1: 数据库进程会停顿,结果偏慢 / PostgreSQL's processes will pause (docs/operator.md)")
        yield
        return
    try:
        yield
    finally:
        SWITCH.write_text(before)
