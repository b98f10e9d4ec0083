"""The older release as git has it, and the guide by which it is brought to this one."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from bench.peers import environment
from config.env import ROOT

SINCE = "gis/migrations/0018_clearance.py"
PYTHONS, SCRIPTS = "requirements.lock", "package-lock.json"


def git(*words: str) -> bytes:
    """What git says of this repository."""
    return subprocess.run(["git", *words], cwd=ROOT, check=True, capture_output=True).stdout


def guide() -> str:
    """The commands of the operator's guide, but for `make`."""
    text = (ROOT / "docs" / "operator.md").read_text(encoding="utf-8").split("\n### Upgrade\n")[1]
    [block] = re.findall(r"^```\n(.*?)^```", text, re.MULTILINE | re.DOTALL)[:1]
    return re.sub(r"^make .*\n", "", block, flags=re.MULTILINE)


def last_without_clearance() -> str:
    """The last commit before footprints had a `clearance`."""
    return git("log", "--diff-filter=A", "--format=%h", "--", SINCE).decode().strip() + "^"


def unchanged(commit: str, name: str) -> bool:
    """Whether a lock file was what it is in this tree."""
    return git("show", f"{commit}:{name}").decode() == (ROOT / name).read_text(encoding="utf-8")


def python(commit: str, folder: Path, tree: Path) -> str:
    """The interpreter with the libraries that a commit wants, its tree being unpacked: ours when they are the same,
    else one of its own in ``folder``."""
    if unchanged(commit, PYTHONS):
        return sys.executable
    return str(environment(folder, tree / PYTHONS) / "bin" / "python")


def unpack(commit: str, folder: Path) -> None:
    """Lay a commit's tree into a new folder, with the scripts and styles of others that this one has."""
    folder.mkdir(parents=True)
    subprocess.run(["tar", "-x", "-C", str(folder)], input=git("archive", commit), check=True)
    shutil.copytree(ROOT / "frontend/static/vendor", folder / "frontend/static/vendor")
