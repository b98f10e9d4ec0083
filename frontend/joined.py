"""The modules of the map, joined into a few files when static files are collected, in the order in which they are
wanted: on an old phone each file costs 10 ms, however small and even out of the browser's own cache, and what a module
imports is asked for only once it has come.

Sources stay as written, and are served as written while DEBUG is on. A joined file takes the name of its last module
and exports what all of them export; an import map leads the other names to it, so that no module is there twice.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from whitenoise.storage import CompressedStaticFilesStorage

FOLDER = "frontend"
SCRIPTS = Path(__file__).parent / "static" / FOLDER
IMPORTED = re.compile(r'^import \{ (.+) \} from "\./([a-z-]+\.js)";\n', re.MULTILINE)
EXPORTED = re.compile(r"^export (?=(?:async )?(?:const|function\*?) (\w+))", re.MULTILINE)


def source(name: str) -> str:
    """Return a module as written."""
    return (SCRIPTS / name).read_text(encoding="utf-8")


def imports(name: str) -> list[str]:
    """Return all that a module imports before it runs, each once and after what it needs; itself the last."""
    found: dict[str, None] = {}
    for _, other in IMPORTED.findall(source(name)):
        found |= dict.fromkeys(imports(other))
    return [*found, name]


def parted(*parts: str) -> dict[str, list[str]]:
    """Return for each of these modules those that run with it, itself the last: what an earlier one brings is there."""
    found: dict[str, list[str]] = {}
    for part in parts:
        there = {name for names in found.values() for name in names}
        found[part] = [name for name in imports(part) if name not in there]
    return found


FIRST = ("ahead.js", "main.js")
"""What the first picture waits for; words on the map and all that stands around it come after."""
PARTS = parted(*FIRST, "wording.js", "page.js")
"""Joined file → its modules in the order in which they run."""


def joined(part: str) -> str:
    """Return the source of a joined file: each module a function, so that what it does not export stays its own."""
    modules = PARTS[part]
    lines = [f'import {{ {", ".join(names)} }} from "./{other}";\n' for other, names in _outside(modules).items()]
    lines += [_closed(source(module)) for module in modules]
    exports = [name for module in modules for name in EXPORTED.findall(source(module))]
    return "".join([*lines, f"export {{ {', '.join(exports)} }};\n"])


def _outside(modules: list[str]) -> dict[str, list[str]]:
    """Other files → what these modules import from them."""
    found: dict[str, dict[str, None]] = {}
    for module in modules:
        for names, other in IMPORTED.findall(source(module)):
            if other not in modules:
                found.setdefault(places().get(other, other), {}).update(dict.fromkeys(names.split(", ")))
    return {other: list(names) for other, names in found.items()}


def _closed(module: str) -> str:
    body = EXPORTED.sub("", IMPORTED.sub("", module))
    names = ", ".join(EXPORTED.findall(module))
    return f"const {{ {names} }} = (() => {{\n{body}\nreturn {{ {names} }};\n}})();\n"


def places() -> dict[str, str]:
    """Where each joined module is found instead."""
    return {module: part for part, modules in PARTS.items() for module in modules if module != part}


class Storage(CompressedStaticFilesStorage):
    """Writes the joined files over the collected ones, before they are compressed."""

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        """Called by ``collectstatic`` with what it has collected."""
        for part in PARTS if not dry_run else ():
            target = Path(self.path(f"{FOLDER}/{part}"))
            target.unlink(missing_ok=True)  # with --link it is the source itself
            target.write_text(joined(part), encoding="utf-8")
        yield from super().post_process(paths, dry_run, **options)
