"""What was promised, what was seen and was it met: a line as each is measured, all again at the end of `make bench`.

The lines wait in a file under VAR, because parts of a bench are processes of their own.
"""

from __future__ import annotations

import operator
import os
from pathlib import Path

from config.env import read

SIGNS = {"≥": operator.ge, "≤": operator.le, "<": operator.lt, "=": operator.eq}
MISSED = "MISSED"


def told(gate: str, seen: float, sign: str, bound: float, unit: str = "") -> bool:
    """Print and keep whether a gate was met."""
    met = bool(SIGNS[sign](seen, bound))
    _tell(f"{'met' if met else MISSED:<8}{gate}: {_said(seen)}{unit}, promised {sign} {_said(bound)}{unit}")
    return met


def left(gate: str, why: str) -> None:
    """Print and keep that a gate was not measured, and why."""
    _tell(f"{'left':<8}{gate}: {why}")


def begin() -> None:
    """Forget an earlier run."""
    _file().parent.mkdir(parents=True, exist_ok=True)
    _file().write_text("", encoding="utf-8")


def summary() -> int:
    """Print them all; 1 where one was missed."""
    lines = _file().read_text(encoding="utf-8").splitlines()
    print("\n".join(["", "gates", *lines]))
    return int(any(line.startswith(MISSED) for line in lines))


def _tell(line: str) -> None:
    print(f"  {line}", flush=True)
    if _file().parent.is_dir():
        with _file().open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")


def _said(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) or value >= 100 else f"{value:.2f}"


def _file() -> Path:
    return read(os.environ).var / "bench" / "gates.txt"
