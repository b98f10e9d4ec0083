"""What was promised, what was seen and was it met: a line as each is measured, all again at the end of `make bench`.

The lines wait in a file under VAR, because parts of a bench are processes of their own. A part that breaks off has
missed all that it would have told; the others run.
"""

from __future__ import annotations

import operator
import os
import subprocess
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.env import ROOT, read

SIGNS = {"≥": operator.ge, "≤": operator.le, "<": operator.lt, "=": operator.eq}
MISSED, BROKE = "MISSED", "BROKE"


def told(gate: str, seen: float, sign: str, bound: float, unit: str = "") -> bool:
    """Print and keep whether a gate was met."""
    met = bool(SIGNS[sign](seen, bound))
    _tell(f"{'met' if met else MISSED:<8}{gate}: {_said(seen)}{unit}, promised {sign} {_said(bound)}{unit}")
    return met


def left(gate: str, why: str) -> None:
    """Print and keep that a gate was not measured, and why."""
    _tell(f"{'left':<8}{gate}: {why}")


@contextmanager
def part(name: str) -> Iterator[None]:
    """A part of the bench: what breaks it off is told and counted as missed, and goes no further."""
    try:
        yield
    except (Exception, SystemExit) as why:
        traceback.print_exc()
        said = " ".join(str(why).split())[:200]
        _tell(f"{BROKE:<8}{name}: {type(why).__name__}{': ' if said else ''}{said}")


def process(name: str) -> None:
    """A part that is a process of its own. One that missed something has told it, and may end with a status."""
    with part(name):
        before = missed()
        status = subprocess.run([sys.executable, "-m", name], cwd=ROOT).returncode
        if status and missed() == before:
            raise SystemExit(f"status {status}")


def begin() -> None:
    """Forget an earlier run."""
    _file().parent.mkdir(parents=True, exist_ok=True)
    _file().write_text("", encoding="utf-8")


def missed() -> int:
    """How many were missed so far, or broke off."""
    return sum(line.startswith((MISSED, BROKE)) for line in _file().read_text(encoding="utf-8").splitlines())


def summary() -> int:
    """Print them all; 1 where one was missed."""
    print("\n".join(["", "gates", *_file().read_text(encoding="utf-8").splitlines()]))
    return int(missed() > 0)


def _tell(line: str) -> None:
    print(f"  {line}", flush=True)
    if _file().parent.is_dir():
        with _file().open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")


def _said(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) or value >= 100 else f"{value:.2f}"


def _file() -> Path:
    return read(os.environ).var / "bench" / "gates.txt"
