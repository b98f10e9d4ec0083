"""The older release as git has it, and the guide by which it is brought to this one."""

import re
import shutil
import subprocess
from pathlib import Path

from config.env import ROOT

SINCE = "gis/migrations/0018_clearance.py"
LIBRARIES = ("requirements.lock", "package-lock.json")


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


def unlike(commit: str) -> str:
    """The lock file by which a commit wants other libraries than this tree; nothing when it wants the same."""
    for name in LIBRARIES:
        if git("show", f"{commit}:{name}").decode() != (ROOT / name).read_text(encoding="utf-8"):
            return name
    return ""


def unpack(commit: str, folder: Path) -> None:
    """Lay a commit's tree into a new folder, with the libraries of this one."""
    folder.mkdir(parents=True)
    subprocess.run(["tar", "-x", "-C", str(folder)], input=git("archive", commit), check=True)
    shutil.copytree(ROOT / "frontend/static/vendor", folder / "frontend/static/vendor")
