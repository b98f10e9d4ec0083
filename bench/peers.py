"""Environments of their own for what we are measured beside, from hashed locks; made once for each lock."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SERVERS, PARSERS = (Path(__file__).with_name(name) for name in ("requirements.lock", "parsers.lock"))


def environment(venv: Path, lock: Path) -> Path:
    """Install what the lock names into ``venv`` unless it is there; return ``venv``. The Python is ours: one that is
    compiled otherwise takes a fifth more or less for the same."""
    mark, wanted = venv / ".lock", f"# {sys.base_prefix} {sys.version}\n{lock.read_text()}"
    if not mark.exists() or mark.read_text() != wanted:
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(venv)], check=True)
        pip = [str(venv / "bin" / "python"), "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(lock)]
        subprocess.run(pip, check=True)
        mark.write_text(wanted)
    return venv
