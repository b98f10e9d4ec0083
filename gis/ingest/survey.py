"""What is in a file or a folder: every dataset with its fields, shapes and CRS, and the subject it most likely is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import shapely

from gis.codelists import shipped, vocabulary
from gis.errors import Invalid
from gis.ingest.mapping import guess
from gis.ingest.readers import RASTERS, READERS, Ask, cell, instead, layers, parts, unpacked
from gis.ingest.readers.plain import FOREIGN, PACKED, names
from gis.ingest.readers.source import ROWS
from gis.ingest.subject import Column, Subject
from gis.ingest.subjects import SUBJECTS

HINTS = {
    "areas": ("行政区", "区划", "街道", "社区", "乡镇", "district", "street", "area"),
    "grids": ("网格", "grid"),
    "roads": ("道路", "路网", "dlss", "road", "highway"),
    "segments": ("路段", "街段", "segment", "edge"),
    "fences": ("围栏", "fence"),
    "buildings": ("建筑", "楼", "房屋", "jmd", "building", "footprint"),
    "rooms": ("户室", "房间", "room"),
    "addresses": ("地址", "门牌", "门楼牌", "address"),
    "pipes": ("管线", "管段", "线表", "pipe", "link"),
    "pipe-nodes": ("管点", "点表", "检查井", "node"),
    "pipe-findings": ("堵点", "隐患"),
    "facilities": ("公厕", "设施", "部件", "垃圾", "路灯", "井盖", "poi", "facilit"),
    "landuse": ("用地", "绿地", "土地", "zbtz", "landuse", "land_use"),
    "zonings": ("分区", "三类三区", "严管", "zoning"),
    "heads": ("段长", "街长", "路长", "segment_head"),
    "departments": ("部门", "单位名录", "机构", "department"),
    "inspectors": ("网格员", "监督员", "巡查员", "inspector"),
    "water": ("水系", "河流", "水面", "湖", "sxss", "water", "river"),
}
"""Words in a file's or a layer's name; four letters are layers of CASS, the usual drawing software."""
LIKELY = 0.5
"""The score from which a guess is worth acting on."""
MANY = 200
"""Layers of one file that are looked at."""
FEW = 5
"""Names that a refusal lists."""
ODD = re.compile(r"(?:^|/)(?:\.|~\$|__MACOSX|Thumbs\.db$|desktop\.ini$)", re.IGNORECASE)
PARTS = (
    ".shx", ".dbf", ".prj", ".cpg", ".sbn", ".sbx", ".qix", ".qpj", ".qmd", ".xml", ".toml", ".md", ".pdf", ".txt",
)  # fmt: skip
"""What comes with data and is none."""


@dataclass(frozen=True, slots=True)
class Found:
    """One dataset. `path` and `layer` are what an import of it is given (`Order.path`, `Order.layer`); `file` is its
    name for people; `rows` is None where only a full reading would tell. `score` is between 0 and 1: how well `subject`
    fits ("" when nothing does). `error` says why it cannot be read."""

    path: Path
    file: str
    layer: str | None = None
    rows: int | None = None
    geometry: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    crs: str | None = None
    subject: str = ""
    score: float = 0.0
    notes: list[str] = field(default_factory=list)
    error: str = ""


def survey(path: Path) -> list[Found]:
    """Look into a file, an archive or a folder and all below it; a file that cannot be read carries the reason."""
    if not path.is_dir():
        return list(looked(path, path.name))
    files = sorted(one for one in path.rglob("*") if one.is_file() and not ODD.search(one.name))
    wanted = [one for one in files if one.suffix.lower() in (*READERS, *RASTERS, *PACKED, *FOREIGN)]
    tables = [one for one in wanted if one.suffix.lower() not in (".txt", ".json")]
    return [found for one in tables or wanted for found in looked(one, str(one.relative_to(path)))]


def looked(path: Path, name: str) -> Iterator[Found]:
    """The datasets of one file or archive."""
    if path.suffix.lower() in RASTERS:
        yield Found(path, name, subject="rasters", score=1.0)
        return
    try:
        with parts(path) as files:
            if not files and one_image(path):
                yield Found(path, name, subject="rasters", score=1.0)
                return
            if not files:
                raise nothing_in(path)
            for file, member in files:
                several = len(files) > 1
                yield from datasets(path, f"{name}/{member}" if several else name, file, member if several else "")
        yield from left_out(path, name)
    except Invalid as error:
        yield Found(path, name, error=str(error))


def nothing_in(path: Path) -> Invalid:
    """The refusal of an archive without a file that is read, with what is in it instead."""
    with unpacked(path) as files:
        names = [name for _, name in files]
    listed, (zh, en) = "、".join(names[:FEW]) or "—", next(filter(any, map(instead, names)), ("", ""))
    return Invalid(
        f"{path.name} 里没有可导入的文件（有：{listed}）{f'；{zh}' if zh else ''}。 "
        f"{path.name} holds no file to import (it has {listed}){f': {en}' if en else ''}."
    )


def left_out(path: Path, name: str) -> Iterator[Found]:
    """What an archive holds beside its data that is not read: nobody should believe that it was."""
    rest = [one for one in names(path) if Path(one).suffix.lower() not in (*READERS, *PARTS) and not ODD.search(one)]
    if rest:
        listed, (zh, en) = (
            "、".join(rest[:FEW]) + ("…" if len(rest) > FEW else ""),
            next(filter(any, map(instead, rest)), ("", "")),
        )
        yield Found(
            path, f"{name} …",
            error=f"{name} 里还有 {len(rest)} 个文件没有读：{listed}{f'；{zh}' if zh else ''}。 "
            f"{len(rest)} more files of {name} are not read: {listed}{f': {en}' if en else ''}.",
        )  # fmt: skip


def one_image(path: Path) -> bool:
    """Whether an archive packs an image, and nothing else that is read."""
    with unpacked(path) as files:
        return sum(file.suffix.lower() in RASTERS for file, _ in files) == 1


def datasets(path: Path, name: str, file: Path, member: str) -> Iterator[Found]:
    """The layers of one plain file; `member` is its name in an archive of several."""
    try:
        names = layers(file)
        if not names:
            raise Invalid(f"{file.name} 里没有数据。 {file.name} holds no data.")
        for layer in names[:MANY]:
            chosen = f"{member}|{layer}" if member and len(names) > 1 else member or (layer if len(names) > 1 else None)
            yield dataset(path, name, file, layer, chosen)
        if len(names) > MANY:
            yield Found(path, name, layer=member or None, error=crowd(file, len(names)))
    except Invalid as error:
        yield Found(path, name, layer=member or None, error=str(error))


def crowd(file: Path, number: int) -> str:
    """What is said of the layers that nobody looked at: to see each, the whole file may have to be read again."""
    return (
        f"{file.name} 有 {number} 个图层，只看了前 {MANY} 个；其余请拆成几个文件，或用命令行的 --layer 导入。 "
        f"{file.name} has {number} layers, of which {MANY} were looked at: hand the rest over in other files, "
        "or import them with --layer on the command line."
    )


def dataset(path: Path, name: str, file: Path, layer: str, chosen: str | None) -> Found:
    """One layer, judged by its header and its first rows."""
    by_subject = file.suffix.lower() in (".osm", ".pbf", ".inp")
    # Of a drawing the closed lines are asked for as surfaces: most of them are.
    subject = "buildings" if file.suffix.lower() == ".dxf" else ""
    ask = Ask(layer) if by_subject else Ask(subject, layer)
    with cell.opened(file, READERS[file.suffix.lower()], ask, most=1) as source:
        batches = list(source.batches)
    columns = batches[0].columns if batches else {}
    kinds = shapes(batches[0].wkb) if batches else ()
    label = layer if layer != file.stem and hinted(layer) else file.name if hinted(file.name) else f"{name} {layer}"
    subject, score = (layer, 1.0) if by_subject and batches else best(label, kinds, columns)
    read = sum(map(len, batches))
    rows = read if read < ROWS else source.rows
    return Found(
        path, name, None if by_subject else chosen, rows, kinds, source.fields, source.crs, subject, score, source.notes
    )


def hinted(name: str) -> bool:
    """Whether a name says what is in it."""
    return any(word in name.lower() for words in HINTS.values() for word in words)


def shapes(wkb: list[bytes | None]) -> tuple[str, ...]:
    """The kinds of shapes, the commonest first."""
    found = shapely.from_wkb([one for one in wkb if one], on_invalid="ignore")
    return tuple(kind for kind, _ in Counter(one.geom_type for one in found if one is not None).most_common())


def best(name: str, kinds: tuple[str, ...], columns: Mapping[str, list[Any]]) -> tuple[str, float]:
    """The subject that a dataset most likely is, and how likely: ("", 0) when none will do."""
    scores = {subject.id: fit(subject, name, kinds, columns) for subject in SUBJECTS.values()}
    likeliest = max(scores, key=lambda one: scores[one])
    return (likeliest, round(scores[likeliest], 2)) if scores[likeliest] > 0 else ("", 0.0)


def fit(subject: Subject, name: str, kinds: tuple[str, ...], columns: Mapping[str, list[Any]]) -> float:
    """How well a dataset fits a subject, 0 to 1: its shapes may all be taken, its required columns are there, its words
    are on the subject's lists, its name says so, and the more of its fields are known the better."""
    taken = {kind.removeprefix("Multi") for kind in subject.shapes}
    have = {kind.removeprefix("Multi") for kind in kinds}
    if (have and not have & taken) or (not have and taken and not subject.shape_optional):
        return 0.0
    rules = {one: rule for one, rule in guess(subject, columns).items() if rule.how != "value"}
    listed = [listing(column, rules[column.name].column(columns, 1_000_000)) for column in subject.columns
              if column.name in rules and (column.vocabulary or column.values)]  # fmt: skip
    required = [column.name for column in subject.columns if column.required]
    named_by = required if not taken else [] if have else [ref.column for ref in subject.refs]
    if not rules.keys() >= set(named_by):
        return 0.0  # without shapes only its columns say what a table is, and where it lies
    present = sum(name in rules for name in required) / len(required) if required else 0.5
    known = len(rules) / max(len(columns), 6)
    named = any(word in name.lower() for word in HINTS.get(subject.id, ()))
    score = 0.35 * named + 0.25 * present + 0.25 * max(listed, default=0.0) + 0.25 * min(known, 1.0)
    foreign = len(have - taken) / len(have) if have else 0.0
    return max(0.0, min(1.0, score * (1 - 0.5 * foreign) * (1.0 if present else 0.5)))


def listing(column: Column, values: list[Any]) -> float:
    """The share of a column's filled values that are on its list."""
    words = known(column.vocabulary) | {str(word).lower() for word in column.values}
    filled = [str(value).strip().lower() for value in values if value not in (None, "")]
    return sum(value in words for value in filled) / len(filled) if filled else 0.0


@cache
def known(name: str) -> frozenset[str]:
    """The words of a shipped code list, without the tags before them."""
    found = vocabulary(shipped(name), name) if name else {}
    return frozenset(word.rpartition("=")[2] for word in found)
