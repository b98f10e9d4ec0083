"""What lies in an uploaded folder: datasets, each with its file and layer, and the subject it is likely to be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyogrio

from gis.errors import Invalid
from gis.ingest.mapping import guess
from gis.ingest.readers import READERS, Ask, table
from gis.ingest.subject import Subject
from gis.ingest.subjects import SUBJECTS

PARTS = {".shx", ".dbf", ".prj", ".cpg", ".sbn", ".sbx", ".qix", ".qpj", ".xml", ".qmd"}
OF_SUBJECT = {
    ".osm": ("buildings", "roads", "segments", "landuse", "water", "facilities", "addresses"),
    ".pbf": ("buildings", "roads", "segments", "landuse", "water", "facilities", "addresses"),
    ".inp": ("pipes", "pipe-nodes"),
}
"""Files of which the subject decides what is read."""


@dataclass(slots=True)
class Seen:
    """One dataset of an upload; `subject` is the likeliest, `fixed` where the file leaves no choice."""

    file: str
    layer: str = ""
    subject: str = ""
    fixed: bool = False
    fields: list[str] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    rows: int | None = None
    crs: str = ""
    crs_name: str = ""
    presumed: bool = False
    encoding: str = ""
    size: int = 0
    notes: list[str] = field(default_factory=list)
    error: str = ""

    @property
    def ask(self) -> Ask:
        """How to open it."""
        return Ask(self.subject, self.layer or None)


def units(folder: Path) -> Iterator[Seen]:
    """The datasets below a folder; a file that is none carries the reason."""
    for path in sorted(one for one in folder.rglob("*") if one.is_file()):
        if path.suffix.lower() in PARTS and any(path.parent.glob(f"{path.name.split('.')[0]}.[sS][hH][pP]")):
            continue
        name = str(path.relative_to(folder))
        try:
            yield from datasets(path, name)
        except Invalid as error:
            yield Seen(name, size=path.stat().st_size, error=str(error))


def datasets(path: Path, name: str) -> Iterator[Seen]:
    """The layers of one file."""
    suffix, size = path.suffix.lower(), path.stat().st_size
    if suffix in OF_SUBJECT:
        for subject in OF_SUBJECT[suffix]:
            yield Seen(name, subject=subject, fixed=True, size=size, encoding="UTF-8")
    elif suffix == ".gpkg":
        for layer, _ in pyogrio.list_layers(path):
            yield Seen(name, str(layer), size=size, encoding="UTF-8")
    else:
        yield Seen(name, size=size, encoding=encoding(path))


def encoding(path: Path) -> str:
    """How the texts of a table are written."""
    if path.suffix.lower() not in READERS or READERS[path.suffix.lower()] != "table":
        return ""
    return {"utf-8-sig": "UTF-8", "gb18030": "GBK"}.get(found := table.encoding(path), found)


def likely(seen: Seen) -> str:
    """The subject whose columns and shapes fit best; "" when none fits at all."""
    scores = {subject.id: fit(subject, seen) for subject in SUBJECTS.values()}
    best = max(scores, key=lambda one: scores[one])
    return best if scores[best] > 0 else ""


def fit(subject: Subject, seen: Seen) -> float:
    """How well a dataset fits a subject: its shapes, its required columns, then the others."""
    kinds = {kind.removeprefix("Multi") for kind in seen.kinds}
    if kinds and not kinds <= {kind.removeprefix("Multi") for kind in subject.shapes}:
        return -1.0
    rules = {name for name, rule in guess(subject, seen.fields).items() if rule.how != "value"}
    required = [column.name for column in subject.columns if column.required]
    missing = sum(1 for name in required if name not in rules)
    return len(rules) + 2 * (len(required) - missing) - 3 * missing + 0.5 * named(subject, seen)


def named(subject: Subject, seen: Seen) -> int:
    """Whether the file or its layer is called like the subject."""
    text = f"{seen.file} {seen.layer}".lower()
    return 4 * any(word in text for word in (subject.id.rstrip("s"), *HINTS.get(subject.id, ())))


HINTS = {
    "areas": ("行政区", "区划", "街道", "社区"),
    "grids": ("网格",),
    "roads": ("道路", "路网"),
    "segments": ("路段", "街段"),
    "fences": ("围栏",),
    "buildings": ("建筑", "楼栋", "房屋面"),
    "rooms": ("户室", "房间"),
    "addresses": ("地址", "门牌"),
    "pipes": ("管线", "管段"),
    "pipe-nodes": ("管点",),
    "pipe-findings": ("堵点", "隐患"),
    "facilities": ("公厕", "设施", "部件", "poi", "垃圾"),
    "landuse": ("用地", "绿地"),
    "water": ("水系", "河流"),
    "works": ("施工", "占道"),
}
