"""`python -m bench.conformance`: OGC's 29 abstract tests of Features Core against our server, by `ogctests`.

It was written by others and wants older libraries than ours, hence an environment of its own (`ogctests.lock`). Some
tests want features in the first collection: an address given as a word, or the database of VAR with its sample town.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from bench.page import served
from config.env import ROOT, read

LOCK = Path(__file__).with_name("ogctests.lock")


def main(address: str, var: Path) -> int:
    """Run them; nought if all passed."""
    venv = var / "ogctests-venv"
    mark, python = venv / ".lock", str(venv / "bin" / "python")
    if not mark.exists() or mark.read_text() != LOCK.read_text():
        subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(LOCK)], check=True)
        mark.write_text(LOCK.read_text())
    tests = next((venv / "lib").glob("python*/site-packages/ogctests/features/core"))
    words = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=short", str(tests)]
    return subprocess.run(words, cwd=venv, env={**os.environ, "INSTANCE_URL": f"{address}/ogc"}, check=False).returncode


if __name__ == "__main__":
    os.chdir(ROOT)
    with served() as address:
        sys.exit(main(address, read(os.environ).var))
