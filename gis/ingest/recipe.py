"""A whole city in one file: which data files become which subjects, in order, with all that each import is told."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gis.errors import Invalid
from gis.ingest import subjects
from gis.ingest.mapping import Plan, known
from gis.ingest.order import Order
from gis.ingest.survey import LIKELY, Found

KEYS = ("title", "root", "source", "crs", "step")
STEP_KEYS = ("file", "layer", "subject", "mapping", "crs", "source", "set", "optional")
MAPPINGS = Path(__file__).resolve().parents[2] / "data" / "mappings"
IMAGES = "rasters"


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the list: files (a name or a pattern) of one subject, and how they are to be read."""

    file: str
    subject: str
    plan: Plan = field(default_factory=Plan)
    layer: str | None = None
    crs: str | None = None
    source: str | None = None
    constants: dict[str, str] = field(default_factory=dict)
    optional: bool = False

    def order(self, path: Path, dry_run: bool = False) -> Order:
        """The import of one of its files."""
        subject = subjects.get(self.subject)
        return Order(path, subject, self.plan, self.crs, self.source, self.layer, self.constants, dry_run)


@dataclass(frozen=True, slots=True)
class Recipe:
    """The steps of a city; `root` is the folder that their files are looked for in."""

    title: str
    root: Path
    steps: tuple[Step, ...]

    @classmethod
    def read(cls, path: Path, root: Path | None = None) -> Recipe:
        """Read a recipe; Invalid names the step and the word that is wrong."""
        try:
            tables = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise Invalid(f"配方 {path.name} 无法读取：{error}。 Cannot read recipe {path.name}: {error}.") from error
        for key in tables:
            known(key, KEYS, path.name)
        rows = tables.get("step", [])
        if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
            raise Invalid(f"{path.name} 里没有 [[step]]。 {path.name} has no [[step]].")
        steps = tuple(step(row, tables, path, f"{path.name} [[step]] {at}") for at, row in enumerate(rows, 1))
        return cls(str(tables.get("title", path.stem)), root or path.parent / tables.get("root", ""), steps)

    def work(self) -> Iterator[tuple[Step, Path]]:
        """Every step with each of its files, in order; Invalid when a step that is not optional has no file."""
        for step in self.steps:
            files = sorted(self.root.glob(step.file)) if any(sign in step.file for sign in "*?[") else []
            files = files or [one for one in (self.root / step.file,) if one.is_file()]
            if not files and not step.optional:
                raise Invalid(
                    f"{self.title}：在 {self.root} 里没有 {step.file}。 "
                    f"{self.title}: there is no {step.file} in {self.root}."
                )
            yield from ((step, path) for path in files)


def step(row: dict[str, Any], tables: dict[str, Any], path: Path, where: str) -> Step:
    """One [[step]]; what it does not say of source and CRS is the recipe's."""
    for key in row:
        known(key, STEP_KEYS, where)
    for key in ("file", "subject"):
        if not isinstance(row.get(key), str):
            raise Invalid(f"{where}：缺少 {key}。 {where}: {key} is missing.")
    if row["subject"] != IMAGES:
        subjects.get(row["subject"])
    constants = row.get("set", {})
    if not isinstance(constants, dict):
        raise Invalid(f'{where}：set 应写作 {{ 列 = "值" }}。 {where}: write set = {{ column = "value" }}.')
    return Step(
        row["file"],
        row["subject"],
        plan(row.get("mapping"), path, where),
        row.get("layer"),
        row.get("crs", tables.get("crs")),
        row.get("source", tables.get("source")),
        {name: str(value) for name, value in constants.items()},
        bool(row.get("optional", False)),
    )


def plan(written: Any, path: Path, where: str) -> Plan:
    """The mapping of a step: written out, the name of a file beside the recipe, or of one that ships."""
    if written is None:
        return Plan()
    if isinstance(written, dict):
        return Plan.of(written, where)
    for folder in (path.parent, MAPPINGS):
        for name in (str(written), f"{written}.toml"):
            if (folder / name).is_file():
                return Plan.read(folder / name)
    raise Invalid(f"{where}：没有映射文件 {written}。 {where}: there is no mapping {written}.")


def proposed(found: list[Found], root: Path) -> str:
    """A recipe out of what was found, to be read and mended by a person: what is doubtful stands behind a #."""
    order = [*subjects.SUBJECTS, IMAGES, ""]
    order.sort(key=lambda one: one == "pipes")  # pipes name their nodes
    lines = [f"title = {text(root.name)}", ""]
    for one in sorted(found, key=lambda one: (order.index(one.subject), one.file)):
        lines += proposal(one, root)
    return "\n".join(lines)


def proposal(found: Found, root: Path) -> list[str]:
    """The lines of one dataset."""
    rows = "?" if found.rows is None else f"{found.rows:,}"
    shapes, fields = " ".join(found.geometry) or "—", "、".join(found.fields) or "—"
    said = f"{rows} 行 rows, {shapes}, {(found.crs or '坐标系未注明 no CRS')[:60]}; {fields}"
    lines = [f"# {found.file}: {f'✗ {found.error}' if found.error else said}".replace("\n", " ")]
    if found.error:
        return [*lines, ""]
    place = str(found.path.relative_to(root)) if found.path.is_relative_to(root) else str(found.path)
    words = {"file": place, "layer": found.layer, "subject": found.subject or "?"}
    body = ["[[step]]", *(f"{name} = {text(value)}" for name, value in words.items() if value)]
    body[-1] += f"  # {found.score:.0%}"
    likely = found.score >= LIKELY and found.rows != 0
    return [*lines, *(body if likely else [f"# {line}" for line in body]), ""]


def text(value: str) -> str:
    """A TOML string."""
    safe = value.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(sign if sign.isprintable() else f"\\u{ord(sign):04x}" for sign in safe) + '"'
